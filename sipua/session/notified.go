package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transfer"
)

// notified takes a NOTIFY: a report of what became of a REFER of ours (RFC 3515 section 2.4.4). 489 for another event
// package, 481 where nothing was asked for (RFC 6665 section 4.1.3).
func (s *Session) notified(x *exchange) {
	req := x.machine.Request()
	event := req.GetHeader("Event")
	if event == nil {
		s.reply(x, 400)
		return
	}
	if _, ok := transfer.ForRefer(event.Value()); !ok {
		s.respond(x, message.BadEvent(req, s.localTag))
		return
	}
	if !s.referring.machine.Active() {
		s.reply(x, 481)
		return
	}
	report, status := reportOf(req)
	s.reply(x, status)
	if status == 200 {
		_ = s.referStep(report)
	}
}

// reportOf reads a NOTIFY, and gives the status that answers it.
func reportOf(req *sip.Request) (transfer.Notified, int) {
	var n transfer.Notified
	state := req.GetHeader("Subscription-State")
	if state == nil {
		return n, 400
	}
	var err error
	if n.Subscription, err = transfer.ParseSubscription(state.Value()); err != nil {
		return n, 400
	}
	if message.ContentType(req) != transfer.FragmentType {
		return n, 415
	}
	if n.Fragment, err = transfer.ParseFragment(req.Body()); err != nil {
		return n, 400
	}
	return n, 200
}
