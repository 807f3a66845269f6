package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

// collector is a running process.
type collector struct {
	t          testing.TB
	cmd        *exec.Cmd
	log        *bytes.Buffer // readable when ended is closed
	ended      chan struct{}
	err        error // how it ended
	http, mqtt string
	mqtts      string // without a scheme
}

// launch starts a collector and waits until it says that it is up.
func launch(t testing.TB, args ...string) *collector {
	t.Helper()
	c := &collector{t: t, log: new(bytes.Buffer), ended: make(chan struct{})}
	c.cmd = exec.Command("sidetone-collector", append([]string{"serve", "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"}, args...)...)
	c.cmd.Stderr = c.log
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	up := lines.Scan()
	for _, field := range strings.Fields(lines.Text()) {
		if v, ok := strings.CutPrefix(field, "http="); ok {
			c.http = "http://" + v
		}
		if v, ok := strings.CutPrefix(field, "mqtt="); ok {
			c.mqtt = "mqtt://" + v
		}
		if v, ok := strings.CutPrefix(field, "mqtts="); ok {
			c.mqtts = v
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	t.Cleanup(func() { _ = c.end(syscall.SIGKILL) })
	if !up || c.http == "" {
		<-c.ended
		t.Fatalf("the collector is not up: %v\n%s", c.err, c.log)
	}
	return c
}

// end sends a signal and waits for the process to end.
func (c *collector) end(s os.Signal) error {
	_ = c.cmd.Process.Signal(s) // it may have ended already
	<-c.ended
	return c.err
}

func (c *collector) get(path string, into any) int {
	c.t.Helper()
	resp, err := http.Get(c.http + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK && into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			c.t.Fatal(err)
		}
	}
	return resp.StatusCode
}

// connect makes an MQTT client that is a device; it does not come back by itself.
func connect(t *testing.T, broker, device string) paho.Client {
	t.Helper()
	client := paho.NewClient(paho.NewClientOptions().AddBroker(broker).SetClientID(device).SetProtocolVersion(4).
		SetAutoReconnect(false).SetConnectRetry(false).SetWriteTimeout(10 * time.Second))
	token := client.Connect()
	if token.Wait(); token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { client.Disconnect(0) })
	return client
}

// batch is one call as a phone publishes it.
type batch struct {
	call    string
	payload []byte
	events  int
}

func batches(p *storetest.Phone, n int) []batch {
	out := make([]batch, 0, n)
	for i := range n {
		b := batch{call: fmt.Sprintf("%s-%04d", strings.ToUpper(p.ID), i)}
		for _, l := range p.Play(storetest.Script{Call: b.call, From: "sip:101@example.com", To: "sip:102@example.com", SIPCallID: b.call}) {
			b.payload = append(append(b.payload, l.Raw...), '\n')
			b.events++
		}
		out = append(out, b)
	}
	return out
}

// publishing sends batches, four at a time, until the connection breaks; it returns those that were acknowledged.
func publishing(client paho.Client, device string, all []batch, acknowledged func()) []batch {
	var got []batch
	for len(all) > 0 {
		n := min(4, len(all))
		var tokens []paho.Token
		for _, b := range all[:n] {
			tokens = append(tokens, client.Publish("st/v1/default/"+device+"/up/ev", 1, false, b.payload))
		}
		for i, token := range tokens {
			if token.Wait(); token.Error() != nil {
				return got
			}
			got = append(got, all[i])
			acknowledged()
		}
		all = all[n:]
	}
	return got
}

