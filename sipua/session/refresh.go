package session

import (
	"cmp"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// sessionExpired is why a call ended that was not refreshed in time; it is told to the peer and to the user.
const sessionExpired = "session timer expired"

// recoveryOnTimerExpiry is the cause of ITU-T Q.850 table 1.
const recoveryOnTimerExpiry = 102

// askRefresh adds to an INVITE or UPDATE of ours what it says of the session timer (RFC 4028 sections 7.1, 7.4): in a
// dialog the interval that runs and who refreshes, before it the interval that this side wishes.
func (s *Session) askRefresh(req *sip.Request) {
	e := message.SessionExpires{Interval: s.timer.interval}
	if req.Method == sip.INVITE && s.state == Inviting {
		e.Interval = s.cfg.SessionTimer
	}
	if s.minSE > 0 {
		req.AppendHeader(message.MinSE(s.minSE))
	}
	if e.Interval == 0 {
		return
	}
	e.Interval = max(e.Interval, s.minSE, message.LeastInterval)
	switch s.timer.state {
	case timerKeeping, timerRefreshing:
		e.Refresher = message.UAC
	case timerWatching:
		e.Refresher = message.UAS
	case timerUnlimited: // the callee decides
	}
	req.AppendHeader(e.Header())
}

// refreshGranted takes what a 2xx to our INVITE or UPDATE says of the session timer (RFC 4028 section 7.2). A peer that
// does not know the extension is refreshed by us alone; one that knows it and says nothing wants none.
func (s *Session) refreshGranted(req *sip.Request, res *sip.Response) {
	if s.state != Established { // of an early dialog
		return
	}
	asked, requested := message.ReadSessionExpires(req)
	granted, ok := message.ReadSessionExpires(res)
	switch {
	case ok:
		s.stepTimer(timerAgreed{interval: max(granted.Interval, message.LeastInterval), ours: granted.Refresher != message.UAS})
	case requested && !message.Supports(res, message.Timer):
		s.stepTimer(timerAgreed{interval: asked.Interval, ours: true, alone: true})
	default:
		s.stepTimer(timerAgreed{})
	}
}

// tooBrief is the 422 for a request whose session would expire too soon, nil where it would not (RFC 4028 section 9). A
// peer that does not know the extension could do nothing about it.
func (s *Session) tooBrief(req *sip.Request) *sip.Response {
	e, ok := message.ReadSessionExpires(req)
	if !ok || e.Interval >= message.LeastInterval || !message.Supports(req, message.Timer) {
		return nil
	}
	return message.TooBrief(req, s.localTag)
}

// grantRefresh writes into our 2xx what is agreed on the session timer (RFC 4028 section 9, table 2). Where the caller
// leaves it open, the side that asked for the timer refreshes, and keeps to it.
func (s *Session) grantRefresh(req *sip.Request, res *sip.Response) {
	if s.state != Established {
		return
	}
	s.minSE = max(s.minSE, message.ReadMinSE(req))
	known := message.Supports(req, message.Timer)
	e, requested := message.ReadSessionExpires(req)
	if requested = requested && e.Interval >= message.LeastInterval; !requested {
		e = message.SessionExpires{Interval: s.ownInterval()}
	}
	if e.Interval == 0 {
		s.stepTimer(timerAgreed{})
		return
	}
	switch {
	case !known:
		e.Refresher = message.UAS
	case e.Refresher != "":
	case s.timer.state == timerWatching || s.timer.state == timerUnlimited && requested:
		e.Refresher = message.UAC
	default:
		e.Refresher = message.UAS
	}
	if known {
		res.AppendHeader(sip.NewHeader("Require", message.Timer))
	}
	res.AppendHeader(e.Header())
	s.stepTimer(timerAgreed{interval: e.Interval, ours: e.Refresher == message.UAS, alone: !known && !requested})
}

// ownInterval is what we ask for in a 2xx: the interval that runs, else the one this side wishes, 0 for none.
func (s *Session) ownInterval() time.Duration {
	interval := cmp.Or(s.timer.interval, s.cfg.SessionTimer)
	if interval == 0 {
		return 0
	}
	return max(interval, s.minSE, message.LeastInterval)
}

// raiseInterval takes a 422 to our INVITE or UPDATE, and tells whether another try with its Min-SE makes sense (RFC 4028
// sections 7.3, 7.4).
func (s *Session) raiseInterval(req *sip.Request, res *sip.Response) bool {
	asked, _ := message.ReadSessionExpires(req)
	status, least := res.StatusCode, message.ReadMinSE(res)
	if status != 422 || least <= asked.Interval || least <= s.minSE {
		return false
	}
	s.minSE = least
	return true
}

// refresh sends a session refresh request once it is due: an UPDATE without a description, which disturbs nothing. A peer
// that does not take UPDATE gets a re-INVITE that offers again what was agreed, once nothing else is under way (RFC 4028
// sections 7.4, 10). An offer that is sent for a hold refreshes as well, and is waited for.
func (s *Session) refresh() {
	if !s.refreshDue || s.state != Established || s.updateOpen() || s.inviteUnheard() {
		return
	}
	if l := s.leg; l.takes(sip.UPDATE) && !l.hold.NoUpdate() {
		s.refreshDue = false
		s.update(l, nil, func(res *sip.Response) { s.refreshAnswered(l, res) }, func(reason string) { s.updateLost(l, 0, reason) })
		return
	}
	if s.busy() || s.hold.State() != hold.Stable {
		return
	}
	s.refreshDue = false
	if _, err := s.holdStep(hold.Refresh{}); err == nil {
		s.reinvite(s.sdp.Repeat)
	}
}

// inviteUnheard tells whether a re-INVITE of ours has no response yet: it may be lost, and what is sent now overtake it.
func (s *Session) inviteUnheard() bool {
	if s.reinviting {
		return true
	}
	for _, x := range s.transactions {
		if x.client && x.isInvite() && x.machine.State() == transaction.Calling {
			return true
		}
	}
	return false
}

// refreshAnswered takes the final response to an UPDATE without a description. 408 and 481 end the dialog.
func (s *Session) refreshAnswered(l *leg, res *sip.Response) {
	switch status := res.StatusCode; {
	case status < 300:
	case status == 408 || status == 481:
		s.updateLost(l, status, res.Reason)
	case (status == 405 || status == 501) && s.state == Established: // whatever its Allow says: a re-INVITE follows
		_, _ = s.holdOn(l, hold.UpdateRefused{})
		s.refreshDue = true
	default:
		s.refreshRefused(res)
	}
}

// refreshRefused is a failure of our request that leaves the session as it was. It is tried again as the status says (RFC
// 4028 section 10), for as long as the session has not expired.
func (s *Session) refreshRefused(res *sip.Response) {
	if s.refreshDue { // it was not the refresh that was refused
		return
	}
	wait := message.RetryAfter(res)
	if res.StatusCode == 491 {
		wait = max(s.cfg.Between(hold.GlareWait(s.role == caller)), 10*time.Millisecond)
	}
	s.stepTimer(timerRefused{wait: wait})
}

// stepTimer steps the session timer and performs what it asks for.
func (s *Session) stepTimer(in timerInput) {
	if _, again := in.(timerAgreed); again {
		s.refreshDue = false
	}
	switch e := s.timer.Step(s.now, in).(type) {
	case timerStart:
		s.emit(StartTimer{Timer: TimerID{Kind: SessionTimer}, After: e.after})
	case timerStop:
		s.emit(StopTimer{Timer: TimerID{Kind: SessionTimer}})
	case timerRefresh:
		s.refreshDue = true
		if !s.timer.alone { // it may have to wait, and the session does not
			s.emit(StartTimer{Timer: TimerID{Kind: SessionTimer}, After: max(s.timer.lastMoment().Sub(s.now), 0)})
		}
	case timerExpire:
		_ = s.hangup(Hangup{Release: Release{Side: trace.Timer, Q850: recoveryOnTimerExpiry, Text: sessionExpired}})
	}
}
