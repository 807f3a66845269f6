//go:build interop

// Package interop tests the programs from outside, against real peers. Where a peer is missing the test fails: `make peers`
// installs them.
package interop

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

const (
	agentProgram     = "../../bin/sidetone-agent"
	collectorProgram = "../../bin/sidetone-collector"
)

// testTime bounds every test; SIP's own timers of 32 s are the longest wait.
const testTime = 2 * time.Minute

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	t.Cleanup(cancel)
	return ctx
}

// program finds a peer's program; without it the test fails.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		for _, dir := range []string{"/usr/sbin", "/sbin"} {
			if p := filepath.Join(dir, name); fileExists(p) {
				return p
			}
		}
		t.Fatalf("%s is missing: make peers installs it", name)
	}
	return path
}

func fileExists(path string) bool { _, err := os.Stat(path); return err == nil }

func absolute(t *testing.T, path string) string {
	t.Helper()
	p, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shortDir is a temporary folder with a path short enough for a control socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "st-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
			for _, log := range logs {
				said, _ := os.ReadFile(log)
				t.Logf("%s:\n%s", filepath.Base(log), tail(said, 6000))
			}
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// agentConfig is a phone that needs no broker, answers after a moment, and speaks G.711.
func agentConfig(broker string) fleet.Config {
	c := fleet.Config{}
	first := 20000 + 200*(int(time.Now().UnixNano()/1000)%60) // below the ports that the system gives away, which SIP takes
	return c.Set("device.id", "desk-1").Set("device.name", "Desk").
		Set("device.sim.answer_after", "300ms").
		Set("telemetry.broker", broker).
		Set("media.rtp_ports", fmt.Sprintf("%d-%d", first, first+199)).
		Set("media.codecs", []string{"pcma", "pcmu"}).
		Set("sip.user_agent", "Sidetone")
}

func startAgent(t *testing.T, ctx context.Context, c fleet.Config, wrapper ...string) *fleet.Agent {
	t.Helper()
	a, err := fleet.StartAgent(ctx, shortDir(t), absolute(t, agentProgram), "desk", c, wrapper...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop() })
	return a
}

func startCollector(t *testing.T, ctx context.Context, args ...string) *fleet.Collector {
	t.Helper()
	c, err := fleet.StartCollector(ctx, shortDir(t), absolute(t, collectorProgram), 0, 0, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop() })
	return c
}

// noBroker is an address nobody listens on: the phone works the same without its collector.
const noBroker = "mqtt://127.0.0.1:9"

// lastCall reads the newest call from the device's own trace.
func lastCall(t *testing.T, ctx context.Context, a *fleet.Agent) trace.Fold {
	t.Helper()
	return callOf(t, ctx, a, "last")
}

// callOf reads a call from the device's own trace.
func callOf(t *testing.T, ctx context.Context, a *fleet.Agent, call string) trace.Fold {
	t.Helper()
	out, err := a.Run(ctx, "trace", "show", call, "--raw", "-c", a.Config)
	if err != nil {
		t.Fatal(err)
	}
	var f trace.Fold
	for line := range strings.Lines(out) {
		if e, err := trace.Decode([]byte(strings.TrimSpace(line))); err == nil {
			f.Add(e)
		}
	}
	if !f.Complete {
		t.Fatalf("the trace is not complete: %+v\n%s", f, out)
	}
	return f
}

// awaitEvent waits until the phone has written down n events of a kind, and returns the last of them.
func awaitEvent(t *testing.T, ctx context.Context, a *fleet.Agent, kind trace.Kind, n int) trace.Event {
	t.Helper()
	return awaitNth(t, ctx, a, string(kind), n, func(e trace.Event) bool { return e.Kind == kind })
}

