//go:build interop

package interop

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

const (
	ourTone  = 620.0 // what the simulated person at our phone says
	fileTone = 850.0 // what baresip plays from a file
	holdTone = 440.0 // what whoever is on hold hears, in the United States

	reportTime = 8 * time.Second // within which a peer reports what it received: RTCP's minimum interval is 5 s (RFC 3550 6.2)
)

// baresip is a running baresip. With the source "aubridge,echo" it says back whatever it hears: its player and its source are the
// two ends of one bridge.
type baresip struct {
	*fleet.Process
	dir     string
	port    int
	control net.Conn
	in      *bufio.Reader
}

// startBaresip starts one whose account may have more parameters, in which {port} is its own.
func startBaresip(t *testing.T, ctx context.Context, source string, account ...string) *baresip {
	t.Helper()
	b := &baresip{dir: shortDir(t)}
	var err error
	if b.port, err = fleet.FreeSIP(); err != nil {
		t.Fatal(err)
	}
	controlPort, err := fleet.FreeTCP(0)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`poll_method epoll
sip_listen 127.0.0.1:%d
net_interface 127.0.0.1
call_local_timeout 60
call_max_calls 4
audio_player aubridge,echo
audio_source %s
audio_alert aubridge,alert
audio_txmode thread
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path /usr/lib/baresip/modules
module aubridge.so
module aufile.so
module g711.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:%d
call_hold_other_calls no
`, b.port, source, controlPort)
	accounts := fmt.Sprintf("<sip:baresip@127.0.0.1:%d>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1%s\n", b.port, strings.ReplaceAll(strings.Join(account, ""), "{port}", strconv.Itoa(b.port)))
	for name, text := range map[string]string{"config": config, "accounts": accounts, "contacts": "", "tone.wav": wave(fileTone)} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if b.Process, _, err = fleet.Start(ctx, b.dir, "baresip", "baresip is ready", program(t, "baresip"), "-4", "-f", b.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Stop() })
	if b.control, err = (&net.Dialer{}).DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", controlPort)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.control.Close() })
	b.in = bufio.NewReader(b.control)
	return b
}

func (b *baresip) uri() string { return fmt.Sprintf("sip:baresip@127.0.0.1:%d", b.port) }

// do gives baresip a command over ctrl_tcp: JSON in netstrings.
func (b *baresip) do(t *testing.T, command, params string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(b.control, "%d:%s,", len(body), body); err != nil {
		t.Fatal(err)
	}
}

// saidByBaresip is what baresip says over ctrl_tcp: that something happened, or the answer to a command.
type saidByBaresip struct {
	Event    bool
	Type     string
	Param    string
	Response bool
	OK       bool
	Data     string
}

// listen reads what baresip says, up to and including what is waited for.
func (b *baresip) listen(t *testing.T, what string, is func(saidByBaresip) bool) saidByBaresip {
	t.Helper()
	if err := b.control.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		var s saidByBaresip
		length, err := b.in.ReadString(':')
		if err != nil {
			t.Fatalf("baresip does not say %s: %v", what, err)
		}
		size, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, size+1) // and a comma
		if _, err := io.ReadFull(b.in, text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text[:size], &s); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if is(s) {
			return s
		}
	}
}

// happens waits until baresip says that something has happened, and returns the detail.
func (b *baresip) happens(t *testing.T, event string) string {
	t.Helper()
	return b.listen(t, event, func(s saidByBaresip) bool { return s.Event && s.Type == event }).Param
}

// ask gives baresip a command, and returns what it answers.
func (b *baresip) ask(t *testing.T, command, params string) string {
	t.Helper()
	b.do(t, command, params)
	s := b.listen(t, "the answer to "+command, func(s saidByBaresip) bool { return s.Response })
	if !s.OK {
		t.Fatalf("baresip, %s %s: %s", command, params, s.Data)
	}
	return s.Data
}

