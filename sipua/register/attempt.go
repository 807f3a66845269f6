package register

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/wire"
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
	m.lookup.Number++
	m.lookup.Hop = m.nextHop()
	m.emit(m.lookup)
}

// nextHop is where a REGISTER goes: a proxy stands before every registrar.
func (m *Machine) nextHop() string {
	if m.cfg.Proxy != nil {
		return m.cfg.Proxy.String()
	}
	return m.target.String()
}

func (m *Machine) located(e Located) error {
	if m.state != locating || e.Locate != m.lookup {
		return m.illegal(e)
	}
	failure := "no address"
	if e.Err != nil {
		failure = e.Err.Error()
	}
	switch found := e.Err == nil && len(e.Paths) > 0; {
	case found && m.stopping:
		m.use(e.Paths)
		m.unregister()
	case found:
		m.use(e.Paths)
		m.request()
	case m.stopping:
		m.end(Status{Reason: failure})
	default:
		m.failed(Status{Reason: failure}, 0)
	}
	return nil
}

// use takes paths to try in turn. What was learned of another flow is void.
func (m *Machine) use(paths []Path) {
	if len(m.paths) == 0 || m.paths[0] != paths[0] {
		m.public = netip.AddrPort{}
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
	m.send(m.build(m.expires), false)
}

// reconnect begins again at once. The owner has dropped the connection that was in use (RFC 5626 section 4.5).
func (m *Machine) reconnect(e Reconnect) error {
	if m.stopping || m.state == idle {
		return m.illegal(e)
	}
	m.failures, m.deaths, m.paths, m.flow = 0, 0, nil, wire.Flow{}
	m.attempt()
	return nil
}
