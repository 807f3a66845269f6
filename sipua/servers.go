package sipua

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"sidetone/sipua/guard"
	"sidetone/sipua/locate"
)

const (
	serversEvery = 5 * time.Minute  // how often the names of our servers are looked up again
	serversRetry = 10 * time.Second // likewise after a name was not found
)

// servers knows where our registrars and proxies are, and tells the guard: nothing that strangers do keeps their messages
// out.
type servers struct {
	guard   *guard.Guard
	locator *locate.Locator
	log     *zap.Logger
	names   []locate.Hop // those that must be looked up

	mu    sync.Mutex
	found map[locate.Hop][]netip.Addr // where each leads, or was last found to lead
}

func newServers(accounts []identity, g *guard.Guard, l *locate.Locator, log *zap.Logger) *servers {
	s := &servers{guard: g, locator: l, log: log, found: map[locate.Hop][]netip.Addr{}}
	for _, a := range accounts {
		for _, hop := range a.servers() {
			if target, ok := hop.Numeric(); ok {
				s.found[hop] = []netip.Addr{target.Addr.Addr()}
			} else if !slices.Contains(s.names, hop) {
				s.names = append(s.names, hop)
			}
		}
	}
	s.tell()
	return s
}

// run looks the names up again and again until ctx is done.
func (s *servers) run(ctx context.Context) {
	for len(s.names) > 0 {
		again := serversEvery
		if !s.find(ctx) {
			again = serversRetry
		}
		s.tell()
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

// find looks every name up, and tells whether all were found. One that is not keeps the addresses it had.
func (s *servers) find(ctx context.Context) bool {
	all := true
	for _, name := range s.names {
		addrs, err := s.lookup(ctx, name)
		if err != nil {
			s.log.Debug("server not found", zap.Error(err))
			all = false
			continue
		}
		s.mu.Lock()
		s.found[name] = addrs
		s.mu.Unlock()
	}
	return all
}

// lookup finds every address that a hop leads to.
func (s *servers) lookup(ctx context.Context, hop locate.Hop) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	targets, err := s.locator.Locate(ctx, hop)
	addrs := make([]netip.Addr, 0, len(targets))
	for _, t := range targets {
		addrs = append(addrs, t.Addr.Addr())
	}
	return addrs, err
}

// tell gives the guard what is known.
func (s *servers) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []netip.Addr
	for _, addrs := range s.found {
		all = append(all, addrs...)
	}
	s.guard.SetServers(all)
}

// serves tells whether an address is one of an account's servers.
func (s *servers) serves(a identity, addr netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(a.servers(), func(hop locate.Hop) bool { return slices.Contains(s.found[hop], addr) })
}

// servers are where the account's requests go first.
func (i identity) servers() []locate.Hop {
	var hops []locate.Hop
	for _, uri := range []*sip.Uri{i.proxy, i.registrar} {
		if uri == nil {
			continue
		}
		if hop, err := locate.Read(*uri); err == nil {
			hops = append(hops, hop)
		}
	}
	return hops
}
