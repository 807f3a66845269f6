package session

import (
	"testing"

	"github.com/emiago/sipgo/sip"
)

func TestResponseThatNamesAnotherSenderIsNobodys(t *testing.T) {
	s, sent := longCall(t)
	invite, ok := sent.Message.(*sip.Request)
	if !ok {
		t.Fatalf("sent %T", sent.Message)
	}
	res := sip.NewResponse(180, "Ringing")
	sip.CopyHeaders("Via", invite, res)
	res.AppendHeader(sip.HeaderClone(invite.CSeq()))
	if !s.Owns(res) {
		t.Error("the response to the INVITE is nobody's")
	}
	res.Via().Host = "10.0.0.77"
	if s.Owns(res) {
		t.Error("a response to somebody else is ours")
	}
}
