// Package capture reads captures of anybody's network, pcap and pcapng, and tells the SIP calls in them as the events that
// the agent writes: the same kinds, payloads and durations, so that story, ladder and pages need not know the difference.
//
// Bytes pass these steps, each in its file: the file's records, the link layer, IP with its fragments and tunnels, UDP or
// the streams of TCP, SIP messages, which are found by what they are and not by their port, and RTP to the addresses that
// the session descriptions of calls announce. When the file has been read, each call is told from its ends: from the
// caller's host, and where the capture shows a further hop, from the host that the call came to in the end. What a server
// in between said to another one is in neither view.
//
// A capture is anybody's, so everything that it can make grow is bounded by Limits, and what was left out is counted and
// told. What the wire does not show is not guessed: who lifted which handset, and why a hold was asked for.
//
// Read does no more than read its io.Reader; a value of this package belongs to one goroutine.
package capture
