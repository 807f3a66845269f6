//go:build interop

package interop

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// linphone is a running linphone-daemon without a sound card: it plays silence, answers every call, and takes commands on
// a socket.
type linphone struct {
	*fleet.Process
	port    int
	control net.Conn
}

// startLinphone starts one whose configuration may have more sections.
func startLinphone(t *testing.T, ctx context.Context, sections ...string) *linphone {
	t.Helper()
	dir := shortDir(t)
	l := &linphone{}
	var err error
	if l.port, err = fleet.FreeSIP(); err != nil {
		t.Fatal(err)
	}
	media, err := fleet.FreeSIP()
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[sip]
sip_port=%d
sip_tcp_port=0
sip_tls_port=0
contact="Linphone" <sip:linphone@127.0.0.1>
bind_address=127.0.0.1
use_ipv6=0
[rtp]
audio_rtp_port=%d
%s`, l.port, media, strings.Join(sections, ""))
	file := filepath.Join(dir, "linphonerc")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, ".local/share/linphone"), 0o700); err != nil {
		t.Fatal(err)
	}
	// The daemon puts its socket below /tmp.
	socket := filepath.Join(dir, "socket")
	name, err := filepath.Rel("/tmp", socket)
	if err != nil {
		t.Fatal(err)
	}
	if l.Process, _, err = fleet.Start(ctx, dir, "linphone", "Creating listening point", "env", "HOME="+dir, program(t, "linphone-daemon"),
		"--config", file, "--log", "/dev/stdout", "--disable-stats-events", "--auto-answer", "--pipe", name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Stop() })
	awaitTaken(t, ctx, "udp", l.port)
	if l.control, err = (&net.Dialer{}).DialContext(ctx, "unix", socket); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.control.Close() })
	return l
}

func (l *linphone) uri() string { return fmt.Sprintf("sip:linphone@127.0.0.1:%d", l.port) }

// do gives linphone a command and returns what it answers.
func (l *linphone) do(t *testing.T, command string) string {
	t.Helper()
	if _, err := fmt.Fprintln(l.control, command); err != nil {
		t.Fatal(err)
	}
	if err := l.control.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	n, err := l.control.Read(answer)
	if err != nil {
		t.Fatalf("linphone, %s: %v", command, err)
	}
	if said := string(answer[:n]); strings.HasPrefix(said, "Status: Ok") {
		return said
	}
	t.Fatalf("linphone, %s: %s", command, answer[:n])
	return ""
}

// until waits until linphone's first call is in a state.
func (l *linphone) until(t *testing.T, ctx context.Context, state string) {
	t.Helper()
	for !strings.Contains(l.do(t, "call-status 1"), "State: LinphoneCall"+state+"\n") {
		select {
		case <-ctx.Done():
			t.Fatalf("linphone's call is not %s", state)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// linphone allows UPDATE, and holds by re-INVITE itself.
func TestLinphoneAndTheAgentCallEachOther(t *testing.T) {
	for _, c := range []struct {
		direction  trace.Direction
		method, is string // of the agent's holds, as configured and as sent
	}{
		{trace.Out, "auto", "UPDATE"}, {trace.In, "auto", "UPDATE"}, {trace.Out, "re-invite", "re-INVITE"}, {trace.In, "re-invite", "re-INVITE"},
	} {
		direction := c.direction
		t.Run("call "+string(direction)+", "+c.method, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a, l := startAgent(t, ctx, agentConfig(noBroker).Set("calls.hold.method", c.method)), startLinphone(t, ctx)
			packets := tap(t, ctx)
			if direction == trace.Out {
				if _, err := a.Dial(ctx, l.uri()); err != nil {
					t.Fatal(err)
				}
			} else {
				l.do(t, "call "+a.URI("desk"))
			}
			if err := a.Until(ctx, "talking"); err != nil {
				t.Fatal(err)
			}
			awaitEvent(t, ctx, a, trace.MediaStarted, 1)

			perform(t, ctx, a, step{"talking", []string{"key", "5"}})
			awaitEvent(t, ctx, a, trace.DTMFSent, 1)
			l.do(t, "dtmf 7")
			awaitEvent(t, ctx, a, trace.DTMFReceived, 1)

			perform(t, ctx, a, step{"talking", []string{"hold"}})
			perform(t, ctx, a, step{"held", []string{"resume"}})
			awaitEvent(t, ctx, a, trace.HoldResumed, 1)
			l.do(t, "call-pause 1")
			awaitEvent(t, ctx, a, trace.HoldConfirmed, 2)
			l.until(t, ctx, "Paused")
			l.do(t, "call-resume 1")
			awaitEvent(t, ctx, a, trace.HoldResumed, 2)
			l.until(t, ctx, "StreamsRunning")

			by := trace.Local
			if direction == trace.Out {
				perform(t, ctx, a, step{"talking", []string{"hangup"}})
			} else {
				l.do(t, "terminate 1")
				by = trace.Remote
			}
			if err := a.UntilQuiet(ctx); err != nil {
				t.Fatal(err)
			}
			call := lastCall(t, ctx, a)
			if got := outcomeOf(call); got != answered(by, 2) {
				t.Errorf("the trace says %+v", got)
			}
			wantHolds(t, ctx, a, call.ID, append(held(trace.Local, c.is, trace.SendOnly), held(trace.Remote, "re-INVITE", trace.RecvOnly)...))
			if direction == trace.Out && c.method == "auto" {
				wantAsRecorded(t, "linphone", seen(t, ctx, a, "desk-1", call.ID))
			}
			packets.wantSame(t, eventsOf(t, ctx, a, call.ID))
		})
	}
}

// Of the other peers SIPp 3.6 answers only the first challenge, and only MD5; baresip 1.0 only MD5, and nothing where another
// algorithm is asked for as well.
func TestLinphoneProvesThatItKnowsThePassword(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := agentConfig(noBroker)
	accepts("digest")(c, "")
	a := startAgent(t, ctx, c)
	l := startLinphone(t, ctx, "[auth_info_0]\nusername=linphone\nuserid=101\npasswd=secret\nrealm="+domain+"\n")
	l.do(t, "call "+a.URI("101"))
	perform(t, ctx, a, step{"talking", []string{"hangup"}})
	wantCalls(t, ctx, a, answered(trace.Local, 0))
	awaitRejection(t, ctx, a, "no credentials")
}
