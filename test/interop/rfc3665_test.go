//go:build interop

package interop

import (
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// The flows of RFC 3665 section 3, each from the side of the phone that calls and of the one that is called. Those of section 2
// that a phone has a part in are in TestRFC3665Registration.
func TestRFC3665TheAgentIsAlice(t *testing.T) {
	runFlows(t, []flow{
		{name: "3.1 successful session establishment", recorded: "answered-out", scenario: "uas_basic", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.2 session through two proxies", recorded: "two-proxies", scenario: "uas_two_proxies", configure: by(throughProxy), dial: "sip:bob@biloxi.test", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.3 session with multiple proxy authentication", recorded: "proxies-ask-for-passwords", scenario: "uas_multiple_auth", configure: by(throughProxy), dial: "sip:bob@biloxi.test", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.4 session with proxy failure", scenario: "uas_challenge_407", configure: by(throughSecondProxy(t)), dial: "sip:bob@biloxi.test", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.5 session through a SIP ALG", scenario: "uas_alg", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.6 session via redirect server", recorded: "redirected", scenario: "uas_redirect", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.7 session with re-INVITE", scenario: "uas_address_change", configure: by(hangsUpSoon), want: answered(trace.Local, 0)},
		{name: "3.8 unsuccessful, no answer", recorded: "cancelled-out", scenario: "uas_ringing", steps: giveUp(), want: outcome{trace.ResultCancelled, trace.Local, 487, 0}},
		{name: "3.9 unsuccessful, busy", recorded: "busy-out", scenario: "uas_busy", want: outcome{trace.ResultBusy, trace.Remote, 486, 0}},
		{name: "3.10 unsuccessful, no response", recorded: "proxy-gives-up-480", scenario: "uas_no_response", want: outcome{trace.ResultFailed, trace.Remote, 480, 0}},
		{name: "3.11 unsuccessful, temporarily unavailable", recorded: "unavailable-480-out", scenario: "uas_unavailable", want: outcome{trace.ResultNoAnswer, trace.Remote, 480, 0}},
	})
}

func TestRFC3665TheAgentIsBob(t *testing.T) {
	runFlows(t, []flow{
		{name: "3.1 successful session establishment", recorded: "answered-in", scenario: "uac_basic", want: answered(trace.Remote, 0)},
		{name: "3.2 session through two proxies", scenario: "uac_two_proxies", steps: hangUp(), want: answered(trace.Local, 0)},
		{
			name: "3.3 session with multiple proxy authentication", scenario: "uac_multiple_auth", want: answered(trace.Remote, 0),
			secrets: []string{"f44ab22f150c6a56071bce8a4c1e7d29"},
		},
		{name: "3.4 session with proxy failure", scenario: "uac_proxy_failure", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.5 session through a SIP ALG", scenario: "uac_alg", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "3.6 session with SDP in the ACK", recorded: "offer-in-200", scenario: "uac_offer_in_200", want: answered(trace.Remote, 0)},
		{name: "3.7 session with re-INVITE", scenario: "uac_address_change", configure: by(hangsUpSoon), want: answered(trace.Local, 0)},
		{name: "3.8 unsuccessful, no answer", recorded: "cancelled-in", scenario: "uac_cancel", configure: by(neverAnswers), want: outcome{trace.ResultCancelled, trace.Remote, 487, 0}},
		{name: "3.9 unsuccessful, busy", recorded: "busy-in", scenario: "uac_busy", configure: by(refuses(486)), want: outcome{trace.ResultBusy, trace.Local, 486, 0}},
		{
			name: "3.10 unsuccessful, no response: nothing of ours arrives", recorded: "unheard", scenario: "uac_unheard", configure: by(answersLate),
			with: []string{"-nr"}, // what comes again is part of the scenario
			want: outcome{trace.ResultAnswered, trace.Network, 200, 0}, events: []string{
				"sip.received INVITE", "sip.received INVITE, again", "sip.received INVITE, again", "sip.received INVITE, again",
				"sip.sent 200 INVITE", "sip.sent 200 INVITE, again", "sip.sent BYE",
			},
		},
		{name: "3.11 unsuccessful, temporarily unavailable", recorded: "unavailable-480-in", scenario: "uac_unavailable", configure: by(refuses(480)), want: outcome{trace.ResultNoAnswer, trace.Local, 480, 0}},
	})
}

// throughSecondProxy has the phone call through the proxies of the domain. SIPp is the second one, and nobody is at the first.
func throughSecondProxy(t *testing.T) func(fleet.Config, string) {
	return func(c fleet.Config, peer string) {
		firstServerIsDead(t, c, peer)
		throughProxy(c, "sip:"+domain)
	}
}
