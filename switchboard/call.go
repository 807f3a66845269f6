package switchboard

import (
	"time"

	"go.uber.org/zap"

	"sidetone/callflow"
	"sidetone/hold"
	"sidetone/media"
	"sidetone/sipua"
	"sidetone/trace"
)

// State is what a call shows to whoever asks for the status.
type State string

// The states of a call.
const (
	StateCalling State = "calling"
	StateRinging State = "ringing"
	StateTalking State = "talking"
	StateHeld    State = "held"
	StateEnding  State = "ending"
)

// call is one call while it lives. Owned by the loop.
type call struct {
	id    string
	line  int // lowest free number from 1, for people to address it by
	leg   *leg
	flow  *callflow.Machine // nil for an outgoing call
	state State
	since time.Time
	alert *time.Timer // nil unless a step of alerting waits for its time
	ring  *time.Timer // nil unless ringing is bounded

	after    *call  // whose other side asked for this call
	transfer string // where the other side is being transferred to, or we are

	tooMany bool // an incoming call that came when all were in use

	standing       hold.Standing // who holds it
	away           away          // why nobody is there for it, all there is
	suspended      away          // which of that the other side was told of
	suspendedUntil time.Time
	alerts         bool         // it rings at the handset
	waits          bool         // it takes the place of one that waits on hold
	beside         bool         // it was answered beside the others, and none of them gives way to it
	music          media.Source // that the other side hears while it is held

	media    *media.Session
	ringing  bool           // the local ringback was started
	current  sipua.Media    // what the media session runs with; zero before the first
	branched sipua.Branched // likewise: the early dialogs that are not heard
}

// Incoming takes a new call from the user agent. It is sipua.Options.Incoming and runs on the call's own goroutine.
func (s *Switchboard) Incoming(sc *sipua.Call) (sipua.Observer, sipua.LocalMedia) {
	c := s.newCall(newID(), sc.Info())
	c.leg.sip, c.leg.after = sc, replacedID(sc.Info())
	c.leg.initiated(time.Now())
	local := s.openMedia(c)
	s.queue.post(func() {
		c.tooMany = s.fullInLoop() && c.leg.info.Replaces == nil
		s.addInLoop(c)
	})
	c.leg.served = func() { s.queue.post(func() { s.enterInLoop(c) }) }
	return c.leg, local
}

// newCall makes a call whose leg reports to the loop. It may be called from any goroutine.
func (s *Switchboard) newCall(id string, info sipua.Info) *call {
	c := &call{id: id, state: StateRinging, since: time.Now()}
	c.leg = &leg{sb: s, callID: id, number: 1, info: info}
	c.leg.signalled = func(at time.Time, sig sipua.Signal) {
		s.queue.post(func() { s.signalInLoop(c, at, sig) })
	}
	return c
}

// openMedia binds the call's RTP ports. Without them the call goes on to be refused, with the reason in its trace.
func (s *Switchboard) openMedia(c *call) sipua.LocalMedia {
	session, err := s.opts.Media.Open()
	if err != nil {
		s.log.Warn("open media", zap.String("call", c.id), zap.Error(err))
		s.record(time.Now(), c.id, 0, trace.DeviceFault, trace.Fault{Part: "media", Error: err.Error()})
		return sipua.LocalMedia{}
	}
	c.media = session
	s.watchMedia(c)
	return sipua.LocalMedia{Port: session.Port()}
}

// addInLoop puts the call on the lowest free line.
func (s *Switchboard) addInLoop(c *call) {
	taken := map[int]bool{}
	for _, other := range s.calls {
		taken[other.line] = true
	}
	for c.line = 1; taken[c.line]; c.line++ {
	}
	s.calls = append(s.calls, c)
}

// enterInLoop sends an incoming call that can be served through the call flow.
func (s *Switchboard) enterInLoop(c *call) {
	switch {
	case s.stopping, c.media == nil:
		_ = c.leg.sip.Reject(503, "Service Unavailable")
	case c.tooMany:
		c.leg.refuses(486, causeBusy, trace.AllLinesBusy)
		_ = c.leg.sip.Reject(486, "Busy Here")
	case c.leg.info.Replaces != nil:
		s.inheritInLoop(c)
		_ = c.leg.sip.Answer() // RFC 3891 section 3: the person talks already
	default:
		c.flow = callflow.New(s.opts.Flow)
		s.stepInLoop(c, callflow.Enter{})
	}
}

