package sipua

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/digest"
	"sidetone/sipua/message"
	"sidetone/sipua/wire"
)

// Accept says whose calls an account takes.
type Accept string

// Whose calls are taken.
const (
	AcceptAny       Accept = "any"       // anybody's; so does ""
	AcceptRegistrar Accept = "registrar" // those that its registrar or outbound proxy brings
	AcceptDigest    Accept = "digest"    // those of who knows its password (RFC 3261 section 22)
)

// checkAccept refuses an account that nobody could call.
func (i identity) checkAccept() error {
	switch {
	case !slices.Contains([]Accept{"", AcceptAny, AcceptRegistrar, AcceptDigest}, i.accept):
		return fmt.Errorf("accept %q is not known", i.accept)
	case i.accept == AcceptRegistrar && len(i.servers()) == 0:
		return fmt.Errorf("accept %s needs a registrar or an outbound proxy", i.accept)
	case i.accept == AcceptDigest && i.credentials.Password == "":
		return fmt.Errorf("accept %s needs a password", i.accept)
	}
	return nil
}

// welcome tells whether a request may come from where it does. One for a user that is not here is as welcome as it would
// be to any account: who may call none of them learns nothing of who is here.
func (ua *UserAgent) welcome(req *sip.Request, from netip.Addr) bool {
	welcomes := func(a identity) bool { return ua.welcomes(a, from) }
	if a := ua.accountFor(req, from); a.aor != "" || len(ua.accounts) == 0 {
		return welcomes(a)
	}
	return slices.ContainsFunc(ua.accounts, welcomes)
}

func (ua *UserAgent) welcomes(a identity, from netip.Addr) bool {
	inside := func(network netip.Prefix) bool { return network.Contains(from) }
	if len(a.networks) > 0 && !slices.ContainsFunc(a.networks, inside) {
		return false
	}
	return a.accept != AcceptRegistrar || ua.servers.serves(a, from)
}

// verifiers are the digest verifiers of the accounts, by AOR.
type verifiers struct {
	mu  sync.Mutex
	all map[string]*digest.Verifier
}

func newVerifiers(accounts []identity, secret []byte) *verifiers {
	v := &verifiers{all: map[string]*digest.Verifier{}}
	for _, a := range accounts {
		if a.accept == AcceptDigest {
			v.all[a.aor] = digest.NewVerifier(a.uri.Host, secret)
		}
	}
	return v
}

// proven tells whether the sender of a request knows the password of the account that it is for, where that matters.
// If not it is challenged (RFC 3261 section 22.1). A challenge is an offence until it is answered rightly.
func (ua *UserAgent) proven(in wire.Inbound, req *sip.Request) bool {
	account := ua.accountFor(req, in.Flow.Remote.Addr())
	ua.verifiers.mu.Lock()
	defer ua.verifiers.mu.Unlock()
	verifier := ua.verifiers.all[account.aor]
	if verifier == nil {
		return true
	}
	verdict := verifier.Verify(in.At, req, account.credentials)
	why := "no credentials"
	switch verdict {
	case digest.Accepted:
		ua.guard.Pardon(in.Flow.Remote)
		return true
	case digest.Refused:
		why = "wrong credentials"
	case digest.Missing, digest.Stale:
	}
	ua.refused(why, in.Flow.Remote)
	if verdict != digest.Stale {
		ua.guard.Offend(in.At, in.Flow.Remote)
	}
	res := message.Response(req, 401, "", ua.statelessTag(req))
	for _, h := range verifier.Challenge(in.At, verdict == digest.Stale) {
		res.AppendHeader(h)
	}
	ua.reply(in, res)
	return false
}
