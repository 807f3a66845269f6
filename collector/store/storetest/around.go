package storetest

import (
	"testing"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

// callWithItsSurroundings proves that a view brings what happened to its device around the call, and nothing else.
func callWithItsSurroundings(t *testing.T, s store.Store) {
	p, other := NewPhone("a", 1), NewPhone("b", 1)
	line := trace.Line{Line: 1, AOR: "sip:101@a"}
	registered := p.Event("", trace.LineRegistered, line)
	p.Now = p.Now.Add(time.Hour)
	early := p.Event("", trace.DeviceLink, trace.Link{Interface: "eth0"})
	p.Now = p.Now.Add(2 * time.Minute)
	failed := p.Event("", trace.LineFailed, line)
	script := Script{Call: "C", From: "sip:101@a", SIPCallID: "1"}
	begin := p.Begin(script)
	down := p.Event("", trace.DeviceLink, trace.Link{Interface: "eth0"})
	hook := p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})
	end := p.End(script)
	gap := p.Event("", trace.AgentGap, trace.Gap{Boot: 1, From: down.Event.Seq, To: down.Event.Seq, Count: 1, Reason: trace.GapJournalCorrupt})
	after := p.Event("", trace.DeviceLink, trace.Link{Interface: "eth0", Up: true})
	write(t, s, other.Batch(other.Event("", trace.LineFailed, line)))
	write(t, s, p.Batch(down, hook, end, gap, after)) // batches may come late
	write(t, s, p.Batch(registered, early))
	write(t, s, p.Batch(append([]store.Line{failed}, begin...)...))

	c := call(t, s, "C")
	same(t, "around the call", c.Views[0].Around, events([]store.Line{registered, failed, down, gap}))
	same(t, "the call", c.Views[0].Events, events(append(begin, end)))
	if !c.Summary.Complete || c.Folds[0].Seen != 3 {
		t.Errorf("what is no part of the call was counted: %+v", c.Folds[0])
	}
}
