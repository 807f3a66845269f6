package sipua

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/trace"
)

var updateDocs = flag.Bool("update", false, "write the tables of docs/hold.md")

// failure is what may come of the offer of a hold.
type failure struct {
	what string
	then func(t *testing.T, peer *siptest.Peer, offer *siptest.Message)
	// method is the one that the failure is about, for those that are about one only.
	method string
}

func status(status int, headers ...string) func(*testing.T, *siptest.Peer, *siptest.Message) {
	return func(_ *testing.T, peer *siptest.Peer, offer *siptest.Message) {
		peer.Reply(offer, siptest.Reply{Status: status, Reason: "No", Headers: headers})
	}
}

// accept answers an offer as a peer does that lets itself be held.
func accept(peer *siptest.Peer, offer *siptest.Message) {
	peer.Reply(offer, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
}

// again is a failure that the offer is sent again after, and then accepted.
func again(fail func(*testing.T, *siptest.Peer, *siptest.Message), method string) func(*testing.T, *siptest.Peer, *siptest.Message) {
	return func(t *testing.T, peer *siptest.Peer, offer *siptest.Message) {
		fail(t, peer, offer)
		peer.SetPatience(10 * time.Second)
		accept(peer, peer.Expect(siptest.Is(cmp.Or(method, offer.Method()))))
	}
}

func failures() []failure {
	return []failure{
		{what: "200", then: func(_ *testing.T, peer *siptest.Peer, offer *siptest.Message) { accept(peer, offer) }},
		{what: "200 whose answer cannot be used", then: func(_ *testing.T, peer *siptest.Peer, offer *siptest.Message) {
			peer.Reply(offer, siptest.Reply{Status: 200, Reason: "OK", Body: "v=0\r\n"})
		}},
		{what: "488 and any other refusal", then: status(488)},
		{what: "408", then: status(408)},
		{what: "481", then: status(481)},
		{what: "491", then: again(status(491), "")},
		{what: "500 with Retry-After", then: again(status(500, "Retry-After: 3"), "")},
		{what: "500 without it", then: status(500)},
		{what: "503, and there is no other server", then: status(503, "Retry-After: 3")},
		{what: "405 or 501 to UPDATE", then: again(status(405), "INVITE"), method: "UPDATE"},
		{what: "no response", then: func(*testing.T, *siptest.Peer, *siptest.Message) {}},
		{what: "100 to a re-INVITE, and 487 once it is cancelled, after 32 s", then: func(_ *testing.T, peer *siptest.Peer, offer *siptest.Message) {
			peer.Reply(offer, siptest.Reply{Status: 100, Reason: "Trying"})
			peer.SetPatience(time.Minute)
			peer.Reply(peer.Expect(siptest.Is("CANCEL")), siptest.Reply{Status: 200, Reason: "OK"})
			peer.Reply(offer, siptest.Reply{Status: 487, Reason: "Request Terminated"})
		}, method: string(hold.ReINVITE)},
		{what: "100 to a re-INVITE, and nothing more", then: status(100), method: string(hold.ReINVITE)},
		{what: "it cannot be sent"},
	}
}

// unreachable is a call over TCP whose peer is gone.
func unreachable(t *testing.T, method hold.Method) (*Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	alice := newPhone(t, n, "10.0.0.1:5060", overTCP(n, "10.0.0.1:5060"), holdBy(method))
	bob := newPhone(t, n, "10.0.0.2:5060", overTCP(n, "10.0.0.2:5060"))
	bob.take = func(c *Call, _ *log) { _ = c.Answer() }
	c, l := alice.dialURI(t, "sip:bob@10.0.0.2;transport=tcp")
	after(time.Second)
	bob.stop()
	<-bob.stopped
	return c, l
}

// outcome plays one failure, and gives the row of the table that it proves: the call, the sound, the trace.
func (f failure) outcome(t *testing.T, method hold.Method) string {
	row := ""
	synctest.Test(t, func(t *testing.T) {
		var peer *siptest.Peer
		var c *Call
		var l *log
		began := time.Now()
		if f.then == nil {
			c, l = unreachable(t, method)
			began = time.Now()
			do(t, c.Hold())
		} else {
			request := "INVITE"
			if method == hold.UPDATE {
				request = "UPDATE"
			}
			peer, c, l = answeredBy(t, holdBy(method), "Allow: INVITE, ACK, BYE, UPDATE")
			do(t, c.Hold())
			f.then(t, peer, peer.Expect(siptest.Is(request)))
		}
		after(2 * time.Minute)
		call, sound := "goes on", "as it was"
		if l.has("media sendonly") {
			sound = "sendonly"
		}
		if e, ended := l.ended(); ended {
			call, sound = fmt.Sprintf("ends by the %s", e.Side), "ends"
			if e.At.Sub(began) > time.Second {
				call += fmt.Sprintf(" after %.0f s", e.At.Sub(began).Seconds())
			}
			if e.Side == trace.Local {
				call = strings.Replace(call, "by the local", "by this", 1) + " side"
			}
		}
		var told []string
		for _, s := range l.told()[1:] {
			if strings.HasPrefix(s, "hold.") {
				told = append(told, "`"+s+"`")
			}
		}
		row = fmt.Sprintf("%s | %s | %s", call, sound, strings.Join(told, ", "))
		if call == "goes on" {
			do(t, c.Hangup(Release{}))
			peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
			after(time.Minute)
		}
	})
	return row
}

// The failure table of docs/hold.md is what happens, by re-INVITE and by UPDATE alike.
func TestFailuresOfAHoldAreThoseOfTheDocument(t *testing.T) {
	const path, begin, end = "../docs/hold.md", "<!-- failures -->\n", "<!-- /failures -->\n"
	var b strings.Builder
	b.WriteString("\n| what comes back | the call | the sound | the trace |\n|---|---|---|---|\n")
	for _, f := range failures() {
		var rows []string
		for _, method := range []hold.Method{hold.ReINVITE, hold.UPDATE} {
			if f.method == "" || f.method == string(method) {
				rows = append(rows, f.outcome(t, method))
			}
		}
		if rows = slices.Compact(rows); len(rows) != 1 {
			t.Errorf("%s: re-INVITE and UPDATE differ: %q", f.what, rows)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", f.what, rows[0])
	}
	b.WriteString("\n")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(text), begin)
	table, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", path)
	}
	if *updateDocs {
		if err := os.WriteFile(path, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(table, b.String()); diff != "" {
		t.Errorf("%s (-document +what happens), make it with -update:\n%s", path, diff)
	}
}
