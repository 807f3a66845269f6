package sipua

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

const (
	serversEvery = 5 * time.Minute  // how often the names of our servers are looked up again
	serversRetry = 10 * time.Second // likewise after a name was not found
)

// servers tells the guard where our registrars and proxies are: nothing that strangers do keeps their messages out.
type servers struct {
	agent *UserAgent
	hosts []string
	found map[string][]netip.Addr // what each host was last found to be
}

func (ua *UserAgent) newServers() *servers {
	s := &servers{agent: ua, found: map[string][]netip.Addr{}}
	for _, a := range ua.accounts {
		for _, host := range a.servers() {
			if !slices.Contains(s.hosts, host) {
				s.hosts = append(s.hosts, host)
			}
		}
	}
	return s
}

// run keeps the guard informed until ctx is done.
func (s *servers) run(ctx context.Context) {
	for {
		again := serversEvery
		if !s.find(ctx) {
			again = serversRetry
		}
		s.agent.guard.SetServers(s.addrs())
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

func (s *servers) addrs() []netip.Addr {
	var all []netip.Addr
	for _, addrs := range s.found {
		all = append(all, addrs...)
	}
	return all
}

// find looks every name up, and tells whether all were found. One that is not keeps the addresses it had.
func (s *servers) find(ctx context.Context) bool {
	all := true
	for _, host := range s.hosts {
		addrs, err := addrsOf(ctx, host)
		if err != nil {
			s.agent.log.Debug("server not found", zap.Error(err))
			all = false
			continue
		}
		s.found[host] = addrs
	}
	return all
}

// addrsOf are the addresses of a host, which may be one itself.
func addrsOf(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
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
