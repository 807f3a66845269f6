package telemetry

import "sidetone/trace"

// lastRun is what the journal tells of the run before, and of how it ended.
type lastRun struct {
	boot       trace.Boot // 0 when there was none
	kernelBoot string     // "" when it is not known
	trial      bool       // its last update was left on trial
	stopped    bool       // in order
}

// see takes the next event line into account.
func (l *lastRun) see(h head, line []byte) {
	if h.boot != l.boot {
		*l = lastRun{boot: h.boot, trial: l.trial}
	}
	l.stopped = h.kind == trace.AgentStopped && h.call == ""
	if h.kind != trace.AgentStarted && h.kind != trace.AgentUpdate {
		return
	}
	e, _ := trace.Decode(line) // what does not fit is no payload of these
	switch d := e.Data.(type) {
	case trace.Started:
		l.kernelBoot = d.KernelBoot
	case trace.Update:
		l.trial = d.State == "trial"
	}
}

// why tells what the next run has started for. watchdog says that it was what started the device.
func (l lastRun) why(kernelBoot string, watchdog bool) trace.Restart {
	known := kernelBoot != "" && l.kernelBoot != ""
	rebooted := known && kernelBoot != l.kernelBoot
	switch {
	case l.boot == 0:
		return trace.RestartFirst
	case rebooted && watchdog:
		return trace.RestartWatchdog
	case l.trial && l.stopped:
		return trace.RestartUpdate
	case l.stopped && rebooted:
		return trace.RestartReboot
	case l.stopped:
		return trace.RestartStop
	case rebooted:
		return trace.RestartPower
	case known:
		return trace.RestartCrash
	}
	return trace.RestartCut
}
