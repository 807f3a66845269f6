package sipua

import (
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// asks is a challenge.
func asks(realm string) siptest.Reply {
	return siptest.Reply{Status: 401, Reason: "Unauthorized", Headers: []string{`WWW-Authenticate: Digest realm="` + realm + `", nonce="n", qop="auth"`}}
}

func TestOnlyServersOfTheAccountAreShownItsCredentials(t *testing.T) {
	at := func(change func(*Account)) func(*Options) {
		return func(o *Options) {
			a := Account{AOR: "sip:101@example.com", Password: "secret"}
			change(&a)
			o.Accounts = []Account{a}
		}
	}
	for name, tc := range map[string]struct {
		account func(*Account)
		target  string
		moved   string // where the one that is dialled sends the call, "" for nowhere
		shown   bool
	}{
		"a fixed peer that was dialled":    {func(*Account) {}, "sip:102@10.0.0.2", "", true},
		"where a fixed peer redirects to":  {func(*Account) {}, "sip:102@10.0.0.3", "<sip:102@10.0.0.2>", false},
		"the host of the AOR":              {func(a *Account) { a.AOR = "sip:101@10.0.0.2"; a.Registrar = "sip:10.0.0.4" }, "102", "", true},
		"the outbound proxy":               {func(a *Account) { a.OutboundProxy = "sip:10.0.0.2" }, "sip:102@far.example", "", true},
		"the registrar":                    {func(a *Account) { a.Registrar = "sip:10.0.0.2" }, "sip:102@10.0.0.2", "", true},
		"a stranger that claims the realm": {func(a *Account) { a.Registrar = "sip:10.0.0.4" }, "sip:102@10.0.0.2", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				bob, carol := siptest.NewPeer(t, n.Listen("10.0.0.2:5060")), siptest.NewPeer(t, n.Listen("10.0.0.3:5060"))
				siptest.NewPeer(t, n.Listen("10.0.0.4:5060"))
				alice := newPhone(t, n, "10.0.0.1:5060", at(tc.account))
				_, l := alice.dialURI(t, tc.target)
				if tc.moved != "" {
					carol.Reply(carol.Expect(siptest.Is("INVITE")), moved(302, tc.moved))
				}
				bob.Reply(bob.Expect(siptest.Is("INVITE")), asks("example.com"))
				if tc.shown {
					if again := bob.Expect(siptest.Is("INVITE")); again.Header("Authorization") == "" {
						t.Errorf("\n%s", again.Raw)
					}
					return
				}
				bob.ExpectNone(siptest.Is("INVITE"), time.Second)
				if e, ok := l.ended(); !ok || e.LastResponse != 401 || e.Reason != "the password is not for this server" {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}
