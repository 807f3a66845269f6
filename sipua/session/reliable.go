package session

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// Reliable says how provisional responses are made reliable (RFC 3262).
type Reliable uint8

// The uses of 100rel.
const (
	Off       Reliable = iota // not known: a peer that requires it is refused with 420
	Supported                 // used where the peer supports it
	Required                  // a peer that does not support it is refused with 421, and an INVITE of ours requires it
)

// Without lists the option tags that are not to be used.
func (r Reliable) Without() []string {
	if r == Off {
		return []string{message.Reliable100}
	}
	return nil
}

// without lists the option tags that a request of ours does not support. A re-INVITE is answered at once by a phone, and
// takes no reliable provisional response.
func (s *Session) without(req *sip.Request) []string {
	if req.Method == sip.INVITE && s.state != Inviting {
		return append(s.ability().Without(), message.Reliable100)
	}
	return s.ability().Without()
}

// reliably tells whether provisional responses to the INVITE go out reliably: then all of them do (RFC 3262 section 3).
func (s *Session) reliably() bool {
	invite := s.invite.machine.Request()
	return s.cfg.Reliable != Off && message.Supports(invite, message.Reliable100)
}

// sendReliably sends a provisional response once those before it are acknowledged.
func (s *Session) sendReliably(res *sip.Response, sdp bool, a Alerting) {
	a.Reliable = true
	s.described = s.described || sdp
	s.transmitReliably(s.provisionals.send(&reliableResponse{response: res, sdp: sdp, alerting: a}, s.firstRSeq(), s.cfg.Timers.T1))
}

// firstRSeq is drawn evenly from 1 to 2^31-1 (RFC 3262 section 3).
func (s *Session) firstRSeq() uint32 {
	const unit = 10 * time.Millisecond
	return uint32(1 + s.cfg.Between(0, (1<<31-2)*unit)/unit)
}

// transmitReliably sends a response for the first time; nil is none. An answer in it is the answer: it will arrive.
func (s *Session) transmitReliably(r *reliableResponse) {
	if r == nil {
		return
	}
	if r.sdp && s.sdp.State() == offer.Stable {
		s.leg.agreed = true
	}
	if r.reminder {
		s.respond(s.invite, r.response)
		s.remindLater(r.response, true)
	} else {
		s.sendAlert(r.response, r.alerting)
	}
	s.emit(StartTimer{Timer: TimerID{Kind: RepeatReliable}, After: s.provisionals.interval})
	s.emit(StartTimer{Timer: TimerID{Kind: AwaitPRACK}, After: s.cfg.Timers.Timeout()})
}

func (s *Session) repeatReliable() error {
	r, after := s.provisionals.repeated()
	if r == nil {
		return s.illegal(Fired{Timer: TimerID{Kind: RepeatReliable}})
	}
	s.emit(StartTimer{Timer: TimerID{Kind: RepeatReliable}, After: after})
	return s.step(s.invite, transaction.Respond{Response: r.response})
}

// neverPRACKed refuses a call whose provisional response got no PRACK in 64*T1 (RFC 3262 section 3).
func (s *Session) neverPRACKed() error {
	if s.state != Invited || s.provisionals.out == nil {
		return s.illegal(Fired{Timer: TimerID{Kind: AwaitPRACK}})
	}
	res := message.Response(s.invite.machine.Request(), 504, "", s.localTag)
	s.refuse(res, Ended{Side: trace.Network, Reason: "no PRACK received"})
	return nil
}

func (s *Session) stopReliableTimers() {
	s.emit(StopTimer{Timer: TimerID{Kind: RepeatReliable}})
	s.emit(StopTimer{Timer: TimerID{Kind: AwaitPRACK}})
}

// finishProvisionals is the final response to the INVITE.
func (s *Session) finishProvisionals() {
	if s.provisionals.out != nil && !s.provisionals.finished {
		s.stopReliableTimers()
	}
	s.provisionals.finish()
	s.forgetReminder()
}

// pracked takes a PRACK (RFC 3262 section 3). The answer to an offer of ours must be in it; an offer in it is answered in
// the 200 (section 5). Behind it go the next provisional response, and a 200 to the INVITE that had to wait.
func (s *Session) pracked(x *exchange, l *leg, p Path) {
	req := x.machine.Request()
	rack, ok := message.ReadRAck(req)
	switch {
	case !ok:
		s.reply(x, 400)
		return
	case !s.provisionals.matches(rack):
		s.reply(x, 481)
		return
	case !message.Understood(req):
		s.respond(x, message.Unreadable(req, s.localTag))
		return
	}
	res := message.Response(req, 200, "", s.localTag)
	switch {
	case s.provisionals.out.sdp && l.sdp.State() == offer.LocalOffer:
		if err := s.firstAnswer(l, req.Body()); err != nil {
			s.respond(x, res)
			s.refuse(s.notAcceptable(s.invite.machine.Request(), p, err), Ended{Side: trace.Local, Reason: "the PRACK brings no usable answer: " + err.Error()})
			return
		}
	case len(req.Body()) > 0 && !l.agreed:
		s.later(x)
		return
	case len(req.Body()) > 0:
		body, err := s.answerOn(l, req.Body(), hold.PRACK)
		if err != nil { // it may come again without the offer (RFC 6337 section 2.3)
			l.sdp.Rollback()
			s.respond(x, s.notAcceptable(req, p, err))
			return
		}
		message.SetSDP(res, body)
	}
	s.respond(x, res)
	s.acknowledgedReliably()
}

func (s *Session) acknowledgedReliably() {
	finished := s.provisionals.finished
	next := s.provisionals.acknowledged(s.cfg.Timers.T1)
	if finished {
		return
	}
	s.stopReliableTimers()
	s.transmitReliably(next)
	if s.accepting && !s.provisionals.promised() {
		if err := s.acceptNow(); err != nil {
			s.refuse(message.Response(s.invite.machine.Request(), 500, "", s.localTag), Ended{Side: trace.Local, Reason: err.Error()})
		}
	}
}

// prackedLate answers a PRACK behind a refusal of the INVITE, and tells whether it did (RFC 3262 section 3).
func (s *Session) prackedLate(x *exchange) bool {
	rack, ok := message.ReadRAck(x.machine.Request())
	if !ok || !s.provisionals.matches(rack) {
		return false
	}
	s.reply(x, 200)
	s.provisionals.acknowledged(0)
	return true
}

// takeReliable takes a reliable provisional response to our INVITE, and tells whether it is to be served: those that come
// again, or too early, are dropped (RFC 3262 section 4).
func (s *Session) takeReliable(l *leg, res *sip.Response, rseq uint32) bool {
	if l == nil || l.dialog.State() != dialog.Early || l.receiver.take(rseq) != inOrder {
		return false
	}
	rack := message.RAck{RSeq: rseq, CSeq: res.CSeq().SeqNo, Method: sip.INVITE}
	s.reach(l, func(err error) {
		if err != nil || l.dialog.State() == dialog.Terminated {
			return
		}
		req := l.dialog.Request(sip.PRACK)
		req.AppendHeader(rack.Header())
		s.complete(req, l.path, l.peerID)
		s.send(req, l.path.Flow, nil, nil)
	})
	return true
}
