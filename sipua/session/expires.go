package session

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/trace"
)

// callerLimit is why a call ended that was not answered in the time that its INVITE allows.
const callerLimit = "the caller's time limit ran out"

// limit starts the time that the INVITE allows for an answer (RFC 3261 sections 13.3.1, 20.19). What is no number is no limit.
func (s *Session) limit(invite *sip.Request) {
	h := invite.GetHeader("Expires")
	if h == nil {
		return
	}
	seconds, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 32)
	if err != nil {
		return
	}
	s.limited = true
	s.emit(StartTimer{Timer: TimerID{Kind: AwaitAnswer}, After: time.Duration(seconds) * time.Second})
}

// unlimit ends that time: the INVITE has its final response.
func (s *Session) unlimit() {
	if s.limited {
		s.limited = false
		s.emit(StopTimer{Timer: TimerID{Kind: AwaitAnswer}})
	}
}

// expired refuses an INVITE that was not answered in time.
func (s *Session) expired() error {
	if s.state != Invited || !s.limited {
		return s.illegal(Fired{Timer: TimerID{Kind: AwaitAnswer}})
	}
	s.refuse(message.Response(s.invite.machine.Request(), 487, "", s.localTag), Ended{Side: trace.Timer, Reason: callerLimit})
	return nil
}
