package sipua

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

func TestRejectedCallEndsWithTheStatusAtBothEnds(t *testing.T) {
	for _, tc := range []struct {
		status int
		side   trace.Side // as the caller sees it
	}{
		{401, trace.Remote},
		{407, trace.Remote},
		{408, trace.Network},
		{480, trace.Remote},
		{486, trace.Remote},
		{500, trace.Network},
		{503, trace.Network},
		{600, trace.Remote},
		{603, trace.Remote},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := siptest.NewNetwork(1)
			alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
			bob.take = func(c *Call, _ *log) { _ = c.Ring(); _ = c.Reject(tc.status, "") }
			_, a := alice.dial(t, bob)
			after(time.Minute)
			_, b := bob.call(t)
			ea, _ := a.ended()
			eb, _ := b.ended()
			if ea.Side != tc.side || ea.LastResponse != tc.status || ea.Status != tc.status || ea.Reason == "" {
				t.Errorf("%d: caller: %+v", tc.status, ea)
			}
			if eb.Side != trace.Local || eb.LastResponse != tc.status {
				t.Errorf("%d: callee: %+v", tc.status, eb)
			}
			if !a.has("settled") || !b.has("settled") || !b.has("<ACK") {
				t.Errorf("%d: not settled:\n%v\n%v", tc.status, a.said(), b.said())
			}
		})
	}
}

func TestCallToNobodyEndsWithNothingReceived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		_, a := alice.dialURI(t, "sip:nobody@10.0.0.9")
		start := time.Now()
		after(time.Minute)
		e, _ := a.ended()
		if e.Side != trace.Network || e.LastResponse != 0 || e.Reason != "no response" || e.At.Sub(start) != 32*time.Second {
			t.Errorf("ended after %s: %+v", e.At.Sub(start), e)
		}
		if got := len(a.wire()); got != 7 { // RFC 3261 section 17.1.1.2: seven INVITEs in 64*T1
			t.Errorf("%d INVITEs: %v", got, a.wire())
		}
	})
}

func TestTargetThatCannotBeReachedEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		_, a := alice.dialURI(t, "sip:nobody@[fd00::9]")
		synctest.Wait()
		expectLines(t, "caller", a.said(), "ended network last=0", "settled")
	})
}

func TestTargetThatCannotBeUnderstoodIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		for _, target := range []string{"", "101", "sip:", "sips:a@10.0.0.2;transport=udp", "sip:a b@10.0.0.2", "sip:a@10.0.0.2;transport=sctp", "sip:a@10.0.0.2:99999", "tel:+1"} {
			if c, err := alice.Dial(Dial{Target: target}, &log{}); err == nil {
				t.Errorf("%q was dialled: %+v", target, c.Info())
			}
		}
	})
}

func TestNumberIsDialledThroughTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		account := func(aor, proxy string) func(*Options) {
			return func(o *Options) { o.Accounts = []Account{{AOR: aor, Name: "Reception", OutboundProxy: proxy}} }
		}
		alice := newPhone(t, n, "10.0.0.1:5060", account("sip:101@example.com", "sip:10.0.0.2"))
		proxy := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		alice.dialURI(t, "*21#")
		invite := proxy.Expect(siptest.Is("INVITE"))
		if got := invite.StartLine(); got != "INVITE sip:*21%23@example.com SIP/2.0" {
			t.Error(got)
		}
		if got := invite.Header("Route"); got != "<sip:10.0.0.2;lr>" {
			t.Error(got)
		}
		if got := invite.Header("From"); !strings.HasPrefix(got, `"Reception" <sip:101@example.com>;tag=`) {
			t.Error(got)
		}
	})
}

