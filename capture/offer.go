package capture

import (
	"time"

	"sidetone/sipua/offer"
	"sidetone/trace"
)

// standing is what offers and answers have come to (RFC 3264), and who holds whom (RFC 6337 section 5.3).
type standing struct {
	agreed      bool
	ours, their offer.Audio

	open    *request    // that an offer waits for its answer in
	by      trace.Side  // whose offer it is
	offer   offer.Audio //
	inverse bool        // the offer is in a response, its answer in ACK or PRACK

	wish, local, remote bool // to hold is wanted, is so
	method              string
	later               []trace.Event // what the INVITE itself says of a hold: told behind the answer
}

// The methods that carry a hold, as events name them.
const (
	byReinvite = "re-INVITE"
	byUpdate   = "UPDATE"
)

func receives(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.RecvOnly }
func sends(d trace.MediaDirection) bool    { return d == trace.SendRecv || d == trace.SendOnly }

// holding tells whether an offer holds the other side.
func holding(a offer.Audio) bool { return a.Zero || !receives(a.Direction) }

// side is whose act something is.
func side(sent bool) trace.Side {
	if sent {
		return trace.Local
	}
	return trace.Remote
}

// offered takes the offer of a request. Ours that holds is a wish.
func (t *teller) offered(r *request) {
	audio, ok := r.audio()
	s := &t.standing
	if !ok {
		return
	}
	r.offer = true
	if s.open != nil && !s.open.done && r.InDialog() {
		return // glare: it will be refused (RFC 3261 section 14.2)
	}
	s.open, s.by, s.offer, s.inverse = r, side(r.sent), audio, false
	if !r.InDialog() || !r.sent {
		return
	}
	if wants := holding(audio); wants != s.wish {
		s.wish, s.method = wants, method(r.overheard)
		if wants && !s.local {
			t.record(r.at, trace.HoldRequested, trace.Hold{By: trace.Local, Method: s.method, Direction: audio.Direction})
		}
	}
}

func method(m *overheard) string {
	if m.Method == "UPDATE" {
		return byUpdate
	}
	return byReinvite
}

// described takes the description in a response to an INVITE. Before the answer, only a reliable one agrees on anything; any other
// tells what will be heard.
func (t *teller) described(r *request, m *overheard, sent, binding bool) {
	audio, ok := m.audio()
	s := &t.standing
	switch {
	case r.offer && s.open == r && ok && binding:
		t.agree(audio, byReinvite, m.at)
	case r.offer && s.open == r && ok:
		t.see(s.offer, audio, s.by)
	case r.offer && s.open == r && binding && t.sound.early.Direction != "": // the answer came in a provisional response
		t.agree(t.sound.early, byReinvite, m.at)
	case !r.offer && ok && binding && s.open == nil:
		s.open, s.by, s.offer, s.inverse = r, side(sent), audio, true
		if wants := holding(audio); sent && s.agreed && wants != s.wish {
			s.wish, s.method = wants, byReinvite
		}
	}
}

// answered takes a 2xx to a request inside the dialog.
func (t *teller) answered(r *request, m *overheard, sent bool) {
	s := &t.standing
	switch {
	case r.offer && s.open == r:
		if audio, ok := m.audio(); ok {
			t.agree(audio, method(r.overheard), m.at)
		} else {
			s.open = nil
		}
	case r.Method == "INVITE":
		t.described(r, m, sent, true)
	}
	t.hear(m)
}

// answeredBy takes the answer that an ACK or PRACK brings, and tells whether it is one.
func (t *teller) answeredBy(m *overheard, sent bool) bool {
	s := &t.standing
	audio, ok := m.audio()
	if !ok || !s.inverse || s.open == nil || s.by == side(sent) {
		return false
	}
	t.agree(audio, byReinvite, m.at)
	return true
}

// refused takes a final response above 2xx to a request inside the dialog: the session stays as it was (RFC 3261 section 14.1), but
// for 408 and 481, which end the dialog (section 12.2.1.2).
func (t *teller) refused(r *request, m *overheard) {
	s := &t.standing
	if s.open == r {
		s.open = nil
	}
	fatal := (m.Status == 408 || m.Status == 481) && r.sent && (r.Method == "INVITE" || r.Method == "UPDATE")
	if r.sent && r.offer && s.wish != s.local && (fatal || !passing(r, m)) {
		s.wish = s.local
		t.record(m.at, trace.HoldRefused, trace.Hold{
			By: trace.Local, Method: method(r.overheard), Direction: t.direction(), Status: m.Status, Reason: m.Reason,
		})
	}
	if fatal {
		t.over(ending{side: trace.Network, status: m.Status, reason: m.Reason, at: m.at})
	}
}

