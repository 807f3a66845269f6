package digest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

var alice = Credentials{Username: "alice", Password: "secret"}

func newRequest(method sip.RequestMethod, body string) *sip.Request {
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: "alice", Host: "example.com"})
	req.SetBody([]byte(body))
	return req
}

func newClient(c Credentials) *Client {
	n := 0
	return NewClient(c, func() string { n++; return fmt.Sprintf("cnonce%d", n) })
}

// challenged is a 401 with challenges, each with or without its header's name.
func challenged(challenges ...string) *sip.Response {
	res := sip.NewResponse(401, "Unauthorized")
	for _, c := range challenges {
		name, value, named := strings.Cut(c, ": ")
		if !named {
			name, value = "WWW-Authenticate", c
		}
		res.AppendHeader(sip.NewHeader(name, value))
	}
	return res
}

// sent are the parameters of the credentials in a request.
func sent(t *testing.T, req *sip.Request, header string) []fields {
	t.Helper()
	var all []fields
	for _, h := range req.GetHeaders(header) {
		all = append(all, readFields(h.Value())...)
	}
	return all
}

func TestRealmIsKnownOnceItHasChallengedOrIsNamed(t *testing.T) {
	c := newClient(alice)
	c.Challenged(newRequest(sip.INVITE, ""), challenged(`Digest realm="home", nonce="n"`))
	for realm, want := range map[string]bool{"home": true, "named": true, "other": false, "": false} {
		if got := c.Knows(challenged(fmt.Sprintf("Digest realm=%q, nonce=\"m\"", realm)), "named"); got != want {
			t.Errorf("%q: %t", realm, got)
		}
	}
	if c.Knows(challenged(`Digest realm="home", nonce="m"`, `Digest realm="other", nonce="m"`), "") {
		t.Error("one of two realms is enough")
	}
}

func TestTopmostChallengeThatIsUnderstoodIsAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		challenges []string
		algorithm  string // "" when nothing is answered
		qop        string
	}{
		"strongest first": {[]string{
			`Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth"`, `Digest realm="r", nonce="n", algorithm=MD5, qop="auth"`,
		}, "SHA-512-256", "auth"},
		"as the server lists": {[]string{
			`Digest realm="r", nonce="n", algorithm=MD5, qop="auth"`, `Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"`,
		}, "MD5", "auth"},
		"unknown is passed over": {[]string{
			`Digest realm="r", nonce="n", algorithm=AKAv1-MD5, qop="auth"`, `Basic realm="r"`,
			`Digest realm="r", nonce="n", algorithm=sha-256, qop="auth"`,
		}, "SHA-256", "auth"},
		"several in one header": {[]string{
			`Basic realm="a, b", Digest realm="r", qop="x, auth", nonce="n,\",", algorithm=SHA-256-sess, Digest realm="r", nonce="n", algorithm=MD5`,
		}, "SHA-256-sess", "auth"},
		"integrity where nothing else is offered": {[]string{`Digest realm="r", nonce="n", algorithm=MD5, qop="auth-int"`}, "MD5", "auth-int"},
		"unknown quality":                         {[]string{`Digest realm="r", nonce="n", qop="auth-conf"`}, "", ""},
		"only unknown":                            {[]string{`Digest realm="r", nonce="n", algorithm=X`}, "", ""},
		"no nonce":                                {[]string{`Digest realm="r"`}, "", ""},
		"no challenge":                            {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, req := newClient(alice), newRequest(sip.INVITE, "body")
			if ok := client.Challenged(req, challenged(c.challenges...)); ok != (c.algorithm != "") {
				t.Fatalf("worth another try: %v", ok)
			}
			client.Authorize(req)
			got := sent(t, req, "Authorization")
			if c.algorithm == "" {
				if len(got) != 0 {
					t.Fatalf("sent %v", got)
				}
				return
			}
			if len(got) != 1 || got[0].params["algorithm"] != c.algorithm || got[0].params["qop"] != c.qop {
				t.Fatalf("sent %v", got)
			}
			a, _ := algorithmNamed(c.algorithm)
			want := a.response(proof{
				username: "alice", realm: "r", password: "secret", method: "INVITE", uri: "sip:alice@example.com",
				nonce: got[0].params["nonce"], cnonce: "cnonce1", nc: "00000001", qop: c.qop, body: []byte("body"),
			})
			if got[0].params["response"] != want || got[0].params["cnonce"] != "cnonce1" {
				t.Errorf("sent %v, want response %s", got[0], want)
			}
		})
	}
}

func TestChallengeWithoutQopIsAnsweredAsRFC2069Does(t *testing.T) {
	client, req := newClient(alice), newRequest(sip.REGISTER, "")
	if !client.Challenged(req, challenged(`Digest realm="r", nonce="n", opaque="o"`)) {
		t.Fatal("not worth another try")
	}
	client.Authorize(req)
	a, _ := algorithmNamed("MD5")
	response := a.sum(a.sum("alice:r:secret"), "n", a.sum("REGISTER:sip:alice@example.com"))
	want := `Digest username="alice", realm="r", nonce="n", uri="sip:alice@example.com", response="` + response + `", opaque="o"`
	if got := req.GetHeader("Authorization").Value(); got != want {
		t.Errorf("sent %s\nwant %s", got, want)
	}
}

func TestNonceIsUsedAgainWithARisingCount(t *testing.T) {
	client := newClient(alice)
	client.Challenged(newRequest(sip.INVITE, ""), challenged(`Digest realm="r", nonce="n", qop="auth"`))
	responses := map[string]bool{}
	for _, nc := range []string{"00000001", "00000002", "00000003"} {
		req := newRequest(sip.INVITE, "")
		client.Authorize(req)
		got := sent(t, req, "Authorization")[0].params
		if got["nc"] != nc || got["cnonce"] != "cnonce1" || responses[got["response"]] {
			t.Errorf("want nc %s: %v", nc, got)
		}
		responses[got["response"]] = true
	}
}

