package switchboard

import (
	"time"

	"sidetone/callflow"
	"sidetone/media"
)

// Alerting says how the caller of an incoming call is told that the handset rings.
type Alerting string

// The ways of alerting.
const (
	ProgressThenRinging Alerting = "progress-then-ringing" // 183 with early media, then 180
	RingingOnly         Alerting = "ringing"
	ProgressOnly        Alerting = "progress"
)

// EarlyMedia says what the caller of an incoming call hears before the answer, once a response has opened the media.
type EarlyMedia string

// What callers hear before the answer.
const (
	EarlyRingback EarlyMedia = "ringback"
	EarlyNone     EarlyMedia = "none"   // nothing is sent, so that the caller's phone makes its own ringing tone (RFC 3960 section 3.1)
	EarlyPrompt   EarlyMedia = "prompt" // Options.Prompt once, then ringback
)

// ringInLoop alerts the caller as configured, and then the handset. One who asks to be put through waits for neither.
func (s *Switchboard) ringInLoop(c *call, a callflow.RingSeats) {
	s.autoAnswerInLoop(c)
	if s.opts.Alerting == RingingOnly {
		s.alertAfterInLoop(c, s.opts.RingingAfter, func() { s.handsetRingsInLoop(c, a.For) })
		return
	}
	s.alertAfterInLoop(c, s.opts.ProgressAfter, func() {
		_ = c.leg.sip.Progress()
		s.alertAfterInLoop(c, s.opts.RingingAfter, func() { s.handsetRingsInLoop(c, a.For) })
	})
}

// alertAfterInLoop does the next step of alerting after a time, unless the ringing is stopped before.
func (s *Switchboard) alertAfterInLoop(c *call, after time.Duration, step func()) {
	if after <= 0 {
		step()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		s.queue.post(func() {
			if c.alert == timer { // it may have been stopped while it waited in the queue
				c.alert = nil
				step()
			}
		})
	})
	c.alert = timer
}

// handsetRingsInLoop rings. The time of the call flow counts from here.
func (s *Switchboard) handsetRingsInLoop(c *call, bound time.Duration) {
	if s.opts.Alerting != ProgressOnly {
		_ = c.leg.sip.Ring()
	}
	s.opts.Handset.Alert(c.id)
	c.alerts = true
	s.knockInLoop()
	if bound > 0 {
		c.ring = time.AfterFunc(bound, func() {
			s.queue.post(func() { s.stepInLoop(c, callflow.RingTimedOut{}) })
		})
	}
}

// autoAnswerInLoop puts a caller through who asks for it, where that is wanted.
func (s *Switchboard) autoAnswerInLoop(c *call) {
	after := c.leg.info.AutoAnswer
	if after == nil || !s.opts.AutoAnswer {
		return
	}
	time.AfterFunc(*after, func() {
		s.queue.post(func() {
			if isRingingIn(c) && s.inHand == nil && s.dialling == nil {
				c.leg.answersByItself()
				s.stepInLoop(c, callflow.Answered{Seat: callflow.Handset})
			}
		})
	})
}

func (s *Switchboard) stopRingingInLoop(c *call) {
	for _, timer := range []*time.Timer{c.alert, c.ring} {
		if timer != nil {
			timer.Stop()
		}
	}
	c.alert, c.ring = nil, nil
	if isRingingIn(c) {
		s.opts.Handset.Release(c.id)
	}
	if c.alerts {
		c.alerts = false
		s.knockInLoop()
	}
}

// toCaller is what the caller of an incoming call hears before the answer; nil is silence.
func (s *Switchboard) toCaller() media.Source {
	var ringback media.Source
	if s.opts.Ringback != nil {
		ringback = s.opts.Ringback()
	}
	switch s.opts.EarlyMedia {
	case EarlyNone:
		return nothing{}
	case EarlyPrompt:
		if s.opts.Prompt != nil {
			return &prompted{prompt: s.opts.Prompt(), after: ringback}
		}
	case EarlyRingback:
	}
	return ringback
}

// nothing is a source that sends no packet.
type nothing struct{}

func (nothing) Frame([]int16) bool { return false }

// prompted plays a prompt once, and then what comes after it: nil is silence.
type prompted struct{ prompt, after media.Source }

func (p *prompted) Frame(pcm []int16) bool {
	if p.prompt != nil {
		if p.prompt.Frame(pcm) {
			return true
		}
		p.prompt = nil
	}
	return p.after == nil || p.after.Frame(pcm)
}
