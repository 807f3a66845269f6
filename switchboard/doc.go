// Package switchboard runs one call from start to end: it brings together the leg (a SIP dialog), the seat that is
// rung, the call flow, the media and the trace.
//
// Ownership. Two goroutines touch a call, one after the other and never both:
//
//   - The leg's own goroutine, in sipua, tells what happens through the observer. It writes the trace there and then, so
//     that the order of the trace is the order on the wire, and keeps the timeline from which call.ended is made.
//   - The switchboard's loop, Run, owns everything else: the calls, the handset, media sessions, timers. Observers
//     and commands reach it through one unbounded queue, in order, so that no call ever waits for another and no
//     event is dropped.
//
// call.ended is written by the loop, after the media of the call has been closed and sipua has said that nothing more
// is expected from the other side.
package switchboard
