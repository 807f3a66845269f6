package capture

import (
	"strings"
	"time"

	"sidetone/sipua/message"
	"sidetone/trace"
)

// Causes of ITU-T Q.850 table 1 by which a device says itself that a time was over.
const (
	causeNoAnswer = 19  // no answer from user
	causeExpiry   = 102 // recovery on timer expiry
)

// invitation takes a response to an INVITE that begins the call.
func (t *teller) invitation(r *request, m *overheard, sent bool) {
	if t.stage != inviting {
		return
	}
	if m.Status > 100 || t.caller {
		// The 487 that answers the CANCEL of a time that ran out says nothing new.
		if t.given == nil || t.given.side != trace.Timer || m.Status != 487 {
			t.last = m.Status
		}
	}
	switch {
	case m.Status == 100:
	case m.Status < 200:
		t.alert(r, m, sent)
	case m.Status < 300:
		t.accept(r, m, sent)
	case t.given != nil:
		t.over(*t.given)
	default:
		t.refusal = &final{overheard: m, sent: sent}
	}
}

// alert tells the first 180 and 183 of each kind of news. 181, 182 and 199 stand in the trace as messages.
func (t *teller) alert(r *request, m *overheard, sent bool) {
	o := m.parse()
	audio, described := m.audio()
	rel := reliable(o)
	if described {
		t.described(r, m, sent, rel)
	}
	now := alert{m.Status, described, audio}
	if now == t.alerted || !described && !t.alerted.early && now.status == t.alerted.status || t.given != nil {
		return
	}
	t.alerted = now
	kind := trace.CallRinging
	switch m.Status {
	case 180:
	case 183:
		kind = trace.CallProgress
	default:
		return
	}
	t.line.Alert(t.since(m.at))
	t.record(m.at, kind, trace.Alerting{Who: t.who(), Status: m.Status, EarlyMedia: described, Reliable: rel})
	t.hear(m)
}

// accept takes the 2xx: the call is up.
func (t *teller) accept(r *request, m *overheard, sent bool) {
	t.tag = m.ToTag
	if t.given != nil { // it crossed the CANCEL
		t.over(*t.given)
		return
	}
	t.stage = up
	if sent {
		t.unacked = m.at
	}
	t.line.Answer(t.since(m.at))
	t.described(r, m, sent, true)
	t.record(m.at, trace.CallAnswered, trace.Answered{Who: t.who(), Codec: t.sound.now.Codec})
	t.holds(m.at)
	t.hear(m)
}

// acknowledged takes an ACK. That of a 2xx brings the answer to what the 2xx offered.
func (t *teller) acknowledged(m *overheard, sent bool) {
	if m.ToTag == t.tag || m.FromTag == t.tag {
		t.unacked = time.Time{}
	}
	if t.stage == up && t.answeredBy(m, sent) {
		t.hear(m)
	}
}

// cancel takes a CANCEL: the end comes with the final response to the INVITE, and counts from here.
func (t *teller) cancel(m *overheard, sent bool) {
	if t.stage == inviting && t.given == nil && m.CSeq == t.seq && sent == t.caller {
		e := t.ending(m, sent)
		e.cancelled = true
		t.given = &e
	}
}

// bye takes a BYE of the dialog that was answered. In an early dialog a caller may use it in place of CANCEL (RFC 3261 section 15).
func (t *teller) bye(m *overheard, sent bool) {
	switch {
	case t.stage == inviting && sent == t.caller:
		if t.given == nil {
			e := t.ending(m, sent)
			e.cancelled = true
			t.given = &e
		}
	case t.stage == up && (t.tag == "" || m.ToTag == t.tag || m.FromTag == t.tag):
		e := t.ending(m, sent)
		// RFC 3261 section 13.3.1.4: who was called hangs up when no ACK has come in 64*T1.
		if sent && !t.unacked.IsZero() && m.at.Sub(t.unacked) >= timeout {
			e = ending{side: trace.Network, reason: "no ACK for our 200", at: m.at}
		}
		if t.gaveWay(m, sent) {
			t.record(m.at, trace.TransferDone, trace.Transfer{By: trace.Remote, To: t.taker()})
			e.side, e.reason = trace.Remote, "replaced"
		}
		t.over(e)
	}
}

