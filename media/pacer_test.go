package media

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/media/tone"
	"sidetone/trace"
)

// sleepy is an Alarm that wakes late at times, as on a busy machine.
type sleepy struct {
	Alarm
	extra func() time.Duration
}

func (s sleepy) Wait() bool {
	ok := s.Alarm.Wait()
	if d := s.extra(); ok && d > 0 {
		<-time.After(d)
	}
	return ok
}

func TestLateSlotsAreMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wakes := 0
		s, p, _, stop := solo(t, func(o *Options) {
			o.Alarm = sleepy{NewTimerAlarm(), func() time.Duration {
				if wakes++; wakes%10 == 0 {
					return 130 * time.Millisecond
				}
				return 3 * time.Millisecond
			}}
		})
		defer stop()
		s.Play(tone.Sine(440))
		wait(10 * time.Second)
		packets := p.takePackets()
		if n := len(packets); n < 490 {
			t.Errorf("%d packets in 10 s, want 500", n)
		}
		for i, q := range packets[1:] {
			if q.Timestamp-packets[i].Timestamp != 160 || q.Marker {
				t.Fatalf("packet %d: the timestamp moves by %d", i+1, q.Timestamp-packets[i].Timestamp)
			}
		}
	})
}

func TestAfterAStandstillTheClockIsRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stall atomic.Int64
		s, p, _, stop := solo(t, func(o *Options) {
			o.Alarm = sleepy{NewTimerAlarm(), func() time.Duration { return time.Duration(stall.Swap(0)) }}
		})
		defer stop()
		s.Play(tone.Sine(440))
		wait(time.Second)
		before := p.takePackets()
		stall.Store(int64(3 * time.Second))
		wait(5 * time.Second)
		after := p.takePackets()
		if len(after) > 110 {
			t.Errorf("%d packets were sent in a burst of old sound", len(after))
		}
		jumps := 0
		all := append(before[len(before)-1:], after...)
		for i, q := range all[1:] {
			if step := q.Timestamp - all[i].Timestamp; step != 160 {
				jumps++
				if !q.Marker || step%160 != 0 || step < 2*SampleRate {
					t.Errorf("packet %d: step %d, marker %v", i, step, q.Marker)
				}
			}
		}
		total := all[len(all)-1].Timestamp - before[0].Timestamp
		if jumps != 1 || total < 6*SampleRate-480 || total > 6*SampleRate+160 {
			t.Errorf("%d jumps; the timestamp moved by %d in 6 s", jumps, total)
		}
	})
}

func TestAnEngineWithoutCallsSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wakes := 0
		n := newNetwork()
		e, stop := n.startEngine(t, hostA, func(o *Options) {
			o.Alarm = sleepy{NewTimerAlarm(), func() time.Duration { wakes++; return 0 }}
		})
		defer stop()
		s := open(t, e)
		wait(time.Minute)
		s.Update(Params{Codec: "PCMU", Direction: trace.SendRecv})
		wait(time.Second)
		s.Close()
		wait(time.Minute)
		if wakes < 50 || wakes > 60 {
			t.Errorf("woke %d times for one second of a call", wakes)
		}
	})
}

// A session may start while the pacer is between looking at the sessions and going to sleep.
func TestADeadlineSetWhileThePacerLooksIsKept(t *testing.T) {
	e, err := NewEngine(Options{Alarm: NewTimerAlarm()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, next := range []time.Time{{}, now.Add(time.Hour)} {
		e.passInLoop()
		e.request(now.Add(time.Minute))
		e.request(now.Add(2 * time.Minute))
		e.arm(next)
		if got := e.armed.Sub(now); got != time.Minute {
			t.Errorf("the alarm is set to %v from now, want a minute", got)
		}
	}
}

func TestSlotsStayOnTheGridWhenThePacketTimeChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		wait(777 * time.Millisecond)
		params := s.params
		params.Ptime = 40 * time.Millisecond
		s.Update(params)
		wait(time.Second)
		packets := p.takePackets()
		var sizes []int
		for _, q := range packets {
			sizes = append(sizes, len(q.Payload))
		}
		if !slices.IsSorted(sizes) || sizes[0] != 160 || sizes[len(sizes)-1] != 320 || len(sizes) < 60 || len(sizes) > 66 {
			t.Errorf("%d packets of sizes %v", len(sizes), sizes)
		}
	})
}

