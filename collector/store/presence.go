package store

// Stale tells whether a presence is about a connection that is over: a broker may deliver the last will of a broken
// connection long after the device has connected again. conn is the number of the connection that d's state is about.
func Stale(d Device, conn uint64, p Presence) bool {
	if p.State == StateReady && p.Boot == d.Boot && p.Conn > 0 && p.Conn < conn {
		return true // a birth that another broker has retained
	}
	if p.Boot == 0 || p.State == StateReady {
		return false
	}
	if d.Boot == 0 {
		return false // nothing newer is known
	}
	return p.Boot != d.Boot || p.Conn < conn
}
