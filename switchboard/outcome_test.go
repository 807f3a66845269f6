package switchboard

import (
	"testing"

	"sidetone/sipua"
	"sidetone/trace"
)

func TestCallTakenBackBecauseAnotherPhoneAnsweredSaysSo(t *testing.T) {
	for _, tc := range []struct {
		name  string
		ended sipua.Ended
		want  string
	}{
		{"CANCEL with cause 200", sipua.Ended{Side: trace.Remote, Status: 200, Reason: "Call completed elsewhere", Cancelled: true}, trace.AnsweredElsewhere},
		{"CANCEL that says something else", sipua.Ended{Side: trace.Remote, Status: 600, Reason: "busy everywhere", Cancelled: true}, "busy everywhere"},
		{"BYE with cause 200", sipua.Ended{Side: trace.Remote, Status: 200, Reason: "done"}, "done"},
		{"CANCEL of our own", sipua.Ended{Side: trace.Local, Reason: "given up", Cancelled: true}, "given up"},
	} {
		if got := reasonOf(&tc.ended); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
