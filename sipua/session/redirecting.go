package session

import (
	"strconv"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/trace"
)

// Redirect has a callee send its caller elsewhere: 302 with a Contact for each target, the first one best (RFC 3261 section
// 13.3.1.2).
type Redirect struct{ Targets []sip.Uri }

func (Redirect) event() {}

// maxRedirects is how many preferences a q value of one decimal can tell apart.
const maxRedirects = 9

// redirect sends the 302, and says who diverts the call (RFC 5806 section 5.1).
func (s *Session) redirect(e Redirect) error {
	if s.state != Invited || len(e.Targets) == 0 || len(e.Targets) > maxRedirects {
		return s.illegal(e)
	}
	req := s.invite.machine.Request()
	res := message.Response(req, 302, "", s.localTag)
	for i, target := range e.Targets {
		res.AppendHeader(&sip.ContactHeader{Address: target, Params: sip.HeaderParams{{K: "q", V: rank(i)}}})
	}
	from := *req.Recipient.Clone()
	from.Headers = nil
	res.AppendHeader(sip.NewHeader("Diversion", "<"+from.String()+">;reason=deflection"))
	s.tell(Forwarded{By: s.called(), To: trace.Party{URI: e.Targets[0].Addr()}, Status: res.StatusCode})
	s.refuse(res, Ended{Side: trace.Local, Reason: res.Reason})
	return nil
}

// called is the callee, by its name where it has one.
func (s *Session) called() trace.Party {
	to := s.invite.machine.Request().To().Address
	p := trace.Party{URI: to.Addr()}
	if s.cfg.Who != to.User && s.cfg.Who != to.Host {
		p.Name = s.cfg.Who
	}
	return p
}

// rank is the q value of the target at an index: 1.0, 0.9, and so on (RFC 3261 section 20.10).
func rank(index int) string {
	return strconv.FormatFloat(1-float64(index)/10, 'f', 1, 64)
}
