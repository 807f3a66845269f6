package media

import (
	"errors"
	"math"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/media/internal/goertzel"
	"sidetone/media/tone"
	"sidetone/trace"
)

// checkTone proves that pcm holds 440 Hz at -10 dBm0 in every 50 ms.
func checkTone(t *testing.T, pcm []int16) {
	t.Helper()
	if len(pcm) < 4000 {
		t.Fatalf("only %d samples were heard", len(pcm))
	}
	for i := 0; i+400 <= len(pcm); i += 400 {
		if level := goertzel.Level(pcm[i:i+400], SampleRate, 440); math.Abs(level+10) > 0.5 {
			t.Fatalf("%.2f dBm0 of 440 Hz %d ms from the beginning, want -10", level, i/8)
		}
	}
	if level, total := goertzel.Level(pcm[:4000], SampleRate, 440), goertzel.Total(pcm[:4000]); total-level > 0.1 {
		t.Errorf("%.2f dBm0 of tone in %.2f dBm0 of sound", level, total)
	}
}

func TestWhatOneSidePlaysTheOtherHearsWithoutAGap(t *testing.T) {
	for _, codec := range []struct {
		name        string
		payloadType uint8
	}{{"PCMU", 0}, {"PCMA", 8}, {"G722", 9}, {"pcma", 8}} {
		for _, ms := range []int{10, 20, 30, 60} {
			ptime := time.Duration(ms) * time.Millisecond
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				defer p.stop()
				heard := &recorder{}
				p.a.Play(tone.Sine(440))
				p.b.Listen(heard)
				p.talk(func(params *Params) {
					params.Codec, params.PayloadType, params.Ptime = codec.name, codec.payloadType, ptime
				})
				wait(3 * time.Second)
				pcm := heard.take()
				if missing := 3*SampleRate - len(pcm); missing > 1600 {
					t.Errorf("%s %v: %d ms were not heard", codec.name, ptime, missing/8)
				}
				checkTone(t, pcm[min(len(pcm), 1600):]) // by then the buffer has found its depth
				st := p.b.Close()
				if st.Lost+st.Discarded+st.Duplicate+st.Invalid+st.Unexpected > 0 || st.Jitter > time.Millisecond {
					t.Errorf("%s %v: %+v", codec.name, ptime, st)
				}
			})
		}
	}
}

func TestTheReceiverCopesWithAnotherPacketTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		heard := &recorder{}
		p.a.Play(tone.Sine(440))
		p.b.Listen(heard)
		ptime := 30 * time.Millisecond
		p.talk(func(params *Params) { params.Ptime, ptime = ptime, 20*time.Millisecond })
		wait(3 * time.Second)
		checkTone(t, heard.take()[400:])
	})
}

func TestDirectionIsObeyedAtOnce(t *testing.T) {
	for _, c := range []struct {
		direction    trace.MediaDirection // of A
		sends, hears bool
	}{
		{trace.SendRecv, true, true}, {trace.SendOnly, true, false}, {trace.RecvOnly, false, true}, {trace.Inactive, false, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t)
			defer p.stop()
			heardByA, heardByB := &recorder{}, &recorder{}
			p.a.Play(tone.Sine(440))
			p.b.Play(tone.Sine(440))
			p.a.Listen(heardByA)
			p.b.Listen(heardByB)
			p.talk()
			wait(time.Second)
			sent := p.a.Stats().Sent
			if sent < 48 || len(heardByA.take()) == 0 {
				t.Fatalf("before: %d sent", sent)
			}

			params := p.a.params
			params.Direction = c.direction
			p.a.Update(params)
			sent = p.a.Stats().Sent
			heardByA.take()
			wait(time.Second)
			if got := p.a.Stats().Sent - sent; (got > 0) != c.sends {
				t.Errorf("%s: %d packets were sent", c.direction, got)
			}
			if got := len(heardByA.take()); (got > 0) != c.hears {
				t.Errorf("%s: %d samples were heard", c.direction, got)
			}
			heardByB.take()
			wait(time.Second)
			if level := goertzel.Total(heardByB.take()); (level > -60) != c.sends {
				t.Errorf("%s: the other side hears %.1f dBm0", c.direction, level)
			}

			params.Direction = trace.SendRecv
			p.a.Update(params)
			wait(time.Second)
			heardByB.take()
			heardByA.take()
			wait(time.Second)
			checkTone(t, heardByA.take())
			checkTone(t, heardByB.take())
		})
	}
}

func TestNothingIsSentWithoutAnAddressOrACodec(t *testing.T) {
	for name, change := range map[string]func(*Params){
		"no address":          func(p *Params) { p.Remote = netip.AddrPort{} },
		"unspecified address": func(p *Params) { p.Remote = netip.MustParseAddrPort("0.0.0.0:4000") },
		"no port":             func(p *Params) { p.Remote = netip.AddrPortFrom(p.Remote.Addr(), 0) },
		"unknown codec":       func(p *Params) { p.Codec = "opus" },
		"no direction":        func(p *Params) { p.Direction = "" },
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t)
			defer p.stop()
			p.talk(change)
			wait(time.Second)
			if st := p.a.Close(); st.Sent+st.SendErrors > 0 {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
}

func TestCodecAndAddressChangeWithinACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		heard := &recorder{}
		p.a.Play(tone.Sine(440))
		p.b.Listen(heard)
		p.talk()
		wait(time.Second)
		p.talk(func(params *Params) { params.Codec, params.PayloadType = "G722", 9 })
		wait(500 * time.Millisecond)
		heard.take()
		wait(time.Second)
		checkTone(t, heard.take())
		if st := p.b.Stats(); st.Lost != 0 || st.Received < 120 {
			t.Errorf("the stream did not go on: %+v", st)
		}
	})
}

