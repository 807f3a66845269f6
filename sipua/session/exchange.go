package session

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// exchange is one transaction, and what the session does with its outcome.
type exchange struct {
	machine  transaction.Machine
	flow     wire.Flow
	client   bool
	answered func(*sip.Response)
	failed   func(transaction.Cause)
	timers   map[transaction.Timer]bool // running
	datagram wire.Flow                  // where it would have gone, had it not been too long; zero when it was not
}

func (x *exchange) isInvite() bool { return x.machine.Request().Method == sip.INVITE }

// patience is how long a connection for a message may take, 0 for as long as any.
func (x *exchange) patience() time.Duration {
	if x.datagram == (wire.Flow{}) {
		return 0
	}
	return connectWithin
}

// pending tells whether the final response, or its ACK, is still to come.
func (x *exchange) pending() bool {
	switch x.machine.State() {
	case transaction.Calling, transaction.Trying, transaction.Proceeding:
		return x.client || x.isInvite()
	case transaction.Completed:
		return !x.client && x.isInvite()
	case transaction.Confirmed, transaction.Accepted, transaction.Terminated:
		return false
	default:
		return false
	}
}

// send starts a client transaction for a request that is complete.
func (s *Session) send(req *sip.Request, flow wire.Flow, answered func(*sip.Response), failed func(transaction.Cause)) *exchange {
	x := &exchange{flow: flow, client: true, answered: answered, failed: failed}
	if s.tooLong(req, flow) {
		req = x.overTCP(req)
	}
	s.begin(x, req)
	return x
}

// begin starts the transaction of a client.
func (s *Session) begin(x *exchange, req *sip.Request) {
	x.timers = map[transaction.Timer]bool{}
	if req.Method == sip.INVITE {
		x.machine = transaction.NewInviteClient(req, x.flow.Reliable(), s.cfg.Timers)
	} else {
		x.machine = transaction.NewClient(req, x.flow.Reliable(), s.cfg.Timers)
	}
	s.transactions[x.machine.Key()] = x
	s.apply(x, x.machine.Start())
}

// serve starts a server transaction for a request that is new.
func (s *Session) serve(req *sip.Request, flow wire.Flow) *exchange {
	x := &exchange{flow: flow, timers: map[transaction.Timer]bool{}}
	if req.Method == sip.INVITE {
		x.machine = transaction.NewInviteServer(req, flow.Reliable(), s.cfg.Timers)
	} else {
		x.machine = transaction.NewServer(req, flow.Reliable(), s.cfg.Timers)
	}
	s.transactions[x.machine.Key()] = x
	s.apply(x, x.machine.Start())
	return x
}

// respond answers the request of a server transaction.
func (s *Session) respond(x *exchange, res *sip.Response) {
	if s.cfg.UserAgent != "" {
		res.AppendHeader(sip.NewHeader("Server", s.cfg.UserAgent))
	}
	res.AppendHeader(message.SessionID(s.cfg.SessionID, s.peerID))
	// A transaction that takes no response any more has sent one already; there is nothing left to say.
	_ = s.step(x, transaction.Respond{Response: res})
}

// reply makes and sends a response without a body.
func (s *Session) reply(x *exchange, status int) {
	s.respond(x, message.Response(x.machine.Request(), status, "", s.localTag))
}

func (s *Session) step(x *exchange, in transaction.Input) error {
	effects, err := x.machine.Step(in)
	s.apply(x, effects)
	return err
}

func (s *Session) apply(x *exchange, effects []transaction.Effect) {
	key := x.machine.Key()
	for _, e := range effects {
		switch e := e.(type) {
		case transaction.Transmit:
			s.emit(Send{Flow: x.flow, Message: e.Message, Transaction: key, Connect: x.patience()})
		case transaction.Deliver:
			s.deliver(x, e.Message)
		case transaction.StartTimer:
			x.timers[e.Timer] = true
			s.emit(StartTimer{Timer: TimerID{Kind: TransactionTimer, Transaction: key, Letter: e.Timer}, After: e.After})
		case transaction.StopTimer:
			delete(x.timers, e.Timer)
			s.emit(StopTimer{Timer: TimerID{Kind: TransactionTimer, Transaction: key, Letter: e.Timer}})
		case transaction.Failed:
			if x.failed != nil {
				x.failed(e.Cause)
			}
		case transaction.Ended:
			delete(s.transactions, key)
			s.forgetACK(x)
		}
	}
}

func (s *Session) deliver(x *exchange, m sip.Message) {
	switch m := m.(type) {
	case *sip.Response:
		if !s.authenticate(x, m) && x.answered != nil {
			x.answered(m)
		}
	case *sip.Request:
		if m.Method == sip.ACK {
			s.acknowledged(m)
		}
	}
}

// abandon forgets a transaction that nothing more can come of.
func (s *Session) abandon(x *exchange) {
	key := x.machine.Key()
	for t := range x.timers {
		s.emit(StopTimer{Timer: TimerID{Kind: TransactionTimer, Transaction: key, Letter: t}})
	}
	delete(s.transactions, key)
}

// response hands a response to its client transaction.
func (s *Session) response(res *sip.Response) error {
	key, err := transaction.ClientKey(res)
	if err != nil {
		return err
	}
	x := s.transactions[key]
	if x == nil || !x.client {
		return s.illegal(Received{Message: res})
	}
	return s.step(x, transaction.Received{Message: res})
}