func TestThePlatformAlarmWakesAtTheMoment(t *testing.T) {
	a, err := newAlarm()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{-time.Second, 0, time.Millisecond, 5 * time.Millisecond} {
		at := time.Now().Add(d)
		a.Set(at)
		if !a.Wait() {
			t.Fatal("closed")
		}
		if early := time.Until(at); early > 0 {
			t.Errorf("%v: woke %v early", d, early)
		}
	}
	a.Set(time.Now().Add(time.Hour))
	woken := make(chan bool)
	go func() { woken <- a.Wait() }()
	a.Set(time.Now())
	if !<-woken {
		t.Error("an earlier moment did not wake the sleeper")
	}
	a.Set(time.Time{})
	go func() { woken <- a.Wait() }()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if <-woken || a.Wait() {
		t.Error("waits after it was closed")
	}
}

// enough is a sink that tells when it has heard so many samples.
type enough struct {
	recorder
	want int
	done chan struct{}
}

func (e *enough) Frame(pcm []int16) {
	e.recorder.Frame(pcm)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pcm) >= e.want && len(e.pcm)-len(pcm) < e.want {
		close(e.done)
	}
}

func TestSoundGoesThroughRealSockets(t *testing.T) {
	for _, address := range []string{"127.0.0.1", ""} {
		opts := Options{}
		if address != "" {
			opts.Address = netip.MustParseAddr(address)
		}
		e, err := NewEngine(opts)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		a, b := open(t, e), open(t, e)
		if a.Port()%2 != 0 || b.Port()%2 != 0 {
			t.Errorf("ports %d and %d are not even", a.Port(), b.Port())
		}
		heard := &enough{want: 8000, done: make(chan struct{})}
		a.Play(tone.Sine(440))
		b.Listen(heard)
		loopback := netip.MustParseAddr("127.0.0.1")
		a.Update(Params{Remote: netip.AddrPortFrom(loopback, uint16(b.Port())), Codec: "PCMU", Direction: trace.SendRecv})
		b.Update(Params{Remote: netip.AddrPortFrom(loopback, uint16(a.Port())), Codec: "PCMU", Direction: trace.SendRecv})
		select {
		case <-heard.done:
		case <-time.After(20 * time.Second):
			t.Fatal("a second of sound takes more than 20 s")
		}
		if st := b.Stats(); st.Unexpected > 0 || st.RemoteSource.Port() != uint16(a.Port()) {
			t.Errorf("%+v", st)
		}
		if !hears(heard.take(), 440) {
			t.Error("the tone is not heard")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkPacer reports how late slots are, with the platform's alarm and with the runtime's timers. An operation is one slot of
// every stream.
func BenchmarkPacer(b *testing.B) {
	for name, alarm := range map[string]func() Alarm{"platform": func() Alarm { return nil }, "runtime": NewTimerAlarm} {
		for _, streams := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", name, streams), func(b *testing.B) { benchmarkPacer(b, alarm(), streams) })
		}
	}
}

func benchmarkPacer(b *testing.B, alarm Alarm, streams int) {
	var lateness []time.Duration
	slots := make(chan struct{}, 1)
	e, err := NewEngine(Options{Address: netip.MustParseAddr("127.0.0.1"), Alarm: alarm})
	if err != nil {
		b.Fatal(err)
	}
	e.late = func(d time.Duration) {
		lateness = append(lateness, d)
		if len(lateness) == streams*b.N {
			slots <- struct{}{}
		}
	}
	var sessions []*Session
	for range streams {
		s, err := e.Open()
		if err != nil {
			b.Fatal(err)
		}
		s.Play(tone.Sine(440))
		sessions = append(sessions, s)
	}
	for i, s := range sessions {
		to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sessions[(i+1)%streams].Port()))
		s.Update(Params{Remote: to, Codec: "PCMA", PayloadType: 8, Direction: trace.SendRecv})
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	b.ReportAllocs()
	b.ResetTimer()
	go func() { ended <- e.Run(ctx) }()
	<-slots
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	slices.Sort(lateness)
	b.ReportMetric(float64(lateness[len(lateness)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(lateness[len(lateness)*99/100].Microseconds()), "p99-µs")
}
