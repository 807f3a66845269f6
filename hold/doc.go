// Package hold decides who holds whom. A stream's direction is a function of two facts and nothing else (RFC 6337
// section 5.3): LocalHold, what this side wants, and RemoteHold, what the peer last said.
//
// An offer of ours always says what we want: the hold direction (sendonly or inactive) while LocalHold is set, sendrecv
// otherwise, even when the peer holds us. An answer says as much of it as the peer's offer permits (RFC 3264 section
// 6.1). That is why two sides that hold each other agree whoever resumes first.
//
//	          Hold, Resume            Answered
//	Stable ----------------> Offering ---------> Stable
//	   ^                     |  |   ^
//	   |        Blocked      |  |   | Unblocked, RetryTimer
//	   |   +-----------------+  +---|---- Refused 491 ---> Backoff
//	   |   v                        |                        |
//	   |  Waiting ------------------+------------------------+
//	   |
//	   +------ Refused: the session stays as it was (RFC 3261 section 14.1, RFC 6141)
//
// A Machine does no I/O and knows no clock: it returns effects, and its owner performs them in order. It is not safe for
// concurrent use.
package hold
