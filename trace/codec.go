package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// timeLayout writes UTC with exactly six decimals.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// line is an event as JSON, as Decode reads it and appendFront writes it: the order of its fields is the order on the
// wire.
type line struct {
	V    int             `json:"v"`
	Boot Boot            `json:"boot"`
	Seq  uint64          `json:"seq"`
	TS   string          `json:"ts"`
	Mono int64           `json:"mono"`
	Clk  Clock           `json:"clk"`
	Call string          `json:"call,omitempty"`
	Leg  int             `json:"leg,omitempty"`
	N    int             `json:"n,omitempty"`
	Kind Kind            `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// ErrVersion is wrapped by Decode for a line of a format version that this code does not read.
var ErrVersion = errors.New("unknown event version")

// Encode writes the event as one JSON object without a line end. It is the cost of every event on a slow processor:
// the payload is written once, behind a front that needs no reflection, and "<" and ">", of which SIP is full, stay
// single bytes.
func (e Event) Encode() ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(encodedSize(e.Data))
	buf.Write(e.appendFront(buf.AvailableBuffer()))
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.Data); err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Kind, err)
	}
	out := buf.Bytes()
	out[len(out)-1] = '}' // in place of the encoder's line end
	return out, nil
}

// encodedSize is a guess that is rarely too low.
func encodedSize(p Payload) int {
	if m, ok := p.(SIP); ok {
		return 640 + len(m.Raw) + len(m.Raw)/16
	}
	return 512
}

// appendFront writes everything up to the payload.
func (e Event) appendFront(b []byte) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, Version, 10)
	b = append(b, `,"boot":"`...)
	b = append(b, e.Boot.String()...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = append(b, `,"ts":"`...)
	b = e.At.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","mono":`...)
	b = strconv.AppendInt(b, int64(MicrosOf(e.Mono)), 10)
	b = append(b, `,"clk":`...)
	b = appendString(b, string(e.Clock))
	if e.Call != "" {
		b = append(b, `,"call":`...)
		b = appendString(b, e.Call)
	}
	if e.Leg != 0 {
		b = append(b, `,"leg":`...)
		b = strconv.AppendInt(b, int64(e.Leg), 10)
	}
	if e.N != 0 {
		b = append(b, `,"n":`...)
		b = strconv.AppendInt(b, int64(e.N), 10)
	}
	b = append(b, `,"kind":`...)
	b = appendString(b, string(e.Kind))
	return append(b, `,"data":`...)
}

// appendString writes a JSON string; those that are not plain take the long way.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string always has an encoding
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// Decode reads one event line. Unknown fields are ignored; an unknown kind keeps its payload as Unknown, and so does
// a known kind whose payload does not fit, together with an error that names the kind: the event is still usable.
func Decode(b []byte) (Event, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return Event{}, fmt.Errorf("decode event: %w", err)
	}
	if l.V != Version {
		return Event{}, fmt.Errorf("decode event: %w %d", ErrVersion, l.V)
	}
	if l.Seq == 0 || l.Kind == "" {
		return Event{}, errors.New("decode event: seq or kind is missing")
	}
	at, err := time.Parse(time.RFC3339Nano, l.TS)
	if err != nil {
		return Event{}, fmt.Errorf("decode event: ts: %w", err)
	}
	e := Event{
		Boot: l.Boot, Seq: l.Seq, At: at.UTC().Truncate(time.Microsecond), Mono: Micros(l.Mono).Duration(), Clock: l.Clk,
		Call: l.Call, Leg: l.Leg, N: l.N, Kind: l.Kind,
	}
	read, known := decoders[l.Kind]
	if !known {
		e.Data = Unknown(l.Data)
		return e, nil
	}
	if e.Data, err = read(l.Data); err != nil {
		e.Data = Unknown(l.Data)
		return e, fmt.Errorf("decode %s: data: %w", l.Kind, err)
	}
	return e, nil
}
