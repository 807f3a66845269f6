package locate

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Options of a Client.
type Options struct {
	Servers []string // "192.0.2.53" or "[2001:db8::1]:5353"; none means those of resolv.conf
	Folder  string   // where resolv.conf and hosts are; "" means /etc
	// Dial opens the way to a name server; nil means the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client asks name servers. It answers from hosts and from what it was told before where it can, asks once for what
// several want to know at the same time, and when every server is silent it repeats what was true not long ago: a phone
// must go on calling.
type Client struct {
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	servers func() []string
	hosts   *file[hosts]

	mu      sync.Mutex
	cache   cache
	flights map[question]*flight
	best    string // the server that answered last
}

// question is what is asked of a name server.
type question struct {
	name string // fully qualified, lower case
	kind dnsmessage.Type
}

// flight is a question that is being asked.
type flight struct {
	done   chan struct{}
	answer answer
	err    error
}

// NewClient makes a client. It asks nobody yet.
func NewClient(o Options) *Client {
	if o.Folder == "" {
		o.Folder = "/etc"
	}
	c := &Client{
		dial: o.Dial, hosts: newFile(o.Folder+"/hosts", readHosts), cache: cache{}, flights: map[question]*flight{},
	}
	if c.dial == nil {
		c.dial = (&net.Dialer{}).DialContext
	}
	given := withPorts(o.Servers)
	c.servers = func() []string { return given }
	if len(given) == 0 {
		c.servers = newFile(o.Folder+"/resolv.conf", readServers).get
	}
	return c
}

// NAPTR asks how a domain is reached.
func (c *Client) NAPTR(ctx context.Context, domain string) ([]NAPTR, error) {
	records, err := c.lookup(ctx, domain, typeNAPTR)
	var all []NAPTR
	for _, r := range records {
		all = append(all, r.naptr)
	}
	return all, err
}

// SRV asks for the servers of a service.
func (c *Client) SRV(ctx context.Context, name string) ([]SRV, error) {
	records, err := c.lookup(ctx, name, dnsmessage.TypeSRV)
	var all []SRV
	for _, r := range records {
		all = append(all, r.srv)
	}
	return all, err
}

// Addresses asks for the addresses of a host: hosts first, then the name servers.
func (c *Client) Addresses(ctx context.Context, name string, v6 bool) ([]netip.Addr, error) {
	if addrs, ok := c.hosts.get().find(name); ok {
		return ofFamily(addrs, v6), nil
	}
	kind := dnsmessage.TypeA
	if v6 {
		kind = dnsmessage.TypeAAAA
	}
	records, err := c.lookup(ctx, name, kind)
	var all []netip.Addr
	for _, r := range records {
		all = append(all, r.addr)
	}
	return ofFamily(all, v6), err
}

func ofFamily(all []netip.Addr, v6 bool) []netip.Addr {
	var family []netip.Addr
	for _, a := range all {
		if a.Is6() == v6 {
			family = append(family, a)
		}
	}
	return family
}

// lookup answers a question from the cache, by joining one who asks it already, or by asking it.
func (c *Client) lookup(ctx context.Context, name string, kind dnsmessage.Type) ([]record, error) {
	if !isName(name) {
		return nil, ErrNoName
	}
	q := question{canonical(name), kind}
	for {
		c.mu.Lock()
		if a, ok := c.cache.fresh(q, time.Now()); ok {
			c.mu.Unlock()
			return a.result()
		}
		f, asked := c.flights[q]
		if !asked {
			f = &flight{done: make(chan struct{})}
			c.flights[q] = f
		}
		c.mu.Unlock()
		if !asked {
			c.fly(ctx, q, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if asked && ctx.Err() == nil && isContext(f.err) {
			continue // the one who asked has lost interest
		}
		if f.err != nil {
			return nil, f.err
		}
		return f.answer.result()
	}
}

// fly asks the question and lets go those who wait for the answer.
func (c *Client) fly(ctx context.Context, q question, f *flight) {
	f.answer, f.err = c.ask(ctx, q)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if f.err == nil {
		c.cache.put(q, f.answer, now)
	} else if a, ok := c.cache.stale(q, now); ok && !errors.Is(f.err, context.Canceled) {
		f.answer, f.err = a, nil
	}
	delete(c.flights, q)
	close(f.done)
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
