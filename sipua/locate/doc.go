// Package locate finds where a SIP URI leads to (RFC 3263): the transports, addresses and ports of its next hop, in the
// order in which they are to be tried. A Locator holds the procedure and asks a Resolver; a Client is the Resolver that
// asks name servers, and remembers what they said.
//
// Both may be used from any goroutine. They block on the network, so no call waits for them on its own goroutine: see
// package sipua. They start no goroutine that outlives the question.
//
// RFC 3263 section 4; RFC 2782 (SRV); RFC 3403 (NAPTR); RFC 2308 and RFC 8767 (what a cache may say, and for how long);
// RFC 6891 (EDNS).
package locate
