package session

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// situations bring a session into every state, with a policy for REFER; a caller also into an early dialog, and into
// waiting for the 487 to its CANCEL.
var situations = map[string]func(testing.TB) *rig{
	"caller early":     ringing,
	"caller giving up": givingUp,
}

func init() {
	for _, state := range []State{Idle, Inviting, Established, Ending, Over} {
		situations["caller "+state.String()] = func(tb testing.TB) *rig { return callerIn(tb, state) }
	}
	for _, state := range []State{Idle, Invited, Established, Ending, Over} {
		situations["callee "+state.String()] = func(tb testing.TB) *rig { return calleeIn(tb, state) }
	}
}

// ringing is a caller in an early dialog.
func ringing(tb testing.TB) *rig {
	tb.Helper()
	r := callerIn(tb, Inviting)
	r.must(r.receive(response(r.request(sip.INVITE), 180, "")))
	return r
}

func givingUp(tb testing.TB) *rig {
	tb.Helper()
	r := ringing(tb)
	r.must(r.do(Hangup{}))
	return r
}

// everywhere does each of n things in every situation, and compares what they led to. No situation may be left out.
func everywhere(t *testing.T, want map[string][]string, n int, do func(r *rig, i int) error) {
	t.Helper()
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(names, slices.Sorted(maps.Keys(situations))) {
		t.Fatalf("the table has %v", names)
	}
	for name, row := range want {
		if len(row) != n {
			t.Fatalf("%s: %d outcomes, want %d", name, len(row), n)
		}
		for i, outcome := range row {
			r := situations[name](t)
			r.cfg.Referral = func(sip.Uri) int { return 202 }
			before := len(r.sent)
			if got := r.outcome(before, do(r, i)); got != outcome {
				t.Errorf("%s, column %d: got %s, want %s", name, i, got, outcome)
			}
		}
	}
}

// anywhere is everywhere for what has the same outcome in most situations: nothing, or what is said otherwise.
func anywhere(t *testing.T, n int, except map[string]map[int]string, nothing func(State) string, do func(r *rig, i int) error) {
	t.Helper()
	want := map[string][]string{}
	for name, in := range situations {
		for i := range n {
			outcome, ok := except[name][i]
			if !ok {
				outcome = nothing(in(t).State())
			}
			want[name] = append(want[name], outcome)
		}
	}
	everywhere(t, want, n, do)
}

func TestTimersThatDoNotRunAreIllegalInEveryState(t *testing.T) {
	kinds := []TimerKind{
		TransactionTimer, Retransmit2xx, AwaitACK, AwaitFinal, AwaitAgreement, HoldTimer, SessionTimer, AwaitReport, RepeatReliable, AwaitPRACK, RemindCaller, AwaitAnswer,
	}
	anywhere(t, len(kinds), map[string]map[int]string{
		"caller giving up": {3: "ending"}, // it runs
		"caller ending":    {3: "ending"},
		"callee ending":    {3: "ending"},
	}, func(State) string { return no }, func(r *rig, i int) error {
		err := r.do(Fired{Timer: TimerID{Kind: kinds[i]}})
		if err != nil && !errors.As(err, new(*IllegalEventError)) {
			return r.illegal(Fired{}) // the hold says so itself
		}
		return err
	})
}

