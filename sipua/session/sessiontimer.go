package session

import (
	"fmt"
	"time"
)

// sessionTimer says when a session is refreshed and when it has expired (RFC 4028 sections 7.2, 9, 10). It is pure: its
// owner runs the one timer and performs the effects.
//
//	            agreed: ours                  fired
//	Unlimited --------------> Keeping --------------------> Refreshing --- fired after the last moment: expire
//	    |                        ^  agreed, or refused alone     |  ^
//	    | agreed: theirs         +-------------------------------+  | refused: wait, then fired
//	    |                                                        +--+
//	    +-------------------> Watching --- fired: expire
//
// Every refresh, by whichever side, is an agreement and starts anew.
type sessionTimer struct {
	state    timerState
	interval time.Duration
	expires  time.Time
	alone    bool // nobody but us knows of the timer (section 7.2)
}

type timerState uint8

const (
	timerUnlimited timerState = iota
	timerKeeping
	timerRefreshing
	timerWatching
)

var timerStateNames = [...]string{"unlimited", "keeping", "refreshing", "watching"}

func (s timerState) String() string {
	if int(s) < len(timerStateNames) {
		return timerStateNames[s]
	}
	return fmt.Sprintf("session timer state %d", uint8(s))
}

// timerInput is one of timerAgreed, timerFired and timerRefused.
type timerInput interface{ timerInput() }

// timerAgreed is a 2xx to a session refresh request. An interval of 0 means that the session does not expire.
type timerAgreed struct {
	interval time.Duration
	ours     bool // we refresh
	alone    bool
}

// timerFired is the end of a timerStart.
type timerFired struct{}

// timerRefused is a final response to our refresh that leaves the session as it was. Wait is when to try again; 0 leaves
// it open.
type timerRefused struct{ wait time.Duration }

func (timerAgreed) timerInput()  {}
func (timerFired) timerInput()   {}
func (timerRefused) timerInput() {}

// timerEffect is one of timerStart, timerStop, timerRefresh and timerExpire.
type timerEffect interface{ timerEffect() }

type (
	timerStart   struct{ after time.Duration } // the timer starts anew
	timerStop    struct{}
	timerRefresh struct{} // send a session refresh request
	timerExpire  struct{} // end the call
)

func (timerStart) timerEffect()   {}
func (timerStop) timerEffect()    {}
func (timerRefresh) timerEffect() {}
func (timerExpire) timerEffect()  {}

// leastRetry keeps a refresh that is refused again and again from becoming a flood.
const leastRetry = 10 * time.Second

// Step takes an input at a time. What makes no sense in the state has no effect.
func (t *sessionTimer) Step(now time.Time, in timerInput) timerEffect {
	switch in := in.(type) {
	case timerAgreed:
		return t.agreed(now, in)
	case timerFired:
		return t.fired(now)
	case timerRefused:
		return t.refused(now, in)
	default:
		return nil
	}
}

func (t *sessionTimer) agreed(now time.Time, in timerAgreed) timerEffect {
	if in.interval == 0 {
		*t = sessionTimer{}
		return timerStop{}
	}
	*t = sessionTimer{state: timerWatching, interval: in.interval, expires: now.Add(in.interval), alone: in.alone}
	if in.ours {
		t.state = timerKeeping
		return timerStart{after: in.interval / 2} // sections 7.2, 9
	}
	return timerStart{after: t.lastMoment().Sub(now)}
}

// lastMoment is when the side that still wants to be heard says BYE: a third of the interval before the session expires,
// 32 s at most (section 10).
func (t *sessionTimer) lastMoment() time.Time {
	return t.expires.Add(-min(32*time.Second, t.interval/3))
}

func (t *sessionTimer) fired(now time.Time) timerEffect {
	switch t.state {
	case timerKeeping:
		t.state = timerRefreshing
		return timerRefresh{}
	case timerRefreshing:
		if now.Before(t.lastMoment()) {
			return timerRefresh{}
		}
		return timerExpire{}
	case timerWatching:
		return timerExpire{}
	case timerUnlimited:
	}
	return nil
}

// refused waits for another try. A peer that answers at all is there, which is all that who refreshes alone can ask.
func (t *sessionTimer) refused(now time.Time, in timerRefused) timerEffect {
	if t.state != timerRefreshing {
		return nil
	}
	if t.alone {
		return t.agreed(now, timerAgreed{interval: t.interval, ours: true, alone: true})
	}
	left := t.lastMoment().Sub(now)
	wait := in.wait
	if wait == 0 {
		wait = max(left/2, leastRetry)
	}
	return timerStart{after: max(min(wait, left), 0)}
}
