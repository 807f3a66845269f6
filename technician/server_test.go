package technician

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "correct horse"

// noon is when the calls of calltest are over.
var noon = time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)

// recorded are calls in memory.
type recorded struct {
	views map[string][]trace.View
	list  []trace.Summary
	lost  int
	err   error
	asked Filter
	block chan struct{} // a list waits for it where it is not nil
	busy  atomic.Int32  // lists that are being made
	most  atomic.Int32  // of them at a time
}

func record(names ...string) *recorded {
	r := &recorded{views: map[string][]trace.View{}}
	for _, name := range names {
		views := calltest.Calls()[name]()
		fold := trace.Summarize(views[0].Events)
		fold.ID = name
		r.views[name] = views
		r.list = append(r.list, fold.Summary)
	}
	return r
}

func (r *recorded) List(ctx context.Context, f Filter) ([]trace.Summary, int, error) {
	r.asked = f
	r.most.Store(max(r.most.Load(), r.busy.Add(1)))
	defer r.busy.Add(-1)
	if r.block != nil {
		select {
		case <-r.block:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
	return r.list, r.lost, r.err
}

func (r *recorded) Views(_ context.Context, id string) ([]trace.View, error) {
	if v, found := r.views[id]; found {
		return v, nil
	}
	return nil, ErrNoCall
}

// statuses are how the device is, in lines as long as they get.
var statuses = map[phrase.Lang]string{
	phrase.En: "reception-1: handset on hook <now>, broker not connected: dial tcp 192.0.2.1:1883: connect: no route to host\n101 registered\n" +
		"line 1  → Warehouse 102  talking for 41\u00a0s  on hold by the other side  being transferred to 103  01JD7Q3V9K\n",
	phrase.FrCA: "reception-1\u00a0: combiné raccroché <now>, courtier non connecté\u00a0: dial tcp 192.0.2.1:1883: connect: no route to host\nligne 101 enregistrée\n" +
		"appel 1  → Entrepôt 102  en conversation depuis 41\u00a0s  mis en attente par l’autre côté  en cours de transfert vers 103  01JD7Q3V9K\n",
}

// served runs a page on a free loopback port until the test ends.
func served(t *testing.T, change func(*Options)) *Server {
	t.Helper()
	o := Options{
		Listen: "127.0.0.1:0", Password: secret, Calls: record("answered", "busy"), Name: "Reception",
		Status: func(_ context.Context, lang phrase.Lang) (string, error) { return statuses[lang], nil },
	}
	if change != nil {
		change(&o)
	}
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// say sends bytes and reads one response.
func say(t *testing.T, s *Server, raw string) heard {
	t.Helper()
	before := s.count()
	c := dial(t, s)
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	r := hear(t, bufio.NewReader(c), http.MethodGet)
	_ = c.Close()
	for s.count() > before {
		runtime.Gosched() // until the place is free again
	}
	return r
}

func (s *Server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// heard is a response, read to its end.
type heard struct {
	*http.Response
	Body string
}

func hear(t *testing.T, in *bufio.Reader, method string) heard {
	t.Helper()
	r, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return heard{r, string(body)}
}

const authorization = "Authorization: Basic YW55Ym9keTpjb3JyZWN0IGhvcnNl\r\n" // anybody:correct horse

func ask(address string, fields ...string) string {
	return "GET " + address + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + authorization + strings.Join(fields, "") + "\r\n"
}

// shown asks for a page that must be there.
func shown(t *testing.T, s *Server, address string, fields ...string) string {
	t.Helper()
	r := say(t, s, ask(address, fields...))
	body := r.Body
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s\n%s", address, r.Status, body)
	}
	return body
}

func TestWithoutAPasswordOnlyALoopbackAddressIsListenedOn(t *testing.T) {
	for address, allowed := range map[string]bool{"127.0.0.1:0": true, "[::1]:0": true, "0.0.0.0:0": false, ":0": false} {
		s, err := Listen(Options{Listen: address})
		if err == nil {
			_ = s.Close()
		}
		if strings.Contains(fmt.Sprint(err), "cannot assign") {
			continue // a machine without IPv6
		}
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
	shown(t, served(t, func(o *Options) { o.Password = "" }), "/")
}

func TestRequestsThatNoBrowserSendsAreRefused(t *testing.T) {
	s := served(t, nil)
	long := strings.Repeat("a", maxHead)
	many := strings.Repeat("X-A: b\r\n", maxFields)
	for raw, want := range map[string]int{
		"junk\r\n\r\n":                                           400,
		"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n":                   400, // TLS
		"GET / HTTP/1.1\r\n\r\n":                                 400, // no host
		"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n":                 400, // no field Host either way
		"GET / HTTP/2.0\r\nHost: x\r\n\r\n":                      505,
		ask("/" + long):                                          431,
		ask("/", "X-Long: "+long+"\r\n"):                         431,
		ask("/", many):                                           431,
		ask("/", "Content-Length: 5\r\n") + "GET /":              413,
		ask("/", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n": 413,
		ask("/", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n":   413,
		ask("/", "Content-Length: 0\r\nContent-Length: 9\r\n"):                          400,
		ask("/", "Transfer-Encoding: gzip, chunked\r\n"):                                400,
		ask("/", "Broken Name: x\r\n"):                                                  400,
		ask("/", "Content-Length : 0\r\n"):                                              400,
		strings.Replace(ask("/"), "GET", "POST", 1):                                     405,
		strings.Replace(ask("/"), "GET", "DELETE", 1):                                   405,
		"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n" + authorization + "\r\n": 405,
		ask("*"):                             400,
		ask("//evil.example/%2e%2e"):         404,
		ask("http://evil.example/"):          421,
		ask("/calls/..%2F..%2Fetc%2Fpasswd"): 404,
	} {
		r := say(t, s, raw)
		if r.StatusCode != want {
			t.Errorf("%.60q: %s, want %d", raw, r.Status, want)
		}
		if want == 405 && r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%.60q: Allow %q", raw, r.Header.Get("Allow"))
		}
		if want == 404 {
			if doc := r.Body; strings.Contains(doc, `href="//`) {
				t.Errorf("%.60q: a link leaves the site", raw)
			}
		} else if !r.Close {
			t.Errorf("%.60q: the connection stays open after %s", raw, r.Status)
		}
	}
}

func TestNothingBehindARefusedBodyIsTakenForARequest(t *testing.T) {
	s := served(t, nil)
	c := dial(t, s)
	_, _ = io.WriteString(c, ask("/", "Content-Length: 300\r\n")+ask("/device"))
	got, _ := io.ReadAll(c)
	if n := strings.Count(string(got), "HTTP/1.1 "); n != 1 || strings.Contains(string(got), "handset") {
		t.Errorf("%d responses:\n%s", n, got)
	}
}

func TestPageIsGivenOnlyUnderItsOwnNames(t *testing.T) {
	s := served(t, func(o *Options) { o.Hosts = []string{"phone.example.com"} })
	for host, want := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:8089": 200, "[::1]:8089": 200, "192.0.2.7:80": 200, "localhost:8089": 200, "LOCALHOST": 200,
		"phone.example.com": 200, "Phone.Example.com.:80": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "phone.example.com.evil.example": 421, "localhost.evil": 421,
	} {
		r := say(t, s, "GET /device HTTP/1.1\r\nHost: "+host+"\r\n"+authorization+"\r\n")
		if r.StatusCode != want {
			t.Errorf("%s: %s, want %d", host, r.Status, want)
		}
	}
}

func TestHeadSaysHowLongThePageWouldBe(t *testing.T) {
	s := served(t, nil)
	c := dial(t, s)
	in := bufio.NewReader(c)
	_, _ = io.WriteString(c, strings.Replace(ask("/device"), "GET", "HEAD", 1)+ask("/device"))
	head, full := hear(t, in, http.MethodHead), hear(t, in, http.MethodGet)
	if head.StatusCode != http.StatusOK || head.ContentLength != full.ContentLength || head.ContentLength == 0 {
		t.Errorf("%s, %d of %d bytes", head.Status, head.ContentLength, full.ContentLength)
	}
}

func TestOldClientGetsOneAnswer(t *testing.T) {
	s := served(t, nil)
	c := dial(t, s)
	_, _ = io.WriteString(c, "GET /device HTTP/1.0\r\nHost: 127.0.0.1\r\n"+authorization+"\r\n")
	got, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 200 OK\r\n") || !strings.Contains(string(got), "Connection: close\r\n") {
		t.Errorf("%.200s, %v", got, err)
	}
}

func TestRequestsOfAConnectionAreAnsweredInOrderUpToALimit(t *testing.T) {
	at := noon
	s := served(t, func(o *Options) {
		o.Now = func() time.Time { at = at.Add(time.Second); return at } // so that none is too many in a second
	})
	c := dial(t, s)
	go func() {
		_, _ = io.WriteString(c, strings.Repeat(ask("/device?lang=en")+ask("/nowhere?lang=en"), maxRequests))
	}()
	in := bufio.NewReader(c)
	for i := range maxRequests {
		want := []int{200, 404}[i%2]
		if r := hear(t, in, http.MethodGet); r.StatusCode != want {
			t.Fatalf("response %d: %s", i, r.Status)
		} else if last := i == maxRequests-1; r.Close != last {
			t.Errorf("response %d says that the connection ends: %v", i, r.Close)
		}
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("more is answered than the limit")
	}
}

func TestConnectionsAreLimitedInAllAndForEachSource(t *testing.T) {
	s := newServer(Options{Now: time.Now}.withDefaults(), nil)
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	for range maxOfOne {
		if !s.enter(a) || !s.enter(b) {
			t.Fatal("refused too early")
		}
	}
	if s.enter(a) || s.enter(c) {
		t.Error("more than the limit")
	}
	s.leave(a)
	if !s.enter(c) {
		t.Error("the place that was left is not given away")
	}
	one, two := source(&net.TCPAddr{IP: net.ParseIP("2001:db8::1")}), source(&net.TCPAddr{IP: net.ParseIP("2001:db8::2:1")})
	if one != two || source(&net.TCPAddr{IP: net.ParseIP("::ffff:192.0.2.1")}) != a {
		t.Errorf("%s, %s", one, two)
	}
}

func TestConnectionsBeyondTheLimitAreClosed(t *testing.T) {
	s := served(t, nil)
	for range maxOfOne {
		c := dial(t, s)
		in := bufio.NewReader(c)
		_, _ = io.WriteString(c, ask("/device"))
		hear(t, in, http.MethodGet) // it has been counted in
	}
	c := dial(t, s)
	_, _ = io.WriteString(c, ask("/device"))
	if got, _ := io.ReadAll(c); len(got) > 0 {
		t.Errorf("%.100s", got)
	}
}

func TestOnePageIsMadeAtATime(t *testing.T) {
	calls := record("answered")
	calls.block = make(chan struct{})
	s := served(t, func(o *Options) { o.Calls = calls })
	var readers []*bufio.Reader
	for range 4 {
		c := dial(t, s)
		_, _ = io.WriteString(c, ask("/"))
		readers = append(readers, bufio.NewReader(c))
	}
	close(calls.block)
	for _, in := range readers {
		if r := hear(t, in, http.MethodGet); r.StatusCode != http.StatusOK {
			t.Error(r.Status)
		}
	}
	if n := calls.most.Load(); n != 1 {
		t.Errorf("%d pages were made at a time", n)
	}
}

func TestEndWaitsForEveryConnection(t *testing.T) {
	calls := record("answered")
	calls.block = make(chan struct{}) // never comes: the page is cut off
	s, err := Listen(Options{Listen: "127.0.0.1:0", Calls: calls})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	c := dial(t, s)
	_, _ = io.WriteString(c, ask("/"))
	for calls.busy.Load() == 0 {
		if ctx.Err() != nil {
			t.Fatal(ctx.Err())
		}
	}
	dial(t, s) // and one that asks for nothing
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("the socket is still open")
	}
}

// script is a connection of which everything is known that its other end will say.
type script struct {
	net.Conn
	in  *strings.Reader
	out bytes.Buffer
}

func (c *script) Read(b []byte) (int, error)       { return c.in.Read(b) }
func (c *script) Write(b []byte) (int, error)      { return c.out.Write(b) }
func (c *script) SetReadDeadline(time.Time) error  { return nil }
func (c *script) SetWriteDeadline(time.Time) error { return nil }
func (c *script) Close() error                     { return nil }

func FuzzAnyBytesGetAnAnswerOrNone(f *testing.F) {
	for _, seed := range []string{
		ask("/"), ask("/calls/answered?sel=l-1&lang=fr-CA"), "GET / HTTP/1.1\r\n\r\n", "junk", ask("/", "Content-Length: 3\r\n") + "abc" + ask("/"),
		"HEAD /static/x/page.css HTTP/1.0\r\nHost: [::1]\r\n" + authorization + "\r\n", ask("/?since=1h&after=x&failed=true"), ask("/%zz"), ask("/calls/a%2fb/export?format=svg"),
	} {
		f.Add(seed)
	}
	calls := record("busy")
	f.Fuzz(func(t *testing.T, raw string) {
		for _, password := range []string{secret, "which no seed knows"} {
			s := newServer(Options{
				Password: password, Calls: calls, Now: func() time.Time { return noon }, Status: func(context.Context, phrase.Lang) (string, error) { return "", nil },
			}.withDefaults(), nil)
			c := &script{in: strings.NewReader(raw)}
			s.serve(context.Background(), c, netip.MustParseAddr("127.0.0.1"))
			got := c.out.String()
			if got != "" && !strings.HasPrefix(got, "HTTP/1.1 ") {
				t.Errorf("%.100q", got)
			}
			if password != secret && strings.Contains(got, "HTTP/1.1 200") {
				t.Errorf("a page without the password: %q", raw)
			}
		}
	})
}
