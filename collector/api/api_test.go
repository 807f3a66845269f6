package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"sidetone/collector/api"
	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is the API over a store of its own.
type site struct {
	*httptest.Server
	store *sqlite.Store
	ready error
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	var err error
	if s.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "sidetone.db")); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(api.New(s.store, api.Options{
		Version: "test", Logger: zap.NewNop(),
		Ready: func() error { return s.ready },
		Metrics: func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "sidetone_test 1\n")
			return err
		},
	}))
	t.Cleanup(func() {
		s.Close()
		_ = s.store.Close()
	})
	return s
}

func (s *site) write(t *testing.T, updates ...store.Update) {
	t.Helper()
	if _, err := s.store.Write(t.Context(), updates); err != nil {
		t.Fatal(err)
	}
}

// get reads a resource and returns its status and body.
func (s *site) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := s.Client().Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// into reads a resource that is there.
func (s *site) into(t *testing.T, path string, v any) {
	t.Helper()
	status, body := s.get(t, path)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, body)
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

var script = storetest.Script{
	Call: "01CALLER", From: "sip:101@example.com", To: "sip:102@example.com", SessionID: "5e55", SIPCallID: "a@b", Holds: 1,
}

// seed stores one call that two devices saw, the second not wholly, and a busy one.
func seed(t *testing.T, s *site) {
	t.Helper()
	a, b := storetest.NewPhone("reception-1", 1), storetest.NewPhone("warehouse-2", 2)
	in := script
	in.Call, in.Direction = "01CALLEE", trace.In
	s.write(t, a.Batch(a.Event("", trace.AgentStarted, trace.Started{Name: "Reception"})))
	callee := b.Play(in)
	s.write(t, a.Batch(a.Play(script)...), b.Batch(callee[:2]...), b.Batch(callee[3:]...))
	a.Now = a.Now.Add(time.Minute)
	s.write(t, a.Batch(a.Play(storetest.Script{
		Call: "02BUSY", From: "sip:101@example.com", To: "sip:103@example.com", Status: 486, Result: trace.ResultBusy, Side: trace.Remote,
	})...))
}

func TestTheListIsFilteredAndPaged(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	for query, want := range map[string][]string{
		"":                                {"02BUSY", "01CALLER"},
		"?last_response=486":              {"02BUSY"},
		"?last_response=0":                nil,
		"?result=answered&held=true":      {"01CALLER"},
		"?held=false":                     {"02BUSY"},
		"?device=warehouse-2":             {"01CALLER"},
		"?number=103&side=remote":         {"02BUSY"},
		"?from=2026-11-21&limit=10000":    {"02BUSY", "01CALLER"},
		"?to=2026-11-21T03:38:30%2B00:00": {"01CALLER"},
	} {
		var got struct {
			Calls []trace.Summary
			Next  string
		}
		s.into(t, "/api/v1/calls"+query, &got)
		var ids []string
		for _, c := range got.Calls {
			ids = append(ids, c.ID)
		}
		if diff := cmp.Diff(want, ids); diff != "" || got.Next != "" {
			t.Errorf("%s: next %q, %s", query, got.Next, diff)
		}
	}
	var first, second struct {
		Calls []trace.Summary
		Next  string
	}
	s.into(t, "/api/v1/calls?limit=1", &first)
	s.into(t, "/api/v1/calls?limit=1&cursor="+first.Next, &second)
	if first.Calls[0].ID != "02BUSY" || second.Calls[0].ID != "01CALLER" || second.Next != "" {
		t.Errorf("pages %+v, %+v", first, second)
	}
}

