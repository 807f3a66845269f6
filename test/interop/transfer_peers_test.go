//go:build interop

package interop

import (
	"context"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// peerPhone is a phone of somebody else's making.
type peerPhone struct {
	uri      string
	transfer func(target string) // of its call, to somebody else
	holds    int                 // in a call that the agent transfers: by the agent, and by a phone that holds what it leaves
}

var peerPhones = map[string]func(*testing.T, context.Context) peerPhone{
	"baresip": func(t *testing.T, ctx context.Context) peerPhone {
		b := startBaresip(t, ctx, "aubridge,echo")
		return peerPhone{b.uri(), func(target string) { b.do(t, "transfer", target) }, 1}
	},
	"linphone": func(t *testing.T, ctx context.Context) peerPhone {
		l := startLinphone(t, ctx)
		return peerPhone{l.uri(), func(target string) { l.do(t, "call-transfer 1 "+target) }, 2}
	},
}

func TestOtherPhonesTransferTheAgent(t *testing.T) {
	for name, start := range peerPhones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a, target := callTo(t, ctx, start, "uas_at_once")
			a.peer.transfer(target.uri())
			awaitEvent(t, ctx, a.Agent, trace.TransferDone, 1)
			perform(t, ctx, a.Agent, step{"talking", []string{"hangup"}})
			target.wait(t)
			if got := outcomeOf(lastCall(t, ctx, a.Agent)); got != answered(trace.Local, 0) {
				t.Errorf("the trace of the new call says %+v", got)
			}
			a.packets.wantSameCalls(t, ctx, a.Agent)
		})
	}
}

func TestTheAgentTransfersOtherPhones(t *testing.T) {
	for name, start := range peerPhones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a, target := callTo(t, ctx, start, "uas_hung_up")
			perform(t, ctx, a.Agent, step{"talking", []string{"transfer", target.uri()}})
			awaitEvent(t, ctx, a.Agent, trace.TransferDone, 1)
			target.wait(t)
			wantCalls(t, ctx, a.Agent, answered(trace.Local, a.peer.holds))
			a.packets.wantSameCalls(t, ctx, a.Agent)
		})
	}
}

// consulting has the agent hold a call with another phone, call a third one, and ask for the two to be connected.
func consulting(t *testing.T, ctx context.Context, uri string) (a, third *fleet.Agent, packets *wiretap) {
	t.Helper()
	a, third = startAgent(t, ctx, agentConfig(noBroker)), startAgent(t, ctx, agentConfig(noBroker).Set("device.id", "desk-2"))
	packets = tap(t, ctx)
	if _, err := a.Dial(ctx, uri); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"hold"}})
	if err := a.Until(ctx, "held"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Dial(ctx, third.URI("desk")); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx, a, step{"talking", []string{"transfer", "2", "1"}})
	return a, third, packets
}

func TestTheAgentConnectsLinphoneWithTheOneThatItConsulted(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	l := startLinphone(t, ctx)
	a, third, packets := consulting(t, ctx, l.uri())
	awaitEvent(t, ctx, a, trace.TransferDone, 1)
	wantCalls(t, ctx, a, answered(trace.Remote, 0), answered(trace.Local, 2)) // linphone holds what it leaves
	perform(t, ctx, third, step{"talking", []string{"hangup"}})
	calls := wantCalls(t, ctx, third, answered(trace.Remote, 0), answered(trace.Local, 0))
	wantAsRecorded(t, "linphone-replaces", seen(t, ctx, third, "desk-2", calls[1]))
	packets.wantSameCalls(t, ctx, a, third)
}

// As the one that is transferred baresip 1.0 leaves the header fields of the target in the Request-URI, where they must not
// be (RFC 3261 section 19.1.1, table 1).
func TestATransferThatBaresipCannotMakeIsToldAndLeavesBothCalls(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	b := startBaresip(t, ctx, "aubridge,echo")
	a, third, packets := consulting(t, ctx, b.uri())
	if got := awaitEvent(t, ctx, a, trace.TransferFailed, 1).Data.(trace.Transfer); got.Status != 400 {
		t.Errorf("the trace says %+v", got)
	}
	awaitRejection(t, ctx, third, "malformed")
	perform(t, ctx, third, step{"talking", []string{"hangup"}})
	awaitEvent(t, ctx, a, trace.CallEnded, 1)
	b.do(t, "hangup", "")
	calls := wantCalls(t, ctx, a, answered(trace.Remote, 0), answered(trace.Remote, 1))
	wantAsRecorded(t, "transfer-failed", seen(t, ctx, a, "desk-1", calls[1]))
	wantCalls(t, ctx, third, answered(trace.Local, 0))
	packets.wantSameCalls(t, ctx, a, third)
}

// calling is the agent in a call to another phone.
type calling struct {
	*fleet.Agent
	peer    peerPhone
	packets *wiretap
}

// callTo has the agent call a phone, and starts SIPp as the target of a transfer.
func callTo(t *testing.T, ctx context.Context, start func(*testing.T, context.Context) peerPhone, scenario string) (calling, *sipp) {
	t.Helper()
	c := calling{startAgent(t, ctx, agentConfig(noBroker)), start(t, ctx), tap(t, ctx)}
	target := startSIPp(t, ctx, "udp", scenario, 0)
	if _, err := c.Dial(ctx, c.peer.uri); err != nil {
		t.Fatal(err)
	}
	if err := c.Until(ctx, "talking"); err != nil {
		t.Fatal(err)
	}
	return c, target
}
