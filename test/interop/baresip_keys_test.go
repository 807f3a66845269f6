//go:build interop

package interop

import (
	"strings"
	"testing"

	"sidetone/trace"
)

// baresip 1.0 does not allow UPDATE, so each method comes to a re-INVITE.
func TestBaresipAndTheAgentKeyAndHoldEachOther(t *testing.T) {
	for _, method := range []string{"auto", "re-invite"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			keyAndHold(t, method)
		})
	}
}

func keyAndHold(t *testing.T, method string) {
	t.Helper()
	ctx := testContext(t)
	a := startAgent(t, ctx, agentConfig(noBroker).Set("telemetry.mask.digits", false).Set("calls.hold.method", method))
	b := startBaresip(t, ctx, "aubridge,echo")
	call, err := a.Dial(ctx, b.uri())
	if err != nil {
		t.Fatal(err)
	}
	b.happens(t, "CALL_ESTABLISHED")
	awaitEvent(t, ctx, a, trace.MediaStarted, 1)

	perform(t, ctx, a, step{"talking", []string{"key", "5"}})
	if got := b.happens(t, "CALL_DTMF_START"); got != "5" {
		t.Errorf("baresip received the key %q", got)
	}
	b.happens(t, "CALL_DTMF_END")
	b.ask(t, "sndcode", "7")
	awaitEvent(t, ctx, a, trace.DTMFReceived, 1)

	perform(t, ctx, a, step{"talking", []string{"hold"}})
	b.happens(t, "CALL_REMOTE_SDP")
	b.wantDirection(t, "recvonly")
	perform(t, ctx, a, step{"held", []string{"resume"}})
	b.happens(t, "CALL_REMOTE_SDP")
	b.wantDirection(t, "sendrecv")

	if err := a.Until(ctx, "talking"); err != nil {
		t.Fatal(err)
	}
	b.ask(t, "hold", "")
	awaitEvent(t, ctx, a, trace.HoldConfirmed, 2)
	b.ask(t, "resume", "")
	awaitEvent(t, ctx, a, trace.HoldResumed, 2)

	perform(t, ctx, a, step{"talking", []string{"hangup"}})
	b.happens(t, "CALL_CLOSED")
	wantCalls(t, ctx, a, answered(trace.Local, 2))
	wantEvents(t, ctx, a, call, "dtmf.sent 5", "dtmf.received 7", "hold.requested")
	wantHolds(t, ctx, a, call, append(held(trace.Local, "re-INVITE", trace.SendOnly), held(trace.Remote, "re-INVITE", trace.RecvOnly)...))
	if method == "auto" {
		wantAsRecorded(t, "baresip", seen(t, ctx, a, "desk-1", call))
	}
}

// wantDirection compares the direction of baresip's audio.
func (b *baresip) wantDirection(t *testing.T, want string) {
	t.Helper()
	if got := b.ask(t, "audio_debug", ""); !strings.Contains(got, "audio dir="+want) {
		t.Errorf("the audio of baresip is not %s: %s", want, got)
	}
}
