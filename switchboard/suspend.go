package switchboard

import (
	"time"

	"sidetone/sipua"
	"sidetone/trace"
)

// plugInLoop follows the terminal: unplugged, it suspends the call that it has, until it is plugged in again, here or at another
// socket of the line (terminal portability, ITU-T Q.733.4; RFC 3398 section 9.1).
func (s *Switchboard) plugInLoop(now time.Time, plugged bool) {
	s.record(now, s.callInHand(), 0, trace.DeviceHandset, trace.Handset{Plugged: plugged})
	if plugged {
		s.unsuspendInLoop(trace.SuspendByUser)
		return
	}
	if c := s.inHand; c != nil && isUp(c) {
		c.suspendedBy = trace.SuspendByUser
		_ = c.leg.sip.Suspend(trace.SuspendByUser) // one that has ended meanwhile is not suspended
	}
}

// clearBackInLoop is the handset being put down in a call, and tells whether that suspends it: the called person of a gateway port
// may pick up again, here or at another telephone of the same line. Who has called hangs up.
func (s *Switchboard) clearBackInLoop(c *call) bool {
	if !s.opts.OnHookSuspends || !isUp(c) || c.leg.info.Direction != trace.In {
		return false
	}
	if c.suspendedBy == "" {
		c.suspendedBy = trace.SuspendByNetwork
		_ = c.leg.sip.Suspend(trace.SuspendByNetwork)
	}
	return true
}

// unsuspendInLoop takes back what was suspended so, and tells whether anything was.
func (s *Switchboard) unsuspendInLoop(initiator string) bool {
	found := false
	for _, c := range s.calls {
		if isUp(c) && c.suspendedBy == initiator {
			found, c.suspendedBy = true, ""
			_ = c.leg.sip.Unsuspend()
		}
	}
	return found
}

// suspendedInLoop follows a suspension.
func (s *Switchboard) suspendedInLoop(c *call, sig sipua.Suspension) {
	c.suspendedUntil = time.Time{}
	if sig.Standing.Suspended {
		c.suspendedUntil = sig.Suspend.Deadline
	}
	s.standInLoop(c, sig.Standing)
}
