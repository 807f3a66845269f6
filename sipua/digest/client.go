package digest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Credentials are what an account proves that it knows.
type Credentials struct{ Username, Password string }

// Client answers challenges, and goes on using a nonce for later requests (RFC 7616 section 3.3, RFC 3261 section 22.2).
type Client struct {
	credentials Credentials
	cnonce      func() string
	spaces      []*space
}

// space is a protection space that has challenged us: a realm of servers, or one of proxies (RFC 3261 sections 22.1, 22.3).
type space struct {
	challenge

	cnonce string
	count  uint32 // nc: how often the nonce was used
	stale  bool   // the nonce replaces one that was found stale at its first use
}

// maxSpaces bounds what servers can make a client keep.
const maxSpaces = 8

// NewClient makes a client. cnonce returns a new unguessable token. Without a password nothing is answered.
func NewClient(c Credentials, cnonce func() string) *Client {
	return &Client{credentials: c, cnonce: cnonce}
}

// Challenged takes a 401 or 407 to a request, and tells whether the request is worth another try with Authorize. It is not
// when no challenge can be answered, or when what was refused were our credentials: the same nonce again, or a new one
// although the refused one was fresh. A nonce that went stale is replaced once (RFC 3261 section 22.3, RFC 7616 section 3.3).
func (c *Client) Challenged(req *sip.Request, res *sip.Response) bool {
	if c.credentials.Password == "" {
		return false
	}
	var fresh []challenge
	for _, ch := range challengesIn(res) {
		if !asked(fresh, ch) {
			fresh = append(fresh, ch) // the topmost of its realm (RFC 8760 section 2.4)
		}
	}
	for _, ch := range fresh {
		again, ok := c.judge(req, ch)
		if !ok {
			c.forget(ch)
			return false
		}
		c.keep(ch, again)
	}
	return len(fresh) > 0
}

// Knows tells whether every challenge of a response is of a realm that has challenged before, or of the one that is given.
func (c *Client) Knows(res *sip.Response, realm string) bool {
	for _, ch := range challengesIn(res) {
		known := slices.ContainsFunc(c.spaces, func(s *space) bool { return s.realm == ch.realm })
		if !known && (realm == "" || ch.realm != realm) {
			return false
		}
	}
	return true
}

func asked(all []challenge, ch challenge) bool {
	for _, other := range all {
		if other.proxy == ch.proxy && other.realm == ch.realm {
			return true
		}
	}
	return false
}

// judge tells whether a challenge may be answered, and whether it replaces a nonce that went stale at its first use.
func (c *Client) judge(req *sip.Request, ch challenge) (stale, ok bool) {
	used, sent := sentFor(req, ch)
	if !sent {
		return false, true
	}
	first := used.params["nc"] == "" || used.params["nc"] == nonceCount(1)
	switch {
	case used.params["nonce"] == ch.nonce:
		return false, false
	case !first:
		return false, true // it was accepted before
	case !ch.stale:
		return false, false
	}
	s := c.find(ch)
	return true, s == nil || !s.stale
}

// sentFor finds the credentials that a request brought for the realm of a challenge.
func sentFor(req *sip.Request, ch challenge) (fields, bool) {
	for _, h := range req.GetHeaders(ch.header()) {
		for _, f := range readFields(h.Value()) {
			if f.params["realm"] == ch.realm {
				return f, true
			}
		}
	}
	return fields{}, false
}

// header is where the credentials for a challenge go.
func (c challenge) header() string {
	if c.proxy {
		return "Proxy-Authorization"
	}
	return "Authorization"
}

func (c *Client) find(ch challenge) *space {
	for _, s := range c.spaces {
		if s.proxy == ch.proxy && s.realm == ch.realm {
			return s
		}
	}
	return nil
}

func (c *Client) keep(ch challenge, stale bool) {
	s := c.find(ch)
	switch {
	case s == nil && len(c.spaces) >= maxSpaces:
		return
	case s == nil:
		s = &space{}
		c.spaces = append(c.spaces, s)
	case s.nonce == ch.nonce:
		return // another request was challenged with it already
	}
	*s = space{challenge: ch, cnonce: c.cnonce(), stale: stale}
}

func (c *Client) forget(ch challenge) {
	for i, s := range c.spaces {
		if s.proxy == ch.proxy && s.realm == ch.realm {
			c.spaces = append(c.spaces[:i:i], c.spaces[i+1:]...)
			return
		}
	}
}

// Authorize puts credentials for every realm that has challenged into a request that is otherwise complete, in place of
// those it has. ACK and CANCEL are not for it: the one repeats what its INVITE had, the other is never challenged (RFC
// 3261 section 22.1).
func (c *Client) Authorize(req *sip.Request) {
	for req.RemoveHeader("Authorization") {
	}
	for req.RemoveHeader("Proxy-Authorization") {
	}
	for _, s := range c.spaces {
		s.count++
		req.AppendHeader(sip.NewHeader(s.header(), s.answer(c.credentials, req)))
	}
}

// answer writes the credentials (RFC 7616 section 3.4).
func (s *space) answer(c Credentials, req *sip.Request) string {
	p := proof{
		username: c.Username, realm: s.realm, password: c.Password, method: string(req.Method), uri: req.Recipient.String(),
		nonce: s.nonce, cnonce: s.cnonce, nc: nonceCount(s.count), qop: s.qop, body: req.Body(),
	}
	var b strings.Builder
	fmt.Fprintf(&b, `%s username="%s", realm="%s", nonce="%s", uri="%s", response="%s"`,
		scheme, escape(c.Username), s.realm, s.nonce, p.uri, s.algorithm.response(p))
	if s.named {
		b.WriteString(", algorithm=" + s.algorithm.name)
	}
	if s.qop != "" || s.algorithm.session {
		fmt.Fprintf(&b, `, cnonce="%s"`, s.cnonce)
	}
	if s.opaque != "" {
		fmt.Fprintf(&b, `, opaque="%s"`, s.opaque)
	}
	if s.qop != "" {
		b.WriteString(", qop=" + s.qop + ", nc=" + p.nc)
	}
	return b.String()
}

// nonceCount is nc: eight hexadecimal digits.
func nonceCount(n uint32) string {
	digits := strconv.FormatUint(uint64(n), 16)
	return strings.Repeat("0", 8-len(digits)) + digits
}
