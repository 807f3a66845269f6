// Package dialog keeps the state that two user agents share after an INVITE (RFC 3261 section 12): identifiers, sequence
// numbers, the route set and the remote target.
//
//	              1xx with tag                2xx
//	(INVITE) ------------------> Early ---------------> Confirmed
//	   |                           |                        |
//	   |            2xx            | non-2xx final, BYE     | BYE, 408, 481
//	   +-------------------------->+-----> Terminated <-----+
//
// The route set is frozen when the dialog is confirmed; the remote target is refreshed by re-INVITEs and their 2xx
// (sections 12.2.1.2, 12.2.2). The package is pure; a Dialog belongs to one goroutine.
package dialog
