package sipua

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// house is three phones: Alice and Bob talk, Carol takes calls. Whoever is asked to call somebody does.
type house struct {
	alice, bob, carol  *phone
	aliceCall, bobCall *Call
	aliceLog, bobLog   *log
	followed           *log // of the call that Bob places because he was asked to
	allow              int
}

func newHouse(t *testing.T, answer func(*Call, *log)) *house {
	t.Helper()
	n := siptest.NewNetwork(1)
	h := &house{followed: &log{}, allow: 202}
	transfers := func(o *Options) { o.Referral = func(string) int { return h.allow } }
	h.alice = newPhone(t, n, "10.0.0.1:5060", transfers)
	h.bob = newPhone(t, n, "10.0.0.2:5060", transfers)
	h.carol = newPhone(t, n, "10.0.0.3:5060", transfers)
	h.carol.take = answer
	h.bob.take = func(c *Call, l *log) { l.react = h.follow(t, c) }
	h.aliceCall, h.aliceLog = h.alice.dial(t, h.bob)
	synctest.Wait()
	h.bobCall, h.bobLog = h.bob.call(t)
	do(t, h.bobCall.Answer())
	return h
}

// follow places the call that the peer of another asks for.
func (h *house) follow(t *testing.T, c *Call) func(Signal) {
	return func(s Signal) {
		if r, ok := s.(Transferred); ok && r.Referral != nil {
			if _, err := c.Follow(*r.Referral, LocalMedia{Port: 3100}, h.followed); err != nil {
				t.Error(err)
			}
		}
	}
}

func ringsAndAnswers(c *Call, _ *log) {
	if c.Info().Replaces != nil {
		_ = c.Answer()
		return
	}
	_ = c.Ring()
	time.AfterFunc(100*time.Millisecond, func() { _ = c.Answer() })
}

// transfers are the kinds that a log was told, with status.
func (l *log) transfers() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, s := range l.signals {
		if s, ok := s.(Transferred); ok {
			text := strings.TrimPrefix(string(s.Kind), "transfer.") + " " + string(s.Transfer.By)
			if s.Transfer.Status != 0 {
				text += fmt.Sprintf(" %d", s.Transfer.Status)
			}
			all = append(all, text)
		}
	}
	return all
}

// raw is the last message of a kind, method and status.
func (l *log) raw(kind trace.Kind, method string, status int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.messages) - 1; i >= 0; i-- {
		if m := l.messages[i]; l.kinds[i] == kind && m.Method == method && m.Status == status {
			return m.Raw
		}
	}
	return ""
}

func field(raw, name string) string { return (&siptest.Message{Raw: raw}).Header(name) }

func TestABlindTransferConnectsThePeerAndEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, ringsAndAnswers)
		do(t, h.aliceCall.Transfer("sip:carol@10.0.0.3"))
		after(time.Second)
		expectLines(t, "Alice", h.aliceLog.transfers(), "requested local", "progress local 100", "progress local 180", "done local 200")
		expectLines(t, "Bob", h.bobLog.transfers(), "requested remote", "progress remote 180", "done remote 200")
		if !h.followed.has("answered PCMA sendrecv") {
			t.Errorf("%q", h.followed.told())
		}
		if e, ok := h.aliceLog.ended(); !ok || e.Side != trace.Local {
			t.Errorf("Alice's call: %+v, %t", e, ok)
		}
		if e, ok := h.bobLog.ended(); !ok || e.Side != trace.Remote || e.Q850 != 16 || e.Reason != "transferred" {
			t.Errorf("Bob's call: %+v, %t", e, ok)
		}
		invite := h.followed.raw(trace.SIPSent, "INVITE", 0)
		if by := field(invite, "Referred-By"); !strings.Contains(by, "anonymous") {
			t.Errorf("referred by %q", by)
		}
		before, _, _ := strings.Cut(field(h.bobLog.raw(trace.SIPSent, "INVITE", 200), "Session-ID"), ";")
		if got := field(invite, "Session-ID"); got != before+";remote="+strings.Repeat("0", 32) {
			t.Errorf("the session of the new call is %s, was %s", got, before)
		}
	})
}

func TestAFailedTransferLeavesTheCallAndTakesThePeerBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Call, _ *log) { _ = c.Reject(486, "") })
		do(t, h.aliceCall.Transfer("sip:carol@10.0.0.3"))
		after(time.Second)
		expectLines(t, "Alice", h.aliceLog.transfers(), "requested local", "progress local 100", "failed local 486")
		expectLines(t, "Bob", h.bobLog.transfers(), "requested remote", "failed remote 486")
		if told := h.aliceLog.told(); !slices.Contains(told, "hold.confirmed by local") || told[len(told)-1] != "media sendrecv" {
			t.Errorf("%q", told)
		}
		if _, over := h.aliceLog.ended(); over {
			t.Error("the call has ended")
		}
	})
}

func TestATransferThatIsNotAllowedIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, ringsAndAnswers)
		h.allow = 403
		do(t, h.aliceCall.Transfer("sip:carol@10.0.0.3"))
		after(time.Second)
		expectLines(t, "Alice", h.aliceLog.transfers(), "requested local", "failed local 403")
		expectLines(t, "Bob", h.bobLog.transfers())
	})
}

func TestAPeerThatIsHeldAlreadyStaysSoAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Call, _ *log) { _ = c.Reject(603, "") })
		do(t, h.aliceCall.Hold())
		do(t, h.aliceCall.Transfer("sip:carol@10.0.0.3"))
		after(time.Second)
		if told := h.aliceLog.told(); slices.Contains(told, "hold.resumed by local") || !slices.Contains(h.aliceLog.transfers(), "failed local 603") {
			t.Errorf("%q", told)
		}
	})
}

func TestAnAttendedTransferConnectsBothPeersInPlaceOfTheSecondCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, ringsAndAnswers)
		do(t, h.aliceCall.Hold())
		second, secondLog := h.alice.dial(t, h.carol)
		after(time.Second)
		_, old := h.carol.call(t)
		do(t, h.aliceCall.TransferTo(second))
		after(time.Second)
		expectLines(t, "Alice", h.aliceLog.transfers(), "requested local", "progress local 100", "done local 200")
		if e, ok := secondLog.ended(); !ok || e.Side != trace.Remote || e.Reason != "replaced" {
			t.Errorf("Alice's call to Carol: %+v, %t", e, ok)
		}
		expectLines(t, "Carol's old call", old.transfers(), "done remote")
		c, l := h.carol.call(t)
		if c.Info().Replaces == nil || !l.has("answered PCMA sendrecv") || len(h.carol.Calls()) != 1 || len(h.alice.Calls()) != 0 {
			t.Errorf("Carol's new call: %q", l.said())
		}
		if invite := l.raw(trace.SIPReceived, "INVITE", 0); field(invite, "Require") != "replaces" || field(invite, "Replaces") == "" {
			t.Error(invite)
		}
	})
}

func TestTransferToACallThatIsNotAnsweredIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Call, _ *log) { _ = c.Ring() })
		second, _ := h.alice.dial(t, h.carol)
		synctest.Wait()
		if h.aliceCall.TransferTo(second) == nil || h.aliceCall.TransferTo(h.aliceCall) == nil || h.aliceCall.Transfer("") == nil {
			t.Error("accepted")
		}
	})
}

// peerTalking is a phone in a call with a peer that the test plays; referral is its policy.
func peerTalking(t *testing.T, change ...func(*Options)) (*phone, *siptest.Peer, *siptest.Message, *siptest.Message, *Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	transferable := func(o *Options) { o.Referral = func(string) int { return 202 } }
	bob := newPhone(t, n, "10.0.0.2:5060", append([]func(*Options){transferable}, change...)...)
	peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
	invite := peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
	peer.Expect(siptest.Status(100, "INVITE"))
	synctest.Wait()
	c, l := bob.call(t)
	do(t, c.Answer())
	ok := peer.Expect(siptest.Status(200, "INVITE"))
	peer.ACK(invite, ok)
	synctest.Wait()
	return bob, peer, invite, ok, c, l
}

// replaces calls the phone in place of the call that an INVITE and its 200 have made.
func replaces(peer *siptest.Peer, to netip.AddrPort, value string, more ...string) *siptest.Message {
	return peer.Request(to, siptest.Request{
		From: "<sip:dora@10.0.0.1>;tag=dora", Body: siptest.SDP(peer.Addr().Addr(), 3500), Headers: append([]string{"Replaces: " + value}, more...),
	})
}

