// Package transfer is call transfer by REFER, at both ends, as pure machines and parsers.
//
//	the one who transfers (Referrer)                     the one who is transferred (Referee)
//
//	 Idle --Start--> Holding --held--> Referring          Report --> NOTIFY under way --answered--> idle
//	                    ^                  | 2xx                     (the latest report waits)
//	                    |                  v                         a final report ends it
//	        refused,    |             Subscribed
//	        no report   |                  | final NOTIFY, expiry
//	                    +--- Over <--------+
//
// A subscription lives inside the call's dialog and goes with it (RFC 3515 section 2.4.4).
//
// RFC 3515; RFC 3891 (Replaces); RFC 3892 (Referred-By); RFC 4488 (Refer-Sub); RFC 5589 (call flows); RFC 3420 (sipfrag).
package transfer
