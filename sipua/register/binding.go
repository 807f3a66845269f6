package register

import (
	"time"

	"sidetone/sipua/wire"
)

// bind notes that there is a binding, for as long as its registrar says. One that knows outbound replaces it by itself when our
// address is another (RFC 5626 section 6); for any other the Contact must be removed.
func (m *Machine) bind(lifetime time.Duration, outbound bool) {
	m.bound, m.contact = true, m.contactURI()
	if outbound {
		m.contact = ""
	}
	m.start(Lapse, lifetime)
}

// unbind notes that there is none.
func (m *Machine) unbind() {
	m.bound, m.contact = false, ""
	m.halt(Lapse)
	m.emit(Bind{})
}

// lapsed is the end of a binding that could not be refreshed in time (RFC 3261 section 10.3).
func (m *Machine) lapsed() {
	m.unbind()
	m.tell(Status{State: Failed, Reason: "the binding has run out"})
	if m.state == registered {
		m.attempt()
	}
}

// reaches tells whether calls still come in: by a binding whose flow is not known to be gone.
func (m *Machine) reaches() bool { return m.bound && m.flow != (wire.Flow{}) }

// spare is for one more attempt, after one that got no answer.
const spare = 5 * time.Second

// refreshAfter is when a binding is refreshed: at 80 to 90 % of its time, or so early that a server which does not answer (timer
// F) and an attempt at the next one fit into the rest. A binding too brief for that lapses in such a case.
func (m *Machine) refreshAfter(lifetime time.Duration) time.Duration {
	least, most := lifetime*8/10, lifetime*9/10
	if early := lifetime - m.cfg.Timers.Timeout() - spare; early < most && early >= lifetime/3 {
		least, most = early*8/9, early
	}
	return m.cfg.Between(least, most)
}
