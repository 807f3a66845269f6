package session

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// Keyed says that the peer told of a key by INFO.
type Keyed struct {
	Key      byte          // 0-9 * # A-D
	Duration time.Duration // 0 when it is not said
}

func (Keyed) signal() {}

// informed takes an INFO (RFC 6086 section 4.2.2): a key is told, no info package is known, and one without a body says
// nothing.
func (s *Session) informed(x *exchange) {
	req := x.machine.Request()
	if req.GetHeader("Info-Package") != nil {
		res := message.Response(req, 469, "Bad Info Package", s.localTag)
		res.AppendHeader(sip.NewHeader("Recv-Info", ""))
		s.respond(x, res)
		return
	}
	if len(req.Body()) == 0 {
		s.reply(x, 200)
		return
	}
	kind := message.ContentType(req)
	if kind != message.DTMFRelay && kind != message.DTMF {
		res := message.Response(req, 415, "", s.localTag)
		res.AppendHeader(sip.NewHeader("Accept", message.DTMFRelay+", "+message.DTMF))
		s.respond(x, res)
		return
	}
	k, err := message.ParseKeyed(kind, req.Body())
	if err != nil {
		s.reply(x, 400)
		return
	}
	s.reply(x, 200)
	s.tell(Keyed(k))
}
