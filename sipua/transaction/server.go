package transaction

import "github.com/emiago/sipgo/sip"

// Server is the server transaction of every request but INVITE and ACK (RFC 3261 17.2.2).
type Server struct {
	core
	response *sip.Response // the last one sent
	sent     int           // transmissions of response so far
}

var _ Machine = (*Server)(nil)

// NewServer makes the transaction of a request that was received. Start does nothing: its owner has the request.
func NewServer(req *sip.Request, reliable bool, t Timers) *Server {
	key, _ := ServerKey(req)
	return &Server{core: core{
		name: "server", request: req, key: key, reliable: reliable, timers: t.withDefaults(), state: Trying,
	}}
}

// Start does nothing.
func (m *Server) Start() []Effect { return nil }

// Step tells the machine what happened.
func (m *Server) Step(in Input) ([]Effect, error) {
	if m.state == Terminated {
		return m.illegal(in)
	}
	switch in := in.(type) {
	case Received:
		if req, ok := in.Message.(*sip.Request); ok && req.Method == m.request.Method {
			return m.repeated()
		}
	case Respond:
		if in.Response != nil && m.state != Completed {
			return m.respond(in.Response)
		}
	case Fired:
		if in.Timer == TimerJ && m.state == Completed {
			return m.end()
		}
	case TransportError:
		// RFC 6026 8.8 replaced RFC 3261 17.2.4 for every server transaction: tell, and stay.
		return []Effect{Failed{Transport}}, nil
	}
	return m.illegal(in)
}

func (m *Server) repeated() ([]Effect, error) {
	if m.response == nil {
		return absorb()
	}
	return []Effect{m.transmit()}, nil
}

func (m *Server) respond(res *sip.Response) ([]Effect, error) {
	m.response, m.sent = res, 0
	effects := []Effect{m.transmit()}
	switch {
	case provisional(res):
		m.state = Proceeding
		return effects, nil
	case m.reliable:
		return m.end(effects...)
	}
	m.state = Completed
	return append(effects, StartTimer{TimerJ, m.timers.Timeout()}), nil
}

func (m *Server) transmit() Effect {
	m.sent++
	return Transmit{m.response, m.sent - 1}
}
