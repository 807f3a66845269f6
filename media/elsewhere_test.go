package media

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"sidetone/media/g711"
	"sidetone/media/internal/goertzel"
	"sidetone/trace"
)

func TestAPacketBelongsToTheDialogThatDescribedItsAddressElseItsHost(t *testing.T) {
	at := netip.MustParseAddrPort
	p := Params{
		Remote: at("192.0.2.1:4000"),
		Others: []netip.AddrPort{at("192.0.2.2:4000"), at("192.0.2.3:4000"), at("192.0.2.3:6000"), at("192.0.2.1:6000")},
		Barred: []netip.AddrPort{at("192.0.2.4:4000")},
	}
	for _, tc := range []struct {
		what, from string
		takes      bool
		noticed    string // "" for none
	}{
		{"the dialog that is heard", "192.0.2.1:4000", false, ""},
		{"another on the same host", "192.0.2.1:6000", true, "192.0.2.1:6000"},
		{"a host of the one that is heard and of another", "192.0.2.1:8000", false, ""},
		{"another", "192.0.2.2:4000", true, "192.0.2.2:4000"},
		{"another behind a NAT", "192.0.2.2:4001", true, "192.0.2.2:4000"},
		{"one of two on a host", "192.0.2.3:6000", true, "192.0.2.3:6000"},
		{"a host of two others", "192.0.2.3:8000", false, ""},
		{"one that is barred", "192.0.2.4:4000", true, ""},
		{"one that is barred, behind a NAT", "192.0.2.4:9000", true, ""},
		{"nobody", "192.0.2.9:4000", false, ""},
	} {
		var e elsewhere
		got := e.takes(&p, at(tc.from), time.Unix(1, 0))
		noticed := ""
		if e.due {
			noticed = e.from.String()
		}
		if got != tc.takes || noticed != tc.noticed {
			t.Errorf("%s: taken %t, noticed %q", tc.what, got, noticed)
		}
	}
}

// speak sends a tone in PCMU, for as long as d, from a peer.
func (p *peer) speak(ssrc uint32, hz float64, d time.Duration) {
	pcm := make([]int16, 160)
	for i := range int(d / (20 * time.Millisecond)) {
		goertzel.Sine(pcm, SampleRate, hz, -10, i*len(pcm))
		p.send(rtp.Packet{
			Header:  rtp.Header{SSRC: ssrc, SequenceNumber: uint16(i), Timestamp: uint32(160 * i)},
			Payload: g711.AppendMuLaw(nil, pcm),
		})
		wait(20 * time.Millisecond)
	}
}

func TestRTPOfAnotherDialogIsToldAndNotHeardUntilItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, n, stop := solo(t)
		defer stop()
		a := newPeer(t, n, hostC, 6000, s)
		defer a.close()
		heard, told := &recorder{}, []netip.AddrPort{}
		s.Listen(heard)
		s.Notify(Events{Elsewhere: func(_ time.Time, from netip.AddrPort) { told = append(told, from) }})
		atA, atB := netip.AddrPortFrom(hostC, 6000), netip.AddrPortFrom(hostB, 4000)
		update := func(remote netip.AddrPort, codec string, payloadType uint8, others ...netip.AddrPort) {
			s.Update(Params{Remote: remote, Codec: codec, PayloadType: payloadType, Direction: trace.SendRecv, Others: others})
		}
		expect := func(what string, want ...netip.AddrPort) {
			t.Helper()
			synctest.Wait()
			if !slices.Equal(told, want) {
				t.Errorf("%s: told %v, want %v", what, told, want)
			}
			told = told[:0]
		}

		update(atB, "PCMA", 8, atA)
		a.speak(1, 440, time.Second) // its payload type is not that of B
		expect("nothing comes from the one that is expected", atA)
		if pcm := heard.take(); goertzel.Total(pcm) > -60 {
			t.Errorf("%.1f dBm0 were heard", goertzel.Total(pcm))
		}

		update(atA, "PCMU", 0, atB)
		a.speak(1, 440, time.Second)
		expect("taken")
		checkTone(t, heard.take()[1600:])

		b.run(2, 0, 10)
		expect("it stopped a moment ago")
		b.run(2, 10, 25)
		expect("it is silent for more than half a second", atB)

		update(atB, "PCMA", 8, atA)
		a.speak(1, 440, 200*time.Millisecond)
		expect("the one that was taken sent a moment ago")
		if st := s.Stats(); st.Invalid != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestRTPOfABarredDialogIsNeitherToldNorHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, n, stop := solo(t)
		defer stop()
		a := newPeer(t, n, hostC, 6000, s)
		defer a.close()
		heard := &recorder{}
		s.Listen(heard)
		s.Notify(Events{Elsewhere: func(time.Time, netip.AddrPort) { t.Error("told") }})
		s.Update(Params{
			Remote: netip.AddrPortFrom(hostB, 4000), Codec: "PCMU", Direction: trace.SendRecv,
			Barred: []netip.AddrPort{netip.AddrPortFrom(hostC, 6000)},
		})
		a.speak(1, 440, time.Second)
		if pcm := heard.take(); len(pcm) > 0 {
			t.Errorf("%d samples of sound were heard", len(pcm))
		}
	})
}
