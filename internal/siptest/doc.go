// Package siptest is what SIP is tested on: a network in memory that loses, doubles, delays and parts packets by a
// seed, and a peer that speaks raw SIP as its test tells it to.
//
// Everything blocks on channels and timers only, so that a Network made within a testing/synctest bubble takes no real
// time, and the same seed gives the same run. A Peer works on any net.PacketConn, real sockets included.
//
// Misuse, such as an address that is taken, panics: it is a mistake in the test.
package siptest
