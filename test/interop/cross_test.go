//go:build interop

package interop

import (
	"strings"
	"testing"
	"time"

	"sidetone/test/fleet"
	"sidetone/trace"
)

func TestCrossTheMIPSBinaryAnswersACallUnderQEMU(t *testing.T) {
	ctx := testContext(t)
	binary := absolute(t, "../../dist/sidetone-agent-mipsle")
	if !fileExists(binary) {
		t.Fatal("make cross builds " + binary)
	}
	qemu := program(t, "qemu-mipsel-static")
	a, err := fleet.StartAgent(ctx, shortDir(t), binary, "desk", agentConfig(noBroker), qemu)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop() })
	a.Program = absolute(t, agentProgram) // commands run natively, on the socket and the journal of the emulated phone
	startSIPp(t, ctx, "udp", "uac_hold", a.SIPPort, "-s", "101").wait(t)
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	if f := lastCall(t, ctx, a); f.Result != trace.ResultAnswered || f.Holds != 1 {
		t.Errorf("the trace says %+v", f.Summary)
	}
}

func TestACallFromSIPpShowsOnTheDeviceAndInTheCollectorWithinASecond(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := startCollector(t, ctx)
	config, err := fleet.ReadConfig("../../examples/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range agentConfig(c.MQTT)["media"].(map[string]any) {
		config.Set("media."+key, value)
	}
	delete(config["sip"].(map[string]any), "listen")
	a := startAgent(t, ctx, config.Set("telemetry.broker", c.MQTT))
	arrived := c.Watch(ctx)
	startSIPp(t, ctx, "udp", "uac_basic", a.SIPPort, "-s", "service").wait(t)

	out, err := a.Run(ctx, "trace", "show", "last", "-c", a.Config)
	if err != nil || !strings.Contains(out, "Answered") {
		t.Errorf("trace show last: %v\n%s", err, out)
	}
	f := lastCall(t, ctx, a)
	if f.Result != trace.ResultAnswered {
		t.Errorf("the device says %+v", f.Summary)
	}
	seen, ok := <-arrived
	if late := seen.Sub(f.EndedAt); !ok || late > fleet.Prompt {
		t.Errorf("the collector showed the call %v after its end", late)
	}
	t.Logf("the collector showed the call %v after its end", seen.Sub(f.EndedAt).Round(time.Millisecond))
}
