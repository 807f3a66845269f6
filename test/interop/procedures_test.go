//go:build interop

package interop

import (
	"strings"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

func TestCancelRaces(t *testing.T) {
	runFlows(t, []flow{
		{name: "CANCEL that crosses our 200 changes nothing", recorded: "cancel-too-late", scenario: "uac_cancel_late", want: answered(trace.Remote, 0)},
		{name: "200 that crosses our CANCEL is ended with BYE", recorded: "answer-crosses-cancel", scenario: "uas_cancel_crossed", steps: giveUp(), want: outcome{trace.ResultCancelled, trace.Local, 200, 0}},
		{name: "CANCEL waits for a provisional response", scenario: "uas_cancel_early", steps: []step{{"calling", []string{"hangup"}}}, want: outcome{trace.ResultCancelled, trace.Local, 487, 0}},
	})
}

func TestWhoCallsIsAsked(t *testing.T) {
	runFlows(t, []flow{
		{name: "401 is answered with credentials", recorded: "password-401", scenario: "uas_challenge_401", configure: by(throughProxy), steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "407 is answered with credentials", scenario: "uas_challenge_407", configure: by(throughProxy), dial: "sip:bob@biloxi.test", steps: hangUp(), want: answered(trace.Local, 0)},
	})
}

func TestARedirectionToADeadTargetGoesOnToTheNextOne(t *testing.T) {
	runFlows(t, []flow{{name: "302 with two targets", recorded: "redirected-dead", scenario: "uas_redirect_dead", steps: hangUp(), want: answered(trace.Local, 0)}})
}

func TestACallThatRingsIsSentElsewhere(t *testing.T) {
	runFlows(t, []flow{{
		name: "302 by the person who is called", recorded: "deflected", scenario: "uac_deflected", configure: by(neverAnswers),
		steps: []step{{"ringing", []string{"deflect", "sip:103@192.0.2.9"}}}, want: outcome{trace.ResultForwarded, trace.Local, 302, 0},
		events: []string{"flow.forward", "sip.sent 302 INVITE", "sip.received ACK"},
	}})
}

func TestSessionTimers(t *testing.T) {
	runFlows(t, []flow{
		{name: "422 of ours", scenario: "uac_timer_too_small", want: answered(trace.Remote, 0)},
		{name: "422 of theirs", scenario: "uas_timer_too_small", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "refresh by re-INVITE", recorded: "session-refreshed", scenario: "uac_timer_refresh", want: answered(trace.Remote, 0)},
		{name: "refresh by UPDATE", scenario: "uas_timer_refresh", configure: by(hangsUpSoon), want: answered(trace.Local, 0)},
	})
}

func TestReliableProvisionalResponses(t *testing.T) {
	runFlows(t, []flow{
		{name: "ours are acknowledged by PRACK", recorded: "reliable-in", scenario: "uac_reliable", configure: by(answersLate), want: answered(trace.Remote, 0)},
		{name: "theirs are acknowledged by PRACK", recorded: "reliable-out", scenario: "uas_reliable", steps: hangUp(), want: answered(trace.Local, 0)},
	})
}

func TestARequestThatIsTooLongForADatagramGoesOverTCP(t *testing.T) {
	runFlows(t, []flow{{
		name: "INVITE of more than 1300 bytes", scenario: "uas_basic", transport: "tcp", dial: "sip:" + strings.Repeat("1", 150) + "@biloxi.test",
		configure: by(hasALongName), steps: hangUp(), want: answered(trace.Local, 0),
	}})
}

// hasALongName makes an INVITE longer than what fits into a datagram (RFC 3261 section 18.1.1), and says nothing of its transport.
func hasALongName(c fleet.Config, server string) {
	proxy, _, _ := strings.Cut(server, ";")
	account := accountAt(proxy)
	account["name"] = strings.Repeat("Reception ", 25)
	c.Set("sip.accounts", []map[string]any{account})
}

func TestAnInviteThatCameByTwoWaysIsOneCall(t *testing.T) {
	runFlows(t, []flow{{name: "482", scenario: "uac_merged", configure: by(answersLate), want: answered(trace.Remote, 0)}})
}

func TestACallAboveTheMaximumGets486(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	a := startAgent(t, ctx, agentConfig(noBroker).Set("calls.max", 1))
	peer := startSIPp(t, ctx, "udp", "uas_basic", 0)
	packets := tap(t, ctx)
	up, err := a.Dial(ctx, peer.uri())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Until(ctx, "talking"); err != nil {
		t.Fatal(err)
	}
	startSIPp(t, ctx, "udp", "uac_busy", a.SIPPort, "-s", "101").wait(t)
	if got := outcomeOf(lastCall(t, ctx, a)); got.last != 486 || got.side != trace.Local {
		t.Errorf("the trace of the second call says %+v", got)
	}
	perform(t, ctx, a, step{"talking", []string{"hangup", up}})
	peer.wait(t)
	wantCalls(t, ctx, a, outcome{trace.ResultBusy, trace.Local, 486, 0}, answered(trace.Local, 0))
	packets.wantSameCalls(t, ctx, a)
}

func answersLate(c fleet.Config, _ string) { c.Set("device.sim.answer_after", "1s") }

func TestSeveralEarlyDialogs(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "two phones send early media, and the second one answers", recorded: "forked", scenario: "uas_forked", steps: hangUp(), want: answered(trace.Local, 0),
			events: []string{"call.progress 183, early media", "sip.received 183 INVITE", "call.answered", "sip.sent BYE"},
		},
		{
			name: "199 ends an early dialog, and another one is answered", recorded: "early-dialog-ended", scenario: "uas_early_ended", steps: hangUp(), want: answered(trace.Local, 0),
			events: []string{"call.progress 183, early media", "sip.received 199 INVITE", "call.ringing 180, silent", "call.answered"},
		},
		{
			name: "early media is heard once P-Early-Media authorises it", recorded: "early-media-authorised", scenario: "uas_early_media_barred", steps: hangUp(), want: answered(trace.Local, 0),
			events: []string{"call.progress 183, silent", "call.progress 183, early media", "call.answered"},
			story:  []string{"The network reported progress, without sound", "The network let the sound before the answer through"},
		},
	})
}

