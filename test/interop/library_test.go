//go:build interop

package interop

import (
	"fmt"
	"testing"

	"sidetone/trace"
)

// Calls that come to nothing, and what the phone tells of each.
func TestRefusals(t *testing.T) {
	refused := func(name string, last int, story string) flow {
		return flow{
			name: name, recorded: name, scenario: fmt.Sprintf("uas_refused_%d", last), want: outcome{trace.ResultFailed, trace.Remote, last, 0}, story: []string{story},
		}
	}
	runFlows(t, []flow{
		refused("refused-403", 403, "A device or a server refused the call"),
		refused("unknown-404", 404, "as it was dialled, was not found"),
		refused("codec-488-out", 488, "could not accept the codec or the feature"),
		{
			name: "overloaded", recorded: "overloaded-503", scenario: "uas_refused_503", want: outcome{trace.ResultFailed, trace.Network, 503, 0},
			story: []string{"could not take the call"},
		},
		refused("declined-603", 603, "declined the call"),
		refused("unwanted-607", 607, "reported the call as unwanted"),
		{
			name: "a password that is not believed", recorded: "password-refused-401", scenario: "uas_challenge_again", configure: by(throughProxy),
			want:   outcome{trace.ResultFailed, trace.Remote, 401, 0},
			events: []string{"sip.received 401 INVITE", "sip.sent INVITE", "sip.received 401 INVITE", "call.ended"},
		},
		{
			name: "no codec in common", recorded: "codec-488-in", scenario: "uac_codec", want: outcome{trace.ResultFailed, trace.Local, 488, 0},
			events: []string{"sip.received INVITE", "sip.sent 488 INVITE", "call.ended"},
		},
		{
			name: "declined by the person who is called", recorded: "declined-603-in", scenario: "uac_declined", configure: by(neverAnswers),
			steps: []step{{"ringing", []string{"reject", "603"}}}, want: outcome{trace.ResultFailed, trace.Local, 603, 0},
			events: []string{"call.ringing", "sip.sent 603 INVITE", "call.ended"},
		},
	})
}

func TestSlowAndSilentPeers(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "what is slow to be answered is sent again", recorded: "sent-again", scenario: "uas_slow", steps: hangUp(), want: answered(trace.Local, 0),
			events: []string{"sip.sent INVITE", "sip.sent INVITE, again", "call.ringing", "call.answered", "sip.sent BYE", "sip.sent BYE, again", "sip.received 200 BYE"},
		},
		{
			name: "nothing is heard in a conversation", recorded: "one-way", scenario: "uas_basic", configure: by(set("device.sim.hangup_after", "3s")),
			want: answered(trace.Local, 0), story: []string{"No audio arrived at Desk’s end"},
		},
	})
}

func TestThePhoneAnswersByItself(t *testing.T) {
	runFlows(t, []flow{{
		name: "Answer-Mode", recorded: "auto-answer", scenario: "uac_auto", configure: by(neverAnswers, set("calls.auto_answer", true)),
		want: answered(trace.Remote, 0), story: []string{"Desk’s phone answered by itself, as SIPp asked"},
	}})
}
