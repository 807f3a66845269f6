package locate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// records is a Resolver that knows what a test tells it.
type records struct {
	naptr map[string][]NAPTR
	srv   map[string][]SRV
	addrs map[string][]netip.Addr
	err   error // for every question
}

func (r records) NAPTR(_ context.Context, domain string) ([]NAPTR, error) {
	return slices.Clone(r.naptr[domain]), r.err
}

func (r records) SRV(_ context.Context, name string) ([]SRV, error) {
	if all, ok := r.srv[name]; ok {
		return slices.Clone(all), r.err
	}
	return nil, ErrNoName
}

func (r records) Addresses(_ context.Context, host string, v6 bool) ([]netip.Addr, error) {
	all, ok := r.addrs[host]
	if !ok && r.err == nil {
		return nil, ErrNoName
	}
	return ofFamily(all, v6), r.err
}

var example = records{
	addrs: map[string][]netip.Addr{
		"example.com": addrs("10.0.0.1"), "a.example.com": addrs("10.0.0.2", "2001:db8::2"), "b.example.com": addrs("10.0.0.3"),
		"six.example.com": addrs("2001:db8::6"), "naptr.example.com": addrs("10.0.0.9"), "plain.example.com": addrs("10.0.0.4"),
		"null.example.com": addrs("10.0.0.5"), "odd.example.com": addrs("10.0.0.6"),
	},
	srv: map[string][]SRV{
		"_sip._udp.example.com":       {{Priority: 2, Port: 5070, Target: "b.example.com"}, {Priority: 1, Port: 5080, Target: "a.example.com"}},
		"_sip._tcp.example.com":       {{Priority: 1, Port: 5090, Target: "b.example.com"}},
		"_sips._tcp.example.com":      {{Priority: 1, Port: 5091, Target: "b.example.com"}},
		"_sip._udp.null.example.com":  {{}},
		"_sip._udp.odd.example.com":   {{Port: 5060, Target: "nowhere.example.com"}},
		"_sip._tcp.n.example.com":     {{Port: 5062, Target: "a.example.com"}},
		"_sips._tcp.n.example.com":    {{Port: 5063, Target: "b.example.com"}},
		"_sip._udp.naptr.example.com": {{Port: 9, Target: "b.example.com"}},
	},
	naptr: map[string][]NAPTR{"naptr.example.com": {
		{Order: 90, Preference: 50, Flags: "s", Service: "SIP+D2S", Replacement: "_sip._sctp.n.example.com"},
		{Order: 100, Preference: 50, Flags: "s", Service: "SIP+D2T", Replacement: "_sip._tcp.n.example.com"},
		{Order: 50, Preference: 60, Flags: "S", Service: "sips+d2t", Replacement: "_sips._tcp.n.example.com"},
		{Order: 10, Preference: 60, Flags: "u", Service: "E2U+sip", Replacement: "x"},
	}},
}

// first draws 0, so that order is that of priority.
func first(int) int { return 0 }

func everything(string, bool) bool { return true }

