package session

import (
	"fmt"
	"slices"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// Outgoing is whom a caller calls.
type Outgoing struct {
	CallID   string
	Target   sip.Uri
	FromName string
	From     sip.Uri
	ToName   string
	Proxy    *sip.Uri     // first of the route, nil for none (RFC 3261 section 8.1.2)
	Further  []sip.Uri    // the rest of the route
	Headers  []sip.Header // further ones for the INVITE
}

// NewCaller makes the session of a call that Dial starts.
func NewCaller(cfg Config, o Outgoing) *Session {
	s := newSession(cfg, caller)
	s.outgoing = o
	return s
}

func (s *Session) dial() error {
	if s.role != caller || s.state != Idle {
		return s.illegal(Dial{})
	}
	s.state = Inviting
	s.attempt = attempt{seq: 1, target: s.outgoing.Target, proxy: s.outgoing.Proxy}
	s.startTargets()
	s.emit(Locate{Hop: s.attempt.nextHop()})
	return nil
}

func (s *Session) targetLocated(e Located) {
	switch {
	case s.state != Inviting: // hung up meanwhile
	case e.Err != nil && s.tryNextTarget(nil):
	case e.Err != nil:
		s.end(Ended{Side: trace.Network, Reason: e.Err.Error()})
	default:
		s.attempt.paths = e.Paths
		s.sendInvite()
	}
}

// sendInvite sends the first INVITE, as the attempt says (RFC 3261 sections 8.1.1, 13.2.1).
func (s *Session) sendInvite() {
	p := s.attempt.paths[0]
	body, err := s.firstOffer(p)
	if err != nil {
		s.end(Ended{Side: trace.Local, Reason: err.Error()})
		return
	}
	req := s.firstInvite()
	message.SetSDP(req, body)
	s.throughHome = s.atHome(req, p.Flow)
	s.complete(req, p, "")
	s.invite = s.send(req, p.Flow, s.inviteAnswered, s.inviteFailed)
	s.invitePath = p
}

// firstOffer is our offer at the address of the path.
func (s *Session) firstOffer(p Path) ([]byte, error) {
	if s.hold.State() != hold.Offering { // else it is the offer of the attempt before
		direction, err := s.holdStep(hold.OfferNeeded{})
		if err != nil {
			return nil, fmt.Errorf("offer: %w", err)
		}
		s.offering = direction
	}
	media := s.cfg.Media
	media.Address = p.Local.Addr()
	s.sdp = offer.New(media)
	body, err := s.sdp.Offer(s.offering)
	if err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	return body, nil
}

// firstInvite is the header of the first INVITE, but for what complete adds.
func (s *Session) firstInvite() *sip.Request {
	target := *s.attempt.target.Clone()
	target.Headers = nil // RFC 3261 section 19.1.5: they are not for the Request-URI
	req := sip.NewRequest(sip.INVITE, target)
	if s.attempt.proxy != nil {
		route := *s.attempt.proxy.Clone()
		if !route.UriParams.Has("lr") {
			route.UriParams.Add("lr", "")
		}
		req.AppendHeader(&sip.RouteHeader{Address: route})
		for _, further := range s.outgoing.Further {
			req.AppendHeader(&sip.RouteHeader{Address: *further.Clone()})
		}
	}
	callID, forwards := sip.CallIDHeader(s.outgoing.CallID), sip.MaxForwardsHeader(70)
	to := *s.outgoing.Target.Clone()
	to.Headers = nil
	to.UriParams.Remove("transport") // a To names whom, not how (RFC 3261 section 19.1.1 table 1)
	req.AppendHeader(&forwards)
	req.AppendHeader(&sip.FromHeader{
		DisplayName: message.DisplayName(s.outgoing.FromName), Address: s.outgoing.From, Params: sip.HeaderParams{{K: "tag", V: s.localTag}},
	})
	req.AppendHeader(&sip.ToHeader{DisplayName: message.DisplayName(s.outgoing.ToName), Address: to})
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: s.attempt.seq, MethodName: sip.INVITE})
	if s.cfg.Reliable == Required {
		req.AppendHeader(sip.NewHeader("Require", message.Reliable100))
	}
	for _, h := range append(slices.Clone(s.outgoing.Headers), s.attempt.fields...) {
		req.AppendHeader(sip.HeaderClone(h))
	}
	return req
}

// inviteAnswered takes a response to the first INVITE.
func (s *Session) inviteAnswered(res *sip.Response) {
	switch {
	case res.StatusCode < 200:
		s.provisional(res)
	case res.StatusCode < 300:
		s.accepted(res)
	default:
		s.refused(res)
	}
}
