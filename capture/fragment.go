package capture

import (
	"net/netip"
	"time"
)

// How long a fragment waits for the others, by the times in the capture (RFC 791 section 3.2, RFC 8200 section 4.5 has 60 s).
const fragmentWait = 30 * time.Second

// The bounds of one datagram in fragments.
const (
	maxDatagram  = 65535
	maxFragments = 64
)

// origin tells the fragments of one datagram from those of others.
type origin struct {
	src, dst netip.Addr
	id       uint32
	protocol byte
}

// fragments puts datagrams together.
type fragments struct {
	limit   int
	waiting map[origin]*pieces
	order   []origin // the oldest first
}

// pieces are what there is of a datagram.
type pieces struct {
	began time.Time
	parts []piece
	total int // 0 until the last fragment has come
	have  int // bytes
}

type piece struct {
	at   int
	data []byte
}

// fragment takes one, and delivers the datagram that it completes. One that overlaps another is not what any system sends (RFC
// 5722): the whole datagram is given up.
func (l *layers) fragment(d datagram, at int, more bool, depth int) {
	f := &l.fragments
	key := origin{d.src, d.dst, d.id, d.protocol}
	p := f.waiting[key]
	if p != nil && d.at.Sub(p.began).Abs() > fragmentWait {
		l.giveUp(key)
		p = nil
	}
	if p == nil {
		if len(f.order) >= f.limit {
			l.giveUp(f.order[0])
		}
		p = &pieces{began: d.at}
		f.waiting[key] = p
		f.order = append(f.order, key)
	}
	end := at + len(d.payload)
	fits := end <= maxDatagram && len(p.parts) < maxFragments && len(d.payload) > 0 && (!more || len(d.payload)%8 == 0)
	for _, other := range p.parts {
		if other.at == at && len(other.data) == len(d.payload) {
			return // captured twice
		}
		fits = fits && (end <= other.at || at >= other.at+len(other.data))
	}
	if !more {
		fits = fits && p.total == 0
		p.total = end
	}
	if !fits {
		l.giveUp(key)
		return
	}
	p.parts = append(p.parts, piece{at, append([]byte(nil), d.payload...)})
	if p.have += len(d.payload); p.total == 0 || p.have < p.total {
		return
	}
	whole := make([]byte, p.total)
	for _, part := range p.parts {
		if part.at+len(part.data) > p.total {
			l.giveUp(key)
			return
		}
		copy(whole[part.at:], part.data)
	}
	l.forget(key)
	d.payload = whole
	l.inside(d, depth)
}

func (l *layers) giveUp(key origin) {
	l.left[leftFragments]++
	l.forget(key)
}

func (l *layers) forget(key origin) {
	f := &l.fragments
	delete(f.waiting, key)
	for i, k := range f.order {
		if k == key {
			f.order = append(f.order[:i], f.order[i+1:]...)
			return
		}
	}
}
