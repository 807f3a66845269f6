package hold

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
)

func text(effects []Effect) string {
	var all []string
	for _, e := range effects {
		switch e := e.(type) {
		case SendOffer:
			all = append(all, "offer "+string(e.Direction))
		case IncludeOffer:
			all = append(all, "include "+string(e.Direction))
		case AnswerOffer:
			all = append(all, "answer "+string(e.Direction))
		case Media:
			all = append(all, "media "+string(e.Direction))
		case Note:
			all = append(all, fmt.Sprintf("%s by %s", strings.TrimPrefix(string(e.Kind), "hold."), e.Hold.By))
		case SuspendNote:
			all = append(all, fmt.Sprintf("%s by the %s, %s", e.Kind, e.Initiator, e.Timer))
		case StartTimer:
			all = append(all, "start "+e.Timer.String())
		case StopTimer:
			all = append(all, "stop "+e.Timer.String())
		case Release:
			all = append(all, fmt.Sprintf("release with %d", e.Q850))
		}
	}
	return strings.Join(all, ", ")
}

// in brings a machine into a state, the peer having accepted a wish: to hold it where the machine talks, else to talk, is under
// way.
func in(t *testing.T, state State, own bool, local Wish) *Machine {
	t.Helper()
	m := New(Options{RemindEvery: time.Minute, Longest: time.Hour}, own)
	step := func(inputs ...Input) {
		for _, i := range inputs {
			if _, err := m.Step(i); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := Input(Hold{})
	switch local {
	case Holding:
		step(Hold{}, Answered{Direction: trace.RecvOnly})
		change = Resume{}
	case Suspended:
		step(Suspend{Initiator: trace.SuspendByUser}, Answered{Direction: trace.Inactive})
		change = Unsuspend{}
	case Talking:
	}
	switch state {
	case Stable:
	case Offering:
		step(change)
	case Waiting:
		step(change, Blocked{})
	case Backoff:
		step(change, Refused{Status: 491})
	}
	if m.State() != state || m.local != local {
		t.Fatalf("in %s, %s", m.State(), m.local)
	}
	return m
}

const illegal = "illegal"

// row is a state of a machine.
type row struct {
	state State
	local Wish
}

func TestEveryInputInEveryState(t *testing.T) {
	for r, want := range table {
		for _, own := range []bool{false, true} {
			for _, name := range inputNames {
				input := inputs[name]
				m := in(t, r.state, own, r.local)
				before := *m
				effects, err := m.Step(input)
				got := text(effects)
				if err != nil {
					got = illegal
					var typed *IllegalInputError
					if !errors.As(err, &typed) || typed.State != r.state || *m != before {
						t.Errorf("%s, %s: %s: %v, changed %t", r.state, r.local, name, err, *m != before)
					}
				}
				expected := want[name]
				if !lawful(name, r.state) {
					expected = illegal
				}
				if got != expected {
					t.Errorf("%s, %s: %s:\n got %s\nwant %s", r.state, r.local, name, got, expected)
				}
			}
		}
	}
	if states := len(stateNames) * len(wishNames); len(table) != states {
		t.Errorf("%d of %d states are in the table", len(table), states)
	}
}

func TestBackoffDependsOnWhoMadeTheCallID(t *testing.T) {
	for own, want := range map[bool]StartTimer{
		true:  {Min: 2100 * time.Millisecond, Max: 4 * time.Second},
		false: {Min: 0, Max: 2 * time.Second},
	} {
		m := in(t, Offering, own, Talking)
		effects, err := m.Step(Refused{Status: 491})
		if err != nil || !slices.Equal(effects, []Effect{want}) {
			t.Errorf("own %t: %v, %v", own, effects, err)
		}
	}
}

func TestGlareIsGivenUpInTheEnd(t *testing.T) {
	m := in(t, Offering, true, Talking)
	for range maxRetries {
		if effects, _ := m.Step(Refused{Status: 491}); len(effects) != 1 {
			t.Fatal(effects)
		}
		if _, err := m.Step(TimerFired{Timer: Retry}); err != nil {
			t.Fatal(err)
		}
	}
	effects, _ := m.Step(Refused{Status: 491, Reason: "Request Pending"})
	if text(effects) != "refused by local" || m.State() != Stable || m.LocalHold() {
		t.Errorf("%s, %s", text(effects), m.State())
	}
}

func TestNotesTellTheDirectionAskedForAndThenTheOneThatCame(t *testing.T) {
	for _, tc := range []struct {
		direction, asked, came trace.MediaDirection
	}{{trace.SendOnly, trace.SendOnly, trace.SendOnly}, {trace.Inactive, trace.Inactive, trace.Inactive}, {"", trace.SendOnly, trace.SendOnly}} {
		m := New(Options{Direction: tc.direction}, true)
		requested, _ := m.Step(Hold{})
		confirmed, _ := m.Step(Answered{Direction: trace.RecvOnly})
		want := []trace.Hold{
			{By: trace.Local, Method: "re-INVITE", Direction: tc.asked}, {By: trace.Local, Method: "re-INVITE", Direction: tc.came},
		}
		var got []trace.Hold
		for _, e := range append(requested, confirmed...) {
			if n, ok := e.(Note); ok {
				got = append(got, n.Hold)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %+v", tc.direction, got)
		}
	}
}

func TestCommandDuringAnOfferIsCarriedOutAfterIt(t *testing.T) {
	m := in(t, Offering, true, Talking)
	if _, err := m.Step(Resume{}); err != nil {
		t.Fatal(err)
	}
	effects, _ := m.Step(Answered{Direction: trace.RecvOnly})
	if got := text(effects); got != "media sendonly, confirmed by local, start reminder, start limit, offer sendrecv" {
		t.Error(got)
	}
}

func TestOfferInAResponseCannotBeBlockedOrRefused(t *testing.T) {
	for _, input := range []Input{Blocked{}, Refused{Status: 488}} {
		m := New(Options{}, true)
		if _, err := m.Step(OfferNeeded{}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Step(input); err == nil {
			t.Errorf("%T is legal", input)
		}
	}
}

func TestDirectionsOfAnAnswer(t *testing.T) {
	all := []trace.MediaDirection{trace.SendRecv, trace.SendOnly, trace.RecvOnly, trace.Inactive}
	permitted := map[trace.MediaDirection][]trace.MediaDirection{ // RFC 3264 section 6.1
		trace.SendRecv: all, trace.SendOnly: {trace.RecvOnly, trace.Inactive},
		trace.RecvOnly: {trace.SendOnly, trace.Inactive}, trace.Inactive: {trace.Inactive},
	}
	for _, offered := range all {
		for _, want := range all {
			if got := Answer(want, offered); !slices.Contains(permitted[offered], got) {
				t.Errorf("%s offered, %s wanted: %s", offered, want, got)
			}
			if Reverse(Reverse(want)) != want {
				t.Errorf("reverse of %s", want)
			}
		}
	}
}

func TestRefreshChangesNothingHoweverItEnds(t *testing.T) {
	for _, local := range []Wish{Talking, Holding} {
		held := local == Holding
		for _, end := range []Input{Refused{Status: 491}, Refused{Status: 500}, Answered{Direction: trace.SendRecv, Repeated: true}} {
			m := in(t, Stable, true, local)
			if _, err := m.Step(Refresh{}); err != nil {
				t.Fatal(err)
			}
			if effects, _ := m.Step(Hold{}); strings.Contains(text(effects), "offer") {
				t.Errorf("a second offer: %s", text(effects))
			}
			effects, err := m.Step(end)
			if err != nil || strings.Contains(text(effects), "by") || m.LocalHold() != held {
				t.Errorf("holding %t, %+v: %s, %v", held, end, text(effects), err)
			}
			if waiting := !held; strings.Contains(text(effects), "offer sendonly") != waiting {
				t.Errorf("the hold that was wanted meanwhile: %s", text(effects))
			}
		}
	}
}
