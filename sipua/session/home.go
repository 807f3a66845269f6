package session

import (
	"net/netip"
	"slices"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/wire"
)

// notShown is why a call ended that a stranger challenged.
const notShown = "the password is not for this server"

// maxHomes bounds the addresses of home that a call remembers.
const maxHomes = 8

// atHome tells whether a request goes to a server of the account: one that Config.Home knows, or an address where this call
// has found one before, as a Record-Route names it. Nobody else is shown credentials: any server could ask for them, and
// try passwords on the answer at its leisure (RFC 7616 section 5.7).
func (s *Session) atHome(req *sip.Request, flow wire.Flow) bool {
	addr := flow.Remote.Addr().Unmap()
	if s.cfg.Home == nil {
		return false
	}
	if slices.Contains(s.homes, addr) {
		return true
	}
	if !s.cfg.Home(message.Host(hopOf(req)), addr) {
		return false
	}
	if len(s.homes) < maxHomes {
		s.homes = append(s.homes, addr)
	}
	return true
}

// mayAnswer tells whether a challenge to a request may be answered: one from home, and in a dialog that was set up through
// home also one of a server elsewhere whose realm home has used. A realm alone proves nothing: everybody may claim it.
func (s *Session) mayAnswer(req *sip.Request, flow wire.Flow, res *sip.Response) bool {
	inDialog := req.To() != nil && dialog.Tag(req.To().Params) != ""
	return s.atHome(req, flow) || s.throughHome && inDialog && s.digest.Knows(res, s.cfg.Realm)
}

// hopOf is where a request goes (RFC 3261 section 8.1.2): its first route, unless that is behind a strict router.
func hopOf(req *sip.Request) *sip.Uri {
	if route := req.Route(); route != nil && route.Address.UriParams.Has("lr") {
		return &route.Address
	}
	return &req.Recipient
}

// cameFromHome tells whether an address is one of the account's servers.
func (s *Session) cameFromHome(remote netip.AddrPort) bool {
	return s.cfg.Home != nil && s.cfg.Home("", remote.Addr().Unmap())
}