func TestPhoneWithoutAccountsPresentsItself(t *testing.T) {
	for name, tc := range map[string]struct {
		o    Options
		from string
	}{
		"name and user": {Options{Name: `Bob "B" \`, User: "desk-1"}, `"Bob \"B\" \\" <sip:desk-1@10.0.0.1>;tag=`},
		"user":          {Options{User: "desk 1"}, `<sip:desk%201@10.0.0.1>;tag=`},
		"nothing":       {Options{Name: "ignored"}, `<sip:anonymous@anonymous.invalid>;tag=`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				alice := newPhone(t, n, "10.0.0.1:5060", func(o *Options) { o.Name, o.User = tc.o.Name, tc.o.User })
				bob := newPhone(t, n, "10.0.0.2:5060")
				_, a := alice.dial(t, bob)
				synctest.Wait()
				in, b := bob.call(t)
				if from := b.messages[0].Raw; !strings.Contains(from, "\nFrom: "+tc.from) {
					t.Errorf("want %s in\n%s", tc.from, from)
				}
				want := trace.Party{URI: "sip:anonymous@anonymous.invalid"}
				if tc.o.User != "" {
					want = trace.Party{Name: tc.o.Name, URI: "sip:" + escapeUser(tc.o.User) + "@10.0.0.1"}
				}
				if got := in.Info().From; got != want || len(a.messages) == 0 {
					t.Errorf("called phone sees %+v, want %+v", got, want)
				}
			})
		})
	}
}

func TestUnknownUserGets404AndNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Accounts = []Account{{AOR: "sip:102@example.com"}} })
		_, a := alice.dial(t, bob)
		after(time.Minute)
		if e, _ := a.ended(); e.LastResponse != 404 {
			t.Errorf("%+v", e)
		}
		if len(bob.calls) != 0 {
			t.Error("it became a call")
		}
		after(time.Minute)
		if got := bob.reported(); got["unknown user"] != 1 || got["stray ACK"] != 0 {
			t.Errorf("reported: %v", got)
		}
	})
}

func TestCallForAnAccountNamesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) {
			o.Accounts = []Account{{AOR: "sip:102@example.com"}, {AOR: "sip:bob@example.com", Name: "Bob"}}
		})
		bob.take = func(c *Call, _ *log) { _ = c.Ring() }
		alice.dial(t, bob)
		after(time.Second)
		c, b := bob.call(t)
		if a, ok := b.signals[0].(Alerting); !ok || a.Who != "Bob" || c.Info().Account != "sip:bob@example.com" {
			t.Errorf("%+v, %+v", b.signals, c.Info())
		}
	})
}

func TestAccountsThatMakeNoSenseAreAnError(t *testing.T) {
	for _, a := range []Account{
		{AOR: ""},
		{AOR: "101"},
		{AOR: "sip:example.com"},
		{AOR: "tel:+1"},
		{AOR: "sip:101@example.com", OutboundProxy: "x"},
		{AOR: "sip:101@example.com", OutboundProxy: "sip:10.0.0.1;transport=sctp"},
	} {
		if _, err := New(Options{Accounts: []Account{a}}); err == nil || !strings.HasPrefix(err.Error(), "account 1: ") {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func TestBrokenRequestIsRefusedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		peer.Send(bob.addr, siptest.Text("INVITE sip:bob@10.0.0.2 SIP/2.0", []string{
			"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb", "From: <sip:a@10.0.0.1>;tag=1", "To: <sip:bob@10.0.0.2>", "Call-ID: b",
			"CSeq: 1 OPTIONS", "Max-Forwards: 70",
		}, ""))
		peer.Expect(siptest.Status(400, ""))
		synctest.Wait()
		if got := bob.reported(); got[wire.RefusedMalformed] != 1 || len(bob.Calls()) != 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestOneCallTooManyGets486(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.MaxCalls = 1 })
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		_, a := alice.dial(t, bob)
		synctest.Wait()
		_, second := alice.dial(t, bob)
		after(time.Second)
		if e, _ := second.ended(); e.LastResponse != 486 {
			t.Errorf("second: %+v", e)
		}
		if _, ended := a.ended(); ended {
			t.Error("the first call was disturbed")
		}
	})
}

func TestOfferThatCannotBeMetGets488WithWarning(t *testing.T) {
	for name, sdp := range map[string]string{
		"codec":     "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 3000 RTP/AVP 18\r\n",
		"transport": "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 3000 RTP/SAVP 0\r\n",
		"video":     "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=video 3000 RTP/AVP 31\r\n",
		"junk":      "hello",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				bob := newPhone(t, n, "10.0.0.2:5060")
				peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
				invite := peer.Request(bob.addr, siptest.Request{Body: sdp})
				final := peer.Expect(siptest.Status(488, "INVITE"))
				if final.Header("Warning") == "" {
					t.Error("no Warning")
				}
				peer.ACK(invite, final)
				synctest.Wait()
				_, b := bob.call(t)
				expectLines(t, "callee", b.said(), "<INVITE", ">488/INVITE", "ended local last=488", "<ACK", "settled")
			})
		})
	}
}

func TestRequestsThatNoCallKnowsAreAnsweredByTheRules(t *testing.T) {
	for _, tc := range []struct {
		name   string
		req    siptest.Request
		status int
		header string
	}{
		{"options", siptest.Request{Method: "OPTIONS"}, 200, "Allow"},
		{"options names what is supported", siptest.Request{Method: "OPTIONS"}, 200, "Accept"},
		{"bye outside a dialog", siptest.Request{Method: "BYE", To: "<sip:bob@10.0.0.2>;tag=x"}, 481, ""},
		{"bye without a tag", siptest.Request{Method: "BYE"}, 481, ""},
		{"options in no dialog", siptest.Request{Method: "OPTIONS", To: "<sip:bob@10.0.0.2>;tag=x"}, 481, ""},
		{"re-invite in no dialog", siptest.Request{To: "<sip:bob@10.0.0.2>;tag=x"}, 481, ""},
		{"cancel of nothing", siptest.Request{Method: "CANCEL"}, 481, ""},
		{"known method", siptest.Request{Method: "SUBSCRIBE"}, 405, "Allow"},
		{"transfer without a call", siptest.Request{Method: "REFER", Headers: []string{"Refer-To: <sip:carol@10.0.0.3>"}}, 403, ""},
		{"report without a call", siptest.Request{Method: "NOTIFY", Headers: []string{"Event: refer"}}, 481, ""},
		{"acknowledgement without a call", siptest.Request{Method: "PRACK", Headers: []string{"RAck: 1 1 INVITE"}}, 481, ""},
		{"update without a call", siptest.Request{Method: "UPDATE"}, 481, ""},
		{"info without a call", siptest.Request{Method: "INFO", Headers: []string{"Info-Package: dance"}}, 481, ""},
		{"message", siptest.Request{Method: "MESSAGE"}, 405, "Allow"},
		{"unknown method", siptest.Request{Method: "DANCE"}, 501, ""},
		{"extension", siptest.Request{Headers: []string{"Require: 100rel, dance"}, Body: "v=0"}, 420, "Unsupported"},
		{"extension of options", siptest.Request{Method: "OPTIONS", Headers: []string{"Require: dance"}}, 420, "Unsupported"},
		{"body type", siptest.Request{Headers: []string{"Content-Type: text/plain", "Content-Length: 2"}}, 415, "Accept"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Referral = func(string) int { return 202 } })
				peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
				if tc.status == 415 {
					peer.Send(bob.addr, siptest.Text("INVITE sip:bob@10.0.0.2 SIP/2.0", []string{
						"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb", "From: <sip:a@10.0.0.1>;tag=1", "To: <sip:bob@10.0.0.2>", "Call-ID: b",
						"CSeq: 1 INVITE", "Max-Forwards: 70", "Contact: <sip:a@10.0.0.1>", "Content-Type: text/plain",
					}, "hi"))
				} else {
					peer.Request(bob.addr, tc.req)
				}
				m := peer.Expect(siptest.Status(tc.status, tc.req.Method))
				if tc.header != "" && m.Header(tc.header) == "" {
					t.Errorf("no %s in\n%s", tc.header, m.Raw)
				}
				if m.Param("To", "tag") == "" {
					t.Error("no to-tag")
				}
			})
		})
	}
}

func TestRequestThatArrivesWithItsLastHopIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		peer.Send(bob.addr, siptest.Text("OPTIONS sip:bob@10.0.0.2 SIP/2.0", []string{
			"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb", "From: <sip:a@10.0.0.1>;tag=1", "To: <sip:bob@10.0.0.2>", "Call-ID: b",
			"CSeq: 1 OPTIONS", "Max-Forwards: 0",
		}, ""))
		peer.Expect(siptest.Status(200, "OPTIONS")) // RFC 4475 section 3.3.11
	})
}

func TestMergedInviteGets482AndAnotherOneIsAnotherCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := siptest.Request{CallID: "one", Body: siptest.SDP(peer.Addr().Addr(), 3000)}
		peer.Request(bob.addr, invite)
		peer.Expect(siptest.Status(100, "INVITE"))
		peer.Request(bob.addr, invite) // the same, by another way
		peer.Expect(siptest.Status(482, "INVITE"))
		other := invite
		other.From = "<sip:other@10.0.0.1>;tag=other"
		peer.Request(bob.addr, other)
		peer.Expect(siptest.Status(100, "INVITE"))
		if len(bob.Calls()) != 2 {
			t.Errorf("%d calls", len(bob.Calls()))
		}
	})
}

func TestStrayACKAndResponseAreCountedAndReportedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		for range 5 {
			ack := peer.Request(bob.addr, siptest.Request{Method: "ACK"})
			peer.Reply(&siptest.Message{Raw: ack.Raw, From: bob.addr}, siptest.Reply{Status: 200, Reason: "OK"})
			synctest.Wait()
		}
		after(59 * time.Second)
		if got := bob.reports(); got != 1 {
			t.Errorf("%d reports in the first minute", got)
		}
		after(time.Minute)
		if got := bob.reported(); got["stray ACK"] != 5 || bob.reports() != 2 {
			t.Errorf("%d reports: %v", bob.reports(), got)
		}
		peer.ExpectNone(siptest.Any, time.Second)
	})
}

func TestCallsThatAreOverMakeRoomForNewOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.MaxCalls, o.Guard.Burst = 2, 10*maxLingering })
		bob.take = func(c *Call, _ *log) { _ = c.Reject(486, "") }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		const calls = 3 * maxLingering
		for range calls { // all within the time that a call lingers
			invite := peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
			peer.ACK(invite, peer.Expect(siptest.Status(486, "INVITE")))
			synctest.Wait()
		}
		bob.mu.Lock()
		taken := len(bob.calls)
		bob.mu.Unlock()
		bob.UserAgent.mu.Lock()
		actors, settled := len(bob.actors), len(bob.settled)
		bob.UserAgent.mu.Unlock()
		if taken != calls || actors > 2+maxLingering || settled > actors {
			t.Errorf("%d of %d calls taken, %d actors, %d settled", taken, calls, actors, settled)
		}
		after(time.Minute)
		if len(bob.actors) != 0 || len(bob.settled) != 0 {
			t.Errorf("%d actors, %d settled stay behind", len(bob.actors), len(bob.settled))
		}
	})
}

func TestCallsThatAreNotOverMakeNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.MaxCalls, o.Guard.Burst = 1, 10*maxLingering })
		bob.take = func(c *Call, _ *log) { _ = c.Reject(486, "") }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		for range 1 + maxLingering { // never acknowledged
			peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
			peer.Expect(siptest.Status(486, "INVITE"))
			synctest.Wait()
		}
		peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
		if m := peer.Expect(siptest.Status(503, "INVITE")); m.Header("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		after(time.Minute)
	})
}

func TestRequestThatCameByTwoWaysGets482(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		for i, tc := range []struct {
			what   string
			req    siptest.Request
			status int
		}{
			{"the first", siptest.Request{Method: "OPTIONS", CallID: "one", Branch: "z9hG4bK1"}, 200},
			{"its retransmission", siptest.Request{Method: "OPTIONS", CallID: "one", Branch: "z9hG4bK1"}, 200},
			{"by another way", siptest.Request{Method: "OPTIONS", CallID: "one", Branch: "z9hG4bK2"}, 482},
			{"the next one", siptest.Request{Method: "OPTIONS", CallID: "one", Branch: "z9hG4bK3", CSeq: 2}, 200},
			{"of another caller", siptest.Request{Method: "OPTIONS", CallID: "one", Branch: "z9hG4bK4", From: "<sip:x@10.0.0.1>;tag=x"}, 200},
			{"of another call", siptest.Request{Method: "OPTIONS", CallID: "two", Branch: "z9hG4bK5"}, 200},
		} {
			peer.Request(bob.addr, tc.req)
			if got := peer.Expect(siptest.Any).Status(); got != tc.status {
				t.Errorf("%d, %s: %d, want %d", i, tc.what, got, tc.status)
			}
		}
		after(mergeWindow + time.Second)
		peer.Request(bob.addr, siptest.Request{Method: "OPTIONS", CallID: "one", Branch: "z9hG4bK2"})
		peer.Expect(siptest.Status(200, "OPTIONS"))
		for i := range 10 * maxAnswered {
			peer.Request(bob.addr, siptest.Request{Method: "OPTIONS", CallID: "three", CSeq: i + 1})
			after(10 * time.Millisecond)
		}
		if got := len(bob.answered.known); got > maxAnswered || len(bob.answered.order) != got {
			t.Errorf("%d requests are remembered", got)
		}
	})
}

func TestRequestThatPassedThisAgentTwiceGets482(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Ring() }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		const own = "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKown"
		for _, tc := range []struct {
			method string
			vias   []string
			status int
		}{
			{"OPTIONS", nil, 200},
			{"OPTIONS", []string{own}, 200}, // it calls itself through a proxy
			{"OPTIONS", []string{own + "1", own + "2"}, 482},
			{"OPTIONS", []string{"Via: SIP/2.0/UDP 10.0.0.2:5070;branch=z9hG4bKother", own}, 200},
			{"INVITE", []string{own}, 100},
			{"INVITE", []string{own + "1", "Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bK7", own + "2"}, 482},
		} {
			peer.Request(bob.addr, siptest.Request{Method: tc.method, Headers: tc.vias, Body: siptest.SDP(peer.Addr().Addr(), 3000)})
			peer.Expect(siptest.Status(tc.status, tc.method))
		}
	})
}

func TestFloodInsideACallLeavesItItsMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
		peer.Expect(siptest.Status(100, "INVITE"))
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		peer.ACK(invite, ok)
		served, refused := 0, 0
		for cseq := range 1000 {
			peer.Request(bob.addr, peer.InDialog(invite, ok, "OPTIONS", cseq+2))
			switch m := peer.Expect(siptest.Any); m.Status() {
			case 200:
				served++
			case 503:
				refused++
			}
		}
		if served < 100 || served > 128 || served+refused != 1000 {
			t.Errorf("%d served, %d refused", served, refused)
		}
		peer.Request(bob.addr, peer.InDialog(invite, ok, "BYE", 2000))
		peer.Expect(siptest.Status(200, "BYE"))
	})
}

func TestManyCallsUnderOneCallIDAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.MaxCalls = 1000 })
		bob.take = func(c *Call, _ *log) { _ = c.Reject(486, "") }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		for i := range 2 * maxCallsOfActor {
			invite := peer.Request(bob.addr, siptest.Request{CallID: "one", CSeq: i + 1, Body: siptest.SDP(peer.Addr().Addr(), 3000)})
			want := 486
			if i >= maxCallsOfActor {
				want = 503
			}
			peer.ACK(invite, peer.Expect(siptest.Status(want, "INVITE")))
			synctest.Wait()
		}
	})
}
