// Package register keeps one account registered, as a pure machine: RFC 3261 section 10, with the flows of RFC 5626, Path
// (RFC 3327), Service-Route (RFC 3608) and the address that rport tells (RFC 3581).
//
//	 Start          Located             2xx
//	Idle --> Locating ----> Registering ----> Registered --- refresh, dead flow --> Locating
//	            |  ^             |  ^             |
//	      error |  | time,       |  | 401, 407,   | Stop
//	            v  | Reconnect   |  | 423, 439    v
//	           Waiting <---------+--+        Unregistering --- final response, time out, bound ---> Over
//	                   refused or silent
//
// A binding holds until it lapses, whatever becomes of the attempts to refresh it. List asks for all bindings of the account, and
// changes no state.
//
// It never gives up: every failure waits longer than the one before, up to half an hour (RFC 5626 section 4.5).
//
// Step takes an Event and returns Effects to be performed in order. There is no clock, lock, goroutine or socket here; chance
// comes from Config. A Machine belongs to one goroutine.
package register
