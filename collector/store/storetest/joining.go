package storetest

import (
	"testing"

	"sidetone/collector/store"
	"sidetone/trace"
)

func caller(call string) Script {
	return Script{Call: call, From: "sip:101@a", To: "sip:102@a", SessionID: "5e55", SIPCallID: "x@a"}
}

func callee(call string) Script {
	s := caller(call)
	s.Direction = trace.In
	return s
}

func joinBySession(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	out, in := caller("A1"), callee("B1")
	in.SIPCallID = "other@b2bua"
	write(t, s, a.Batch(a.Play(out)...))
	write(t, s, b.Batch(b.Play(in)...))
	out.Call, in.Call, out.SessionID, in.SessionID = "A2", "B2", "5E56", "5e56"
	out.SIPCallID, in.SIPCallID = "y@a", "y@b2bua"
	write(t, s, b.Batch(b.Play(in)...))
	write(t, s, a.Batch(a.Play(out)...))

	same(t, "list", list(t, s, store.Filter{}), []string{"B2", "A1"})
	for _, id := range []string{"A1", "B1"} {
		c := call(t, s, id)
		same(t, "id of "+id, c.Summary.ID, "A1")
		same(t, "devices of "+id, c.Summary.Devices, []string{"a", "b"})
		same(t, "primary of "+id, c.Views[0].Device, "a")
	}
	c := call(t, s, "A2") // the callee reported first: its id stays, the caller still tells the story
	same(t, "id", c.Summary.ID, "B2")
	same(t, "devices", c.Summary.Devices, []string{"a", "b"})
	same(t, "views", []string{c.Views[0].Device, c.Views[1].Device}, []string{"a", "b"})
	same(t, "folds", []trace.Direction{c.Folds[0].Direction, c.Folds[1].Direction}, []trace.Direction{trace.Out, trace.In})
	same(t, "direction", c.Summary.Direction, trace.Out)
}

func joinByCallID(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	in := callee("B1")
	in.SessionID = "changed"
	write(t, s, a.Batch(a.Play(caller("A1"))...), b.Batch(b.Play(in)...))
	same(t, "list", list(t, s, store.Filter{}), []string{"A1"})
}

func joinTransitively(t *testing.T, s store.Store) {
	a, b, gw := NewPhone("a", 1), NewPhone("b", 2), NewPhone("gateway", 3)
	far := callee("B1")
	far.SessionID, far.SIPCallID = "else", "far@gw"
	between := callee("G1")
	between.SIPCallID = "far@gw"
	write(t, s, a.Batch(a.Play(caller("A1"))...))
	write(t, s, b.Batch(b.Play(far)...))
	same(t, "before", len(list(t, s, store.Filter{})), 2)
	write(t, s, gw.Batch(gw.Play(between)...))
	same(t, "after", list(t, s, store.Filter{}), []string{"A1"})
	same(t, "by the absorbed id", call(t, s, "B1").Summary.Devices, []string{"a", "b", "gateway"})
	same(t, "by device", list(t, s, store.Filter{Device: "b"}), []string{"A1"})
}

func neverJoinOneDevice(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	write(t, s, a.Batch(a.Play(caller("A1"))...), a.Batch(a.Play(caller("A2"))...), a.Batch(a.Play(caller("A3"))...))
	write(t, s, b.Batch(b.Play(callee("B1"))...), b.Batch(b.Play(callee("B2"))...))
	same(t, "calls", len(list(t, s, store.Filter{})), 3)
	same(t, "of b", len(list(t, s, store.Filter{Device: "b"})), 2)
}

func joinLate(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	out, in := a.Play(caller("A1")), b.Play(callee("B1"))
	write(t, s, a.Batch(out[1:]...), b.Batch(in[1:]...))
	same(t, "before", len(list(t, s, store.Filter{})), 2)
	write(t, s, b.Batch(in[0]))
	write(t, s, a.Batch(out[0]))
	same(t, "after", list(t, s, store.Filter{}), []string{"A1"})
	same(t, "number", list(t, s, store.Filter{Number: "102"}), []string{"A1"})
	if sum := call(t, s, "B1").Summary; !sum.Complete {
		t.Errorf("missing %d", sum.Missing)
	}
}

func nullSession(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	out, in := caller("A1"), callee("B1")
	out.SessionID, in.SessionID = "00000000000000000000000000000000", "00000000000000000000000000000000"
	in.SIPCallID = "other"
	write(t, s, a.Batch(a.Play(out)...), b.Batch(b.Play(in)...))
	same(t, "calls", len(list(t, s, store.Filter{})), 2)
}

func joinedCompleteness(t *testing.T, s store.Store) {
	a, b := NewPhone("a", 1), NewPhone("b", 2)
	in := b.Play(callee("B1"))
	write(t, s, a.Batch(a.Play(caller("A1"))...))
	write(t, s, b.Batch(in[0], in[3]))
	sum := call(t, s, "A1").Summary
	if sum.Complete || sum.Missing != 2 {
		t.Errorf("complete %v, missing %d; want false, 2", sum.Complete, sum.Missing)
	}
	write(t, s, b.Batch(in[1:3]...))
	if sum := call(t, s, "A1").Summary; !sum.Complete || sum.Missing != 0 {
		t.Errorf("complete %v, missing %d; want true, 0", sum.Complete, sum.Missing)
	}
}