// fullInLoop tells whether there are as many calls as there may be. One that is over and waits for the other side's
// last word, perhaps in vain, keeps nobody from calling.
func (s *Switchboard) fullInLoop() bool {
	if s.opts.MaxCalls <= 0 {
		return false
	}
	live := 0
	for _, c := range s.calls {
		if isLive(c) {
			live++
		}
	}
	return live >= s.opts.MaxCalls
}

// stepInLoop gives the call flow one input and performs its actions.
func (s *Switchboard) stepInLoop(c *call, in callflow.Input) {
	if c.flow == nil {
		return
	}
	actions, err := c.flow.Step(in)
	if err != nil {
		s.log.Debug("call flow", zap.String("call", c.id), zap.Error(err))
		return
	}
	for _, a := range actions {
		switch a := a.(type) {
		case callflow.RingSeats:
			s.ringInLoop(c, a)
		case callflow.StopRinging:
			s.stopRingingInLoop(c)
		case callflow.Connect:
			_ = c.leg.sip.Answer()
		case callflow.Respond:
			if a.Block {
				s.record(time.Now(), c.id, 0, trace.FlowResponse, trace.Response{Status: a.Status, Message: a.Reason})
			}
			_ = c.leg.sip.Reject(a.Status, a.Reason)
		}
	}
}

// signalInLoop follows what the dialog did.
func (s *Switchboard) signalInLoop(c *call, at time.Time, sig sipua.Signal) {
	switch sig := sig.(type) {
	case sipua.Alerting:
		if c.state == StateCalling {
			s.setStateInLoop(c, StateRinging)
		}
		if sig.Media != nil {
			s.earlyMediaInLoop(c, at, *sig.Media, sig.Why)
		}
		if sig.Status == 180 {
			s.ringbackInLoop(c)
		}
	case sipua.Answered:
		s.answeredInLoop(c, at, sig)
	case sipua.MediaChanged:
		if c.state == StateRinging && c.current == (sipua.Media{}) { // a PRACK has brought the answer to our offer
			s.earlyMediaInLoop(c, at, sig.Media, sig.Why)
			return
		}
		s.mediaInLoop(c, at, sig.Media, sig.Why)
	case sipua.Branched:
		s.branchedInLoop(c, sig)
	case sipua.Transferred:
		s.transferInLoop(c, sig)
	case sipua.Forwarded: // the new target rings anew, or not
	case sipua.Keyed: // it is in the trace, and nothing here acts on keys
	case sipua.Held:
		s.heldInLoop(c, sig)
	case sipua.Suspension:
		s.suspendedInLoop(c, sig)
	case sipua.Standing:
		s.standInLoop(c, sig.Now)
	case sipua.Ended:
		s.endedInLoop(c, at)
	case sipua.Settled:
		s.settledInLoop(c)
	}
}

func (s *Switchboard) setStateInLoop(c *call, state State) { c.state, c.since = state, time.Now() }

func (s *Switchboard) answeredInLoop(c *call, at time.Time, sig sipua.Answered) {
	s.stopRingingInLoop(c)
	s.setStateInLoop(c, c.upState())
	if c.media != nil {
		c.media.Meanwhile(nil)
	}
	elsewhere := s.inHand != nil && s.inHand != c // the person is, unless it is the person who has just answered
	if c.waits || elsewhere && c.leg.info.Direction == trace.Out {
		_ = c.leg.sip.Hold() // one that has ended meanwhile needs no hold
		s.soundInLoop(c)
	} else {
		s.takeInLoop(c)
	}
	s.mediaInLoop(c, at, sig.Media, "")
}

// endedInLoop takes the call away from the handset and closes its media.
func (s *Switchboard) endedInLoop(c *call, at time.Time) {
	if c.state == StateEnding {
		return
	}
	s.stepInLoop(c, callflow.Ended{})
	s.stopRingingInLoop(c)
	s.setStateInLoop(c, StateEnding)
	s.opts.Handset.Release(c.id)
	s.giveBackInLoop(c)
	if s.inHand == c {
		s.inHand = nil
	}
	s.closeMediaInLoop(c, at)
}

// settledInLoop writes the end of the call: nothing more is expected from the other side.
func (s *Switchboard) settledInLoop(c *call) {
	for i, other := range s.calls {
		if other == c {
			s.calls = append(s.calls[:i], s.calls[i+1:]...)
			s.record(time.Now(), c.id, 0, trace.CallEnded, c.leg.summary())
			return
		}
	}
}
