package callflow_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/callflow"
)

const second callflow.Seat = "second"

var twoSeats = callflow.Flow{Name: "two", Blocks: []callflow.Block{
	callflow.Ring{Seats: []callflow.Seat{callflow.Handset, second}, For: time.Second},
	callflow.Response{Status: 486, Reason: "Busy Here"},
}}

// arrive walks a new machine of twoSeats into a state.
func arrive(t *testing.T, s callflow.State) *callflow.Machine {
	t.Helper()
	path := map[callflow.State][]callflow.Input{
		callflow.Idle:      nil,
		callflow.Ringing:   {callflow.Enter{}},
		callflow.Connected: {callflow.Enter{}, callflow.Answered{Seat: second}},
		callflow.Done:      {callflow.Enter{}, callflow.Ended{}},
	}
	m := callflow.New(twoSeats)
	for _, in := range path[s] {
		if _, err := m.Step(in); err != nil {
			t.Fatal(err)
		}
	}
	if m.State() != s {
		t.Fatalf("arrived in %s, want %s", m.State(), s)
	}
	return m
}

func TestEveryStateTakesEveryInput(t *testing.T) {
	type want struct {
		state   callflow.State
		actions []callflow.Action
		illegal bool
	}
	enter, answered := callflow.Enter{}, callflow.Answered{Seat: second}
	refused, timeout, ended := callflow.Refused{Seat: second, Status: 603, Reason: "Decline"}, callflow.RingTimedOut{}, callflow.Ended{}
	ring := callflow.RingSeats{Seats: []callflow.Seat{callflow.Handset, second}, For: time.Second}
	stop := callflow.StopRinging{}
	table := []struct {
		in   callflow.Input
		want [4]want // idle, ringing, connected, done
	}{
		{enter, [4]want{{state: callflow.Ringing, actions: []callflow.Action{ring}}, {illegal: true}, {illegal: true}, {illegal: true}}},
		{answered, [4]want{{illegal: true}, {state: callflow.Connected, actions: []callflow.Action{callflow.StopRinging{Except: second}, callflow.Connect{Seat: second}}}, {illegal: true}, {illegal: true}}},
		{refused, [4]want{{illegal: true}, {state: callflow.Ringing}, {illegal: true}, {illegal: true}}},
		{timeout, [4]want{{illegal: true}, {state: callflow.Done, actions: []callflow.Action{stop, callflow.Respond{Status: 486, Reason: "Busy Here", Block: true}}}, {illegal: true}, {illegal: true}}},
		{ended, [4]want{{state: callflow.Done}, {state: callflow.Done, actions: []callflow.Action{stop}}, {state: callflow.Done}, {state: callflow.Done}}},
	}
	for _, row := range table {
		for s := callflow.Idle; s <= callflow.Done; s++ {
			m, want := arrive(t, s), row.want[s]
			got, err := m.Step(row.in)
			var illegal *callflow.IllegalInputError
			if errors.As(err, &illegal) != want.illegal {
				t.Errorf("%T in %s: error %v", row.in, s, err)
				continue
			}
			if want.illegal {
				want.state = s
			}
			if m.State() != want.state {
				t.Errorf("%T in %s leads to %s, want %s", row.in, s, m.State(), want.state)
			}
			if diff := cmp.Diff(want.actions, got); diff != "" {
				t.Errorf("%T in %s: %s", row.in, s, diff)
			}
		}
	}
}

func TestTheLastSeatToRefuseGivesTheCallersAnswer(t *testing.T) {
	m := arrive(t, callflow.Ringing)
	if got, _ := m.Step(callflow.Refused{Seat: callflow.Handset, Status: 486, Reason: "Busy Here"}); got != nil {
		t.Errorf("after the first refusal: %v", got)
	}
	got, err := m.Step(callflow.Refused{Seat: second, Status: 603, Reason: "Decline"})
	want := []callflow.Action{callflow.StopRinging{}, callflow.Respond{Status: 603, Reason: "Decline"}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("after the last refusal: %v, %v", got, err)
	}
}

func TestAPhoneNobodyAnswersIsUnavailable(t *testing.T) {
	m := callflow.New(callflow.Phone(time.Minute))
	if _, err := m.Step(callflow.Enter{}); err != nil {
		t.Fatal(err)
	}
	got, err := m.Step(callflow.RingTimedOut{})
	want := []callflow.Action{callflow.StopRinging{}, callflow.Respond{Status: 480, Reason: "Temporarily Unavailable", Block: true}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCheckRefusesAFlowThatLeadsNowhere(t *testing.T) {
	for name, f := range map[string]callflow.Flow{
		"no block":     {Name: "x"},
		"rings nobody": {Name: "x", Blocks: []callflow.Block{callflow.Ring{}}},
		"status 200":   {Name: "x", Blocks: []callflow.Block{callflow.Response{Status: 200}}},
	} {
		if f.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := callflow.Phone(0).Check(); err != nil {
		t.Error(err)
	}
}
