//go:build interop

package interop

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

const (
	ourTone     = 440.0 // what the simulated person at our phone says
	baresipTone = 700.0 // what baresip plays
)

// baresip is a running baresip that plays a tone and records what it hears.
type baresip struct {
	*fleet.Process
	dir     string
	port    int
	control net.Conn
	in      *bufio.Reader
}

func startBaresip(t *testing.T, ctx context.Context, answer string) *baresip {
	t.Helper()
	b := &baresip{dir: shortDir(t)}
	var err error
	if b.port, err = fleet.FreeUDP(); err != nil {
		t.Fatal(err)
	}
	controlPort, err := fleet.FreeTCP(0)
	if err != nil {
		t.Fatal(err)
	}
	tone := filepath.Join(b.dir, "tone.wav")
	writeTone(t, tone, baresipTone, 20*time.Second)
	config := fmt.Sprintf(`poll_method epoll
sip_listen 127.0.0.1:%d
net_interface 127.0.0.1
call_local_timeout 60
call_max_calls 4
audio_player aubridge,ear
audio_source aufile,%s
audio_alert aubridge,alert
audio_txmode thread
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path /usr/lib/baresip/modules
module stdio.so
module aufile.so
module aubridge.so
module g711.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
snd_path %s
ctrl_tcp_listen 127.0.0.1:%d
call_hold_other_calls no
`, b.port, tone, b.dir, controlPort)
	account := fmt.Sprintf("<sip:baresip@127.0.0.1:%d>;regint=0;answermode=%s;audio_codecs=PCMA/8000/1\n", b.port, answer)
	for name, text := range map[string]string{"config": config, "accounts": account, "contacts": ""} {
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
	t.Cleanup(func() { b.control.Close() })
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

// heard is the share of the energy that baresip received which is at a frequency, and the level in dBFS.
func (b *baresip) heard(t *testing.T, hz float64) (share, level float64) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(b.dir, "*-dec.wav"))
	if len(files) == 0 {
		t.Fatal("baresip recorded nothing")
	}
	pcm := readWAV(t, files[0])
	// The middle: the beginning may be early media, the end cut off.
	pcm = pcm[len(pcm)/3 : len(pcm)*2/3]
	var energy, re, im float64
	for i, x := range pcm {
		phase := 2 * math.Pi * hz * float64(i) / 8000
		energy += x * x
		re += x * math.Cos(phase)
		im += x * math.Sin(phase)
	}
	n := float64(len(pcm))
	return 2 * (re*re + im*im) / n / energy, 10 * math.Log10(2*energy/n)
}

func TestBaresipAndTheAgentHearEachOther(t *testing.T) {
	for _, direction := range []trace.Direction{trace.Out, trace.In} {
		t.Run("call "+string(direction), func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a := startAgent(t, ctx, agentConfig(noBroker).Set("device.sim.tone_hz", int(ourTone)))
			b := startBaresip(t, ctx, "auto")
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
			if err := a.Hears(ctx, baresipTone); err != nil {
				t.Fatal(err)
			}
			for _, verb := range []string{"hold", "resume"} {
				if _, err := a.Do(ctx, verb); err != nil {
					t.Fatal(err)
				}
				if err := a.Until(ctx, map[string]string{"hold": "held", "resume": "talking"}[verb]); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Hears(ctx, baresipTone); err != nil {
				t.Fatal(err)
			}
			<-time.After(2 * time.Second)
			if direction == trace.Out {
				if _, err := a.Do(ctx, "hangup"); err != nil {
					t.Fatal(err)
				}
			} else {
				b.do(t, "hangup", "")
			}
			if err := a.UntilQuiet(ctx); err != nil {
				t.Fatal(err)
			}
			_ = b.Stop()
			if share, level := b.heard(t, ourTone); share < 0.8 || level < -20 {
				t.Errorf("baresip heard %.0f %% of %.0f Hz at %.1f dBFS", 100*share, ourTone, level)
			}
			f := lastCall(t, ctx, a)
			if f.Result != trace.ResultAnswered || f.Direction != direction || f.Holds != 1 {
				t.Errorf("the trace says %+v", f.Summary)
			}
		})
	}
}

func writeTone(t *testing.T, path string, hz float64, d time.Duration) {
	t.Helper()
	samples := int(d.Seconds() * 8000)
	data := make([]byte, 2*samples)
	for i := range samples {
		v := int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/8000))
		binary.LittleEndian.PutUint16(data[2*i:], uint16(v))
	}
	var b strings.Builder
	u32 := func(v int) { _ = binary.Write(&b, binary.LittleEndian, uint32(v)) }
	u16 := func(v int) { _ = binary.Write(&b, binary.LittleEndian, uint16(v)) }
	b.WriteString("RIFF")
	u32(36 + len(data))
	b.WriteString("WAVEfmt ")
	u32(16)
	u16(1)
	u16(1)
	u32(8000)
	u32(16000)
	u16(2)
	u16(16)
	b.WriteString("data")
	u32(len(data))
	b.Write(data)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// readWAV reads 16-bit samples as -1..1, whatever the header's length fields say: a recording that was cut off is fine.
func readWAV(t *testing.T, path string) []float64 {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, data, ok := strings.Cut(string(raw), "data")
	if !ok || len(data) < 4+16000 {
		t.Fatalf("%s holds %d bytes", path, len(raw))
	}
	data = data[4:]
	pcm := make([]float64, len(data)/2)
	for i := range pcm {
		pcm[i] = float64(int16(uint16(data[2*i])|uint16(data[2*i+1])<<8)) / 32768
	}
	return pcm
}
