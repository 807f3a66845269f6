package digest

import (
	"crypto/md5" // RFC 8760 section 2.1 keeps it, and many registrars know nothing else
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// algorithm is one of RFC 8760 section 2.1.
type algorithm struct {
	name    string
	hash    func() hash.Hash
	session bool // A1 is bound to nonce and cnonce (RFC 7616 section 3.4.2)
}

var algorithms = []algorithm{
	{"SHA-512-256", sha512.New512_256, false},
	{"SHA-512-256-sess", sha512.New512_256, true},
	{"SHA-256", sha256.New, false},
	{"SHA-256-sess", sha256.New, true},
	{"MD5", md5.New, false},
	{"MD5-sess", md5.New, true},
}

// algorithmNamed finds an algorithm; none named is MD5 (RFC 7616 section 3.3).
func algorithmNamed(name string) (algorithm, bool) {
	if name == "" {
		name = "MD5"
	}
	for _, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			return a, true
		}
	}
	return algorithm{}, false
}

// sum is H of RFC 7616 section 3.4: of its parts, joined by colons.
func (a algorithm) sum(parts ...string) string {
	h := a.hash()
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// proof is everything that a response is computed from.
type proof struct {
	username, realm, password string
	method, uri               string
	nonce, cnonce, nc, qop    string // qop "" is RFC 2069
	body                      []byte
}

// response is the request-digest (RFC 7616 section 3.4.1, RFC 2617 section 3.2.2.1 without qop).
func (a algorithm) response(p proof) string {
	secret := a.sum(p.username, p.realm, p.password)
	if a.session {
		secret = a.sum(secret, p.nonce, p.cnonce)
	}
	request := a.sum(p.method, p.uri)
	if p.qop == qopAuthInt {
		request = a.sum(p.method, p.uri, a.sum(string(p.body)))
	}
	if p.qop == "" {
		return a.sum(secret, p.nonce, request)
	}
	return a.sum(secret, p.nonce, p.nc, p.cnonce, p.qop, request)
}