func TestNothingThatWasAcknowledgedIsLostByKill9AndNothingIsDoubled(t *testing.T) {
	const phones, calls, killAfter = 6, 50, 120
	database := "sqlite:" + filepath.Join(t.TempDir(), "sidetone.db")
	first := launch(t, "--database", database)

	sent := map[string][]batch{}
	acked := map[string][]batch{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	reached := make(chan struct{})
	n := 0
	for i := range phones {
		p := storetest.NewPhone(fmt.Sprintf("phone-%d", i), trace.Boot(i+1))
		all := batches(p, calls)
		sent[p.ID] = all
		client := connect(t, first.mqtt, p.ID)
		wg.Go(func() {
			got := publishing(client, p.ID, all, func() {
				mu.Lock()
				defer mu.Unlock()
				if n++; n == killAfter {
					close(reached)
				}
			})
			mu.Lock()
			defer mu.Unlock()
			acked[p.ID] = got
		})
	}
	<-reached
	_ = first.end(syscall.SIGKILL)
	wg.Wait()

	second := launch(t, "--database", database)
	expect := func(b batch) {
		t.Helper()
		var got struct {
			Summary      trace.Summary
			Completeness struct{ Seen int }
		}
		if status := second.get("/api/v1/calls/"+b.call, &got); status != http.StatusOK || !got.Summary.Complete || got.Completeness.Seen != b.events {
			t.Errorf("%s: %d, complete %v, %d events of %d", b.call, status, got.Summary.Complete, got.Completeness.Seen, b.events)
		}
	}
	total := 0
	for _, list := range acked {
		for _, b := range list {
			expect(b)
			total++
		}
	}
	t.Logf("%d batches were acknowledged before the kill", total)
	for device, list := range sent { // the devices do not know what arrived: they send everything again
		client := connect(t, second.mqtt, device)
		wg.Go(func() {
			if again := publishing(client, device, list, func() {}); len(again) != len(list) {
				t.Errorf("%s: %d of %d acknowledged", device, len(again), len(list))
			}
		})
	}
	wg.Wait()
	for _, list := range sent {
		for _, b := range list {
			expect(b)
		}
	}
	var devices struct {
		Devices []struct {
			ID   string
			Gaps []trace.Gap
		}
	}
	second.get("/api/v1/devices", &devices)
	for _, d := range devices.Devices {
		if len(d.Gaps) > 0 {
			t.Errorf("%s: gaps %v", d.ID, d.Gaps)
		}
	}
	if err := second.end(syscall.SIGTERM); err != nil {
		t.Errorf("an orderly end: %v\n%s", err, second.log)
	}
}

func TestEverythingIsServedAndEndsInOrder(t *testing.T) {
	c := launch(t, "--database", "sqlite:"+filepath.Join(t.TempDir(), "new", "folder", "sidetone.db"))
	for path, want := range map[string]int{
		"/": 200, "/healthz": 200, "/readyz": 200, "/metrics": 200, "/api/v1/calls": 200, "/api/v1/nothing": 404, "/calls/nothing": 404,
	} {
		if got := c.get(path, nil); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	stream, err := http.Get(c.http + "/api/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Body.Close() }()
	device := connect(t, c.mqtt, "reception-1")
	defer device.Disconnect(0)
	if err := c.end(syscall.SIGTERM); err != nil { // with a stream open and a device connected
		t.Errorf("the end: %v\n%s", err, c.log)
	}
}

func TestAPortInUseIsNamedWithWhereItWasConfigured(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := t.TempDir()
	file := filepath.Join(dir, "collector.yaml")
	text := fmt.Sprintf("database: sqlite:%s/sidetone.db\nhttp: 127.0.0.1:0\nmqtt: %s\n", dir, taken.Addr())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		file + ":3: mqtt: listen tcp " + taken.Addr().String(): {"-c", file},
		"--http: listen tcp " + taken.Addr().String():          {"-c", file, "--http", taken.Addr().String()},
	} {
		out, err := exec.Command("sidetone-collector", append([]string{"serve"}, args...)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(string(out), want) || !strings.Contains(string(out), "address already in use") {
			t.Errorf("%v\n%s\nwant %s", err, out, want)
		}
	}
}

func TestADatabaseInUseIsNamed(t *testing.T) {
	database := "sqlite:" + filepath.Join(t.TempDir(), "sidetone.db")
	launch(t, "--database", database)
	out, err := exec.Command("sidetone-collector", "serve", "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--database", database).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--database: ") || !strings.Contains(string(out), "another collector is using it") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAPartThatFailsEndsTheOthers(t *testing.T) {
	failure := errors.New("no more")
	p := newParts(context.Background())
	var order []string
	p.last("last", func(ctx context.Context) error { <-ctx.Done(); order = append(order, "last"); return nil })
	waiting := make(chan struct{})
	p.add("waits", func(ctx context.Context) error {
		close(waiting)
		<-ctx.Done()
		order = append(order, "waits")
		return nil
	})
	p.add("fails", func(context.Context) error { <-waiting; return failure })
	if err := p.wait(); !errors.Is(err, failure) || !strings.Contains(err.Error(), "fails") {
		t.Errorf("error %v", err)
	}
	if strings.Join(order, " ") != "waits last" {
		t.Errorf("ended in the order %v", order)
	}
}
