package digest

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// qualities of protection (RFC 7616 section 3.3)
const (
	qopAuth    = "auth"
	qopAuthInt = "auth-int"
)

// challenge is one of a WWW-Authenticate or Proxy-Authenticate header.
type challenge struct {
	proxy                bool
	realm, nonce, opaque string // as they stand between the quotes
	algorithm            algorithm
	named                bool   // the algorithm was
	qop                  string // the one to answer with, "" where none is offered
	stale                bool
}

// challengesIn reads the challenges of a response that can be answered, in the order of the response. What is not
// understood is left out (RFC 8760 section 2.4).
func challengesIn(res *sip.Response) []challenge {
	var all []challenge
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, h := range res.GetHeaders(name) {
			for _, f := range readFields(h.Value()) {
				if c, ok := f.challenge(); ok {
					c.proxy = name == "Proxy-Authenticate"
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// challenge reads what a server asks for (RFC 7616 section 3.3).
func (f fields) challenge() (challenge, bool) {
	c := challenge{realm: f.params["realm"], nonce: f.params["nonce"], opaque: f.params["opaque"]}
	var known bool
	c.algorithm, known = algorithmNamed(f.params["algorithm"])
	if !known || !strings.EqualFold(f.scheme, scheme) || c.nonce == "" {
		return challenge{}, false
	}
	_, c.named = f.params["algorithm"]
	c.stale = strings.EqualFold(f.params["stale"], "true")
	offered, given := f.params["qop"]
	if !given {
		return c, true
	}
	options := strings.FieldsFunc(strings.ToLower(offered), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	for _, qop := range []string{qopAuth, qopAuthInt} {
		if slices.Contains(options, qop) {
			c.qop = qop
			return c, true
		}
	}
	return challenge{}, false
}
