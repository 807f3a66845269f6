package wire

import (
	"fmt"
	"hash/fnv"

	"github.com/emiago/sipgo/sip"
)

// Refusal is the answer to an Inbound with a Fault, to be sent to its Flow without a transaction (RFC 3261 8.2.7).
// There is none for an ACK.
func Refusal(in Inbound) (*sip.Response, bool) {
	req, ok := in.Message.(*sip.Request)
	if !ok || in.Fault == nil || req.Method == sip.ACK {
		return nil, false
	}
	res := sip.NewResponse(in.Fault.Status, in.Fault.Reason)
	sip.CopyHeaders("Via", req, res)
	for _, name := range required { // the first of each, if it is there
		if h := req.GetHeader(name); h != nil {
			res.AppendHeader(sip.HeaderClone(h))
		}
	}
	for _, h := range res.GetHeaders("To") {
		if to, ok := h.(*sip.ToHeader); ok && !to.Params.Has("tag") {
			to.Params.Add("tag", statelessTag(req))
		}
	}
	res.SetBody(nil)
	return res, true
}

// statelessTag is the same for every retransmission of a request, as nothing is remembered of it.
func statelessTag(req *sip.Request) string {
	h := fnv.New64a()
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		if field := req.GetHeader(name); field != nil {
			_, _ = h.Write([]byte(field.Value())) // a hash does not fail
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
