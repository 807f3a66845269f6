package sipua

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// accountFor is the account that an INVITE is for, the zero identity when the agent has none: the Request-URI says so (RFC 3261
// section 8.2.2.1). Of accounts with the same user, it is the one that the Request-URI names by the parameter of its Contact or by
// its host, else the one whose server has brought the request, else the one that To names; each where that leaves any.
func (ua *UserAgent) accountFor(req *sip.Request, from netip.Addr) identity {
	left := keep(ua.accounts, func(a identity) bool { return a.uri.User == req.Recipient.User })
	if len(left) == 0 {
		return identity{}
	}
	line, _ := req.Recipient.UriParams.Get("line")
	for _, is := range []func(identity) bool{
		func(a identity) bool { return a.line != "" && a.line == line },
		func(a identity) bool { return sameHost(a.uri, req.Recipient) },
		func(a identity) bool { return ua.servers.serves(a, from) },
		func(a identity) bool { return req.To() != nil && sameHost(a.uri, req.To().Address) },
	} {
		if len(left) == 1 {
			break
		}
		if some := keep(left, is); len(some) > 0 {
			left = some
		}
	}
	return left[0]
}

// keep are the accounts that something is true of.
func keep(accounts []identity, is func(identity) bool) []identity {
	var some []identity
	for _, a := range accounts {
		if is(a) {
			some = append(some, a)
		}
	}
	return some
}

func sameHost(a, b sip.Uri) bool { return strings.EqualFold(a.Host, b.Host) }
