package transaction

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// acknowledge builds the ACK for a final response above 2xx (RFC 3261 17.1.1.3): the INVITE's Request-URI, top Via,
// Route, From, Call-ID and CSeq number, and the To of the response.
func acknowledge(invite *sip.Request, res *sip.Response) *sip.Request {
	ack := sip.NewRequest(sip.ACK, *invite.Recipient.Clone())
	if via := invite.Via(); via != nil {
		ack.AppendHeader(via.Clone())
	}
	for _, route := range invite.GetHeaders("Route") {
		ack.AppendHeader(sip.HeaderClone(route))
	}
	maxForwards := sip.MaxForwardsHeader(70)
	ack.AppendHeader(&maxForwards)
	if from := invite.From(); from != nil {
		ack.AppendHeader(sip.HeaderClone(from))
	}
	if to := res.To(); to != nil {
		ack.AppendHeader(sip.HeaderClone(to))
	}
	if id := invite.CallID(); id != nil {
		own := *id // sip clones a Call-ID to itself
		ack.AppendHeader(&own)
	}
	if cseq := invite.CSeq(); cseq != nil {
		ack.AppendHeader(&sip.CSeqHeader{SeqNo: cseq.SeqNo, MethodName: sip.ACK})
	}
	message.CopyCredentials(invite, ack)
	if session := sessionID(invite, res); session != "" {
		ack.AppendHeader(sip.NewHeader("Session-ID", session))
	}
	ack.SetBody(nil)
	return ack
}

// sessionID is the Session-ID of an ACK (RFC 7989 6): our own uuid as in the INVITE, and as remote the one that the
// response brought, if it did.
func sessionID(invite *sip.Request, res *sip.Response) string {
	ours := invite.GetHeader("Session-ID")
	if ours == nil {
		return ""
	}
	theirs := res.GetHeader("Session-ID")
	if theirs == nil {
		return ours.Value()
	}
	local, _, _ := strings.Cut(ours.Value(), ";")
	remote, _, _ := strings.Cut(theirs.Value(), ";")
	return strings.TrimSpace(local) + ";remote=" + strings.TrimSpace(remote)
}
