// Package wire owns the sockets of the SIP user agent: UDP and TCP, framing, limits, and the checks beyond the parser.
//
// # Order and concurrency
//
// Every socket is read by one goroutine, which delivers what it reads in order of arrival and waits for
// Options.Deliver to return. Each TCP connection has a second goroutine, which opens it if need be and writes. Send
// may be called from anywhere, Deliver included, and never blocks on a peer. Endpoint.Run ends when all of them have.
//
// # What is delivered
//
// Bytes pass, in this order: a look at the first line and the sizes (junk never reaches the parser), the parser of
// sipgo's sip package with our own readers for the fields that calls depend on, and the semantic checks of RFC 3261 and
// RFC 4475. A request that is wrong but can be answered is delivered with a Fault; Refusal makes the answer. Anything
// else that is wrong is dropped and told to Options.Refused.
//
// In a message that is delivered, every value of Via, Contact, Route and Record-Route has a header of its own; fields
// in compact form have their full name; the names of well-known parameters are in lower case; the top Via of a request
// says where it came from (RFC 3261 18.2.1, RFC 3581 4). Inbound.Raw is what really came.
//
// # Where messages go
//
// A response goes where RFC 3261 18.2.2 and RFC 3581 4 send it; over TCP on the connection of its request, or a new
// one if that is gone. A request goes to Flow.Remote, on a connection that is open to it, or a new one. RFC 3261 18.1.1
// wants requests above MaxDatagram bytes to use TCP: the layer that writes the Via chooses.
package wire

// MaxDatagram is the size up to which a request may use UDP when the path MTU is unknown (RFC 3261 18.1.1).
const MaxDatagram = 1300
