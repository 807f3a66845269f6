package api_test

import (
	"context"
	"crypto/ed25519"
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
	"go.uber.org/zap"

	"sidetone/collector/api"
	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/collector/store/storetest"
	"sidetone/internal/seal"
	"sidetone/trace"
)

// control is the API over a store with one device, and what it published.
type control struct {
	*site
	now       time.Time
	published []ingest.Outgoing
	refuse    error
}

func newControl(t *testing.T, key ed25519.PrivateKey) *control {
	t.Helper()
	c := &control{site: &site{}, now: time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)}
	var err error
	if c.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "sidetone.db")); err != nil {
		t.Fatal(err)
	}
	publish := func(_ context.Context, o ingest.Outgoing) error {
		c.published = append(c.published, o)
		return c.refuse
	}
	c.Server = httptest.NewServer(api.New(c.store, api.Options{
		Logger: zap.NewNop(), Ready: func() error { return nil },
		Remote: &api.Remote{Store: c.store, Publish: publish, Key: key, Now: func() time.Time { return c.now }},
	}))
	t.Cleanup(func() { c.Close(); _ = c.store.Close() })
	p := storetest.NewPhone("reception-1", 1)
	c.write(t, p.Batch(p.Event("", trace.AgentStarted, trace.Started{Name: "Reception"})))
	return c
}

// send sends a request and gives its status and body.
func (c *control) send(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

const commands = "/devices/reception-1/commands"

func TestCommandIsPublishedToItsDeviceAndItsAnswersAreRead(t *testing.T) {
	c := newControl(t, nil)
	status, body := c.send(t, http.MethodPost, commands, `{"op":"echo","args":{"a": "<é>"},"ttl":"30s"}`)
	var sent api.Command
	if err := json.Unmarshal([]byte(body), &sent); err != nil || status != http.StatusAccepted || sent.CID == "" || sent.State != "sent" {
		t.Fatalf("%d %s", status, body)
	}
	if len(c.published) != 1 || c.published[0].Topic != "st/v1/default/reception-1/dn/cmd" || c.published[0].Retain {
		t.Fatalf("published %+v", c.published)
	}
	var wire map[string]any
	if err := json.Unmarshal(c.published[0].Payload, &wire); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"cid": sent.CID, "op": "echo", "args": map[string]any{"a": "<é>"}, "exp": "2026-11-28T05:00:31Z", "ttl": "30s", "by": "http 127.0.0.1",
	}
	if diff := cmp.Diff(want, wire); diff != "" {
		t.Error(diff)
	}
	o := store.Origin{Tenant: "default", Device: "reception-1", At: c.now}
	c.write(t, store.Answer{Origin: o, CID: sent.CID, State: store.CommandDone, Data: json.RawMessage(`{"a":1}`)})
	var got api.Command
	c.into(t, "/api/v1"+commands+"/"+sent.CID, &got)
	if got.State != "done" || string(got.Data) != `{"a":1}` || len(got.Steps) != 1 || got.By != "http 127.0.0.1" {
		t.Errorf("%+v", got)
	}
	_, _ = c.send(t, http.MethodPost, commands, `{"op":"echo","ttl":10}`)
	c.now = c.now.Add(time.Minute)
	var list struct{ Commands []api.Command }
	c.into(t, "/api/v1"+commands, &list)
	if len(list.Commands) != 2 || list.Commands[0].State == list.Commands[1].State {
		t.Errorf("%+v", list)
	}
	for _, one := range list.Commands {
		if one.CID != sent.CID && one.State != "expired" {
			t.Errorf("a command without an answer is %s", one.State)
		}
	}
}

func TestCommandThatCannotBeGivenIsRefused(t *testing.T) {
	c := newControl(t, nil)
	for _, tc := range []struct {
		path, body string
		want       int
	}{
		{"/devices/nobody/commands", `{"op":"echo"}`, 404},
		{commands, `{"op":"rm -rf"}`, 422},
		{commands, `{"op":""}`, 422},
		{commands, `{}`, 422},
		{commands, `{"op":"echo","colour":"red"}`, 422},
		{commands, `{"op":"echo","ttl":"48h"}`, 400},
		{commands, `{"op":"echo","ttl":0}`, 400},
		{commands, `{"op":"echo","args":"` + strings.Repeat("x", 13<<10) + `"}`, 422},
		{commands, `nonsense`, 400},
	} {
		if status, body := c.send(t, http.MethodPost, tc.path, tc.body); status != tc.want && (tc.want != 400 || status != 422) {
			t.Errorf("%s %.40s: %d %s", tc.path, tc.body, status, body)
		}
	}
	if status, _ := c.get(t, "/api/v1"+commands+"/UNKNOWN"); status != 404 {
		t.Errorf("unknown: %d", status)
	}
	if len(c.published) != 0 {
		t.Errorf("published %+v", c.published)
	}
	c.refuse = errors.New("away")
	if status, body := c.send(t, http.MethodPost, commands, `{"op":"echo"}`); status != 503 {
		t.Errorf("without a broker: %d %s", status, body)
	}
}

