package telemetry

import (
	"time"

	"sidetone/trace"
)

const (
	// stepAtLeast is how far the wall clock must move against the monotonic one to be called stepped. Slewing moves both.
	stepAtLeast = time.Second
	// syncedFor is how long the kernel's word about synchronisation is taken as still true.
	syncedFor = 5 * time.Second
)

// clock stamps events. The monotonic reading that time.Time carries is what durations come from; the wall reading is
// what people see, and may be wrong.
type clock struct {
	now    func() time.Time
	wall   func(time.Time) time.Time // takes the wall reading of a time; tests make it jump
	synced func() bool

	begin  time.Time     // of the run, with its monotonic reading
	dated  time.Time     // the wall reading of begin
	offset time.Duration // wall minus monotonic, both since begin

	state   trace.Clock
	stateAt time.Duration // when state was asked, since begin
}

// ClockSynced tells whether the wall clock is disciplined, as far as the kernel knows.
func ClockSynced() bool { return kernelClockSynced() }

func newClock(now func() time.Time, synced func() bool) clock {
	if now == nil {
		now = time.Now
	}
	if synced == nil {
		synced = kernelClockSynced
	}
	c := clock{now: now, synced: synced, begin: now(), wall: func(t time.Time) time.Time { return t.Round(0) }}
	c.dated = c.wall(c.begin)
	c.ask(0)
	return c
}

// stamp gives the three times of an event that happened at at, or now when that is zero.
func (c *clock) stamp(at time.Time) (wall time.Time, mono time.Duration, state trace.Clock) {
	now := c.now()
	if at.IsZero() {
		at = now
	}
	elapsed := now.Sub(c.begin)
	if elapsed-c.stateAt >= syncedFor {
		c.ask(elapsed)
	}
	// A time without a monotonic reading is worth no more than the wall clock: keep it within the run.
	mono = min(max(at.Sub(c.begin), 0), elapsed)
	return c.wall(at).UTC().Truncate(time.Microsecond), mono.Truncate(time.Microsecond), c.state
}

// step tells by how much the wall clock was set since the last call; 0 when it was not.
func (c *clock) step() time.Duration {
	now := c.now()
	offset := c.wall(now).Sub(c.dated) - now.Sub(c.begin)
	step := offset - c.offset
	if step.Abs() < stepAtLeast {
		return 0
	}
	c.offset = offset
	c.ask(now.Sub(c.begin)) // being set is mostly the moment of being synchronised
	return step
}

func (c *clock) ask(elapsed time.Duration) {
	c.state, c.stateAt = trace.ClockUnsynced, elapsed
	if c.synced() {
		c.state = trace.ClockSynced
	}
}
