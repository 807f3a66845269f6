package sipua

import (
	"net/netip"
	"sort"
	"sync"
	"time"

	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

// avoided remembers for a while which targets did not answer, so that the next request begins with one that does (RFC
// 3263 section 4.3).
type avoided struct {
	mu    sync.Mutex
	until map[target]time.Time
}

type target struct {
	transport string
	remote    netip.AddrPort
}

func targetOf(f wire.Flow) target { return target{f.Transport, f.Remote} }

const maxAvoided = 64

// add remembers a target. When there are too many, the one that is due first is forgotten.
func (a *avoided) add(f wire.Flow, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until == nil {
		a.until = map[target]time.Time{}
	}
	a.until[targetOf(f)] = until
	if len(a.until) <= maxAvoided {
		return
	}
	first := targetOf(f)
	for t, due := range a.until {
		if due.Before(a.until[first]) {
			first = t
		}
	}
	delete(a.until, first)
}

// has tells whether a target is to be avoided.
func (a *avoided) has(now time.Time, f wire.Flow) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.until[targetOf(f)].After(now)
}

// order puts the paths that are to be avoided last, and changes nothing else.
func (a *avoided) order(now time.Time, paths []session.Path) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sort.SliceStable(paths, func(i, j int) bool { return a.rankLocked(now, paths[i]) < a.rankLocked(now, paths[j]) })
}

func (a *avoided) rankLocked(now time.Time, p session.Path) int {
	if a.until[targetOf(p.Flow)].After(now) {
		return 1
	}
	return 0
}
