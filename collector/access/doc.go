// Package access knows which devices may speak to this collector, and by what they are recognised: a password that this
// package made up, kept as its argon2id hash (RFC 9106), or a certificate of the collector's own small authority, kept as
// its serial number.
//
// Everything is in one folder beside the database: devices.json, ca.crt and ca.key, server.key. Commands change it while
// the collector runs: each takes the folder's lock, reads, changes, and renames a new file into place, so that a reader
// sees the old state or the new one. The Gate of a running collector reads the file again within a second of a change; a
// file that it cannot read changes nothing for it.
//
// What a Gate does is safe for many goroutines. A login costs argon2id once per device and password; how many run at a
// time is bounded, and so is how long a login waits for its turn.
package access
