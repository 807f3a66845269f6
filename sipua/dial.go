package sipua

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/locate"
	"sidetone/sipua/session"
	"sidetone/trace"
)

// ErrTooManyCalls is returned by Dial above Options.MaxCalls.
var ErrTooManyCalls = errors.New("too many calls")

// Dial places a call and returns at once; everything else is told to the Observer. It fails when the target cannot be
// understood, and when the call would be one too many.
func (ua *UserAgent) Dial(d Dial, o Observer) (*Call, error) { return ua.place(d, o, nil) }

// place places a call, perhaps because the peer of another one asked for it.
func (ua *UserAgent) place(d Dial, o Observer, follows *follow) (*Call, error) {
	if o == nil {
		return nil, errors.New("dial: no observer")
	}
	out, account, err := ua.outgoing(d)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", d.Target, err)
	}
	out.CallID = randomHex(16)
	c := &Call{actor: newActor(ua, out.CallID), timers: timers{}, observer: o, follows: follows}
	if !ua.roomFor(out.CallID) || !ua.reserve(c) {
		return nil, ErrTooManyCalls
	}
	to := partyOf(out.ToName, out.Target)
	user := account.uri.User
	if account.aor == "" {
		user = escapeUser(ua.opts.User)
	}
	sessionID := newSessionID()
	if follows != nil {
		sessionID, out.Headers = follows.referral.SessionID, follows.headers()
	}
	config := ua.config(account, user, who(to), sessionID, d.Media)
	config.Home = ua.home(account, out.Proxy, direct(account, out))
	c.info = Info{
		Direction: trace.Out, From: partyOf(out.FromName, out.From), To: to, Account: account.aor,
		SIPCallID: out.CallID, SessionID: config.SessionID,
	}
	c.session = session.NewCaller(config, out)
	ua.remember(c)
	c.actor.calls = []*Call{c}
	c.actor.post(letter{call: c, event: session.Dial{}})
	if !ua.start(c.actor) {
		c.actor.forget(c)
		return nil, ErrStopped
	}
	return c, nil
}

// start runs an actor that holds its first call already.
func (ua *UserAgent) start(a *actor) bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if ua.stopped {
		return false
	}
	ua.actors[a.callID] = a
	ua.background.Go(a.run)
	return true
}

// anonymous is the From of an agent without an account (RFC 3261 section 8.1.1.3).
var anonymous = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}

// outgoing reads a target: a SIP URI, user@host, or a number or name at the account's host.
func (ua *UserAgent) outgoing(d Dial) (session.Outgoing, identity, error) {
	out := session.Outgoing{From: anonymous}
	var account identity
	if len(ua.accounts) > 0 {
		if d.Account < 0 || d.Account >= len(ua.accounts) {
			return out, account, fmt.Errorf("there is no account %d", d.Account+1)
		}
		account = ua.accounts[d.Account]
		out.From = sip.Uri{Scheme: "sip", User: account.uri.User, Host: account.uri.Host, Port: account.uri.Port}
		out.FromName = account.name
		out.Proxy, out.Further = ua.route(d.Account)
	}
	target := strings.TrimSpace(d.Target)
	switch scheme, rest, isURI := strings.Cut(target, ":"); {
	case target == "":
		return out, account, errors.New("the target is empty")
	case strings.ContainsAny(target, " \t\r\n<>\""):
		return out, account, errors.New("the target holds characters that no SIP URI has")
	case isURI && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")):
		target = strings.ToLower(scheme) + ":" + rest
	case strings.Contains(target, "@"):
		target = "sip:" + target
	case account.aor == "":
		return out, account, errors.New("a number needs an account; without one, dial sip:user@host")
	default:
		out.Target = sip.Uri{Scheme: "sip", User: escapeUser(target), Host: account.uri.Host, Port: account.uri.Port, UriParams: account.uri.UriParams.Clone()}
		return out, account, nil
	}
	if err := readURI(target, &out.Target); err != nil {
		return out, account, err
	}
	hop := out.Target
	if out.Proxy != nil {
		hop = *out.Proxy
	}
	read, err := locate.Read(hop)
	if err != nil {
		return out, account, err
	}
	if account.aor == "" {
		out.FromName, out.From = ua.present(read)
	}
	return out, account, nil
}

// present is who calls when there is no account: this device at the address that routes to the peer. The port stays out,
// as it does of every From (RFC 3261 section 19.1.1, table 1).
func (ua *UserAgent) present(hop locate.Hop) (name string, from sip.Uri) {
	if ua.opts.User == "" {
		return "", anonymous
	}
	from = sip.Uri{Scheme: "sip", User: escapeUser(ua.opts.User), Host: anonymous.Host}
	target, ok := hop.Numeric()
	if !ok { // a name is looked up later; nearly always the default route leads to it
		target = locate.Target{Transport: hop.DefaultTransport(), Addr: elsewhere}
	}
	if local, err := ua.endpoint.LocalFor(target.Transport, target.Addr); err == nil {
		from.Host = local.Addr().WithZone("").String()
	}
	return ua.opts.Name, from
}

// elsewhere is an address that only the default route leads to (RFC 5737 section 3).
var elsewhere = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 5060)

// escapeUser escapes what may not stand in the user part of a URI, such as the # of a service code (RFC 3261 section
// 25.1, user).
func escapeUser(s string) string {
	const plain = "-_.!~*'()&=+$,;?/"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// mayRedirect is the policy for redirections as a session asks for it, nil where there is none.
func (ua *UserAgent) mayRedirect() func(sip.Uri) bool {
	if ua.opts.Redirect == nil {
		return nil
	}
	return func(target sip.Uri) bool { return ua.opts.Redirect(target.String()) }
}
