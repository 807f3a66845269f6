package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// refused takes a final response of 300 to 699 to our first INVITE: it ends every early dialog (RFC 3261 sections
// 13.2.2.2, 13.2.2.3), unless the INVITE is sent again. The transaction has sent the ACK.
func (s *Session) refused(res *sip.Response) {
	for _, l := range s.legs {
		if l.dialog.State() == dialog.Early {
			l.dialog.Terminate()
		}
	}
	// The 487 that answers the CANCEL of a ring time that ran out says nothing that we did not cause.
	if s.release == nil || s.release.Side != trace.Timer || res.StatusCode != 487 {
		s.lastResponse = res.StatusCode
	}
	if s.state != Inviting {
		return
	}
	if s.release != nil {
		s.endReleased()
		return
	}
	if s.remedied(res) {
		return
	}
	s.redirected(res)
	if s.tryNextTarget(res) {
		return
	}
	cause := message.ReadReason(res)
	reason := cause.Text
	if reason == "" {
		reason = res.Reason
	}
	if s.unshown(res) {
		reason = notShown
	}
	s.end(Ended{Side: sideOf(res.StatusCode), Status: res.StatusCode, Q850: cause.Q850, Reason: reason})
}

// remedied sends the INVITE again where there is hope, and tells whether it did.
func (s *Session) remedied(res *sip.Response) bool {
	if s.raiseInterval(s.invite.machine.Request(), res) {
		s.tryAgain(func(*attempt) {})
		return true
	}
	return res.StatusCode == sip.StatusServiceUnavailable && s.failOver(res) || s.authenticateInvite(res)
}

// sideOf says who refused. Nobody can tell a proxy's 404 from the callee's; what a callee would not say by itself is
// put down to the network.
func sideOf(status int) trace.Side {
	if status == 408 || status >= 500 && status < 600 {
		return trace.Network
	}
	return trace.Remote
}

// inviteFailed ends a call whose INVITE nobody answered: timer B, or the transport (RFC 3261 section 8.1.3.1); but not
// before every way to every target was tried.
func (s *Session) inviteFailed(cause transaction.Cause) {
	if s.state != Inviting {
		return
	}
	if s.release != nil {
		s.endReleased()
		return
	}
	if s.failOver(nil) || s.tryNextTarget(nil) {
		return
	}
	s.end(Ended{Side: trace.Network, Reason: s.describe(cause)})
}

func (s *Session) describe(cause transaction.Cause) string {
	if cause == transaction.Transport {
		if s.sendError != nil {
			return "cannot be reached: " + s.sendError.Error()
		}
		return "cannot be reached"
	}
	return "no response"
}
