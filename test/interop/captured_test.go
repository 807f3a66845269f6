//go:build interop

package interop

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/capture"
	"sidetone/trace"
)

// captureAll has the packets of every flow captured, and what is read from them compared with what the phone has written down.
var (
	captureAll  = flag.Bool("capture", true, "compare every flow with what a capture of it tells")
	keepCapture = flag.String("keep-captures", "", "folder for the captures")
)

// unseen are the flows whose story says what no wire shows: what a person wished before it could be sent, that a terminal was
// away, and which limit of the phone ended a call.
var unseen = map[string]bool{
	"hold-dropped": true, "hold-longest": true, "suspend-t2-resumed": true, "suspend-t2-update": true, "suspend-t2-expired": true,
	"suspend-t6-resumed": true, "suspend-t6-expired": true,
	// Likewise that the phone answered by itself, and that its person declined where the response says no more than 480.
	"Answer-Mode": true, "3.11 unsuccessful, temporarily unavailable": true,
	// Likewise what was given up before it could be cancelled, and which sound before the answer the phone lets through.
	"CANCEL waits for a provisional response": true, "early media is heard once P-Early-Media authorises it": true,
}

// wiretap captures what passes over the loopback interface.
type wiretap struct {
	cmd  *exec.Cmd
	file string
	done chan struct{}
}

// tap begins to capture: all UDP and TCP, as connections of the phone have any port.
func tap(t *testing.T, ctx context.Context) *wiretap {
	t.Helper()
	w := &wiretap{file: filepath.Join(shortDir(t), "lo.pcapng"), done: make(chan struct{})}
	w.cmd = exec.CommandContext(ctx, program(t, "dumpcap"), "-q", "-i", "lo", "-f", "udp or tcp", "-w", w.file)
	said, err := w.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started := make(chan string, 1)
	go func() {
		defer close(w.done)
		var all bytes.Buffer
		buf := make([]byte, 512)
		for {
			n, err := said.Read(buf)
			all.Write(buf[:n])
			if strings.Contains(all.String(), "File: ") || err != nil {
				select {
				case started <- all.String():
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	if text := <-started; !strings.Contains(text, "File: ") {
		t.Fatalf("dumpcap: %s", text)
	}
	return w
}

// flushed is how long dumpcap may keep packets before it writes them.
const flushed = time.Second

// stop ends the capture and reads it from the phone's side.
func (w *wiretap) stop(t *testing.T, host string) *capture.Result {
	t.Helper()
	<-time.After(flushed)
	if err := w.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-w.done
	if err := w.cmd.Wait(); err != nil {
		t.Fatalf("dumpcap: %v", err)
	}
	if *keepCapture != "" {
		name := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()) + ".pcapng"
		if err := copyFile(w.file, filepath.Join(*keepCapture, name)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(w.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := capture.Read(f, capture.Options{At: netip.MustParseAddrPort(host)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// wantSame compares the story of a call that the phone has written down with that of its packets.
func (w *wiretap) wantSame(t *testing.T, events []trace.Event) {
	t.Helper()
	host, id := "", ""
	for _, e := range events {
		switch d := e.Data.(type) {
		case trace.SIP:
			if host == "" {
				host = d.Local
			}
		case trace.Initiated:
			id = d.SIPCallID
		}
	}
	for _, c := range w.stop(t, host).Calls {
		d, _ := c.Views[0].Events[0].Data.(trace.Initiated)
		if d.SIPCallID != id {
			continue
		}
		if diff := cmp.Diff(sentences(signalled(events)), sentences(signalled(c.Views[0].Events))); diff != "" {
			t.Errorf("the packets tell another story than the phone (-phone +packets):\n%s", diff)
		}
		return
	}
	t.Errorf("the packets have no call %q of %s", id, host)
}

// signalled is a view of those events that the signalling shows, as if there were no others: neither what happens at the device, nor
// keys, nor that a phone misses sound.
func signalled(events []trace.Event) []trace.View {
	v := trace.View{Name: "Desk"}
	for _, e := range events {
		group, _, _ := strings.Cut(string(e.Kind), ".")
		if group == "device" || group == "dtmf" || e.Kind == trace.MediaSilent {
			continue
		}
		e.N = len(v.Events) + 1
		if d, ok := e.Data.(trace.Ended); ok {
			d.Events = e.N
			e.Data = d
		}
		v.Events = append(v.Events, e)
	}
	return []trace.View{v}
}
