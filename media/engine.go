package media

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// maxCatchUp bounds how late a slot may still be made up for. Later ones are given up: nobody wants to hear them.
const maxCatchUp = 200 * time.Millisecond

// ErrClosed is returned by Open after the engine has stopped.
var ErrClosed = errors.New("media engine is stopped")

// Engine owns the pacer and the ports of all sessions.
type Engine struct {
	opts  Options
	log   *zap.Logger
	alarm Alarm
	epoch time.Time // slots are counted from here, so that sessions share wake-ups
	ports *ports
	late  func(time.Duration) // told how late each slot is, for measurements; nil in production

	mu        sync.Mutex
	sessions  []*Session
	requested time.Time // earliest deadline asked for since the pacer looked last; zero: none
	armed     time.Time // what the alarm is set to; zero: never
	stopped   bool

	// Owned by the pacer.
	round      []*Session
	lostSlots  int // not yet logged
	complained time.Time
}

// NewEngine checks the options and makes an engine. Sessions can be opened at once; nothing is sent or played until Run.
func NewEngine(opts Options) (*Engine, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	alarm := opts.Alarm
	if alarm == nil {
		if alarm, err = newAlarm(); err != nil {
			return nil, err
		}
	}
	e := &Engine{opts: opts, log: opts.Logger.Named("media"), alarm: alarm, epoch: time.Now()}
	e.ports = newPorts(opts)
	return e, nil
}

// Run is the pacer. It returns when ctx is done, after every session was closed.
func (e *Engine) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = e.alarm.Close() })
	defer stop()
	for {
		e.arm(e.passInLoop())
		if !e.alarm.Wait() {
			break
		}
	}
	e.mu.Lock()
	e.stopped = true
	left := e.sessions
	e.sessions = nil
	e.mu.Unlock()
	for _, s := range left {
		s.Close()
	}
	if ctx.Err() == nil {
		return errors.New("the pacer's timer broke")
	}
	return nil
}

// passInLoop does every slot that is due, slot by slot over all sessions so that none starves another, and returns the next
// deadline (zero: none).
func (e *Engine) passInLoop() time.Time {
	for {
		e.mu.Lock()
		e.requested = time.Time{}
		e.round = append(e.round[:0], e.sessions...)
		e.mu.Unlock()

		now := time.Now()
		var next time.Time
		for _, s := range e.round {
			next = earlier(next, s.stepInLoop(now))
		}
		clear(e.round)
		if next.IsZero() || next.After(time.Now()) {
			return next
		}
	}
}

// arm sets the alarm to the next deadline, or to an earlier one that was asked for meanwhile.
func (e *Engine) arm(next time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed = earlier(next, e.requested)
	e.alarm.Set(e.armed)
}

// request makes sure that the pacer wakes at that moment.
func (e *Engine) request(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requested = earlier(e.requested, at)
	if earlier(e.armed, at) != e.armed {
		e.armed = at
		e.alarm.Set(at)
	}
}

// skipped counts slots that were given up, and says so at most once a second.
func (e *Engine) skipped(slots int) {
	now := time.Now()
	e.lostSlots += slots
	if now.Sub(e.complained) >= time.Second {
		e.log.Warn("slots given up: the machine stood still", zap.Int(logkey.Count, e.lostSlots))
		e.complained, e.lostSlots = now, 0
	}
}

// slot returns the first multiple of ptime, from the epoch on, that is not before now.
func (e *Engine) slot(now time.Time, ptime time.Duration) time.Time {
	passed := now.Sub(e.epoch) + ptime - 1
	return e.epoch.Add(passed.Truncate(ptime))
}

func (e *Engine) add(s *Session) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return ErrClosed
	}
	e.sessions = append(e.sessions, s)
	return nil
}

func (e *Engine) remove(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, other := range e.sessions {
		if other == s {
			last := len(e.sessions) - 1
			e.sessions[i], e.sessions[last] = e.sessions[last], nil
			e.sessions = e.sessions[:last]
			return
		}
	}
}

// earlier returns the earlier of two moments, where zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
