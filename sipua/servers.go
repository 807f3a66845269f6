package sipua

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"sidetone/sipua/guard"
)

const (
	serversEvery = 5 * time.Minute  // how often the names of our servers are looked up again
	serversRetry = 10 * time.Second // likewise after a name was not found
)

// servers knows where our registrars and proxies are, and tells the guard: nothing that strangers do keeps their messages
// out.
type servers struct {
	guard *guard.Guard
	log   *zap.Logger
	names []string // hosts that must be looked up

	mu    sync.Mutex
	found map[string][]netip.Addr // what each host is, or was last found to be
}

func newServers(accounts []identity, g *guard.Guard, log *zap.Logger) *servers {
	s := &servers{guard: g, log: log, found: map[string][]netip.Addr{}}
	for _, a := range accounts {
		for _, host := range a.servers() {
			if addr, err := netip.ParseAddr(host); err == nil {
				s.found[host] = []netip.Addr{addr.Unmap()}
			} else if !slices.Contains(s.names, host) {
				s.names = append(s.names, host)
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
		addrs, err := lookupAll(ctx, name)
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

func lookupAll(ctx context.Context, name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	for i, a := range addrs {
		addrs[i] = a.Unmap()
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
	return slices.ContainsFunc(a.servers(), func(host string) bool { return slices.Contains(s.found[host], addr) })
}

// servers are the hosts of the account's servers.
func (i identity) servers() []string {
	var hosts []string
	for _, uri := range []*sip.Uri{i.proxy} {
		if uri == nil {
			continue
		}
		if _, host, _, err := hopOf(uri.String()); err == nil {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