func TestServerAndProxiesAreEachAnswered(t *testing.T) {
	client, req := newClient(alice), newRequest(sip.INVITE, "")
	client.Challenged(req, challenged(`Proxy-Authenticate: Digest realm="p", nonce="1", qop="auth"`))
	client.Authorize(req)
	if !client.Challenged(req, challenged(`Digest realm="u", nonce="2", qop="auth"`, `Proxy-Authenticate: Digest realm="q", nonce="3", qop="auth"`)) {
		t.Fatal("not worth another try")
	}
	client.Authorize(req)
	if got := sent(t, req, "Authorization"); len(got) != 1 || got[0].params["realm"] != "u" {
		t.Errorf("for the server: %v", got)
	}
	if got := sent(t, req, "Proxy-Authorization"); len(got) != 2 || got[0].params["realm"] != "p" || got[1].params["realm"] != "q" {
		t.Errorf("for the proxies: %v", got)
	}
}

// TestRefusedCredentialsAreNotShownAgain walks through what may follow credentials: each step is a challenge to a request
// that was authorized just before.
func TestRefusedCredentialsAreNotShownAgain(t *testing.T) {
	fresh := func(nonce string) string { return `Digest realm="r", qop="auth", nonce="` + nonce + `"` }
	stale := func(nonce string) string { return fresh(nonce) + ", stale=true" }
	for name, c := range map[string]struct {
		challenges []string
		want       []bool
	}{
		"the same nonce":                  {[]string{fresh("1"), fresh("1")}, []bool{true, false}},
		"the same nonce, said to be old":  {[]string{fresh("1"), stale("1")}, []bool{true, false}},
		"another nonce, not for its age":  {[]string{fresh("1"), fresh("2")}, []bool{true, false}},
		"stale, then accepted or not":     {[]string{fresh("1"), stale("2"), fresh("3")}, []bool{true, true, false}},
		"stale twice":                     {[]string{fresh("1"), stale("2"), stale("3")}, []bool{true, true, false}},
		"refused, then begun from nought": {[]string{fresh("1"), fresh("1"), fresh("1")}, []bool{true, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(alice)
			for i, text := range c.challenges {
				req := newRequest(sip.INVITE, "")
				client.Authorize(req)
				if got := client.Challenged(req, challenged(text)); got != c.want[i] {
					t.Errorf("step %d, %s: %v", i+1, text, got)
				}
			}
		})
	}
}

func TestNonceThatServedBeforeIsReplacedWhenItIsRefused(t *testing.T) {
	for _, suffix := range []string{"", ", stale=true"} {
		client := newClient(alice)
		client.Challenged(newRequest(sip.INVITE, ""), challenged(`Digest realm="r", nonce="1", qop="auth"`))
		client.Authorize(newRequest(sip.INVITE, "")) // accepted
		req := newRequest(sip.BYE, "")
		client.Authorize(req)
		if !client.Challenged(req, challenged(`Digest realm="r", nonce="2", qop="auth"`+suffix)) {
			t.Fatal("not worth another try")
		}
		client.Authorize(req)
		if got := sent(t, req, "Authorization"); len(got) != 1 || got[0].params["nonce"] != "2" || got[0].params["nc"] != "00000001" {
			t.Errorf("sent %v", got)
		}
	}
}

func TestAccountWithoutAPasswordAnswersNothing(t *testing.T) {
	if newClient(Credentials{Username: "alice"}).Challenged(newRequest(sip.INVITE, ""), challenged(`Digest realm="r", nonce="1"`)) {
		t.Error("worth another try")
	}
}

func TestUserNameIsQuoted(t *testing.T) {
	client, req := newClient(Credentials{Username: `a"b\c`, Password: "x"}), newRequest(sip.INVITE, "")
	client.Challenged(req, challenged(`Digest realm="r", nonce="1"`))
	client.Authorize(req)
	if got := req.GetHeader("Authorization").Value(); !strings.Contains(got, `username="a\"b\\c",`) {
		t.Errorf("sent %s", got)
	}
}

func TestSpacesAreBounded(t *testing.T) {
	client := newClient(alice)
	for i := range 100 {
		client.Challenged(newRequest(sip.INVITE, ""), challenged(fmt.Sprintf(`Digest realm="%d", nonce="1"`, i)))
	}
	req := newRequest(sip.INVITE, "")
	client.Authorize(req)
	if got := len(sent(t, req, "Authorization")); got != maxSpaces {
		t.Errorf("%d credentials", got)
	}
}

func FuzzChallenge(f *testing.F) {
	for _, s := range []string{
		`Digest realm="r", nonce="n", qop="auth, auth-int", algorithm=SHA-256, opaque="\"", stale=TRUE`,
		`Basic realm="a,b", Digest nonce=n`, `Digest`, `=`, `,,"`, `Digest a="\`, "Negotiate abc==, Digest nonce=\"1\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		client, req := newClient(alice), newRequest(sip.INVITE, "")
		if strings.ContainsAny(value, "\r\n") {
			t.Skip("no header value has them")
		}
		client.Challenged(req, challenged("WWW-Authenticate: "+value))
		client.Authorize(req)
		for _, h := range req.GetHeaders("Authorization") {
			if got := readFields(h.Value()); len(got) != 1 || got[0].scheme != scheme || got[0].params["nonce"] == "" {
				t.Errorf("%q is answered with %s", value, h.Value())
			}
		}
	})
}
