// Package guard decides how much of the agent's attention each source of messages may have. It is asked before a message
// is copied or parsed, so what it refuses costs next to nothing.
//
// A source is an IPv4 address, or the /64 of an IPv6 address: who has one address of a /64 has them all (RFC 4291
// section 2.5.4). There are three kinds of them. A server of ours (registrar, outbound proxy) and the peer of an
// established call, the latter by address and port, have an allowance of their own that no stranger can use up. Each
// stranger has a small one, and all strangers together have one too, so that forged addresses gain nothing. Who commits
// offences, such as asking for users that do not exist, is served slower and slower, and then not at all for a while.
//
// Nothing here waits, and there is no timer: to be slow is to leave requests without an answer. A refused client
// retransmits by itself. What is remembered is bounded; the source that was seen least recently makes room.
//
// The time is an argument. All methods may be called from any goroutine.
package guard
