package sipua

import (
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"sidetone/internal/logkey"
	"sidetone/sipua/session"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// token comes back with a message whose sending failed later.
type token struct {
	call        *Call
	transaction transaction.Key
}

// receive tells the observer of a message, and then the session.
func (c *Call) receive(l letter) {
	in := l.inbound
	c.serving = true
	c.heard(in.Flow.Remote)
	c.message(in.At, trace.SIPReceived, c.seen.describe(in.Flow, in.Flow.Remote, trace.SIPReceived, in.Message, in.Raw))
	var p session.Path
	if _, ok := in.Message.(*sip.Request); ok {
		p = c.actor.agent.pathOf(in.Flow)
	}
	c.step(in.At, session.Received{Message: in.Message, Path: p})
}

// step feeds the session and performs what it asks for, until nothing follows any more.
func (c *Call) step(at time.Time, e session.Event) {
	c.serving = true
	for pending := []session.Event{e}; len(pending) > 0; pending = pending[1:] {
		effects, err := c.session.Step(at, pending[0])
		silent := unanswered(pending[0])
		if err != nil {
			c.actor.agent.log.Debug("event had no effect", zap.String(logkey.CallID, c.info.SIPCallID), zap.Error(err))
		}
		if silent {
			c.hangUpOn(at, effects)
		}
		pending = append(pending, c.perform(at, effects)...)
		at = time.Now()
	}
	c.publish()
	c.serving = false
}

// perform does what a step asks for, in order, and returns the events that followed at once. A signal has the time of
// the message that it tells of: the one received, or the last one sent.
func (c *Call) perform(at time.Time, effects []session.Effect) []session.Event {
	var follow []session.Event
	for _, e := range effects {
		switch e := e.(type) {
		case session.Send:
			sent, err := c.send(e)
			if err != nil {
				follow = append(follow, session.SendFailed{Transaction: e.Transaction, Err: err})
				continue
			}
			at = sent
		case session.Locate:
			if located, ok := c.locate(e); ok {
				follow = append(follow, located)
			}
		case session.Avoid:
			c.actor.agent.avoided.add(e.Flow, at.Add(e.For))
		case session.StartTimer:
			c.timers.start(e.Timer, e.After, func(t *timer) {
				c.actor.post(letter{call: c, event: session.Fired{Timer: t.id}, timer: t})
			})
		case session.StopTimer:
			c.timers.stop(e.Timer)
		case session.Tell:
			c.tell(at, e.Signal)
		case session.Done:
			c.actor.forget(c)
		}
	}
	return follow
}

// send sends a message and tells the observer once it is out.
func (c *Call) send(e session.Send) (time.Time, error) {
	out := wire.Outbound{
		Flow: e.Flow, Raw: []byte(e.Message.String()), Token: token{call: c, transaction: e.Transaction}, Connect: e.Connect,
	}
	at := time.Now() // before the socket has it: on a fast network the answer is there before Send returns
	if err := c.actor.agent.endpoint.Send(out); err != nil {
		c.actor.agent.log.Info("message not sent", zap.String(logkey.CallID, c.info.SIPCallID), zap.Error(err))
		return time.Time{}, err
	}
	c.spoke(out.Destination())
	flow := e.Flow
	if !flow.Local.IsValid() || flow.Local.Addr().IsUnspecified() {
		if local, err := c.actor.agent.endpoint.LocalFor(flow.Transport, flow.Remote); err == nil {
			flow.Local = local
		}
	}
	c.message(at, trace.SIPSent, c.seen.describe(flow, out.Destination(), trace.SIPSent, e.Message, out.Raw))
	return at, nil
}

func (c *Call) message(at time.Time, kind trace.Kind, m trace.SIP) {
	if c.observer != nil {
		c.observer.Message(at, kind, m)
	}
}

func (c *Call) tell(at time.Time, s Signal) {
	c.pass(s)
	switch s.(type) {
	case Answered:
		c.established()
	case Ended:
		c.ended = true
		c.actor.agent.release(c)
	case Settled:
		c.settled = true
		c.actor.settle()
	}
	if c.observer != nil { // a call that was never taken
		c.observer.Signal(at, s)
	}
}

// dropped tells the end of a call that ends without SIP.
func (c *Call) dropped(reason string) {
	now := time.Now()
	if !c.ended {
		c.tell(now, Ended{Side: trace.Local, LastResponse: c.session.LastResponse(), Reason: reason, At: now})
	}
	if !c.settled {
		c.tell(now, Settled{})
	}
}
