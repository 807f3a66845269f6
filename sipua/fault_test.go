package sipua

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// TestBothEndsAgreeOnANetworkThatLosesDoublesAndReorders plays calls of every kind on bad networks. Whatever happens,
// each end tells one Ended and one Settled, nothing stays behind, and what the ends say of the call fits together.
func TestBothEndsAgreeOnANetworkThatLosesDoublesAndReorders(t *testing.T) {
	runs := uint64(250)
	if testing.Short() {
		runs = 40
	}
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) { randomCall(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomCall(t *testing.T, seed uint64) {
	n := siptest.NewNetwork(seed)
	random := rand.New(rand.NewPCG(seed, 7))
	n.SetFaults(siptest.Faults{
		Loss: 0.25 * random.Float64(), Duplication: 0.3 * random.Float64(),
		Delay: time.Duration(random.IntN(100)) * time.Millisecond, Jitter: time.Duration(random.IntN(400)) * time.Millisecond,
	})
	alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
	out, a := alice.dial(t, bob)
	ends := []*Call{out}
	for range random.IntN(14) {
		after(time.Duration(random.IntN(3000)) * time.Millisecond)
		if len(ends) == 1 && len(bob.Calls()) > 0 {
			in, _ := bob.call(t)
			ends = append(ends, in)
		}
		c := ends[random.IntN(len(ends))]
		switch random.IntN(10) {
		case 0, 1:
			_ = ends[len(ends)-1].Ring()
		case 2:
			_ = ends[len(ends)-1].Progress()
		case 3, 4, 5:
			_ = ends[len(ends)-1].Answer()
		case 6:
			_ = c.Hold()
		case 7:
			_ = c.Resume()
		case 8:
			if random.IntN(3) == 0 {
				_ = c.Hangup(Release{Side: trace.Local, Q850: 16})
			}
		case 9:
			if random.IntN(4) == 0 {
				_ = ends[len(ends)-1].Reject(486, "")
			}
		}
	}
	after(2 * time.Minute) // whatever was under way is over
	agree(t, alice, bob, out, a)
	_ = out.Hangup(Release{Side: trace.Local, Q850: 16})
	after(5 * time.Minute)

	logs := append([]*log{a}, bob.logs...)
	for i, l := range logs {
		told := strings.Join(l.told(), ", ")
		if strings.Count(told, "ended ") != 1 || strings.Count(told, "settled") != 1 || !strings.HasSuffix(told, "settled") {
			t.Errorf("end %d: %s\n%s", i, told, strings.Join(l.said(), " "))
		}
	}
	if left := len(alice.Calls()) + len(bob.Calls()) + len(alice.actors) + len(bob.actors); left != 0 {
		t.Errorf("%d calls or actors are left\n%s", left, strings.Join(a.said(), " "))
	}
}

// agree compares two ends of a call that is up at both.
func agree(t *testing.T, alice, bob *phone, out *Call, a *log) {
	t.Helper()
	if len(alice.Calls()) == 0 || len(bob.Calls()) == 0 {
		return
	}
	in, b := bob.call(t)
	if out.session.State().String() != "established" || in.session.State().String() != "established" {
		return
	}
	one, other := lastMedia(a), lastMedia(b)
	want := map[trace.MediaDirection]trace.MediaDirection{
		trace.SendRecv: trace.SendRecv, trace.SendOnly: trace.RecvOnly, trace.RecvOnly: trace.SendOnly, trace.Inactive: trace.Inactive,
	}[one.Direction]
	if other.Direction != want || one.Codec != other.Codec || one.Remote != other.Local || other.Remote != one.Local {
		t.Errorf("they do not agree:\n%+v\n%+v\n%v\n%v", one, other, a.said(), b.said())
	}
	if one, other := holders(a), holders(b); one != [2]bool{other[1], other[0]} {
		t.Errorf("who holds: %v, %v\n%v\n%v", one, other, a.told(), b.told())
	}
}

func lastMedia(l *log) Media {
	l.mu.Lock()
	defer l.mu.Unlock()
	var m Media
	for _, s := range l.signals {
		switch s := s.(type) {
		case Answered:
			m = s.Media
		case MediaChanged:
			m = s.Media
		}
	}
	return m
}

// holders tells who holds, this side and the other.
func holders(l *log) (h [2]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.signals {
		held, ok := s.(Held)
		if !ok || held.Kind != trace.HoldConfirmed && held.Kind != trace.HoldResumed {
			continue
		}
		side := 0
		if held.Hold.By == trace.Remote {
			side = 1
		}
		h[side] = held.Kind == trace.HoldConfirmed
	}
	return h
}

func TestPanicEndsOneCallAndNotTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, l *log) {
			_ = c.Answer()
			l.react = func(s Signal) {
				if _, held := s.(Held); held {
					panic("a bug")
				}
			}
		}
		first, a := alice.dial(t, bob)
		after(time.Second)
		_, second := alice.dial(t, bob)
		after(time.Second)
		firstLog := bob.logs[0]
		do(t, first.Hold())
		after(time.Minute)
		if e, ok := firstLog.ended(); !ok || e.Reason != "internal error" || !firstLog.has("settled") {
			t.Errorf("callee: %v", firstLog.said())
		}
		if !a.has("ended remote last=200") {
			t.Errorf("the caller was not released: %v", a.said())
		}
		if _, ended := second.ended(); ended || len(bob.Calls()) != 1 {
			t.Error("the other call was disturbed")
		}
	})
}

func TestStoppedAgentTellsTheEndOfItsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		c, a := alice.dial(t, bob)
		after(time.Second)
		alice.stop()
		<-alice.stopped
		if e, _ := a.ended(); e.Side != trace.Local || e.Reason != "the agent stopped" || !a.has("settled") {
			t.Errorf("%v", a.told())
		}
		if err := c.Hold(); err == nil {
			t.Error("a command was taken")
		}
		if _, err := alice.Dial(Dial{Target: "sip:bob@10.0.0.2"}, &log{}); err == nil {
			t.Error("a call was placed")
		}
	})
}

func TestMessagesAreDescribedAsOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		_, a := alice.dial(t, bob)
		after(time.Second)
		_, b := bob.call(t)
		if len(a.messages) != 4 || len(b.messages) != 4 {
			t.Fatalf("%v, %v", a.said(), b.said())
		}
		for i, m := range a.messages {
			other := b.messages[i]
			if m.Local != other.Remote || m.Remote != other.Local || m.Transport != "udp" {
				t.Errorf("%d: %s to %s, %s to %s", i, m.Local, m.Remote, other.Local, other.Remote)
			}
			if m.Branch == "" || m.Branch != other.Branch || m.CSeq != 1 || m.FromTag == "" || m.Size == 0 {
				t.Errorf("%d: %+v", i, m)
			}
			if a.times[i].After(b.times[i]) && a.kinds[i] == trace.SIPSent {
				t.Errorf("%d was received before it was sent", i)
			}
		}
		if invite := a.messages[0]; invite.SDP != trace.SendRecv || invite.InDialog() || !strings.HasPrefix(invite.Raw, "INVITE sip:bob@10.0.0.2:5060 SIP/2.0\r\n") {
			t.Errorf("%+v", invite)
		}
		if ok := a.messages[2]; ok.Status != 200 || ok.Method != "INVITE" || ok.ToTag == "" || ok.Reason != "OK" {
			t.Errorf("%+v", ok)
		}
	})
}

func TestByeThatCrossesOursIsTakenAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, peer, c, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		ok := peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)})
		peer.Expect(siptest.Is("ACK"))
		do(t, c.Hangup(Release{}))
		bye := peer.Expect(siptest.Is("BYE"))
		peer.Request(alice.addr, siptest.Request{
			Method: "BYE", URI: invite.ContactURI(), From: ok.Header("To"), To: invite.Header("From"), CallID: invite.Header("Call-ID"), CSeq: 7,
		})
		peer.Expect(siptest.Status(200, "BYE"))
		peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		expectLines(t, "caller", l.told(), "answered PCMU sendrecv", "ended local last=200", "settled")
	})
}

func TestReInviteWithAnotherAddressMovesTheMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, l := invited(t, "offer")
		do(t, c.Answer())
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		peer.ACK(invite, ok)
		again := peer.InDialog(invite, ok, "INVITE", 2)
		again.Body = siptest.SDP(netip.MustParseAddr("10.0.0.7"), 7000)
		req := peer.Request(bob.addr, again)
		peer.ACK(req, peer.Expect(siptest.Status(200, "INVITE")))
		synctest.Wait()
		expectLines(t, "callee", l.told(), "answered PCMU sendrecv", "media sendrecv")
		if m, ok := l.signals[1].(MediaChanged); !ok || m.Media.Remote != netip.MustParseAddrPort("10.0.0.7:7000") {
			t.Errorf("%+v", l.signals[1])
		}
	})
}
