package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"sidetone/trace"
)

// Errors that callers branch on.
var (
	ErrNotFound = errors.New("not found")
	ErrCursor   = errors.New("cursor was not issued by this collector")
)

// Filter selects calls. Zero fields do not restrict.
type Filter struct {
	From, To     time.Time // when the call began, in [From, To)
	Device       string    // any of the devices that saw the call
	Number       string    // either party: its whole URI, or the user part of it
	Side         trace.Side
	LastResponse *int
	Result       trace.Result
	Held         *bool
	Limit        int    // 0 is DefaultLimit; more than MaxLimit is cut to it
	Cursor       string // Page.Next of the page before
}

// The bounds of Filter.Limit.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Page is a part of the calls that a Filter selects, newest first. Next is empty on the last page.
type Page struct {
	Calls []trace.Summary
	Next  string
}

// Call is one call as every device that saw it recorded it. Views[0] is the primary view: the calling device's when it
// is known, else the first that reported. Folds[i] belongs to Views[i].
type Call struct {
	Summary trace.Summary
	Views   []trace.View
	Folds   []trace.Fold
}

// The states of a device.
const (
	StateReady        = "ready"        // connected and working
	StateDisconnected = "disconnected" // said goodbye
	StateLost         = "lost"         // vanished without a goodbye
	StateUnknown      = "unknown"      // reported events, but never its presence
)

// Device is one telephone as last known. Health is its last health report as received, or nil.
type Device struct {
	ID, Tenant, Name, Model, Firmware, Agent, Arch, IP, State string

	Boot            trace.Boot
	Facts           Facts     // of its last birth
	Since, LastSeen time.Time // of the present state; of the last packet
	Gaps            []trace.Gap
	Lines           []Registration // in the order of their numbers
	Health          json.RawMessage
	Config          json.RawMessage // how it stands with its desired configuration, as it says; nil where none was ever wished for
}

// Facts are what a device says of itself when it connects, beyond what it is.
type Facts struct {
	Kernel  string        `json:"kernel,omitempty"`
	Restart trace.Restart `json:"restart,omitempty"` // why its agent has started
	Booted  time.Time     `json:"booted,omitzero"`   // when the device did, by the collector's clock
	Lines   int           `json:"lines,omitempty"`   // that are configured
	Depth   uint64        `json:"depth,omitempty"`   // events that waited in its journal
	// Journal is InMemory while its events wait in memory only, where a cut of power loses them; JournalError is why, unless it is
	// configured so.
	Journal      string `json:"journal,omitempty"`
	JournalError string `json:"journal_error,omitempty"`
}

// InMemory is Facts.Journal of a device whose flash takes no events.
const InMemory = "memory"

// The kinds of Change.
const (
	CallUpdated   = "call.updated"
	DeviceUpdated = "device.updated"
)

// Change says that a call or a device has something new to read.
type Change struct {
	Kind string
	ID   string
}

// Reader is the read side of a store.
type Reader interface {
	// Calls lists calls newest first. It fails with ErrCursor for a cursor it did not issue.
	Calls(ctx context.Context, f Filter) (Page, error)
	// Call reads a call by its id or by the id that any of its devices gave it, else ErrNotFound.
	Call(ctx context.Context, id string) (Call, error)
	// Devices lists every known device by tenant and id.
	Devices(ctx context.Context) ([]Device, error)
	// Device reads one device, else ErrNotFound.
	Device(ctx context.Context, id string) (Device, error)
	// Watch tells about changes from now on, until ctx is done; then the channel is closed. A reader that is too slow
	// loses changes, never blocks the writer.
	Watch(ctx context.Context) <-chan Change
}
