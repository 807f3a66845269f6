package siptest

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// Faults is what a network does to packets. Chances are from 0 to 1, and drawn for each packet.
type Faults struct {
	Loss        float64
	Duplication float64
	Delay       time.Duration // of every packet
	Jitter      time.Duration // on top, evenly drawn up to this: packets overtake each other
}

// Packet is a datagram on its way.
type Packet struct {
	From, To netip.AddrPort
	Data     []byte
}

// Network joins packet connections and stream listeners by address. Without Faults it is perfect: a packet that is
// written is there, in order.
type Network struct {
	mu      sync.Mutex
	rand    *rand.Rand
	faults  Faults
	drop    func(Packet) bool
	parted  map[netip.Addr]bool
	conns   map[netip.AddrPort]*packetConn
	streams map[netip.AddrPort]*listener
	transit transit
	sent    uint64      // packets put on their way so far
	port    uint16      // the last one given to a dialler
	timer   *time.Timer // for the head of transit
}

// NewNetwork makes an empty network. In a synctest bubble, make it there.
func NewNetwork(seed uint64) *Network {
	return &Network{
		rand: rand.New(rand.NewPCG(seed, seed)), parted: map[netip.Addr]bool{},
		conns: map[netip.AddrPort]*packetConn{}, streams: map[netip.AddrPort]*listener{}, port: 49151,
	}
}

// SetFaults changes what happens to packets from now on.
func (n *Network) SetFaults(f Faults) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = f
}

// SetDrop has a packet lost whenever drop says so; nil loses none. It must not use the network.
func (n *Network) SetDrop(drop func(Packet) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drop = drop
}

// Partition cuts addresses such as "10.0.0.1" off: nothing more reaches or leaves them, what is on its way included.
func (n *Network) Partition(addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range addrs {
		n.parted[netip.MustParseAddr(a)] = true
	}
}

// Heal ends every partition.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.parted)
}

func (n *Network) partedLocked(a, b netip.AddrPort) bool {
	return n.parted[a.Addr()] || n.parted[b.Addr()]
}

// send puts a packet on its way.
func (n *Network) send(p Packet) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.partedLocked(p.From, p.To) || n.drop != nil && n.drop(p) || n.chanceLocked(n.faults.Loss) {
		return
	}
	copies := 1
	if n.chanceLocked(n.faults.Duplication) {
		copies = 2
	}
	for range copies {
		delay := n.faults.Delay
		if n.faults.Jitter > 0 {
			delay += time.Duration(n.rand.Int64N(int64(n.faults.Jitter)))
		}
		n.sent++
		heap.Push(&n.transit, travelling{Packet: p, due: time.Now().Add(delay), order: n.sent})
	}
	n.arriveLocked()
}

func (n *Network) chanceLocked(p float64) bool { return p > 0 && n.rand.Float64() < p }

// arriveLocked hands over every packet that is due, and sets the timer for the next.
func (n *Network) arriveLocked() {
	now := time.Now()
	for len(n.transit) > 0 && !n.transit[0].due.After(now) {
		p, _ := heap.Pop(&n.transit).(travelling)
		if conn := n.conns[p.To]; conn != nil && !n.partedLocked(p.From, p.To) {
			conn.deliver(p.Packet)
		}
	}
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
	if len(n.transit) > 0 {
		n.timer = time.AfterFunc(n.transit[0].due.Sub(now), func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.arriveLocked()
		})
	}
}

func mustAddr(address string) netip.AddrPort {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		panic(fmt.Sprintf("siptest: address %q: %v", address, err))
	}
	return a
}

// travelling is a packet that is due at a time; order decides between two of the same time.
type travelling struct {
	Packet
	due   time.Time
	order uint64
}

// transit is a heap of packets, the next to arrive first.
type transit []travelling

func (t transit) Len() int { return len(t) }
func (t transit) Less(i, j int) bool {
	if !t[i].due.Equal(t[j].due) {
		return t[i].due.Before(t[j].due)
	}
	return t[i].order < t[j].order
}
func (t transit) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

// Push is for container/heap.
func (t *transit) Push(x any) {
	p, _ := x.(travelling)
	*t = append(*t, p)
}

// Pop is for container/heap.
func (t *transit) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}