// awaitNth waits until the phone has written down n events that fit, and returns the last of them.
func awaitNth(t *testing.T, ctx context.Context, a *fleet.Agent, what string, n int, fits func(trace.Event) bool) trace.Event {
	t.Helper()
	for {
		events, err := a.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, e := range events {
			if fits(e) {
				seen++
			}
			if seen == n {
				return e
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s has %d of %d %s", a.Name, seen, n, what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// sipp runs a scenario to its end and fails when SIPp was not content. It returns the process's output.
type sipp struct {
	cmd  *exec.Cmd
	out  *bytes.Buffer
	dir  string
	host string
	port int

	transport string
}

func startSIPp(t *testing.T, ctx context.Context, transport, scenario string, remote int, more ...string) *sipp {
	t.Helper()
	return startSIPpAt(t, ctx, "127.0.0.1", transport, scenario, remote, more...)
}

// startSIPpAt starts it at one of the addresses of the loopback interface. Remote is a port at the same family's first address.
func startSIPpAt(t *testing.T, ctx context.Context, host, transport, scenario string, remote int, more ...string) *sipp {
	t.Helper()
	port, err := fleet.FreeSIP()
	if err != nil {
		t.Fatal(err)
	}
	mode := map[string]string{"udp": "u1", "tcp": "t1"}[transport]
	s := &sipp{dir: shortDir(t), host: host, port: port, transport: transport, out: &bytes.Buffer{}}
	args := []string{
		"-sf", absolute(t, filepath.Join("sipp", scenario+".xml")), "-i", host, "-mi", host, "-p", fmt.Sprint(port),
		"-m", "1", "-nostdin", "-t", mode, "-trace_err", "-timeout", "70s", "-timeout_error",
	}
	if !slices.Contains(more, "-m") { // a single call
		args = append(args, "-trace_msg")
	}
	args = append(args, more...)
	if remote != 0 {
		to := "127.0.0.1"
		if strings.Contains(host, ":") {
			to = "::1"
		}
		args = append(args, net.JoinHostPort(to, fmt.Sprint(remote)))
	}
	s.cmd = exec.CommandContext(ctx, program(t, "sipp"), args...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, s.out, s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if remote == 0 {
		awaitTakenAt(t, ctx, transport, net.JoinHostPort(host, fmt.Sprint(port)))
	}
	return s
}

// awaitTaken waits until somebody listens on a port, without disturbing them.
func awaitTaken(t *testing.T, ctx context.Context, transport string, port int) {
	t.Helper()
	awaitTakenAt(t, ctx, transport, fmt.Sprintf("127.0.0.1:%d", port))
}

// awaitTakenAt asks the system, as a socket of ours could be in the way of who is about to take the port.
func awaitTakenAt(t *testing.T, ctx context.Context, transport, address string) {
	t.Helper()
	_, number, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for !taken(transport, port) {
		select {
		case <-ctx.Done():
			t.Fatalf("nobody listens on %s %s", transport, address)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// taken looks for a socket on a port in the system's tables.
func taken(transport string, port int) bool {
	for _, table := range []string{transport, transport + "6"} {
		sockets, _ := os.ReadFile("/proc/net/" + table) // a system without IPv6 has no such table
		for line := range strings.Lines(string(sockets)) {
			if f := strings.Fields(line); len(f) > 1 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				return true
			}
		}
	}
	return false
}

// uri is SIPp's as a phone.
func (s *sipp) uri() string { return strings.Replace(s.server(), "sip:", "sip:sipp@", 1) }

// server is SIPp's as a proxy or a registrar.
func (s *sipp) server() string {
	uri := "sip:" + net.JoinHostPort(s.host, fmt.Sprint(s.port))
	if s.transport != "udp" {
		uri += ";transport=" + s.transport
	}
	return uri
}

func (s *sipp) wait(t *testing.T) {
	t.Helper()
	if err := s.cmd.Wait(); err != nil {
		logs, _ := filepath.Glob(filepath.Join(s.dir, "*.log"))
		for _, log := range logs {
			said, _ := os.ReadFile(log)
			t.Logf("%s:\n%s", filepath.Base(log), tail(said, 8000))
		}
		t.Fatalf("sipp: %v\n%s", err, tail(s.out.Bytes(), 3000))
	}
}
