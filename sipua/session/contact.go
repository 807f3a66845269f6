package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/wire"
)

// contact is where the peer of the path finds us. In a call through the account's servers that is where they see us: behind
// a NAT our own address is no way back (RFC 3261 section 8.1.1.8, RFC 3581 section 4). A connection has a port that nobody can
// connect to.
func (s *Session) contact(p Path) *sip.ContactHeader {
	at := p.Local
	if s.throughHome && p.Flow.Transport == wire.UDP && s.cfg.Public != nil {
		if public := s.cfg.Public(p.Local); public.IsValid() {
			at = public
		}
	}
	return message.Contact(s.cfg.User, p.Flow.Transport, at)
}
