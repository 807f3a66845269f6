package hold

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidetone/trace"
)

// side is one end of TestBothEndsAgreeInTheEnd.
type side struct {
	*Machine
	offer    *SendOffer           // on its way to the other end, nil for none
	answer   trace.MediaDirection // likewise, to an offer of the other end
	timers   map[Timer]bool
	released bool
	away     bool // its terminal, as last commanded
}

func newSide(o Options, own bool) *side {
	return &side{Machine: New(o, own), timers: map[Timer]bool{}}
}

func (e *side) do(t *rapid.T, in Input) {
	t.Helper()
	effects, err := e.Step(in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	for _, f := range effects {
		switch f := f.(type) {
		case SendOffer:
			e.offer = &f
		case AnswerOffer:
			e.answer = f.Direction
		case StartTimer:
			e.timers[f.Timer] = true
		case StopTimer:
			delete(e.timers, f.Timer)
		case Release:
			e.released = true
		default:
		}
	}
}

// arrive lets an offer come to the other end: it is answered, refused, or meets an offer of that end.
func arrive(t *rapid.T, from, to *side) {
	offer := *from.offer
	method := offer.Method
	if method == Auto {
		method = UPDATE
	}
	refuse := func(status int, after time.Duration) {
		from.offer = nil
		from.do(t, Refused{Status: status, Method: method, RetryAfter: after})
	}
	switch {
	case to.offer != nil || to.answer != "": // RFC 3261 section 14.2; an answer under way is taken before
		refuse(491, 0)
	case method == UPDATE && rapid.IntRange(0, 9).Draw(t, "not taken") == 0:
		refuse(405, 0)
	case rapid.IntRange(0, 9).Draw(t, "refused") == 0:
		refuse(488, 0)
	case rapid.IntRange(0, 9).Draw(t, "put off") == 0:
		refuse(500, time.Second)
	default:
		to.do(t, RemoteOffer{Direction: offer.Direction, Method: method})
	}
}

// answered lets the answer to an offer come back. What was lost on the way comes later, which is all that a loss is once the
// transactions have seen to it.
func answered(t *rapid.T, from, to *side) {
	direction, method := to.answer, from.offer.Method
	if method == Auto {
		method = UPDATE
	}
	to.answer, from.offer = "", nil
	from.do(t, Answered{Direction: direction, Method: method})
}

func TestBothEndsAgreeInTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		options := func(label string) Options {
			return Options{
				Direction:   rapid.SampledFrom([]trace.MediaDirection{trace.SendOnly, trace.Inactive}).Draw(t, label+" direction"),
				Method:      rapid.SampledFrom([]Method{Auto, ReINVITE, UPDATE}).Draw(t, label+" method"),
				RemindEvery: time.Minute,
			}
		}
		ends := [2]*side{newSide(options("a"), true), newSide(options("b"), false)}
		move := func(i int) bool { // what is on its way moves on
			from, to := ends[i], ends[1-i]
			switch {
			case from.offer == nil:
				return false
			case to.answer != "":
				answered(t, from, to)
			default:
				arrive(t, from, to)
			}
			return true
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			i := rapid.IntRange(0, 1).Draw(t, "side")
			e := ends[i]
			switch rapid.IntRange(0, 7).Draw(t, "what") {
			case 0:
				e.do(t, Hold{})
			case 1:
				e.do(t, Resume{})
			case 2:
				e.do(t, Suspend{Initiator: trace.SuspendByUser})
				e.away = true
			case 3:
				e.do(t, Unsuspend{})
				e.away = false
			case 4, 5:
				move(i)
			case 6:
				if e.timers[Retry] {
					delete(e.timers, Retry)
					e.do(t, TimerFired{Timer: Retry})
				}
			case 7:
				if e.offer != nil && ends[1-i].answer == "" && rapid.Bool().Draw(t, "blocked") {
					e.offer = nil
					e.do(t, Blocked{})
				} else {
					e.do(t, Unblocked{})
				}
			}
		}
		for range 60 { // the network is quiet: what is under way arrives, and one side at a time tries again
			if move(0) || move(1) {
				continue
			}
			for _, e := range ends {
				if ends[0].offer != nil || ends[1].offer != nil {
					break
				}
				e.do(t, Unblocked{})
				if e.offer == nil && e.timers[Retry] {
					delete(e.timers, Retry)
					e.do(t, TimerFired{Timer: Retry})
				}
			}
		}
		a, b := ends[0], ends[1]
		if a.State() != Stable || b.State() != Stable {
			t.Fatalf("not settled: %s, %s", a.State(), b.State())
		}
		if a.Direction() != Reverse(b.Direction()) {
			t.Fatalf("one does %s, the other %s", a.Direction(), b.Direction())
		}
		for i, e := range ends {
			other := ends[1-i]
			if other.RemoteHold() != (e.local != Talking) {
				t.Fatalf("one is %s, the other takes itself to be held: %t", e.local, other.RemoteHold())
			}
			if e.Suspended() != e.away || e.timers[Suspension] != e.away || e.released {
				t.Fatalf("away %t, suspended %t, its timer runs %t", e.away, e.Suspended(), e.timers[Suspension])
			}
			if e.timers[Reminder] && !e.LocalHold() {
				t.Fatal("reminded of a hold that is over")
			}
			if e.Direction() == trace.SendRecv && e.local != Talking {
				t.Fatalf("%s it does %s", e.local, e.Direction())
			}
		}
	})
}
