package hold

// Standing is where a session stands: what this side wants, and what is in force.
type Standing struct {
	Wants      Wish
	LocalHold  bool // offered and accepted, not only wanted
	RemoteHold bool
	Suspended  bool // the terminal is away
}

// Held tells whether anything keeps the two sides from talking.
func (s Standing) Held() bool { return s.LocalHold || s.RemoteHold || s.Suspended }

// Standing tells where the session stands.
func (m *Machine) Standing() Standing {
	return Standing{Wants: m.wish(), LocalHold: m.localHold, RemoteHold: m.remoteHold, Suspended: m.suspended}
}
