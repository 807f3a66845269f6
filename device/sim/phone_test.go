package sim

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sidetone/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// next is the next event and when it came, since start; nil when there is none within an hour.
func next(p *Phone, start time.Time) (device.Event, time.Duration) {
	select {
	case ev := <-p.Events():
		return ev, time.Since(start)
	case <-time.After(time.Hour):
		return nil, 0
	}
}

func TestPersonReactsAsTheOptionsSay(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options Options
		act     func(*Phone)
		want    device.Event
		after   time.Duration
	}{
		{"answers after a while", Options{AnswerAfter: 2 * time.Second}, alert, device.AnswerPressed{Call: "a", Beside: true}, 2 * time.Second},
		{"answers at once", Options{}, alert, device.AnswerPressed{Call: "a", Beside: true}, 0},
		{"never answers", Options{AnswerAfter: Never}, alert, nil, 0},
		{"declines after a while", Options{AnswerAfter: time.Second, RejectWith: 486}, alert, device.RejectPressed{Call: "a", Status: 486}, time.Second},
		{"hangs up a call after a while", Options{HangupAfter: 5 * time.Second}, connect, device.HangupPressed{Call: "a"}, 5 * time.Second},
		{"stays on the line", Options{}, connect, nil, 0},
		{"does not answer what the caller gave up", Options{AnswerAfter: time.Second}, func(p *Phone) { alert(p); p.Release("a") }, nil, 0},
		{"does not answer twice", Options{AnswerAfter: time.Second}, func(p *Phone) { alert(p); connect(p) }, nil, 0},
		{"does not hang up what is over", Options{HangupAfter: time.Second}, func(p *Phone) { connect(p); p.Release("a") }, nil, 0},
		{"hangs up what it answered", Options{AnswerAfter: time.Minute, HangupAfter: time.Second}, func(p *Phone) { alert(p); connect(p) }, device.HangupPressed{Call: "a"}, time.Second},
		{"does nothing when switched off", Options{AnswerAfter: time.Second}, func(p *Phone) { alert(p); p.Close() }, nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(tc.options)
				defer p.Close()
				start := time.Now()
				tc.act(p)
				got, after := next(p, start)
				if diff := cmp.Diff(tc.want, got); diff != "" || after != tc.after {
					t.Errorf("after %s, want %s (-want +got):\n%s", after, tc.after, diff)
				}
			})
		})
	}
}

func alert(p *Phone)   { p.Alert("a") }
func connect(p *Phone) { p.Connect("a") }

func TestEveryCallHasItsOwnPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{AnswerAfter: 2 * time.Second})
		defer p.Close()
		start := time.Now()
		p.Alert("a")
		<-time.After(time.Second)
		p.Alert("b")
		for _, want := range []struct {
			call  string
			after time.Duration
		}{{"a", 2 * time.Second}, {"b", 3 * time.Second}} {
			got, after := next(p, start)
			if got != (device.AnswerPressed{Call: want.call, Beside: true}) || after != want.after {
				t.Errorf("got %v after %s, want %s after %s", got, after, want.call, want.after)
			}
		}
	})
}

func TestBellAndLampFollowTheCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{AnswerAfter: Never})
		defer p.Close()
		check := func(what string, ringing bool, lamp device.LampState) {
			t.Helper()
			if p.Ringing() != ringing || p.Lamps()[device.LineLamp] != lamp {
				t.Errorf("%s: ringing %v, lamp %v", what, p.Ringing(), p.Lamps()[device.LineLamp])
			}
		}
		check("idle", false, device.LampOff)
		p.Alert("a")
		check("ringing", true, device.LampBlinking)
		p.Connect("a")
		check("talking", false, device.LampOn)
		p.Alert("b")
		check("talking while another rings", true, device.LampBlinking)
		p.Release("b")
		check("the other gave up", false, device.LampOn)
		p.Release("a")
		check("over", false, device.LampOff)
	})
}

func TestLampsAndBellObeyOrders(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	if err := p.Lamp("message").Set(device.LampOn); err != nil || p.Lamps()["message"] != device.LampOn {
		t.Errorf("lamp %v, %v", p.Lamps(), err)
	}
	if err := p.StartRinging(); err != nil || !p.Ringing() {
		t.Errorf("the bell does not ring: %v", err)
	}
	if err := p.StopRinging(); err != nil || p.Ringing() {
		t.Errorf("the bell does not stop: %v", err)
	}
}

func TestDrivingThePhoneGivesEventsInOrder(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	for _, act := range []func() error{
		func() error { return p.SetHook(true) },
		func() error { return p.SetHook(true) }, // already: no event
		func() error { return p.Press("102#") },
		func() error { return p.Plug(false) },
		func() error { return p.Plug(false) }, // already: no event
		func() error { return p.Plug(true) },
		func() error { return p.SetHook(false) },
	} {
		if err := act(); err != nil {
			t.Fatal(err)
		}
	}
	want := []device.Event{
		device.HookChanged{OffHook: true},
		device.KeyPressed{Keys: "102#"},
		device.HandsetPlugged{Plugged: false},
		device.HandsetPlugged{Plugged: true},
		device.HookChanged{OffHook: false},
	}
	var got []device.Event
	for range want {
		got = append(got, <-p.Events())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.Events()) > 0 {
		t.Errorf("one more event: %v", <-p.Events())
	}
	if p.OffHook() || !p.Plugged() {
		t.Errorf("off hook %v, plugged %v", p.OffHook(), p.Plugged())
	}
}

func TestKeysThatNoKeypadHasAreRefused(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	for _, keys := range []string{"", "12x", "é", "1 2"} {
		if err := p.Press(keys); err == nil {
			t.Errorf("%q was pressed", keys)
		}
	}
	if err := p.Press(p.Keys()); err != nil {
		t.Errorf("its own keys: %v", err)
	}
}

func TestUnreadEventsHoldUpWhoeverDrivesButNotTheCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{})
		for range backlog {
			if err := p.Press("1"); err != nil {
				t.Fatal(err)
			}
		}
		blocked := make(chan error, 1)
		go func() { blocked <- p.Press("2") }()
		p.Alert("a") // wants to answer at once
		synctest.Wait()
		select {
		case err := <-blocked:
			t.Fatalf("the key was pressed: %v", err)
		default:
		}
		p.Connect("a") // does not wait
		p.Close()
		if err := <-blocked; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSwitchedOffPhoneRefusesAndForgets(t *testing.T) {
	p := New(Options{})
	p.Close()
	p.Close()
	p.Alert("a")
	p.Connect("a")
	p.Release("a")
	if err := p.SetHook(true); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if len(p.Events()) > 0 || p.Ringing() {
		t.Error("it still does something")
	}
}
