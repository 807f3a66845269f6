package switchboard

import "sidetone/media"

// earInLoop is what the call in the handset is heard by: while another call rings, its tone is heard over the conversation (call
// waiting).
func (s *Switchboard) earInLoop() media.Sink {
	ear := s.opts.Handset.Earpiece()
	if s.opts.CallWaiting == nil || !s.alertedInLoop() {
		s.knock = nil
		return ear
	}
	if s.knock == nil {
		s.knock = media.NewOver(ear, s.opts.CallWaiting())
	}
	return s.knock
}

// alertedInLoop tells whether a call rings at the handset.
func (s *Switchboard) alertedInLoop() bool {
	for _, c := range s.calls {
		if c.alerts && isRingingIn(c) {
			return true
		}
	}
	return false
}

// knockInLoop lets the person in a call hear that another one rings, or no longer does.
func (s *Switchboard) knockInLoop() {
	if s.inHand != nil {
		s.soundInLoop(s.inHand)
	}
}