func TestBaresipAndTheAgentHearEachOther(t *testing.T) {
	for _, direction := range []trace.Direction{trace.Out, trace.In} {
		t.Run("call "+string(direction), func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a := startAgent(t, ctx, agentConfig(noBroker).Set("device.sim.tone_hz", int(ourTone)))
			b := startBaresip(t, ctx, "aufile,tone.wav")
			packets := tap(t, ctx)
			if direction == trace.Out {
				if _, err := a.Dial(ctx, b.uri()); err != nil {
					t.Fatal(err)
				}
			} else {
				b.do(t, "dial", a.URI("desk"))
			}
			if err := a.Until(ctx, "talking"); err != nil {
				t.Fatal(err)
			}
			if err := a.Hears(ctx, fileTone); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Do(ctx, "hold"); err != nil {
				t.Fatal(err)
			}
			if err := a.Until(ctx, "held"); err != nil {
				t.Fatal(err)
			}
			if err := a.HearsNothing(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Do(ctx, "resume"); err != nil {
				t.Fatal(err)
			}
			if err := a.Hears(ctx, fileTone); err != nil {
				t.Fatal(err)
			}
			if direction == trace.Out {
				if _, err := a.Do(ctx, "hangup"); err != nil {
					t.Fatal(err)
				}
			} else {
				<-time.After(reportTime)
				b.do(t, "hangup", "")
			}
			if err := a.UntilQuiet(ctx); err != nil {
				t.Fatal(err)
			}
			f := lastCall(t, ctx, a)
			if n := receivedThere(t, ctx, a); direction == trace.In && n < 50 {
				t.Errorf("baresip reports %d packets received", n)
			}
			if f.Result != trace.ResultAnswered || f.Direction != direction || f.Holds != 1 {
				t.Errorf("the trace says %+v", f.Summary)
			}
			wantAsRecorded(t, "baresip-"+string(direction), seen(t, ctx, a, "desk-1", f.ID))
			packets.wantSame(t, eventsOf(t, ctx, a, f.ID))
		})
	}
}

// baresip passes what it hears in one call on to another one, where a phone of ours listens. Its bridge does not survive that a
// call changes, so it is built where the sound is to be heard.
func TestBaresipHearsTheAgent(t *testing.T) {
	for name, c := range map[string]struct {
		hold bool
		hz   float64
	}{"what is said": {false, ourTone}, "the hold tone": {true, holdTone}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			b := startBaresip(t, ctx, "aufile,tone.wav", ";audio_player=aubridge,heard",
				"\n<sip:listener@127.0.0.1:{port}>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1;audio_source=aubridge,heard;audio_player=aubridge,unheard")
			a := startAgent(t, ctx, agentConfig(noBroker).Set("device.sim.tone_hz", int(ourTone)))
			listener := startAgent(t, ctx, agentConfig(noBroker))
			if _, err := a.Dial(ctx, b.uri()); err != nil {
				t.Fatal(err)
			}
			if err := a.Until(ctx, "talking"); err != nil {
				t.Fatal(err)
			}
			if c.hold {
				perform(t, ctx, a, hold())
				b.happens(t, "CALL_REMOTE_SDP")
			}
			if _, err := listener.Dial(ctx, strings.Replace(b.uri(), "baresip@", "listener@", 1)); err != nil {
				t.Fatal(err)
			}
			if err := listener.Hears(ctx, c.hz); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// receivedThere is how many RTP packets the other side of the last call said it had received.
func receivedThere(t *testing.T, ctx context.Context, a *fleet.Agent) int {
	t.Helper()
	out, err := a.Run(ctx, "trace", "show", "last", "--raw", "-c", a.Config)
	if err != nil {
		t.Fatal(err)
	}
	packets := 0
	for line := range strings.Lines(out) {
		e, err := trace.Decode([]byte(strings.TrimSpace(line)))
		if err != nil {
			continue
		}
		if q, ok := e.Data.(trace.Quality); ok && q.Remote != nil {
			packets = q.Remote.Packets
		}
	}
	return packets
}

// wave is a WAV file with 20 s of a tone: 8 kHz, 16 bits, one channel.
func wave(hz float64) string {
	const rate, samples = 8000, 20 * 8000
	b := []byte("RIFF....WAVEfmt ")
	put := binary.LittleEndian
	put.PutUint32(b[4:], 36+2*samples)
	b = put.AppendUint32(b, 16)
	for _, v := range []uint16{1, 1} { // PCM, mono
		b = put.AppendUint16(b, v)
	}
	b = put.AppendUint32(put.AppendUint32(b, rate), 2*rate)
	b = put.AppendUint16(put.AppendUint16(b, 2), 16)
	b = put.AppendUint32(append(b, "data"...), 2*samples)
	for i := range samples {
		b = put.AppendUint16(b, uint16(int16(8000*math.Sin(2*math.Pi*hz*float64(i)/rate))))
	}
	return string(b)
}
