// Package sipua is a SIP user agent for calls: it places them, receives them, holds and resumes them, and tells an
// Observer everything that happened, in the order of the wire.
//
// A message comes in through sipua/wire, which calls the dispatcher in order of arrival. The dispatcher answers what
// belongs to no call by itself, without keeping state, and puts everything else into the mailbox of the actor that owns
// the Call-ID. An actor is one goroutine. It feeds its calls' session machines (sipua/session), which are pure, and
// performs what they return: sends, timers, signals. So a burst of responses is seen in its order, always.
//
// The mailbox is first in, first out. What comes from the network is dropped and counted when it is full; commands and
// timers never are. A panic in one call ends that call: it is logged, Ended and Settled are told, the agent goes on.
//
// RFC 3261 sections 8, 9, 11 to 15; RFC 3264; RFC 3326; RFC 6026; RFC 6337; RFC 7989.
package sipua
