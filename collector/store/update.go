package store

import (
	"context"
	"encoding/json"
	"time"

	"sidetone/trace"
)

// Origin says who reported something, and when it came in.
type Origin struct {
	Tenant string // "" when not told
	Device string
	At     time.Time // by the collector's clock
}

// Update is one thing to be written: a Batch, a Presence, a Health, a LineReport, a Command, an Answer or a Wanted.
type Update interface{ update() }

// Line is one event together with the bytes it was decoded from, without a line end.
type Line struct {
	Event trace.Event
	Raw   []byte
}

// Batch is a number of events, in the order in which the device wrote them.
type Batch struct {
	Origin
	Lines []Line
}

// Presence is what a device, or its broken connection, says about itself. Fields left empty keep what was known.
type Presence struct {
	Origin
	State string
	// Boot and Conn name the connection that this is about: a lost one is ignored once a newer has reported. Zero when
	// the front end itself saw the connection come or go.
	Boot trace.Boot
	Conn uint64

	Name, Model, Firmware, Agent, Arch, IP string

	Facts  Facts           // of a birth; zero for others
	Given  []Given         // of a birth: up to where the events of its runs were acknowledged, in the order of the runs
	Config json.RawMessage // of a ready one, see Device
}

// Health is a health report as received, a JSON object.
type Health struct {
	Origin
	Report json.RawMessage
	Given  []Given // up to where its events were acknowledged
}

// LineReport is a device's word on one of its lines.
type LineReport struct {
	Origin
	Registration
}

func (Batch) update()      {}
func (Presence) update()   {}
func (Health) update()     {}
func (LineReport) update() {}

// Written counts what became of the events of a Write.
type Written struct {
	Stored     int // new, durable now
	Duplicates int // seen before
	Scattered  int // refused: more holes in one boot than MaxRanges
}

// Store is one engine. A single process writes to a database at a time.
type Store interface {
	Reader
	CommandReader
	// Write makes all updates durable, in their order and as a whole, before it returns without an error; after an
	// error nothing of them is stored. Events that are stored already are counted and skipped.
	Write(ctx context.Context, updates []Update) (Written, error)
	// Expire removes the calls whose first event came in before the day that before lies in (UTC), and the device
	// events and the commands of those days. It returns how many calls went.
	Expire(ctx context.Context, before time.Time) (int, error)
	// Close waits for a Write that is under way. The store cannot be used afterwards.
	Close() error
}
