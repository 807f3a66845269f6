package telemetry

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"time"

	"sidetone/journal"
	"sidetone/trace"
)

// cutCall is a call that an earlier run left without an end.
type cutCall struct {
	id   string
	n    int        // its last number
	boot trace.Boot // of the run it began in
	last head       // last event of that run
	ended
}

// remains is what earlier runs have left in the journal.
type remains struct {
	cut     []*cutCall
	waiting reports     // of losses, that have not arrived
	untold  []trace.Gap // losses that were never reported
	run     lastRun
	ends    []EndOfRun // of the runs, in their order
}

// findRemains reads the journal. A first pass looks at the fronts of the lines only; most of the time there is nothing for a
// second one to do. After an error it has found no calls.
func findRemains(j *journal.Journal) (remains, error) {
	var found remains
	var unwritten holes
	acknowledged := j.Acknowledged()
	open := map[string]*cutCall{}
	over := map[string]bool{}
	last := map[trace.Boot]head{}
	err := eachRecord(j, func(seq uint64, line []byte) {
		h, ok := parseHead(line)
		if !ok {
			return
		}
		var told *trace.Gap
		if h.kind == trace.AgentGap {
			if e, err := trace.Decode(line); err == nil {
				if gap, ok := e.Data.(trace.Gap); ok {
					told = &gap
				}
			}
		}
		if told != nil && seq > acknowledged {
			found.waiting = append(found.waiting, report{seq: seq, gap: *told})
		}
		unwritten.add(seq, h, told)
		last[h.boot] = h
		found.ends = addEnd(found.ends, EndOfRun{Boot: h.boot, Seq: h.seq, record: seq}, acknowledged)
		found.run.see(h, line)
		switch {
		case h.call == "" || over[h.call]:
		case h.kind == trace.CallEnded:
			over[h.call] = true
			delete(open, h.call)
		case open[h.call] == nil:
			open[h.call] = &cutCall{id: h.call, boot: h.boot, n: h.n}
		default:
			open[h.call].n = max(open[h.call].n, h.n)
		}
	})
	found.untold = unwritten.untold()
	if err != nil || len(open) == 0 {
		return found, err
	}
	for _, c := range open {
		c.last = last[c.boot]
	}
	err = eachRecord(j, func(_ uint64, line []byte) {
		h, ok := parseHead(line)
		if !ok || open[h.call] == nil {
			return
		}
		if e, err := trace.Decode(line); err == nil {
			open[h.call].add(e)
		}
	})
	if err == nil {
		found.cut = slices.Collect(maps.Values(open))
		sort.SliceStable(found.cut, func(i, j int) bool { return found.cut[i].id < found.cut[j].id })
	}
	return found, err
}

// eachRecord visits what is in the journal now. What is missing is passed over: the reader of the uplink reports it.
func eachRecord(j *journal.Journal, visit func(seq uint64, line []byte)) error {
	r := j.Read(0)
	defer func() { _ = r.Close() }() // only read
	for {
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case err == nil:
			visit(rec.Seq, rec.Payload)
		case errors.As(err, &gap):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return fmt.Errorf("read journal for calls that were cut: %w", err)
		}
	}
}

// endCutCall says that the agent stopped in the middle of the call, and ends it as far as is known.
func (r *Recorder) endCutCall(c *cutCall) {
	r.mu.Lock()
	r.calls[c.id] = &callCount{n: c.n}
	r.mu.Unlock()
	r.Record(trace.Event{Call: c.id, Kind: trace.AgentStopped, Data: trace.Stopped{
		Reason: trace.StoppedByCut, Boot: c.boot, Seq: c.last.seq,
	}})
	r.Record(trace.Event{Call: c.id, Kind: trace.CallEnded, Data: c.result(c.last.mono)})
}

// ended works out a call's end from its events. Times are the monotonic ones of the run that was cut.
type ended struct {
	begun     bool
	timeline  trace.Timeline
	direction trace.Direction
	status    int
}

// add takes the call's next event into account.
func (c *ended) add(e trace.Event) {
	if !c.begun {
		c.begun = true
		c.timeline.Begin(e.Mono)
	}
	switch d := e.Data.(type) {
	case trace.Initiated:
		c.direction = d.Direction
		c.timeline.Begin(e.Mono)
	case trace.Alerting:
		c.status = d.Status
		c.timeline.Alert(e.Mono)
	case trace.Answered:
		c.status = 200
		c.timeline.Answer(e.Mono)
	case trace.SIP:
		c.response(e.Kind, d)
	case trace.Hold:
		if e.Kind == trace.HoldConfirmed || e.Kind == trace.HoldResumed {
			c.timeline.Hold(e.Mono, d.By, e.Kind == trace.HoldConfirmed)
		}
	case trace.Suspend:
		c.timeline.Suspend(e.Mono, e.Kind == trace.SuspendStarted)
	}
}

// response notes the last status of the INVITE that began the call.
func (c *ended) response(kind trace.Kind, m trace.SIP) {
	theirs := c.direction == trace.Out && kind == trace.SIPReceived
	ours := c.direction == trace.In && kind == trace.SIPSent
	if !c.timeline.Answered() && (theirs || ours) && m.Method == "INVITE" && !m.IsRequest() {
		c.status = m.Status
	}
}

// result is the end of a call whose agent was gone after at. The call may have lasted longer, nobody knows.
func (c *ended) result(at time.Duration) trace.Ended {
	e := trace.Ended{Side: trace.Local, LastResponse: c.status, Reason: "agent stopped", Result: trace.ResultFailed}
	if c.timeline.Answered() {
		e.Result = trace.ResultAnswered
	}
	c.timeline.End(at)
	c.timeline.Measure(&e)
	return e
}
