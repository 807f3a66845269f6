// Package message builds and reads the parts of SIP messages that every layer of the user agent needs in the same way:
// responses to a request (RFC 3261 section 8.2.6), Via, the headers that say what this agent can do, Reason (RFC 3326),
// Session-ID (RFC 7989) and Warning. It holds no state.
package message
