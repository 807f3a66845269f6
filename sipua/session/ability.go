package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// Ability is what a user agent has been set to do: Allow and Supported list that, and what they do not list is refused.
type Ability struct {
	Reliable  Reliable
	Referrals bool // a peer may transfer this side, or have one call take the place of another
}

// ability is what a session has been set to do.
func (s *Session) ability() Ability {
	return Ability{Reliable: s.cfg.Reliable, Referrals: s.cfg.Referral != nil}
}

// Without lists the option tags that are not supported.
func (a Ability) Without() []string {
	without := a.Reliable.Without()
	if !a.Referrals {
		without = append(without, "replaces", "norefersub")
	}
	return without
}

// Unserved lists the methods that are known here and not served. NOTIFY is: it tells how a transfer of this side goes.
func (a Ability) Unserved() []sip.RequestMethod {
	if a.Referrals {
		return nil
	}
	return []sip.RequestMethod{sip.REFER}
}

// allow is the Allow header of this side.
func (s *Session) allow() sip.Header { return message.Allow(s.ability().Unserved()...) }
