package digest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	// nonceLife is how long a nonce is good for.
	nonceLife = 5 * time.Minute
	// maxNonces bounds the nonces whose counts are remembered: those of callers that knew the password.
	maxNonces = 1024
)

// Verdict is what the credentials of a request are worth.
type Verdict uint8

// The verdicts of a Verifier.
const (
	Missing  Verdict = iota // none for this realm: challenge it
	Stale                   // right, but for a nonce that is old, unknown or used before: challenge it with stale
	Refused                 // wrong
	Accepted                // right, and new
)

// Verifier challenges requests and checks the answers (RFC 3261 section 22.4, RFC 8760 section 2.3). A nonce is a time and
// its seal, so challenges leave no state; what is kept is the count of each nonce that was answered rightly, for as long
// as it lives.
type Verifier struct {
	realm  string
	secret []byte
	issued uint32
	counts map[string]uint32
}

// NewVerifier makes a verifier. Nobody else may know the secret.
func NewVerifier(realm string, secret []byte) *Verifier {
	return &Verifier{realm: escape(realm), secret: secret, counts: map[string]uint32{}}
}

// Challenge is what a 401 asks, the preferred algorithm first (RFC 8760 section 2.3). SHA-512-256 is not asked for: liblinphone 5
// does not know it, and gives up at the first algorithm that it does not know.
func (v *Verifier) Challenge(now time.Time, stale bool) []sip.Header {
	v.issued++
	nonce := v.seal(now, v.issued)
	var headers []sip.Header
	for _, name := range []string{"SHA-256", "MD5"} {
		value := `Digest realm="` + v.realm + `", nonce="` + nonce + `", qop="auth,auth-int", algorithm=` + name
		if stale {
			value += ", stale=true"
		}
		headers = append(headers, sip.NewHeader("WWW-Authenticate", value))
	}
	return headers
}

// seal makes a nonce of a time and a number.
func (v *Verifier) seal(at time.Time, number uint32) string {
	stamp := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano()))
	stamp = binary.BigEndian.AppendUint32(stamp, number)
	mac := hmac.New(sha256.New, v.secret)
	mac.Write(stamp)
	mac.Write([]byte(v.realm))
	return hex.EncodeToString(append(stamp, mac.Sum(nil)[:16]...))
}

// issuedAt is when a nonce of ours was made.
func (v *Verifier) issuedAt(nonce string) (time.Time, bool) {
	raw, err := hex.DecodeString(nonce)
	if err != nil || len(raw) != 28 {
		return time.Time{}, false
	}
	at := time.Unix(0, int64(binary.BigEndian.Uint64(raw)))
	return at, hmac.Equal([]byte(nonce), []byte(v.seal(at, binary.BigEndian.Uint32(raw[8:]))))
}

// Verify checks the credentials of a request.
func (v *Verifier) Verify(now time.Time, req *sip.Request, c Credentials) Verdict {
	f, sent := sentFor(req, challenge{realm: v.realm})
	if !sent {
		return Missing
	}
	count, right := v.right(req, f, c)
	if !right {
		return Refused
	}
	at, ours := v.issuedAt(f.params["nonce"]) // one that is not may be of an earlier run of this agent
	if !ours || now.Before(at) || now.Sub(at) > nonceLife || !v.use(now, f.params["nonce"], count) {
		return Stale
	}
	return Accepted
}

// right tells whether credentials prove the password, and how often their nonce was used. Without qop it can be used once.
func (v *Verifier) right(req *sip.Request, f fields, c Credentials) (count uint32, ok bool) {
	a, known := algorithmNamed(f.params["algorithm"])
	if !known || !strings.EqualFold(f.scheme, scheme) || f.params["username"] != escape(c.Username) || !sameUser(f.params["uri"], req) {
		return 0, false
	}
	count = 1
	qop := strings.ToLower(f.params["qop"])
	switch qop {
	case "":
	case qopAuth, qopAuthInt:
		n, err := strconv.ParseUint(f.params["nc"], 16, 32)
		if err != nil || n == 0 {
			return 0, false
		}
		count = uint32(n)
	default:
		return 0, false
	}
	want := a.response(proof{
		username: c.Username, realm: v.realm, password: c.Password, method: string(req.Method), uri: f.params["uri"],
		nonce: f.params["nonce"], cnonce: f.params["cnonce"], nc: f.params["nc"], qop: qop, body: req.Body(),
	})
	return count, subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(f.params["response"]))) == 1
}

// sameUser tells whether the URI of the credentials is for the user of the request: a proxy may have changed the rest
// (RFC 8760 section 2.6, number 6).
func sameUser(uri string, req *sip.Request) bool {
	var u sip.Uri
	return sip.ParseUri(uri, &u) == nil && u.User == req.Recipient.User
}

// use counts a nonce, and tells whether it was not used with this count before.
func (v *Verifier) use(now time.Time, nonce string, count uint32) bool {
	last, known := v.counts[nonce]
	if count <= last {
		return false
	}
	if !known && !v.makeRoom(now) {
		return false
	}
	v.counts[nonce] = count
	return true
}

// makeRoom forgets the counts of nonces that are too old to be accepted.
func (v *Verifier) makeRoom(now time.Time) bool {
	if len(v.counts) < maxNonces {
		return true
	}
	for nonce := range v.counts {
		if at, _ := v.issuedAt(nonce); now.Sub(at) > nonceLife {
			delete(v.counts, nonce)
		}
	}
	return len(v.counts) < maxNonces
}
