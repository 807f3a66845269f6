// Package media carries the sound of calls: RTP and RTCP sessions, codecs, pacing, the jitter buffer, DTMF and quality
// figures. It knows nothing of SIP: a Session is told by Update where to send what, and which way sound may flow.
//
// # Who does what
//
// An Engine owns one goroutine, the pacer (Run). At absolute deadlines it does one frame of every session: it asks the
// Source for sound, encodes and sends it, takes the next sound out of the jitter buffer and hands it to the Sink, sends
// RTCP when it is due, and reports events. A deadline that was missed is made up for at once, so that no slot is lost
// and the clock never drifts; only when the machine stood still for longer than 200 ms are slots given up, and the RTP
// timestamp jumps by as much.
//
// Each Session owns two more goroutines, which read RTP and RTCP. They end before Close returns.
//
// # Rules for Source and Sink
//
// They are called by the pacer, which serves every call: they must not block and must not call methods of the session.
// When Update or Close returns, nothing is done by the old settings any more. Play and Listen only swap a pointer: the
// old Source or Sink may be called for one more frame. The sample slices belong to the session and are reused.
//
// # Specifications
//
// RFC 3550 (RTP, RTCP; appendix A.1, A.3 and A.8 for validity, loss and jitter), RFC 3551 (payload types, marker bit, the
// G.722 clock of section 4.5.2), RFC 4733 (DTMF), RFC 7022 (CNAME), ITU-T G.711, G.722, G.107 and G.113.
package media
