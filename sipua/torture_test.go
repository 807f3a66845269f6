package sipua

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// torture reads a message of RFC 4475 from the module cache, where it came with the parser that we build on.
func torture(t *testing.T, name string) []byte {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// final keeps the last status that an agent answers, wherever it sends it.
type final struct {
	mu     sync.Mutex
	from   string
	status int
}

func (f *final) see(p siptest.Packet) bool {
	if p.From.String() != f.from {
		return false
	}
	words := bytes.Fields(p.Data)
	if len(words) > 1 && string(words[0]) == "SIP/2.0" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.status, _ = strconv.Atoi(string(words[1]))
	}
	return false
}

// becomes sends a message to a phone that answers every call, and returns the last status of its answers, and why the message
// was refused without becoming a call.
func becomes(t *testing.T, data []byte, from, to string) (status int, reason string) {
	t.Helper()
	n := siptest.NewNetwork(1)
	bob := newPhone(t, n, to)
	bob.take = func(c *Call, _ *log) { _ = c.Answer() }
	answer := &final{from: bob.addr.String()}
	n.SetDrop(answer.see)
	conn := n.Listen(from)
	defer func() { _ = conn.Close() }()
	if _, err := conn.WriteTo(data, net.UDPAddrFromAddrPort(bob.addr)); err != nil {
		t.Fatal(err)
	}
	after(20 * time.Second) // an ACK that never comes ends the call only later
	answer.mu.Lock()
	defer answer.mu.Unlock()
	for r := range bob.reported() {
		reason = r
	}
	return answer.status, reason
}

// Every message of RFC 4475 against a phone that answers every call: what is on the wire in the end.
func TestTortureMessagesOfRFC4475(t *testing.T) {
	for _, tc := range []struct {
		section, name string
		status        int    // of the last response; 0: none
		reason        string // why it was refused without becoming a call
	}{
		{"3.1.1.1", "valid/wsinv", 481, "no such dialog"},
		{"3.1.1.2", "valid/intmeth", 501, "unknown method"},
		{"3.1.1.3", "valid/esc01", 200, ""},
		{"3.1.1.4", "valid/escnull", 405, "method not allowed"},
		{"3.1.1.5", "valid/esc02", 501, "unknown method"},
		{"3.1.1.6", "valid/lwsdisp", 200, ""},
		{"3.1.1.7", "valid/longreq", 200, ""},
		{"3.1.1.8", "valid/dblreq", 405, "method not allowed"},
		{"3.1.1.9", "valid/semiuri", 200, ""},
		{"3.1.1.10", "valid/transports", 200, ""},
		{"3.1.1.11", "valid/mpart01", 405, "method not allowed"},
		{"3.1.1.12", "valid/unreason", 0, "stray response"},
		{"3.1.1.13", "valid/noreason", 0, "stray response"},
		{"3.1.2.1", "invalid/badinv01", 400, "malformed"},
		{"3.1.2.2", "invalid/clerr", 400, "malformed"},
		{"3.1.2.3", "invalid/ncl", 400, "malformed"},
		{"3.1.2.4", "invalid/scalar02", 400, "malformed"},
		{"3.1.2.5", "invalid/scalarlg", 0, "malformed"},
		{"3.1.2.6", "invalid/quotbal", 400, "malformed"},
		{"3.1.2.7", "invalid/ltgtruri", 400, "malformed"},
		{"3.1.2.8", "invalid/lwsruri", 400, "malformed"},
		{"3.1.2.9", "invalid/lwsstart", 400, "malformed"},
		{"3.1.2.10", "invalid/trws", 400, "malformed"},
		{"3.1.2.11", "invalid/escruri", 400, "malformed"},
		{"3.1.2.12", "invalid/baddate", 200, ""},
		{"3.1.2.13", "invalid/regbadct", 400, "malformed"},
		{"3.1.2.14", "invalid/badaspec", 400, "malformed"},
		{"3.1.2.15", "invalid/baddn", 0, "truncated"},
		{"3.1.2.16", "invalid/badvers", 505, "malformed"},
		{"3.1.2.17", "invalid/mismatch01", 400, "malformed"},
		{"3.1.2.18", "invalid/mismatch02", 501, "malformed"},
		{"3.1.2.19", "invalid/bigcode", 0, "malformed"},
		{"3.2.1", "invalid/badbranch", 400, "malformed"},
		{"3.3.1", "invalid/insuf", 400, "malformed"},
		{"3.3.2", "invalid/unkscm", 416, "malformed"},
		{"3.3.3", "invalid/novelsc", 416, "malformed"},
		{"3.3.4", "invalid/unksm2", 405, "method not allowed"},
		{"3.3.5", "invalid/bext01", 420, "bad extension"},
		{"3.3.6", "invalid/invut", 415, ""},
		{"3.3.7", "invalid/regaut01", 405, "method not allowed"},
		{"3.3.8", "invalid/multi01", 400, "malformed"},
		{"3.3.9", "invalid/mcl01", 400, "malformed"},
		{"3.3.10", "invalid/bcast", 0, "misrouted"},
		{"3.3.11", "invalid/zeromf", 200, ""},
		{"3.3.12", "invalid/cparam01", 405, "method not allowed"},
		{"3.3.13", "invalid/cparam02", 405, "method not allowed"},
		{"3.3.14", "invalid/regescrt", 405, "method not allowed"},
		{"3.3.15", "invalid/sdp01", 406, ""},
		{"3.4.1", "invalid/inv2543", 200, ""},
	} {
		t.Run(tc.section+" "+tc.name, func(t *testing.T) {
			data := torture(t, tc.name)
			synctest.Test(t, func(t *testing.T) {
				status, reason := becomes(t, data, "10.0.0.1:5060", "10.0.0.2:5060")
				if status != tc.status || reason != tc.reason {
					t.Errorf("answered %d, refused as %q; want %d, %q", status, reason, tc.status, tc.reason)
				}
			})
		})
	}
}

// Every section of RFC 5118 against a phone that answers every call.
func TestMessagesWithIPv6AddressesOfRFC5118(t *testing.T) {
	want := map[string]struct {
		status int
		reason string
	}{
		"reference":                      {405, "method not allowed"},
		"reference without brackets":     {400, "malformed"},
		"port within the brackets":       {405, "method not allowed"},
		"port behind the brackets":       {405, "method not allowed"},
		"received with brackets":         {481, "no such dialog"},
		"received without brackets":      {200, ""},
		"description":                    {200, ""},
		"both families in Via":           {481, "no such dialog"},
		"both families in a description": {200, ""},
		"IPv4 mapped into IPv6":          {200, ""},
		"three colons":                   {200, ""},
		"two colons":                     {200, ""},
	}
	for _, m := range siptest.IPv6Messages() {
		t.Run(m.Section+" "+m.Name, func(t *testing.T) {
			w, ok := want[m.Name]
			if !ok {
				t.Fatal("nothing is expected of it")
			}
			synctest.Test(t, func(t *testing.T) {
				status, reason := becomes(t, []byte(m.Text), "[2001:db8::9:1]:5060", "[2001:db8::10]:5060")
				if status != w.status || reason != w.reason {
					t.Errorf("answered %d, refused as %q; want %d, %q", status, reason, w.status, w.reason)
				}
			})
		})
	}
}
