package switchboard

import (
	"time"

	"sidetone/sipua"
	"sidetone/trace"
)

// away is why nobody is at the terminal for a call.
type away uint8

const (
	unplugged away = 1 << iota
	onHook
)

// initiator is who suspends a call for that.
func (a away) initiator() string {
	if a&unplugged != 0 {
		return trace.SuspendByUser
	}
	return trace.SuspendByNetwork
}

// plugInLoop follows the terminal: unplugged, it suspends the call that it has, until it is plugged in again, here or at another
// socket of the line (terminal portability, ITU-T Q.733.4; RFC 3398 section 9.1).
func (s *Switchboard) plugInLoop(now time.Time, plugged bool) {
	s.record(now, s.callInHand(), 0, trace.DeviceHandset, trace.Handset{Plugged: plugged})
	s.unplugged = !plugged
	if plugged {
		s.backInLoop(unplugged)
	} else if c := s.inHand; c != nil && isUp(c) {
		c.leave(unplugged)
	}
}

// clearBackInLoop is the handset being put down in a call, and tells whether that suspends it: the called person of a gateway port
// may pick up again, here or at another telephone of the same line. Who has called hangs up.
func (s *Switchboard) clearBackInLoop(c *call) bool {
	if !s.opts.OnHookSuspends || !isUp(c) || c.leg.info.Direction != trace.In {
		return false
	}
	c.leave(onHook)
	return true
}

// leave suspends the call, unless it is already.
func (c *call) leave(why away) {
	if c.away == 0 {
		c.suspended = why
		_ = c.leg.sip.Suspend(why.initiator()) // one that has ended meanwhile is not suspended
	}
	c.away |= why
}

// back takes that back. What the call is suspended for besides keeps it so.
func (c *call) back(why away) {
	if c.away&why == 0 {
		return
	}
	c.away &^= why
	switch {
	case c.away == 0:
		_ = c.leg.sip.Unsuspend()
	case c.suspended == why:
		c.suspended = c.away
		_ = c.leg.sip.Unsuspend()
		_ = c.leg.sip.Suspend(c.away.initiator()) // whose time is another one
	}
}

// backInLoop is the person being back at the calls that were left so, and tells whether there are any.
func (s *Switchboard) backInLoop(why away) bool {
	found := false
	for _, c := range s.calls {
		if isUp(c) && c.away&why != 0 {
			found = true
			c.back(why)
		}
	}
	return found
}

// suspendedInLoop follows a suspension.
func (s *Switchboard) suspendedInLoop(c *call, sig sipua.Suspension) {
	c.suspendedUntil = time.Time{}
	if sig.Kind == trace.SuspendStarted {
		c.suspendedUntil = sig.Suspend.Deadline
	}
}
