package ingest

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"

	"sidetone/collector/store"
	"sidetone/trace"
)

// The bounds of a batch. The agent sends at most 16 KiB; the rest is room for other senders.
const (
	maxInflated = 1 << 20 // bytes, so that a deflate bomb ends there
	maxCallID   = 64      // characters; a ULID has 26
)

// Fault is the reason why a part of a message was not used; it names a counter.
type Fault string

// The faults of messages.
const (
	FaultTopic    Fault = "topic"     // nobody publishes there
	FaultChannel  Fault = "channel"   // a channel that this version does not read
	FaultDeflate  Fault = "deflate"   // not a deflated stream, or cut off
	FaultTooLarge Fault = "too large" // inflates to more than a batch may have
	FaultLine     Fault = "line"      // not an event line
	FaultVersion  Fault = "version"   // an event line of a version that this one does not read
	FaultTime     Fault = "time"      // an event from an impossible year
	FaultCall     Fault = "call id"   // a call id that is no name
	FaultSequence Fault = "sequence"  // a sequence number that no device reaches
	FaultScatter  Fault = "scatter"   // more holes in one boot than are kept track of
	FaultState    Fault = "state"     // a presence that cannot be read
	FaultHealth   Fault = "health"    // a health report that cannot be read
	FaultAnswer   Fault = "answer"    // an answer to a command that cannot be read
	FaultReport   Fault = "report"    // a report on a line that cannot be read
)

// Faults counts by reason.
type Faults map[Fault]int

// DecodeBatch reads a batch of event lines, deflated (RFC 1950), with trace.Dictionary or without, or plain. Lines that cannot be used are counted, the
// others returned in their order; of a stream that breaks off, the whole lines before the break. A line whose kind or
// payload is not known to this version is usable. The lines share memory with payload unless it was deflated.
func DecodeBatch(payload []byte) ([]store.Line, Faults) {
	faults := Faults{}
	text, err := inflate(payload)
	switch {
	case errors.Is(err, errTooLarge):
		faults[FaultTooLarge]++
		text = wholeLines(text)
	case err != nil:
		faults[FaultDeflate]++
		text = wholeLines(text)
	}
	var lines []store.Line
	for raw := range bytes.Lines(text) {
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 {
			continue
		}
		e, fault := decodeLine(raw)
		if fault != "" {
			faults[fault]++
			continue
		}
		lines = append(lines, store.Line{Event: e, Raw: raw})
	}
	return lines, faults
}

func decodeLine(raw []byte) (trace.Event, Fault) {
	e, err := trace.Decode(raw)
	switch {
	case errors.Is(err, trace.ErrVersion):
		return e, FaultVersion
	case err != nil && e.Seq == 0:
		return e, FaultLine
	case e.Seq > math.MaxInt64-1:
		return e, FaultSequence
	case e.At.Year() < 1900 || e.At.Year() > 2200:
		return e, FaultTime
	case !validCallID(e.Call):
		return e, FaultCall
	default:
		return e, "" // a payload that does not fit its kind is kept as it is
	}
}

// validCallID accepts what can stand in a URL and in a page's anchor without escaping.
func validCallID(s string) bool {
	if len(s) > maxCallID {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

var dictionary = []byte(trace.Dictionary)

var errTooLarge = fmt.Errorf("inflates to more than %d bytes", maxInflated)

// inflate undoes the deflation, if any: the first byte of a zlib stream is 0x78. On an error it returns what it got.
func inflate(payload []byte) ([]byte, error) {
	if len(payload) == 0 || payload[0] != 0x78 {
		return payload, nil
	}
	z, err := zlib.NewReaderDict(bytes.NewReader(payload), dictionary) // which a stream that does without it never asks for
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, maxInflated+1))
	if err == nil && n > maxInflated {
		out.Truncate(maxInflated)
		err = errTooLarge
	}
	return out.Bytes(), err
}

func wholeLines(b []byte) []byte { return b[:bytes.LastIndexByte(b, '\n')+1] }
