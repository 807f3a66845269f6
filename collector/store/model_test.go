package store

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestUserPart(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:101@example.com":                 "101",
		"SIP:101@example.com":                 "101",
		"sips:101:secret@example.com;a=b":     "101",
		"sip:101;phone-context=x@example.com": "101",
		"sip:a@b@example.com":                 "a@b",
		"sip:example.com":                     "",
		"tel:+15145550100;ext=5":              "+15145550100",
		"http://101@example.com":              "",
		"101":                                 "101",
		"":                                    "",
	} {
		if got := UserPart(uri); got != want {
			t.Errorf("user part of %q is %q, want %q", uri, got, want)
		}
	}
}

func TestACursorComesBackAsItWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{rapid.Int64().Draw(t, "began"), rapid.Int64().Draw(t, "key")}
		if back, err := ParseCursor(c.String()); err != nil || back != c {
			t.Fatalf("%v came back as %v, %v", c, back, err)
		}
	})
}

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add(Top.String())
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := ParseCursor(s); err != nil && !errors.Is(err, ErrCursor) {
			t.Fatal(err)
		}
	})
}

func TestTheCallingDeviceTellsTheCall(t *testing.T) {
	mos := func(v float64) *float64 { return &v }
	view := func(device string, d trace.Direction, complete bool, missing int, m *float64) Seen {
		return Seen{Device: device, Fold: trace.Fold{Summary: trace.Summary{
			ID: device + "-1", Direction: d, Complete: complete, Missing: missing, MOS: m, Result: trace.Result(device),
		}}}
	}
	got := Join("first", []Seen{
		view("callee", trace.In, false, 2, mos(4.1)), view("caller", trace.Out, true, 0, mos(4.3)), view("gateway", trace.In, true, 0, nil),
	})
	want := trace.Summary{
		ID: "first", Device: "caller", Devices: []string{"caller", "callee", "gateway"}, Direction: trace.Out,
		Result: "caller", MOS: mos(4.1), Complete: false, Missing: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnUntrustedClockCountsFromWhenItWasReceived(t *testing.T) {
	received := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		started time.Time
		synced  bool
		want    time.Time
	}{
		"synced":         {received.Add(-time.Hour), true, received.Add(-time.Hour)},
		"synced, ahead":  {received.Add(time.Hour), true, received},
		"not synced":     {received.Add(-time.Hour), false, received},
		"never was told": {time.Time{}, false, received},
	} {
		if got := Began(c.started, received, c.synced); !got.Equal(c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestASlowWatcherHearsOfEachThingOnceAndHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var h Hub
		slow := h.Watch(ctx)
		call, other, device := Change{CallUpdated, "A"}, Change{CallUpdated, "B"}, Change{DeviceUpdated, "d"}
		h.Publish(call)
		synctest.Wait() // it is being handed over
		for range 3 * maxPending {
			h.Publish(call, device)
		}
		h.Publish(other)
		var got []Change
		for range 4 {
			got = append(got, <-slow)
		}
		if diff := cmp.Diff([]Change{call, call, device, other}, got); diff != "" {
			t.Error(diff)
		}
		for i := range maxPending + 10 {
			h.Publish(Change{CallUpdated, strconv.Itoa(i)})
		}
		cancel()
		n := 0
		for range slow {
			n++
		}
		if n > maxPending+1 {
			t.Errorf("%d changes were kept for one watcher", n)
		}
		h.Publish(call) // nobody is there, and nobody is waited for
	})
}
