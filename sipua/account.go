package sipua

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/digest"
	"sidetone/sipua/locate"
	"sidetone/trace"
)

// identity is an Account that was read.
type identity struct {
	aor   string
	name  string
	uri   sip.Uri
	line  string // parameter of its Contact, where another account has the same user; else ""
	proxy *sip.Uri

	credentials digest.Credentials
	networks    []netip.Prefix
	accept      Accept
	registrar   *sip.Uri // nil does not register
	expires     time.Duration
}

// defaultExpires is what is asked for where an account does not say.
const defaultExpires = 10 * time.Minute

func readAccounts(accounts []Account) ([]identity, error) {
	all := make([]identity, 0, len(accounts))
	for i, a := range accounts {
		id := identity{aor: a.AOR, name: a.Name, networks: a.Networks, accept: a.Accept}
		if err := readURI(a.AOR, &id.uri); err != nil || id.uri.User == "" {
			return nil, fmt.Errorf("account %d: AOR %q is not of the form sip:user@host", i+1, a.AOR)
		}
		id.credentials = digest.Credentials{Username: a.Username, Password: a.Password}
		if a.Username == "" {
			id.credentials.Username = id.uri.User
		}
		if id.expires = a.Expires; id.expires <= 0 {
			id.expires = defaultExpires
		}
		var err error
		if id.proxy, err = readServer(a.OutboundProxy); err != nil {
			return nil, fmt.Errorf("account %d: outbound proxy: %w", i+1, err)
		}
		if id.registrar, err = readServer(a.Registrar); err != nil {
			return nil, fmt.Errorf("account %d: registrar: %w", i+1, err)
		}
		if err := id.checkAccept(); err != nil {
			return nil, fmt.Errorf("account %d: %w", i+1, err)
		}
		all = append(all, id)
	}
	nameLines(all)
	return all, nil
}

// nameLines gives accounts of the same user something that tells them apart: what a registrar sends us has the Contact that we
// registered as its Request-URI.
func nameLines(all []identity) {
	count := map[string]int{}
	for _, a := range all {
		count[a.uri.User]++
	}
	for i := range all {
		if count[all[i].uri.User] > 1 {
			all[i].line = strconv.Itoa(i + 1)
		}
	}
}

// readServer reads the URI of a server, nil when there is none.
func readServer(s string) (*sip.Uri, error) {
	if s == "" {
		return nil, nil
	}
	var uri sip.Uri
	if err := readURI(s, &uri); err != nil {
		return nil, err
	}
	if _, err := locate.Read(uri); err != nil {
		return nil, err
	}
	return &uri, nil
}

// readURI reads a SIP URI.
func readURI(s string, uri *sip.Uri) error {
	if err := sip.ParseUri(s, uri); err != nil {
		return fmt.Errorf("%q is not a URI: %w", s, err)
	}
	if uri.Scheme != "sip" && uri.Scheme != "sips" || uri.Host == "" || uri.Wildcard {
		return fmt.Errorf("%q is not a SIP URI", s)
	}
	return nil
}

// knows tells whether a request is for somebody here. OPTIONS may ask for the host alone.
func (ua *UserAgent) knows(req *sip.Request) bool {
	user := req.Recipient.User
	if len(ua.accounts) == 0 || req.Method == sip.OPTIONS && user == "" {
		return true
	}
	return slices.ContainsFunc(ua.accounts, func(a identity) bool { return a.uri.User == user })
}

// who is the account as people call it.
func (i identity) who(to trace.Party) string {
	if i.name != "" {
		return i.name
	}
	return who(to)
}

// who is a party as people call it: its name, else its user, else its host.
func who(p trace.Party) string {
	if p.Name != "" {
		return p.Name
	}
	var uri sip.Uri
	if err := sip.ParseUri(p.URI, &uri); err != nil {
		return p.URI
	}
	if uri.User != "" {
		return uri.User
	}
	return uri.Host
}

// partyOf is a From or To address without parameters.
func partyOf(name string, uri sip.Uri) trace.Party {
	return trace.Party{URI: uri.Addr(), Name: name}
}
