package telemetry

import (
	"testing"

	"sidetone/journal"
	"sidetone/trace"
)

func TestStartSaysWhyItIsOne(t *testing.T) {
	started := func(kernel string) trace.Event {
		return trace.Event{Kind: trace.AgentStarted, Data: trace.Started{KernelBoot: kernel}}
	}
	update := func(state string) trace.Event {
		return trace.Event{Kind: trace.AgentUpdate, Data: trace.Update{State: state}}
	}
	stopped := trace.Event{Kind: trace.AgentStopped, Data: trace.Stopped{Reason: trace.StoppedBySignal}}
	call := at(1, trace.CallInitiated, trace.Initiated{})
	for name, c := range map[string]struct {
		before   []trace.Event
		kernel   string
		watchdog bool
		want     trace.Restart
	}{
		"nothing before":                       {nil, "k1", true, trace.RestartFirst},
		"ended in order":                       {[]trace.Event{started("k1"), stopped}, "k1", false, trace.RestartStop},
		"ended in order, kernel unknown":       {[]trace.Event{started(""), stopped}, "", false, trace.RestartStop},
		"ended in order, and the device":       {[]trace.Event{started("k1"), stopped}, "k2", false, trace.RestartReboot},
		"left on trial":                        {[]trace.Event{started("k1"), update("trial"), stopped}, "k1", false, trace.RestartUpdate},
		"an update that was kept":              {[]trace.Event{started("k1"), update("trial"), update("kept"), stopped}, "k1", false, trace.RestartStop},
		"gone with the device":                 {[]trace.Event{started("k1"), call}, "k2", false, trace.RestartPower},
		"gone alone":                           {[]trace.Event{started("k1"), call}, "k1", false, trace.RestartCrash},
		"an old watchdog reset":                {[]trace.Event{started("k1"), call}, "k1", true, trace.RestartCrash},
		"reset by the watchdog":                {[]trace.Event{started("k1"), call}, "k2", true, trace.RestartWatchdog},
		"gone, kernel unknown":                 {[]trace.Event{started(""), call}, "k2", false, trace.RestartCut},
		"the end of a cut call is no stop":     {[]trace.Event{started("k1"), at(1, trace.AgentStopped, trace.Stopped{Reason: trace.StoppedByCut})}, "k1", false, trace.RestartCrash},
		"a start that nothing is left of":      {[]trace.Event{call}, "k1", false, trace.RestartCut},
		"something was written after the stop": {[]trace.Event{started("k1"), stopped, call}, "k1", false, trace.RestartCrash},
	} {
		t.Run(name, func(t *testing.T) {
			j := openJournal(t, journal.Options{})
			cutRun(t, j, 1, c.before...)
			r := newRecorder(t, RecorderOptions{
				Journal: j, Boot: 2, Started: trace.Started{KernelBoot: c.kernel}, Watchdog: c.watchdog,
			})
			r.Close()
			said := events(t, j)[len(c.before)].Data.(trace.Started)
			if r.Restart() != c.want || said.Restart != c.want || said.KernelBoot != c.kernel {
				t.Errorf("%s, recorded %+v, want %s", r.Restart(), said, c.want)
			}
		})
	}
}

func TestOnlyTheLastRunCounts(t *testing.T) {
	j := openJournal(t, journal.Options{})
	for boot, kernel := range []string{"k1", "k1", "k2"} {
		r := newRecorder(t, RecorderOptions{Journal: j, Boot: trace.Boot(boot + 1), Started: trace.Started{KernelBoot: kernel}})
		if want := []trace.Restart{trace.RestartFirst, trace.RestartCrash, trace.RestartReboot}[boot]; r.Restart() != want {
			t.Errorf("run %d: %s, want %s", boot+1, r.Restart(), want)
		}
		if boot == 1 {
			r.Close()
		}
	}
}
