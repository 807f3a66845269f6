package session

import (
	"slices"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// takes tells whether the peer has said that it takes the method (RFC 3261 section 20.5).
func (l *leg) takes(m sip.RequestMethod) bool { return slices.Contains(l.allow, m) }

// mayUpdateEarly tells whether an UPDATE with an offer can be sent in an early dialog: the first offer has its answer in
// a reliable message, and no other is open (RFC 3311 section 5.1).
func (s *Session) mayUpdateEarly(l *leg) bool {
	return l.agreed && !s.provisionals.promised() && l.takes(sip.UPDATE) && !l.hold.NoUpdate() && l.sdp.State() == offer.Stable && l.dialog.State() == dialog.Early
}

// updateOpen tells whether an UPDATE of ours waits for its final response. No other is sent meanwhile (RFC 6337 section 4.3):
// one that overtakes it would have it refused as out of order.
func (s *Session) updateOpen() bool {
	for _, x := range s.transactions {
		if x.client && x.machine.Request().Method == sip.UPDATE && x.pending() {
			return true
		}
	}
	return false
}

// update sends an UPDATE (RFC 3311 section 5.1), with a description where body is not nil. The target is refreshed before answered is told of a 2xx; provisional responses are
// told to nobody. failed is told where nobody answers, or where the way to the peer is not known.
func (s *Session) update(l *leg, body []byte, answered func(*sip.Response), failed func(reason string)) {
	s.reach(l, func(err error) {
		switch {
		case l.dialog.State() == dialog.Terminated:
			return
		case err != nil:
			failed(err.Error())
			return
		}
		req := l.dialog.Request(sip.UPDATE)
		if body != nil {
			message.SetSDP(req, body)
		}
		s.complete(req, l.path, l.peerID)
		s.send(req, l.path.Flow, func(res *sip.Response) {
			if res.StatusCode < 200 || l.dialog.State() == dialog.Terminated {
				return
			}
			if s.raiseInterval(req, res) {
				s.update(l, body, answered, failed)
				return
			}
			if res.StatusCode < 300 {
				s.learnPeer(l, res)
				l.dialog.Refresh(res)
				s.refreshGranted(req, res)
			}
			answered(res)
		}, func(cause transaction.Cause) {
			if l.dialog.State() != dialog.Terminated {
				failed(s.describe(cause))
			}
		})
	})
}

// offerByUpdate offers a direction to the peer by UPDATE.
func (s *Session) offerByUpdate(l *leg, direction trace.MediaDirection) {
	body, err := l.sdp.Change(direction)
	if err != nil {
		_, _ = s.holdOn(l, hold.Refused{Reason: err.Error(), Method: hold.UPDATE})
		return
	}
	s.update(l, body, func(res *sip.Response) { s.updateAnswered(l, res) }, func(reason string) { s.updateLost(l, 0, reason) })
}

// updateAnswered takes the final response to an UPDATE with our offer (RFC 3311 section 5.3). A refusal leaves the session
// as it was, but for 408 and 481, which end the dialog.
func (s *Session) updateAnswered(l *leg, res *sip.Response) {
	if status := res.StatusCode; status >= 300 {
		l.sdp.Rollback()
		in := holdRefused(res, hold.UPDATE)
		in.Over = status == 408 || status == 481
		_, _ = s.holdOn(l, in)
		if status == 408 || status == 481 {
			s.updateLost(l, status, res.Reason)
		}
		return
	}
	remote, err := l.sdp.Answered(res.Body())
	if err != nil {
		s.updateLost(l, 488, "the answer cannot be used: "+err.Error())
		return
	}
	_, _ = s.holdOn(l, holdAnswer(remote, hold.UPDATE))
}

// updateLost ends the dialog of an UPDATE that nobody answered, or whose answer leaves the two sides with different ideas
// of the session (RFC 3311 section 5.3, RFC 3261 section 12.2.1.2).
func (s *Session) updateLost(l *leg, status int, reason string) {
	l.sdp.Rollback()
	if status == 0 {
		_, _ = s.holdOn(l, hold.Refused{Reason: reason, Method: hold.UPDATE, Over: true}) // where it was a hold
	}
	side := trace.Network
	if status == 488 {
		side = trace.Local
	}
	switch {
	case l == s.leg && s.state == Established:
		why := message.Reason(0, reason)
		if status != 0 {
			why = message.StatusReason(status, reason)
		}
		s.bye(l, why)
		s.end(Ended{Side: side, Status: status, Reason: reason})
	case l == s.leg && s.state == Invited:
		s.refuse(message.Response(s.invite.machine.Request(), 480, "", s.localTag), Ended{Side: side, Reason: reason})
	case s.state == Inviting:
		s.earlyLost(l, side, message.Cause{Status: status, Text: reason})
	}
}
