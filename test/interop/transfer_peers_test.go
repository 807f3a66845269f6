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
		})
	}
}

// calling is the agent in a call to another phone.
type calling struct {
	*fleet.Agent
	peer peerPhone
}

// callTo has the agent call a phone, and starts SIPp as the target of a transfer.
func callTo(t *testing.T, ctx context.Context, start func(*testing.T, context.Context) peerPhone, scenario string) (calling, *sipp) {
	t.Helper()
	c := calling{startAgent(t, ctx, agentConfig(noBroker)), start(t, ctx)}
	target := startSIPp(t, ctx, "udp", scenario, 0)
	if _, err := c.Dial(ctx, c.peer.uri); err != nil {
		t.Fatal(err)
	}
	if err := c.Until(ctx, "talking"); err != nil {
		t.Fatal(err)
	}
	return c, target
}
