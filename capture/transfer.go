package capture

import (
	"strings"
	"time"

	"sidetone/sipua/message"
	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// transferring is a transfer that is under way (RFC 3515).
type transferring struct {
	_ [0]func() // not to be compared, so no code is made for it
	trace.Transfer
	status int // last reported
}

// refer takes a REFER. Ours is a request at once, theirs once we accept it.
func (t *teller) refer(m *overheard, sent bool) {
	to := m.parse().GetHeaders("Refer-To")
	if t.stage != up || t.transfer != nil || len(to) != 1 {
		return
	}
	target, err := transfer.ParseTarget(to[0].Value())
	if err != nil {
		return
	}
	next := &transferring{Transfer: trace.Transfer{By: side(sent), To: trace.Party{URI: field(target.URI.Addr())}}}
	if sent {
		t.transfer = next
		t.record(m.at, trace.TransferRequested, next.Transfer)
		return
	}
	t.asked[m.Branch+" REFER"].done = false
	t.transfer = next
}

// referred takes the response to a REFER.
func (t *teller) referred(r *request, m *overheard) {
	x := t.transfer
	if x == nil || m.Status < 200 || x.By != side(r.sent) {
		return
	}
	switch {
	case m.Status < 300 && !r.sent:
		t.record(m.at, trace.TransferRequested, x.Transfer)
	case m.Status < 300:
		if message.NoReferSub(m.parse().Message) {
			t.transferred(m.at, trace.TransferDone, m.Status, m.Reason)
		}
	case r.sent:
		t.transferred(m.at, trace.TransferFailed, m.Status, m.Reason)
	default:
		t.transfer = nil // refused before it was one
	}
}

// notify takes a report of a transfer. A subscription that ends without a final status leaves the outcome open, which is no success.
func (t *teller) notify(m *overheard, sent bool) {
	x := t.transfer
	if x == nil || (x.By == trace.Local) == sent {
		return
	}
	o := m.parse()
	f, err := transfer.ParseFragment(o.Body())
	terminated := false
	for _, h := range o.GetHeaders("Subscription-State") {
		s, err := transfer.ParseSubscription(h.Value())
		terminated = terminated || err == nil && s.Terminated
	}
	switch {
	case err == nil && f.Status >= 300:
		t.transferred(m.at, trace.TransferFailed, f.Status, field(f.Reason))
	case err == nil && f.Status >= 200:
		t.transferred(m.at, trace.TransferDone, f.Status, field(f.Reason))
	case terminated:
		t.transferred(m.at, trace.TransferFailed, 0, "no report of the outcome")
	case err == nil && f.Status != x.status && (!sent || f.Status != 100):
		x.status = f.Status
		d := x.Transfer
		d.Status, d.Reason = f.Status, field(f.Reason)
		t.record(m.at, trace.TransferProgress, d)
	}
}

func (t *teller) transferred(at time.Time, kind trace.Kind, status int, reason string) {
	d := t.transfer.Transfer
	d.Status, d.Reason = status, reason
	t.transfer = nil
	t.record(at, kind, d)
}

// transferOver ends a transfer of this side with the call.
func (t *teller) transferOver(at time.Time) {
	if t.transfer != nil && t.transfer.By == trace.Local {
		t.transferred(at, trace.TransferFailed, 0, "the call ended first")
	}
}

// info takes a key that was sent in an INFO (RFC 6086 section 2).
func (t *teller) info(m *overheard, sent bool) {
	o := m.parse()
	for _, h := range o.GetHeaders("Content-Type") {
		kind, _, _ := strings.Cut(strings.ToLower(h.Value()), ";")
		kind = strings.TrimSpace(kind)
		if kind != message.DTMFRelay && kind != message.DTMF {
			continue
		}
		k, err := message.ParseKeyed(kind, o.Body())
		if err != nil {
			continue
		}
		as := trace.DTMFReceived
		if sent {
			as = trace.DTMFSent
		}
		t.record(m.at, as, trace.DTMF{Digits: string(k.Key), DurationUS: trace.MicrosOf(k.Duration)})
	}
}
