// Package hold decides who holds whom. A stream's direction is a function of two facts and nothing else (RFC 6337
// section 5.3): what this side wants, and RemoteHold, what the peer last said.
//
// This side wants one of three things: to talk; to hold the peer, on a person's command (LocalHold); or to suspend the call,
// because the terminal is away (ISUP SUS, RFC 3398 section 9). An offer of ours always says what we want: sendrecv to talk,
// sendonly or inactive to hold, inactive to suspend, whatever the peer does. An answer says as much of it as the peer's offer
// permits (RFC 3264 section 6.1). That is why two sides that hold each other agree whoever resumes first.
//
//	         Hold, Resume,
//	       Suspend, Unsuspend         Answered
//	Stable ------------------> Offering ---------> Stable
//	   ^                       |  |   ^
//	   |          Blocked      |  |   | Unblocked, Retry is over
//	   |   +-------------------+  +---|---- Refused 491, or 500 with Retry-After ---> Backoff
//	   |   v                          |                                               |
//	   |  Waiting --------------------+-----------------------------------------------+
//	   |
//	   +------ Refused: the session stays as it was (RFC 3261 section 14.1, RFC 6141)
//
// A hold that the peer refuses is given up. A suspension is a fact, so it goes on without an offer until the terminal is back or
// its time is over: ISUP T2 where a user has unplugged it, ISUP T6 where a called person has hung up (ITU-T Q.764).
//
// A Machine does no I/O and knows no clock: it returns effects, and its owner performs them in order. It is not safe for
// concurrent use.
package hold
