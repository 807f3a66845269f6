// Package digest is digest authentication for SIP: RFC 3261 section 22, RFC 7616 and RFC 8760. Client answers the
// challenges of servers and proxies, Verifier challenges requests and checks what they bring.
//
// There is no clock and no chance here: times and client nonces are given. A Client or Verifier belongs to one goroutine.
package digest
