package wire

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/internal/siptest"
)

func seed(f *testing.F) {
	f.Helper()
	dir, err := tortureDir()
	if err != nil {
		f.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.dat"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no torture messages: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, m := range siptest.IPv6Messages() {
		f.Add([]byte(m.Text))
	}
	f.Add([]byte(with()))
	f.Add([]byte(with("Contact: \"a,b\" <sip:a@h>, <sip:b@h>")))
	f.Add([]byte("\r\n\r\nSIP/2.0 200\r\nv:SIP/2.0/UDP [::1]:5060;rport\r\n\r\n"))
}

// FuzzDatagram proves that no datagram brings the endpoint down, that what is delivered without fault has what the
// layers above rely on, and that every refusal can be sent.
func FuzzDatagram(f *testing.F) {
	seed(f)
	source := netip.MustParseAddrPort("192.0.2.1:5060")
	f.Fuzz(func(t *testing.T, data []byte) {
		var refused []string
		e := &Endpoint{reader: newReader(Limits{}.withDefaults()), options: Options{
			Refused: func(reason string, _ netip.AddrPort) { refused = append(refused, reason) },
			Deliver: func(in Inbound) { checkDelivered(t, in) },
		}}
		e.limits = e.reader.limits
		if _, _, err := e.reader.read(data); err != nil {
			var r *refusal
			if !errors.As(err, &r) || r.reason == RefusedParser {
				t.Fatalf("%q: %v", data, err)
			}
		}
		s := &packetSocket{endpoint: e, local: netip.MustParseAddrPort("192.0.2.4:5060")}
		s.receive(data, packet{from: source})
		if len(refused) > 1 {
			t.Errorf("refused %q", refused)
		}
	})
}

func checkDelivered(t *testing.T, in Inbound) {
	t.Helper()
	out := Outbound{Flow: in.Flow, Raw: in.Raw}
	if in.Fault != nil {
		if res, ok := Refusal(in); ok {
			out.Raw = []byte(res.String())
		}
		_ = out.Destination()
		return
	}
	m := in.Message
	if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil {
		t.Fatalf("a required field is missing in\n%q", in.Raw)
	}
	if !out.Destination().IsValid() {
		t.Errorf("no way back for\n%q", in.Raw)
	}
	again, fault, err := newReader(Limits{Message: 1 << 20, Header: 1 << 20, HeaderFields: 1 << 20}.withDefaults()).read([]byte(m.String()))
	if err != nil || fault != nil {
		t.Fatalf("written as\n%s\nit is refused: %v, %v", m, fault, err)
	}
	if again.CallID().Value() != m.CallID().Value() || again.CSeq().Value() != m.CSeq().Value() {
		t.Errorf("written as\n%s\nit is another message", m)
	}
	if a, b := fromTag(again), fromTag(m); a != b {
		t.Errorf("From tag %q becomes %q", b, a)
	}
}

func fromTag(m sip.Message) string {
	tag, _ := m.From().Params.Get("tag")
	return tag
}

// FuzzStream proves that a stream is cut the same however its bytes arrive, and never held beyond the limits.
func FuzzStream(f *testing.F) {
	seed(f)
	f.Add([]byte(with("Content-Length: 3") + "abc" + "\r\n\r\n" + with()))
	f.Add([]byte("d" + strings.Repeat("\r", 5000) + "\x00")) // too long before it is seen to be junk
	limits := Limits{Header: 4096, Message: 8192}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := cut(string(data), len(data)+1, limits)
		for _, size := range []int{1, 5} {
			if pieces := cut(string(data), size, limits); !bytes.Equal(joined(whole), joined(pieces)) {
				t.Fatalf("in one piece %q, in pieces of %d %q", whole, size, pieces)
			}
		}
	})
}

func joined(s []string) []byte {
	var b bytes.Buffer
	for _, x := range s {
		b.WriteString(x + "\n")
	}
	return b.Bytes()
}
