package ladder

import (
	"strconv"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// copyKey is what all transmissions of one message have in common.
type copyKey struct {
	from, to              int
	branch, method, toTag string
	cseq                  uint32
	status                int
}

// transaction is what a request and its responses have in common.
type transaction struct {
	branch, method string
	cseq           uint32
}

func transactionOf(m trace.SIP) transaction {
	return transaction{branch: m.Branch, method: m.Method, cseq: m.CSeq}
}

// message is one message with all its transmissions; indexes are into builder.all.
type message struct {
	trace.SIP
	from, to int
	sent     []int // one for each transmission: where it was sent, or received when its sender records nothing
	arrived  map[int]int
}

// layMessages draws an arrow for each message, and one dashed arrow for all its retransmissions.
func (b *builder) layMessages() {
	b.inDialog = map[transaction]bool{}
	b.readForks()
	b.readHolding()
	known := map[copyKey]*message{}
	var order []*message
	for i, l := range b.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok || (l.Event.Kind == trace.SIPReceived && l.Pair >= 0) {
			continue
		}
		from, to := b.own[l.View], b.laneOf(l.View, m)
		if l.Pair >= 0 {
			to = b.own[b.all[l.Pair].View]
		}
		if l.Event.Kind == trace.SIPReceived {
			from, to = to, from
		}
		k := copyKey{from: from, to: to, branch: m.Branch, method: m.Method, cseq: m.CSeq, status: m.Status, toTag: m.ToTag}
		t := known[k]
		if t == nil {
			t = &message{SIP: m, from: from, to: to, arrived: map[int]int{}}
			known[k] = t
			order = append(order, t)
		}
		t.sent = append(t.sent, i)
		if m.IsRequest() {
			b.inDialog[transactionOf(m)] = m.InDialog()
		}
		if l.Pair >= 0 {
			t.arrived[i] = l.Pair
		}
	}
	for _, m := range order {
		b.drawMessage(m)
	}
}

func (b *builder) drawMessage(m *message) {
	first := m.sent[0]
	r := b.row(Arrow, b.toneOf(m), m.from, m.to, m.evidence(first)...)
	r.Label, r.Note, r.Transport = phrase.Clean(story.MessageTitle(m.SIP)), b.note(m), phrase.Clean(m.Transport)
	if b.lost(m, first) {
		r.Dashed, r.Note = true, together(b.lang.Say("ladder.lost"), r.Note)
	}
	b.place(first, 0, r)
	if len(m.sent) > 1 {
		b.drawAgain(m, r)
	}
}

// drawAgain folds the retransmissions into one arrow.
func (b *builder) drawAgain(m *message, original Row) {
	var evidence []int
	arrived := 0
	for _, i := range m.sent[1:] {
		evidence = append(evidence, m.evidence(i)...)
		if _, ok := m.arrived[i]; ok || b.all[i].Event.Kind == trace.SIPReceived { // its receiver is the witness
			arrived++
		}
	}
	n := len(m.sent) - 1
	r := b.row(Arrow, original.Tone, m.from, m.to, evidence...)
	r.Label, r.Transport, r.Repeats, r.Dashed = original.Label, original.Transport, n, true
	r.Note = b.lang.Say("ladder.again", phrase.Count("n", n))
	if b.lost(m, m.sent[1]) || (n > 1 && arrived < n && b.records(m.to)) {
		r.Note = b.lang.Say("ladder.again.some", phrase.Count("n", n), phrase.With("arrived", strconv.Itoa(arrived)))
	}
	if took := b.at(m.sent[n]) - b.at(m.sent[1]); n > 1 && took > 0 {
		r.Note = together(r.Note, b.lang.Say("ladder.over", phrase.With("took", b.lang.Duration(took))))
	}
	d := r.At.Sub(original.At)
	r.DeltaUS, r.Delta = trace.MicrosOf(d), b.lang.Measured(d)
	b.place(m.sent[1], 0, r).last = b.setting.StartAt.Add(b.at(m.sent[n]))
}

func (m *message) evidence(i int) []int {
	if p, ok := m.arrived[i]; ok {
		return []int{i, p}
	}
	return []int{i}
}

// lost tells that a message never arrived: its receiver records, and nothing of the receiver's trace is missing.
func (b *builder) lost(m *message, i int) bool {
	_, arrived := m.arrived[i]
	return !arrived && b.all[i].Event.Kind == trace.SIPSent && b.records(m.to)
}

// records tells whether a lane's device has told its whole part of the call.
func (b *builder) records(lane int) bool {
	if b.whole == nil {
		b.whole = map[int]bool{}
		for v, own := range b.own {
			f := trace.Summarize(b.views[v].Events)
			b.whole[own] = f.Complete && !f.Cut
		}
	}
	return b.whole[lane]
}

// toneOf classes a message. A challenge and the end of a cancelled request are no failures.
func (b *builder) toneOf(m *message) Tone {
	switch {
	case b.holding[m.sent[0]]:
		return Holding
	case m.IsRequest():
		return Request
	case m.Status < 200, m.Status == 401, m.Status == 407, m.Status == 487:
		return Provisional
	case m.Status < 300:
		return Success
	default:
		return Failure
	}
}

// readHolding finds the offers inside a dialog that ask for a hold or end one: by their direction, by that of the offer
// before, or because the device says so. A refresh of the session is neither.
func (b *builder) readHolding() {
	b.holding = map[int]bool{}
	held := make([]bool, len(b.views)) // an offer asked for less than both directions, and none for both since
	offer := make([]int, len(b.views)) // the last offer of the view, plus one
	for i, l := range b.all {
		switch d := l.Event.Data.(type) {
		case trace.Hold:
			if at := offer[l.View] - 1; at >= 0 && l.Event.Kind != trace.HoldRequested {
				b.holding[at] = true
				b.holding[max(b.all[at].Pair, 0)] = b.holding[max(b.all[at].Pair, 0)] || b.all[at].Pair >= 0
			}
		case trace.SIP:
			if !d.IsRequest() || !d.InDialog() || (d.Method != "INVITE" && d.Method != "UPDATE") {
				continue
			}
			offer[l.View] = i + 1
			if d.SDP != "" {
				b.holding[i] = d.SDP != trace.SendRecv || held[l.View]
				held[l.View] = d.SDP != trace.SendRecv
			}
		}
	}
}
