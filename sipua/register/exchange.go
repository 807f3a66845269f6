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
	timers  map[transaction.Timer]bool // running
	failure string                     // of the transport
}

func (m *Machine) send(req *sip.Request) {
	m.abandon()
	flow := m.paths[0].Flow
	m.exchange = &exchange{
		machine: transaction.NewClient(req, flow.Reliable(), m.cfg.Timers), flow: flow, timers: map[transaction.Timer]bool{},
	}
	m.apply(m.exchange, m.exchange.machine.Start())
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
				m.answered(x.machine.Request(), res)
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
	return m.step(transaction.Received{Message: e.Response}, e)
}

func (m *Machine) sendFailed(e SendFailed) error {
	if m.exchange == nil || message.Branch(m.exchange.machine.Request()) != e.Branch {
		return m.illegal(e)
	}
	m.exchange.failure = e.Err.Error()
	return m.step(transaction.TransportError{Err: e.Err}, e)
}
