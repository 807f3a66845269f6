package sipua

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
)

func TestOnlyPermittedNetworksMayCall(t *testing.T) {
	bob := Account{AOR: "sip:bob@example.com", Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/29"), netip.MustParsePrefix("2001:db8::/32")}}
	ann := Account{AOR: "sip:ann@example.com", Networks: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24")}}
	for _, tc := range []struct {
		name, from, user string
		accounts         []Account
		status           int
	}{
		{"inside", "10.0.0.6:5060", "bob", []Account{bob, ann}, 200},
		{"another account's network", "10.0.1.6:5060", "bob", []Account{bob, ann}, 403},
		{"outside", "10.0.9.9:5060", "bob", []Account{bob, ann}, 403},
		{"outside, no such user", "10.0.9.9:5060", "nobody", []Account{bob, ann}, 403},
		{"inside, no such user", "10.0.1.6:5060", "nobody", []Account{bob, ann}, 404},
		{"anybody", "10.0.9.9:5060", "bob", []Account{{AOR: "sip:bob@example.com"}}, 200},
		{"no account", "10.0.9.9:5060", "bob", nil, 200},
	} {
		for _, method := range []string{"INVITE", "OPTIONS"} {
			t.Run(tc.name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := siptest.NewNetwork(1)
					phone := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Accounts = tc.accounts })
					phone.take = func(c *Call, _ *log) { _ = c.Answer() }
					peer := siptest.NewPeer(t, n.Listen(tc.from))
					req := siptest.Request{Method: method, URI: "sip:" + tc.user + "@10.0.0.2"}
					if method == "INVITE" {
						req.Body = siptest.SDP(peer.Addr().Addr(), 3000)
					}
					peer.Request(phone.addr, req)
					peer.Expect(siptest.Status(tc.status, method))
					synctest.Wait()
					synctest.Wait()
					if tc.status == 403 && (len(phone.calls) != 0 || phone.reported()["not permitted"] != 1) {
						t.Errorf("%d calls, reported %v", len(phone.calls), phone.reported())
					}
				})
			})
		}
	}
}

func TestCallsThatOnlyTheRegistrarMayBring(t *testing.T) {
	for name, account := range map[string]Account{
		"address of the proxy":     {OutboundProxy: "sip:10.0.0.3"},
		"address of the registrar": {Registrar: "sip:10.0.0.3"},
		"name of the proxy":        {OutboundProxy: "sip:example.com"},
		"name of the registrar":    {Registrar: "sip:example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				account.AOR, account.Accept = "sip:bob@example.com", AcceptRegistrar
				bob := newPhone(t, n, "10.0.0.20:5060", namesOf(names{}), func(o *Options) { o.Accounts = []Account{account} })
				after(time.Second) // for the name servers
				server, stranger := siptest.NewPeer(t, n.Listen("10.0.0.3:5070")), siptest.NewPeer(t, n.Listen("10.0.0.9:5060"))
				for peer, status := range map[*siptest.Peer]int{server: 100, stranger: 403} {
					peer.Request(bob.addr, siptest.Request{URI: "sip:bob@10.0.0.20", Body: siptest.SDP(peer.Addr().Addr(), 3000)})
					peer.Expect(siptest.Status(status, "INVITE"))
				}
			})
		})
	}
}

func TestNoCallIsBroughtBeforeTheRegistrarIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.20:5060", namesOf(names{silent: time.Second}), func(o *Options) {
			o.Accounts = []Account{{AOR: "sip:bob@example.com", OutboundProxy: "sip:example.com", Accept: AcceptRegistrar}}
		})
		after(time.Minute)
		peer := siptest.NewPeer(t, n.Listen("10.0.0.3:5070"))
		peer.Request(bob.addr, siptest.Request{URI: "sip:bob@10.0.0.20", Body: siptest.SDP(peer.Addr().Addr(), 3000)})
		peer.Expect(siptest.Status(403, "INVITE"))
	})
}

