// Package remote takes what a device is asked to do over its broker: commands (dn/cmd) and the desired configuration
// (dn/cfg). It knows what a request looks like, who may make it, how long it is good for and whether it was made before; what
// a command does is handed in as an Op.
//
// A command is answered in steps on up/res/{cid}: accepted, any number of progress, and done or failed. It is run once: the
// same cid is answered with the last step again. The Memory of cids is bounded; it outlives a connection, and with a file a
// restart too, of which it then keeps the state of each command but not its data.
//
// With a pinned key only signed requests are taken. A signed command has a date of expiry, a day ahead at most, and its cid is
// remembered until then, so that it cannot be replayed. Where the clock is not synchronised that date cannot be judged;
// instead, nothing is taken that is more than a day older than the newest command that was. A desired configuration is never
// older than the one that is in use.
//
// Desk.Run is one goroutine that takes requests in the order in which they came, and one for each command that runs.
// Desk.Take may be called from any goroutine and never blocks.
package remote
