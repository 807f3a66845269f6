//go:build interop

package interop

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
)

const (
	soakRate   = 200     // calls per second
	soakBefore = 2000    // calls after which memory is measured for the first time
	soakGrowth = 8 << 20 // bytes that it may have grown by in the end
	ticksASec  = 100     // of the processor times in /proc (USER_HZ)
)

// SOAK is how many calls there are, 20000 by `make soak`. Without it the run is short, and so is the quiet after it.
func TestCallsFollowEachOtherWithoutAFailureAndMemoryStays(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	calls, quiet := 3000, 5*time.Second
	if s := os.Getenv("SOAK"); s != "" {
		var err error
		if calls, err = strconv.Atoi(s); err != nil || calls <= soakBefore {
			t.Fatalf("SOAK=%s: want a number above %d", s, soakBefore)
		}
		quiet = time.Minute
	}
	a := startAgent(t, ctx, agentConfig(noBroker).Set("device.sim.answer_after", "0s").
		Set("calls.max", 500).Set("media.rtp_ports", "30000-31999").Set("log.level", "error"))
	callMany(t, ctx, a, soakBefore)
	before := resident(t, a.PID())
	began, busy := time.Now(), processorTime(t, a)
	callMany(t, ctx, a, calls-soakBefore)
	took, used := time.Since(began), processorTime(t, a)-busy
	select {
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	case <-time.After(quiet):
	}
	after := resident(t, a.PID())
	t.Logf("%d calls in %v (%.0f a second), %.2f s of processor time per 1000 calls; resident %.1f MB after %d calls, %.1f MB in the end",
		calls-soakBefore, took.Round(time.Millisecond), float64(calls-soakBefore)/took.Seconds(),
		used.Seconds()/float64(calls-soakBefore)*1000, float64(before)/(1<<20), soakBefore, float64(after)/(1<<20))
	if after > before+soakGrowth {
		t.Errorf("resident memory grew from %d to %d bytes", before, after)
	}
	if err := a.UntilQuiet(ctx); err != nil {
		t.Error(err)
	}
}

// callMany has SIPp call the phone n times; every call has to succeed.
func callMany(t *testing.T, ctx context.Context, a *fleet.Agent, n int) {
	t.Helper()
	startSIPp(t, ctx, "udp", "uac_soak", a.SIPPort, "-s", "101", "-m", strconv.Itoa(n), "-r", strconv.Itoa(soakRate), "-l", "400", "-timeout", "300s").wait(t)
}

// processorTime is what the phone has used of it so far.
func processorTime(t *testing.T, a *fleet.Agent) time.Duration {
	t.Helper()
	text := proc(t, a, "stat")
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // from the third field on
	ticks := 0
	for _, f := range fields[11:13] { // utime, stime
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksASec
}

func proc(t *testing.T, a *fleet.Agent, file string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", a.PID(), file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
