//go:build interop

package interop

import (
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

func TestSIPpCallsTheAgent(t *testing.T) {
	for _, tc := range []struct {
		name, transport, scenario string
		configure                 func(fleet.Config)
		result                    trace.Result
		side                      trace.Side
		last, holds               int
	}{
		{"basic call over UDP", "udp", "uac_basic", nil, trace.ResultAnswered, trace.Remote, 200, 0},
		{"basic call over TCP", "tcp", "uac_basic", nil, trace.ResultAnswered, trace.Remote, 200, 0},
		{"hold by re-INVITE over UDP", "udp", "uac_hold", nil, trace.ResultAnswered, trace.Remote, 200, 1},
		{"hold by re-INVITE over TCP", "tcp", "uac_hold", nil, trace.ResultAnswered, trace.Remote, 200, 1},
		{"CANCEL over UDP", "udp", "uac_cancel", neverAnswers, trace.ResultCancelled, trace.Remote, 487, 0},
		{"CANCEL over TCP", "tcp", "uac_cancel", neverAnswers, trace.ResultCancelled, trace.Remote, 487, 0},
		{"busy over UDP", "udp", "uac_busy", isBusy, trace.ResultBusy, trace.Local, 486, 0},
		{"busy over TCP", "tcp", "uac_busy", isBusy, trace.ResultBusy, trace.Local, 486, 0},
		{"200 never acknowledged over UDP", "udp", "uac_no_ack", nil, trace.ResultAnswered, trace.Network, 200, 0},
		{"200 never acknowledged over TCP", "tcp", "uac_no_ack", nil, trace.ResultAnswered, trace.Network, 200, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			c := agentConfig(noBroker)
			if tc.configure != nil {
				tc.configure(c)
			}
			a := startAgent(t, ctx, c)
			startSIPp(t, ctx, tc.transport, tc.scenario, a.SIPPort, "-s", "101").wait(t)
			if err := a.UntilQuiet(ctx); err != nil {
				t.Fatal(err)
			}
			f := lastCall(t, ctx, a)
			if f.Result != tc.result || f.Side != tc.side || f.LastResponse != tc.last || f.Holds != tc.holds {
				t.Errorf("the trace says %s, ended by %s, last response %d, %d holds", f.Result, f.Side, f.LastResponse, f.Holds)
			}
		})
	}
}

func neverAnswers(c fleet.Config) { c.Set("device.sim.answer_after", "never") }

func isBusy(c fleet.Config) { c.Set("device.sim.reject_with", 486) }

func TestTheAgentCallsSIPp(t *testing.T) {
	type step struct {
		until string
		verb  []string
	}
	for _, tc := range []struct {
		name, transport, scenario string
		steps                     []step
		result                    trace.Result
		side                      trace.Side
		last, holds               int
	}{
		{"basic call over UDP", "udp", "uas_basic", []step{{"talking", []string{"hangup"}}}, trace.ResultAnswered, trace.Local, 200, 0},
		{"basic call over TCP", "tcp", "uas_basic", []step{{"talking", []string{"hangup"}}}, trace.ResultAnswered, trace.Local, 200, 0},
		{"hold by re-INVITE over UDP", "udp", "uas_hold", []step{{"talking", []string{"hold"}}, {"held", []string{"resume"}}, {"talking", []string{"hangup"}}}, trace.ResultAnswered, trace.Local, 200, 1},
		{"hold by re-INVITE over TCP", "tcp", "uas_hold", []step{{"talking", []string{"hold"}}, {"held", []string{"resume"}}, {"talking", []string{"hangup"}}}, trace.ResultAnswered, trace.Local, 200, 1},
		{"busy over UDP", "udp", "uas_busy", nil, trace.ResultBusy, trace.Remote, 486, 0},
		{"busy over TCP", "tcp", "uas_busy", nil, trace.ResultBusy, trace.Remote, 486, 0},
		{"CANCEL over UDP", "udp", "uas_ringing", []step{{"ringing", []string{"hangup"}}}, trace.ResultCancelled, trace.Local, 487, 0},
		{"CANCEL over TCP", "tcp", "uas_ringing", []step{{"ringing", []string{"hangup"}}}, trace.ResultCancelled, trace.Local, 487, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			a := startAgent(t, ctx, agentConfig(noBroker))
			peer := startSIPp(t, ctx, tc.transport, tc.scenario, 0)
			target := peer.uri()
			if tc.transport == "tcp" {
				target += ";transport=tcp"
			}
			if _, err := a.Dial(ctx, target); err != nil {
				t.Fatal(err)
			}
			for _, s := range tc.steps {
				if err := a.Until(ctx, s.until); err != nil {
					t.Fatal(err)
				}
				if _, err := a.Do(ctx, s.verb...); err != nil {
					t.Fatal(err)
				}
			}
			peer.wait(t)
			if err := a.UntilQuiet(ctx); err != nil {
				t.Fatal(err)
			}
			f := lastCall(t, ctx, a)
			if f.Result != tc.result || f.Side != tc.side || f.LastResponse != tc.last || f.Holds != tc.holds {
				t.Errorf("the trace says %s, ended by %s, last response %d, %d holds", f.Result, f.Side, f.LastResponse, f.Holds)
			}
		})
	}
}
