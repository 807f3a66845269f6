package transaction

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// Client is the client transaction of every request but INVITE and ACK (RFC 3261 17.1.2).
type Client struct {
	core
	sent     int
	interval time.Duration // of timer E
}

var _ Machine = (*Client)(nil)

// NewClient makes the transaction of a request that is complete: its top Via carries the branch.
func NewClient(req *sip.Request, reliable bool, t Timers) *Client {
	return &Client{core: core{
		name: "client", request: req, key: requestKey(req), reliable: reliable, timers: t.withDefaults(), state: Trying,
	}}
}

// Start sends the request.
func (m *Client) Start() []Effect {
	effects := []Effect{m.transmit()}
	if !m.reliable {
		m.interval = m.timers.T1
		effects = append(effects, StartTimer{TimerE, m.interval})
	}
	return append(effects, StartTimer{TimerF, m.timers.Timeout()})
}

// Step tells the machine what happened.
func (m *Client) Step(in Input) ([]Effect, error) {
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
		if m.state == Completed {
			return absorb() // of a retransmission that the response has overtaken
		}
		return m.end(append(m.stopRequesting(), Failed{Transport})...)
	case Respond: // a client is not answered by its user
	}
	return m.illegal(in)
}

func (m *Client) received(res *sip.Response) ([]Effect, error) {
	if m.state == Completed {
		return absorb()
	}
	if provisional(res) {
		m.state = Proceeding // timer E goes on as it stands; what changes is its next interval
		return []Effect{Deliver{res}}, nil
	}
	effects := append(m.stopRequesting(), Deliver{res})
	if m.reliable {
		return m.end(effects...)
	}
	m.state = Completed
	return append(effects, StartTimer{TimerK, m.timers.T4}), nil
}

func (m *Client) fired(in Fired) ([]Effect, error) {
	requesting := m.state == Trying || m.state == Proceeding
	switch {
	case requesting && in.Timer == TimerE && !m.reliable:
		m.interval = m.timers.backoff(m.interval)
		if m.state == Proceeding {
			m.interval = m.timers.T2
		}
		return []Effect{m.transmit(), StartTimer{TimerE, m.interval}}, nil
	case requesting && in.Timer == TimerF:
		var effects []Effect
		if !m.reliable {
			effects = append(effects, StopTimer{TimerE})
		}
		return m.end(append(effects, Failed{Timeout})...)
	case m.state == Completed && in.Timer == TimerK:
		return m.end()
	}
	return m.illegal(in)
}

// stopRequesting stops what runs in Trying and Proceeding.
func (m *Client) stopRequesting() []Effect {
	if m.reliable {
		return []Effect{StopTimer{TimerF}}
	}
	return []Effect{StopTimer{TimerE}, StopTimer{TimerF}}
}

func (m *Client) transmit() Effect {
	m.sent++
	return Transmit{m.request, m.sent - 1}
}