func TestAnInviteWithReplacesIsJudgedByTheDialogThatItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, c, _ := peerTalking(t)
		dialog := invite.Header("Call-ID") + ";from-tag=peer;to-tag=" + ok.Param("To", "tag")
		for value, status := range map[string]int{
			"nothing": 400, "other;from-tag=a;to-tag=b": 481, strings.Replace(dialog, "=peer", "=other", 1): 481, dialog + ";early-only": 486,
		} {
			again := replaces(peer, bob.addr, value)
			peer.ACK(again, peer.Expect(siptest.Status(status, "INVITE")))
		}
		twice := replaces(peer, bob.addr, dialog, "Replaces: "+dialog)
		peer.ACK(twice, peer.Expect(siptest.Status(400, "INVITE")))
		if len(bob.Calls()) != 1 {
			t.Errorf("%d calls", len(bob.Calls()))
		}
		do(t, c.Hangup(Release{}))
		bye := peer.Expect(siptest.Is("BYE"))
		peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		late := replaces(peer, bob.addr, dialog)
		peer.ACK(late, peer.Expect(siptest.Status(603, "INVITE")))
	})
}

func TestCallThatTakesThePlaceOfTheLastOneIsNotOneTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, _, _ := peerTalking(t, func(o *Options) { o.MaxCalls = 1 })
		dialog := invite.Header("Call-ID") + ";from-tag=peer;to-tag=" + ok.Param("To", "tag")
		another := peer.Request(bob.addr, siptest.Request{From: "<sip:eve@10.0.0.1>;tag=eve", Body: siptest.SDP(peer.Addr().Addr(), 3500)})
		peer.ACK(another, peer.Expect(siptest.Status(486, "INVITE")))

		next := replaces(peer, bob.addr, dialog)
		peer.Expect(siptest.Status(100, "INVITE"))
		synctest.Wait()
		twice := replaces(peer, bob.addr, dialog)
		peer.ACK(twice, peer.Expect(siptest.Status(486, "INVITE")))

		c, _ := bob.call(t)
		do(t, c.Answer())
		peer.ACK(next, peer.Expect(siptest.Status(200, "INVITE")))
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		if calls := bob.Calls(); len(calls) != 1 || calls[0] != c {
			t.Errorf("%d calls", len(calls))
		}
	})
}

func TestAnEarlyDialogOfOursIsReplacedAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Referral = func(string) int { return 202 } })
		bob.take = func(c *Call, l *log) { _ = c.Answer() }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		_, l := bob.dialURI(t, "sip:peer@10.0.0.1")
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing"})
		synctest.Wait()
		replaces(peer, bob.addr, invite.Header("Call-ID")+";early-only;from-tag=peer;to-tag="+invite.Param("From", "tag"))
		peer.Expect(siptest.Status(200, "INVITE"))
		peer.Expect(siptest.Is("CANCEL"))
		expectLines(t, "the old call", l.transfers(), "done remote")
	})
}

func TestACallThatRingsHereIsNotReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Referral = func(string) int { return 202 } })
		bob.take = func(c *Call, _ *log) { _ = c.Ring() }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		replaces(peer, bob.addr, invite.Header("Call-ID")+";from-tag=peer;to-tag="+ringing.Param("To", "tag"))
		peer.Expect(siptest.Status(481, "INVITE"))
	})
}

func TestRefersAreAnsweredByTheRules(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		status  int
	}{
		"a call":              {[]string{"Refer-To: <sip:carol@10.0.0.3>"}, 202},
		"compact":             {[]string{"r: <sip:carol@10.0.0.3?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>"}, 202},
		"no target":           {nil, 400},
		"two targets":         {[]string{"Refer-To: <sip:carol@10.0.0.3>", "Refer-To: <sip:dora@10.0.0.3>"}, 400},
		"a telephone number":  {[]string{"Refer-To: <tel:+15551234>"}, 416},
		"another method":      {[]string{"Refer-To: <sip:carol@10.0.0.3;method=BYE>"}, 603},
		"a bad Replaces":      {[]string{"Refer-To: <sip:carol@10.0.0.3?Replaces=a>"}, 400},
		"norefersub required": {[]string{"Refer-To: <sip:carol@10.0.0.3>", "Require: norefersub", "Refer-Sub: false"}, 202},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bob, peer, invite, ok, _, _ := peerTalking(t)
				refer := peer.InDialog(invite, ok, "REFER", 2)
				refer.Headers = tc.headers
				peer.Request(bob.addr, refer)
				peer.Expect(siptest.Status(tc.status, "REFER"))
			})
		})
	}
}

