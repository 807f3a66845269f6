package session

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
)

// leg is one dialog with the way to its peer.
type leg struct {
	*agreement
	dialog   *dialog.Dialog
	path     Path
	others   []Path      // to the same hop, for when path fails
	hop      string      // the URI that path was located for, "" when it is where the INVITE went
	peerID   string      // RFC 7989: a fork has a uuid of its own
	left     bool        // by a BYE of ours
	early    []byte      // session description of its last provisional response
	preview  offer.Media // what that says
	receiver reliableReceiver
	barred   bool // the network does not authorise early media (RFC 5009)
	spoke    int  // when it last brought early media; the last one counts
	acks     map[uint32]*sip.Request
	allow    []sip.RequestMethod // what the peer says that it takes
	locating string
	waiting  []func(error)
}

func newLeg(d *dialog.Dialog, p Path, a *agreement) *leg {
	return &leg{agreement: a, dialog: d, path: p, acks: map[uint32]*sip.Request{}}
}

// legOf finds the dialog that a request belongs to.
func (s *Session) legOf(req *sip.Request) *leg {
	if req.From() == nil {
		return nil
	}
	l := s.legs[dialog.Tag(req.From().Params)]
	if l == nil || !l.dialog.Matches(req) {
		return nil
	}
	return l
}

// reach calls then once the way to the next hop of the dialog is known, at once where it already is.
func (s *Session) reach(l *leg, then func(error)) {
	uri := l.dialog.NextHop()
	hop := uri.String()
	if l.locating == hop {
		l.waiting = append(l.waiting, then)
		return
	}
	if l.hop == hop || leadsTo(uri, l.path.Flow) {
		then(nil)
		return
	}
	l.locating = hop
	l.waiting = append(l.waiting, then)
	s.emit(Locate{Tag: l.dialog.ID().RemoteTag, Hop: hop})
}

// leadsTo tells whether the URI is nothing but the address that the flow already goes to.
func leadsTo(uri sip.Uri, flow wire.Flow) bool {
	to, ok := addressOf(uri)
	return ok && strings.EqualFold(to.Transport, flow.Transport) && flow.Remote == to.Remote
}

// addressOf is where a URI leads that names an address and no host.
func addressOf(uri sip.Uri) (wire.Flow, bool) {
	addr, err := netip.ParseAddr(message.Host(&uri))
	if err != nil || uri.Scheme != "sip" && uri.Scheme != "sips" {
		return wire.Flow{}, false
	}
	transport, ok := uri.UriParams.Get("transport")
	switch {
	case uri.Scheme == "sips": // RFC 3261 section 26.2.2
		transport = wire.TLS
	case !ok:
		transport = wire.UDP
	}
	port := uri.Port
	switch {
	case port != 0:
	case strings.EqualFold(transport, wire.TLS):
		port = 5061
	default:
		port = 5060
	}
	return wire.Flow{Transport: strings.ToLower(transport), Remote: netip.AddrPortFrom(addr.Unmap(), uint16(port))}, true
}

func (s *Session) located(e Located) error {
	if e.Locate.Tag == "" && s.invite == nil {
		if e.Locate.Hop == s.attempt.nextHop() {
			s.targetLocated(e)
		}
		return nil
	}
	l := s.legs[e.Locate.Tag]
	if l == nil || l.locating != e.Locate.Hop {
		return s.illegal(e)
	}
	waiting := l.waiting
	l.locating, l.waiting = "", nil
	if e.Err == nil {
		l.path, l.others, l.hop = e.Paths[0], e.Paths[1:], e.Locate.Hop
	}
	for _, then := range waiting {
		then(e.Err)
	}
	return nil
}

// complete adds to a request in a dialog what the dialog does not know (RFC 3261 section 12.2.1.1).
func (s *Session) complete(req *sip.Request, p Path, peerID string) {
	req.PrependHeader(message.Via(p.Flow.Transport, p.Local, s.cfg.Token()))
	if req.Method == sip.INVITE || req.Method == sip.UPDATE {
		req.AppendHeader(message.Secured(req, s.contact(p)))
		req.AppendHeader(s.allow())
		s.askRefresh(req)
	}
	if req.Method != sip.ACK {
		req.AppendHeader(message.Supported(s.without(req)...)) // RFC 4028 section 7.1
	}
	if s.cfg.UserAgent != "" {
		req.AppendHeader(sip.NewHeader("User-Agent", s.cfg.UserAgent))
	}
	req.AppendHeader(message.SessionID(s.cfg.SessionID, peerID))
	if req.Body() == nil {
		req.SetBody(nil)
	}
	switch {
	case !s.atHome(req, p.Flow):
	case req.Method == sip.ACK:
		s.repeatCredentials(req)
	default:
		s.digest.Authorize(req)
	}
}

// acknowledge sends the ACK for a 2xx to the INVITE with the sequence number, and keeps it for replays as long as the
// transaction lives, 64*T1 (RFC 3261 section 13.2.2.4). sent tells whether it could be sent.
func (s *Session) acknowledge(l *leg, seq uint32, sent func(error)) {
	s.reach(l, func(err error) {
		if err == nil {
			ack := l.dialog.Ack(seq)
			s.complete(ack, l.path, l.peerID)
			l.acks[seq] = ack
			s.emit(Send{Flow: l.path.Flow, Message: ack})
		}
		if sent != nil {
			sent(err)
		}
	})
}

// repeatACK answers a 2xx that came again, and tells whether it did.
func (s *Session) repeatACK(l *leg, seq uint32) bool {
	ack, ok := l.acks[seq]
	if ok {
		s.emit(Send{Flow: l.path.Flow, Message: ack})
	}
	return ok
}

// forgetACK drops the ACKs of an INVITE of ours whose transaction is over: no 2xx to it is answered any more.
func (s *Session) forgetACK(x *exchange) {
	if !x.client || !x.isInvite() {
		return
	}
	for _, l := range s.legs {
		delete(l.acks, x.machine.Request().CSeq().SeqNo)
	}
}

// bye ends a dialog (RFC 3261 section 15.1.1). Whatever is answered, the dialog is over.
func (s *Session) bye(l *leg, reason sip.Header) {
	if l.dialog.State() == dialog.Terminated {
		return
	}
	s.reach(l, func(err error) {
		if err != nil || l.dialog.State() == dialog.Terminated {
			return
		}
		req := l.dialog.Request(sip.BYE)
		l.dialog.Terminate()
		l.left = true
		if reason != nil {
			req.AppendHeader(reason)
		}
		s.issue(l, req, nil, nil)
	})
}
