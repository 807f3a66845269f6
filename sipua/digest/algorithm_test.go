package digest

import "testing"

func TestResponsesAreThoseOfTheRFCs(t *testing.T) {
	http := proof{
		username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life", method: "GET", uri: "/dir/index.html",
		nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		nc: "00000001", qop: "auth",
	}
	old := proof{
		username: "Mufasa", realm: "testrealm@host.com", password: "Circle Of Life", method: "GET", uri: "/dir/index.html",
		nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", cnonce: "0a4f113b", nc: "00000001", qop: "auth",
	}
	doe := proof{
		username: "J\u00e4s\u00f8n Doe", realm: "api@example.org", password: "Secret, or not?", method: "GET", uri: "/doe.json",
		nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
		nc: "00000001", qop: "auth",
	}
	for _, c := range []struct {
		where, algorithm string
		proof            proof
		want             string
	}{
		{"RFC 7616 section 3.9.1", "MD5", http, "8ca523f5e9506fed4657c9700eebdbec"},
		{"RFC 7616 section 3.9.1", "SHA-256", http, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"RFC 2617 section 3.5", "", old, "6629fae49393a05397450978507c4ef1"},
		// The text has the value of another hash; this one is that of its erratum 4897.
		{"RFC 7616 section 3.9.2", "SHA-512-256", doe, "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"},
	} {
		a, ok := algorithmNamed(c.algorithm)
		if !ok {
			t.Fatalf("%s: algorithm %q is not known", c.where, c.algorithm)
		}
		if got := a.response(c.proof); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.where, a.name, got, c.want)
		}
	}
}

func TestEmptyBodyIsHashedAsAnEmptyString(t *testing.T) {
	a, _ := algorithmNamed("SHA-256")
	if got := a.sum(""); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("RFC 8760 section 2.6, number 7: got %s", got)
	}
}