func TestTargetsOfAURI(t *testing.T) {
	only4 := func(_ string, v6 bool) bool { return !v6 }
	noUDP := func(transport string, _ bool) bool { return transport != udp }
	for text, want := range map[string]string{
		// section 4.1 and 4.2: numeric hosts ask nobody
		"sip:a@10.0.0.7": "udp 10.0.0.7:5060", "sip:10.0.0.7:5070;transport=TCP": "tcp 10.0.0.7:5070", "sips:10.0.0.7": "tls 10.0.0.7:5061",
		"sip:[2001:db8::1]": "udp [2001:db8::1]:5060", "sip:10.0.0.7;transport=tls": "tls 10.0.0.7:5061", "sips:10.0.0.7;transport=tcp": "tls 10.0.0.7:5061",
		"sip:example.com;maddr=10.0.0.8": "udp 10.0.0.8:5060",
		// an explicit port: addresses only
		"sip:example.com:5065": "udp 10.0.0.1:5065", "sips:example.com:5065": "tls 10.0.0.1:5065", "sip:a.example.com:99;transport=tcp": "tcp 10.0.0.2:99, tcp [2001:db8::2]:99",
		// a transport: its SRV
		"sip:example.com;transport=udp": "udp 10.0.0.2:5080, udp [2001:db8::2]:5080, udp 10.0.0.3:5070", "sip:Example.COM.;transport=tcp": "tcp 10.0.0.3:5090",
		"sip:example.com;transport=tls": "tls 10.0.0.3:5091", "sips:example.com": "tls 10.0.0.3:5091", "sip:b.example.com;transport=tcp": "tcp 10.0.0.3:5060",
		// nothing: NAPTR, else every SRV, else the addresses
		"sip:naptr.example.com":  "tls 10.0.0.3:5063, tcp 10.0.0.2:5062, tcp [2001:db8::2]:5062",
		"sips:naptr.example.com": "tls 10.0.0.3:5063",
		"sip:example.com":        "udp 10.0.0.2:5080, udp [2001:db8::2]:5080, udp 10.0.0.3:5070, tcp 10.0.0.3:5090, tls 10.0.0.3:5091",
		"sip:plain.example.com":  "udp 10.0.0.4:5060", "sips:plain.example.com": "tls 10.0.0.4:5061",
		"sip:null.example.com": "null.example.com has no SIP service", "sip:odd.example.com": "the name nowhere.example.com does not exist",
		"sip:gone.example.com": "the name gone.example.com does not exist", "sip:six.example.com": "udp [2001:db8::6]:5060",
	} {
		if got := locateAll(t, &Locator{Resolver: example, Able: everything, Chance: first}, text); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
	for text, tc := range map[string]struct {
		able func(string, bool) bool
		want string
	}{
		"sip:a.example.com":       {only4, "udp 10.0.0.2:5060"},
		"sip:six.example.com":     {only4, "the name six.example.com has no address"},
		"sip:example.com":         {noUDP, "tcp 10.0.0.3:5090, tls 10.0.0.3:5091"},
		"sip:plain.example.com:1": {noUDP, "this side has no socket for the transport: udp"},
	} {
		if got := locateAll(t, &Locator{Resolver: example, Able: tc.able, Chance: first}, text); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, tc.want)
		}
	}
}

func locateAll(t *testing.T, l *Locator, text string) string {
	t.Helper()
	hop, err := Read(uri(t, text))
	if err != nil {
		return err.Error()
	}
	targets, err := l.Locate(t.Context(), hop)
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, target := range targets {
		all = append(all, fmt.Sprintf("%s %s", target.Transport, target.Addr))
	}
	return strings.Join(all, ", ")
}

func TestFailureOfTheNameServersIsSaidInPlainWords(t *testing.T) {
	for err, want := range map[error]string{
		ErrNoServer: "no name server answers", context.DeadlineExceeded: "no name server answers",
		ErrRefused: "the name server refuses to answer", ErrNone: "no name server is known",
	} {
		if got := locateAll(t, &Locator{Resolver: records{err: err}, Able: everything, Chance: first}, "sip:pbx.example.com"); got != want {
			t.Errorf("%v: %s", err, got)
		}
	}
}

func TestURIsThatLeadNowhere(t *testing.T) {
	for text, want := range map[string]string{
		"tel:123":                        "a URI of scheme tel leads nowhere: sip or sips is wanted",
		"sip:example.com;transport=sctp": "the transport sctp is not supported",
		"sips:example.com;transport=udp": "a sips URI cannot be reached over udp",
	} {
		if _, err := Read(uri(t, text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestADomainCannotMakeUsTryTooMuch(t *testing.T) {
	many := records{srv: map[string][]SRV{}, addrs: map[string][]netip.Addr{}}
	for i := range 50 {
		host := fmt.Sprintf("h%d", i)
		many.srv["_sip._udp.example.com"] = append(many.srv["_sip._udp.example.com"], SRV{Port: 5060, Target: host})
		many.addrs[host] = addrs("10.0.0.1", "10.0.0.2", "10.0.0.3")
	}
	got := locateAll(t, &Locator{Resolver: many, Able: everything, Chance: first}, "sip:example.com")
	if n := strings.Count(got, ",") + 1; n != maxTargets {
		t.Errorf("%d targets", n)
	}
}

func TestMaddrSaysWhereAndTheHostSaysWhoseCertificate(t *testing.T) {
	for _, maddr := range []string{"10.0.0.8", "a.example.com"} {
		hop, err := Read(sip.Uri{Scheme: "sips", Host: "Example.com", UriParams: sip.HeaderParams{{K: "maddr", V: maddr}}})
		if err != nil {
			t.Fatal(err)
		}
		targets, err := (&Locator{Resolver: example, Able: everything, Chance: first}).Locate(t.Context(), hop)
		if err != nil || targets[0].Host != "example.com" || targets[0].Addr.Addr().String() == "10.0.0.1" {
			t.Errorf("%s: %v %v", maddr, targets, err)
		}
	}
}
