package locate

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

func TestNAPTRIsReadAsRFC3403Lays(t *testing.T) {
	whole := "\x00\x0a\x00\x32\x01s\x07SIP+D2U\x00\x04_sip\x04_UDP\x07example\x03com\x00"
	want := NAPTR{Order: 10, Preference: 50, Flags: "s", Service: "SIP+D2U", Replacement: "_sip._udp.example.com"}
	if got, ok := readNAPTR([]byte(whole)); !ok || got != want {
		t.Errorf("%+v %v", got, ok)
	}
	if got, ok := readNAPTR([]byte("\x00\x01\x00\x02\x01u\x00\x04!a!b\x00")); !ok || got != (NAPTR{Order: 1, Preference: 2, Flags: "u"}) {
		t.Errorf("%+v %v", got, ok)
	}
	longest := strings.Repeat("x", 255)
	if got, ok := readNAPTR([]byte("\x00\x01\x00\x02\x01u\x00\xff" + longest + "\x00")); !ok || got.Flags != "u" {
		t.Errorf("a text of 255 bytes: %+v %v", got, ok)
	}
	for size := range len(whole) {
		if got, ok := readNAPTR([]byte(whole[:size])); ok {
			t.Errorf("cut at %d it is %+v", size, got)
		}
	}
	for name, end := range map[string]string{"compressed": "\xc0\x0c", "no letters": "\x02\xc6\xc6\x00", "a dot in a label": "\x03a.b\x00", "more behind it": "\x00\x00", "too long": strings.Repeat("\x3f"+strings.Repeat("a", 63), 4) + "\x00"} {
		if got, ok := readNAPTR([]byte("\x00\x01\x00\x02\x00\x00\x00" + end)); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestOnlyNamesAreAskedFor(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, want := range map[string]bool{
		"example.com": true, "example.com.": true, ".": true, "_sip._udp.example.com": true, long + ".com": true,
		"": false, "..": false, "a..b": false, ".a": false, long + "a.com": false, strings.Repeat(long+".", 4): false,
	} {
		if got := isName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestServerOfAnotherEDNSVersionIsAskedWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := zone(t, "pbx.example.com. 60 IN A 10.0.0.1")
		n := &nameServers{reply: func(server, network string, query *dns.Msg) *dns.Msg {
			if opt := query.IsEdns0(); opt != nil {
				res := new(dns.Msg).SetReply(query)
				res.SetEdns0(payload, false)
				res.Rcode = dns.RcodeBadVers
				return res
			}
			return old(server, network, query)
		}}
		if got, err := newTestClient(t, n).Addresses(t.Context(), "pbx.example.com", false); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestResolvConfIsReadForItsServers(t *testing.T) {
	text := "# comment\n; another\nsearch example.com\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # x\nnameserver\nnameserver nonsense\noptions edns0\n"
	if diff := cmp.Diff([]string{"192.0.2.1:53", "[2001:db8::1]:53"}, readServers(strings.NewReader(text))); diff != "" {
		t.Error(diff)
	}
}
