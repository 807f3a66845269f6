package session

import (
	"fmt"

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
	Proxy    *sip.Uri // outbound proxy, nil for none (RFC 3261 section 8.1.2)
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
	hop := s.outgoing.Target
	if s.outgoing.Proxy != nil {
		hop = *s.outgoing.Proxy
	}
	s.emit(Locate{Hop: hop.String()})
	return nil
}

func (s *Session) targetLocated(e Located) error {
	if s.state != Inviting {
		return nil // hung up meanwhile
	}
	if e.Err == nil {
		return s.sendInvite(e.Path)
	}
	s.end(Ended{Side: trace.Network, Reason: e.Err.Error()})
	return nil
}

// sendInvite sends the first INVITE, with our offer (RFC 3261 sections 8.1.1, 13.2.1).
func (s *Session) sendInvite(p Path) error {
	media := s.cfg.Media
	media.Address = p.Local.Addr()
	s.sdp = offer.New(media)
	direction, err := s.holdStep(hold.OfferNeeded{})
	if err != nil {
		return err
	}
	body, err := s.sdp.Offer(direction)
	if err != nil {
		return fmt.Errorf("offer: %w", err)
	}

	target := *s.outgoing.Target.Clone()
	target.Headers = nil // RFC 3261 section 19.1.5: they are not for the Request-URI
	req := sip.NewRequest(sip.INVITE, target)
	if s.outgoing.Proxy != nil {
		route := *s.outgoing.Proxy.Clone()
		if !route.UriParams.Has("lr") {
			route.UriParams.Add("lr", "")
		}
		req.AppendHeader(&sip.RouteHeader{Address: route})
	}
	callID, forwards := sip.CallIDHeader(s.outgoing.CallID), sip.MaxForwardsHeader(70)
	to := *target.Clone()
	to.UriParams.Remove("transport") // a To names whom, not how (RFC 3261 section 19.1.1 table 1)
	req.AppendHeader(&forwards)
	req.AppendHeader(&sip.FromHeader{
		DisplayName: message.DisplayName(s.outgoing.FromName), Address: s.outgoing.From, Params: sip.HeaderParams{{K: "tag", V: s.localTag}},
	})
	req.AppendHeader(&sip.ToHeader{DisplayName: message.DisplayName(s.outgoing.ToName), Address: to})
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.INVITE})
	message.SetSDP(req, body)
	s.complete(req, p, "")
	s.legs = map[string]*leg{}
	s.invite = s.send(req, p.Flow, s.inviteAnswered, s.inviteFailed)
	s.invitePath = p
	return nil
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
