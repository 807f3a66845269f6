package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// timeLayout writes UTC with exactly six decimals.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// line is an event as JSON; the order of its fields is the order on the wire.
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

// Encode writes the event as one JSON object without a line end.
func (e Event) Encode() ([]byte, error) {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Kind, err)
	}
	return json.Marshal(line{
		V: Version, Boot: e.Boot, Seq: e.Seq, TS: e.At.UTC().Format(timeLayout), Mono: int64(MicrosOf(e.Mono)), Clk: e.Clock,
		Call: e.Call, Leg: e.Leg, N: e.N, Kind: e.Kind, Data: data,
	})
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
