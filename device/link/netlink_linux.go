package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"
)

// The fixed parts of the messages, in bytes (rtnetlink(7)).
const (
	headerLen    = 16 // nlmsghdr: length u32, type u16, flags u16, sequence u32, port u32
	linkLen      = 16 // ifinfomsg: family u8, pad u8, type u16, index i32, flags u32, change u32
	addressLen   = 8  // ifaddrmsg: family u8, prefix length u8, flags u8, scope u8, index u32
	genericLen   = 1  // rtgenmsg: family u8
	attributeLen = 4  // rtattr: length u16, type u16
)

// dumpRequest asks for everything of a kind, of every family.
func dumpRequest(kind uint16) []byte {
	b := make([]byte, headerLen+genericLen)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	return b
}

// align is where the next message or attribute begins, behind one of n bytes.
func align(n int) int { return (n + 3) &^ 3 }

// parse reads one datagram of the kernel. done says that it ends the answer to a request. The parser of package syscall
// trusts the lengths of attributes; this one does not.
func parse(datagram []byte) (messages []message, done bool, err error) {
	for len(datagram) >= headerLen {
		n := int(binary.NativeEndian.Uint32(datagram))
		if n < headerLen || n > len(datagram) {
			return messages, done, errors.New("netlink message: wrong length")
		}
		kind, body := binary.NativeEndian.Uint16(datagram[4:]), datagram[headerLen:n]
		datagram = datagram[min(align(n), len(datagram)):]
		var m message
		ok := false
		switch kind {
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			done = true
		case unix.RTM_NEWLINK, unix.RTM_DELLINK:
			m, ok = parseLink(body)
			m.gone = kind == unix.RTM_DELLINK
		case unix.RTM_NEWADDR, unix.RTM_DELADDR:
			m, ok = parseAddress(body)
			m.gone = kind == unix.RTM_DELADDR
		}
		if ok {
			messages = append(messages, m)
		}
	}
	return messages, done, nil
}

// attributes yields type and value of each attribute, as far as they can be read.
func attributes(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= attributeLen {
			n := int(binary.NativeEndian.Uint16(b))
			if n < attributeLen || n > len(b) || !yield(binary.NativeEndian.Uint16(b[2:]), b[attributeLen:n]) {
				return
			}
			b = b[min(align(n), len(b)):]
		}
	}
}

func parseLink(b []byte) (message, bool) {
	if len(b) < linkLen {
		return message{}, false
	}
	flags := binary.NativeEndian.Uint32(b[8:])
	m := message{
		link: true, up: flags&unix.IFF_UP != 0 && flags&unix.IFF_RUNNING != 0,
		index: int(int32(binary.NativeEndian.Uint32(b[4:]))),
	}
	for kind, value := range attributes(b[linkLen:]) {
		if kind == unix.IFLA_IFNAME {
			m.name = string(bytes.TrimRight(value, "\x00"))
		}
	}
	return m, true
}

func parseAddress(b []byte) (message, bool) {
	if len(b) < addressLen || b[2]&unix.IFA_F_TENTATIVE != 0 { // tentative: not ours yet (RFC 4862 section 5.4)
		return message{}, false
	}
	var address netip.Addr
	for kind, value := range attributes(b[addressLen:]) {
		// On a point-to-point link IFA_ADDRESS is the peer's; IFA_LOCAL, where it is there, is ours.
		if kind == unix.IFA_LOCAL || kind == unix.IFA_ADDRESS && !address.IsValid() {
			if a, ok := netip.AddrFromSlice(value); ok {
				address = a
			}
		}
	}
	m := message{index: int(binary.NativeEndian.Uint32(b[4:])), address: netip.PrefixFrom(address, int(b[1]))}
	return m, m.address.IsValid()
}
