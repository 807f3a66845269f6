//go:build interop

package interop

import (
	"fmt"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// startAgentOnIPv6 starts a phone that listens on the loopback address of IPv6 alone, and returns its port there.
func startAgentOnIPv6(t *testing.T, c fleet.Config) (*fleet.Agent, int) {
	t.Helper()
	port, err := fleet.FreeSIP()
	if err != nil {
		t.Fatal(err)
	}
	c.Set("sip.listen", []string{fmt.Sprintf("udp://[::1]:%d", port), fmt.Sprintf("tcp://[::1]:%d", port)})
	return startAgent(t, testContext(t), c), port
}

func TestCallsOverIPv6(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run("SIPp calls over "+transport, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a, port := startAgentOnIPv6(t, agentConfig(noBroker))
			startSIPpAt(t, ctx, "::1", transport, "uac_basic", port, "-s", "101").wait(t)
			wantCalls(t, ctx, a, answered(trace.Remote, 0))
			wantAsRecorded(t, "ipv6-"+transport+"-in", seen(t, ctx, a, "desk-1", "last"))
		})
		t.Run("SIPp is called over "+transport, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a, _ := startAgentOnIPv6(t, agentConfig(noBroker))
			peer := startSIPpAt(t, ctx, "::1", transport, "uas_basic", 0)
			if _, err := a.Dial(ctx, peer.uri()); err != nil {
				t.Fatal(err)
			}
			perform(t, ctx, a, hangUp()[0])
			peer.wait(t)
			wantCalls(t, ctx, a, answered(trace.Local, 0))
			wantAsRecorded(t, "ipv6-"+transport+"-out", seen(t, ctx, a, "desk-1", "last"))
		})
	}
}
