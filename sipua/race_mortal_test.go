package sipua

import (
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// apart is a call between two phones whose packets take their time from here on.
func apart(t *testing.T, change ...func(*Options)) (out, in *Call, a, b *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	out, in, a, b = talking(t, n, change...)
	n.SetFaults(siptest.Faults{Delay: crossing})
	return out, in, a, b
}

// ends are the two ends of a call, each of which may be the one that is first in a race.
func ends(out, in *Call, a, b *log, calleeFirst bool) (first, second *Call, firstLog, secondLog *log) {
	if calleeFirst {
		return in, out, b, a
	}
	return out, in, a, b
}

func TestRFC5407Section2RequestsInTheMortalStateAreRefusedButForBye(t *testing.T) {
	for _, role := range []string{"caller", "callee"} {
		synctest.Test(t, func(t *testing.T) {
			peer, to, request, c := mortal(t, role)
			do(t, c.Hangup(Release{}))
			bye := peer.Expect(siptest.Is("BYE"))
			for i, method := range []string{"INVITE", "UPDATE", "REFER", "NOTIFY", "INFO", "OPTIONS"} {
				peer.Request(to.addr, request(method, 2+i))
				peer.Expect(siptest.Status(481, method))
			}
			peer.Request(to.addr, request("BYE", 9))
			peer.Expect(siptest.Status(200, "BYE"))
			peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
			after(time.Minute)
			if len(to.Calls()) != 0 {
				t.Errorf("%s: the call lives on", role)
			}
		})
	}
}

// mortal is a phone in an answered call with a peer, and how the peer makes a request in its dialog.
func mortal(t *testing.T, role string) (*siptest.Peer, *phone, func(method string, seq int) siptest.Request, *Call) {
	t.Helper()
	if role == "callee" {
		bob, peer, invite, ok, c, _ := established(t)
		return peer, bob, func(method string, seq int) siptest.Request { return peer.InDialog(invite, ok, method, seq) }, c
	}
	_, alice, peer, c, _ := callee(t)
	invite := peer.Expect(siptest.Is("INVITE"))
	ok := peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)})
	peer.Expect(siptest.Is("ACK"))
	return peer, alice, func(method string, seq int) siptest.Request {
		return siptest.Request{
			Method: method, URI: invite.ContactURI(), From: ok.Header("To"), To: invite.Header("From"), CallID: invite.Header("Call-ID"), CSeq: seq,
		}
	}, c
}

func TestRFC5407Section2ByeInTheEarlyStateEndsTheInviteWith487(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, alice, invite, c, b := invited(t, "offer")
		do(t, c.Ring())
		rings := alice.Expect(siptest.Status(180, "INVITE"))
		alice.Request(bob.addr, alice.InDialog(invite, rings, "BYE", 2))
		alice.Expect(siptest.Status(200, "BYE"))
		alice.ACK(invite, alice.Expect(siptest.Status(487, "INVITE")))
		after(time.Minute)
		expectLines(t, "Bob", b.told(), "alerting 180", "ended remote last=487", "settled")
	})
}

func TestRFC5407Section321ByesThatCrossAreBothAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in, a, b := apart(t)
		_, _ = out.Hangup(Release{}), in.Hangup(Release{})
		after(time.Minute)
		for _, l := range []*log{a, b} {
			expectOrder(t, "both", l, ">BYE", "<BYE", ">200/BYE", "<200/BYE")
			expectLines(t, "both", l.told(), "answered PCMA sendrecv", "ended local last=200", "settled")
		}
	})
}

func TestRFC5407Section322ReinviteThatCrossesAByeGets481(t *testing.T) {
	for _, calleeFirst := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			out, in, a, b := apart(t)
			leaver, holder, left, held := ends(out, in, a, b, calleeFirst)
			_, _ = leaver.Hangup(Release{}), holder.Hold()
			after(time.Minute)
			expectOrder(t, "who leaves", left, ">BYE", "<INVITE", ">481/INVITE", "<200/BYE")
			expectOrder(t, "who holds", held, ">INVITE", "<BYE", ">200/BYE", "<481/INVITE", ">ACK")
			expectLines(t, "who leaves", left.told(), "answered PCMA sendrecv", "ended local last=200", "settled")
			expectLines(t, "who holds", held.told(), "answered PCMA sendrecv", "hold.requested by local", "hold.refused by local",
				"ended remote last=200", "settled")
		})
	}
}

