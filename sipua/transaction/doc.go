// Package transaction holds the four transaction machines of SIP: RFC 3261 17, with the corrections of RFC 6026.
//
// A machine is pure. It owns no goroutine, clock, lock or socket: its owner says what happened (an Input) and does
// what the machine answers (Effects, in order). Timers are effects as well; the owner starts and stops them, and
// says Fired. A machine is used by one goroutine at a time.
//
// A timer that has the value zero over a reliable transport (D, I, J, K) is not started: the transaction is
// Terminated in the same Step. A message that matches a transaction is never illegal while the transaction lives,
// since the network may bring anything; what changes nothing is absorbed.
//
// In the drawings an arrow says input / effects; "->" is Transmit, "^" is Deliver, "!" is Failed.
//
// # INVITE client
//
// RFC 3261 figure 5 as replaced by RFC 6026 8.4.
//
//	Start / -> INVITE, A (UDP), B
//	   |
//	   v
//	Calling ----------- 1xx / ^ ------------> Proceeding ---+
//	 | |  |  ^  | A / -> INVITE, A doubled      |  |  ^     | 1xx / ^
//	 | |  |  +--+                               |  |  +-----+
//	 | |  |                                     |  |
//	 | |  +--- 2xx / ^, M --> Accepted <--------+  |
//	 | |                       |  ^   | 2xx / ^    |
//	 | |                       |  +---+            |
//	 | |                       | M                 |
//	 | +-- 300-699 / -> ACK, ^, D --> Completed <--+
//	 |                         |       |  ^   | 300-699 / -> ACK
//	 | B or transport / !      |       |  +---+
//	 |                         |       | D, or transport / !
//	 +------------------> Terminated <-+
//
// # Client
//
// RFC 3261 figure 6.
//
//	Start / -> request, E (UDP), F
//	   |
//	   v
//	Trying -------- 1xx / ^ -------> Proceeding ----+
//	 |  |  ^  | E / -> request,       |  |  ^       | 1xx / ^
//	 |  |  +--+ E doubled to T2       |  |  +-------+ E / -> request, E = T2
//	 |  |                             |  |
//	 |  +-- 200-699 / ^, K --> Completed <--+ any response
//	 |                             |   |    |
//	 | F or transport / !          |   +----+
//	 |                             | K
//	 +----------------------> Terminated <--- F or transport / ! (Proceeding)
//
// # INVITE server
//
// RFC 3261 figure 7 as replaced by RFC 6026 8.6. A transport error never ends it: it is told (!) and the state stays.
//
//	Proceeding --+ INVITE / -> last 1xx
//	 |  |   ^    | 1xx from user / -> 1xx
//	 |  |   +----+
//	 |  |
//	 |  +-- 2xx from user / -> 2xx, L --> Accepted --+ INVITE
//	 |                                     |    ^    | ACK / ^
//	 |                                     |    |    | 2xx from user / -> 2xx
//	 |                                     |    +----+
//	 |                                     | L
//	 |                                     v
//	 |                       +--------> Terminated <------- I --------+
//	 |                     H / !                                      |
//	 |                       |                                        |
//	 +-- 300-699 from user / -> response, G (UDP), H                  |
//	                         |                                        |
//	                     Completed --------- ACK / ^, I ----------> Confirmed --+ ACK, INVITE
//	                      ^     | INVITE / -> response                ^         |
//	                      |     | G / -> response, G doubled to T2     +---------+
//	                      +-----+
//
// # Server
//
// RFC 3261 figure 8, with 17.2.4 as replaced by RFC 6026 8.8: a transport error is told and the state stays.
//
//	Trying ------- 1xx from user / -> 1xx -----> Proceeding --+ request / -> last 1xx
//	 |  ^ | request                                |   ^      | 1xx from user / -> 1xx
//	 |  +-+                                        |   +------+
//	 |                                             |
//	 +-- 200-699 from user / -> response, J --> Completed --+ request / -> response
//	                                               |  ^     |
//	                                               |  +-----+
//	                                               | J
//	                                               v
//	                                           Terminated
package transaction
