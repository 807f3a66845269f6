package transaction

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// InviteClient is the INVITE client transaction (RFC 3261 17.1.1 with RFC 6026 8.4). It acknowledges final
// responses above 2xx itself; the ACK of a 2xx is the user's.
type InviteClient struct {
	core
	sent     int           // transmissions of the INVITE so far
	interval time.Duration // of timer A
	ack      *sip.Request
	acks     int
}

var _ Machine = (*InviteClient)(nil)

// NewInviteClient makes the transaction of an INVITE that is complete: its top Via carries the branch.
func NewInviteClient(req *sip.Request, reliable bool, t Timers) *InviteClient {
	return &InviteClient{core: core{
		name: "INVITE client", request: req, key: requestKey(req), reliable: reliable,
		timers: t.withDefaults(), state: Calling,
	}}
}

// Start sends the INVITE.
func (m *InviteClient) Start() []Effect {
	effects := []Effect{m.transmitInvite()}
	if !m.reliable {
		m.interval = m.timers.T1
		effects = append(effects, StartTimer{TimerA, m.interval})
	}
	return append(effects, StartTimer{TimerB, m.timers.Timeout()})
}

// Step tells the machine what happened.
func (m *InviteClient) Step(in Input) ([]Effect, error) {
	if m.state == Terminated {
		return m.illegal(in)
	}
	switch in := in.(type) {
	case Received:
		if res, ok := in.Message.(*sip.Response); ok {
			return m.received(res)
		}
	case Fired:
		return m.fired(in)
	case TransportError:
		return m.transportError(in)
	case Respond: // a client is not answered by its user
	}
	return m.illegal(in)
}

func (m *InviteClient) received(res *sip.Response) ([]Effect, error) {
	switch m.state {
	case Calling, Proceeding:
		return m.answered(res), nil
	case Completed:
		// A 2xx or a provisional that comes after the final response is late or from a broken fork: RFC 3261 17.1.1.2
		// knows one final response only.
		if provisional(res) || success(res) {
			return absorb()
		}
		return []Effect{m.transmitACK()}, nil
	case Accepted:
		if success(res) {
			return []Effect{Deliver{res}}, nil
		}
		return absorb()
	case Trying, Confirmed, Terminated:
	}
	return m.illegal(Received{res})
}

func (m *InviteClient) answered(res *sip.Response) []Effect {
	effects := m.stopCalling()
	switch {
	case provisional(res):
		m.state = Proceeding
		return append(effects, Deliver{res})
	case success(res):
		m.state = Accepted
		return append(effects, Deliver{res}, StartTimer{TimerM, m.timers.Timeout()})
	}
	// The ACK leaves first: what the user does about the response, such as a new INVITE, comes after it.
	m.ack = acknowledge(m.request, res)
	effects = append(effects, m.transmitACK(), Deliver{res})
	if m.reliable {
		effects, _ = m.end(effects...)
		return effects
	}
	m.state = Completed
	return append(effects, StartTimer{TimerD, m.timers.TimerD})
}

// stopCalling stops what only runs in Calling.
func (m *InviteClient) stopCalling() []Effect {
	switch {
	case m.state != Calling:
		return nil
	case m.reliable:
		return []Effect{StopTimer{TimerB}}
	}
	return []Effect{StopTimer{TimerA}, StopTimer{TimerB}}
}

func (m *InviteClient) fired(in Fired) ([]Effect, error) {
	switch {
	case m.state == Calling && in.Timer == TimerA && !m.reliable:
		m.interval *= 2
		return []Effect{m.transmitInvite(), StartTimer{TimerA, m.interval}}, nil
	case m.state == Calling && in.Timer == TimerB:
		var effects []Effect
		if !m.reliable {
			effects = append(effects, StopTimer{TimerA})
		}
		return m.end(append(effects, Failed{Timeout})...)
	case m.state == Completed && in.Timer == TimerD, m.state == Accepted && in.Timer == TimerM:
		return m.end()
	}
	return m.illegal(in)
}

func (m *InviteClient) transportError(in TransportError) ([]Effect, error) {
	switch m.state {
	case Calling:
		return m.end(append(m.stopCalling(), Failed{Transport})...)
	case Completed:
		return m.end(StopTimer{TimerD}, Failed{Transport})
	case Proceeding, Accepted:
		// The peer has the INVITE, as it answered. A connection lost now is no loss: the server opens another one for
		// its response (RFC 3261 18.2.2).
		return absorb()
	case Trying, Confirmed, Terminated:
	}
	return m.illegal(in)
}

func (m *InviteClient) transmitInvite() Effect {
	m.sent++
	return Transmit{m.request, m.sent - 1}
}

func (m *InviteClient) transmitACK() Effect {
	m.acks++
	return Transmit{m.ack, m.acks - 1}
}
