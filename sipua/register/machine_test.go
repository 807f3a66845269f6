package register

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/digest"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

var (
	here   = netip.MustParseAddrPort("10.0.0.1:5060")
	here2  = netip.MustParseAddrPort("10.0.0.2:5060") // after it has moved
	first  = Path{Flow: wire.Flow{Transport: wire.UDP, Remote: netip.MustParseAddrPort("10.0.0.8:5060")}, Local: here}
	second = Path{Flow: wire.Flow{Transport: wire.UDP, Remote: netip.MustParseAddrPort("10.0.0.9:5060")}, Local: here}
)

// rig is a machine with what it has asked for.
type rig struct {
	*Machine
	t        *testing.T
	requests []*sip.Request
	flows    []wire.Flow
	lookups  []Locate
	told     []Status
	routes   []sip.Uri
	timers   map[Timer]time.Duration
	order    []string // of the effects of the last event
	listed   []Listed
	dropped  []wire.Flow
	avoided  []Avoid
	watched  wire.Flow
	pinged   []wire.Flow
	done     bool
}

func newRig(t *testing.T, change ...func(*Config)) *rig {
	n := 0
	cfg := Config{
		AOR: sip.Uri{Scheme: "sip", User: "bob", Host: "example.com"}, Registrar: sip.Uri{Scheme: "sip", User: "x", Host: "example.com"},
		Expires: 10 * time.Minute, CallID: "c", Credentials: digest.Credentials{Username: "bob", Password: "secret"},
		Token:   func() string { n++; return fmt.Sprintf("t%d", n) },
		Between: func(least, _ time.Duration) time.Duration { return least },
	}
	for _, f := range change {
		f(&cfg)
	}
	return &rig{Machine: New(cfg), t: t, timers: map[Timer]time.Duration{}}
}

func (r *rig) do(e Event) error {
	effects, err := r.Step(e)
	r.order = nil
	for _, f := range effects {
		r.order = append(r.order, strings.TrimPrefix(fmt.Sprintf("%T", f), "register."))
		switch f := f.(type) {
		case Send:
			r.requests, r.flows = append(r.requests, f.Request), append(r.flows, f.Flow)
		case Locate:
			r.lookups = append(r.lookups, f)
		case Tell:
			r.told = append(r.told, f.Status)
		case Bind:
			r.routes = f.ServiceRoute
		case StartTimer:
			r.timers[f.Timer] = f.After
		case StopTimer:
			delete(r.timers, f.Timer)
		case Listed:
			r.listed = append(r.listed, f)
		case Drop:
			r.dropped = append(r.dropped, f.Flow)
		case Avoid:
			r.avoided = append(r.avoided, f)
		case Watch:
			r.watched = f.Flow
		case Ping:
			r.pinged = append(r.pinged, f.Flow)
		case Done:
			r.done = true
		}
	}
	return err
}

func (r *rig) must(e Event) {
	r.t.Helper()
	if err := r.do(e); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) last() *sip.Request {
	r.t.Helper()
	if len(r.requests) == 0 {
		r.t.Fatal("nothing was sent")
	}
	return r.requests[len(r.requests)-1]
}

func (r *rig) state(want state) {
	r.t.Helper()
	if r.Machine.state != want {
		r.t.Fatalf("%s, want %s", r.Machine.state, want)
	}
}

// found answers the last lookup.
func (r *rig) found(paths ...Path) Located {
	if len(r.lookups) == 0 {
		return Located{Paths: paths}
	}
	return Located{Locate: r.lookups[len(r.lookups)-1], Paths: paths}
}

// sought is the hop that was looked up last.
func (r *rig) sought() string { return r.lookups[len(r.lookups)-1].Hop }

// status is what was told last.
func (r *rig) status() Status { return r.told[len(r.told)-1] }