func TestTheSubscriberIsToldOncePerStateInItsSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, c, l := peerTalking(t)
		for seq := 2; seq < 4; seq++ {
			refer := peer.InDialog(invite, ok, "REFER", seq)
			refer.Headers = []string{"Refer-To: <sip:carol@10.0.0.3>", "Referred-By: <sip:peer@10.0.0.1>"}
			peer.Request(bob.addr, refer)
			peer.Expect(siptest.Status(202, "REFER"))
			trying := peer.Expect(siptest.Is("NOTIFY"))
			if want := map[int]string{2: "refer", 3: "refer;id=3"}[seq]; trying.Header("Event") != want || trying.Body() != "SIP/2.0 100 Trying\r\n" ||
				trying.Header("Subscription-State") != "active;expires=300" || trying.Header("Content-Type") != "message/sipfrag" {
				t.Error(trying.Raw)
			}
			peer.Reply(trying, siptest.Reply{Status: 200, Reason: "OK"})
		}
		synctest.Wait()
		for _, s := range l.signals {
			if r, ok := s.(Transferred); ok && r.Referral.ID == 3 {
				c.Decline(*r.Referral, 603, "")
			}
		}
		last := peer.Expect(siptest.Is("NOTIFY"))
		if last.Body() != "SIP/2.0 603 Decline\r\n" || last.Header("Subscription-State") != "terminated;reason=noresource" || last.Header("Event") != "refer;id=3" {
			t.Error(last.Raw)
		}
	})
}

func TestAReferThatWantsNoSubscriptionGetsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, c, l := peerTalking(t)
		refer := peer.InDialog(invite, ok, "REFER", 2)
		refer.Headers = []string{"Refer-To: <sip:carol@10.0.0.3>", "Refer-Sub: false"}
		peer.Request(bob.addr, refer)
		if m := peer.Expect(siptest.Status(202, "REFER")); m.Header("Refer-Sub") != "false" {
			t.Error(m.Raw)
		}
		synctest.Wait()
		if r, ok := l.signals[len(l.signals)-1].(Transferred); ok {
			c.Decline(*r.Referral, 486, "")
		}
		peer.ExpectNone(siptest.Is("NOTIFY"), time.Second)
		expectLines(t, "Bob", l.transfers(), "requested remote", "failed remote 486")
	})
}

func TestNotifiesAreAnsweredByTheRules(t *testing.T) {
	const state, kind = "Subscription-State: active;expires=60", "Content-Type: message/sipfrag"
	for name, tc := range map[string]struct {
		headers []string
		body    string
		status  int
	}{
		"report":               {[]string{"Event: refer", state, kind}, "SIP/2.0 180 Ringing\r\n", 200},
		"report with id":       {[]string{"o: refer;id=1", state, kind}, "SIP/2.0 180 Ringing\r\n", 200},
		"no event":             {[]string{state, kind}, "SIP/2.0 180 Ringing\r\n", 400},
		"other event":          {[]string{"Event: presence", state, kind}, "SIP/2.0 180 Ringing\r\n", 489},
		"no state":             {[]string{"Event: refer", kind}, "SIP/2.0 180 Ringing\r\n", 400},
		"other body":           {[]string{"Event: refer", state, "Content-Type: text/plain"}, "SIP/2.0 180 Ringing\r\n", 415},
		"body without meaning": {[]string{"Event: refer", state, kind}, "hello", 400},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bob, peer, invite, ok, c, _ := peerTalking(t)
				do(t, c.Transfer("sip:carol@10.0.0.3"))
				hold := peer.Expect(siptest.Is("INVITE"))
				peer.Reply(hold, siptest.Reply{Status: 488, Reason: "Not Acceptable Here"})
				refer := peer.Expect(siptest.Is("REFER"))
				if refer.Header("Refer-To") != "<sip:carol@10.0.0.3>" || refer.Header("Contact") == "" {
					t.Error(refer.Raw)
				}
				peer.Reply(refer, siptest.Reply{Status: 202, Reason: "Accepted"})
				notify := peer.InDialog(invite, ok, "NOTIFY", 2)
				notify.Headers, notify.Body = tc.headers, tc.body
				peer.Request(bob.addr, notify)
				peer.Expect(siptest.Status(tc.status, "NOTIFY"))
			})
		})
	}
}

func TestATransferOfWhichNothingIsHeardIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, _, _, c, l := peerTalking(t)
		do(t, c.Transfer("sip:carol@10.0.0.3"))
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 488, Reason: "Not Acceptable Here"})
		peer.Reply(peer.Expect(siptest.Is("REFER")), siptest.Reply{Status: 202, Reason: "Accepted"})
		after(31 * time.Second)
		expectLines(t, "after 31 s", l.transfers(), "requested local")
		after(2 * time.Second)
		expectLines(t, "after 33 s", l.transfers(), "requested local", "failed local")
	})
}
