package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
)

// The disciplines of the loopback interface's queue that lose packets. netem loses and delays at random; where the kernel
// has none, a narrow token bucket does: what is above its rate is dropped. Both hit SIP and RTP, too.
var (
	netemArgs = []string{"netem", "delay", "20ms", "15ms", "loss", "3%"}
	tbfArgs   = []string{"tbf", "rate", "3mbit", "burst", "16kb", "latency", "40ms"}
)

// packetLoss finds out how packets can be lost here; nil when they cannot.
func packetLoss(ctx context.Context) []string {
	if !ownNamespaces() {
		return nil
	}
	for _, args := range [][]string{netemArgs, tbfArgs} {
		if tc(ctx, append([]string{"add", "dev", "lo", "root"}, args...)...) == nil {
			_ = tc(ctx, "del", "dev", "lo", "root") // else every later one fails, and says so
			return args
		}
	}
	return nil
}

func tc(ctx context.Context, args ...string) error {
	said, err := exec.CommandContext(ctx, "tc", append([]string{"qdisc"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("tc qdisc %v: %w: %s", args, err, said)
	}
	return nil
}

// lossy is the fault of packets that are lost.
func lossy(args []string) gremlin {
	return gremlin{name: "packets lost (" + args[0] + ")", calm: span{8e3, 30e3}, trouble: span{500, 6e3}, strike: func(ctx context.Context, _ *rand.Rand) (heal, error) {
		if err := tc(ctx, append([]string{"add", "dev", "lo", "root"}, args...)...); err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return tc(ctx, "del", "dev", "lo", "root") }, nil
	}}
}
