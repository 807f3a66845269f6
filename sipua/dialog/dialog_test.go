package dialog

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func parse(t *testing.T, text string) sip.Message {
	t.Helper()
	m, err := sip.ParseMessage([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func invite(t *testing.T, fields string) *sip.Request {
	t.Helper()
	req, _ := parse(t, `INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1
From: "Alice" <sip:alice@example.com>;tag=a
To: "Bob" <sip:bob@example.com>
Call-ID: c
CSeq: 7 INVITE
Contact: <sip:alice@10.0.0.1>
`+fields+"\n").(*sip.Request)
	return req
}

func response(t *testing.T, status, tag, fields string) *sip.Response {
	t.Helper()
	res, _ := parse(t, "SIP/2.0 "+status+` X
Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1
From: "Alice" <sip:alice@example.com>;tag=a
To: "Bob" <sip:bob@example.com>`+tag+`
Call-ID: c
CSeq: 7 INVITE
`+fields+"\n").(*sip.Response)
	return res
}

func routes(req *sip.Request) string {
	var all []string
	for _, h := range req.GetHeaders("Route") {
		all = append(all, h.Value())
	}
	return strings.Join(all, " ")
}

const recorded = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\n"

func TestCallerTakesTheRouteInReverse(t *testing.T) {
	d, err := NewUAC(invite(t, ""), response(t, "200", ";tag=b", recorded+"Contact: <sip:bob@10.0.0.2:5070?x=y>\n"))
	if err != nil {
		t.Fatal(err)
	}
	req := d.Request(sip.BYE)
	if req.Recipient.String() != "sip:bob@10.0.0.2:5070" || routes(req) != "<sip:p1;lr> <sip:p2;lr>" {
		t.Errorf("\n%s", req)
	}
	if hop := d.NextHop(); hop.Host != "p1" {
		t.Errorf("next hop %s", hop.String())
	}
	if req.From().Value() != `"Alice" <sip:alice@example.com>;tag=a` || req.To().Value() != `"Bob" <sip:bob@example.com>;tag=b` {
		t.Errorf("\n%s", req)
	}
	if req.CSeq().SeqNo != 8 || d.Ack(7).CSeq().SeqNo != 7 || d.Request(sip.INVITE).CSeq().SeqNo != 9 {
		t.Error("sequence numbers")
	}
}

func TestCalleeTakesTheRouteAsItCame(t *testing.T) {
	d, err := NewUAS(invite(t, recorded), "b")
	if err != nil {
		t.Fatal(err)
	}
	req := d.Request(sip.BYE)
	if req.Recipient.String() != "sip:alice@10.0.0.1" || routes(req) != "<sip:p2;lr> <sip:p1;lr>" || req.CSeq().SeqNo != 1 {
		t.Errorf("\n%s", req)
	}
	if req.From().Value() != `"Bob" <sip:bob@example.com>;tag=b` || d.ID() != (ID{CallID: "c", LocalTag: "b", RemoteTag: "a"}) {
		t.Errorf("\n%s", req)
	}
}

func TestStrictRouterStandsInTheRequestURI(t *testing.T) {
	d, err := NewUAS(invite(t, "Record-Route: <sip:p2;method=x>, <sip:p1;lr>\n"), "b")
	if err != nil {
		t.Fatal(err)
	}
	req := d.Request(sip.BYE)
	if req.Recipient.String() != "sip:p2" || routes(req) != "<sip:p1;lr> <sip:alice@10.0.0.1>" {
		t.Errorf("\n%s", req)
	}
}

func TestRouteSetIsFrozenOnceConfirmed(t *testing.T) {
	d, err := NewUAC(invite(t, ""), response(t, "180", ";tag=b", recorded))
	if err != nil {
		t.Fatal(err)
	}
	d.Learn(response(t, "200", ";tag=b", "Record-Route: <sip:p3;lr>\nContact: <sip:bob@10.0.0.2>\n"))
	d.Confirm()
	d.Learn(response(t, "200", ";tag=b", recorded+"Contact: <sip:bob@10.0.0.9>\n"))
	req := d.Request(sip.BYE)
	if routes(req) != "<sip:p3;lr>" || req.Recipient.Host != "10.0.0.9" {
		t.Errorf("\n%s", req)
	}
}

func TestPeerWithoutATagIsADialogOfItsOwn(t *testing.T) {
	d, err := NewUAC(invite(t, ""), response(t, "200", "", ""))
	if err != nil || d.ID().RemoteTag != "" {
		t.Fatalf("%+v, %v", d, err)
	}
	if to := d.Request(sip.BYE).To().Value(); strings.Contains(to, "tag") {
		t.Error(to)
	}
}

func TestRequestsOutOfOrderAreFound(t *testing.T) {
	d, err := NewUAS(invite(t, ""), "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		seq uint32
		out bool
	}{{7, true}, {6, true}, {8, false}, {8, true}, {20, false}, {19, true}} {
		req := invite(t, "")
		req.CSeq().SeqNo = tc.seq
		if got := d.OutOfOrder(req); got != tc.out {
			t.Errorf("%d: out of order %t", tc.seq, got)
		}
	}
}

func TestRequestsAreMatchedByBothTags(t *testing.T) {
	d, err := NewUAS(invite(t, ""), "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		from, to string
		want     bool
	}{{"a", "b", true}, {"a", "", false}, {"x", "b", false}, {"b", "a", false}} {
		req := invite(t, "")
		req.From().Params.Add("tag", tc.from)
		req.To().Params.Remove("tag")
		if tc.to != "" {
			req.To().Params.Add("tag", tc.to)
		}
		if got := d.Matches(req); got != tc.want {
			t.Errorf("%+v: %t", tc, got)
		}
	}
}

func TestStates(t *testing.T) {
	d, err := NewUAC(invite(t, ""), response(t, "180", ";tag=b", ""))
	if err != nil || d.State() != Early {
		t.Fatal(err, d.State())
	}
	d.Confirm()
	if d.State() != Confirmed {
		t.Error(d.State())
	}
	d.Terminate()
	d.Confirm()
	if d.State() != Terminated {
		t.Error(d.State())
	}
}