// What begins something is challenged before anything is said of it; what asks, ends or acknowledges is not.
func TestOnlyRequestsThatBeginSomethingAreChallenged(t *testing.T) {
	for _, tc := range []struct {
		method  string
		headers []string
		status  int
	}{
		{"INVITE", nil, 401},
		{"INVITE", []string{"Replaces: nothing@h;to-tag=a;from-tag=b"}, 401},
		{"INVITE", []string{"Require: dance"}, 401},
		{"OPTIONS", nil, 200},
		{"REFER", []string{"Refer-To: <sip:carol@10.0.0.3>"}, 403},
		{"MESSAGE", nil, 405},
		{"SUBSCRIBE", nil, 405},
		{"CANCEL", nil, 481},
		{"BYE", nil, 481},
	} {
		t.Run(tc.method+strings.Join(tc.headers, ""), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) {
					o.Accounts = []Account{{AOR: "sip:bob@example.com", Password: "secret", Accept: AcceptDigest}}
					o.Referral = func(string) int { return 202 }
				})
				peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
				peer.Request(bob.addr, siptest.Request{Method: tc.method, URI: "sip:bob@10.0.0.2", Headers: tc.headers})
				res := peer.Expect(siptest.Status(tc.status, tc.method))
				if challenged := res.Header("WWW-Authenticate") != ""; challenged != (tc.status == 401) {
					t.Errorf("challenged: %t", challenged)
				}
				peer.Request(bob.addr, siptest.Request{Method: "ACK", URI: "sip:bob@10.0.0.2"})
				peer.ExpectNone(siptest.Status(401, "ACK"), time.Second)
			})
		})
	}
}

func TestCallerThatMustProveThePasswordIsChallenged(t *testing.T) {
	for name, tc := range map[string]struct {
		password string
		last     int
		reason   string
	}{
		"right": {"secret", 200, "no credentials"},
		"wrong": {"guess", 401, "wrong credentials"},
		"none":  {"", 401, "no credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				alice := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
					o.Accounts = []Account{{AOR: "sip:alice@example.com", Username: "bob", Password: tc.password}}
				})
				bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) {
					o.Accounts = []Account{{AOR: "sip:bob@example.com", Password: "secret", Accept: AcceptDigest}}
				})
				bob.take = func(c *Call, _ *log) { _ = c.Answer() }
				call, a := alice.dial(t, bob)
				after(time.Second)
				if tc.last == 200 {
					do(t, call.Hangup(Release{}))
				}
				after(time.Minute)
				if e, _ := a.ended(); e.LastResponse != tc.last {
					t.Errorf("%+v", e)
				}
				if got := len(bob.calls); (got == 1) != (tc.last == 200) {
					t.Errorf("%d calls", got)
				}
				after(time.Minute)
				if got := bob.reported(); got[tc.reason] == 0 || got["stray ACK"] != 0 {
					t.Errorf("reported %v", got)
				}
			})
		})
	}
}

func TestGuesserOfPasswordsIsSilenced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) {
			o.Accounts = []Account{{AOR: "sip:bob@example.com", Password: "secret", Accept: AcceptDigest}}
		})
		guesser := siptest.NewPeer(t, n.Listen("10.0.0.66:5060"))
		for i := range 300 {
			guesser.Request(bob.addr, siptest.Request{URI: "sip:bob@10.0.0.2", Headers: []string{fmt.Sprintf(
				`Authorization: Digest username="bob", realm="example.com", nonce="x", uri="sip:bob@10.0.0.2", response="%032x"`, i)}})
			after(time.Second)
		}
		if got := answers(guesser); got > 20 {
			t.Errorf("%d guesses answered", got)
		}
		after(2 * time.Minute)
		if got := bob.reported(); got[wire.RefusedSilenced] < 200 || got["wrong credentials"] > 20 {
			t.Errorf("reported %v", got)
		}
	})
}

func TestCallerWithThePasswordIsNeverSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
			o.Accounts = []Account{{AOR: "sip:alice@example.com", Username: "bob", Password: "secret"}}
		})
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) {
			o.Accounts = []Account{{AOR: "sip:bob@example.com", Password: "secret", Accept: AcceptDigest}}
		})
		bob.take = func(c *Call, _ *log) { _ = c.Reject(486, "") }
		for i := range 60 {
			_, a := alice.dial(t, bob)
			after(time.Second)
			if e, ended := a.ended(); !ended || e.LastResponse != 486 {
				t.Fatalf("call %d: %+v", i+1, e)
			}
		}
	})
}

func TestAccountThatNobodyCouldCallIsAnError(t *testing.T) {
	for want, a := range map[string]Account{
		"not known":         {AOR: "sip:a@h", Accept: "friends"},
		"needs a registrar": {AOR: "sip:a@h", Accept: AcceptRegistrar},
		"needs a password":  {AOR: "sip:a@h", Accept: AcceptDigest},
	} {
		if _, err := New(Options{Accounts: []Account{a}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}
