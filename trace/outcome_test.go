package trace_test

import (
	"testing"

	"sidetone/trace"
)

func TestOutcomeIsTheClassThatReportsCount(t *testing.T) {
	for _, tc := range []struct {
		answered, rang, cancelled bool
		side                      trace.Side
		last                      int
		want                      trace.Result
	}{
		{true, true, false, trace.Network, 200, trace.ResultAnswered},
		{false, false, false, trace.Local, 900, trace.ResultBlocked},
		{false, true, false, trace.Remote, 486, trace.ResultBusy},
		{false, false, false, trace.Remote, 600, trace.ResultBusy},
		{false, true, true, trace.Timer, 180, trace.ResultNoAnswer},
		{false, true, false, trace.Remote, 480, trace.ResultNoAnswer},
		{false, false, false, trace.Remote, 480, trace.ResultFailed},
		{false, true, false, trace.Local, 302, trace.ResultForwarded},
		{false, false, false, trace.Remote, 302, trace.ResultFailed},
		{false, true, true, trace.Local, 487, trace.ResultCancelled},
		{false, false, true, trace.Timer, 100, trace.ResultFailed},
		{false, false, false, trace.Network, 0, trace.ResultFailed},
	} {
		if got := trace.Outcome(tc.answered, tc.rang, tc.cancelled, tc.side, tc.last); got != tc.want {
			t.Errorf("%+v: got %s", tc, got)
		}
	}
}
