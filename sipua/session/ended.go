package session

import (
	"sidetone/hold"
	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// end tells that the call is over, once. At is now where it is not given.
func (s *Session) end(e Ended) {
	if s.state == Ending || s.state == Over {
		return
	}
	s.holdEverywhere(hold.Ended{})
	s.flush()
	if s.referring.machine.Active() {
		_ = s.referStep(transfer.CallEnded{})
	}
	s.finishProvisionals()
	s.unlimit()
	s.state = Ending
	e.LastResponse = s.lastResponse
	if e.At.IsZero() {
		e.At = s.now
	}
	s.emit(StopTimer{Timer: TimerID{Kind: SessionTimer}})
	s.reinviteClosed()
	for _, x := range s.transactions {
		if x.client && x.isInvite() && x.pending() { // a BYE or CANCEL should end it; if not, time does
			s.emit(StartTimer{Timer: TimerID{Kind: AwaitFinal}, After: s.cfg.Timers.Timeout()})
		}
	}
	s.tell(e)
}

// finish ends a step: what it changed is told, and whether anything is still owed.
func (s *Session) finish() {
	s.unblock()
	s.refresh()
	s.heldForTransfer()
	s.flush()
	if s.state == Ending && !s.outstanding() {
		s.state = Over
		s.emit(StopTimer{Timer: TimerID{Kind: AwaitFinal}})
		s.tell(Settled{})
	}
	if s.state == Over && !s.done && len(s.transactions) == 0 {
		s.done = true
		s.emit(Done{})
	}
}

// outstanding tells whether the peer owes a final response or an ACK.
func (s *Session) outstanding() bool {
	if s.unacked != nil {
		return true
	}
	for _, l := range s.legs {
		if len(l.waiting) > 0 {
			return true
		}
	}
	for _, x := range s.transactions {
		if x.pending() {
			return true
		}
	}
	return false
}

// flush tells what hold and media have come to, after the messages that caused it. What the INVITE itself said of a hold
// is told behind the answer, or before what an UPDATE made of it, and media that nobody was told of needs no change.
func (s *Session) flush() {
	if s.state != Established && s.state != Inviting && s.state != Invited {
		return
	}
	var later []hold.Note
	for _, n := range s.notes {
		changes := n.Kind == trace.HoldConfirmed || n.Kind == trace.HoldResumed
		if s.state != Established && changes && n.Hold.Method == string(hold.ReINVITE) {
			later = append(later, n)
			continue
		}
		if changes { // an UPDATE goes on from there
			s.tellHolds(later)
			later = nil
		}
		s.tellHolds([]hold.Note{n})
	}
	s.notes = later
	s.tellStanding()
	s.tellMedia()
	s.tellBranches()
}

// tellMedia tells what media has come to.
func (s *Session) tellMedia() {
	l := s.front()
	if l == nil || s.state != Established && s.told.Codec == "" && !l.agreed {
		return
	}
	if m := l.media(); m != s.told && m.Codec != "" {
		s.told = m
		s.tell(MediaChanged{Media: m, Why: s.why})
	}
}

func (s *Session) tellHolds(notes []hold.Note) {
	for _, n := range notes {
		s.tell(Held{Kind: n.Kind, Hold: n.Hold})
	}
}

// tellStanding tells where the session stands, when that is no longer what was told.
func (s *Session) tellStanding() {
	now := s.hold.Standing()
	if l := s.front(); l != nil {
		now = l.hold.Standing()
	}
	if now != s.stands {
		s.stands = now
		s.tell(Standing{Now: now})
	}
}
