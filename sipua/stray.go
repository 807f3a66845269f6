package sipua

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"

	"sidetone/internal/logkey"
	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

// judge is the status that refuses a request for what it is, in the order of RFC 3261 section 8.2, 0 when it is fine.
// Whether it belongs to a call is not asked here. Max-Forwards counts for what forwards the request; here it has arrived
// (RFC 4475 section 3.3.11).
func (ua *UserAgent) judge(req *sip.Request, flow wire.Flow) int {
	switch {
	case req.Method == sip.ACK:
		return 0
	case inDialog(req):
		return 481 // section 12.2.2
	case !message.Served(req.Method, ua.ability().Unserved()...):
		return message.Refusal(req.Method)
	case req.Method == sip.REFER:
		return 403 // only the other side of a call may ask for one
	case req.Method != sip.INVITE && req.Method != sip.OPTIONS:
		return 481 // sections 9.2, 15.1.2; RFC 3262 section 3, RFC 3311 section 5.2, RFC 6086 section 4, RFC 6665 section 4.1.3
	case req.Recipient.Scheme != "sip" && req.Recipient.Scheme != "sips":
		return 416
	case !ua.welcome(req, flow.Remote.Addr()):
		return 403
	case !ua.knows(req):
		return 404
	case ua.loops(req, flow):
		return 482
	}
	return 0
}

// ability is what this agent has been set to do.
func (ua *UserAgent) ability() session.Ability {
	return session.Ability{Reliable: ua.opts.Reliable, Referrals: ua.opts.Referral != nil}
}

// refusals are the reasons in sip.rejected.
var refusals = map[int]string{
	403: "not permitted", 404: "unknown user", 405: "method not allowed", 416: "URI scheme", 420: "bad extension", 481: "no such dialog",
	482: "loop",
	501: "unknown method",
}

// stray answers a request that belongs to no call and starts none.
func (ua *UserAgent) stray(in wire.Inbound) {
	req, ok := in.Message.(*sip.Request)
	if !ok {
		return
	}
	if req.Method == sip.ACK {
		// The ACK of what was refused here without keeping state is expected; any other is for nothing.
		if req.To() == nil || dialog.Tag(req.To().Params) != ua.statelessTag(req) {
			ua.refused("stray ACK", in.Flow.Remote)
		}
		return
	}
	if status := ua.judge(req, in.Flow); status != 0 {
		ua.refuse(in, status, refusals[status])
		return
	}
	if ua.answered.merges(in.At, req) {
		ua.refuse(in, 482, "merged request")
		return
	}
	if unknown := message.Unsupported(req, ua.ability().Without()...); len(unknown) > 0 {
		ua.refused(refusals[420], in.Flow.Remote)
		ua.reply(in, message.BadExtension(req, ua.statelessTag(req), unknown))
		return
	}
	// Only OPTIONS is left (RFC 3261 section 11.2): answered as an INVITE would be.
	status := 200
	if ua.full() {
		status = 486
	}
	res := message.Response(req, status, "", ua.statelessTag(req))
	message.Describe(res, ua.ability().Unserved(), ua.ability().Without())
	ua.reply(in, res)
}

// offences are the refusals that a scanner collects and a caller hardly ever does.
var offences = map[int]bool{403: true, 404: true, 501: true}

// refuse answers a request with a status, and counts it.
func (ua *UserAgent) refuse(in wire.Inbound, status int, why string) {
	ua.refused(why, in.Flow.Remote)
	if offences[status] {
		ua.guard.Offend(in.At, in.Flow.Remote)
	}
	req, ok := in.Message.(*sip.Request)
	if !ok {
		return
	}
	res := message.Response(req, status, "", ua.statelessTag(req))
	switch status {
	case 405:
		res.AppendHeader(message.Allow(ua.ability().Unserved()...))
	case 503:
		res.AppendHeader(sip.NewHeader("Retry-After", "10"))
	}
	ua.reply(in, res)
}

// faulty refuses a request that can be read and makes no sense.
func (ua *UserAgent) faulty(in wire.Inbound) {
	ua.refused(wire.RefusedMalformed, in.Flow.Remote)
	if res, ok := wire.Refusal(in); ok {
		ua.reply(in, res)
	}
}

// reply sends a response without a transaction (RFC 3261 section 8.2.7): a request that comes again is answered again,
// with the same tag.
func (ua *UserAgent) reply(in wire.Inbound, res *sip.Response) {
	if ua.opts.UserAgent != "" {
		res.AppendHeader(sip.NewHeader("Server", ua.opts.UserAgent))
	}
	if id := message.PeerSessionID(in.Message); id != "" {
		res.AppendHeader(message.SessionID(message.NilSessionID, id)) // RFC 7989 section 7: no session, no uuid
	}
	if err := ua.endpoint.Send(wire.Outbound{Flow: in.Flow, Raw: []byte(res.String())}); err != nil {
		ua.log.Debug("response not sent", zap.Error(err), zap.Int(logkey.Status, res.StatusCode))
	}
}

// statelessTag is the To tag of a response that leaves no state: the same for a request, its retransmissions and its ACK,
// and nobody else's guess.
func (ua *UserAgent) statelessTag(req *sip.Request) string {
	mac := hmac.New(sha256.New, ua.secret)
	if id := req.CallID(); id != nil {
		mac.Write([]byte(id.Value()))
	}
	mac.Write([]byte{0})
	mac.Write([]byte(message.Branch(req)))
	if from := req.From(); from != nil {
		mac.Write([]byte{0})
		mac.Write([]byte(dialog.Tag(from.Params)))
	}
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// full tells whether a call would be one too many.
func (ua *UserAgent) full() bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	return len(ua.calls) >= ua.opts.MaxCalls
}
