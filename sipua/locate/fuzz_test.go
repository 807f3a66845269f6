package locate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"
	"golang.org/x/net/dns/dnsmessage"
)

func FuzzAnswer(f *testing.F) {
	query := query{question: question{"pbx.example.com.", dnsmessage.TypeA}, id: 1, edns: true}
	asked := new(dns.Msg).SetQuestion("pbx.example.com.", dns.TypeA)
	asked.Id = 1
	for _, lines := range [][]string{
		{"pbx.example.com. 30 IN A 10.0.0.1"}, {"pbx.example.com. 30 IN CNAME b.example.com.", "b.example.com. 30 IN A 10.0.0.1"}, {soa},
	} {
		packed, err := zone(f, lines...)("", "", asked).Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		res, ok := query.answeredBy(packed)
		if !ok {
			return
		}
		a, err := readAnswer(question{"pbx.example.com.", dnsmessage.TypeA}, res)
		if err == nil && (a.ttl < 0 || a.ttl > longest || a.missing && len(a.records) > 0) {
			t.Errorf("%+v", a)
		}
		for _, r := range a.records {
			if !r.addr.Is4() {
				t.Errorf("%v", r)
			}
		}
	})
}

func FuzzNAPTR(f *testing.F) {
	f.Add([]byte("\x00\x0a\x00\x32\x01s\x07SIP+D2U\x00\x04_sip\x04_udp\x07example\x03com\x00"))
	f.Add([]byte("\x00\x0a\x00\x32\x01s\x07SIP+D2U\xff" + strings.Repeat("x", 255) + "\x00"))
	f.Add([]byte("\x00\x0a\x00\x32\x01s\x07SIP+D2U\x00\x04_sip" + strings.Repeat("\x3f"+strings.Repeat("\xc6", 63), 3) + "\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, ok := readNAPTR(data); ok && len(n.Replacement) > maxName {
			t.Errorf("%+v", n)
		}
	})
}

func FuzzHosts(f *testing.F) {
	f.Add([]byte("127.0.0.1 localhost\n::1 ip6-localhost # comment\n"))
	f.Add([]byte("::1 name..\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for name, all := range readHosts(bytes.NewReader(text)) {
			if got, ok := (hosts{name: all}).find(name); !ok || len(got) == 0 {
				t.Errorf("%q: %v", name, got)
			}
		}
	})
}

func FuzzHop(f *testing.F) {
	for _, uri := range []string{
		"sip:example.com", "sips:a@[2001:db8::1]:5061;transport=tcp", "sip:h;maddr=[::1];transport=UDP", "sip:H.:65536", "sip:a@192.0.2.1;maddr=", "tel:1",
	} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var uri sip.Uri
		if sip.ParseUri(text, &uri) != nil {
			return
		}
		hop, err := Read(uri)
		if err != nil {
			return
		}
		if hop.Host == "" || hop.Secure && hop.Transport != "" && hop.Transport != tls {
			t.Errorf("%q is %+v", text, hop)
		}
		if target, ok := hop.Numeric(); ok && (!target.Addr.IsValid() || target.Addr.Port() == 0 || target.Transport == "") {
			t.Errorf("%q leads to %+v", text, target)
		}
	})
}
