package message

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Reliable100 is the option tag of reliable provisional responses (RFC 3262 section 8.1).
const Reliable100 = "100rel"

// SetRSeq makes a provisional response a reliable one (RFC 3262 section 3).
func SetRSeq(res *sip.Response, rseq uint32) {
	res.AppendHeader(sip.NewHeader("Require", Reliable100))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(rseq), 10)))
}

// ReadRSeq is the number of a reliable provisional response; 0 where the response is not reliable (RFC 3262 section 4).
func ReadRSeq(res *sip.Response) uint32 {
	if res.StatusCode <= 100 || res.StatusCode >= 200 || !lists(res, "Require", Reliable100) {
		return 0
	}
	h := res.GetHeader("RSeq")
	if h == nil {
		return 0
	}
	rseq, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(rseq)
}

// RAck names the response that a PRACK acknowledges (RFC 3262 section 7.2).
type RAck struct {
	RSeq, CSeq uint32
	Method     sip.RequestMethod
}

// Header is the RAck header.
func (r RAck) Header() sip.Header {
	return sip.NewHeader("RAck", fmt.Sprintf("%d %d %s", r.RSeq, r.CSeq, r.Method))
}

// ReadRAck reads the RAck of a PRACK.
func ReadRAck(req *sip.Request) (r RAck, ok bool) {
	h := req.GetHeader("RAck")
	if h == nil {
		return r, false
	}
	fields := strings.Fields(h.Value())
	if len(fields) != 3 {
		return r, false
	}
	rseq, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil {
		return r, false
	}
	cseq, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return r, false
	}
	return RAck{RSeq: uint32(rseq), CSeq: uint32(cseq), Method: sip.RequestMethod(fields[2])}, true
}