func TestRFC5407Section323The200OfAReinviteIsAcknowledgedBehindTheBye(t *testing.T) {
	for _, calleeFirst := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			out, in, a, b := apart(t)
			leaver, _, left, other := ends(out, in, a, b, calleeFirst)
			_, _ = leaver.Hold(), leaver.Hangup(Release{})
			after(time.Minute)
			expectOrder(t, "who leaves", left, ">INVITE", ">BYE", "<200/INVITE", ">ACK", "<200/BYE")
			expectOrder(t, "the other", other, "<INVITE", ">200/INVITE", "<BYE", ">200/BYE", "<ACK")
			expectLines(t, "who leaves", left.told(), "answered PCMA sendrecv", "hold.requested by local", "hold.refused by local",
				"ended local last=200", "settled")
			if e, ended := other.ended(); !ended || !other.has("settled") || e.Reason != "" {
				t.Errorf("%v", other.told())
			}
		})
	}
}

func TestRFC5407Section324ByeThatCrossesTheACKEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob, _, a := callee(t) // a callee of ours waits for the ACK
		invite := bob.Expect(siptest.Is("INVITE"))
		ok := bob.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(bob)})
		bob.Request(alice.addr, siptest.Request{
			Method: "BYE", URI: invite.ContactURI(), From: ok.Header("To"), To: invite.Header("From"), CallID: invite.Header("Call-ID"),
		})
		bob.Expect(siptest.Is("ACK"))
		bob.Expect(siptest.Status(200, "BYE"))
		after(time.Minute)
		expectLines(t, "Alice", a.told(), "answered PCMU sendrecv", "ended remote last=200", "settled")
	})
}

func TestRFC5407Section324AnswerInTheACKBehindOurHangupIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, alice, invite, c, b := invited(t, "")
		do(t, c.Answer())
		ok := alice.Expect(siptest.Status(200, "INVITE"))
		do(t, c.Hangup(Release{}))
		before := b.told()
		ack := alice.InDialog(invite, ok, "ACK", 1)
		ack.Body = answer(alice)
		alice.Request(bob.addr, ack)
		alice.Reply(alice.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		after(time.Minute)
		expectLines(t, "Bob", b.told(), append(before, "settled")...)
	})
}

func TestRFC5407AppendixBReinviteThatIsLostAndComesBehindTheByeIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // both roles: the phone sends the re-INVITE
		_, alice, bob, c, a := callee(t)
		invite := bob.Expect(siptest.Is("INVITE"))
		bob.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(bob)})
		bob.Expect(siptest.Is("ACK"))
		do(t, c.Hold())
		bob.Expect(siptest.Is("INVITE")) // lost
		do(t, c.Hangup(Release{}))
		bob.Reply(bob.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		again := bob.Expect(siptest.Is("INVITE"))
		bob.Reply(again, siptest.Reply{Status: 481, Reason: "Gone"})
		if ack := bob.Expect(siptest.Is("ACK")); ack.Param("Via", "branch") != again.Param("Via", "branch") {
			t.Errorf("not of the INVITE's transaction:\n%s", ack.Raw)
		}
		after(time.Minute)
		expectLines(t, "Alice", a.told(), "answered PCMU sendrecv", "hold.requested by local", "hold.refused by local", "ended local last=200", "settled")
		if len(alice.Calls()) != 0 {
			t.Error("the call lives on")
		}
	})
	synctest.Test(t, func(t *testing.T) { // the phone receives it
		bob, alice, invite, ok, _, b := established(t)
		alice.Request(bob.addr, alice.InDialog(invite, ok, "BYE", 3))
		alice.Expect(siptest.Status(200, "BYE"))
		late := alice.InDialog(invite, ok, "INVITE", 2)
		late.Body = answer(alice)
		alice.ACK(alice.Request(bob.addr, late), alice.Expect(siptest.Status(481, "INVITE")))
		after(time.Minute)
		expectLines(t, "Bob", b.told(), "answered PCMU sendrecv", "ended remote last=200", "settled")
		if len(bob.calls) != 1 {
			t.Error("it is a new call")
		}
	})
}
