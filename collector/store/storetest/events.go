package storetest

import (
	"errors"
	"slices"
	"testing"

	"sidetone/collector/store"
	"sidetone/trace"
)

var script = Script{Call: "01CALL", From: "sip:101@example.com", To: "sip:102@example.com", SessionID: "5e55", SIPCallID: "a@b", Holds: 1}

func eventOnce(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	lines := p.Play(script)
	same(t, "first", write(t, s, p.Batch(lines...)), store.Written{Stored: len(lines)})
	same(t, "again", write(t, s, p.Batch(lines...)), store.Written{Duplicates: len(lines)})
	same(t, "events", call(t, s, "01CALL").Views[0].Events, events(lines))
	if sum := call(t, s, "01CALL").Summary; !sum.Complete || sum.Holds != 1 {
		t.Errorf("complete %v, holds %d", sum.Complete, sum.Holds)
	}
}

func overlappingBatches(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	one, two := script, script
	two.Call, two.SessionID, two.SIPCallID = "02CALL", "0the", "c@d"
	a, b := p.Begin(one), p.Begin(two)
	a2, b2 := p.End(one), p.End(two)
	all := slices.Concat(a, b, []store.Line{a2, b2})
	write(t, s, p.Batch(all[:3]...), p.Batch(all[1:5]...))
	w := write(t, s, p.Batch(all[2:]...))
	same(t, "written", w, store.Written{Stored: 1, Duplicates: 3})
	same(t, "first call", call(t, s, "01CALL").Views[0].Events, events(append(a, a2)))
	same(t, "second call", call(t, s, "02CALL").Views[0].Events, events(append(b, b2)))
}

func summaryIsFold(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	lines := p.Play(script)
	for _, l := range lines { // one write each: the fold is kept between them
		write(t, s, p.Batch(l))
	}
	want := trace.Summarize(events(lines))
	c := call(t, s, "01CALL")
	same(t, "fold", c.Folds, []trace.Fold{want})
	sum := want.Summary
	sum.Device, sum.Devices = "reception-1", []string{"reception-1"}
	same(t, "summary", c.Summary, sum)
	page, err := s.Calls(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "list", page, store.Page{Calls: []trace.Summary{sum}})
}

func outOfOrder(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	lines := p.Play(script)
	for _, l := range slices.Backward(lines) {
		write(t, s, p.Batch(l))
	}
	c := call(t, s, "01CALL")
	same(t, "events", c.Views[0].Events, events(lines))
	same(t, "fold", c.Folds[0], trace.Summarize(events(lines)))
}

func cutCall(p *Phone) (before, after []store.Line) {
	before = p.Begin(script)
	last := p.seq
	p.Reboot(2)
	after = []store.Line{
		p.Event("", trace.AgentStarted, trace.Started{Version: "1"}),
		p.Event(script.Call, trace.AgentStopped, trace.Stopped{Reason: trace.StoppedByCut, Boot: 1, Seq: last}),
	}
	return before, append(after, p.End(script))
}

func callAcrossBoots(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	before, after := cutCall(p)
	write(t, s, p.Batch(before...))
	write(t, s, p.Batch(after...))
	c := call(t, s, "01CALL")
	same(t, "events", c.Views[0].Events, events(append(before, after[1:]...)))
	if !c.Folds[0].Cut || !c.Summary.Complete {
		t.Errorf("cut %v, complete %v", c.Folds[0].Cut, c.Summary.Complete)
	}
}

func bootsOutOfOrder(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	before, after := cutCall(p)
	write(t, s, p.Batch(after...))
	write(t, s, p.Batch(before...))
	c := call(t, s, "01CALL")
	same(t, "events", c.Views[0].Events, events(append(before, after[1:]...)))
	same(t, "fold", c.Folds[0], trace.Summarize(events(append(before, after[1:]...))))
}

func unknownKind(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 1)
	line := p.Event("01CALL", "call.teleported", trace.Unknown(`{"to":"moon"}`))
	write(t, s, p.Batch(line))
	same(t, "events", call(t, s, "01CALL").Views[0].Events, []trace.Event{line.Event})
}

func notFound(t *testing.T, s store.Store) {
	if _, err := s.Call(t.Context(), "nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("call: %v", err)
	}
	if _, err := s.Device(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("device: %v", err)
	}
}

func closed(t *testing.T, s store.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p := NewPhone("reception-1", 1)
	if _, err := s.Write(t.Context(), []store.Update{p.Batch(p.Play(script)...)}); err == nil {
		t.Error("a write was accepted")
	}
}
