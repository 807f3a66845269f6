package digest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

var noon = time.Unix(1_700_000_000, 0)

// answered is a request that answers the challenge of a verifier.
func answered(t *testing.T, v *Verifier, c Credentials, method sip.RequestMethod, body string) (*Client, *sip.Request) {
	t.Helper()
	res := sip.NewResponse(401, "Unauthorized")
	for _, h := range v.Challenge(noon, false) {
		res.AppendHeader(h)
	}
	client, req := newClient(c), newRequest(method, body)
	if !client.Challenged(req, res) {
		t.Fatal("the challenge is not understood")
	}
	client.Authorize(req)
	return client, req
}

func TestRequestIsChallengedAndThenAccepted(t *testing.T) {
	v := NewVerifier(`at "home"`, []byte("key"))
	if got := v.Verify(noon, newRequest(sip.INVITE, ""), alice); got != Missing {
		t.Errorf("without credentials: %v", got)
	}
	client, req := answered(t, v, alice, sip.INVITE, "body")
	if got := sent(t, req, "Authorization")[0].params; got["algorithm"] != "SHA-256" || got["realm"] != `at \"home\"` {
		t.Errorf("sent %v", got)
	}
	if got := v.Verify(noon.Add(time.Second), req, alice); got != Accepted {
		t.Errorf("with credentials: %v", got)
	}
	next := newRequest(sip.BYE, "")
	client.Authorize(next)
	if got := v.Verify(noon.Add(time.Minute), next, alice); got != Accepted {
		t.Errorf("with the same nonce: %v", got)
	}
}

func TestReplayIsStale(t *testing.T) {
	v := NewVerifier("r", []byte("key"))
	client, first := answered(t, v, alice, sip.INVITE, "")
	second := newRequest(sip.INVITE, "")
	client.Authorize(second)
	for i, c := range []struct {
		req  *sip.Request
		want Verdict
	}{{second, Accepted}, {second, Stale}, {first, Stale}} {
		if got := v.Verify(noon, c.req, alice); got != c.want {
			t.Errorf("request %d: %v, want %v", i+1, got, c.want)
		}
	}
}

