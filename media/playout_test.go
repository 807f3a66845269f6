package media

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"sidetone/media/internal/goertzel"
)

// line drives a playout: a sender of 20 ms packets with 440 Hz, its clock, and a network, on a simulated time axis of 1 ms.
type line struct {
	playout playout
	speed   float64                 // of the sender's clock
	delay   func(i int) (int, bool) // of packet i in ms, and whether it arrives
	heard   []int16
}

func (l *line) run(seconds int) {
	l.playout.reset(newCodec("PCMA"))
	enc := newCodec("PCMA")
	if l.speed == 0 {
		l.speed = 1
	}
	start := time.Now()
	arrivals := map[int][]int{}
	for i := range int(float64(seconds) * 50 * l.speed) {
		if ms, ok := l.delay(i); ok {
			at := int(float64(i)*20/l.speed) + ms
			arrivals[at] = append(arrivals[at], i)
		}
	}
	pcm, frame := make([]int16, 160), make([]int16, 160)
	for ms := range seconds * 1000 {
		now := start.Add(time.Duration(ms) * time.Millisecond)
		for _, i := range arrivals[ms] {
			goertzel.Sine(pcm, SampleRate, 440, -10, 160*i)
			l.playout.insert(uint32(160*i)-800, enc.encode(nil, pcm), now)
		}
		if ms%20 == 7 && l.playout.pull(frame, now) {
			l.heard = append(l.heard, frame...)
		}
	}
}

// weak counts stretches of 20 ms whose tone is more than 3 dB too low.
func (l *line) weak() int {
	n := 0
	for i := 160; i+160 <= len(l.heard); i += 160 {
		if goertzel.Total(l.heard[i:i+160]) < -13 {
			n++
		}
	}
	return n
}

func (l *line) level() int { return len(l.playout.ready) + l.playout.queued() }

func TestACalmNetworkIsPlayedAsItIs(t *testing.T) {
	l := line{delay: func(int) (int, bool) { return 30, true }}
	l.run(60)
	if l.weak() > 0 || l.playout.late+l.playout.early > 0 {
		t.Errorf("%d weak, %d late, %d early", l.weak(), l.playout.late, l.playout.early)
	}
	if l.level() > 640 {
		t.Errorf("%d ms wait in the buffer", l.level()/8)
	}
}

func TestJitterBelowTheStartDelayIsNotHeard(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	l := line{delay: func(i int) (int, bool) { return rng.IntN(40), true }}
	l.run(60)
	if l.weak() > 0 || l.playout.late > 0 {
		t.Errorf("%d weak, %d late", l.weak(), l.playout.late)
	}
}

func TestTheDelayGrowsWithTheNetworkAndShrinksAfterwards(t *testing.T) {
	slow := func(i int) (int, bool) {
		if i >= 500 && i < 1000 {
			return 150, true // a detour of 120 ms, for ten seconds
		}
		return 30, true
	}
	l := line{delay: slow}
	l.run(19)
	if l.weak() > 10 || l.playout.late > 0 {
		t.Errorf("%d weak, %d late", l.weak(), l.playout.late)
	}
	after := line{delay: slow}
	after.run(60)
	if after.level() > 640 {
		t.Errorf("%d ms still wait after 40 s of calm", after.level()/8)
	}
}

func TestClocksThatDifferAreFollowed(t *testing.T) {
	for _, speed := range []float64{1 + 200e-6, 1 - 200e-6} { // a cheap crystal
		l := line{speed: speed, delay: func(int) (int, bool) { return 30, true }}
		l.run(600)
		if l.weak() > 12 || l.playout.late+l.playout.early > 6 || l.level() > 800 {
			t.Errorf("speed %v: %d weak, %d late, %d early, %d ms wait", speed, l.weak(), l.playout.late, l.playout.early, l.level()/8)
		}
	}
}

func TestLostPacketsAreConcealed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	l := line{delay: func(int) (int, bool) { return 30, rng.IntN(20) > 0 }}
	l.run(60)
	if share := float64(l.weak()) / float64(len(l.heard)/160); share > 0.02 {
		t.Errorf("%.1f %% are weak with 5 %% loss", 100*share)
	}
	if l.playout.late > 0 || len(l.heard) < 59*SampleRate {
		t.Errorf("%d late, %d samples", l.playout.late, len(l.heard))
	}
}

