package sipua

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/trace"
)

// at is when a line was said for the nth time, n from 0, of a message that was no retransmission.
func (l *log) at(t *testing.T, line string, nth int) time.Time {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	i := 0
	for _, s := range l.lines {
		if s[0] != '<' && s[0] != '>' {
			continue
		}
		if s == line {
			if nth--; nth < 0 {
				return l.times[i]
			}
		}
		i++
	}
	t.Fatalf("%s is missing: %v", line, l.lines)
	return time.Time{}
}

// waited checks how long a side waited between a 491 and its next request (RFC 3261 section 14.1).
func waited(t *testing.T, what string, l *log, method string, nth int, least, most time.Duration) {
	t.Helper()
	wait := l.at(t, ">"+method, nth).Sub(l.at(t, "<491/"+method, 0))
	if wait < least || wait > most {
		t.Errorf("%s waited %s, want %s to %s", what, wait, least, most)
	}
}

func TestRFC5407Section331ReinvitesThatCrossAreTriedAgainAtDifferentTimes(t *testing.T) {
	for range 20 { // the wait is drawn
		synctest.Test(t, func(t *testing.T) {
			out, in, a, b := apart(t)
			_, _ = out.Hold(), in.Hold()
			after(10 * time.Second)
			for _, l := range []*log{a, b} {
				expectOrder(t, "both", l, ">INVITE", "<INVITE", ">491/INVITE", "<491/INVITE", ">ACK", "<ACK")
			}
			waited(t, "Alice, who owns the Call-ID,", a, "INVITE", 2, 2100*time.Millisecond, 4*time.Second)
			waited(t, "Bob", b, "INVITE", 1, 0, 2*time.Second)
			expectOrder(t, "Bob first", a, "<491/INVITE", "hold.confirmed by remote", "hold.confirmed by local")
			if one, other := holders(a), holders(b); one != [2]bool{true, true} || other != one {
				t.Errorf("held %v, %v", one, other)
			}
			if one, other := lastMedia(a).Direction, lastMedia(b).Direction; one != trace.Inactive || other != one {
				t.Errorf("media %s, %s", one, other)
			}
		})
	}
}

// updatesAndReinvites is a call whose caller holds by UPDATE, and its callee by re-INVITE.
func updatesAndReinvites(t *testing.T) (out, in *Call, a, b *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	alice, bob := newPhone(t, n, "10.0.0.1:5060", holdByUpdate), newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Hold.Method = hold.ReINVITE })
	bob.take = func(c *Call, _ *log) { _ = c.Answer() }
	out, a = alice.dial(t, bob)
	after(5 * time.Second)
	in, b = bob.call(t)
	n.SetFaults(siptest.Faults{Delay: crossing})
	return out, in, a, b
}

func TestRFC5407Section332UpdateAndReinviteThatCrossAreTriedAgainAtDifferentTimes(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			out, in, a, b := updatesAndReinvites(t)
			_, _ = out.Hold(), in.Hold()
			after(10 * time.Second)
			expectOrder(t, "Alice", a, ">UPDATE", "<INVITE", ">491/INVITE", "<491/UPDATE", "<ACK", "<INVITE", ">200/INVITE", "<ACK", ">UPDATE", "<200/UPDATE")
			expectOrder(t, "Bob", b, ">INVITE", "<UPDATE", ">491/UPDATE", "<491/INVITE", ">ACK", ">INVITE", "<200/INVITE", ">ACK", "<UPDATE", ">200/UPDATE")
			waited(t, "Alice, who owns the Call-ID,", a, "UPDATE", 1, 2100*time.Millisecond, 4*time.Second)
			waited(t, "Bob", b, "INVITE", 1, 0, 2*time.Second)
			if one, other := holders(a), holders(b); one != [2]bool{true, true} || other != one {
				t.Errorf("held %v, %v", one, other)
			}
			if one, other := lastMedia(a).Direction, lastMedia(b).Direction; one != trace.Inactive || other != one {
				t.Errorf("media %s, %s", one, other)
			}
		})
	}
}

func TestRFC5407Section332UpdateWithoutAnOfferAndReinviteBothSucceed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, alice, invite, ok, c, b := established(t)
		do(t, c.Hold())
		reinvite := alice.Expect(siptest.Is("INVITE"))
		alice.Request(bob.addr, alice.InDialog(invite, ok, "UPDATE", 2))
		alice.Expect(siptest.Status(200, "UPDATE"))
		alice.Reply(reinvite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(alice, "a=recvonly")})
		alice.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "Bob", b.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly")
	})
}

