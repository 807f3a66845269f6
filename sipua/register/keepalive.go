package register

import (
	"time"

	"github.com/emiago/sipgo/sip"
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
	reliable := m.paths[0].Flow.Reliable()
	m.ping = pingDatagram
	if reliable {
		m.ping = pingStream
	}
	asked := seconds(res, "Flow-Timer")
	if asked > 0 {
		m.ping = min(m.ping, asked)
	}
	m.ponging = reliable && (asked > 0 || hasToken(res, "Require", "outbound"))
	m.start(KeepAlive, m.cfg.Between(m.ping*8/10, m.ping))
}

// keepAlive pings (RFC 5626 section 4.4).
func (m *Machine) keepAlive() {
	m.emit(Ping{Flow: m.paths[0].Flow})
	m.start(KeepAlive, m.cfg.Between(m.ping*8/10, m.ping))
	if m.ponging {
		m.start(Pong, pongWithin)
	}
}

// flowDead registers over a new flow (RFC 5626 section 4.5).
func (m *Machine) flowDead(e FlowDead) error {
	if m.state != registered || m.stopping {
		return m.illegal(e)
	}
	m.emit(Bind{})
	m.tell(Status{State: Failed, Reason: "the connection is dead"})
	m.attempt()
	return nil
}
