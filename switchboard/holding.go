package switchboard

import (
	"context"
	"fmt"

	"sidetone/hold"
	"sidetone/sipua"
	"sidetone/trace"
)

// Hold puts a call on hold.
func (s *Switchboard) Hold(ctx context.Context, ref string) error {
	return s.withCall(ctx, ref, "up", canHold, func(c *call) error { return c.leg.sip.Hold() })
}

// Resume takes a held call back, and gives it the handset; the call that has it is held in its place. "" means the one in the
// handset if this side holds it, else the oldest that it does.
func (s *Switchboard) Resume(ctx context.Context, ref string) error {
	return s.do(ctx, func() error {
		c, err := s.findInLoop(ref, "on hold", isHeldHere)
		if err != nil { // what was commanded a moment ago has not been told yet
			c, err = s.findInLoop(ref, "up", canHold)
		}
		if err != nil {
			return err
		}
		return s.resumeInLoop(c)
	})
}

// Swap holds the call in the handset and takes back the oldest one that waits beside it: on hold, else as its other side would not
// be held.
func (s *Switchboard) Swap(ctx context.Context) error {
	return s.do(ctx, func() error {
		var other *call
		for _, c := range s.calls {
			if c != s.inHand && isUp(c) && (other == nil || isHeldHere(c) && !isHeldHere(other)) {
				other = c
			}
		}
		if other == nil {
			return fmt.Errorf("%w: none waits on hold beside the one in the handset", ErrNoCall)
		}
		return s.resumeInLoop(other)
	})
}

func (s *Switchboard) resumeInLoop(c *call) error {
	c.beside = false
	if isUp(c) {
		s.takeInLoop(c)
		c.back(onHook)
	}
	return c.leg.sip.Resume()
}

// canHold tells whether a call can be held: one that is up, and one of ours that is not answered yet.
func canHold(c *call) bool { return isUp(c) || isLive(c) && c.leg.info.Direction == trace.Out }

// isHeldHere tells whether this side holds a call, or is about to.
func isHeldHere(c *call) bool {
	return canHold(c) && (c.standing.LocalHold || c.standing.Wants == hold.Holding)
}

// takeInLoop gives the handset to a call that is up.
func (s *Switchboard) takeInLoop(c *call) {
	if !c.beside {
		s.setAsideInLoop(c)
	}
	s.inHand = c
	s.opts.Handset.Connect(c.id)
	if s.unplugged {
		c.leave(unplugged)
	}
	s.soundInLoop(c)
}

// setAsideInLoop holds the call in the handset before another one gets it: nobody is to hear what is said to somebody else. The one
// whose place the next one takes ends by that.
func (s *Switchboard) setAsideInLoop(next *call) {
	old := s.inHand
	if old == nil || old == next {
		return
	}
	s.inHand, old.beside = nil, false
	switch {
	case isUp(old):
		if next.leg.after != old.id {
			_ = old.leg.sip.Hold() // one that has ended meanwhile needs no hold
			old.back(onHook)       // the person is there, at another call
		}
		s.soundInLoop(old)
	case old.media != nil: // the person does not hear it ring any more
		old.media.Listen(nil)
		old.media.Meanwhile(nil)
	}
}

// heldInLoop tells the person that somebody still waits on hold.
func (s *Switchboard) heldInLoop(c *call, sig sipua.Held) {
	if sig.Kind == trace.HoldReminded {
		s.opts.Handset.Remind(c.id)
	}
}

// standInLoop notes where the session of a call stands, and lets its sound follow.
func (s *Switchboard) standInLoop(c *call, now hold.Standing) {
	c.standing = now
	if !isUp(c) {
		return
	}
	if state := c.upState(); state != c.state {
		s.setStateInLoop(c, state)
	}
	s.soundInLoop(c)
}

// upState is the state of a call that is answered.
func (c *call) upState() State {
	if c.standing.Held() {
		return StateHeld
	}
	return StateTalking
}

// soundInLoop connects a call that is up to what it is to hear, and to who hears it. Whom this side holds hears music, and is not
// heard; who is about to be held hears nothing any more; only the call in the handset, and those beside it, have the microphone.
func (s *Switchboard) soundInLoop(c *call) {
	if c.media == nil || !isUp(c) {
		return
	}
	st := c.standing
	switch {
	case st.LocalHold && !st.Suspended:
		if c.music == nil && s.opts.HoldMusic != nil {
			c.music = s.opts.HoldMusic()
		}
		c.media.Listen(nil)
		c.media.Play(c.music)
		return
	case s.inHand != c && !c.beside, st.Wants != hold.Talking, st.Suspended:
		c.mute()
	default:
		c.media.Play(s.opts.Handset.Microphone())
		c.media.Listen(s.earInLoop())
	}
	c.music = nil
}

// mute takes the handset's sound away from a call.
func (c *call) mute() {
	if c.media != nil {
		c.media.Play(nil)
		c.media.Listen(nil)
	}
}