// timeout is 64*T1, in which a request is answered or never (RFC 3261 section 17.1.1.2).
const timeout = 32 * time.Second

// ending is what a BYE or CANCEL says of itself.
func (t *teller) ending(m *overheard, sent bool) ending {
	e := ending{side: trace.Remote, cause: message.ReadReason(m.parse().Message), at: m.at}
	e.status, e.reason = e.cause.Status, field(e.cause.Text)
	if !sent {
		return e
	}
	e.side = trace.Local
	switch {
	case e.cause.Q850 == causeNoAnswer || e.cause.Q850 == causeExpiry:
		e.side = trace.Timer
	case e.status == 408 || e.status == 481: // what had ended the dialog (RFC 3261 section 12.2.1.2)
		e.side = trace.Network
	}
	return e
}

// refusedCall is the end of a call by a final response to its INVITE.
func (t *teller) refusedCall(r *final) ending {
	o := r.parse()
	e := ending{side: trace.Local, status: r.Status, cause: message.ReadReason(o.Message), at: r.at, reason: r.Reason}
	if e.cause.Text != "" && (!r.sent || e.cause.Q850 != 0) {
		e.reason = field(e.cause.Text)
	}
	switch {
	case r.sent && (e.cause.Q850 == causeNoAnswer || e.cause.Q850 == causeExpiry):
		e.side = trace.Timer
	case r.sent:
	case r.Status == 408 || r.Status/100 == 5: // what a person would not say
		e.side = trace.Network
	default:
		e.side = trace.Remote
	}
	return e
}

// over ends the call, once.
func (t *teller) over(e ending) {
	if t.stage == over {
		return
	}
	t.holdsOver(e.at)
	t.transferOver(e.at)
	t.stage, t.ended = over, &e
	t.line.End(t.since(e.at))
	t.silence(e.at)
}

// finish tells the end of the call, as far as the capture shows it.
func (t *teller) finish() {
	if t.events == nil {
		return
	}
	last := t.events[len(t.events)-1].At
	switch {
	case t.stage == over:
	case t.refusal != nil:
		r := t.refusal
		t.deflected(r)
		t.over(t.refusedCall(r))
	case t.given != nil && t.end.Sub(t.given.at) >= timeout:
		t.over(*t.given)
	case t.stage == inviting && t.caller && t.last == 0 && t.end.Sub(t.invited) >= timeout:
		t.over(ending{side: trace.Network, reason: "no response", at: t.invited.Add(timeout)})
	}
	if t.ended == nil {
		return
	}
	e := t.ended
	d := trace.Ended{Side: e.side, LastResponse: t.last, Q850: e.cause.Q850, Reason: e.reason}
	if e.cancelled && e.side == trace.Remote && e.status == 200 { // RFC 3326 section 2
		d.Reason = trace.AnsweredElsewhere
	}
	t.line.Measure(&d)
	d.Result = trace.Outcome(t.line.Answered(), t.line.Rang(), e.cancelled, d.Side, d.LastResponse)
	d.Events = len(t.events) + 1
	if last.Before(e.at) {
		last = e.at
	}
	t.record(last, trace.CallEnded, d)
}

// deflected tells where a called phone sends its caller (RFC 3261 section 21.3).
func (t *teller) deflected(r *final) {
	if !r.sent || r.Status/100 != 3 {
		return
	}
	for _, h := range r.parse().GetHeaders("Contact") {
		if uri := addrOf(h.Value()); uri != "" {
			by := t.to
			t.record(r.at, trace.FlowForward, trace.Forward{To: trace.Party{URI: uri}, Reason: trace.Deflected, By: &by, Status: r.Status})
			return
		}
	}
}

// addrOf is the URI in the value of a Contact, without its parameters.
func addrOf(value string) string {
	_, inside, found := strings.Cut(value, "<")
	if found {
		value = inside
	}
	if i := strings.IndexAny(value, ">;?, "); i >= 0 {
		value = value[:i]
	}
	return field(value)
}

// user is the user of a URI, else its host.
func user(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	if name, _, found := strings.Cut(rest, "@"); found {
		return name
	}
	return rest
}
