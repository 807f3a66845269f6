package sqlite

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"sync"

	"sidetone/trace"
)

// deflateAbove is the size, in bytes, from which lines are worth deflating: a lone event gains little.
const deflateAbove = 1024

// chunk collects the lines of one batch that belong to one call, or to none, of one boot.
type chunk struct {
	view  *viewRow // nil for the device's own events
	boot  *bootRow
	first uint64
	lines []byte
}

func (c *chunk) add(raw []byte) {
	c.lines = append(append(c.lines, raw...), '\n')
}

var deflaters = sync.Pool{New: func() any {
	w, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed) // fails only for an unknown level
	return w
}}

// pack deflates lines unless they are few.
func pack(lines []byte) ([]byte, error) {
	if len(lines) <= deflateAbove {
		return lines, nil
	}
	var out bytes.Buffer
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	if _, err := w.Write(lines); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpack reads what pack wrote: a line begins with a brace, deflated data never does.
func unpack(b []byte) ([]byte, error) {
	if len(b) == 0 || b[0] == '{' {
		return b, nil
	}
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// appendEvents decodes a stored chunk. A payload that this version cannot read stays in its event as trace.Unknown.
func appendEvents(events []trace.Event, stored []byte) ([]trace.Event, error) {
	lines, err := unpack(stored)
	if err != nil {
		return events, fmt.Errorf("stored lines: %w", err)
	}
	for line := range bytes.Lines(lines) {
		e, err := trace.Decode(line)
		if err != nil && e.Seq == 0 {
			return events, fmt.Errorf("stored line: %w", err)
		}
		events = append(events, e)
	}
	return events, nil
}
