// Package trace is the model of what happened to a call: events, their kinds and payloads, the line each one is
// written as, and the summary that any number of them adds up to.
//
// An event is identified by (device, boot, seq). Boot is a new random number per agent start and seq counts from 1
// without a hole, so a hole is a loss. Within a call n counts from 1, and call.ended carries the total, so that
// "complete" can be proved. Durations are taken from the monotonic clock only: a phone without a battery-backed
// clock starts in 1970.
//
// Everything here is a pure function of events: no input or output, no clock, no logger, no goroutine. Event values
// are immutable once made; payloads are plain values that may be shared between goroutines.
package trace