// What was concealed while nothing was there is not concealed again when the gap shows: the delay must not grow by loss.
func TestBurstsOfLossDoNotAddDelay(t *testing.T) {
	calm := line{delay: func(int) (int, bool) { return 30, true }}
	calm.run(4)
	l := line{delay: func(i int) (int, bool) { return 30, i%50 < 20 || i%50 >= 25 }}
	l.run(4)
	if l.level() > calm.level() {
		t.Errorf("%d ms wait after four bursts of 100 ms, %d ms without", l.level()/8, calm.level()/8)
	}
	if n := l.playout.late + l.playout.early; n > 0 {
		t.Errorf("%d packets discarded", n)
	}
}

func TestAPauseIsSilentAndTheNextWordBegins(t *testing.T) {
	l := line{delay: func(i int) (int, bool) { return 30, i < 100 || i >= 200 }}
	l.run(6)
	quiet := l.heard[SampleRate*5/2 : SampleRate*7/2]
	if level := goertzel.Total(quiet); level > -60 {
		t.Errorf("%.1f dBm0 in the pause", level)
	}
	if level := goertzel.Total(l.heard[len(l.heard)-8000:]); math.Abs(level+10) > 0.3 {
		t.Errorf("%.1f dBm0 after the pause", level)
	}
}

func TestAJumpOfTheTimestampStartsAnew(t *testing.T) {
	var p playout
	p.reset(newCodec("PCMU"))
	now := time.Now()
	frame := make([]int16, 160)
	payload := make([]byte, 160)
	ts := uint32(1<<32 - 800) // the clock wraps on the way
	for i := range 200 {
		if i == 100 {
			ts += 1 << 31
		}
		p.insert(ts, payload, now)
		ts += 160
		now = now.Add(20 * time.Millisecond)
		if playing := p.pull(frame, now); i > 10 && !playing {
			t.Fatalf("slot %d: nothing is played", i)
		}
	}
	if frame[0] != -32124 || p.late > 0 {
		t.Errorf("plays %d, %d late", frame[0], p.late)
	}
}

func TestConcealmentContinuesAVoiceAndFades(t *testing.T) {
	voice := make([]int16, 3200)
	for i := range voice { // pulses of 125 Hz through a resonance
		if i%64 == 0 {
			voice[i] = 12000
		}
	}
	var y1, y2 float64
	for i, x := range voice {
		y := float64(x) + 1.6*y1 - 0.8*y2
		y2, y1 = y1, y
		voice[i] = int16(y / 4)
	}
	var c concealer
	c.heard(voice[:1600])
	gap := make([]int16, 800)
	c.fill(gap)
	var signal, noise float64
	for i := range 80 {
		d := float64(gap[i]) - float64(voice[1600+i])
		signal += float64(voice[1600+i]) * float64(voice[1600+i])
		noise += d * d
	}
	if snr := 10 * math.Log10(signal/noise); snr < 15 {
		t.Errorf("the first 10 ms differ: %.1f dB", snr)
	}
	for i := fadeOut; i < len(gap); i++ {
		if gap[i] != 0 {
			t.Fatalf("sample %d is %d, want silence", i, gap[i])
		}
	}
}

func FuzzPlayout(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 0, 0, 0, 200, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, script []byte) {
		var p playout
		p.reset(newCodec("G722"))
		now := time.Now()
		frame := make([]int16, 160)
		ts := uint32(0)
		for _, b := range script {
			switch {
			case b < 64:
				ts += uint32(b) * 80
			case b < 96:
				ts -= uint32(b) * 800
			case b < 200:
				p.insert(ts, script[:min(len(script), int(b))], now)
			default:
				now = now.Add(20 * time.Millisecond)
				p.pull(frame, now)
			}
			if len(p.ready)+p.queued() > (maxQueue+2)*maxPayload || len(p.queue) > maxQueue || p.owed < 0 {
				t.Fatalf("%d samples wait, %d packets, %d owed", len(p.ready)+p.queued(), len(p.queue), p.owed)
			}
			for i := 1; i < len(p.queue); i++ {
				if diff(p.queue[i].timestamp, p.queue[i-1].timestamp) <= 0 {
					t.Fatal("packets are out of order")
				}
			}
		}
	})
}
