//go:build interop

package interop

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// mosquitto is a broker on ports that were free. It forgets everything when it ends.
type mosquitto struct {
	*fleet.Process
	url, web string // as an agent's configuration calls it: over TCP, and as a web socket
	port     int    // over TCP

	dir string
}

func startMosquitto(t *testing.T, ctx context.Context) *mosquitto {
	t.Helper()
	port, err := fleet.FreeTCP(0)
	if err != nil {
		t.Fatal(err)
	}
	webPort, err := fleet.FreeSIP() // never the same
	if err != nil {
		t.Fatal(err)
	}
	m := &mosquitto{
		url: fmt.Sprintf("mqtt://127.0.0.1:%d", port), web: fmt.Sprintf("ws://127.0.0.1:%d/mqtt", webPort), port: port, dir: shortDir(t),
	}
	text := fmt.Sprintf("listener %d 127.0.0.1\nlistener %d 127.0.0.1\nprotocol websockets\nallow_anonymous true\nmax_queued_messages 0\n"+
		"persistence false\nlog_type all\n", port, webPort)
	if err := os.WriteFile(filepath.Join(m.dir, "mosquitto.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start(t, ctx)
	t.Cleanup(func() { _ = m.Stop() })
	return m
}

func (m *mosquitto) start(t *testing.T, ctx context.Context) {
	t.Helper()
	var err error
	m.Process, _, err = fleet.Start(ctx, m.dir, "mosquitto", "running", program(t, "mosquitto"), "-c", filepath.Join(m.dir, "mosquitto.conf"))
	if err != nil {
		t.Fatal(err)
	}
}

func TestMosquittoInPlaceOfTheEmbeddedBroker(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	m := startMosquitto(t, ctx)
	throughMosquitto(t, ctx, m.url, m.port)
}

func TestMosquittoOverAWebSocket(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	m := startMosquitto(t, ctx)
	throughMosquitto(t, ctx, m.web, m.port)
}

// throughMosquitto has a phone publish a call, and follows it at the broker.
func throughMosquitto(t *testing.T, ctx context.Context, broker string, port int) {
	t.Helper()
	// mosquitto_sub prints topic and payload in hexadecimal, a line each.
	sub := exec.CommandContext(ctx, program(t, "mosquitto_sub"), "-h", "127.0.0.1", "-p", fmt.Sprint(port), "-V", "311", "-q", "1",
		"-t", "st/v1/default/desk-1/up/#", "-F", "%t %x")
	out, err := sub.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Process.Kill(); _ = sub.Wait() })

	a := startAgent(t, ctx, agentConfig(broker))
	startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "101").wait(t)

	lines := make(chan string)
	go func() {
		defer close(lines)
		buf := make([]byte, 0, 1<<16)
		chunk := make([]byte, 1<<16)
		for {
			n, err := out.Read(chunk)
			buf = append(buf, chunk[:n]...)
			for {
				line, rest, ok := bytes.Cut(buf, []byte("\n"))
				if !ok {
					break
				}
				lines <- string(line)
				buf = rest
			}
			if err != nil {
				return
			}
		}
	}()

	var fold trace.Fold
	var next uint64 = 1
	births := 0
	for !fold.Complete {
		var line string
		select {
		case line = <-lines:
		case <-ctx.Done():
			t.Fatalf("no complete call came through Mosquitto: %+v", fold)
		}
		topic, payload, _ := strings.Cut(line, " ")
		raw, err := hex.DecodeString(payload)
		if err != nil {
			t.Fatal(err)
		}
		switch topic {
		case "st/v1/default/desk-1/up/state":
			births++
			if !strings.Contains(string(raw), `"s":"ready"`) {
				t.Errorf("birth: %s", raw)
			}
		case "st/v1/default/desk-1/up/ev":
			for _, e := range decodeBatch(t, raw) {
				if e.Seq != next {
					t.Errorf("event %d after %d", e.Seq, next-1)
				}
				next = e.Seq + 1
				if e.Call != "" {
					fold.Add(e)
				}
			}
		}
	}
	if births != 1 || fold.Result != trace.ResultAnswered || fold.Missing != 0 {
		t.Errorf("%d births; %+v", births, fold)
	}
}

func decodeBatch(t *testing.T, raw []byte) []trace.Event {
	t.Helper()
	if raw[0] == 0x78 {
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var events []trace.Event
	for line := range bytes.Lines(raw) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		e, err := trace.Decode(line)
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		events = append(events, e)
	}
	return events
}

func TestACallPlacedWhileTheBrokerIsAwayArrivesLater(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := startCollector(t, ctx)
	a := startAgent(t, ctx, agentConfig(c.MQTT))
	_ = c.Kill() // as a power cut would

	startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "101").wait(t)
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	id := lastCall(t, ctx, a).ID
	began := time.Now()
	if err := c.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := c.Call(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the call was complete %v after the collector came back", time.Since(began).Round(time.Millisecond))
	if s.Result != trace.ResultAnswered || !s.Complete || s.Missing != 0 {
		t.Errorf("%+v", s)
	}
}

func TestTheStoryOfACallThatAPowerCutEndedSaysSo(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := startCollector(t, ctx)
	a := startAgent(t, ctx, agentConfig(c.MQTT))
	peer := startSIPp(t, ctx, "udp", "uas_basic", 0)
	id, err := a.Dial(ctx, peer.uri())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Until(ctx, "talking"); err != nil {
		t.Fatal(err)
	}
	_ = a.Kill()
	if err := a.Restart(ctx, "desk"); err != nil {
		t.Fatal(err)
	}
	s, err := c.Call(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := c.Flow(ctx, id, "en")
	if err != nil {
		t.Fatal(err)
	}
	if s.Missing != 0 || !strings.Contains(flow.Verdict.Sentence(), "stopped") {
		t.Errorf("%+v\n%s", s, flow.Verdict.Sentence())
	}
}

func TestTheCollectorReadsFromMosquitto(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	m := startMosquitto(t, ctx)
	c := startCollector(t, ctx, "--broker", m.url)
	a := startAgent(t, ctx, agentConfig(m.url))
	startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "101").wait(t)
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := c.Call(ctx, lastCall(t, ctx, a).ID)
	if err != nil {
		t.Fatal(err)
	}
	if s.Result != trace.ResultAnswered || s.Missing != 0 || s.Device != "desk-1" {
		t.Errorf("%+v", s)
	}
}
