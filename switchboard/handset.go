package switchboard

import (
	"strings"
	"time"

	"go.uber.org/zap"

	"sidetone/callflow"
	"sidetone/device"
	"sidetone/sipua"
	"sidetone/trace"
)

// interDigitTime is how long the phone waits for another digit before it dials (ITU-T E.180 leaves it to the
// administration; 3 to 5 s is usual).
const interDigitTime = 4 * time.Second

// dialling is a lifted handset whose number is not complete yet. Its events already carry the call's id, so that the
// story begins where the person began.
type dialling struct {
	call   string
	digits strings.Builder
	timer  *time.Timer
}

func (s *Switchboard) deviceEventInLoop(ev device.Event) {
	now := time.Now()
	switch ev := ev.(type) {
	case device.HookChanged:
		s.hookInLoop(now, ev.OffHook)
	case device.KeyPressed:
		s.keysInLoop(now, ev.Keys)
	case device.AnswerPressed:
		s.answerPressedInLoop(ev)
	case device.RejectPressed:
		if c := s.ringingInLoop(ev.Call); c != nil {
			s.refuseInLoop(c, ev.Status)
		}
	case device.HangupPressed:
		if c := s.byIDInLoop(ev.Call); c != nil {
			s.hangUpInLoop(c)
		}
	case device.HandsetPlugged:
		s.plugInLoop(now, ev.Plugged)
	}
}

// hangUpInLoop ends a call and frees the handset at once: a call that nobody answers may take half a minute to be given up
// (RFC 3261 section 9.1), and the next number can be dialled meanwhile.
func (s *Switchboard) hangUpInLoop(c *call) {
	c.leg.hangup(release())
	if s.inHand != c {
		return
	}
	s.inHand = nil
	if c.media != nil {
		c.media.Listen(nil)
	}
}

// giveUpDialledInLoop ends the calls of this phone that nobody has answered: nobody waits for them any more.
func (s *Switchboard) giveUpDialledInLoop() {
	for _, c := range s.calls {
		if c.leg.info.Direction == trace.Out && isLive(c) && !isUp(c) {
			s.hangUpInLoop(c)
		}
	}
}

func release() sipua.Release { return sipua.Release{Side: trace.Local, Q850: causeNormal} }

func (s *Switchboard) callInHand() string {
	switch {
	case s.dialling != nil:
		return s.dialling.call
	case s.inHand != nil:
		return s.inHand.id
	}
	return ""
}

// hookInLoop lifts or replaces the handset: answers the oldest ringing call, starts dialling, or hangs up.
func (s *Switchboard) hookInLoop(now time.Time, off bool) {
	if off == s.offHook {
		return
	}
	s.offHook = off
	if !off {
		s.record(now, s.callInHand(), 0, trace.DeviceHook, trace.Hook{State: trace.OnHook})
		s.stopDiallingInLoop()
		if c := s.inHand; c != nil && !s.clearBackInLoop(c) {
			s.hangUpInLoop(c)
		}
		s.giveUpDialledInLoop()
		return
	}
	if s.backInLoop(onHook) {
		s.record(now, s.callInHand(), 0, trace.DeviceHook, trace.Hook{State: trace.OffHook})
		return
	}
	if c := s.ringingInLoop(""); c != nil {
		s.record(now, c.id, 0, trace.DeviceHook, trace.Hook{State: trace.OffHook})
		s.stepInLoop(c, callflow.Answered{Seat: callflow.Handset})
		return
	}
	if s.inHand == nil {
		s.dialling = &dialling{call: newID()}
	}
	s.record(now, s.callInHand(), 0, trace.DeviceHook, trace.Hook{State: trace.OffHook})
}

// answerPressedInLoop answers by a line key or the loudspeaker key, without the handset.
func (s *Switchboard) answerPressedInLoop(ev device.AnswerPressed) {
	if c := s.ringingInLoop(ev.Call); c != nil {
		c.beside = ev.Beside
		s.stepInLoop(c, callflow.Answered{Seat: callflow.Handset})
	}
}

// refuseInLoop declines a ringing call; 603 unless the key says otherwise (RFC 3261 section 21.6.2).
func (s *Switchboard) refuseInLoop(c *call, status int) {
	if status == 0 {
		status = 603
	}
	if status == 480 { // which else says that nobody was there
		c.leg.refuses(status, causeRejected, "Temporarily Unavailable")
	}
	s.stepInLoop(c, callflow.Refused{Seat: callflow.Handset, Status: status, Reason: ""})
}

// keysInLoop collects the number to dial. It ends with '#' or when no digit follows for a while. In a call the keys are sent
// as DTMF (RFC 4733).
func (s *Switchboard) keysInLoop(now time.Time, keys string) {
	s.record(now, s.callInHand(), 0, trace.DeviceKey, trace.Key{Keys: keys})
	d := s.dialling
	if d == nil {
		if c := s.inHand; c != nil && c.media != nil && c.state == StateTalking {
			c.media.SendDTMF(keys)
			s.record(now, c.id, c.leg.number, trace.DTMFSent, trace.DTMF{Digits: keys})
		}
		return
	}
	if d.timer != nil {
		d.timer.Stop()
	}
	number, complete := strings.CutSuffix(keys, "#")
	d.digits.WriteString(number)
	if complete {
		s.dialCollectedInLoop(d)
		return
	}
	d.timer = time.AfterFunc(interDigitTime, func() { s.queue.post(func() { s.dialCollectedInLoop(d) }) })
}

func (s *Switchboard) dialCollectedInLoop(d *dialling) {
	if s.dialling != d || d.digits.Len() == 0 {
		return
	}
	s.dialling = nil
	if _, err := s.dialInLoop(d.call, d.digits.String()); err != nil {
		s.log.Warn("dial", zap.Error(err))
		s.record(time.Now(), d.call, 0, trace.DeviceFault, trace.Fault{Part: "dial", Error: err.Error()})
	}
}

func (s *Switchboard) stopDiallingInLoop() {
	if s.dialling != nil && s.dialling.timer != nil {
		s.dialling.timer.Stop()
	}
	s.dialling = nil
}
