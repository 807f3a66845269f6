package sipua

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/session"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// deliver takes a message from a socket, in order of arrival, and never blocks: it goes into the mailbox of its Call-ID's
// actor, or is answered here. A panic loses this message, and nothing else.
func (ua *UserAgent) deliver(in wire.Inbound) {
	ua.guarded("the dispatcher panicked", "deliver", "", in.Flow.Remote, func() { ua.dispatch(in) })
}

func (ua *UserAgent) dispatch(in wire.Inbound) {
	if in.Fault != nil {
		ua.faulty(in)
		return
	}
	callID := in.Message.CallID()
	if callID == nil {
		ua.refused(wire.RefusedMalformed, in.Flow.Remote)
		return
	}
	if r := ua.registrations[callID.Value()]; r != nil {
		r.deliver(in)
		return
	}
	req, isRequest := in.Message.(*sip.Request)
	l := letter{inbound: &in}
	starts := false
	if isRequest {
		starts = req.Method == sip.INVITE && ua.judge(req, in.Flow) == 0
	}
	switch ua.hand(callID.Value(), l, starts && ua.roomFor(callID.Value())) {
	case delivered:
	case full:
		ua.refused("mailbox full", in.Flow.Remote)
	case closed:
		ua.withoutActor(in, req, starts)
	}
}

// withoutActor handles a message that no call is concerned with.
func (ua *UserAgent) withoutActor(in wire.Inbound, req *sip.Request, starts bool) {
	switch {
	case req == nil:
		ua.refused("stray response", in.Flow.Remote)
	case starts:
		ua.refuse(in, 503, "overload")
	default:
		ua.stray(in)
	}
}

// roomFor tells whether there is room for one more actor, and makes it where an actor only lingers.
func (ua *UserAgent) roomFor(callID string) bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if ua.actors[callID] != nil || len(ua.actors) < ua.opts.MaxCalls+maxLingering {
		return true
	}
	if len(ua.settled) == 0 {
		return false
	}
	oldest := ua.settled[0]
	ua.settled = ua.settled[1:]
	oldest.box.put(letter{dismiss: true}) // it is gone in a moment
	return true
}

// incoming makes a call of an INVITE.
func (ua *UserAgent) incoming(a *actor, l letter, req *sip.Request) {
	if !ua.proven(*l.inbound, req) {
		return
	}
	replaces, status := ua.replaced(req)
	if status != 0 {
		ua.refuse(*l.inbound, status, "Replaces")
		return
	}
	account := ua.accountFor(req, l.inbound.Flow.Remote.Addr())
	own := newSessionID()
	if replaces != nil {
		own = replaces.session.ID() // RFC 7989 section 6
	}
	initiator := message.PeerSessionID(req)
	if initiator == "" {
		initiator = own
	}
	c := &Call{actor: a, timers: timers{}, info: Info{
		Direction: trace.In, From: partyOf(message.PlainName(req.From().DisplayName), req.From().Address),
		To: partyOf(message.PlainName(req.To().DisplayName), req.To().Address), Account: account.aor,
		SIPCallID: req.CallID().Value(), SessionID: initiator, Diverted: message.ReadDiversions(req), Replaces: replaces,
	}}
	if after, asked := message.AutoAnswer(req); asked {
		c.info.AutoAnswer = &after
	}
	if !ua.reserve(c) {
		ua.refuse(*l.inbound, 486, "too many calls")
		return
	}
	c.serving = true
	a.calls = append(a.calls, c)
	var media LocalMedia
	if ua.opts.Incoming != nil {
		c.observer, media = ua.opts.Incoming(c)
	}
	if c.observer == nil {
		a.forget(c)
		ua.refuse(*l.inbound, 480, "nobody takes calls")
		return
	}
	c.session = session.NewCallee(ua.config(account, req.Recipient.User, account.who(c.info.To), own, media))
	ua.remember(c)
	c.receive(l)
}

// inDialog tells whether a request claims to belong to a dialog.
func inDialog(req *sip.Request) bool { return req.To() != nil && dialog.Tag(req.To().Params) != "" }
