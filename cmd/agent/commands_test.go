package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/api"
	"sidetone/collector/ingest"
	"sidetone/collector/ingest/embedded"
	"sidetone/collector/store/sqlite"
	"sidetone/journal"
	"sidetone/trace"
)

// fleet is a collector with its broker and API, and a registrar, for agents in this process.
type fleet struct {
	t         *testing.T
	dir       string
	handler   *ingest.Handler
	api       *httptest.Server
	broker    string
	registrar string
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	dir, err := os.MkdirTemp("", "st") // a short path, for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	f := &fleet{t: t, dir: dir, registrar: registrar(t)}
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "sidetone.db"))
	if err != nil {
		t.Fatal(err)
	}
	f.handler = ingest.New(st, zap.NewNop())
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := embedded.New(embedded.Options{Listener: listener, Handler: f.handler, Known: st, Retained: api.AllWanted(st), Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	f.broker = "mqtt://" + listener.Addr().String()
	handling := background(func(ctx context.Context) error { f.handler.Run(ctx); return nil })
	serving := background(server.Run)
	f.api = httptest.NewServer(api.New(st, api.Options{
		Logger: zap.NewNop(), Ready: f.handler.Err, Remote: &api.Remote{Store: st, Publish: server.Publish},
	}))
	t.Cleanup(func() {
		f.api.Close()
		if err := serving.stop(); err != nil {
			t.Error(err)
		}
		_ = handling.stop()
		_ = st.Close()
	})
	return f
}

// registrar takes every registration but those of a user agent that calls itself bad.
func registrar(t *testing.T) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	copied := regexp.MustCompile(`(?im)^(via|from|call-id|cseq|contact|expires): .*\r\n`)
	to := regexp.MustCompile(`(?im)^to: .*`)
	go func() {
		buf := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			text := string(buf[:n])
			if !strings.HasPrefix(text, "REGISTER ") {
				continue
			}
			status := "200 OK"
			if strings.Contains(text, "User-Agent: bad") {
				status = "403 Forbidden"
			}
			answer := "SIP/2.0 " + status + "\r\n" + strings.Join(copied.FindAllString(text, -1), "") +
				strings.TrimSpace(to.FindString(text)) + ";tag=r\r\nContent-Length: 0\r\n\r\n"
			_, _ = conn.WriteTo([]byte(answer), from)
		}
	}()
	return conn.LocalAddr().String()
}

// start runs an agent until the test ends, and gives its SIP address.
func (f *fleet) start(name, yaml string) (address string) {
	f.t.Helper()
	file := filepath.Join(f.dir, name+".yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		f.t.Fatal(err)
	}
	out, in := io.Pipe()
	log := &lockedLog{}
	running := background(func(ctx context.Context) error {
		defer func() { _ = in.Close() }()
		return runPhone(ctx, file, in, log)
	})
	f.t.Cleanup(func() {
		if err := running.stop(); err != nil {
			f.t.Errorf("%s: %v", name, err)
		}
		if f.t.Failed() {
			f.t.Logf("%s logged:\n%s", name, log.text())
		}
	})
	ready := make([]byte, 4096)
	n, err := out.Read(ready)
	if err != nil {
		f.t.Fatalf("%s: %v\n%s", name, err, log.text())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return regexp.MustCompile(`sip=udp://(\S+)`).FindStringSubmatch(string(ready[:n]))[1]
}

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedLog) text() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// until waits until something is so.
func (f *fleet) until(what string, is func() bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			f.t.Fatalf("waited %s for %s", patience, what)
		case <-ticker.C:
		}
	}
}

// request asks the API, and tells whether it answered well.
func (f *fleet) request(method, path, body string, into any) bool {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.api.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := f.api.Client().Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode < 300 && json.NewDecoder(resp.Body).Decode(into) == nil
}

const reception = "/devices/reception-1"

