package sipua

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

func refreshedEvery(d time.Duration) func(*Options) { return func(o *Options) { o.SessionTimer = d } }

func TestOneSideRefreshesTheSessionAndTheCallGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in, a, b := talking(t, siptest.NewNetwork(1), refreshedEvery(90*time.Second))
		do(t, in.Hold())
		after(10 * time.Minute)
		if _, over := a.ended(); over || countLines(a, ">UPDATE") < 12 || countLines(a, ">INVITE") != 1 || countLines(a, "<INVITE") != 1 {
			t.Errorf("caller: %v", a.said())
		}
		if told := b.told()[1:]; !slices.Equal(told, []string{"hold.requested by local", "hold.confirmed by local", "media sendonly"}) {
			t.Errorf("a refresh is no news: %v", told)
		}
		do(t, out.Hangup(Release{}))
		after(time.Minute)
		if !a.has("settled") || !b.has("settled") {
			t.Errorf("%v\n%v", a.said(), b.said())
		}
	})
}

func countLines(l *log, line string) (n int) {
	for _, s := range l.said() {
		if s == line {
			n++
		}
	}
	return n
}

func TestRefreshRepeatsTheDescriptionAndItsVersion(t *testing.T) {
	for _, offered := range []string{"sendrecv", "sendonly", "inactive"} {
		synctest.Test(t, func(t *testing.T) {
			bob, peer, invite, c, l := invited(t, "offer", refreshedEvery(90*time.Second))
			do(t, c.Answer())
			ok := peer.Expect(siptest.Status(200, "INVITE"))
			peer.ACK(invite, ok)
			r := peer.InDialog(invite, ok, "INVITE", 2)
			r.Body = siptest.SDP(peer.Addr().Addr(), 3000, "a="+offered)
			held := peer.Request(bob.addr, r)
			ok = peer.Expect(siptest.Status(200, "INVITE"))
			peer.ACK(held, ok)
			synctest.Wait()
			told := len(l.told())
			peer.SetPatience(2 * time.Minute)
			refresh := peer.Expect(siptest.Is("INVITE"))
			if refresh.Body() != ok.Body() {
				t.Errorf("offered\n%s\nafter\n%s", refresh.Body(), ok.Body())
			}
			if got := refresh.Header("Session-Expires"); got != "90;refresher=uac" {
				t.Errorf("Session-Expires: %s", got)
			}
			peer.Reply(refresh, siptest.Reply{Status: 200, Reason: "OK", Body: r.Body})
			peer.Expect(siptest.Is("ACK"))
			if news := l.told()[told:]; len(news) != 0 {
				t.Errorf("a refresh is no news: %v", news)
			}
		})
	}
}

// TestRefresherIsAgreedAsTheTablesOfRFC4028Say is table 2 of section 9, and what its last paragraphs ask of Require.
func TestRefresherIsAgreedAsTheTablesOfRFC4028Say(t *testing.T) {
	for _, tc := range []struct {
		name    string
		headers []string
		own     time.Duration
		want    string // Session-Expires of the 200
		require string
	}{
		{"not supported, asked for by a proxy", []string{"Session-Expires: 600"}, 0, "600;refresher=uas", ""},
		{"not supported, wanted here", nil, 30 * time.Minute, "1800;refresher=uas", ""},
		{"not supported, too short", []string{"Session-Expires: 30"}, 0, "", ""},
		{"open", []string{"Supported: timer", "Session-Expires: 600"}, 0, "600;refresher=uac", "timer"},
		{"caller", []string{"Supported: timer", "Session-Expires: 600;refresher=uac"}, 30 * time.Minute, "600;refresher=uac", "timer"},
		{"callee", []string{"k: timer", "x: 600;refresher=uas"}, 0, "600;refresher=uas", "timer"},
		{"wanted here", []string{"Supported: timer"}, 90 * time.Second, "90;refresher=uas", "timer"},
		{"wanted here, with a least", []string{"Supported: timer", "Min-SE: 300"}, 90 * time.Second, "300;refresher=uas", "timer"},
		{"wanted nowhere", []string{"Supported: timer"}, 0, "", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := siptest.NewNetwork(1)
			bob := newPhone(t, n, "10.0.0.2:5060", refreshedEvery(tc.own))
			bob.take = func(c *Call, _ *log) { _ = c.Answer() }
			peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
			invite := peer.Request(bob.addr, siptest.Request{Headers: tc.headers, Body: siptest.SDP(peer.Addr().Addr(), 3000)})
			ok := peer.Expect(siptest.Status(200, "INVITE"))
			peer.ACK(invite, ok)
			if got := ok.Header("Session-Expires"); got != tc.want || ok.Header("Require") != tc.require || !strings.Contains(ok.Header("Supported"), "timer") {
				t.Errorf("%s: Session-Expires %q, want %q\n%s", tc.name, got, tc.want, ok.Raw)
			}
		})
	}
}

func TestSessionIntervalThatIsTooSmallIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, c, l := established(t)
		r := peer.InDialog(invite, ok, "INVITE", 2)
		r.Headers = []string{"Supported: timer", "Session-Expires: 89"}
		r.Body = siptest.SDP(peer.Addr().Addr(), 3000, "a=sendonly")
		again := peer.Request(bob.addr, r)
		final := peer.Expect(siptest.Status(422, "INVITE"))
		peer.ACK(again, final)
		if final.Header("Min-SE") != "90" || len(l.told()) != 1 {
			t.Errorf("%s\n%v", final.Raw, l.told())
		}
		do(t, c.Hangup(Release{}))
	})
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{
			Headers: []string{"Supported: timer", "Session-Expires: 89"}, Body: siptest.SDP(peer.Addr().Addr(), 3000),
		})
		final := peer.Expect(siptest.Status(422, "INVITE"))
		peer.ACK(invite, final)
		if final.Header("Min-SE") != "90" {
			t.Error(final.Raw)
		}
	})
}

// answeredWith is a phone whose call a peer answers with these headers.
func answeredWith(t *testing.T, own time.Duration, headers ...string) (peer *siptest.Peer, invite *siptest.Message, c *Call, l *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	alice := newPhone(t, n, "10.0.0.1:5060", refreshedEvery(own))
	peer = siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
	peer.SetPatience(time.Hour)
	c, l = alice.dialURI(t, "sip:bob@10.0.0.2")
	invite = peer.Expect(siptest.Is("INVITE"))
	peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer), Headers: headers})
	peer.Expect(siptest.Is("ACK"))
	return peer, invite, c, l
}

func TestCallIsEndedWhenThePeerNoLongerRefreshes(t *testing.T) {
	for refresher, ours := range map[string]bool{"uas": false, "uac": true} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			peer, invite, _, l := answeredWith(t, 90*time.Second, "Require: timer", "Supported: timer", "Session-Expires: 90;refresher="+refresher)
			if invite.Header("Session-Expires") != "90" || !strings.Contains(invite.Header("Supported"), "timer") {
				t.Error(invite.Raw)
			}
			if ours {
				refresh := peer.Expect(siptest.Is("INVITE"))
				if got := time.Since(began); got != 45*time.Second {
					t.Errorf("refreshed after %s", got)
				}
				peer.Reply(refresh, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer), Headers: []string{"Session-Expires: 90;refresher=uas"}})
				peer.Expect(siptest.Is("ACK"))
				began = time.Now()
			}
			bye := peer.Expect(siptest.Is("BYE"))
			if got := time.Since(began); got != time.Minute {
				t.Errorf("ended after %s", got)
			}
			if got := bye.Header("Reason"); got != `Q.850;cause=102;text="session timer expired"` {
				t.Error(got)
			}
			peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
			after(time.Second)
			if e, ok := l.ended(); !ok || e.Side != trace.Timer || e.Q850 != 102 || e.Reason != "session timer expired" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestPeerWithoutSessionTimersIsRefreshedByUsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, _, c, l := answeredWith(t, 2*time.Minute)
		for range 3 {
			refresh := peer.Expect(siptest.Is("INVITE"))
			if got := refresh.Header("Session-Expires"); got != "120;refresher=uac" {
				t.Error(got)
			}
			peer.Reply(refresh, siptest.Reply{Status: 488, Reason: "No"}) // it is there, and that is all we ask
			peer.Expect(siptest.Is("ACK"))
		}
		if _, over := l.ended(); over {
			t.Errorf("%v", l.said())
		}
		do(t, c.Hangup(Release{}))
	})
	synctest.Test(t, func(t *testing.T) {
		peer, _, _, l := answeredWith(t, 2*time.Minute)
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 481, Reason: "Gone"})
		peer.Expect(siptest.Is("BYE"))
		if e, ok := l.ended(); !ok || e.Side != trace.Network || e.Status != 481 {
			t.Errorf("%+v", e)
		}
	})
}

func TestPeerThatTurnsTheTimerOffIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, _, c, _ := answeredWith(t, 90*time.Second, "Supported: timer")
		peer.ExpectNone(siptest.Any, time.Hour)
		do(t, c.Hangup(Release{}))
	})
}

func TestRefreshIsTriedAgainWithTheIntervalThatThePeerAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, _, c, l := answeredWith(t, 90*time.Second, "Supported: timer", "Session-Expires: 90;refresher=uac")
		for _, least := range []int{200, 300} {
			refresh := peer.Expect(siptest.Is("INVITE"))
			peer.Reply(refresh, siptest.Reply{Status: 422, Reason: "Small", Headers: []string{"Min-SE: " + strconv.Itoa(least)}})
			peer.Expect(siptest.Is("ACK"))
		}
		refresh := peer.Expect(siptest.Is("INVITE"))
		if refresh.Header("Min-SE") != "300" || refresh.Header("Session-Expires") != "300;refresher=uac" {
			t.Error(refresh.Raw)
		}
		peer.Reply(refresh, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer), Headers: []string{"Supported: timer", "Session-Expires: 300;refresher=uac"}})
		peer.Expect(siptest.Is("ACK"))
		peer.ExpectNone(siptest.Any, 149*time.Second)
		peer.Expect(siptest.Is("INVITE"))
		if len(l.told()) != 1 {
			t.Error(l.told())
		}
		do(t, c.Hangup(Release{}))
	})
}

func TestHoldIsTriedAgainWithTheIntervalThatThePeerAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, _, c, l := answeredWith(t, 90*time.Second, "Supported: timer", "Session-Expires: 90;refresher=uas")
		do(t, c.Hold())
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 422, Reason: "Small", Headers: []string{"Min-SE: 120"}})
		again := peer.Expect(siptest.Is("INVITE"))
		if again.Header("Session-Expires") != "120;refresher=uas" || !strings.Contains(again.Body(), "a=sendonly") {
			t.Error(again.Raw)
		}
		peer.Reply(again, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly"), Headers: []string{"Session-Expires: 120;refresher=uas"}})
		synctest.Wait()
		if !l.has("hold.confirmed by local") {
			t.Error(l.told())
		}
		do(t, c.Hangup(Release{}))
	})
}

func TestRefreshThatMeetsTheirsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, _, c, l := answeredWith(t, 90*time.Second, "Supported: timer", "Session-Expires: 90;refresher=uac")
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 491, Reason: "Pending"})
		began := time.Now()
		peer.Expect(siptest.Is("INVITE"))
		if got := time.Since(began); got < 2100*time.Millisecond || got > 4*time.Second {
			t.Errorf("tried again after %s", got)
		}
		if len(l.told()) != 1 {
			t.Error(l.told())
		}
		do(t, c.Hangup(Release{}))
	})
}

func TestCallIsPlacedAgainWithTheIntervalThatIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", refreshedEvery(90*time.Second))
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		_, l := alice.dialURI(t, "sip:bob@10.0.0.2")
		for i, least := range []string{"3600", "4000"} {
			invite := peer.Expect(siptest.Is("INVITE"))
			if invite.CSeq() != i+1 {
				t.Error(invite.Raw)
			}
			peer.Reply(invite, siptest.Reply{Status: 422, Reason: "Small", Headers: []string{"Min-SE: " + least}})
			peer.Expect(siptest.Is("ACK"))
		}
		invite := peer.Expect(siptest.Is("INVITE"))
		if invite.Header("Min-SE") != "4000" || invite.Header("Session-Expires") != "4000" {
			t.Error(invite.Raw)
		}
		peer.Reply(invite, siptest.Reply{Status: 422, Reason: "Small", Headers: []string{"Min-SE: 4000"}}) // it makes no sense
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "ended remote last=422", "settled")
	})
}
