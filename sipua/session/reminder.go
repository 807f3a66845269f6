package session

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/transaction"
)

// remindEvery is how often a caller hears of a call that is not answered yet, so that no proxy on the way gives it up (RFC
// 3261 section 13.3.1.1).
const remindEvery = time.Minute

// reminder is the last provisional response of a callee, which is sent again while nobody answers.
type reminder struct {
	response *sip.Response // nil before the first one
	reliable bool
}

// remindLater takes a provisional response that has gone out.
func (s *Session) remindLater(res *sip.Response, reliable bool) {
	s.reminder = reminder{response: res, reliable: reliable}
	s.emit(StartTimer{Timer: TimerID{Kind: RemindCaller}, After: remindEvery})
}

// remind sends the last provisional response again: as it was, or with the next number where it is reliable (RFC 3262 section
// 3), behind one that waits for its PRACK, and without its description then (RFC 6337 section 3.1.1).
func (s *Session) remind() error {
	last := s.reminder
	switch {
	case s.state != Invited || last.response == nil:
		return s.illegal(Fired{Timer: TimerID{Kind: RemindCaller}})
	case !last.reliable:
		s.remindLater(last.response, false)
		return s.step(s.invite, transaction.Respond{Response: last.response})
	}
	again := s.inviteResponse(s.invite, last.response.StatusCode, s.invitePath)
	s.transmitReliably(s.provisionals.send(&reliableResponse{response: again, reminder: true}, s.firstRSeq(), s.cfg.Timers.T1))
	return nil
}

// forgetReminder is the final response.
func (s *Session) forgetReminder() {
	if s.reminder.response != nil {
		s.reminder = reminder{}
		s.emit(StopTimer{Timer: TimerID{Kind: RemindCaller}})
	}
}
