package session

import (
	"sidetone/sipua/message"
	"sidetone/trace"
)

// hangup ends the call by what the state demands.
func (s *Session) hangup(e Hangup) error {
	r := e.Release
	if r.Side == "" {
		r.Side = trace.Local
	}
	switch s.state {
	case Inviting:
		return s.giveUp(e, r)
	case Invited:
		res := message.Response(s.invite.machine.Request(), 480, "", s.localTag)
		if reason := message.Reason(r.Q850, r.Text); reason != nil {
			res.AppendHeader(reason)
		}
		s.refuse(res, Ended{Side: r.Side, Q850: r.Q850, Reason: r.Text})
		return nil
	case Established:
		if s.unacked != nil && s.unacked.first {
			s.byeOnACK = &r // RFC 3261 section 15: not before the ACK, or the time for it is over
		} else {
			s.bye(s.leg, message.Reason(r.Q850, r.Text))
		}
		s.end(Ended{Side: r.Side, Q850: r.Q850, Reason: r.Text})
		return nil
	case Idle, Ending, Over:
		return s.illegal(e)
	default:
		return s.illegal(e)
	}
}

// giveUp cancels a call that is not answered yet. CANCEL waits for the first provisional response (RFC 3261 section
// 9.1), and the end is told when the INVITE has its final response.
func (s *Session) giveUp(e Hangup, r Release) error {
	if s.release != nil {
		return s.illegal(e)
	}
	s.release, s.releasedAt = &r, s.now
	switch {
	case s.invite == nil:
		s.endReleased()
	case s.provisionalSeen:
		s.cancel()
	}
	return nil
}

// endReleased tells the end of a call that this side gave up before an answer.
func (s *Session) endReleased() {
	s.end(Ended{
		Side: s.release.Side, Q850: s.release.Q850, Reason: s.release.Text, At: s.releasedAt, Cancelled: true,
	})
}
