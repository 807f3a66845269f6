package telemetry

import "golang.org/x/sys/unix"

// kernelClockSynced asks the kernel whether something like NTP disciplines the clock (adjtimex(2)).
func kernelClockSynced() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
