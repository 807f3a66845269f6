//go:build interop

package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/test/fleet"
	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/export"
)

// recordedCalls reads every call of trace/testdata that holds messages.
func recordedCalls(t *testing.T) map[string][]trace.View {
	t.Helper()
	calls := map[string][]trace.View{}
	for _, pattern := range []string{"*", "real/*"} {
		folders, err := filepath.Glob(filepath.Join("../../trace/testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range folders {
			if views, err := calltest.Read(dir); err == nil && filepath.Base(dir) != "blocked" {
				calls[filepath.Base(dir)] = views
			}
		}
	}
	if len(calls) < 40 {
		t.Fatalf("only %d calls", len(calls))
	}
	return calls
}

// exported writes a call to a file.
func exported(t *testing.T, dir, name, format string, views []trace.View, redact bool) string {
	t.Helper()
	f, err := export.Find(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := export.Write(&b, f, views, export.Options{Redact: redact}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+f.Extension)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tshark reads a capture, every checksum verified.
func tshark(t *testing.T, ctx context.Context, path string, args ...string) string {
	t.Helper()
	args = append([]string{"-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"}, args...)
	var faults bytes.Buffer
	cmd := exec.CommandContext(ctx, program(t, "tshark"), args...)
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %v: %v\n%s", args, err, faults.Bytes())
	}
	return string(out)
}

// wantClean fails when tshark finds a packet malformed, cut, of a wrong checksum, or otherwise worth a warning.
func wantClean(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	const warning = 6 << 20
	filter := fmt.Sprintf("_ws.malformed or _ws.short or _ws.expert.severity >= %d", warning)
	if bad := tshark(t, ctx, path, "-Y", filter, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"); bad != "" {
		t.Errorf("%s: %s", filepath.Base(path), bad)
	}
}

var counted = regexp.MustCompile(`(?m)^\s+(?:SIP (\d+)|([A-Z]+))\s.*:\s+(\d+) Packets`)

// statistics are the counts of "-z sip,stat": methods and statuses.
func statistics(t *testing.T, ctx context.Context, path string, args ...string) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, m := range counted.FindAllStringSubmatch(tshark(t, ctx, path, append(args, "-q", "-z", "sip,stat")...), -1) {
		n, err := strconv.Atoi(m[3])
		if err != nil {
			t.Fatal(err)
		}
		got[m[1]+m[2]] = n
	}
	return got
}

// messages counts what the trace holds, a message that two devices recorded once.
func messages(views []trace.View) map[string]int {
	want := map[string]int{}
	for _, l := range trace.Merge(views) {
		m, ok := l.Event.Data.(trace.SIP)
		switch {
		case !ok || l.Event.Kind == trace.SIPReceived && l.Pair >= 0:
		case m.IsRequest():
			want[m.Method]++
		default:
			want[strconv.Itoa(m.Status)]++
		}
	}
	return want
}

// Sections of pcapng may follow each other in one file (draft-ietf-opsawg-pcapng section 3.1), and starting tshark takes long.
func TestTsharkCountsTheMessagesOfTheTrace(t *testing.T) {
	ctx, dir := testContext(t), shortDir(t)
	for _, redact := range []bool{false, true} {
		var all bytes.Buffer
		want := map[string]int{}
		for name, views := range recordedCalls(t) {
			section, err := os.ReadFile(exported(t, dir, name, "pcapng", views, redact))
			if err != nil {
				t.Fatal(err)
			}
			all.Write(section)
			for what, n := range messages(views) {
				want[what] += n
			}
		}
		path := filepath.Join(dir, "all.pcapng")
		if err := os.WriteFile(path, all.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		wantClean(t, ctx, path)
		if diff := cmp.Diff(want, statistics(t, ctx, path)); diff != "" {
			t.Errorf("redacted %v (-trace +tshark):\n%s", redact, diff)
		}
	}
}

func TestTsharkReadsStreamsIPv6AndWhatWasNotWhollyRecorded(t *testing.T) {
	ctx, dir := testContext(t), shortDir(t)
	base := calltest.Answered()[:1]
	for _, c := range []struct {
		transport, local, remote string
		capture                  trace.Capture
		decode                   []string
	}{
		{"tcp", "10.1.0.5:40000", "10.1.0.9:5060", trace.CaptureFull, nil},
		{"tcp", "[2001:db8::5]:40000", "[2001:db8::9]:5060", trace.CaptureHeaders, nil},
		{"tls", "10.1.0.5:40000", "10.1.0.9:5061", trace.CaptureFull, []string{"-d", "tcp.port==5061,sip"}},
		{"udp", "[2001:db8::5]:5060", "[2001:db8::9]:5060", trace.CaptureFull, nil},
		{"udp", "10.1.0.5:5060", "10.1.0.9:5060", trace.CaptureHeaders, nil},
		{"udp", "10.1.0.5:5060", "10.1.0.9:5060", trace.CaptureNone, nil},
		{"tcp", "10.1.0.5:40000", "10.1.0.9:5060", trace.CaptureNone, nil},
	} {
		views := []trace.View{{Device: base[0].Device, Events: slices.Clone(base[0].Events)}}
		for i, e := range views[0].Events {
			if d, ok := e.Data.(trace.SIP); ok {
				d.Transport, d.Local, d.Remote = c.transport, c.local, c.remote
				e.Data = d
				views[0].Events[i] = trace.Redact(e, c.capture, trace.Mask{})
			}
		}
		path := exported(t, dir, c.transport+string(c.capture), "pcapng", views, false)
		wantClean(t, ctx, path)
		if diff := cmp.Diff(messages(views), statistics(t, ctx, path, c.decode...)); diff != "" {
			t.Errorf("%s %s %s (-trace +tshark):\n%s", c.transport, c.local, c.capture, diff)
		}
	}
}

var pauses = regexp.MustCompile(`milliseconds="(\d+)"`)

// hurried shortens the pauses of a scenario to what a test has time for.
func hurried(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	short := pauses.ReplaceAllStringFunc(string(text), func(s string) string {
		n, _ := strconv.Atoi(pauses.FindStringSubmatch(s)[1])
		return fmt.Sprintf(`milliseconds="%d"`, min(max(n/40, 5), 1000))
	})
	if err := os.WriteFile(path, []byte(short), 0o600); err != nil {
		t.Fatal(err)
	}
}

// play starts SIPp on an exported scenario.
func play(t *testing.T, ctx context.Context, scenario string, port int, more ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	args := append([]string{"-sf", scenario, "-i", "127.0.0.1", "-p", fmt.Sprint(port), "-m", "1", "-nostdin", "-timeout", "40s", "-timeout_error", "-trace_err"}, more...)
	cmd := exec.CommandContext(ctx, program(t, "sipp"), args...)
	said := &bytes.Buffer{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Dir(scenario), said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

// otherEnd is what the other side of a call would have recorded. Where it asks for a password it does so with MD5, the only algorithm
// that SIPp 3.6 answers.
func otherEnd(v trace.View) trace.View {
	out := trace.View{Device: "other"}
	for _, e := range v.Events {
		switch d := e.Data.(type) {
		case trace.SIP:
			d.Local, d.Remote = d.Remote, d.Local
			d.Raw = strings.ReplaceAll(d.Raw, "SHA-256", "MD5")
			e.Data = d
			e.Kind = map[trace.Kind]trace.Kind{trace.SIPSent: trace.SIPReceived, trace.SIPReceived: trace.SIPSent}[e.Kind]
			out.Events = append(out.Events, e)
		case trace.Initiated:
			out.Events = append(out.Events, e)
		}
	}
	return out
}

// recordedByBoth are calls that both phones have recorded with nobody in between, so that each is the other's other side.
var recordedByBoth = []string{"answered", "busy", "cancelled", "rejected", "hold-refused", "transferred"}

func TestExportedScenariosPlayTheCallWithEachOther(t *testing.T) {
	sipp, err := export.Find("sipp")
	if err != nil {
		t.Fatal(err)
	}
	for name, views := range recordedCalls(t) {
		if errors.Is(export.Write(io.Discard, sipp, views, export.Options{}), export.ErrNoInvite) {
			continue // it ended on the phone itself
		}
		if slices.Contains(recordedByBoth, name) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				playCall(t, views[:1], views[1:])
			})
			continue
		}
		for i, v := range views {
			t.Run(fmt.Sprintf("%s, %d", name, i+1), func(t *testing.T) {
				t.Parallel()
				playCall(t, []trace.View{v}, []trace.View{otherEnd(v)})
			})
		}
	}
}

// playCall has SIPp play both sides of a call.
func playCall(t *testing.T, one, other []trace.View) {
	t.Helper()
	ctx, dir := testContext(t), shortDir(t)
	if trace.Summarize(one[0].Events).Direction == trace.In {
		one, other = other, one
	}
	caller, callee := exported(t, dir, "caller", "sipp", one, false), exported(t, dir, "callee", "sipp", other, false)
	hurried(t, caller)
	hurried(t, callee)
	port, err := fleet.FreeSIP()
	port2, err2 := fleet.FreeSIP()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	uas, heard := play(t, ctx, callee, port)
	awaitTaken(t, ctx, "udp", port)
	uac, said := play(t, ctx, caller, port2, "-s", "102", fmt.Sprintf("127.0.0.1:%d", port))
	if err := uac.Wait(); err != nil {
		t.Errorf("the caller: %v\n%s", err, tail(said.Bytes(), 2000))
	}
	if err := uas.Wait(); err != nil {
		t.Errorf("the called side: %v\n%s", err, tail(heard.Bytes(), 2000))
	}
	if t.Failed() {
		logs, _ := filepath.Glob(filepath.Join(dir, "*errors.log"))
		for _, log := range logs {
			text, _ := os.ReadFile(log)
			t.Logf("%s:\n%s", filepath.Base(log), strings.TrimSpace(string(tail(text, 3000))))
		}
	}
}
