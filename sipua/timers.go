package sipua

import (
	"time"

	"sidetone/sipua/session"
)

// timers are the running timers of one call. They are owned by the actor; the runtime only posts to its mailbox.
type timers map[session.TimerID]*timer

type timer struct {
	id      session.TimerID
	runtime *time.Timer
}

// start starts a timer, or starts it anew.
func (t timers) start(id session.TimerID, after time.Duration, post func(*timer)) {
	t.stop(id)
	n := &timer{id: id}
	n.runtime = time.AfterFunc(after, func() { post(n) })
	t[id] = n
}

func (t timers) stop(id session.TimerID) {
	if old := t[id]; old != nil {
		old.runtime.Stop()
		delete(t, id)
	}
}

// fired takes a timer that ran out, and tells whether it still counts.
func (t timers) fired(n *timer) bool {
	if t[n.id] != n {
		return false
	}
	delete(t, n.id)
	return true
}

func (t timers) stopAll() {
	for id := range t {
		t.stop(id)
	}
}
