package access

import (
	"net/netip"
	"sync"
	"time"
)

// How failed logins are slowed down: after so many free ones each bars the next for twice as long.
const (
	freeOfDevice  = 5
	freeOfAddress = 20 // a whole office may be behind one
	firstWait     = time.Second
	longestWait   = 30 * time.Second
	forgetAfter   = 10 * time.Minute
	maxFailing    = 10_000 // devices and addresses that are remembered
)

// failing is somebody who fails to log in.
type failing struct {
	times int
	last  time.Time
	until time.Time // barred
}

// slowness remembers who fails to log in. It is safe for many goroutines.
type slowness struct {
	now func() time.Time

	mu  sync.Mutex
	who map[any]*failing // by device (string), and by address (netip.Prefix)
}

func newSlowness(now func() time.Time) *slowness {
	return &slowness{now: now, who: map[any]*failing{}}
}

// network is an address, and of IPv6 the 64 bits that one host has for itself.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	if !a.IsValid() {
		return netip.Prefix{}
	}
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // of a valid address
	return p
}

func (s *slowness) barred(device string, a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, key := range []any{device, network(a)} {
		if f := s.who[key]; f != nil && now.Before(f.until) {
			return true
		}
	}
	return false
}

func (s *slowness) failed(device string, a netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failedLocked(device, freeOfDevice)
	s.failedLocked(network(a), freeOfAddress)
}

func (s *slowness) failedLocked(key any, free int) {
	now := s.now()
	f := s.who[key]
	if f == nil || now.Sub(f.last) > forgetAfter {
		s.makeRoomLocked()
		f = &failing{}
		s.who[key] = f
	}
	f.times++
	f.last = now
	if over := f.times - free; over >= 0 {
		f.until = now.Add(min(longestWait, firstWait<<min(over, 10)))
	}
}

// makeRoomLocked forgets one when all room is taken: of a few that chance picks, who failed the longest ago.
func (s *slowness) makeRoomLocked() {
	if len(s.who) < maxFailing {
		return
	}
	var oldest any
	picked := 0
	for key, f := range s.who {
		if oldest == nil || f.last.Before(s.who[oldest].last) {
			oldest = key
		}
		if picked++; picked == 8 {
			break
		}
	}
	delete(s.who, oldest)
}

// succeeded forgets what was tried in a device's name; what an address tried stays.
func (s *slowness) succeeded(device string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.who, device)
}
