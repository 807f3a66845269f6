// Package session is one call as a pure machine: an INVITE and all that follows from it, at the caller (UAC) or the
// callee (UAS). It owns the transactions, the dialogs by remote tag, offer and answer, and the hold machine.
//
//	caller   Dial                    2xx
//	 Idle ----------> Inviting ---------------+
//	   |                 |                     v       BYE either way
//	   |                 | 300-699, timeout,   Established -----------+
//	   |                 | CANCEL and its 487    ^      408, 481      |
//	   |                 v                       |                    v
//	   |               Ending <------------------|------------------Ending ---> Over
//	   |                 ^                       |
//	   |                 | Reject, CANCEL, BYE   | Answer
//	   +------------> Invited -------------------+
//	callee   INVITE
//
// Ending means that the call is over and the peer still owes something: a final response or an ACK. Over means that it
// owes nothing; transactions may live on to absorb retransmissions, and Done says that none does any more.
//
// Step takes an Event and the time, and returns Effects to be performed in order. There is no clock, lock, goroutine or
// socket here; chance comes from Config. A Session belongs to one goroutine.
//
// RFC 3261 sections 9, 12 to 15; RFC 3264; RFC 3326; RFC 5407; RFC 6026; RFC 6141; RFC 6337; RFC 7989. Each procedure is
// a file, and names its section.
package session
