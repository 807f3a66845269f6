package media

import (
	"sync"
	"time"
)

// Alarm wakes the pacer at a moment. Set may be called from any goroutine, also while another waits.
type Alarm interface {
	// Set replaces the moment; zero means never. A moment that has passed wakes at once.
	Set(at time.Time)
	// Wait blocks until the moment that was set last has come, and tells false once the alarm is closed. It may wake early.
	Wait() bool
	Close() error
}

// NewTimerAlarm makes an Alarm of a runtime timer.
func NewTimerAlarm() Alarm {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &timerAlarm{timer: t, closed: make(chan struct{})}
}

type timerAlarm struct {
	timer  *time.Timer
	once   sync.Once
	closed chan struct{}
}

func (a *timerAlarm) Set(at time.Time) {
	if at.IsZero() {
		a.timer.Stop()
		return
	}
	a.timer.Reset(time.Until(at))
}

func (a *timerAlarm) Wait() bool {
	select {
	case <-a.closed:
		return false
	default:
	}
	select {
	case <-a.timer.C:
		return true
	case <-a.closed:
		return false
	}
}

func (a *timerAlarm) Close() error {
	a.once.Do(func() {
		a.timer.Stop()
		close(a.closed)
	})
	return nil
}
