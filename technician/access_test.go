package technician

import (
	"bufio"
	"bytes"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

func asking(t *testing.T, password string) *request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if password != "" {
		r.SetBasicAuth("whoever", password)
	}
	var head bytes.Buffer
	if err := r.Write(&head); err != nil {
		t.Fatal(err)
	}
	asked, err := readRequest(bufio.NewReader(&head))
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

var here, there = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")

func status(r *reply) int {
	if r == nil {
		return http.StatusOK
	}
	return r.status
}

func TestPasswordIsAskedForEveryPage(t *testing.T) {
	s := served(t, nil)
	for _, address := range []string{"/", "/device", "/calls/answered", "/calls/answered/export?format=json", "/static/x/page.css", "/nowhere"} {
		r := say(t, s, "GET "+address+" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
		if r.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic realm=") {
			t.Errorf("%s: %s, %q", address, r.Status, r.Header.Get("WWW-Authenticate"))
		}
	}
	if s.Failures() != 0 {
		t.Error("a browser that does not know yet is counted as a wrong password")
	}
}

func TestWrongPasswordsAreCountedAndSlowDownTheirSource(t *testing.T) {
	s := newSources(secret)
	now := noon
	for i := range freeFailures {
		if got := s.admit(now, here, asking(t, "guess")); status(got) != 401 || !got.failed {
			t.Fatalf("guess %d: %d", i, status(got))
		}
	}
	last := time.Duration(0)
	for i := range 12 {
		now = now.Add(last)
		if got := status(s.admit(now, here, asking(t, "guess"))); got != 401 {
			t.Fatalf("guess %d after its pause of %s: %d", i, last, got)
		}
		refused := s.admit(now, here, asking(t, secret))
		if status(refused) != 429 {
			t.Fatalf("a password is looked at within the pause: %d", status(refused))
		}
		_, after, _ := strings.Cut(refused.fields, "Retry-After: ")
		seconds, err := strconv.Atoi(strings.TrimSpace(after))
		pause := time.Duration(seconds) * time.Second
		if err != nil || pause < last || pause > longestPause {
			t.Fatalf("pause of %s after one of %s (%v)", pause, last, err)
		}
		last = pause
	}
	if got := status(s.admit(now, there, asking(t, secret))); got != 200 {
		t.Errorf("another source has to wait too: %d", got)
	}
	now = now.Add(last)
	if got := status(s.admit(now, here, asking(t, secret))); got != 200 {
		t.Errorf("the right password after the pause: %d", got)
	}
	if got := status(s.admit(now, here, asking(t, "guess"))); got != 401 {
		t.Errorf("a slip after the right password: %d", got)
	}
	if s.failures != freeFailures+13 {
		t.Errorf("%d wrong passwords", s.failures)
	}
}

func TestWrongPasswordIsNoPage(t *testing.T) {
	s := served(t, nil)
	for _, field := range []string{"Basic YW55Ym9keTp3cm9uZw==", "Basic", "Basic !!!", "Bearer correct horse", "basic"} {
		if r := say(t, s, "GET /device HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: "+field+"\r\n\r\n"); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", field, r.Status)
		}
	}
	if s.Failures() != 1 {
		t.Errorf("%d wrong passwords, want 1", s.Failures())
	}
}

func TestRequestsOfASourceAreLimited(t *testing.T) {
	s := newSources("")
	for i := range requestBurst {
		if got := status(s.admit(noon, here, asking(t, ""))); got != 200 {
			t.Fatalf("request %d: %d", i, got)
		}
	}
	refused := s.admit(noon, here, asking(t, ""))
	if status(refused) != 429 || !strings.Contains(refused.fields, "Retry-After: 1\r\n") {
		t.Errorf("%+v", refused)
	}
	if got := status(s.admit(noon, there, asking(t, ""))); got != 200 {
		t.Errorf("another source: %d", got)
	}
	if got := status(s.admit(noon.Add(requestEvery), here, asking(t, ""))); got != 200 {
		t.Errorf("after a while: %d", got)
	}
}

func TestSourcesThatAreRememberedAreBounded(t *testing.T) {
	s := newSources(secret)
	addr := here
	for i := range 3 * maxSources {
		s.admit(noon.Add(time.Duration(i)*time.Millisecond), addr, asking(t, "guess"))
		addr = addr.Next()
	}
	if n := len(s.seen); n > maxSources {
		t.Errorf("%d sources", n)
	}
	s.admit(noon.Add(2*forgottenAfter), here, asking(t, "guess"))
	if n := len(s.seen); n != 1 {
		t.Errorf("%d sources after a long time", n)
	}
}
