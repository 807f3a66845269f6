package technician

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// What one source may ask for, and how it is slowed down.
const (
	requestEvery   = 200 * time.Millisecond // in the long run
	requestBurst   = 60                     // at once: a page asks for ten files
	freeFailures   = 3                      // wrong passwords before the first pause
	longestPause   = 5 * time.Minute
	maxSources     = 256              // that are remembered
	forgottenAfter = 30 * time.Minute // without a request
)

// sources knows who has asked for how much. All methods may be called from any goroutine.
type sources struct {
	password [sha256.Size]byte
	needed   bool

	mu       sync.Mutex
	seen     map[netip.Addr]*visitor
	failures int // wrong passwords of all sources
}

// visitor is one source.
type visitor struct {
	last     time.Time
	full     time.Time // when its allowance is whole again (the generic cell rate algorithm of ITU-T I.371 annex A)
	failures int       // wrong passwords since the last right one
	until    time.Time // before which no password is looked at
}

func newSources(password string) *sources {
	return &sources{password: sha256.Sum256([]byte(password)), needed: password != "", seen: map[netip.Addr]*visitor{}}
}

// admit lets a request through, or refuses it. Who gives wrong passwords waits longer and longer until the next is looked at.
func (s *sources) admit(now time.Time, from netip.Addr, r *request) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitorLocked(now, from)
	if v.full.Before(now) {
		v.full = now
	}
	if ahead := v.full.Sub(now) - (requestBurst-1)*requestEvery; ahead > 0 {
		return later(http.StatusTooManyRequests, ahead, "too many requests")
	}
	v.full = v.full.Add(requestEvery)
	if !s.needed {
		return nil
	}
	password, given := r.password()
	if !given {
		return challenge()
	}
	if wait := v.until.Sub(now); wait > 0 {
		return later(http.StatusTooManyRequests, wait, "too many wrong passwords")
	}
	sum := sha256.Sum256([]byte(password))
	if subtle.ConstantTimeCompare(sum[:], s.password[:]) == 1 {
		v.failures = 0
		return nil
	}
	s.failures++
	if v.failures++; v.failures > freeFailures {
		v.until = now.Add(min(time.Second<<min(v.failures-freeFailures, 16), longestPause))
	}
	no := challenge()
	no.failed = true
	return no
}

// visitorLocked finds a source, or makes room for it: those that were not seen for long go, else the one seen least recently.
func (s *sources) visitorLocked(now time.Time, from netip.Addr) *visitor {
	v := s.seen[from]
	if v == nil {
		if len(s.seen) >= maxSources {
			oldest, at := netip.Addr{}, now
			for a, v := range s.seen {
				if now.Sub(v.last) > forgottenAfter {
					delete(s.seen, a)
				} else if !v.last.After(at) {
					oldest, at = a, v.last
				}
			}
			if len(s.seen) >= maxSources {
				delete(s.seen, oldest)
			}
		}
		v = &visitor{}
		s.seen[from] = v
	}
	v.last = now
	return v
}

// challenge asks for the password (RFC 7617 section 2). The name of the user is free.
func challenge() *reply {
	r := refusal(http.StatusUnauthorized, "the password of this device is needed; any user name will do")
	r.closing = false
	r.set("WWW-Authenticate", `Basic realm="Sidetone", charset="UTF-8"`)
	return r
}

// later refuses for a time (RFC 6585 section 4).
func later(status int, wait time.Duration, why string) *reply {
	r := refusal(status, why)
	r.set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	return r
}

// Failures is how many wrong passwords were given.
func (s *Server) Failures() int {
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	return s.sources.failures
}

func (s *Server) loginFailed(from netip.Addr) {
	s.log.Warn("wrong password for the page", zap.Stringer(logkey.Peer, from), zap.Int(logkey.Count, s.Failures()))
}