func TestExtensions(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "420 names what is required and not known", recorded: "bad-extension-420", scenario: "uac_bad_extension", want: outcome{trace.ResultFailed, trace.Local, 420, 0},
			events: []string{"sip.received INVITE", "sip.sent 420 INVITE", "call.ended"},
		},
		{
			name: "421 names what the phone requires", recorded: "extension-required-421", scenario: "uac_extension_required", configure: by(requiresReliable),
			want: outcome{trace.ResultFailed, trace.Local, 421, 0}, events: []string{"sip.received INVITE", "sip.sent 421 INVITE", "call.ended"},
		},
	})
}

func requiresReliable(c fleet.Config, _ string) { c.Set("sip.reliable_provisional", "required") }

func TestAnOfferBeforeTheFirstAnswerIsPutOff(t *testing.T) {
	runFlows(t, []flow{{
		name: "500 with Retry-After", scenario: "uac_offer_during_offer", configure: by(answersLate), want: answered(trace.Remote, 0),
		events: []string{"call.ringing", "sip.received UPDATE", "sip.sent 500 UPDATE", "call.answered"},
	}})
}

func TestByeRaces(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "BYE before ACK", recorded: "bye-before-ack", scenario: "uac_bye_before_ack", want: answered(trace.Remote, 0),
			events: []string{"sip.sent 200 INVITE", "sip.received BYE", "sip.sent 200 BYE"},
		},
		{
			name: "a re-INVITE that crosses our BYE gets 481", scenario: "uas_bye_crossed", steps: hangUp(), want: answered(trace.Local, 0),
			events: []string{"sip.sent BYE", "sip.received INVITE", "sip.sent 481 INVITE", "sip.received 200 BYE"},
		},
		{
			name: "a BYE that crosses our re-INVITE ends the call", recorded: "hold-crosses-bye", scenario: "uas_hold_crossed", steps: []step{{"talking", []string{"hold"}}},
			want:   answered(trace.Remote, 0),
			events: []string{"hold.requested by local, re-INVITE", "sip.received BYE", "sip.sent 200 BYE", "sip.received 481 INVITE"},
		},
	})
}

// A minute long, it runs beside the others.
func TestACallThatIsNotRefreshedIsEnded30sBeforeItExpires(t *testing.T) {
	t.Parallel()
	flow{
		recorded: "session-expired", scenario: "uac_never_refreshes", with: []string{"-timeout", "100s"}, want: outcome{trace.ResultAnswered, trace.Timer, 200, 0},
		events: []string{"call.answered", "sip.sent BYE", "sip.received 200 BYE"},
	}.run(t)
}

func TestWhoCallsMustBeKnown(t *testing.T) {
	runFlows(t, []flow{
		{name: "who does not know the password is asked for it again", scenario: "uac_unproven", configure: by(accepts("digest")), rejected: "no credentials"},
		{name: "a stranger gets 403 where only the registrar brings calls", scenario: "uac_stranger", configure: by(accepts("registrar")), rejected: "not permitted"},
	})
}

// Only the registrar brings calls, and it is at another address than whoever else calls.
func TestACallThatTheRegistrarBringsIsTaken(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := agentConfig(noBroker)
	accepts("registrar")(c, "")
	a := startAgent(t, ctx, c)
	packets := tap(t, ctx)
	startSIPpAt(t, ctx, "127.0.0.2", "udp", "uac_basic", a.SIPPort, "-s", "101").wait(t)
	wantCalls(t, ctx, a, answered(trace.Remote, 0))
	packets.wantSameCalls(t, ctx, a)
}

// accepts has the account of user 101 take the calls of some only. Its proxy is not where SIPp is.
func accepts(whose string) func(fleet.Config, string) {
	return func(c fleet.Config, _ string) {
		account := accountAt("sip:127.0.0.2:5060")
		account["accept"] = whose
		c.Set("sip.accounts", []map[string]any{account})
	}
}

func TestAnInviteThatWentRoundIsRefused(t *testing.T) {
	runFlows(t, []flow{{name: "482", scenario: "uac_loop", rejected: "loop"}})
}

func TestKeysByInfo(t *testing.T) {
	runFlows(t, []flow{{
		name: "dtmf-relay", recorded: "keys-by-info", scenario: "uac_info", configure: by(showsDigits), want: answered(trace.Remote, 0),
		events: []string{"dtmf.received 5 for 160ms", "dtmf.received # for 250ms", "sip.sent 415 INFO"},
	}})
}

func showsDigits(c fleet.Config, _ string) { c.Set("telemetry.mask.digits", false) }

func TestRequestsThatAreNoCall(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "OPTIONS outside and inside a call", scenario: "uac_options", want: answered(trace.Remote, 0),
			events: []string{"call.answered", "sip.received OPTIONS", "sip.sent 200 OPTIONS", "sip.received BYE"},
		},
		{
			name: "MESSAGE outside and inside a call gets 405", scenario: "uac_message", want: answered(trace.Remote, 0), rejected: "method not allowed",
			events: []string{"call.answered", "sip.received MESSAGE", "sip.sent 405 MESSAGE", "sip.received BYE"},
		},
	})
}
