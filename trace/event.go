package trace

import (
	"fmt"
	"strconv"
	"time"
)

// Version is the format version of an event line, its field "v".
const Version = 1

// Boot identifies one run of the agent: 64 random bits, written as 16 hexadecimal digits.
type Boot uint64

// String writes the boot as in an event line.
func (b Boot) String() string {
	var digits [16]byte
	for i := range digits {
		digits[i] = "0123456789abcdef"[b>>(60-4*i)&15]
	}
	return string(digits[:])
}

// ParseBoot reads what String writes.
func ParseBoot(s string) (Boot, error) {
	if len(s) != 16 {
		return 0, fmt.Errorf("boot %q: want 16 hexadecimal digits", s)
	}
	v, err := strconv.ParseUint(s, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("boot %q: want 16 hexadecimal digits", s)
	}
	return Boot(v), nil
}

// MarshalText implements encoding.TextMarshaler.
func (b Boot) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Boot) UnmarshalText(text []byte) error {
	v, err := ParseBoot(string(text))
	if err != nil {
		return err
	}
	*b = v
	return nil
}

// Clock says how far an event's wall-clock time can be trusted.
type Clock string

// The states of the device's clock.
const (
	ClockSynced   Clock = "synced"   // disciplined by NTP or the like
	ClockUnsynced Clock = "unsynced" // free running; the date may be wrong, durations are not
)

// Event is one thing that happened. The zero Call means that it belongs to the device and to no call.
type Event struct {
	Boot  Boot
	Seq   uint64        // from 1 within the boot, no holes
	At    time.Time     // UTC, microseconds
	Mono  time.Duration // since the agent started, microseconds
	Clock Clock
	Call  string // ULID of the call on this device, or ""
	Leg   int    // dialog within the call, from 1; 0 when no dialog is concerned
	N     int    // from 1 within the call, no holes; 0 outside a call
	Kind  Kind
	Data  Payload // the type that Kind names, or Unknown
}

// View is what one device saw of a call, in the order of its seq.
type View struct {
	Device string // identity, as in the topic
	Name   string // as people know it; may be empty
	Events []Event
	Around []Event // of the device and no call, as the function Around chooses them; they count for nothing in the call's numbers
}

// Micros is a duration in whole microseconds: every "*_us" key.
type Micros int64

// MicrosOf cuts d to whole microseconds.
func MicrosOf(d time.Duration) Micros { return Micros(d / time.Microsecond) }

// Duration converts to Go's nanoseconds.
func (m Micros) Duration() time.Duration { return time.Duration(m) * time.Microsecond }