func TestThirtyTwoCallsAtOnceAreAllHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		ea, stopA := n.startEngine(t, hostA)
		eb, stopB := n.startEngine(t, hostB)
		defer stopA()
		defer stopB()
		var heard [32]recorder
		for i := range heard {
			p := pair{net: n, a: open(t, ea), b: open(t, eb)}
			p.a.Play(tone.Sine(440))
			p.b.Listen(&heard[i])
			p.talk()
		}
		wait(2 * time.Second)
		for i := range heard {
			checkTone(t, heard[i].take()[400:])
		}
	})
}

func TestWithoutASourceSilenceIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		heard := &recorder{}
		p.b.Listen(heard)
		p.talk()
		wait(time.Second)
		if pcm := heard.take(); len(pcm) < 6000 || goertzel.Total(pcm) > -60 {
			t.Errorf("%d samples of %.1f dBm0", len(pcm), goertzel.Total(pcm))
		}
	})
}

func TestCloseFreesThePortsAndIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		p.talk()
		wait(time.Second)
		first := p.a.Close()
		p.a.Update(p.b.params)
		p.a.SendDTMF("1")
		wait(time.Second)
		if again := p.a.Close(); again.Sent != first.Sent || first.Sent < 48 {
			t.Errorf("%d packets at the end, %d later", first.Sent, again.Sent)
		}
		p.net.mu.Lock()
		defer p.net.mu.Unlock()
		if len(p.net.socks) != 2 {
			t.Errorf("%d sockets are open, want the two of the other side", len(p.net.socks))
		}
	})
}

func TestTheEngineClosesWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.talk()
		wait(time.Second)
		p.stop()
		if len(p.net.socks) != 0 {
			t.Errorf("%d sockets are open", len(p.net.socks))
		}
		if _, err := p.a.engine.Open(); !errors.Is(err, ErrClosed) {
			t.Errorf("open after the end: %v", err)
		}
	})
}

func TestSilenceIsToldOncePerSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		var told []time.Duration
		p.b.Notify(Events{Silent: func(_ time.Time, since time.Duration) { told = append(told, since) }})
		p.talk()
		wait(5 * time.Second)
		for _, direction := range []trace.MediaDirection{trace.RecvOnly, trace.SendRecv, trace.RecvOnly} {
			params := p.a.params
			params.Direction = direction
			p.a.Update(params)
			wait(25 * time.Second)
		}
		if len(told) != 2 || told[0] < DefaultSilentAfter || told[0] > DefaultSilentAfter+time.Second {
			t.Errorf("told of %v, want two silences of %v", told, DefaultSilentAfter)
		}
		params := p.b.params
		params.Direction = trace.SendOnly // now nothing is expected
		p.b.Update(params)
		wait(25 * time.Second)
		if len(told) != 2 {
			t.Errorf("told of a silence on hold: %v", told)
		}
	})
}

func TestTheCountersAreToldEveryFewSecondsWhilePacketsArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		var told []int
		p.b.Notify(Events{Measured: func(_ time.Time, st Stats) { told = append(told, st.Received) }})
		p.talk()
		wait(3*DefaultMeasureEvery + time.Second)
		each := int(DefaultMeasureEvery / DefaultPtime)
		if len(told) != 3 || told[0] < each-10 || told[2]-told[1] < each-10 {
			t.Fatalf("told of %v packets, want three times about %d more", told, each)
		}
		for _, end := range []*Session{p.a, p.b} {
			params := end.params
			params.Direction = trace.Inactive
			end.Update(params)
		}
		wait(4 * DefaultMeasureEvery)
		quiet := len(told) // with the last packets that came, and what the other side's next report says of those that went
		wait(4 * DefaultMeasureEvery)
		if quiet > 5 || len(told) != quiet {
			t.Errorf("told %d times, and %d times later, although nothing arrives on hold", quiet, len(told))
		}
	})
}

func TestLocalSoundGivesWayToWhatIsReceived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		heard := &recorder{}
		p.b.Listen(heard)
		p.b.Meanwhile(tone.Sine(1000)) // before anything is agreed on
		wait(time.Second)
		if pcm := heard.take(); len(pcm) < 7600 || goertzel.Level(pcm[:4000], SampleRate, 1000) < -11 {
			t.Errorf("%d samples of the local sound", len(pcm))
		}
		p.a.Play(tone.Sine(440))
		p.talk()
		wait(time.Second)
		heard.take()
		wait(time.Second)
		checkTone(t, heard.take())
		p.b.Update(Params{Codec: "PCMA", PayloadType: 8, Direction: trace.Inactive})
		heard.take()
		wait(time.Second)
		if pcm := heard.take(); len(pcm) < 7600 || goertzel.Level(pcm[:4000], SampleRate, 1000) < -11 {
			t.Errorf("%d samples of the local sound after the end of the stream", len(pcm))
		}
		p.b.Meanwhile(nil)
		heard.take()
		wait(time.Second)
		if pcm := heard.take(); len(pcm) > 160 {
			t.Errorf("%d samples after the end of the local sound", len(pcm))
		}
	})
}
