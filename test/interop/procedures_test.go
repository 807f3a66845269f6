//go:build interop

package interop

import (
	"strings"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

func TestGlare(t *testing.T) {
	runFlows(t, []flow{
		{name: "the caller's hold is tried again after 491", scenario: "uas_glare_491", steps: holdAndHangUp(), want: answered(trace.Local, 1)},
		{name: "the callee's hold is tried again after 491", scenario: "uac_glare_491", steps: holdAndHangUp(), want: answered(trace.Local, 1)},
		{name: "a re-INVITE while ours is open gets 491", scenario: "uas_glare_ours", steps: holdAndHangUp(), want: answered(trace.Local, 1)},
	})
}

func TestCancelRaces(t *testing.T) {
	runFlows(t, []flow{
		{name: "CANCEL that crosses our 200 changes nothing", scenario: "uac_cancel_late", want: answered(trace.Remote, 0)},
		{name: "200 that crosses our CANCEL is ended with BYE", scenario: "uas_cancel_crossed", steps: giveUp(), want: outcome{trace.ResultCancelled, trace.Local, 200, 0}},
		{name: "CANCEL waits for a provisional response", scenario: "uas_cancel_early", steps: []step{{"calling", []string{"hangup"}}}, want: outcome{trace.ResultCancelled, trace.Local, 487, 0}},
	})
}

func TestWhoCallsIsAsked(t *testing.T) {
	runFlows(t, []flow{
		{name: "401 is answered with credentials", scenario: "uas_challenge_401", configure: by(throughProxy), steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "407 is answered with credentials", scenario: "uas_challenge_407", configure: by(throughProxy), dial: "sip:bob@biloxi.test", steps: hangUp(), want: answered(trace.Local, 0)},
	})
}

func TestARedirectionToADeadTargetGoesOnToTheNextOne(t *testing.T) {
	runFlows(t, []flow{{name: "302 with two targets", scenario: "uas_redirect_dead", steps: hangUp(), want: answered(trace.Local, 0)}})
}

func TestSessionTimers(t *testing.T) {
	runFlows(t, []flow{
		{name: "422 of ours", scenario: "uac_timer_too_small", want: answered(trace.Remote, 0)},
		{name: "422 of theirs", scenario: "uas_timer_too_small", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "refresh by re-INVITE", scenario: "uac_timer_refresh", want: answered(trace.Remote, 0)},
		{name: "refresh by UPDATE", scenario: "uas_timer_refresh", configure: by(hangsUpSoon), want: answered(trace.Local, 0)},
	})
}

func TestHoldByUpdate(t *testing.T) {
	runFlows(t, []flow{
		{name: "the caller holds", scenario: "uac_update", want: answered(trace.Remote, 1)},
		{name: "the called side is held", scenario: "uas_update", configure: by(holdsByUpdate), steps: holdResumeAndHangUp(), want: answered(trace.Local, 1)},
	})
}

func TestReliableProvisionalResponses(t *testing.T) {
	runFlows(t, []flow{
		{name: "ours are acknowledged by PRACK", scenario: "uac_reliable", configure: by(answersLate), want: answered(trace.Remote, 0)},
		{name: "theirs are acknowledged by PRACK", scenario: "uas_reliable", steps: hangUp(), want: answered(trace.Local, 0)},
	})
}

func holdsByUpdate(c fleet.Config, _ string) { c.Set("calls.hold.method", "update") }

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
}

func answersLate(c fleet.Config, _ string) { c.Set("device.sim.answer_after", "1s") }
