package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

func filters(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	busy := Script{Call: "BUSY", From: "sip:101@a", To: "sip:103@a", SIPCallID: "1", Status: 486, Result: trace.ResultBusy, Side: trace.Remote}
	held := Script{Call: "HELD", From: "sip:101:secret@a;user=phone", To: "tel:+15145550100;ext=5", SIPCallID: "2", Holds: 2}
	none := Script{Call: "NONE", From: "sips:104@b", To: "sip:101@b", SIPCallID: "3", Status: 408, Result: trace.ResultNoAnswer, Side: trace.Timer}
	write(t, s, a.Batch(a.Play(busy)...), a.Batch(a.Play(held)...))
	heldAt := call(t, s, "HELD").Summary.StartedAt
	b.Now = a.Now.Add(time.Minute)
	write(t, s, b.Batch(b.Play(none)...))

	yes, no, status := true, false, 486
	for name, c := range map[string]struct {
		filter store.Filter
		want   []string
	}{
		"nothing":          {store.Filter{}, []string{"NONE", "HELD", "BUSY"}},
		"device":           {store.Filter{Device: "a"}, []string{"HELD", "BUSY"}},
		"unknown device":   {store.Filter{Device: "z"}, []string{}},
		"user part":        {store.Filter{Number: "101"}, []string{"NONE", "HELD", "BUSY"}},
		"whole uri":        {store.Filter{Number: "sip:101@b"}, []string{"NONE"}},
		"tel uri":          {store.Filter{Number: "+15145550100"}, []string{"HELD"}},
		"number, device":   {store.Filter{Number: "101", Device: "b"}, []string{"NONE"}},
		"result":           {store.Filter{Result: trace.ResultBusy}, []string{"BUSY"}},
		"side":             {store.Filter{Side: trace.Timer}, []string{"NONE"}},
		"last response":    {store.Filter{LastResponse: &status}, []string{"BUSY"}},
		"held":             {store.Filter{Held: &yes}, []string{"HELD"}},
		"not held":         {store.Filter{Held: &no}, []string{"NONE", "BUSY"}},
		"from":             {store.Filter{From: heldAt}, []string{"NONE", "HELD"}},
		"to is not within": {store.Filter{To: heldAt}, []string{"BUSY"}},
		"all at once": {
			store.Filter{Device: "a", Number: "103", Result: trace.ResultBusy, Side: trace.Remote, LastResponse: &status, Held: &no, To: heldAt},
			[]string{"BUSY"},
		},
	} {
		same(t, name, list(t, s, c.filter), c.want)
	}
}

func pagesAreStable(t *testing.T, s store.Store) {
	p := NewPhone("a", 1)
	add := func(i int) {
		write(t, s, p.Batch(p.Play(Script{Call: fmt.Sprintf("C%02d", i), From: "sip:101@a", SIPCallID: fmt.Sprint(i)})...))
	}
	var want []string
	for i := range 10 {
		add(i)
		want = append(want, fmt.Sprintf("C%02d", i))
	}
	slices.Reverse(want)
	for _, f := range []store.Filter{{Limit: 3}, {Limit: 3, Device: "a"}, {Limit: 3, Result: trace.ResultAnswered}} {
		var got []string
		top := list(t, s, store.Filter{Limit: 1})[0]
		for i := 10; ; i++ {
			page, err := s.Calls(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Calls {
				got = append(got, c.ID)
			}
			if page.Next == "" {
				break
			}
			f.Cursor = page.Next
			add(100*len(want) + i)
		}
		if i := slices.Index(got, top); i < 0 || len(got) < 10 {
			t.Fatalf("pages: %v", got)
		}
		same(t, "pages", got[len(got)-10:], want)
		if len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			t.Errorf("a call came twice: %v", got)
		}
	}
}

func limitIsCapped(t *testing.T, s store.Store) {
	p := NewPhone("a", 1)
	var updates []store.Update
	for i := range store.MaxLimit + 1 {
		updates = append(updates, p.Batch(p.Begin(Script{Call: fmt.Sprintf("C%04d", i), SIPCallID: fmt.Sprint(i)})...))
	}
	write(t, s, updates...)
	same(t, "most", len(list(t, s, store.Filter{Limit: store.MaxLimit + 1})), store.MaxLimit)
	same(t, "default", len(list(t, s, store.Filter{})), store.DefaultLimit)
}

func foreignCursor(t *testing.T, s store.Store) {
	for _, c := range []string{"x", "!!", "AAAA", store.Cursor{Began: 1, Key: 2}.String() + "A"} {
		if _, err := s.Calls(t.Context(), store.Filter{Cursor: c}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("cursor %q: %v", c, err)
		}
	}
}

func untrustedClock(t *testing.T, s store.Store) {
	a, old, ahead := NewPhone("a", 1), NewPhone("old", 2), NewPhone("ahead", 3)
	write(t, s, a.Batch(a.Play(Script{Call: "BEFORE", SIPCallID: "1"})...))
	old.Clock, old.Now = trace.ClockUnsynced, time.Unix(100, 0).UTC()
	write(t, s, old.Batch(old.Play(Script{Call: "OLD", SIPCallID: "2"})...))
	ahead.Now = Epoch.Add(365 * 24 * time.Hour)
	b := ahead.Batch(ahead.Play(Script{Call: "AHEAD", SIPCallID: "3"})...)
	b.At = Epoch.Add(2 * time.Second)
	write(t, s, b)
	a.Now = Epoch.Add(time.Minute)
	write(t, s, a.Batch(a.Play(Script{Call: "AFTER", SIPCallID: "4"})...))
	same(t, "list", list(t, s, store.Filter{}), []string{"AFTER", "AHEAD", "OLD", "BEFORE"})
	same(t, "since", list(t, s, store.Filter{From: Epoch.Add(time.Second), To: Epoch.Add(3 * time.Second)}), []string{"AHEAD", "OLD"})
	same(t, "its own time is kept", call(t, s, "OLD").Summary.StartedAt, time.Unix(100, 0).UTC())
}

func retention(t *testing.T, s store.Store) {
	const aDay = 24 * time.Hour
	p := NewPhone("a", 1)
	var first []store.Line
	for i := range 4 {
		p.Now = Epoch.Add(time.Duration(i) * aDay)
		lines := append(p.Play(Script{Call: fmt.Sprintf("DAY%d", i), From: "sip:101@a", SIPCallID: fmt.Sprint(i)}),
			p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}))
		if i == 0 {
			first = lines
		}
		write(t, s, p.Batch(lines...))
	}
	n, err := s.Expire(t.Context(), Epoch.Add(2*aDay))
	if err != nil || n != 2 {
		t.Fatalf("expired %d, %v", n, err)
	}
	same(t, "list", list(t, s, store.Filter{}), []string{"DAY3", "DAY2"})
	same(t, "by number", list(t, s, store.Filter{Number: "101"}), []string{"DAY3", "DAY2"})
	if _, err := s.Call(t.Context(), "DAY0"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an expired call: %v", err)
	}
	same(t, "its events stay known", write(t, s, p.Batch(first...)), store.Written{Duplicates: len(first)})
	if n, err := s.Expire(t.Context(), Epoch); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}
