package transaction

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// InviteServer is the INVITE server transaction (RFC 3261 17.2.1 with RFC 6026 7.1). It retransmits final
// responses above 2xx until the ACK; a 2xx is retransmitted by its user, through Respond. It sends no 100 by itself.
type InviteServer struct {
	core
	response *sip.Response // the last one sent
	sent     int           // transmissions of response so far
	interval time.Duration // of timer G
}

var _ Machine = (*InviteServer)(nil)

// NewInviteServer makes the transaction of an INVITE that was received. Start does nothing: its owner has the INVITE.
func NewInviteServer(req *sip.Request, reliable bool, t Timers) *InviteServer {
	key, _ := ServerKey(req)
	return &InviteServer{core: core{
		name: "INVITE server", request: req, key: key, reliable: reliable, timers: t.withDefaults(), state: Proceeding,
	}}
}

// Start does nothing.
func (m *InviteServer) Start() []Effect { return nil }

// Step tells the machine what happened.
func (m *InviteServer) Step(in Input) ([]Effect, error) {
	if m.state == Terminated {
		return m.illegal(in)
	}
	switch in := in.(type) {
	case Received:
		if req, ok := in.Message.(*sip.Request); ok {
			return m.received(req)
		}
	case Respond:
		if in.Response != nil {
			return m.respond(in)
		}
	case Fired:
		return m.fired(in)
	case TransportError:
		// RFC 6026 8.8: the state stays, so that retransmissions of the INVITE are not taken for new ones.
		return []Effect{Failed{Transport}}, nil
	}
	return m.illegal(in)
}

func (m *InviteServer) received(req *sip.Request) ([]Effect, error) {
	switch {
	case req.Method == sip.ACK:
		return m.acknowledged(req)
	case req.Method != sip.INVITE:
		return m.illegal(Received{req})
	case m.state == Completed, m.state == Proceeding && m.response != nil:
		return []Effect{m.transmit()}, nil
	}
	return absorb()
}

func (m *InviteServer) acknowledged(ack *sip.Request) ([]Effect, error) {
	switch m.state {
	case Completed:
		if m.key.legacy != "" && tag(ack.To()) != tag(m.response.To()) {
			return absorb() // RFC 3261 17.2.3: the ACK of somebody else's response
		}
	case Accepted:
		return []Effect{Deliver{ack}}, nil
	case Proceeding, Confirmed, Calling, Trying, Terminated:
		return absorb()
	}
	effects := []Effect{StopTimer{TimerH}}
	if !m.reliable {
		effects = []Effect{StopTimer{TimerG}, StopTimer{TimerH}}
	}
	effects = append(effects, Deliver{ack})
	if m.reliable {
		return m.end(effects...)
	}
	m.state = Confirmed
	return append(effects, StartTimer{TimerI, m.timers.T4}), nil
}

func (m *InviteServer) respond(in Respond) ([]Effect, error) {
	res := in.Response
	switch {
	case m.state == Accepted && success(res):
		m.response = res // a 2xx that was built again is still a retransmission
		return []Effect{m.transmit()}, nil
	case m.state != Proceeding:
		return m.illegal(in)
	}
	m.response, m.sent = res, 0
	effects := []Effect{m.transmit()}
	switch {
	case provisional(res):
		return effects, nil
	case success(res):
		m.state = Accepted
		return append(effects, StartTimer{TimerL, m.timers.Timeout()}), nil
	}
	m.state = Completed
	if !m.reliable {
		m.interval = m.timers.T1
		effects = append(effects, StartTimer{TimerG, m.interval})
	}
	return append(effects, StartTimer{TimerH, m.timers.Timeout()}), nil
}

func (m *InviteServer) fired(in Fired) ([]Effect, error) {
	switch {
	case m.state == Completed && in.Timer == TimerG && !m.reliable:
		m.interval = m.timers.backoff(m.interval)
		return []Effect{m.transmit(), StartTimer{TimerG, m.interval}}, nil
	case m.state == Completed && in.Timer == TimerH:
		var effects []Effect
		if !m.reliable {
			effects = append(effects, StopTimer{TimerG})
		}
		return m.end(append(effects, Failed{Timeout})...)
	case m.state == Confirmed && in.Timer == TimerI, m.state == Accepted && in.Timer == TimerL:
		return m.end()
	}
	return m.illegal(in)
}

func (m *InviteServer) transmit() Effect {
	m.sent++
	return Transmit{m.response, m.sent - 1}
}
