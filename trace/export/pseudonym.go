package export

import (
	"fmt"
	"net/netip"
	"sort"
	"strconv"
	"strings"
)

// pseudonyms replaces what identifies somebody, each by the same other thing throughout. What a replacement looks like
// says what it stands for: a name is a word of the radio alphabet, a number begins with 555 or 8, a host ends in
// ".example" (RFC 2606 section 2), an address is one for documentation (RFC 5737, RFC 3849), or shared (RFC 6598).
type pseudonyms struct {
	words, numbers, hosts map[string]string // by the original in lower case
	addresses             map[netip.Addr]netip.Addr
	ids                   map[string]string
	count                 map[string]int
	originals             []original // what no replacement may contain, and what free text is searched for; longest first
	hostNames             map[string]bool
}

// original is something that identifies somebody, in lower case.
type original struct {
	_            [0]func() // not to be compared, so no code is made for it
	text         string
	number, host bool
}

// newPseudonyms begins anew; originals are what an earlier reading of the same call has replaced.
func newPseudonyms(originals []original) *pseudonyms {
	p := &pseudonyms{
		words: map[string]string{}, numbers: map[string]string{}, hosts: map[string]string{},
		addresses: map[netip.Addr]netip.Addr{}, ids: map[string]string{}, count: map[string]int{}, originals: originals, hostNames: map[string]bool{},
	}
	for _, o := range originals {
		if o.host {
			p.hostNames[o.text] = true
		}
	}
	return p
}

// learned lists what was replaced, longest first.
func (p *pseudonyms) learned() []original {
	var out []original
	for text := range p.hosts {
		out = append(out, original{text: text, host: true})
	}
	for text := range p.words {
		if p.hosts[text] == "" {
			out = append(out, original{text: text})
		}
	}
	for text := range p.numbers {
		out = append(out, original{text: text, number: true})
	}
	sort.Slice(out, func(i, j int) bool {
		if len(out[i].text) != len(out[j].text) {
			return len(out[i].text) > len(out[j].text)
		}
		return out[i].text < out[j].text
	})
	return out
}

// maxTries bounds the search for a replacement: somebody may have called himself "example", which every host ends in.
const maxTries = 1000

// fresh makes candidates until one has nothing of an original in it.
func (p *pseudonyms) fresh(kind string, candidate func(n int) string) string {
	for range maxTries {
		p.count[kind]++
		if c := candidate(p.count[kind]); !p.tells(strings.ToLower(c)) {
			return c
		}
	}
	p.count[kind]++
	return candidate(p.count[kind])
}

// tells finds an original in a candidate.
func (p *pseudonyms) tells(candidate string) bool {
	for _, o := range p.originals {
		if o.text == candidate || len(o.text) > 2 && strings.Contains(candidate, o.text) {
			return true
		}
	}
	return false
}

const alphabet = "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo " +
	"Sierra Tango Uniform Victor Whiskey Xray Yankee Zulu"

// word replaces a name. One that has no capital letters gets none.
func (p *pseudonyms) word(s string) string {
	key := strings.ToLower(strings.TrimSpace(s))
	if key == "" || key == "anonymous" {
		return s
	}
	w, known := p.words[key]
	if !known {
		all := strings.Fields(alphabet)
		w = p.fresh("word", func(n int) string {
			w := all[(n-1)%len(all)]
			if round := (n - 1) / len(all); round > 0 {
				w += strconv.Itoa(round + 1)
			}
			return w
		})
		p.words[key] = w
	}
	if strings.ToLower(s) == s {
		return strings.ToLower(w)
	}
	return w
}

// number replaces a telephone number. Its leading plus and whether it is a short one stay.
func (p *pseudonyms) number(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ReplaceAll(strings.ToLower(s), "%2b", "+"))
	n, known := p.numbers[digits]
	if !known {
		if len(digits) <= 4 {
			n = p.fresh("short", func(n int) string { return strconv.Itoa(800 + n) })
		} else {
			n = p.fresh("long", func(n int) string { return fmt.Sprintf("555%04d", 99+n) })
		}
		p.numbers[digits] = n
	}
	if strings.HasPrefix(s, "+") {
		return "+" + n
	}
	return n
}

// isNumber tells a telephone number from a name (RFC 3966: digits and visual separators; star and hash as keyed).
func isNumber(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case strings.IndexByte("+-.()*# ", c) < 0:
			return false
		}
	}
	return digits > 0
}

// host replaces the name of a host, or its address.
func (p *pseudonyms) host(s string) string {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		a = p.address(a)
		if a.Is6() {
			return "[" + a.String() + "]"
		}
		return a.String()
	}
	key := strings.ToLower(s)
	if key == "" || key == "invalid" || key == "anonymous.invalid" {
		return s
	}
	h, known := p.hosts[key]
	if !known {
		h = p.fresh("host", func(n int) string { return fmt.Sprintf("host-%d.example", n) })
		p.hosts[key] = h
	}
	return h
}

// Where addresses go: a private one stays private, because that explains calls without sound (RFC 6598, RFC 4193), and a public
// one goes to the ranges for documentation.
var (
	privateNet  = netip.AddrFrom4([4]byte{100, 64, 0, 0})
	publicNet   = netip.AddrFrom4([4]byte{198, 51, 100, 0})
	spareNet    = netip.AddrFrom4([4]byte{203, 0, 113, 0}) // for those that find no place in their own
	privateNet6 = netip.MustParseAddr("fdff::")
	docs6       = netip.MustParseAddr("2001:db8::")
)

// address replaces an IP address. One that stands for none stays: a hold may say 0.0.0.0.
func (p *pseudonyms) address(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.IsUnspecified() {
		return a
	}
	if known, ok := p.addresses[a]; ok {
		return known
	}
	inside := a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
	var out netip.Addr
	if a.Is4() {
		out = p.address4(inside)
	} else {
		b := docs6.As16()
		if inside {
			b = privateNet6.As16()
		}
		p.count["6"]++
		b[14], b[15] = byte(p.count["6"]>>8), byte(p.count["6"])
		out = netip.AddrFrom16(b)
	}
	p.addresses[a] = out
	return out
}

var shared = netip.PrefixFrom(privateNet, 10)

// address4 takes the next address of a range; beyond all ranges, the last one stands for all the others.
func (p *pseudonyms) address4(inside bool) netip.Addr {
	b := publicNet.As4()
	kind := "public"
	if inside {
		b, kind = privateNet.As4(), "private"
	}
	if p.count[kind] >= 254 {
		b, kind = spareNet.As4(), "spare"
	}
	if p.count[kind] < 254 {
		p.count[kind]++
	}
	b[3] = byte(p.count[kind])
	return netip.AddrFrom4(b)
}

// id replaces an identifier by kind and count: "tag-1". What it was made of, mostly a host and a time, is gone.
func (p *pseudonyms) id(prefix, s string) string {
	if s == "" {
		return ""
	}
	key := prefix + s
	out, known := p.ids[key]
	if !known {
		p.count[prefix]++
		out = prefix + strconv.Itoa(p.count[prefix])
		p.ids[key] = out
	}
	return out
}
