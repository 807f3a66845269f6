package sipua

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// Tests of RFC 5407: Alice calls Bob, and what one sends crosses what the other sends. Every packet takes crossing.
const crossing = 20 * time.Millisecond

// pair is two phones that are not yet in a call; Bob does with a call what take says.
func pair(t *testing.T, take func(*Call), change ...func(*Options)) (n *siptest.Network, alice, bob *phone) {
	t.Helper()
	n = siptest.NewNetwork(1)
	n.SetFaults(siptest.Faults{Delay: crossing})
	alice, bob = newPhone(t, n, "10.0.0.1:5060", change...), newPhone(t, n, "10.0.0.2:5060", change...)
	bob.take = func(c *Call, _ *log) { take(c) }
	return n, alice, bob
}

// ringing is a call from Alice to Bob that rings.
func ringing(t *testing.T) (out, in *Call, a, b *log) {
	t.Helper()
	_, alice, bob := pair(t, func(c *Call) { _ = c.Ring() })
	out, a = alice.dial(t, bob)
	after(time.Second)
	in, b = bob.call(t)
	return out, in, a, b
}

// withoutACK is a call that Bob answered; Alice's first ACK was lost, and Bob repeats his 200 at this moment.
func withoutACK(t *testing.T) (out *Call, a, b *log) {
	t.Helper()
	n, alice, bob := pair(t, func(c *Call) { _ = c.Answer() })
	lost := false
	n.SetDrop(func(p siptest.Packet) bool {
		first := !lost && strings.HasPrefix(string(p.Data), "ACK ")
		lost = lost || first
		return first
	})
	out, a = alice.dial(t, bob)
	after(crossing + 500*time.Millisecond)
	_, b = bob.call(t)
	if !b.has(">200/INVITE*") || b.has("<ACK") {
		t.Fatalf("no race: %v", b.wire())
	}
	return out, a, b
}

// count is how often a line was said, as a retransmission too.
func (l *log) count(line string) (n int) {
	for _, s := range l.said() {
		if s == line || s == line+"*" {
			n++
		}
	}
	return n
}

// behind tells whether all lines were said, in this order.
func (l *log) behind(lines ...string) bool {
	said := l.said()
	for _, line := range lines {
		i := slices.Index(said, line)
		if i < 0 {
			return false
		}
		said = said[i+1:]
	}
	return true
}

func expectOrder(t *testing.T, what string, l *log, lines ...string) {
	t.Helper()
	if !l.behind(lines...) {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(l.said(), ", "), strings.Join(lines, ", "))
	}
}

func TestRFC5407Section311InviteThatComesAgainBehindThe200IsNoNewCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, alice, bob := pair(t, func(c *Call) { _ = c.Ring() })
		n.SetDrop(func(p siptest.Packet) bool { return strings.HasPrefix(string(p.Data), "SIP/2.0 1") })
		_, a := alice.dial(t, bob)
		after(500 * time.Millisecond) // the INVITE is repeated
		in, b := bob.call(t)
		do(t, in.Answer())
		after(time.Second)
		expectLines(t, "Alice", a.said(), ">INVITE", ">INVITE*", "<200/INVITE", "answered PCMA sendrecv", ">ACK")
		expectOrder(t, "Bob", b, "<INVITE", ">180/INVITE", ">200/INVITE", "<INVITE*", "<ACK")
		expectLines(t, "Bob", b.told(), "alerting 180", "answered PCMA sendrecv")
		if len(bob.calls) != 1 {
			t.Errorf("%d calls", len(bob.calls))
		}
	})
}

func TestRFC5407Section312CancelThatCrossesThe200IsAnsweredAndEndsWithBye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in, a, b := ringing(t)
		_, _ = out.Hangup(Release{}), in.Answer()
		after(time.Second)
		expectOrder(t, "Alice", a, ">CANCEL", "<200/INVITE", ">ACK", ">BYE", "<200/BYE")
		expectOrder(t, "Bob", b, ">200/INVITE", "<CANCEL", ">200/CANCEL", "<ACK", "<BYE", ">200/BYE")
		expectLines(t, "Alice", a.told(), "alerting 180", "ended local last=200", "settled")
		expectLines(t, "Bob", b.told(), "alerting 180", "answered PCMA sendrecv", "ended remote last=200", "settled")
		if !a.has("<200/CANCEL") || b.has(">487/INVITE") {
			t.Errorf("Alice %v\nBob %v", a.wire(), b.wire())
		}
	})
}

