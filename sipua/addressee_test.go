package sipua

import (
	"fmt"
	"testing"
	"testing/synctest"

	"sidetone/internal/siptest"
)

func TestCallOfOneOfTwoAccountsWithTheSameUser(t *testing.T) {
	const a, b = "sip:101@a.example", "sip:101@b.example"
	accounts := func(accept Accept) []Account {
		return []Account{
			{AOR: a, OutboundProxy: "sip:10.0.0.8", Accept: accept},
			{AOR: b, OutboundProxy: "sip:10.0.0.9", Accept: accept},
			{AOR: "sip:102@a.example"},
		}
	}
	for _, tc := range []struct {
		name, from, uri, to string
		accept              Accept
		want                string // AOR, "" where the call is refused
	}{
		{"by the first one's server", "10.0.0.8", "sip:101@10.0.0.2", "", AcceptRegistrar, a},
		{"by the second one's server", "10.0.0.9", "sip:101@10.0.0.2", "", AcceptRegistrar, b},
		{"by a stranger", "10.0.0.7", "sip:101@10.0.0.2", "", AcceptRegistrar, ""},
		{"by the second one's server, which names the first", "10.0.0.9", "sip:101@10.0.0.2;line=1", "", AcceptRegistrar, ""},
		{"for the Contact of the first", "10.0.0.7", "sip:101@10.0.0.2;line=1", "<" + b + ">", AcceptAny, a},
		{"for the Contact of the second", "10.0.0.7", "sip:101@10.0.0.2;line=2", "<" + a + ">", AcceptAny, b},
		{"for a Contact that is nobody's", "10.0.0.9", "sip:101@10.0.0.2;line=3", "", AcceptAny, b},
		{"for the address of the second", "10.0.0.8", "sip:101@B.example", "", AcceptAny, b},
		{"to the second", "10.0.0.7", "sip:101@10.0.0.2", "<" + b + ">", AcceptAny, b},
		{"to neither", "10.0.0.7", "sip:101@10.0.0.2", "<sip:101@c.example>", AcceptAny, a},
		{"for another user", "10.0.0.9", "sip:102@10.0.0.2;line=2", "<" + b + ">", AcceptRegistrar, "sip:102@a.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				phone := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Accounts = accounts(tc.accept) })
				peer := siptest.NewPeer(t, n.Listen(tc.from+":5060"))
				peer.Request(phone.addr, siptest.Request{URI: tc.uri, To: tc.to, Body: siptest.SDP(peer.Addr().Addr(), 4000)})
				synctest.Wait()
				synctest.Wait()
				got := ""
				for _, c := range phone.calls {
					got += c.Info().Account
				}
				if got != tc.want {
					t.Errorf("the call is for %q, want %q", got, tc.want)
				}
			})
		})
	}
}

func TestAccountsWithTheSameUserRegisterContactsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, r, _ := registering(t, nil,
			Account{AOR: "sip:101@a.example", Registrar: "sip:10.0.0.9"}, Account{AOR: "sip:101@b.example", Registrar: "sip:10.0.0.9"},
			Account{AOR: "sip:102@b.example", Registrar: "sip:10.0.0.9"})
		got := map[string]string{}
		for _, req := range r.Requests() {
			got[req.Header("To")] = req.ContactURI()
		}
		want := map[string]string{
			"<sip:101@a.example>": "sip:101@10.0.0.1:5060;line=1", "<sip:101@b.example>": "sip:101@10.0.0.1:5060;line=2",
			"<sip:102@b.example>": "sip:102@10.0.0.1:5060",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("registered %v, want %v", got, want)
		}
	})
}
