package transaction

import (
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

func transmittedACK(t *testing.T, invite *sip.Request, res *sip.Response) *sip.Request {
	t.Helper()
	effects, err := NewInviteClient(invite, false, Timers{}).Step(Received{res})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range effects {
		if transmit, ok := e.(Transmit); ok {
			if ack, ok := transmit.Message.(*sip.Request); ok {
				return ack
			}
		}
	}
	t.Fatalf("no ACK in %q", show(effects))
	return nil
}

func TestACKIsThatOfTheRFC(t *testing.T) {
	got := transmittedACK(t, request(t, sip.INVITE), response(t, 486, sip.INVITE)).String()
	want := "ACK sip:bob@biloxi.example SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKkjshdyff\r\n" +
		"Max-Forwards: 70\r\n" +
		"From: \"Alice\" <sip:alice@atlanta.example>;tag=88sja8x\r\n" +
		"To: \"Bob\" <sip:bob@biloxi.example>;tag=99sa0xk\r\n" +
		"Call-ID: 987asjd97y7atg\r\n" +
		"CSeq: 986759 ACK\r\n" +
		"Content-Length: 0\r\n\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ACK (-want +got):\n%s", diff)
	}
}

func TestACKHasTheRoutesOfTheInviteAndOneVia(t *testing.T) {
	invite := request(t, sip.INVITE)
	for _, uri := range []string{"sip:p1.example;lr", "sip:p2.example;lr"} {
		route := &sip.RouteHeader{}
		if err := sip.ParseUri(uri, &route.Address); err != nil {
			t.Fatal(err)
		}
		invite.AppendHeader(route)
	}
	invite.AppendHeader(&sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: "below.example"})
	ack := transmittedACK(t, invite, response(t, 404, sip.INVITE))
	var routes []string
	for _, h := range ack.GetHeaders("Route") {
		routes = append(routes, h.Value())
	}
	if diff := cmp.Diff([]string{"<sip:p1.example;lr>", "<sip:p2.example;lr>"}, routes); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if vias := ack.GetHeaders("Via"); len(vias) != 1 || vias[0].Value() != invite.Via().Value() {
		t.Errorf("Via %v, want the top one of the INVITE", vias)
	}
}

func TestACKDoesNotShareHeadersWithTheInvite(t *testing.T) {
	invite := request(t, sip.INVITE)
	before := invite.String()
	ack := transmittedACK(t, invite, response(t, 486, sip.INVITE))
	ack.Via().Params.Add("branch", "changed")
	ack.From().Params.Add("tag", "changed")
	ack.CSeq().SeqNo = 1
	*ack.CallID() = "changed"
	if invite.String() != before {
		t.Error("the INVITE has changed with its ACK")
	}
}

func TestACKCarriesTheSessionIDOfBothEnds(t *testing.T) {
	const a, b = "ab30317f1a784dc48ff824d0d3715d86", "47755a9de7794ba387653f2099600ef2"
	tests := []struct{ name, invite, response, want string }{
		{"both", a + ";remote=00000000000000000000000000000000", b + ";remote=" + a, a + ";remote=" + b},
		{"peer has none", a + ";remote=00000000000000000000000000000000", "", a + ";remote=00000000000000000000000000000000"},
		{"we have none", "", b + ";remote=" + a, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			invite, res := request(t, sip.INVITE), response(t, 486, sip.INVITE)
			if tt.invite != "" {
				invite.AppendHeader(sip.NewHeader("Session-ID", tt.invite))
			}
			if tt.response != "" {
				res.AppendHeader(sip.NewHeader("Session-ID", tt.response))
			}
			var got string
			if h := transmittedACK(t, invite, res).GetHeader("Session-ID"); h != nil {
				got = h.Value()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