// reply answers the last request.
func (r *rig) reply(status int, fields ...string) Received {
	r.t.Helper()
	req := r.last()
	lines := append([]string{
		fmt.Sprintf("SIP/2.0 %d X", status), "Via: " + req.Via().Value(), "From: " + req.From().Value(), "To: " + req.To().Value() + ";tag=r",
		"Call-ID: c", "CSeq: " + req.CSeq().Value(),
	}, fields...)
	m, err := sip.ParseMessage([]byte(strings.Join(lines, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		r.t.Fatal(err)
	}
	res, _ := m.(*sip.Response)
	return Received{Response: res}
}

// in brings a machine into a state.
func in(t *testing.T, s state, change ...func(*Config)) *rig {
	t.Helper()
	r := newRig(t, change...)
	if s == idle {
		return r
	}
	r.must(Start{})
	if s == locating {
		return r
	}
	r.must(r.found(first, second))
	switch s {
	case registered:
		r.must(r.reply(200))
	case waiting:
		r.must(r.reply(403))
	case unregistering:
		r.must(r.reply(200))
		r.must(Stop{})
	case over:
		r.must(r.reply(403))
		r.must(Stop{})
	case idle, locating, registering:
	}
	r.state(s)
	return r
}

// TestEveryEventInEveryState says what each event makes of each state; "-" is an illegal event.
func TestEveryEventInEveryState(t *testing.T) {
	events := []struct {
		name string
		make func(*rig) Event
	}{
		{"start", func(*rig) Event { return Start{} }},
		{"reconnect", func(*rig) Event { return Reconnect{} }},
		{"stop", func(*rig) Event { return Stop{} }},
		{"located", func(r *rig) Event { return r.found(first) }},
		{"not located", func(r *rig) Event { return Located{Locate: r.found().Locate, Err: errors.New("x")} }},
		{"located elsewhere", func(*rig) Event { return Located{Locate: Locate{Hop: "sip:other", Number: 1}, Paths: []Path{first}} }},
		{"located before", func(*rig) Event { return Located{Locate: Locate{Hop: "sip:example.com"}, Paths: []Path{first}} }},
		{"no path", func(r *rig) Event { return r.found() }},
		{"100", func(r *rig) Event { return r.answer(100) }},
		{"200", func(r *rig) Event { return r.answer(200) }},
		{"403", func(r *rig) Event { return r.answer(403) }},
		{"response to something else", func(r *rig) Event { return strange(t) }},
		{"send failed", func(r *rig) Event { return SendFailed{Branch: r.branch(), Err: errors.New("x")} }},
		{"send of something else failed", func(*rig) Event { return SendFailed{Branch: "x", Err: errors.New("x")} }},
		{"timer F", func(*rig) Event { return Fired{Timer{Letter: transaction.TimerF}} }},
		{"again", func(*rig) Event { return Fired{Timer{Kind: Again}} }},
		{"keep-alive", func(*rig) Event { return Fired{Timer{Kind: KeepAlive}} }},
		{"pong", func(*rig) Event { return Fired{Timer{Kind: Pong}} }},
		{"bound", func(*rig) Event { return Fired{Timer{Kind: Bound}} }},
		{"lapse", func(*rig) Event { return Fired{Timer{Kind: Lapse}} }},
		{"flow dead", func(*rig) Event { return FlowDead{Flow: first.Flow} }},
		{"another flow dead", func(*rig) Event { return FlowDead{Flow: second.Flow} }},
		{"no flow dead", func(*rig) Event { return FlowDead{} }},
		{"list", func(*rig) Event { return List{} }},
		{"crashed", func(*rig) Event { return Crashed{} }},
	}
	states := []state{idle, locating, registering, registered, waiting, unregistering, over}
	want := map[string]string{
		"start":                         "locating - - - - - -",
		"reconnect":                     "- locating locating locating locating - -",
		"stop":                          "over over registering unregistering over - -",
		"located":                       "- registering - - - - -",
		"not located":                   "- waiting - - - - -",
		"located elsewhere":             "- - - - - - -",
		"located before":                "- - - - - - -",
		"no path":                       "- waiting - - - - -",
		"100":                           "- - registering registered - unregistering -",
		"200":                           "- - registered registered - over -",
		"403":                           "- - waiting registered - over -",
		"response to something else":    "- - - - - - -",
		"send failed":                   "- - registering registered - over -",
		"send of something else failed": "- - - - - - -",
		"timer F":                       "- - registering - - over -",
		"again":                         "- - - locating locating - -",
		"keep-alive":                    "- - - registered - - -",
		"pong":                          "- - - registered - - -",
		"bound":                         "- - - - - over -",
		"lapse":                         "- - - locating - - -",
		"flow dead":                     "- - - locating - unregistering -",
		"another flow dead":             "- - - - - - -",
		"no flow dead":                  "- - - - - - -",
		"list":                          "- locating registering registered waiting unregistering -",
		"crashed":                       "waiting waiting waiting waiting waiting over over",
	}
	for _, e := range events {
		columns := strings.Fields(want[e.name])
		for i, s := range states {
			r := in(t, s)
			err := r.do(e.make(r))
			got := r.Machine.state.String()
			if err != nil {
				if r.Machine.state != s {
					t.Errorf("%s while %s: illegal, and yet it moved to %s", e.name, s, got)
				}
				got = "-"
			}
			if got != columns[i] {
				t.Errorf("%s while %s: %s, want %s (%v)", e.name, s, got, columns[i], err)
			}
		}
	}
}

// answer is a response to the last request, or to nothing.
func (r *rig) answer(status int) Event {
	if len(r.requests) == 0 {
		return strange(r.t)
	}
	return r.reply(status)
}

func (r *rig) branch() string {
	if len(r.requests) == 0 {
		return "none"
	}
	branch, _ := r.last().Via().Params.Get("branch")
	return branch
}

func strange(t *testing.T) Received {
	m, err := sip.ParseMessage([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nCSeq: 1 REGISTER\r\nCall-ID: c\r\n" +
		"From: <sip:a@b>\r\nTo: <sip:a@b>\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	res, _ := m.(*sip.Response)
	return Received{Response: res}
}

func TestGrantedTimeIsThatOfTheContactThenOfExpires(t *testing.T) {
	for name, c := range map[string]struct {
		fields []string
		want   time.Duration
	}{
		"nothing":       {nil, 600 * time.Second},
		"Expires":       {[]string{"Expires: 300"}, 300 * time.Second},
		"Contact":       {[]string{"Expires: 300", "Contact: <sip:bob@10.0.0.1>;expires=100"}, 100 * time.Second},
		"ours of many":  {[]string{"Contact: <sip:bob@10.0.0.7>;expires=50", "Contact: <sip:bob@10.0.0.1:5060>;expires=100"}, 100 * time.Second},
		"not ours":      {[]string{"Expires: 300", "Contact: <sip:bob@10.0.0.7>;expires=50", "Contact: <sip:x@10.0.0.7>;expires=60"}, 300 * time.Second},
		"ours, changed": {[]string{"Expires: 300", "Contact: <sip:bob@192.0.2.1:999>;expires=50"}, 50 * time.Second},
		"unreadable":    {[]string{"Expires: 300", "Contact: <sip:bob@10.0.0.1>;expires=soon"}, 300 * time.Second},
		"far too long":  {[]string{"Expires: 2000000000"}, mostExpires},
	} {
		r := in(t, registering)
		r.must(r.reply(200, c.fields...))
		if got := r.status(); got.State != Registered || got.Expires != c.want || r.timers[Timer{Kind: Lapse}] != c.want {
			t.Errorf("%s: told %+v, again after %s; want %s", name, got, r.timers[Timer{Kind: Again}], c.want)
		}
	}
}

func TestBindingThatIsNotKeptIsAFailure(t *testing.T) {
	r := in(t, registering)
	r.must(r.reply(200, "Contact: <sip:bob@10.0.0.1>;expires=0"))
	r.state(waiting)
	if got := r.told[len(r.told)-1]; got.State != Failed || got.Code != 200 {
		t.Errorf("told %+v", got)
	}
}

func TestIntervalThatIsTooBriefIsRaisedOnce(t *testing.T) {
	r := in(t, registering)
	r.must(r.reply(423, "Min-Expires: 3600"))
	r.state(registering)
	if got := r.last().GetHeader("Expires").Value(); got != "3600" || r.last().CSeq().SeqNo != 2 {
		t.Errorf("\n%s", r.last())
	}
	r.must(r.reply(423, "Min-Expires: 3600"))
	r.state(waiting)
	for _, field := range []string{"Min-Expires: 1", "Min-Expires: 4000000000", "Min-Expires: x", "X: y"} {
		r := in(t, registering)
		r.must(r.reply(423, field))
		r.state(waiting)
	}
}

func TestRedirectionIsFollowedOnce(t *testing.T) {
	r := in(t, registering)
	r.must(r.reply(302, "Contact: <sip:x@other.example.com:5070>"))
	r.state(locating)
	if last := r.sought(); last != "sip:other.example.com:5070" {
		t.Fatalf("looks for %s", last)
	}
	r.must(r.found(second))
	if got := r.last(); got.Recipient.String() != "sip:other.example.com:5070" || r.flows[len(r.flows)-1] != second.Flow {
		t.Errorf("\n%s", got)
	}
	r.must(r.reply(302, "Contact: <sip:third.example.com>"))
	r.state(waiting)
	if got := r.told[len(r.told)-1]; got.State != Failed || got.Code != 302 || got.Server != "sip:other.example.com:5070" {
		t.Errorf("told %+v", got)
	}
	r.must(Fired{Timer{Kind: Again}})
	if last := r.sought(); last != "sip:example.com" {
		t.Errorf("begins again at %s", last)
	}
}

func TestRedirectionToNowhereIsAFailure(t *testing.T) {
	for _, fields := range [][]string{nil, {"Contact: *"}} {
		r := in(t, registering)
		r.must(r.reply(302, fields...))
		r.state(waiting)
	}
}

func TestNextPathIsTriedWhenOneFails(t *testing.T) {
	for name, fail := range map[string]func(*rig) Event{
		"silent":      func(*rig) Event { return Fired{Timer{Letter: transaction.TimerF}} },
		"unreachable": func(r *rig) Event { return SendFailed{Branch: r.branch(), Err: errors.New("refused")} },
		"overloaded":  func(r *rig) Event { return r.reply(503, "Retry-After: 100") },
	} {
		r := in(t, registering)
		r.must(fail(r))
		r.state(registering)
		if r.flows[len(r.flows)-1] != second.Flow || len(r.told) != 1 {
			t.Errorf("%s: sent by %v, told %v", name, r.flows, r.told)
		}
		r.must(fail(r))
		r.state(waiting)
		if got := r.told[len(r.told)-1]; got.State != Failed || got.RetryAfter < 30*time.Second {
			t.Errorf("%s: told %+v", name, got)
		}
	}
}

func TestProxyWithoutOutboundIsAskedWithout(t *testing.T) {
	r := in(t, registering, func(c *Config) { c.Instance = "urn:uuid:1" })
	if got := r.last().GetHeader("Contact").Value(); got != `<sip:bob@10.0.0.1:5060>;+sip.instance="<urn:uuid:1>";reg-id=1` {
		t.Errorf("Contact: %s", got)
	}
	r.must(r.reply(439))
	r.state(registering)
	if got := r.last(); got.GetHeader("Contact").Value() != "<sip:bob@10.0.0.1:5060>" || got.GetHeader("Supported").Value() != "path" {
		t.Errorf("\n%s", got)
	}
	r.must(r.reply(439))
	r.state(waiting)
}

func TestPathAndServiceRouteAreKeptUntilTheBindingIsGone(t *testing.T) {
	r := in(t, registering)
	r.must(r.reply(200, "Path: <sip:a;lr>, <sip:b;lr>", "Path: <sip:c;lr>", "Service-Route: <sip:s1;lr>,<sip:s2;lr>"))
	if got := r.told[len(r.told)-1].Path; !slices.Equal(got, []string{"<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"}) {
		t.Errorf("path %q", got)
	}
	if len(r.routes) != 2 || r.routes[0].Host != "s1" || r.routes[1].Host != "s2" {
		t.Errorf("service route %v", r.routes)
	}
	r.must(Fired{Timer{Kind: Again}})
	r.must(r.found(first))
	r.must(r.reply(403))
	if got := r.status(); got.State != Failed || !got.Bound || len(r.routes) != 2 {
		t.Errorf("told %+v, service route %v after a refusal, as the binding still holds", got, r.routes)
	}
	r.must(Fired{Timer{Kind: Lapse}})
	r.state(waiting)
	if got := r.status(); got.State != Failed || got.Bound || len(r.routes) != 0 {
		t.Errorf("told %+v, service route %v after the binding", got, r.routes)
	}
	r = in(t, registering)
	r.must(r.reply(200, "Service-Route: nonsense"))
	if len(r.routes) != 0 {
		t.Errorf("service route %v", r.routes)
	}
}

func TestRequestsGoThroughTheOutboundProxy(t *testing.T) {
	r := in(t, locating, func(c *Config) { c.Proxy = &sip.Uri{Scheme: "sip", Host: "proxy.example.com"} })
	if r.sought() != "sip:proxy.example.com" {
		t.Fatalf("looks for %v", r.lookups)
	}
	r.must(r.found(first))
	if got := r.last(); got.GetHeader("Route").Value() != "<sip:proxy.example.com;lr>" || got.Recipient.String() != "sip:example.com" {
		t.Errorf("\n%s", got)
	}
}

func TestStopLetsTheOpenRequestEndFirst(t *testing.T) {
	r := in(t, registering)
	r.must(Stop{})
	if len(r.requests) != 1 || r.timers[Timer{Kind: Bound}] != stopWithin {
		t.Fatalf("%d requests, bound %s", len(r.requests), r.timers[Timer{Kind: Bound}])
	}
	r.must(r.reply(200))
	r.state(unregistering)
	if r.last().GetHeader("Expires").Value() != "0" {
		t.Errorf("\n%s", r.last())
	}
	r.must(r.reply(200))
	if !r.done || len(r.timers) != 0 || r.told[len(r.told)-1].State != Unregistered {
		t.Errorf("done %v, timers %v, told %v", r.done, r.timers, r.told)
	}

	r = in(t, registering)
	r.must(Stop{})
	r.must(r.reply(403))
	if !r.done || r.told[len(r.told)-1].Code != 403 {
		t.Errorf("done %v, told %v", r.done, r.told)
	}
	r = in(t, registering)
	r.must(Stop{})
	r.must(Fired{Timer{Kind: Bound}})
	if !r.done {
		t.Error("the bound does not end it")
	}
}

func TestBindingThatMayLiveOnIsRemovedAfterAFailure(t *testing.T) {
	r := in(t, registered)
	r.must(Fired{Timer{Kind: Again}})
	r.must(r.found(first))
	r.must(Fired{Timer{Letter: transaction.TimerF}})
	r.state(waiting)
	r.must(Stop{})
	r.state(unregistering)
}

func TestEveryAttemptIsToldBeforeItIsMade(t *testing.T) {
	r := newRig(t)
	r.must(Start{})
	tell, locate := slices.Index(r.order, "Tell"), slices.Index(r.order, "Locate")
	if tell < 0 || locate < tell {
		t.Errorf("effects %v", r.order)
	}
}

func TestWaitsAreThoseOfTheRFC(t *testing.T) {
	for failures, want := range map[int]float64{1: 60, 2: 120, 3: 240, 5: 960, 6: 1800, 7: 1800, 1 << 30: 1800} {
		if got := backoff(failures).Seconds(); got != want {
			t.Errorf("%d failures: %v s, want %v s", failures, got, want)
		}
	}
}

func TestPingsFollowTheFlowTimer(t *testing.T) {
	stream := first
	stream.Flow.Transport = wire.TCP
	for name, c := range map[string]struct {
		path   Path
		fields []string
		ping   time.Duration
		pong   bool
	}{
		"datagrams":                   {first, nil, pingDatagram, false},
		"datagrams with a Flow-Timer": {first, []string{"Flow-Timer: 10"}, 10 * time.Second, false},
		"a stream":                    {stream, nil, pingStream, false},
		"a stream with a Flow-Timer":  {stream, []string{"Flow-Timer: 25"}, 25 * time.Second, true},
		"a stream with outbound":      {stream, []string{"Require: outbound"}, pingStream, true},
	} {
		r := newRig(t)
		r.must(Start{})
		r.must(r.found(c.path))
		r.must(r.reply(200, c.fields...))
		if got := r.timers[Timer{Kind: KeepAlive}]; got != c.ping*8/10 {
			t.Errorf("%s: ping after %s", name, got)
		}
		r.must(Fired{Timer{Kind: KeepAlive}})
		if _, asked := r.timers[Timer{Kind: Pong}]; asked != c.pong || r.order[0] != "Ping" {
			t.Errorf("%s: a pong is awaited: %v, effects %v", name, asked, r.order)
		}
	}
}

func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"SIP/2.0 200 OK\r\nContact: <sip:bob@10.0.0.1>;expires=1\r\nService-Route: <sip:a;lr>,\r\nFlow-Timer: 5\r\nPath: >,<",
		"SIP/2.0 401 X\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"", "SIP/2.0 423 X\r\nMin-Expires: 99999", "SIP/2.0 302 X\r\nContact: *",
		"SIP/2.0 300 X\r\nContact: sip:000@IP",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := in(t, registering)
		if len(text)%2 == 0 { // the answer to a question for the bindings
			r = in(t, registered)
			r.must(List{})
		}
		req := r.last()
		m, err := sip.ParseMessage([]byte(text + "\r\nVia: " + req.Via().Value() + "\r\nCSeq: " + req.CSeq().Value() + "\r\nContent-Length: 0\r\n\r\n"))
		if err != nil {
			t.Skip("not a message")
		}
		if res, ok := m.(*sip.Response); ok {
			_ = r.do(Received{Response: res}) // whatever it is, the machine goes on
		}
		asked := r.Machine.state == locating && slices.Contains(r.order, "Locate") // which is always answered
		if len(r.timers) == 0 && !asked {
			t.Errorf("%q leaves %s with nothing to wake it", text, r.Machine.state)
		}
	})
}
