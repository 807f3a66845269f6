package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Target is one place where the next hop can be reached.
type Target struct {
	Transport string // "udp", "tcp" or "tls"
	Addr      netip.AddrPort
	Host      string // of the URI: whose certificate the peer must have, over TLS (RFC 5922 section 4)
}

// ErrUnable says that this side has no socket for the transport. No name server is at fault.
var ErrUnable = errors.New("this side has no socket for the transport")

// maxTargets bounds what a domain can make us try.
const maxTargets = 8

// Locator finds targets.
type Locator struct {
	Resolver Resolver
	// Able tells whether this side can send over a transport to IPv6 addresses, or to IPv4 ones.
	Able func(transport string, v6 bool) bool
	// Chance draws a number from 0 to n-1 (RFC 2782: running sum and random number).
	Chance func(n int) int
}

// server is a host of a service, before its addresses are known.
type server struct {
	transport string
	host      string
	port      uint16
}

// Locate lists the targets of a hop, the one to try first at the front (RFC 3263 section 4). There is at least one when
// the error is nil. The error is told to people.
func (l *Locator) Locate(ctx context.Context, h Hop) ([]Target, error) {
	if target, ok := h.Numeric(); ok {
		return []Target{target}, nil
	}
	servers, err := l.servers(ctx, h)
	if err != nil {
		return nil, err
	}
	var targets []Target
	var failed error
	for _, s := range servers {
		addrs, err := l.addresses(ctx, s)
		if failed == nil {
			failed = err
		}
		for _, a := range addrs {
			targets = append(targets, Target{Transport: s.transport, Addr: netip.AddrPortFrom(a, s.port), Host: h.Domain})
		}
		if len(targets) >= maxTargets {
			return targets[:maxTargets], nil
		}
	}
	if len(targets) == 0 {
		return nil, failed
	}
	return targets, nil
}

// servers chooses transport, host and port (RFC 3263 sections 4.1, 4.2).
func (l *Locator) servers(ctx context.Context, h Hop) ([]server, error) {
	itself := []server{{h.DefaultTransport(), h.Host, h.port(h.DefaultTransport())}}
	if h.Port != 0 {
		return itself, nil
	}
	services := l.services(ctx, h)
	if services == nil {
		services = l.guesses(h)
	}
	all, denied := l.serversOf(ctx, services)
	switch {
	case len(all) > 0:
		return all, nil
	case denied:
		return nil, fmt.Errorf("%s has no SIP service", h.Host)
	}
	return itself, nil
}

// service is a name whose SRV records are asked for.
type service struct{ transport, name string }

// prefixes are the names under which the services of a domain stand (RFC 3263 section 4.2), in our order.
var prefixes = []struct{ transport, prefix string }{{udp, "_sip._udp."}, {tcp, "_sip._tcp."}, {tls, "_sips._tcp."}}

// guesses are the services that a domain without NAPTR may have.
func (l *Locator) guesses(h Hop) []service {
	var all []service
	for _, p := range prefixes {
		if h.Transport == p.transport || h.Transport == "" && (p.transport == tls || !h.Secure) && l.able(p.transport) {
			all = append(all, service{p.transport, p.prefix + h.Host})
		}
	}
	return all
}

func (l *Locator) able(transport string) bool {
	return l.Able(transport, false) || l.Able(transport, true)
}

// serversOf asks for the servers of every service at the same time, and lists them in the order of the services. denied
// tells that a service was denied by the target "." (RFC 2782). An error is no server: there may still be an address.
func (l *Locator) serversOf(ctx context.Context, services []service) (all []server, denied bool) {
	answers := make([][]SRV, len(services))
	var group sync.WaitGroup
	for i, s := range services {
		group.Go(func() { answers[i], _ = l.Resolver.SRV(ctx, s.name) })
	}
	group.Wait()
	for i, records := range answers {
		if len(records) == 1 && records[0].Target == "" {
			denied = true
			continue
		}
		for _, r := range inOrder(records, l.Chance) {
			if r.Target != "" && r.Port != 0 {
				all = append(all, server{services[i].transport, r.Target, r.Port})
			}
		}
	}
	return all[:min(len(all), maxTargets)], denied
}

// addresses are those of one server. Where both families can be reached IPv4 comes first: a call learns only after half
// a minute that a way is dead, and IPv4 is what most peers have in working order.
func (l *Locator) addresses(ctx context.Context, s server) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(s.host); err == nil { // RFC 2782 forbids it, and it is met
		return []netip.Addr{a.Unmap()}, nil
	}
	var answers [2][]netip.Addr
	var errs [2]error
	var group sync.WaitGroup
	asked := false
	for i, v6 := range []bool{false, true} {
		if l.Able(s.transport, v6) {
			asked = true
			group.Go(func() { answers[i], errs[i] = l.Resolver.Addresses(ctx, s.host, v6) })
		}
	}
	group.Wait()
	if !asked {
		return nil, fmt.Errorf("%w: %s", ErrUnable, s.transport)
	}
	addrs := slices.Concat(answers[0], answers[1])
	if len(addrs) == 0 {
		return nil, explain(s.host, errs[0], errs[1])
	}
	return addrs, nil
}

// explain says in words why a host has no address.
func explain(host string, errs ...error) error {
	for _, err := range errs {
		switch {
		case errors.Is(err, ErrNoName):
			return fmt.Errorf("the name %s does not exist", host)
		case errors.Is(err, context.DeadlineExceeded):
			return ErrNoServer
		case err != nil:
			return err
		}
	}
	return fmt.Errorf("the name %s has no address", host)
}

// services are the services that NAPTR names, best first; nil when there is none that can be used (RFC 3263 section 4.1).
// A name server that does not answer this question may still answer the others.
func (l *Locator) services(ctx context.Context, h Hop) []service {
	if h.Transport != "" {
		return nil
	}
	records, err := l.Resolver.NAPTR(ctx, h.Host)
	if err != nil {
		return nil
	}
	sort.SliceStable(records, func(i, j int) bool {
		a, b := records[i], records[j]
		if a.Order != b.Order {
			return a.Order < b.Order
		}
		return a.Preference < b.Preference
	})
	var all []service
	for _, r := range records {
		transport := naptrTransport(r.Service)
		if !strings.EqualFold(r.Flags, "s") || r.Replacement == "" || transport == "" || h.Secure && transport != tls || !l.able(transport) {
			continue
		}
		all = append(all, service{transport, r.Replacement})
	}
	return all[:min(len(all), maxTargets)]
}

// naptrTransport is the transport of a service field (RFC 3263 section 4.1), "" for one that is not supported.
func naptrTransport(field string) string {
	switch strings.ToUpper(field) {
	case "SIP+D2U":
		return udp
	case "SIP+D2T":
		return tcp
	case "SIPS+D2T":
		return tls
	}
	return ""
}