func TestNoOtherSiteGivesCommands(t *testing.T) {
	c := newControl(t, nil)
	for name, tc := range map[string]struct {
		want   int
		header []string
	}{
		"a page of another site":   {403, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}},
		"a page of another origin": {403, []string{"Origin", "https://evil.example"}},
		"a form":                   {415, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		"plain text":               {415, []string{"Content-Type", "text/plain"}},
		"nothing said":             {415, []string{"Content-Type", ""}},
		"an own page":              {202, []string{"Sec-Fetch-Site", "same-origin"}},
		"a program":                {202, nil},
	} {
		for method, path := range map[string]string{http.MethodPost: commands, http.MethodPut: "/devices/reception-1/config"} {
			body := `{"op":"echo"}`
			if method == http.MethodPut {
				body = `{"set":{}}`
			}
			if status, text := c.send(t, method, path, body, tc.header...); status != tc.want {
				t.Errorf("%s, %s: %d %s", name, method, status, text)
			}
		}
	}
	if status, _ := c.send(t, http.MethodDelete, "/devices/reception-1/config", "", "Origin", "https://evil.example"); status != 403 {
		t.Errorf("delete: %d", status)
	}
}

func TestWhatIsPublishedIsSignedWithTheKey(t *testing.T) {
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))
	public := key.Public().(ed25519.PublicKey)
	c := newControl(t, key)
	c.send(t, http.MethodPost, commands, `{"op":"echo","args":{ "a": "<é>" }}`)
	c.send(t, http.MethodPut, "/devices/reception-1/config", `{"set":{"log.level": "debug"}}`)
	var w struct {
		CID, Op, Exp, By, Sig string
		Args, TTL, Set        json.RawMessage
		Ver                   json.Number
	}
	if err := json.Unmarshal(c.published[0].Payload, &w); err != nil {
		t.Fatal(err)
	}
	if err := seal.Verify(public, w.Sig, seal.Command, "default", "reception-1", w.CID, w.Op, string(w.Args), w.Exp, string(w.TTL), w.By); err != nil {
		t.Errorf("%s: %v", c.published[0].Payload, err)
	}
	w.Exp = ""
	if err := json.Unmarshal(c.published[1].Payload, &w); err != nil {
		t.Fatal(err)
	}
	if err := seal.Verify(public, w.Sig, seal.Config, "default", "reception-1", w.Ver.String(), string(w.Set), w.Exp, w.By); err != nil {
		t.Errorf("%s: %v", c.published[1].Payload, err)
	}
}

func TestConfigurationIsKeptForItsDevice(t *testing.T) {
	c := newControl(t, nil)
	const path = "/devices/reception-1/config"
	var w api.Wanted
	c.into(t, "/api/v1"+path, &w)
	if w.Ver != 0 || string(w.Set) != `{}` {
		t.Errorf("before: %+v", w)
	}
	put := func(body string) int64 {
		t.Helper()
		status, text := c.send(t, http.MethodPut, path, body)
		var w api.Wanted
		if err := json.Unmarshal([]byte(text), &w); err != nil || status != http.StatusAccepted {
			t.Fatalf("%d %s", status, text)
		}
		return w.Ver
	}
	first, second := put(`{"set":{"log.level":"debug"}}`), put(`{"set":{"calls.max":3}}`)
	if first != c.now.Unix() || second != first+1 {
		t.Errorf("versions %d, %d", first, second)
	}
	c.write(t, store.Presence{
		Origin: store.Origin{Tenant: "default", Device: "reception-1", At: c.now}, State: store.StateReady, Boot: 1, Conn: 1,
		Config: json.RawMessage(`{"ver":1}`),
	})
	c.into(t, "/api/v1"+path, &w)
	if w.Ver != second || string(w.Set) != `{"calls.max":3}` || w.By != "http 127.0.0.1" || string(w.Device) != `{"ver":1}` {
		t.Errorf("%+v", w)
	}
	var d api.Device
	c.into(t, "/api/v1/devices/reception-1", &d)
	if string(d.Config) != `{"ver":1}` {
		t.Errorf("the device stands at %s", d.Config)
	}
	retained, err := api.AllWanted(c.store)(t.Context())
	if err != nil || len(retained) != 1 || !cmp.Equal(retained[0], c.published[1]) || !retained[0].Retain || retained[0].Topic != "st/v1/default/reception-1/dn/cfg" {
		t.Errorf("%+v, %v", retained, err)
	}
	if status, text := c.send(t, http.MethodDelete, path, ""); status != http.StatusAccepted {
		t.Errorf("delete: %d %s", status, text)
	}
	c.into(t, "/api/v1"+path, &w)
	if w.Ver != second+1 || string(w.Set) != `{}` {
		t.Errorf("deleted: %+v", w)
	}
	for body, want := range map[string]int{`{}`: 422, `{"set":null}`: 422, `{"set":[]}`: 422, `{"set":{"a":"` + strings.Repeat("x", 13<<10) + `"}}`: 422} {
		if status, text := c.send(t, http.MethodPut, path, body); status != want {
			t.Errorf("%.30s: %d %s", body, status, text)
		}
	}
	if status, _ := c.send(t, http.MethodPut, "/devices/nobody/config", `{"set":{}}`); status != 404 {
		t.Errorf("of nobody: %d", status)
	}
}
