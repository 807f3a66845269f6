package sipua

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

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