func TestRFC5407Section333ReferThatCrossesAByeGets481(t *testing.T) {
	for _, calleeFirst := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			out, in, a, b := apart(t, func(o *Options) { o.Referral = func(string) int { return 202 } })
			leaver, referrer, left, refers := ends(out, in, a, b, calleeFirst)
			do(t, referrer.Hold())
			after(time.Second)
			_, _ = leaver.Hangup(Release{}), referrer.Transfer("sip:carol@10.0.0.3")
			after(time.Minute)
			expectOrder(t, "who leaves", left, ">BYE", "<REFER", ">481/REFER", "<200/BYE")
			expectOrder(t, "who refers", refers, ">REFER", "<BYE", ">200/BYE", "<481/REFER")
			if told := refers.transfers(); len(told) != 2 || told[0] != "requested local" || !strings.HasPrefix(told[1], "failed local") {
				t.Errorf("the transfer: %q", told)
			}
			if told := left.transfers(); len(told) != 0 {
				t.Errorf("a transfer is under way: %q", told)
			}
			for _, l := range []*log{left, refers} {
				if _, ended := l.ended(); !ended || !l.has("settled") {
					t.Errorf("not over: %v", l.told())
				}
			}
		})
	}
}

func TestOfferThatIsPutOffLeavesTheSessionAsItWas(t *testing.T) {
	for method, options := range map[string]func(*Options){"INVITE": func(*Options) {}, "UPDATE": holdByUpdate} {
		for status, header := range map[int]string{500: "Subject: no word of when", 503: "Retry-After: 5"} {
			synctest.Test(t, func(t *testing.T) {
				peer, c, l := answeredBy(t, options, "Allow: INVITE, ACK, BYE, UPDATE")
				do(t, c.Hold())
				offer := peer.Expect(siptest.Is(method))
				peer.Reply(offer, siptest.Reply{
					Status: status, Reason: "Later", Contact: "<sip:elsewhere@10.0.0.9>", Headers: []string{header},
				})
				peer.ExpectNone(siptest.Is(method), time.Minute)
				expectLines(t, method, l.told()[1:], "hold.requested by local", fmt.Sprintf("hold.refused by local %d", status))
				do(t, c.Hold()) // and it may be tried again
				again := peer.Expect(siptest.Is(method))
				if again.StartLine() != offer.StartLine() || !strings.Contains(again.Body(), "a=sendonly") {
					t.Errorf("%s %d:\n%s", method, status, again.Raw)
				}
				peer.Reply(again, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
				synctest.Wait()
				if !l.has("media sendonly") {
					t.Errorf("%s %d: %v", method, status, l.told())
				}
			})
		}
	}
}

func TestRefusedTargetRefreshLeavesTheTargetAsItWas(t *testing.T) {
	offered := func(p *siptest.Peer) string { return answer(p, "a=sendonly") }
	junk := func(*siptest.Peer) string { return "v=0\r\nnonsense" }
	for name, tc := range map[string]struct {
		body   func(*siptest.Peer) string
		header string
		open   bool // an offer of ours is
		seq    int
		status int
	}{
		"not acceptable":   {junk, "", false, 2, 488},
		"glare":            {offered, "", true, 2, 491},
		"out of order":     {offered, "", false, 1, 500},
		"unknown body":     {offered, "Content-Type: text/plain", false, 2, 415},
		"unknown tag":      {offered, "Require: teleport", false, 2, 420},
		"interval too low": {offered, "Supported: timer\r\nSession-Expires: 30", false, 2, 422},
	} {
		for _, method := range []string{"INVITE", "UPDATE"} {
			synctest.Test(t, func(t *testing.T) {
				bob, peer, invite, ok, c, l := established(t)
				if tc.open {
					do(t, c.Hold())
					peer.Expect(siptest.Is("INVITE"))
				}
				before := l.told()
				r := peer.InDialog(invite, ok, method, tc.seq)
				r.Body, r.Contact = tc.body(peer), "<sip:moved@10.0.0.9>"
				if tc.header != "" {
					r.Headers = strings.Split(tc.header, "\r\n")
				}
				sent := peer.Request(bob.addr, r)
				final := peer.Expect(siptest.Status(tc.status, method))
				if method == "INVITE" {
					peer.ACK(sent, final)
				}
				synctest.Wait()
				expectLines(t, name, l.told(), before...)
				do(t, c.Hangup(Release{}))
				if bye := peer.Expect(siptest.Is("BYE")); !strings.HasPrefix(bye.StartLine(), "BYE sip:peer@10.0.0.1:5060 ") {
					t.Errorf("%s, %s: %s", name, method, bye.StartLine())
				}
			})
		}
	}
}

func TestProvisionalResponseToAReinviteLeavesTheTargetAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, func(*Options) {}, "Allow: INVITE, ACK, BYE")
		do(t, c.Hold())
		reinvite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(reinvite, siptest.Reply{Status: 183, Reason: "Wait", Contact: "<sip:elsewhere@10.0.0.9>"})
		peer.Reply(reinvite, siptest.Reply{Status: 488, Reason: "No", Contact: "<sip:elsewhere@10.0.0.9>"})
		peer.Expect(siptest.Is("ACK"))
		do(t, c.Hangup(Release{}))
		if bye := peer.Expect(siptest.Is("BYE")); !strings.HasPrefix(bye.StartLine(), "BYE sip:peer@10.0.0.2:5060 ") {
			t.Error(bye.StartLine())
		}
		expectLines(t, "caller", l.told()[1:], "hold.requested by local", "hold.refused by local 488", "ended local last=200")
	})
}
