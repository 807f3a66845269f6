package sipua

import (
	"net/netip"
	"slices"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/session"
)

// home tells which hosts, and which addresses, are shown the credentials of an account: its registrar, its outbound proxy,
// the host of its AOR, and the further URIs; nil ones are left out.
func (ua *UserAgent) home(account identity, further ...*sip.Uri) func(host string, addr netip.Addr) bool {
	var hosts []string
	for _, uri := range append(further, &account.uri, account.proxy, account.registrar) {
		if uri != nil && uri.Host != "" {
			hosts = append(hosts, message.Host(uri))
		}
	}
	return func(host string, addr netip.Addr) bool {
		return slices.Contains(hosts, host) || slices.Contains(hosts, addr.String()) || ua.servers.serves(account, addr)
	}
}

// direct is the target of a call that no server of the account is concerned with: a fixed peer, which challenges for itself.
func direct(account identity, out session.Outgoing) *sip.Uri {
	if account.registrar != nil || out.Proxy != nil {
		return nil
	}
	return &out.Target
}

// publicOf tells where servers of an account see one of our addresses, as its registrar does; nil where it has none.
func (ua *UserAgent) publicOf(account identity) func(local netip.AddrPort) netip.AddrPort {
	if account.registrar == nil {
		return nil
	}
	r := ua.lines[ua.accountIndex(account.aor)]
	return func(local netip.AddrPort) netip.AddrPort {
		ua.mu.Lock()
		defer ua.mu.Unlock()
		if local != r.local {
			return netip.AddrPort{}
		}
		return r.public
	}
}
