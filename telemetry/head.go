package telemetry

import (
	"bytes"
	"strconv"
	"time"

	"sidetone/trace"
)

// head is the front of an event line, what stands before its data.
type head struct {
	boot trace.Boot
	seq  uint64
	mono time.Duration
	call string
	n    int
	kind trace.Kind
}

// parseHead reads the front of a line without decoding it all, which on a slow processor would take seconds for a full
// journal. A line that is not laid out as trace.Event.Encode writes it is decoded instead.
func parseHead(line []byte) (head, bool) {
	if h, ok := quickHead(line); ok {
		return h, true
	}
	e, err := trace.Decode(line)
	if err != nil && e.Seq == 0 {
		return head{}, false
	}
	return head{boot: e.Boot, seq: e.Seq, mono: e.Mono, call: e.Call, n: e.N, kind: e.Kind}, true
}

func quickHead(line []byte) (h head, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"v":1,"boot":"`))
	if !ok {
		return head{}, false
	}
	c := cursor{rest: rest}
	boot, err := trace.ParseBoot(c.until(`","seq":`))
	if err != nil {
		return head{}, false
	}
	h.boot = boot
	h.seq = c.number(`,"ts":"`)
	c.until(`","mono":`)
	h.mono = trace.Micros(c.number(`,"clk":"`)).Duration()
	c.until(`"`)
	if c.has(`,"call":"`) {
		h.call = c.until(`"`)
	}
	if c.has(`,"leg":`) {
		c.digits()
	}
	if c.has(`,"n":`) {
		h.n = int(c.digits())
	}
	if !c.has(`,"kind":"`) {
		return head{}, false
	}
	h.kind = trace.Kind(c.until(`","data":`))
	return h, !c.failed && h.seq > 0 && h.kind != ""
}

// cursor walks over a line; once something is not as expected it has failed for good.
type cursor struct {
	rest   []byte
	failed bool
}

// until gives what stands before the mark, and goes behind it.
func (c *cursor) until(mark string) string {
	before, after, found := bytes.Cut(c.rest, []byte(mark))
	if !found || bytes.ContainsFunc(before, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		c.failed = true
		return ""
	}
	c.rest = after
	return string(before)
}

// has goes behind the mark when it is next.
func (c *cursor) has(mark string) bool {
	rest, ok := bytes.CutPrefix(c.rest, []byte(mark))
	if ok {
		c.rest = rest
	}
	return ok
}

// number gives the digits before the mark.
func (c *cursor) number(mark string) uint64 {
	v, err := strconv.ParseUint(c.until(mark), 10, 63)
	c.failed = c.failed || err != nil
	return v
}

// digits gives the number that is next.
func (c *cursor) digits() uint64 {
	end := 0
	for end < len(c.rest) && c.rest[end] >= '0' && c.rest[end] <= '9' {
		end++
	}
	v, err := strconv.ParseUint(string(c.rest[:end]), 10, 31)
	c.failed = c.failed || err != nil
	c.rest = c.rest[end:]
	return v
}
