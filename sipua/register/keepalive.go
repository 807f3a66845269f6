package register

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/wire"
)

const (
	// pingDatagram is how often a NAT must see a datagram to keep its mapping (RFC 5626 section 4.4.2), and pingStream how
	// often a connection must be used (section 4.4.1): at most this, at least four fifths of it.
	pingDatagram = 29 * time.Second
	pingStream   = 120 * time.Second
	// pongWithin is how long an answer may take (section 4.4.1).
	pongWithin = 10 * time.Second
)

// learnFlow begins to keep the flow of a fresh binding alive. Pings are known to be answered where the registrar says that
// it has outbound (RFC 5626 section 4.4).
func (m *Machine) learnFlow(res *sip.Response) {
	outbound := hasToken(res, "Require", "outbound")
	flow := m.exchange.flow
	if m.exchange.long && !outbound {
		flow = m.paths[0].Flow // by the connection went what was too long; what is bound is our address
	}
	if flow == m.flow && flow.Reliable() {
		m.deaths = 0
	}
	m.flow, m.pinged, m.ping = flow, false, pingDatagram
	if flow.Reliable() {
		m.ping = pingStream
		m.emit(Watch{Flow: flow})
	}
	asked := seconds(res, "Flow-Timer")
	if asked > 0 {
		m.ping = min(m.ping, asked)
	}
	m.ponging = flow.Reliable() && (asked > 0 || outbound)
	m.start(KeepAlive, m.cfg.Between(m.ping*8/10, m.ping))
}

// keepAlive pings (RFC 5626 section 4.4). A flow on which a ping was answered, or that came to its first one where no answer is to
// be had, has succeeded (section 4.5).
func (m *Machine) keepAlive() {
	if m.pinged || !m.ponging {
		m.deaths = 0
	}
	m.pinged = true
	m.emit(Ping{Flow: m.flow})
	m.start(KeepAlive, m.cfg.Between(m.ping*8/10, m.ping))
	if m.ponging {
		m.start(Pong, min(pongWithin, m.ping/2))
	}
}

// flowDead is the end of the connection that the account was registered over (RFC 5626 section 4.5). A REGISTER that went over it
// is sent again; its answer cannot come any more.
func (m *Machine) flowDead(e FlowDead) error {
	if e.Flow != m.flow || e.Flow == (wire.Flow{}) || m.state == over {
		return m.illegal(e)
	}
	m.flow = wire.Flow{}
	switch x := m.exchange; {
	case m.state == registered:
		m.renew()
	case x != nil && x.flow == e.Flow:
		m.repeat(x)
	}
	return nil
}

// renew registers over a new flow: at once the first time, and ever later when one flow after the other dies before it has
// succeeded (RFC 5626 section 4.5). Without outbound such a registrar is one that closes connections by itself. It has our address
// to connect to, so that the binding stands.
func (m *Machine) renew() {
	m.halt(KeepAlive, Pong)
	m.deaths++
	dead := Status{State: Failed, Reason: "the connection is dead"}
	switch {
	case m.deaths == 1:
		m.tell(dead)
		m.attempt()
	case m.ponging:
		m.failures = m.deaths - 2
		m.failed(dead, 0)
	default:
		if wait := m.pause(m.deaths - 1); wait+m.ping <= m.refresh {
			m.start(Again, wait)
		}
	}
}
