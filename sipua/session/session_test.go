package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// outcome is what a step led to: the state, and what was sent, in order.
func (r *rig) outcome(before int, err error) string {
	if err != nil {
		var illegal *IllegalEventError
		if errors.As(err, &illegal) {
			return "illegal"
		}
		return err.Error()
	}
	var all []string
	for _, m := range r.sent[before:] {
		switch m := m.(type) {
		case *sip.Request:
			all = append(all, string(m.Method))
		case *sip.Response:
			all = append(all, fmt.Sprint(m.StatusCode))
		}
	}
	return strings.Join(append(all, r.State().String()), " ")
}

func TestEveryCommandInEveryState(t *testing.T) {
	commands := []Event{Dial{}, Progress{}, Ring{}, Answer{}, Reject{Status: 486}, Hold{}, Resume{}, Hangup{}}
	const no = "illegal"
	for name, tc := range map[string]struct {
		in   func(testing.TB, State) *rig
		want map[State][]string
	}{
		"caller": {callerIn, map[State][]string{
			Idle:        {"INVITE inviting", no, no, no, no, no, no, no},
			Inviting:    {no, no, no, no, no, "inviting", "inviting", "inviting"}, // CANCEL waits for a provisional, a hold for the answer
			Established: {no, no, no, no, no, "INVITE established", "established", "BYE ending"},
			Ending:      {no, no, no, no, no, no, no, no},
			Over:        {no, no, no, no, no, no, no, no},
		}},
		"callee": {calleeIn, map[State][]string{
			Idle:        {no, no, no, no, no, no, no, no},
			Invited:     {no, "183 invited", "180 invited", "200 established", "486 ending", "invited", "invited", "480 ending"},
			Established: {no, no, no, no, no, "INVITE established", "established", "BYE ending"},
			Ending:      {no, no, no, no, no, no, no, no},
			Over:        {no, no, no, no, no, no, no, no},
		}},
	} {
		for state, row := range tc.want {
			for i, c := range commands {
				r := tc.in(t, state)
				before := len(r.sent)
				if got := r.outcome(before, r.do(c)); got != row[i] {
					t.Errorf("%s %s: %T: got %s, want %s", name, state, c, got, row[i])
				}
			}
		}
	}
}

func TestEveryRequestInEveryState(t *testing.T) {
	type request struct {
		method string
		seq    int
		tagged bool
		body   string
	}
	requests := []request{
		{"BYE", 9, true, ""},
		{"OPTIONS", 9, true, ""},
		{"INVITE", 9, true, description},
		{"INFO", 9, true, ""},
		{"ACK", 9, true, ""},
		{"UPDATE", 9, true, ""},
		{"UPDATE", 9, true, description},
	}
	for name, tc := range map[string]struct {
		in   func(testing.TB, State) *rig
		want map[State][]string
	}{
		"caller": {callerIn, map[State][]string{
			Established: {"200 over", "200 established", "200 established", "200 established", "established", "200 established", "200 established"},
			Ending:      {"200 ending", "481 ending", "481 ending", "481 ending", "ending", "481 ending", "481 ending"},
			Over:        {"481 over", "481 over", "481 over", "481 over", "over", "481 over", "481 over"},
		}},
		"callee": {calleeIn, map[State][]string{
			Invited:     {"200 487 ending", "200 invited", "500 invited", "200 invited", "invited", "200 invited", "500 invited"},
			Established: {"200 over", "200 established", "200 established", "200 established", "established", "200 established", "200 established"},
			Ending:      {"481 ending", "481 ending", "481 ending", "481 ending", "ending", "481 ending", "481 ending"},
			Over:        {"481 over", "481 over", "481 over", "481 over", "over", "481 over", "481 over"},
		}},
	} {
		for state, row := range tc.want {
			for i, q := range requests {
				r := tc.in(t, state)
				before := len(r.sent)
				err := r.receive(fromPeer(q.method, q.seq, r.ownTag(), q.body))
				if got := r.outcome(before, err); got != row[i] {
					t.Errorf("%s %s: %s: got %s, want %s", name, state, q.method, got, row[i])
				}
			}
		}
	}
}

func TestEveryResponseToTheInvite(t *testing.T) {
	for _, hangup := range []bool{false, true} {
		for status, want := range map[int][2]string{
			100: {"inviting", "CANCEL inviting"}, 180: {"inviting", "CANCEL inviting"}, 183: {"inviting", "CANCEL inviting"},
			200: {"ACK established", "ACK BYE ending"}, 302: {"ACK INVITE inviting", "ACK over"}, 404: {"ACK over", "ACK over"},
			487: {"ACK over", "ACK over"}, 503: {"ACK over", "ACK over"}, 603: {"ACK over", "ACK over"},
		} {
			r := callerIn(t, Inviting)
			i := 0
			if hangup {
				i = 1
				r.must(r.do(Hangup{}))
			}
			before := len(r.sent)
			body := ""
			if status == 200 {
				body = description
			}
			err := r.receive(response(r.request(sip.INVITE), status, body))
			if got := r.outcome(before, err); got != want[i] {
				t.Errorf("%d, hung up %t: got %s, want %s", status, hangup, got, want[i])
			}
		}
	}
}

func TestSessionIsDoneOnceNoTransactionIsLeft(t *testing.T) {
	for name, r := range map[string]*rig{"caller": callerIn(t, Over), "callee": calleeIn(t, Over)} {
		if r.done {
			t.Fatalf("%s: done too early", name)
		}
		for id := range r.timers {
			r.must(r.do(Fired{Timer: id}))
		}
		if !r.done {
			t.Errorf("%s: not done", name)
		}
	}
}

func TestFailureToLocateThePeerEndsTheCall(t *testing.T) {
	r := newCaller(t)
	if _, err := r.Step(start, Dial{}); err != nil {
		t.Fatal(err)
	}
	effects, err := r.Step(start, Located{Locate: Locate{Hop: "sip:alice@10.0.0.1"}, Err: errors.New("no such host")})
	if err != nil || len(effects) < 3 {
		t.Fatalf("%v, %v", effects, err)
	}
	if r.State() != Over {
		t.Error(r.State())
	}
}

func TestFailureToSendTheInviteEndsTheCall(t *testing.T) {
	r := callerIn(t, Inviting)
	r.must(r.do(SendFailed{Transaction: r.invite.machine.Key(), Err: errors.New("connection refused")}))
	ended, ok := r.signals[0].(Ended)
	if !ok || ended.Reason != "cannot be reached: connection refused" || ended.LastResponse != 0 {
		t.Errorf("%+v", r.signals)
	}
}