func TestCredentialsThatAreWrongOrOld(t *testing.T) {
	for name, c := range map[string]struct {
		credentials Credentials
		at          time.Duration
		change      func(*sip.Request)
		want        Verdict
	}{
		"wrong password":    {Credentials{"alice", "guess"}, 0, nil, Refused},
		"wrong user":        {Credentials{"bob", "secret"}, 0, nil, Refused},
		"old nonce":         {alice, nonceLife + time.Second, nil, Stale},
		"nonce of tomorrow": {alice, -time.Second, nil, Stale},
		"another method":    {alice, 0, func(r *sip.Request) { r.Method = sip.BYE }, Refused},
		"another user":      {alice, 0, func(r *sip.Request) { r.Recipient.User = "carol" }, Refused},
		"another host":      {alice, 0, func(r *sip.Request) { r.Recipient.Host = "10.0.0.9" }, Accepted},
		"another nonce":     {alice, 0, replace(`nonce="`, `nonce="0`), Refused},
		"no count":          {alice, 0, replace("nc=", "x="), Refused},
		"count of nought":   {alice, 0, replace("nc=00000001", "nc=00000000"), Refused},
		"count is no number": {
			alice, 0, replace("nc=00000001", "nc=zzzzzzzz"), Refused,
		},
		"unknown quality":   {alice, 0, replace("qop=auth", "qop=x"), Refused},
		"unknown algorithm": {alice, 0, replace("algorithm=SHA", "algorithm=XXX"), Refused},
		"another scheme":    {alice, 0, replace("Digest ", "Basic "), Refused},
		"another realm":     {alice, 0, replace(`realm="r"`, `realm="x"`), Missing},
		"unreadable":        {alice, 0, replace(`username="alice"`, `username="`), Missing},
	} {
		t.Run(name, func(t *testing.T) {
			v := NewVerifier("r", []byte("key"))
			_, req := answered(t, v, c.credentials, sip.INVITE, "")
			if c.change != nil {
				c.change(req)
			}
			if got := v.Verify(noon.Add(c.at), req, alice); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// replace changes the credentials of a request.
func replace(from, to string) func(*sip.Request) {
	return func(req *sip.Request) {
		value := strings.Replace(req.GetHeader("Authorization").Value(), from, to, 1)
		req.RemoveHeader("Authorization")
		req.AppendHeader(sip.NewHeader("Authorization", value))
	}
}

func TestNonceOfAnotherSecretIsStaleThoughThePasswordIsRight(t *testing.T) {
	_, req := answered(t, NewVerifier("r", []byte("before")), alice, sip.INVITE, "")
	if got := NewVerifier("r", []byte("after")).Verify(noon, req, alice); got != Stale {
		t.Errorf("got %v", got)
	}
}

func TestIntegrityCoversTheBody(t *testing.T) {
	v := NewVerifier("r", []byte("key"))
	nonce := v.seal(noon, 1)
	for body, want := range map[string]Verdict{"body": Accepted, "other": Refused} {
		client, req := newClient(alice), newRequest(sip.INVITE, "body")
		client.Challenged(req, challenged(fmt.Sprintf(`Digest realm="r", nonce=%q, qop="auth-int", algorithm=SHA-256-sess`, nonce)))
		client.Authorize(req)
		req.SetBody([]byte(body))
		if got := v.Verify(noon, req, alice); got != want {
			t.Errorf("body %q: %v, want %v", body, got, want)
		}
	}
}

func TestNonceWithoutQopServesOnce(t *testing.T) {
	v := NewVerifier("r", []byte("key"))
	client, req := newClient(alice), newRequest(sip.INVITE, "")
	client.Challenged(req, challenged(fmt.Sprintf(`Digest realm="r", nonce=%q, algorithm=MD5`, v.seal(noon, 1))))
	client.Authorize(req)
	for _, want := range []Verdict{Accepted, Stale} {
		if got := v.Verify(noon, req, alice); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestNoncesAreBoundedAndForgottenWhenOld(t *testing.T) {
	v := NewVerifier("r", []byte("key"))
	for i := range uint32(maxNonces) {
		if !v.use(noon, v.seal(noon, i), 1) {
			t.Fatalf("nonce %d is not taken", i)
		}
	}
	if v.use(noon, v.seal(noon, maxNonces), 1) {
		t.Error("one too many")
	}
	late := noon.Add(nonceLife + time.Second)
	if !v.use(late, v.seal(late, 1), 1) || len(v.counts) != 1 {
		t.Errorf("%d nonces are remembered", len(v.counts))
	}
}

// FuzzCredentials proves that no credentials but those made with the password are accepted, and that they cost no memory.
func FuzzCredentials(f *testing.F) {
	v := NewVerifier("r", []byte("key"))
	nonce := readFields(v.Challenge(noon, false)[0].Value())[0].params["nonce"]
	for _, s := range []string{
		`Digest username="alice", realm="r", nonce="` + nonce + `", uri="sip:bob@h", response="0", qop=auth, nc=00000001, cnonce="c", algorithm=SHA-256`,
		`Digest username="alice", realm="r", nonce="` + nonce + `", uri="sip:bob@h", response=""`, `Basic QWxh`, `Digest`, `Digest realm="r", realm=r`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsAny(value, "\r\n") {
			t.Skip("no header value has them")
		}
		req := newRequest(sip.INVITE, "body")
		req.AppendHeader(sip.NewHeader("Authorization", value))
		if got := v.Verify(noon, req, alice); got == Accepted || len(v.counts) > 0 {
			t.Errorf("%q: %v, %d nonces", value, got, len(v.counts))
		}
	})
}
