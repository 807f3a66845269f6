//go:build interop

package interop

import (
	"testing"

	"sidetone/trace"
)

func TestSIPpCallsTheAgent(t *testing.T) {
	cancelled := outcome{trace.ResultCancelled, trace.Remote, 487, 0}
	unacknowledged := outcome{trace.ResultAnswered, trace.Network, 200, 0}
	runFlows(t, []flow{
		{name: "basic call over TCP", scenario: "uac_basic", transport: "tcp", want: answered(trace.Remote, 0)},
		{name: "hold by re-INVITE over TCP", scenario: "uac_hold", transport: "tcp", want: answered(trace.Remote, 1)},
		{name: "CANCEL over TCP", scenario: "uac_cancel", transport: "tcp", configure: by(neverAnswers), want: cancelled},
		{name: "busy over TCP", scenario: "uac_busy", transport: "tcp", configure: by(refuses(486)), want: outcome{trace.ResultBusy, trace.Local, 486, 0}},
		{name: "200 never acknowledged over TCP", recorded: "no-ack", scenario: "uac_no_ack", transport: "tcp", want: unacknowledged},
	})
}

func TestTheAgentCallsSIPp(t *testing.T) {
	runFlows(t, []flow{
		{name: "basic call over TCP", scenario: "uas_basic", transport: "tcp", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "hold by re-INVITE over TCP", scenario: "uas_hold", transport: "tcp", steps: holdResumeAndHangUp(), want: answered(trace.Local, 1)},
		{name: "busy over TCP", scenario: "uas_busy", transport: "tcp", want: outcome{trace.ResultBusy, trace.Remote, 486, 0}},
		{name: "CANCEL over TCP", scenario: "uas_ringing", transport: "tcp", steps: giveUp(), want: outcome{trace.ResultCancelled, trace.Local, 487, 0}},
	})
}