// passing tells whether a refusal is one that the same offer is sent again after: 491, 500 with Retry-After (RFC 3261 section 14),
// 422 (RFC 4028 section 6), a challenge, or 405 and 501 to UPDATE, after which a re-INVITE is sent.
func passing(r *request, m *overheard) bool {
	switch m.Status {
	case 491, 422, 401, 407:
		return true
	case 500:
		return len(m.parse().GetHeaders("Retry-After")) > 0
	case 405, 501:
		return r.Method == "UPDATE"
	}
	return false
}

// agree closes an exchange.
func (t *teller) agree(answer offer.Audio, method string, at time.Time) {
	s := &t.standing
	offered, ours, theirs := s.offer, s.offer, answer
	if s.by == trace.Remote {
		ours, theirs = answer, offered
	}
	repeated := s.by == trace.Remote && s.agreed && theirs == s.their
	s.agreed, s.ours, s.their, s.open = true, ours, theirs, nil
	t.see(offered, answer, s.by)

	was, wasRemote := s.local, s.remote
	if s.by == trace.Local {
		s.local, s.wish = holding(offered), holding(offered)
		s.remote = holderIn(theirs, offered.Direction, s.remote)
	} else {
		if !repeated {
			s.remote = holding(offered)
		}
		s.local = holderIn(ours, offered.Direction, s.local)
		if s.local == holding(ours) { // the answer has said it, whatever waited to be offered
			s.wish = s.local
		}
	}
	t.changed(at, trace.Local, was, s.local, method)
	t.changed(at, trace.Remote, wasRemote, s.remote, method)
	if t.stage == up && method == byUpdate {
		t.holds(at)
	}
}

// holderIn reads from an answer whether its sender holds, where it says anything of it: it had the choice only when everything was
// offered (RFC 6337 section 5.3).
func holderIn(answer offer.Audio, offered trace.MediaDirection, before bool) bool {
	switch {
	case answer.Zero:
		return true
	case receives(answer.Direction):
		return false
	case offered == trace.SendRecv:
		return true
	}
	return before
}

// changed tells that a side holds, or no longer does.
func (t *teller) changed(at time.Time, by trace.Side, was, is bool, method string) {
	if was == is {
		return
	}
	kind := trace.HoldResumed
	if is {
		kind = trace.HoldConfirmed
	}
	s := &t.standing
	s.later = append(s.later, trace.Event{At: at, Kind: kind, Data: trace.Hold{By: by, Method: method, Direction: t.direction()}})
	if t.stage == up || method == byUpdate {
		t.holds(at)
	}
}

// holds tells what has come of holds so far.
func (t *teller) holds(at time.Time) {
	for _, e := range t.standing.later {
		d, _ := e.Data.(trace.Hold)
		t.line.Hold(t.since(at), d.By, e.Kind == trace.HoldConfirmed)
		t.record(at, e.Kind, d)
	}
	t.standing.later = nil
}

// holdsOver tells of a hold that could not be granted before the call ended.
func (t *teller) holdsOver(at time.Time) {
	s := &t.standing
	if s.wish != s.local {
		s.wish = s.local
		t.record(at, trace.HoldRefused, trace.Hold{By: trace.Local, Method: s.method, Direction: t.direction(), Reason: trace.HoldCallEnded})
	}
}

// direction is what this side does by what was agreed on: a peer at 0.0.0.0 is sent nothing (RFC 3264 section 8.4).
func (t *teller) direction() trace.MediaDirection { return t.sound.now.Direction }

// effective joins the directions of both sides.
func effective(ours, theirs offer.Audio) trace.MediaDirection {
	send := sends(ours.Direction) && receives(theirs.Direction) && !theirs.Zero
	receive := receives(ours.Direction) && sends(theirs.Direction)
	switch {
	case send && receive:
		return trace.SendRecv
	case send:
		return trace.SendOnly
	case receive:
		return trace.RecvOnly
	}
	return trace.Inactive
}
