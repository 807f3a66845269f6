package sipua

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// moved is a redirection.
func moved(status int, contacts ...string) siptest.Reply {
	r := siptest.Reply{Status: status, Reason: "Moved"}
	for _, c := range contacts {
		r.Headers = append(r.Headers, "Contact: "+c)
	}
	return r
}

func TestRedirectedCallIsAnsweredByItsTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob, carol := siptest.NewPeer(t, n.Listen("10.0.0.2:5060")), siptest.NewPeer(t, n.Listen("10.0.0.3:5060"))
		_, l := alice.dialURI(t, "sip:102@10.0.0.2")
		first := bob.Expect(siptest.Is("INVITE"))
		bob.Reply(first, moved(302, "<sip:103@10.0.0.3>"))
		bob.Expect(siptest.Is("ACK"))
		second := carol.Expect(siptest.Is("INVITE"))
		if second.Header("Call-ID") != first.Header("Call-ID") || second.CSeq() != 2 || second.Header("To") != first.Header("To") ||
			second.Param("Via", "branch") == first.Param("Via", "branch") || len(second.Headers("History-Info")) != 2 {
			t.Errorf("\n%s", second.Raw)
		}
		carol.Reply(second, siptest.Reply{Status: 200, Reason: "OK", Body: answer(carol)})
		carol.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "session.Forwarded", "answered PCMU sendrecv")
	})
}

func TestTargetThatRedirectsToItselfEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		_, l := alice.dialURI(t, "sip:102@10.0.0.2")
		bob.Reply(bob.Expect(siptest.Is("INVITE")), moved(302, "<sip:102@10.0.0.2>"))
		bob.Expect(siptest.Is("ACK"))
		bob.ExpectNone(siptest.Is("INVITE"), time.Second)
		expectLines(t, "caller", l.told(), "ended remote last=302", "settled")
	})
}

func TestBusyTargetIsFollowedByTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob, carol := siptest.NewPeer(t, n.Listen("10.0.0.2:5060")), siptest.NewPeer(t, n.Listen("10.0.0.3:5060"))
		_, l := alice.dialURI(t, "sip:102@10.0.0.2")
		bob.Reply(bob.Expect(siptest.Is("INVITE")), moved(300, "<sip:103@10.0.0.3>;q=0.5, <sip:104@10.0.0.2>"))
		bob.Expect(siptest.Is("ACK"))
		bob.Reply(bob.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 486, Reason: "Busy Here"})
		carol.Reply(carol.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 480, Reason: "Away"})
		carol.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "session.Forwarded", "session.Forwarded", "ended remote last=480", "settled")
		if e, _ := l.ended(); e.Reason != "Away" {
			t.Errorf("%+v", e)
		}
	})
}

func TestUseProxySendsTheInviteThroughTheContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob, proxy := siptest.NewPeer(t, n.Listen("10.0.0.2:5060")), siptest.NewPeer(t, n.Listen("10.0.0.9:5060"))
		alice.dialURI(t, "sip:102@10.0.0.2")
		bob.Reply(bob.Expect(siptest.Is("INVITE")), moved(305, "<sip:10.0.0.9;lr>"))
		invite := proxy.Expect(siptest.Is("INVITE"))
		if invite.StartLine() != "INVITE sip:102@10.0.0.2 SIP/2.0" || invite.Header("Route") != "<sip:10.0.0.9;lr>" {
			t.Errorf("\n%s", invite.Raw)
		}
		proxy.Reply(invite, siptest.Reply{Status: 486, Reason: "Busy Here"})
		synctest.Wait()
	})
}

func TestRedirectionOutsideThePolicyIsNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		var asked []string
		alice := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
			o.Redirect = func(target string) bool { asked = append(asked, target); return false }
		})
		bob := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		_, l := alice.dialURI(t, "sip:102@10.0.0.2")
		bob.Reply(bob.Expect(siptest.Is("INVITE")), moved(302, "<sip:0900@10.0.0.2>"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "ended remote last=302", "settled")
		expectLines(t, "policy", asked, "sip:0900@10.0.0.2")
	})
}

func TestHangupBetweenTwoTargetsEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", namesOf(names{silent: 3 * time.Second}))
		bob := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		call, l := alice.dialURI(t, "sip:102@10.0.0.2")
		bob.Reply(bob.Expect(siptest.Is("INVITE")), moved(302, "<sip:103@example.com>"))
		bob.Expect(siptest.Is("ACK"))
		do(t, call.Hangup(Release{}))
		expectLines(t, "caller", l.told(), "session.Forwarded", "ended local last=0", "settled")
	})
}

func TestIncomingCallKnowsWhoSentItOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		peer.Request(bob.addr, siptest.Request{Body: answer(peer), Headers: []string{"Diversion: \"Desk\" <sip:102@h>;reason=user-busy"}})
		synctest.Wait()
		c, _ := bob.call(t)
		if want := []trace.Diversion{{URI: "sip:102@h", Name: "Desk", Reason: "user-busy"}}; !slices.Equal(c.Info().Diverted, want) {
			t.Errorf("%+v", c.Info().Diverted)
		}
	})
}
