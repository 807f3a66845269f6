package sipua

import (
	"net/netip"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/session"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// maxCallsOfActor bounds the calls of one Call-ID, the ones that linger included.
const maxCallsOfActor = 16

// actor is the goroutine of one Call-ID. Nearly always that is one call; it is more when an INVITE is tried again
// under the same Call-ID (RFC 3261 section 8.1.3.5), and when a phone calls itself.
type actor struct {
	agent  *UserAgent
	callID string
	box    *mailbox

	calls []*Call // owned by run
}

func newActor(ua *UserAgent, callID string) *actor {
	return &actor{agent: ua, callID: callID, box: newMailbox()}
}

// post puts an event of this side into the mailbox, and tells whether it was taken.
func (a *actor) post(l letter) bool { return a.box.put(l) == delivered }

// run serves the mailbox until no call is left, or the agent stops.
func (a *actor) run() {
	for {
		for _, l := range a.box.take() {
			a.serve(l)
		}
		if len(a.calls) == 0 && a.agent.retire(a) {
			return
		}
		select {
		case <-a.box.wake:
		case <-a.agent.stop:
			a.drop()
			return
		}
	}
}

// serve handles one letter. A panic ends the call that caused it, and nothing else.
func (a *actor) serve(l letter) {
	handled := a.guard("serve", func() {
		switch {
		case l.dismiss:
			a.dismiss()
		case l.inbound != nil:
			a.receive(l)
		case l.timer != nil && !l.call.timers.fired(l.timer):
			// stopped or started anew while the letter waited
		case !slices.Contains(a.calls, l.call):
			// the call was ended and forgotten meanwhile
		default:
			l.call.step(time.Now(), l.event)
		}
	})
	if !handled {
		a.crashed()
	}
}

// receive finds the call that a message belongs to.
func (a *actor) receive(l letter) {
	m := l.inbound.Message
	for _, c := range a.calls {
		if c.session.Owns(m) {
			c.receive(l)
			return
		}
	}
	req, ok := m.(*sip.Request)
	if !ok {
		a.agent.refused("stray response", l.inbound.Flow.Remote)
		return
	}
	if status := a.agent.judge(req, l.inbound.Flow); status != 0 || req.Method != sip.INVITE {
		a.agent.stray(*l.inbound)
		return
	}
	for _, c := range a.calls {
		if c.session.Merges(req) {
			a.agent.refuse(*l.inbound, 482, "merged request")
			return
		}
	}
	if len(a.calls) >= maxCallsOfActor {
		a.agent.refuse(*l.inbound, 503, "overload")
		return
	}
	a.agent.incoming(a, l, req)
}

// crashed ends the call that panicked. What it owes the peer is tried once: a BYE, a CANCEL or a final response.
func (a *actor) crashed() {
	for _, c := range slices.Clone(a.calls) {
		if !c.serving {
			continue
		}
		a.guard("release the peer", func() {
			effects, _ := c.session.Step(time.Now(), session.Hangup{Release: Release{Side: trace.Local, Text: "internal error"}})
			for _, e := range effects {
				if send, ok := e.(session.Send); ok {
					_ = a.agent.endpoint.Send(wire.Outbound{Flow: send.Flow, Raw: []byte(send.Message.String())})
				}
			}
		})
		a.guard("tell the end", func() { c.dropped("internal error") })
		a.forget(c)
	}
}

// drop ends every call because the agent stops.
func (a *actor) drop() {
	a.box.close()
	for _, c := range slices.Clone(a.calls) {
		a.guard("tell the end", func() { c.dropped("the agent stopped") })
		a.forget(c)
	}
}

// guard runs what may panic, and tells whether it did not.
func (a *actor) guard(what string, run func()) bool {
	return a.agent.guarded("a call panicked", what, a.callID, netip.AddrPort{}, run)
}

// settle notes that every call has come to its last signal.
func (a *actor) settle() {
	if !slices.ContainsFunc(a.calls, func(c *Call) bool { return !c.settled }) {
		a.agent.linger(a)
	}
}

// dismiss forgets the calls of which nothing more is expected, and with them what absorbs retransmissions.
func (a *actor) dismiss() {
	for _, c := range slices.Clone(a.calls) {
		if c.settled {
			a.forget(c)
		}
	}
}

func (a *actor) forget(c *Call) {
	c.timers.stopAll()
	c.distrust()
	a.calls = slices.DeleteFunc(a.calls, func(other *Call) bool { return other == c })
	a.agent.forget(c)
}
