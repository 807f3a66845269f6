package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// ErrNoPort is wrapped by Open when every port of the range is taken.
var ErrNoPort = errors.New("no RTP port is free")

// systemPairs bounds how often the system is asked for a port until an even one with a free neighbour comes.
const systemPairs = 64

// ports hands out socket pairs: RTP on an even port, RTCP on the next one (RFC 3550 section 11).
type ports struct {
	address     netip.Addr
	first, last int // even ports, both included; zero: the system chooses
	listen      func(netip.AddrPort) (conn, error)

	mu   sync.Mutex
	next int // where the next search begins: a port that was just freed may still get packets of its old call
}

func newPorts(opts Options) *ports {
	p := &ports{address: opts.Address, listen: listenUDP}
	if !p.address.IsValid() {
		p.address = netip.IPv6Unspecified()
	}
	if opts.Listen != nil {
		p.listen = func(local netip.AddrPort) (conn, error) {
			c, err := opts.Listen(local)
			if err != nil {
				return nil, err
			}
			return newPacketConn(c), nil
		}
	}
	if opts.FirstPort != 0 {
		p.first = (opts.FirstPort + 1) &^ 1
		p.last = (opts.LastPort - 1) &^ 1
		p.next = p.first
	}
	return p
}

// open binds a pair and returns the port of RTP.
func (p *ports) open() (rtp, rtcp conn, port int, err error) {
	if p.first == 0 {
		return p.openAny()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for range (p.last-p.first)/2 + 1 {
		port = p.next
		if p.next += 2; p.next > p.last {
			p.next = p.first
		}
		rtp, rtcp, err = p.openPair(port)
		if err == nil {
			return rtp, rtcp, port, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, 0, err
		}
	}
	return nil, nil, 0, fmt.Errorf("ports %d-%d: %w: %w", p.first, p.last+1, ErrNoPort, err)
}

func (p *ports) openPair(port int) (rtp, rtcp conn, err error) {
	if rtp, err = p.bind(port); err != nil {
		return nil, nil, err
	}
	if rtcp, err = p.bind(port + 1); err != nil {
		_ = rtp.close()
		return nil, nil, err
	}
	return rtp, rtcp, nil
}

// openAny lets the system choose, until the port is even and the next one is free.
func (p *ports) openAny() (rtp, rtcp conn, port int, err error) {
	for range systemPairs {
		if rtp, err = p.bind(0); err != nil {
			return nil, nil, 0, err
		}
		if port = rtp.port(); port%2 == 0 {
			if rtcp, err = p.bind(port + 1); err == nil {
				return rtp, rtcp, port, nil
			}
		}
		_ = rtp.close()
	}
	return nil, nil, 0, fmt.Errorf("port chosen by the system: %w", ErrNoPort)
}

func (p *ports) bind(port int) (conn, error) {
	local := netip.AddrPortFrom(p.address, uint16(port)) // Options limits it to 65535
	c, err := p.listen(local)
	if err != nil {
		return nil, fmt.Errorf("bind %v: %w", net.UDPAddrFromAddrPort(local), err)
	}
	return c, nil
}