// ask has the device do something and waits for the end of it.
func (f *fleet) ask(op, args string) api.Command {
	f.t.Helper()
	var c api.Command
	if !f.request(http.MethodPost, reception+"/commands", fmt.Sprintf(`{"op":%q,"args":%s,"ttl":"30s"}`, op, args), &c) {
		f.t.Fatalf("%s was not taken", op)
	}
	f.until(op, func() bool {
		return f.request(http.MethodGet, reception+"/commands/"+c.CID, "", &c) && (c.State == "done" || c.State == "failed")
	})
	return c
}

func (f *fleet) device() api.Device {
	f.t.Helper()
	var d api.Device
	f.request(http.MethodGet, reception, "", &d)
	return d
}

// standing is how the device says that it stands with its configuration.
func (f *fleet) standing() (s struct {
	Ver, Refused int64
	Trial        bool
	Error        string
},
) {
	f.t.Helper()
	if d := f.device(); len(d.Config) > 0 {
		if err := json.Unmarshal(d.Config, &s); err != nil {
			f.t.Fatal(err)
		}
	}
	return s
}

func (f *fleet) done(c api.Command) {
	f.t.Helper()
	if c.State != "done" {
		f.t.Fatalf("%s: %s %s %s", c.Op, c.State, c.Code, c.Data)
	}
}

func (f *fleet) failed(c api.Command, code string) {
	f.t.Helper()
	if c.State != "failed" || c.Code != code {
		f.t.Errorf("%s: %s %s %s, want failed %s", c.Op, c.State, c.Code, c.Data, code)
	}
}

// newReception starts a collector and a phone that reports to it, registered.
func newReception(t *testing.T) *fleet {
	t.Helper()
	before := trialFor
	trialFor = 4 * time.Second
	t.Cleanup(func() { trialFor = before })
	f := newFleet(t)
	f.start("reception", fmt.Sprintf(`
device: {id: reception-1, control: %[1]s/a.sock}
telemetry: {broker: "%[2]s", journal: {dir: %[1]s/journal}}
sip: {listen: ["udp://127.0.0.1:0"], accounts: [{aor: "sip:101@%[3]s", registrar: "sip:%[3]s"}]}
media: {rtp_ports: 21000-21099}
calls: {allowed: [102]}
`, f.dir, f.broker, f.registrar))
	f.until("the phone to be registered", func() bool {
		d := f.device()
		return d.State == "ready" && len(d.Lines) == 1 && d.Lines[0].Status == "up"
	})
	return f
}

func TestDeviceIsAskedThroughTheCollector(t *testing.T) {
	f := newReception(t)
	other := f.start("warehouse", fmt.Sprintf(`
device: {id: warehouse-2, control: %[1]s/b.sock, sim: {answer_after: 0s}}
telemetry: {broker: "", journal: {dir: %[1]s/other}}
sip: {listen: ["udp://127.0.0.1:0"]}
media: {rtp_ports: 21100-21199}
`, f.dir))

	c := f.ask("echo", `{"a":"é"}`)
	f.done(c)
	if string(c.Data) != `{"a":"é"}` || len(c.Steps) != 2 {
		t.Errorf("echo: %s in %d steps", c.Data, len(c.Steps))
	}
	f.failed(f.ask("self.destruct", `{}`), "unknown")
	f.failed(f.ask("call.hangup", `{}`), "not-found")
	f.failed(f.ask("call.hangup", `{"colour":1}`), "args")
	f.failed(f.ask("line.reregister", `{"line":7}`), "not-found")
	f.done(f.ask("line.reregister", `{"line":1}`))
	f.done(f.ask("line.reregister", `{}`))

	f.failed(f.ask("log.level", `{"level":"loud"}`), "args")
	f.failed(f.ask("log.level", `{"level":"debug","for":"48h"}`), "args")
	f.done(f.ask("log.level", `{"level":"debug","for":"1s"}`))
	c = f.ask("log.get", `{"lines":1000}`)
	f.done(c)
	if !strings.Contains(string(c.Data), "connected to the broker") || !strings.Contains(string(c.Data), `"cut":true`) {
		t.Errorf("log: %s", c.Data)
	}
	f.failed(f.ask("log.get", `{"lines":0}`), "args")

	f.failed(f.ask("trace.level", `{"capture":"some"}`), "args")
	f.failed(f.ask("trace.level", `{"for":"1ms"}`), "args")
	f.done(f.ask("trace.level", `{"capture":"none","for":"1h"}`))
	f.failed(f.ask("call.test", `{}`), "args")
	f.failed(f.ask("call.test", `{"target":"102","for":"1h"}`), "args")
	f.failed(f.ask("call.test", `{"target":"102","lang":"xx"}`), "args")
	call := f.testCall("sip:102@"+other, trace.ResultAnswered)
	f.wantCaptured(call, false)
	f.done(f.ask("trace.level", `{"for":"1s"}`)) // as configured: full
	call = f.testCall("sip:102@"+other, trace.ResultAnswered)
	f.wantCaptured(call, true)
	f.testCall("sip:900@"+other, trace.ResultBlocked)

	before := f.handler.Stats().Snapshot().Duplicates
	c = f.ask("trace.get", `{"call":"`+call+`"}`)
	f.done(c)
	var got struct{ Events, Batches int }
	if err := json.Unmarshal(c.Data, &got); err != nil || got.Events < 10 || got.Batches < 1 {
		t.Errorf("sent again: %s", c.Data)
	}
	f.until("the events to come again", func() bool { return f.handler.Stats().Snapshot().Duplicates == before+got.Events })
	f.failed(f.ask("trace.get", `{"call":"01UNKNOWN"}`), "not-found")
	f.failed(f.ask("trace.get", `{}`), "args")

	f.wantRecorded(t, "log.get", "http 127.0.0.1")
}