func TestTimersThatRunDoWhatTheyAreFor(t *testing.T) {
	unacked := func(tb testing.TB) *rig {
		r := calleeIn(tb, Invited)
		r.must(r.do(Answer{}))
		return r
	}
	reliable := func(tb testing.TB) *rig {
		cfg := config()
		cfg.Reliable = Supported
		r := newRig(tb, NewCallee(cfg))
		r.must(r.receive(with("Supported: 100rel", fromPeer("INVITE", 1, "", description))))
		r.must(r.do(Ring{}))
		return r
	}
	glare := func(tb testing.TB) *rig {
		r := callerIn(tb, Established)
		r.must(r.do(Hold{}))
		r.must(r.receive(response(r.request(sip.INVITE), 491, "")))
		return r
	}
	proceeding := func(tb testing.TB) *rig {
		r := callerIn(tb, Established)
		r.must(r.do(Hold{}))
		r.must(r.receive(response(r.request(sip.INVITE), 100, "")))
		return r
	}
	cancelled := func(tb testing.TB) *rig {
		r := proceeding(tb)
		r.must(r.do(Fired{Timer: r.running(AwaitAgreement)}))
		r.must(r.receive(response(r.request(sip.CANCEL), 200, "")))
		return r
	}
	refreshing := func(tb testing.TB) *rig {
		r := callerIn(tb, Inviting)
		r.must(r.receive(with("Session-Expires: 90;refresher=uac\r\nRequire: timer", response(r.request(sip.INVITE), 200, description))))
		return r
	}
	transferring := func(tb testing.TB) *rig {
		r := calleeIn(tb, Established)
		r.must(r.do(toCarol()))
		r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
		r.must(r.receive(response(r.request(sip.REFER), 202, "")))
		return r
	}
	for _, tc := range []struct {
		kind TimerKind
		in   func(testing.TB) *rig
		want string
	}{
		{Retransmit2xx, unacked, "200 established"},
		{AwaitACK, unacked, "BYE ending"},
		{AwaitFinal, givingUp, "ending"},
		{AwaitAgreement, proceeding, "CANCEL established"},
		{AwaitAgreement, cancelled, "BYE ending"},
		{HoldTimer, glare, "INVITE established"},
		{SessionTimer, refreshing, "INVITE established"},
		{AwaitReport, transferring, "INVITE established"},
		{RepeatReliable, reliable, "180 invited"},
		{AwaitPRACK, reliable, "504 ending"},
		{AwaitAnswer, func(testing.TB) *rig { return limitedTo(t, "20") }, "487 ending"},
	} {
		r := tc.in(t)
		id := r.running(tc.kind)
		before := len(r.sent)
		if got := r.outcome(before, r.do(Fired{Timer: id})); got != tc.want {
			t.Errorf("timer %d: got %s, want %s", tc.kind, got, tc.want)
		}
	}
}

// running is the one timer of the kind that runs.
func (r *rig) running(kind TimerKind) TimerID {
	r.tb.Helper()
	for id := range r.timers {
		if id.Kind == kind {
			return id
		}
	}
	r.tb.Fatalf("no timer of kind %d runs", kind)
	return TimerID{}
}

func TestMessageThatCannotBeSentInEveryState(t *testing.T) {
	refused := errors.New("connection refused")
	own := func(method sip.RequestMethod) func(*rig) SendFailed {
		return func(r *rig) SendFailed {
			for key, x := range r.transactions {
				if x.machine.Request().Method == method {
					return SendFailed{Transaction: key, Err: refused}
				}
			}
			return SendFailed{Err: refused} // an ACK: the peer asks again
		}
	}
	messages := []func(*rig) SendFailed{own(sip.INVITE), own(sip.CANCEL), own(sip.BYE), own(sip.ACK)}
	anywhere(t, len(messages), map[string]map[int]string{
		"caller inviting": {0: "over"},
		"caller ending":   {2: "over"},
	}, State.String, func(r *rig, i int) error { return r.do(messages[i](r)) })
}

func TestAnswerOfTheResolverThatNobodyWaitsForInEveryState(t *testing.T) {
	answers := []Located{
		{Locate: Locate{Hop: "sip:alice@10.0.0.1"}, Paths: []Path{path}},
		{Locate: Locate{Tag: "peer", Hop: "sip:alice@10.0.0.1:5060"}, Paths: []Path{path}},
		{Locate: Locate{Tag: "other", Hop: "sip:alice@10.0.0.1"}, Err: errors.New("no such host")},
	}
	anywhere(t, len(answers), map[string]map[int]string{"caller idle": {0: "idle"}, "callee idle": {0: "idle"}},
		func(State) string { return no }, func(r *rig, i int) error { return r.do(answers[i]) })
}
