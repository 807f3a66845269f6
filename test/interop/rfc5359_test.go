//go:build interop

package interop

import (
	"testing"

	"sidetone/trace"
)

// The services of RFC 5359 section 2 that a phone has a part in. Call hold, 2.1, is among the flows of TestHold.
func TestRFC5359TheAgentIsAlice(t *testing.T) {
	runFlows(t, []flow{
		{name: "2.7 call forwarding, unconditional", scenario: "uas_forward_unconditional", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "2.8 call forwarding, busy", recorded: "forwarded-busy-out", scenario: "uas_forward_busy", steps: hangUp(), want: answered(trace.Local, 0)},
		{name: "2.9 call forwarding, no answer", recorded: "forwarded-no-answer-out", scenario: "uas_forward_no_answer", steps: hangUp(), want: answered(trace.Local, 0)},
	})
}

func TestRFC5359TheAgentIsBob(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "2.7 call forwarding, unconditional", scenario: "uac_forwarded", want: answered(trace.Remote, 0),
			with:  forwarded(`History-Info: <sip:bob@biloxi.test>;index=1, <sip:101@sidetone.test;cause=302>;index=1.1;mp=1`),
			story: []string{"The call was forwarded by bob", "(always)"},
		},
		{
			name: "2.8 call forwarding, busy", scenario: "uac_forwarded", want: answered(trace.Remote, 0),
			with:  forwarded(`Diversion: "Bob" <sip:bob@biloxi.test>;reason=user-busy`),
			story: []string{"The call was forwarded by Bob", "(busy)"},
		},
		{
			name: "2.9 call forwarding, no answer", recorded: "forwarded-in", scenario: "uac_forwarded", want: answered(trace.Remote, 0),
			with:  forwarded(`Diversion: <sip:carol@biloxi.test>;reason=no-answer, "Bob" <sip:bob@biloxi.test>;reason=unconditional`),
			story: []string{"The call was forwarded by Bob", "The call was forwarded by carol", "(no answer)"},
		},
	})
}

func TestRFC5359ConsultationHold(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	a := startAgent(t, ctx, agentConfig(noBroker))
	held, consulted := startSIPp(t, ctx, "udp", "uas_hold", 0), startSIPp(t, ctx, "udp", "uas_basic", 0)
	packets := tap(t, ctx)
	first, err := a.Dial(ctx, held.uri())
	if err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"hold"}})
	if err := a.Until(ctx, "held"); err != nil {
		t.Fatal(err)
	}
	second, err := a.Dial(ctx, consulted.uri())
	if err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"hangup", second}})
	consulted.wait(t)
	if got := outcomeOf(lastCall(t, ctx, a)); got != answered(trace.Local, 0) {
		t.Errorf("the consultation's trace says %+v", got)
	}
	perform(t, ctx, a, step{"held", []string{"resume", first}})
	perform(t, ctx, a, step{"talking", []string{"hangup", first}})
	held.wait(t)
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(callOf(t, ctx, a, first)); got != answered(trace.Local, 1) {
		t.Errorf("the held call's trace says %+v", got)
	}
	wantAsRecorded(t, "consultation-hold", seen(t, ctx, a, "desk-1", first))
	packets.wantSameCalls(t, ctx, a)
}

// forwarded gives SIPp, as a proxy that forwards, the header field that says so.
func forwarded(field string) []string { return []string{"-key", "forwarded", field} }
