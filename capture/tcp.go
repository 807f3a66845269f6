package capture

import (
	"encoding/binary"
	"net/netip"
	"time"

	"sidetone/sipua/wire"
)

// The bounds of one direction of a connection that waits for a segment, and of all together.
const (
	maxWaiting      = 64
	maxWaitingBytes = 256 << 10
	maxWaitingAll   = 4 << 20
)

// way is one direction of a TCP connection.
type way struct{ src, dst netip.AddrPort }

// streams follows the directions of TCP connections in which SIP was seen. One that has not carried any takes no memory.
type streams struct {
	left    ledger
	limit   int
	ways    map[way]*stream
	waiting int // bytes, of all
	deliver func(at time.Time, w way, raw []byte)
}

// stream is one of them. The message that is being cut began with the segment of began.
type stream struct {
	cutter  wire.Cutter
	next    uint32 // sequence number of what is read next
	waiting []segment
	bytes   int
}

// segment came before its turn.
type segment struct {
	seq  uint32
	data []byte
	at   time.Time
}

// segment takes one TCP segment (RFC 9293 section 3.1).
func (s *streams) segment(d datagram) {
	b := d.payload
	if len(b) < 20 {
		s.left[leftPacket]++
		return
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > len(b) {
		s.left[leftPacket]++
		return
	}
	w := way{netip.AddrPortFrom(d.src, binary.BigEndian.Uint16(b)), netip.AddrPortFrom(d.dst, binary.BigEndian.Uint16(b[2:]))}
	seq, flags, data := binary.BigEndian.Uint32(b[4:]), b[13], b[header:]
	st := s.ways[w]
	if st != nil && flags&2 != 0 { // SYN: the ports are used again
		s.drop(w, st)
		st = nil
	}
	if st == nil {
		if !beginsSIP(data) {
			return
		}
		if len(s.ways) >= s.limit {
			s.left[leftStreams]++
			return
		}
		st = &stream{next: seq}
		s.ways[w] = st
	}
	if len(data) > 0 {
		s.take(w, st, segment{seq, data, d.at})
	}
	if flags&5 != 0 && int32(seq+uint32(len(data))-st.next) <= 0 || flags&4 != 0 { // FIN in its turn, or RST
		s.drop(w, st)
	}
}

// drop ends a stream. What waits in it will not be read.
func (s *streams) drop(w way, st *stream) {
	if len(st.waiting) > 0 || st.cutter.Begun() {
		s.left[leftStream]++
	}
	s.waiting -= st.bytes
	delete(s.ways, w)
}

// take reads a segment in its turn. What was read already is a retransmission.
func (s *streams) take(w way, st *stream, g segment) {
	early := int32(g.seq - st.next)
	switch {
	case early > 0:
		s.wait(w, st, g)
		return
	case int(-early) >= len(g.data):
		return
	}
	s.read(w, st, g)
	for progress := true; progress; {
		progress = false
		for i, held := range st.waiting {
			if early := int32(held.seq - st.next); early <= 0 {
				st.waiting = append(st.waiting[:i], st.waiting[i+1:]...)
				st.bytes -= len(held.data)
				s.waiting -= len(held.data)
				if int(-early) < len(held.data) {
					s.read(w, st, held)
				}
				progress = true
				break
			}
		}
	}
}

// wait keeps a segment that came before its turn. When too many do, what is missing was not captured: it is passed over, to the
// next segment that begins a message.
func (s *streams) wait(w way, st *stream, g segment) {
	for _, held := range st.waiting {
		if held.seq == g.seq && len(held.data) >= len(g.data) {
			return
		}
	}
	g.data = append([]byte(nil), g.data...)
	st.waiting = append(st.waiting, g)
	st.bytes += len(g.data)
	s.waiting += len(g.data)
	if len(st.waiting) <= maxWaiting && st.bytes <= maxWaitingBytes && s.waiting <= maxWaitingAll {
		return
	}
	s.waiting -= st.bytes
	s.left[leftStream]++
	st.cutter.Reset()
	held := st.waiting
	st.waiting, st.bytes = nil, 0
	for len(held) > 0 {
		first := 0
		for i := range held {
			if int32(held[i].seq-held[first].seq) < 0 {
				first = i
			}
		}
		g := held[first]
		held = append(held[:first], held[first+1:]...)
		if skipped := int32(g.seq - st.next); skipped > 0 {
			st.cutter.Reset()
			st.next = g.seq
		}
		if early := int32(g.seq - st.next); int(-early) < len(g.data) {
			s.read(w, st, g)
		}
	}
}

// read gives the stream its next bytes, and delivers the messages that they complete.
func (s *streams) read(w way, st *stream, g segment) {
	data := g.data[st.next-g.seq:]
	st.next += uint32(len(data))
	if !st.cutter.Begun() && !beginsSIP(data) && len(trimLines(data)) > 0 {
		return // behind a place that is missing
	}
	st.cutter.Write(data)
	for {
		raw, err := st.cutter.Next()
		if err != nil {
			s.left[leftMessage]++
		}
		if raw == nil {
			return
		}
		s.deliver(g.at, w, raw)
	}
}
