package transfer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// outcome is what a step led to, and the state after it.
func outcome(r *Referrer, in Input) string {
	effects, err := r.Step(in)
	if _, illegal := errors.AsType[*IllegalInputError](err); illegal {
		return "illegal"
	}
	var all []string
	for _, e := range effects {
		text := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "transfer."))
		switch e := e.(type) {
		case StartTimer:
			text = e.After.String()
		case Progress:
			text += fmt.Sprintf(" %d", e.Status)
		case Done:
			text += fmt.Sprintf(" %d", e.Status)
		case Failed:
			text += fmt.Sprintf(" %d", e.Status)
			if e.Resume {
				text += " resume"
			}
		}
		all = append(all, text)
	}
	return strings.Join(append(all, r.State().String()), ", ")
}

func in(state State) *Referrer {
	return &Referrer{state: state, held: true}
}

func TestEveryInputInEveryState(t *testing.T) {
	f := func(status int) Fragment { return Fragment{Status: status} }
	ended := Subscription{Terminated: true, Reason: "noresource"}
	inputs := []Input{
		Start{},
		Start{Held: true},
		HoldSettled{Held: true},
		Responded{Fragment: f(202)},
		Responded{Fragment: f(202), NoSubscription: true},
		Responded{Fragment: f(603)},
		Notified{Fragment: f(100)},
		Notified{Fragment: f(180), Subscription: Subscription{Expires: time.Minute}},
		Notified{Fragment: f(180), Subscription: ended},
		Notified{Fragment: f(200), Subscription: ended},
		Notified{Fragment: f(486), Subscription: ended},
		TimedOut{},
		CallEnded{},
	}
	const no = "illegal"
	for state, want := range map[State][]string{
		Idle:    {"hold, holding", "refer, referring", no, no, no, no, no, no, no, no, no, no, no},
		Holding: {no, no, "refer, referring", no, no, no, no, no, no, no, no, no, "stoptimer, failed 0, over"},
		Referring: {
			no, no, no, "32s, subscribed", "stoptimer, done 202, over", "stoptimer, failed 603 resume, over", "3m0s, progress 100, subscribed",
			"1m0s, progress 180, subscribed", "stoptimer, failed 0 resume, over", "stoptimer, done 200, over", "stoptimer, failed 486 resume, over",
			no, "stoptimer, failed 0, over",
		},
		Subscribed: {
			no, no, no, "subscribed", "stoptimer, done 202, over", "stoptimer, failed 603 resume, over", "3m0s, progress 100, subscribed",
			"1m0s, progress 180, subscribed", "stoptimer, failed 0 resume, over", "stoptimer, done 200, over", "stoptimer, failed 486 resume, over",
			"stoptimer, failed 0 resume, over", "stoptimer, failed 0, over",
		},
		Over: {"hold, holding", "refer, referring", no, no, no, no, no, no, no, no, no, no, no},
	} {
		for i, input := range inputs {
			r := in(state)
			if got := outcome(r, input); got != want[i] {
				t.Errorf("%s: %T %+v: got %s, want %s", state, input, input, got, want[i])
			}
		}
	}
}

func TestTheSameReportTwiceIsNoNews(t *testing.T) {
	r := in(Subscribed)
	ringing := Notified{Fragment: Fragment{Status: 180}}
	first, second := outcome(r, ringing), outcome(r, ringing)
	if first != "3m0s, progress 180, subscribed" || second != "3m0s, subscribed" {
		t.Errorf("%s; %s", first, second)
	}
}

func TestAPeerThatWasNotHeldIsNotTakenBack(t *testing.T) {
	var r Referrer
	for _, input := range []Input{Start{}, HoldSettled{Held: false}} {
		if _, err := r.Step(input); err != nil {
			t.Fatal(err)
		}
	}
	if got := outcome(&r, Responded{Fragment: Fragment{Status: 405}}); got != "stoptimer, failed 405, over" {
		t.Error(got)
	}
}

func TestOneNotifyAtATimeAndOnlyTheLatestWaits(t *testing.T) {
	var r Referee
	if n := r.Report(Fragment{Status: 100}); n == nil || n.Subscription.String() != "active;expires=300" {
		t.Fatalf("%+v", n)
	}
	for _, status := range []int{100, 180, 183, 200} {
		if n := r.Report(Fragment{Status: status}); n != nil {
			t.Errorf("%d: %+v while one is under way", status, n)
		}
	}
	n := r.Answered(200)
	if n == nil || n.Status != 200 || n.Subscription.String() != "terminated;reason=noresource" || r.Over() {
		t.Fatalf("%+v", n)
	}
	if n := r.Answered(200); n != nil || !r.Over() {
		t.Errorf("%+v after the last", n)
	}
	if n := r.Report(Fragment{Status: 486}); n != nil {
		t.Errorf("%+v after the outcome", n)
	}
}

func TestAPeerThatRefusesANotifyGetsNoMore(t *testing.T) {
	for _, status := range []int{0, 481, 489} {
		var r Referee
		r.Report(Fragment{Status: 100})
		r.Report(Fragment{Status: 180})
		if n := r.Answered(status); n != nil || !r.Over() || r.Report(Fragment{Status: 200}) != nil {
			t.Errorf("%d: %+v", status, n)
		}
	}
}
