package story

import (
	"strconv"
	"strings"
)

// ip is an IP address; an IPv4 address is kept as RFC 4291 section 2.5.5.2 maps it. The zero value is none, and so is the
// address of nobody, 0.0.0.0 or ::.
type ip [16]byte

// mapped begins an IPv4 address among those of IPv6.
var mapped = ip{10: 0xff, 11: 0xff}

// address reads an IP address with or without a port, which is "" when there is none.
func address(s string) (a ip, port string) {
	if inside, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "]"); ok && strings.HasPrefix(s, "[") {
		return parseV6(inside), strings.TrimPrefix(rest, ":")
	}
	if strings.Count(s, ":") > 1 {
		return parseV6(s), ""
	}
	host, port, _ := strings.Cut(s, ":")
	return parseV4(host), port
}

func parseV4(s string) ip {
	parts := strings.Split(s, ".")
	a := mapped
	if len(parts) != 4 || s == "0.0.0.0" {
		return ip{}
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return ip{}
		}
		a[12+i] = byte(n)
	}
	return a
}

// parseV6 reads the text of RFC 4291 section 2.2, without a zone.
func parseV6(s string) ip {
	if at := strings.LastIndexByte(s, ':'); strings.Contains(s, ".") {
		v4 := parseV4(s[at+1:])
		if v4 == (ip{}) {
			return v4
		}
		group := func(i int) string { return strconv.FormatUint(uint64(v4[i])<<8|uint64(v4[i+1]), 16) }
		s = s[:at+1] + group(12) + ":" + group(14)
	}
	left, right, short := strings.Cut(s, "::")
	head, tail := groups(left), groups(right)
	if n := len(head) + len(tail); n > 8 || !short && n != 8 {
		return ip{}
	}
	var a ip
	for i, g := range head {
		if !a.set(i, g) {
			return ip{}
		}
	}
	for i, g := range tail {
		if !a.set(8-len(tail)+i, g) {
			return ip{}
		}
	}
	return a
}

func groups(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ":")
}

// set writes one group of four hexadecimal digits.
func (a *ip) set(group int, text string) bool {
	n, err := strconv.ParseUint(text, 16, 16)
	a[2*group], a[2*group+1] = byte(n>>8), byte(n)
	return err == nil
}

func (a ip) known() bool { return a != ip{} }

// isPrivate tells an address that means something in its own network only (RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291
// sections 2.5.3, 2.5.6).
func isPrivate(a ip) bool {
	if [12]byte(a[:]) == [12]byte(mapped[:]) {
		switch b := a[13]; a[12] {
		case 10, 127:
			return true
		case 172:
			return b&0xf0 == 16
		case 192:
			return b == 168
		case 169:
			return b == 254
		case 100:
			return b&0xc0 == 64
		}
		return false
	}
	return a == ip{15: 1} || a[0]&0xfe == 0xfc || a[0] == 0xfe && a[1]&0xc0 == 0x80
}

// isPublic tells an address of the Internet that belongs to one machine.
func isPublic(a ip) bool {
	multicast := a[0] == 0xff || a[0] == 0 && a[10] == 0xff && a[12] >= 224
	return a.known() && !isPrivate(a) && !multicast
}
