//go:build interop

package interop

import (
	"context"
	"fmt"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// The flows of RFC 5359 sections 2.4 and 2.5, with the agent in each part.
func TestRFC5359TransferOfTheAgentBySIPp(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	a, target := startAgent(t, ctx, agentConfig(noBroker)), startSIPp(t, ctx, "udp", "uas_at_once", 0)
	packets := tap(t, ctx)
	startSIPp(t, ctx, "udp", "uac_refer", a.SIPPort, "-s", "101", "-key", "target", target.uri()).wait(t)
	awaitEvent(t, ctx, a, trace.TransferDone, 1)
	perform(t, ctx, a, step{"talking", []string{"hangup"}})
	target.wait(t)
	calls := wantCalls(t, ctx, a, answered(trace.Remote, 0), answered(trace.Local, 0))
	wantAsRecorded(t, "transferred-by-the-other-side", seen(t, ctx, a, "desk-1", calls[0]))
	wantAsRecorded(t, "called-after-transfer", seen(t, ctx, a, "desk-1", calls[1]))
	packets.wantSameCalls(t, ctx, a)
}

func TestRFC5359TransferOfSIPpByTheAgent(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	a, peer := startAgent(t, ctx, agentConfig(noBroker)), startSIPp(t, ctx, "udp", "uas_refer", 0)
	packets := tap(t, ctx)
	if _, err := a.Dial(ctx, peer.uri()); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"transfer", "sip:103@127.0.0.1:9"}})
	awaitEvent(t, ctx, a, trace.TransferDone, 1)
	peer.wait(t)
	calls := wantCalls(t, ctx, a, answered(trace.Local, 1))
	wantAsRecorded(t, "transfer-blind", seen(t, ctx, a, "desk-1", calls[0]))
	packets.wantSameCalls(t, ctx, a)
}

func TestRFC5359AttendedTransferByTheAgent(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	a := startAgent(t, ctx, agentConfig(noBroker))
	target := startSIPp(t, ctx, "udp", "uas_hung_up", 0)
	transferred := startSIPp(t, ctx, "udp", "uas_refer_replaces", 0)
	packets := tap(t, ctx)
	if _, err := a.Dial(ctx, transferred.uri()); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"hold"}})
	if err := a.Until(ctx, "held"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Dial(ctx, target.uri()); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"transfer", "2", "1"}})
	awaitEvent(t, ctx, a, trace.TransferDone, 1)
	transferred.wait(t)
	target.wait(t)
	calls := wantCalls(t, ctx, a, answered(trace.Local, 1), answered(trace.Remote, 0))
	wantAsRecorded(t, "transfer-attended", seen(t, ctx, a, "desk-1", calls[0]))
	wantAsRecorded(t, "transfer-attended-consultation", seen(t, ctx, a, "desk-1", calls[1]))
	packets.wantSameCalls(t, ctx, a)
}

func TestRFC5359AttendedTransferToTheAgent(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	a := startAgent(t, ctx, agentConfig(noBroker))
	packets := tap(t, ctx)
	replaced := startSIPp(t, ctx, "udp", "uac_replaced", a.SIPPort, "-s", "101")
	if err := a.Until(ctx, "talking"); err != nil {
		t.Fatal(err)
	}
	startSIPp(t, ctx, "udp", "uac_replaces", a.SIPPort, "-s", "101", "-key", "replaces", dialogOf(t, ctx, a)).wait(t)
	replaced.wait(t)
	calls := wantCalls(t, ctx, a, answered(trace.Remote, 0), answered(trace.Remote, 0))
	wantAsRecorded(t, "transfer-attended-target", seen(t, ctx, a, "desk-1", calls[0]))
	packets.wantSameCalls(t, ctx, a)
}

// dialogOf names the dialog of the phone's first call as a Replaces header does, from the phone's side (RFC 3891 section 3).
func dialogOf(t *testing.T, ctx context.Context, a *fleet.Agent) string {
	t.Helper()
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, e := range events {
		switch d := e.Data.(type) {
		case trace.Initiated:
			id = d.SIPCallID
		case trace.SIP:
			if d.Method == "INVITE" && d.Status == 200 {
				return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", id, d.ToTag, d.FromTag)
			}
		}
	}
	t.Fatal("no call is up")
	return ""
}

// wantCalls waits until the phone has no call, and compares the traces of all that it had, in the order of their ends. It returns
// their ids.
func wantCalls(t *testing.T, ctx context.Context, a *fleet.Agent, want ...outcome) (ids []string) {
	t.Helper()
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	awaitEvent(t, ctx, a, trace.CallEnded, len(want))
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []outcome
	for _, e := range events {
		if e.Kind == trace.CallEnded {
			got, ids = append(got, outcomeOf(callOf(t, ctx, a, e.Call))), append(ids, e.Call)
		}
	}
	for i := range got {
		if i >= len(want) || got[i] != want[i] {
			t.Fatalf("the calls' traces say %+v, want %+v", got, want)
		}
	}
	return ids
}