// testCall has the device place a test call, and gives its id.
func (f *fleet) testCall(target string, want trace.Result) string {
	f.t.Helper()
	c := f.ask("call.test", `{"target":"`+target+`","for":"1s"}`)
	f.done(c)
	var got struct {
		Call, Story string
		Result      trace.Result
	}
	if err := json.Unmarshal(c.Data, &got); err != nil || got.Result != want || len(got.Story) < 50 {
		f.t.Errorf("%s: %s", target, c.Data)
	}
	return got.Call
}

// wantCaptured waits for a call at the collector and looks whether its messages were kept.
func (f *fleet) wantCaptured(call string, want bool) {
	f.t.Helper()
	var all struct {
		Events []struct {
			Data struct{ Raw, Transport string }
		}
	}
	f.until("the call at the collector", func() bool {
		return f.request(http.MethodGet, "/calls/"+call+"/events", "", &all) && len(all.Events) > 8
	})
	for _, e := range all.Events {
		if e.Data.Transport != "" && (e.Data.Raw != "") != want {
			f.t.Errorf("a message was kept: %v", !want)
			return
		}
	}
}

// wantRecorded looks for a command in the device's own journal.
func (f *fleet) wantRecorded(t *testing.T, op, by string) {
	t.Helper()
	r, err := journal.OpenReader(filepath.Join(f.dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	states := map[string]int{}
	for {
		rec, err := r.Poll()
		if err != nil {
			break
		}
		e, _ := trace.Decode(rec.Payload)
		if d, ok := e.Data.(trace.Command); ok && d.Op == op && d.By == by {
			states[d.State]++
		}
	}
	if states["accepted"] == 0 || states["done"] == 0 || states["failed"] == 0 {
		t.Errorf("%s by %s in the journal: %v", op, by, states)
	}
}

func TestConfigurationIsSetThroughTheCollector(t *testing.T) {
	f := newReception(t)
	c := f.ask("config.check", `{"set":{"log.level":"loud","sip.listen":["udp://0.0.0.0:1"]}}`)
	f.done(c)
	if !strings.Contains(string(c.Data), `"good":false`) || !strings.Contains(string(c.Data), `"key":"sip.listen"`) {
		t.Errorf("check: %s", c.Data)
	}
	if c = f.ask("config.check", `{"set":{"log.level":"debug"}}`); !strings.Contains(string(c.Data), `"good":true`) {
		t.Errorf("check: %s", c.Data)
	}
	f.failed(f.ask("config.check", `{}`), "args")
	f.failed(f.ask("config.apply", `{"set":{"telemetry.broker":"mqtt://elsewhere"}}`), "refused")

	boot := f.device().Boot
	c = f.ask("config.apply", `{"set":{"device.name":"Front"}}`)
	f.done(c)
	if d := f.device(); d.Name != "Front" || d.Boot == boot || f.standing().Ver != 1 {
		t.Errorf("applied: %s, %+v", d.Name, f.standing())
	}
	c = f.ask("config.apply", `{"set":{"sip.user_agent":"bad"}}`)
	f.failed(c, "refused")
	if s := f.standing(); s.Ver != 1 || s.Refused != 2 || !strings.Contains(s.Error, "line 1 is not registered any more") || f.device().Name != "Front" {
		t.Errorf("taken back: %+v, %s", s, c.Data)
	}
	f.failed(f.ask("config.apply", `{"ver":1,"set":{}}`), "refused")

	var w api.Wanted
	if !f.request(http.MethodPut, reception+"/config", `{"set":{"device.name":"Desk"}}`, &w) {
		t.Fatal("not taken")
	}
	f.until("the wish to be fulfilled", func() bool { s := f.standing(); return s.Ver == w.Ver && !s.Trial })
	if name := f.device().Name; name != "Desk" {
		t.Errorf("fulfilled: %s", name)
	}
	wished := w.Ver
	if !f.request(http.MethodPut, reception+"/config", `{"set":{"log.level":"loud"}}`, &w) {
		t.Fatal("not taken")
	}
	f.until("the wish to be refused", func() bool { return f.standing().Refused == w.Ver })
	if s := f.standing(); s.Ver != wished || !strings.Contains(s.Error, "log.level") {
		t.Errorf("refused: %+v", s)
	}

	boot = f.device().Boot
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	f.until("the file to be read again", func() bool { d := f.device(); return d.Boot != boot && d.State == "ready" })
	boot = f.device().Boot
	c = f.ask("agent.restart", `{}`)
	f.done(c)
	if d := f.device(); d.Boot == boot || d.Name != "Desk" || f.standing().Ver != wished {
		t.Errorf("after a restart: %s, %+v", d.Name, f.standing())
	}

	if !f.request(http.MethodDelete, reception+"/config", "", &w) {
		t.Fatal("not taken")
	}
	f.until("the device to return to its file", func() bool { s := f.standing(); return s.Ver == w.Ver && !s.Trial })
	if name := f.device().Name; name != "Reception" {
		t.Errorf("returned: %s", name)
	}
}

func TestRestartWaitsUntilNoCallIsUp(t *testing.T) {
	f := newReception(t)
	other := f.start("warehouse", fmt.Sprintf(`
device: {id: warehouse-2, control: %[1]s/b.sock, sim: {answer_after: never}}
telemetry: {broker: "", journal: {dir: %[1]s/other}}
sip: {listen: ["udp://127.0.0.1:0"]}
media: {rtp_ports: 21100-21199}
`, f.dir))
	boot := f.device().Boot
	var test, restart api.Command
	f.request(http.MethodPost, reception+"/commands", `{"op":"call.test","args":{"target":"sip:102@`+other+`"}}`, &test)
	f.until("the call", func() bool {
		return f.request(http.MethodGet, reception+"/commands/"+test.CID, "", &test) && test.State == "progress"
	})
	f.failed(f.ask("call.test", `{"target":"102"}`), "busy")
	f.request(http.MethodPost, reception+"/commands", `{"op":"agent.restart","ttl":"1s"}`, &restart)
	f.until("the end of its time", func() bool {
		return f.request(http.MethodGet, reception+"/commands/"+restart.CID, "", &restart) && restart.State == "failed"
	})
	if restart.Code != "expired" || f.device().Boot != boot {
		t.Errorf("%+v", restart)
	}
	f.done(f.ask("agent.restart", `{"now":true}`))
	f.until("the new run", func() bool { return f.device().Boot != boot })
	f.request(http.MethodGet, reception+"/commands/"+test.CID, "", &test)
	if test.State == "progress" {
		t.Errorf("the call of a run that ended: %+v", test)
	}
}
