package story

import (
	"sidetone/trace"
)

// heard is what reached one party's ear, as far as somebody measured it.
type heard struct {
	known   bool
	side    trace.QualitySide
	measure int // index of the media.quality, or of the media.stopped
}

// readMedia notes each view's last word on quality and on its stream.
func (r *record) readMedia() {
	for i, l := range r.all {
		switch l.Event.Data.(type) {
		case trace.Quality:
			r.quality[l.View] = i
		case trace.Media:
			if r.stream[l.View] < 0 || l.Event.Kind == trace.MediaStopped {
				r.stream[l.View] = i
			}
		}
	}
}

// heardBy tells what reached a party: as its own device measured it, else as it reported to the other one by RTCP, else
// as its device counted.
func (r *record) heardBy(caller bool) heard {
	for v := range r.views {
		if q, ok := r.qualityOf(v); ok && r.outgoing[v] == caller {
			return heard{known: true, side: q.Local, measure: r.quality[v]}
		}
	}
	for v := range r.views {
		if q, ok := r.qualityOf(v); ok && r.outgoing[v] != caller && q.Remote != nil {
			return heard{known: true, side: *q.Remote, measure: r.quality[v]}
		}
	}
	for v := range r.views {
		if m, ok := r.streamOf(v); ok && r.outgoing[v] == caller {
			return heard{known: true, side: trace.QualitySide{Packets: m.Received}, measure: r.stream[v]}
		}
	}
	return heard{measure: -1}
}

func (r *record) qualityOf(view int) (trace.Quality, bool) {
	if r.quality[view] < 0 {
		return trace.Quality{}, false
	}
	q, ok := r.all[r.quality[view]].Event.Data.(trace.Quality)
	return q, ok
}

// streamOf is the account of a view's stream when it was closed.
func (r *record) streamOf(view int) (trace.Media, bool) {
	i := r.stream[view]
	if i < 0 || r.all[i].Event.Kind != trace.MediaStopped {
		return trace.Media{}, false
	}
	m, ok := r.all[i].Event.Data.(trace.Media)
	return m, ok
}

// loss is the part of the packets that never came, 0 to 1.
func (h heard) loss() float64 {
	expected := h.side.Packets + h.side.Lost
	if !h.known || h.side.Lost <= 0 || expected <= 0 {
		return 0
	}
	return float64(h.side.Lost) / float64(expected)
}

// The least MOS at which users are satisfied, and at which only some are dissatisfied (ITU-T G.107 annex B: R of 80
// and 70).
const (
	mosGood = 4.03
	mosFair = 3.60
)

// audioSentence judges what was heard by the worse of both ends. Without a measure of both ways it says no more than
// what is known.
func (r *record) audioSentence() string {
	a, b := r.heardBy(true), r.heardBy(false)
	switch {
	case r.mute(a):
		return r.say("audio.none", r.who(r.caller))
	case r.mute(b):
		return r.say("audio.none", r.who(r.callee))
	}
	worst, both := worstMOS(a, b)
	if worst == 0 {
		return ""
	}
	how := "audio.good"
	switch {
	case worst < mosFair:
		how = "audio.poor"
	case worst < mosGood:
		how = "audio.fair"
	}
	if both {
		return r.say(how)
	}
	at, measured := r.callee, b
	if a.side.MOS != nil {
		at, measured = r.caller, a
	}
	if measured.side.Packets+measured.side.Lost < mosOver {
		return ""
	}
	return r.say(how+".at", r.who(at))
}

// mosOver is how many packets must have been due at the only end that measured before its score says how a conversation sounded: a second.
const mosOver = 50

// mute tells that not one packet arrived in a conversation that lasted. While a call is on hold nothing has to arrive.
func (r *record) mute(h heard) bool {
	return h.known && h.side.Packets == 0 && r.answered >= 0 && r.talked() >= oneWayAfter
}

// worstMOS is the lower score, 0 when none is known, and whether both are.
func worstMOS(ends ...heard) (worst float64, both bool) {
	both = true
	for _, h := range ends {
		if h.side.MOS == nil {
			both = false
			continue
		}
		if worst == 0 || *h.side.MOS < worst {
			worst = *h.side.MOS
		}
	}
	return worst, both
}
