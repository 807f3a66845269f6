// Package offer makes and understands the session descriptions of one call: the offer/answer model of RFC 3264 for one
// audio stream, with the clarifications of RFC 6337.
//
// Negotiation is the machine: one offer at a time, from either side; an offer that is refused leaves everything as it
// was; the version in the origin line rises when, and only when, the description changes (RFC 3264 section 8). Streams
// that the peer offers beside the audio are answered with port 0 and kept in their place (section 6). The package is
// pure: no clock, no socket, no goroutine; a Negotiation belongs to one goroutine.
package offer