func TestRFC5407Section313ByeOfAnEarlyDialogThatCrossesThe200EndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, alice, invite, c, b := invited(t, "offer") // a caller of ours sends CANCEL
		do(t, c.Ring())
		rings := alice.Expect(siptest.Status(180, "INVITE"))
		do(t, c.Answer())
		alice.Request(bob.addr, alice.InDialog(invite, rings, "BYE", 2))
		alice.Expect(siptest.Status(200, "BYE"))
		alice.ACK(invite, alice.Expect(siptest.Status(200, "INVITE")))
		alice.ExpectNone(siptest.Any, time.Minute)
		expectLines(t, "Bob", b.told(), "alerting 180", "answered PCMU sendrecv", "ended remote last=200", "settled")
	})
}

func TestRFC5407Section314ReinviteThatOvertakesTheACKIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, a, b := withoutACK(t)
		do(t, out.Hold())
		after(time.Second)
		expectOrder(t, "Alice", a, ">ACK", ">INVITE", "<200/INVITE*", ">ACK*", "<200/INVITE", ">ACK")
		expectOrder(t, "Bob", b, ">200/INVITE*", "<INVITE", ">200/INVITE", "<ACK")
		expectLines(t, "Alice", a.told(), "answered PCMA sendrecv", "hold.requested by local", "hold.confirmed by local", "media sendonly")
		expectLines(t, "Bob", b.told(), "answered PCMA sendrecv", "hold.confirmed by remote", "media recvonly")
		if repeated := b.count(">200/INVITE"); repeated != 3 { // two of the first, one of the second
			t.Errorf("%d times 200: %v", repeated, b.wire())
		}
	})
}

func TestRFC5407Section315OfferWhileTheAnswerOfTheACKIsMissingGets491(t *testing.T) {
	for _, method := range []string{"INVITE", "UPDATE"} {
		synctest.Test(t, func(t *testing.T) {
			bob, alice, invite, c, b := invited(t, "") // a caller of ours makes the offer itself
			do(t, c.Answer())
			ok := alice.Expect(siptest.Status(200, "INVITE"))
			alice.Expect(siptest.Status(200, "INVITE")) // repeated: there was no ACK
			offering := func(seq int) *siptest.Message {
				r := alice.InDialog(invite, ok, method, seq)
				r.Body = answer(alice, "a=sendonly")
				sent := alice.Request(bob.addr, r)
				final := alice.Expect(func(m *siptest.Message) bool { return m.Status() >= 200 && m.CSeq() == seq })
				if method == "INVITE" {
					alice.ACK(sent, final)
				}
				return final
			}
			if got := offering(2); got.Status() != 491 {
				t.Errorf("%s: %s", method, got)
			}
			ack := alice.InDialog(invite, ok, "ACK", 1)
			ack.Body = answer(alice)
			alice.Request(bob.addr, ack)
			if got := offering(3); got.Status() != 200 || !strings.Contains(got.Body(), "a=recvonly") {
				t.Errorf("%s: %s", method, got.Raw)
			}
			after(time.Minute)
			if told := b.told(); !slices.Equal(told[len(told)-2:], []string{"hold.confirmed by remote", "media recvonly"}) {
				t.Errorf("%s: %v", method, told)
			}
		})
	}
}

func TestRFC5407Section316ByeThatOvertakesTheACKIsAnsweredAndNothingBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, a, b := withoutACK(t)
		do(t, out.Hangup(Release{}))
		after(time.Minute)
		expectOrder(t, "Alice", a, ">BYE", "<200/INVITE*", ">ACK*", "<200/BYE")
		expectOrder(t, "Bob", b, ">200/INVITE*", "<BYE", ">200/BYE")
		expectLines(t, "Alice", a.told(), "answered PCMA sendrecv", "ended local last=200", "settled")
		expectLines(t, "Bob", b.told(), "answered PCMA sendrecv", "ended remote last=200", "settled")
	})
}

func TestRFC5407Section316AnswerInAnACKBehindTheByeIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, alice, invite, c, b := invited(t, "")
		do(t, c.Answer())
		ok := alice.Expect(siptest.Status(200, "INVITE"))
		alice.Request(bob.addr, alice.InDialog(invite, ok, "BYE", 2))
		alice.Expect(siptest.Status(200, "BYE"))
		before := b.told()
		ack := alice.InDialog(invite, ok, "ACK", 1)
		ack.Body = answer(alice)
		alice.Request(bob.addr, ack)
		alice.ExpectNone(siptest.Any, time.Minute)
		expectLines(t, "Bob", b.told(), before...)
		if !b.has("ended remote last=200") || !b.has("settled") {
			t.Error(b.told())
		}
	})
}