func TestASummaryHasExactlyItsDocumentedKeys(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	var got struct{ Calls []map[string]json.RawMessage }
	s.into(t, "/api/v1/calls?result=answered", &got)
	keys := map[string]bool{}
	for k := range got.Calls[0] {
		keys[k] = true
	}
	want := map[string]bool{}
	for k := range strings.SplitSeq("id session_id sip_call_id direction from to device devices started_at ringing_at answered_at ended_at "+
		"result side last_response q850 setup_us ringing_us talking_us held_us total_us holds mos complete missing cut", " ") {
		want[k] = true
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

func TestACallTellsWhoSawItAndWhatIsMissing(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	for _, id := range []string{"01CALLER", "01CALLEE"} {
		var got struct {
			Summary      trace.Summary
			Verdict      map[string]any
			Findings     []any
			Completeness api.Completeness
			Devices      []api.Part
		}
		s.into(t, "/api/v1/calls/"+id, &got)
		if got.Summary.ID != "01CALLER" || got.Verdict == nil || got.Findings == nil {
			t.Errorf("%s: %+v", id, got)
		}
		wantDevices := []api.Part{
			{Device: "reception-1", Name: "Reception", Call: "01CALLER", Direction: trace.Out},
			{Device: "warehouse-2", Call: "01CALLEE", Direction: trace.In},
		}
		if diff := cmp.Diff(wantDevices, got.Devices); diff != "" {
			t.Error(diff)
		}
		want := api.Completeness{Seen: 11, Total: 12, Missing: 1, Views: []api.Seen{
			{Device: "reception-1", Seen: 6, Total: 6, Gaps: []trace.Gap{}},
			{Device: "warehouse-2", Seen: 5, Total: 6, Missing: 1, Gaps: []trace.Gap{
				{From: 3, To: 3, Boot: 2, Reason: store.NotReceived, Count: 1},
			}},
		}}
		if diff := cmp.Diff(want, got.Completeness); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEveryEventOfACallIsTold(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	var got struct{ Events []api.Placed }
	s.into(t, "/api/v1/calls/01CALLER/events", &got)
	last := map[string]uint64{}
	for _, e := range got.Events {
		line, err := trace.Decode(e.Event)
		if err != nil {
			t.Fatal(err)
		}
		if line.Seq <= last[e.Device] {
			t.Errorf("%s: %d after %d", e.Device, line.Seq, last[e.Device])
		}
		last[e.Device] = line.Seq
	}
	if len(got.Events) != 11 {
		t.Errorf("%d events", len(got.Events))
	}
}

func TestAFlowIsToldInTheLanguageAskedFor(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	for query, want := range map[string]string{"": "en", "?lang=en": "en", "?lang=fr-CA": "fr-CA", "?lang=fr": "fr-CA"} {
		var got struct{ Lang string }
		s.into(t, "/api/v1/calls/01CALLER/flow"+query, &got)
		if got.Lang != want {
			t.Errorf("%s: %s", query, got.Lang)
		}
	}
}

func TestDevicesTellTheirStateAndTheirLosses(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	var all struct{ Devices []api.Device }
	s.into(t, "/api/v1/devices", &all)
	if len(all.Devices) != 2 || all.Devices[0].ID != "reception-1" || all.Devices[0].Name != "Reception" {
		t.Errorf("devices %+v", all.Devices)
	}
	var one struct {
		api.Device
		Calls []trace.Summary
	}
	s.into(t, "/api/v1/devices/warehouse-2", &one)
	if len(one.Gaps) != 1 || one.Lost != 1 || len(one.Calls) != 1 || one.State != store.StateUnknown || one.Boot != 2 {
		t.Errorf("device %+v", one)
	}
}

func TestADeviceThatMakesUpItsNumbersDoesNotFloodTheList(t *testing.T) {
	s := newSite(t)
	p := storetest.NewPhone("liar", 1)
	lines := make([]store.Line, 0, 300)
	for boot := range trace.Boot(300) {
		p.Reboot(boot + 1)
		e := p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}).Event
		e.Seq = 1 << 52
		raw, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, store.Line{Event: e, Raw: raw})
	}
	s.write(t, p.Batch(lines...))
	var got struct{ Devices []api.Device }
	s.into(t, "/api/v1/devices", &got)
	if d := got.Devices[0]; len(d.Gaps) != 100 || d.Lost != 1<<53 {
		t.Errorf("%d gaps of %d events", len(d.Gaps), d.Lost)
	}
}

func TestBadRequestsAreExplained(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/api/v1/calls?limit=0":                       {422, "query.limit"},
		"/api/v1/calls?limit=many":                    {422, "query.limit"},
		"/api/v1/calls?result=great":                  {422, "no-answer"},
		"/api/v1/calls?side=left":                     {422, "network"},
		"/api/v1/calls?last_response=1000":            {422, "query.last_response"},
		"/api/v1/calls?held=perhaps":                  {422, "query.held"},
		"/api/v1/calls?from=yesterday":                {422, "want 2026-11-21T03:38:47Z or 2026-11-21"},
		"/api/v1/calls?from=2026-11-22&to=2026-11-21": {422, "expected a time after from"},
		"/api/v1/calls?cursor=xyz":                    {422, "cursor"},
		"/api/v1/calls?colour=red":                    {422, "query.colour"},
		"/api/v1/calls/nothing":                       {404, "not found"},
		"/api/v1/calls/nothing/flow":                  {404, "not found"},
		"/api/v1/calls/nothing/events":                {404, "not found"},
		"/api/v1/calls/nothing/flow?lang=tlh":         {422, "fr-CA"},
		"/api/v1/devices/nobody":                      {404, "not found"},
		"/api/v1/nonsense":                            {404, "/api/v1/openapi.json"},
		"/api/v1/calls/..%2f..%2fetc%2fpasswd":        {404, "not found"},
		"/api/v1/calls/%00":                           {404, "not found"},
	} {
		status, body := s.get(t, path)
		if status != want.status || !strings.Contains(body, want.says) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestChangesAreStreamed(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %s", got)
	}
	stream := bufio.NewScanner(resp.Body)
	expect := func(want string) {
		t.Helper()
		for stream.Scan() {
			if stream.Text() == want {
				return
			}
		}
		t.Fatalf("no %q: %v", want, stream.Err())
	}
	expect(": watching")
	p := storetest.NewPhone("reception-1", 1)
	s.write(t, p.Batch(p.Play(script)...))
	expect("event: call.updated")
	expect(`data: {"id":"01CALLER"}`)
	s.write(t, store.Presence{Origin: p.Origin(), State: store.StateLost})
	expect("event: device.updated")
	expect(`data: {"id":"reception-1"}`)
}

func TestProbesAreWhereTheyAreLookedFor(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ok\n", "/metrics": "sidetone_test 1\n"} {
		for _, prefix := range []string{"", api.Prefix} {
			if status, body := s.get(t, prefix+path); status != 200 || body != want {
				t.Errorf("%s%s: %d %q", prefix, path, status, body)
			}
		}
	}
	s.ready = errors.New("database or disk is full")
	if status, body := s.get(t, "/readyz"); status != 503 || !strings.Contains(body, "disk is full") {
		t.Errorf("not ready: %d %q", status, body)
	}
	if status, _ := s.get(t, "/healthz"); status != 200 {
		t.Errorf("a collector with a full disk is alive, not %d", status)
	}
}

func TestTheInterfaceDescribesItself(t *testing.T) {
	s := newSite(t)
	var doc struct {
		Paths map[string]any
	}
	s.into(t, "/api/v1/openapi.json", &doc)
	for path := range strings.SplitSeq("/calls /calls/{id} /calls/{id}/flow /calls/{id}/events /devices /devices/{id} /stream", " ") {
		if doc.Paths[api.Prefix+path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
}

func TestAStoreThatCannotBeReadIsNoFaultOfTheClient(t *testing.T) {
	s := newSite(t)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/calls", "/calls/x", "/calls/x/flow", "/calls/x/events", "/devices", "/devices/x"} {
		if status, body := s.get(t, api.Prefix+path); status != 500 || strings.Contains(body, "sql") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
