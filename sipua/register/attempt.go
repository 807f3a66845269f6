package register

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"
)

// attempt begins to register, or to refresh the binding. The way is located anew each time: its cache knows whether that
// is needed (RFC 3261 section 10.2.4, RFC 3263 section 4).
func (m *Machine) attempt() {
	m.halt(Again, KeepAlive, Pong)
	m.abandon()
	m.redirected, m.moved = false, false
	m.aim(m.cfg.Registrar)
	m.tell(Status{State: Registering})
	m.locate()
}

// aim takes a registrar as the one to ask (RFC 3261 section 10.2, Request-URI).
func (m *Machine) aim(registrar sip.Uri) {
	m.target = *registrar.Clone()
	m.target.User, m.target.Password, m.target.Headers = "", "", nil
}

// locate looks for the way to the registrar (RFC 3261 section 10.2.6).
func (m *Machine) locate() {
	m.state = locating
	m.emit(Locate{Hop: m.nextHop()})
}

// nextHop is where a REGISTER goes: a proxy stands before every registrar.
func (m *Machine) nextHop() string {
	if m.cfg.Proxy != nil {
		return m.cfg.Proxy.String()
	}
	return m.target.String()
}

func (m *Machine) located(e Located) error {
	if m.state != locating || e.Hop != m.nextHop() {
		return m.illegal(e)
	}
	switch {
	case e.Err != nil:
		m.failed(Status{Reason: e.Err.Error()}, 0)
	case len(e.Paths) == 0:
		m.failed(Status{Reason: "no address"}, 0)
	default:
		m.use(e.Paths)
		m.request()
	}
	return nil
}

// use takes paths to try in turn. What was learned of another flow is void.
func (m *Machine) use(paths []Path) {
	if len(m.paths) == 0 || m.paths[0] != paths[0] {
		m.public, m.stale = netip.AddrPort{}, ""
	}
	m.paths = paths
}

// failOver tries the next path, and tells whether there is one (RFC 3263 section 4.3).
func (m *Machine) failOver() bool {
	if m.stopping || len(m.paths) < 2 {
		return false
	}
	m.use(m.paths[1:])
	m.request()
	return true
}

// request sends a REGISTER that adds or refreshes the binding.
func (m *Machine) request() {
	m.state = registering
	m.send(m.build(m.expires))
}

// reconnect begins again at once.
func (m *Machine) reconnect(e Reconnect) error {
	if m.stopping || m.state == idle {
		return m.illegal(e)
	}
	m.failures, m.paths = 0, nil
	m.attempt()
	return nil
}
