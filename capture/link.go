package capture

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// The kinds of network that are read (https://www.tcpdump.org/linktypes.html). Some systems write raw IP as 12 or 14.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawOld   = 12
	linkRawBSD   = 14
	linkRaw      = 101
	linkLoop     = 108
	linkCooked   = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkCooked2  = 276
)

// The types of what an Ethernet frame holds (IANA, "IEEE 802 Numbers").
const (
	etherIPv4  = 0x0800
	etherVLAN  = 0x8100
	etherIPv6  = 0x86dd
	etherQinQ  = 0x88a8
	etherQinQ0 = 0x9100 // before it had a number
)

// maxTags bounds the VLAN tags of one frame, and the tunnels around one packet.
const maxTags = 4

// datagram is what an IP packet holds, with the addresses of its innermost one.
type datagram struct {
	at       time.Time
	src, dst netip.Addr
	protocol byte
	id       uint32 // of IP, by which the same packet that was captured twice is known; 0 without one
	payload  []byte
}

// layers takes frames apart down to what IP carries.
type layers struct {
	left      ledger
	fragments fragments
	deliver   func(datagram)
}

// frame takes one frame.
func (l *layers) frame(f frame) {
	b, kind, ok := f.data, uint16(0), true
	switch f.link {
	case linkRaw, linkRawOld, linkRawBSD, linkIPv4, linkIPv6:
	case linkNull, linkLoop: // an address family of the writer's system; the version of IP says as much
		b, ok = cut(b, 4)
	case linkEthernet:
		b, kind, ok = etherType(b, 12)
	case linkCooked:
		b, kind, ok = etherType(b, 14)
	case linkCooked2:
		if len(b) >= 20 {
			kind, b = binary.BigEndian.Uint16(b), b[20:]
			b, kind, ok = untag(b, kind)
		} else {
			ok = false
		}
	default:
		l.left[leftLink]++
		return
	}
	if !ok {
		l.left[leftPacket]++
		return
	}
	if kind == 0 || kind == etherIPv4 || kind == etherIPv6 { // else ARP and the like
		l.packet(datagram{at: f.at, payload: b}, 0)
	}
}

func cut(b []byte, n int) ([]byte, bool) {
	if len(b) < n {
		return nil, false
	}
	return b[n:], true
}

// etherType reads the type at an offset and what stands behind it.
func etherType(b []byte, at int) ([]byte, uint16, bool) {
	if len(b) < at+2 {
		return nil, 0, false
	}
	return untag(b[at+2:], binary.BigEndian.Uint16(b[at:]))
}

// untag goes through the VLAN tags (IEEE 802.1Q, 802.1ad).
func untag(b []byte, kind uint16) ([]byte, uint16, bool) {
	for range maxTags {
		if kind != etherVLAN && kind != etherQinQ && kind != etherQinQ0 {
			break
		}
		if len(b) < 4 {
			return nil, 0, false
		}
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	if kind == 0 {
		kind = 1 // a length, as IEEE 802.3 has it: no IP
	}
	return b, kind, true
}
