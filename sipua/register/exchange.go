package register

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// exchange is the transaction of the last REGISTER. There is never more than one that waits for its response (RFC 3261
// section 10.2); an earlier one is not kept, since nothing can come of it any more.
type exchange struct {
	machine *transaction.Client
	flow    wire.Flow
	long    bool                       // it went over TCP as it is too long for a datagram
	list    bool                       // it asks for bindings and changes none
	timers  map[transaction.Timer]bool // running
	failure string                     // of the transport
}

// send sends a REGISTER by the path in use; one that is too long for a datagram goes over TCP, unless the peer has none (RFC
// 3261 section 18.1.1).
func (m *Machine) send(req *sip.Request, list bool) {
	x := &exchange{flow: m.paths[0].Flow, list: list}
	if x.flow.Remote != m.withoutTCP && x.flow.TooLong(req) {
		x.long = true
		x.flow, req = x.flow.OverTCP(req)
	}
	if x.flow.Reliable() && x.flow.Transport == m.flow.Transport && x.flow.Remote == m.flow.Remote {
		x.flow = m.flow // the binding is that of one flow (RFC 5626 section 4.2.1)
	}
	m.begin(x, req)
}

func (m *Machine) begin(x *exchange, req *sip.Request) {
	m.abandon()
	x.machine = transaction.NewClient(req, x.flow.Reliable(), m.cfg.Timers)
	x.timers = map[transaction.Timer]bool{}
	m.exchange = x
	m.apply(x, x.machine.Start())
}

// abandon forgets the transaction.
func (m *Machine) abandon() {
	if m.exchange == nil {
		return
	}
	for letter := range m.exchange.timers {
		m.emit(StopTimer{Timer: Timer{Kind: TransactionTimer, Letter: letter}})
	}
	m.exchange = nil
}

// step feeds the transaction. The event is the one that caused it.
func (m *Machine) step(in transaction.Input, e Event) error {
	x := m.exchange
	if x == nil {
		return m.illegal(e)
	}
	effects, err := x.machine.Step(in)
	m.apply(x, effects)
	return err
}

// apply performs what a transaction asks for. What it delivers may have replaced it: then the rest is void.
func (m *Machine) apply(x *exchange, effects []transaction.Effect) {
	for _, e := range effects {
		if m.exchange != x {
			return
		}
		switch e := e.(type) {
		case transaction.Transmit:
			m.emit(Send{Flow: x.flow, Request: x.machine.Request()})
		case transaction.StartTimer:
			x.timers[e.Timer] = true
			m.emit(StartTimer{Timer: Timer{Kind: TransactionTimer, Letter: e.Timer}, After: e.After})
		case transaction.StopTimer:
			delete(x.timers, e.Timer)
			m.emit(StopTimer{Timer: Timer{Kind: TransactionTimer, Letter: e.Timer}})
		case transaction.Deliver:
			if res, ok := e.Message.(*sip.Response); ok {
				m.answered(x, res)
			}
		case transaction.Failed:
			m.unanswered(x, e.Cause)
		case transaction.Ended:
			m.exchange = nil
		}
	}
}

func (m *Machine) received(e Received) error {
	if key, err := transaction.ClientKey(e.Response); err != nil || m.exchange == nil || key != m.exchange.machine.Key() {
		return m.illegal(e)
	}
	m.exchange.answeredOver(e.Flow)
	return m.step(transaction.Received{Message: e.Response}, e)
}

func (m *Machine) sendFailed(e SendFailed) error {
	if m.exchange == nil || message.Branch(m.exchange.machine.Request()) != e.Branch {
		return m.illegal(e)
	}
	x := m.exchange
	if x.long && wire.WithoutTCP(e.Err) {
		m.withoutTCP = x.flow.Remote
		m.begin(&exchange{flow: m.paths[0].Flow, list: x.list}, wire.ByDatagram(x.machine.Request(), m.cfg.Token()))
		return nil
	}
	x.failure = e.Err.Error()
	return m.step(transaction.TransportError{Err: e.Err}, e)
}

// answeredOver notes which of the connections to a peer an exchange has used: the one that its response has come back over
// (RFC 3261 section 18.2.2).
func (x *exchange) answeredOver(f wire.Flow) {
	if x.flow.Reliable() && f.Transport == x.flow.Transport && f.Local.IsValid() {
		x.flow.Local, x.flow.Remote = f.Local, f.Remote
	}
}
