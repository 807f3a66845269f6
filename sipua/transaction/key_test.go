package transaction

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// vary is the INVITE of request with lines exchanged: old, new, old, new...
func vary(tb testing.TB, pairs ...string) *sip.Request {
	tb.Helper()
	text := strings.NewReplacer(pairs...).Replace(request(tb, sip.INVITE).String())
	return parseRequest(tb, strings.Split(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n")...)
}

func serverKey(tb testing.TB, req *sip.Request) Key {
	tb.Helper()
	key, err := ServerKey(req)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func TestServerKeyMatchesAsRFC3261Section1723Says(t *testing.T) {
	const branch, old = "branch=z9hG4bKkjshdyff", "branch=kjshdyff"
	tests := []struct {
		name string
		a, b *sip.Request
		same bool
	}{
		{"retransmission", vary(t), vary(t), true},
		{"other branch", vary(t), vary(t, branch, branch+"x"), false},
		{"other sent-by", vary(t), vary(t, "pc33.", "pc34."), false},
		{"other sent-by port", vary(t), vary(t, "atlanta.example;", "atlanta.example:5062;"), false},
		{"sent-by in other letters", vary(t), vary(t, "pc33.", "PC33."), true},
		{"cookie alone decides, not the rest", vary(t), vary(t, "987asjd97y7atg", "another-call"), true},
		{"ACK of a refusal", vary(t), request(t, sip.ACK), true},
		{"other method", vary(t), vary(t, "INVITE", "OPTIONS"), false},
		{"CANCEL is a transaction of its own", vary(t), vary(t, "INVITE", "CANCEL"), false},
		{"RFC 2543 retransmission", vary(t, branch, old), vary(t, branch, old), true},
		{"RFC 2543 without branch", vary(t, ";"+branch, ""), vary(t, ";"+branch, ""), true},
		{
			"RFC 2543 ACK with the tag of the response", vary(t, branch, old),
			vary(t, branch, old, "INVITE", "ACK", "biloxi.example>", "biloxi.example>;tag=99sa0xk"), true,
		},
		{"RFC 2543 other Call-ID", vary(t, branch, old), vary(t, branch, old, "987asjd97y7atg", "another-call"), false},
		{"RFC 2543 other CSeq", vary(t, branch, old), vary(t, branch, old, "986759", "986760"), false},
		{"RFC 2543 other From tag", vary(t, branch, old), vary(t, branch, old, "88sja8x", "other"), false},
		{"RFC 2543 other Request-URI", vary(t, branch, old), vary(t, branch, old, "INVITE sip:bob", "INVITE sip:eve"), false},
		{"RFC 2543 other Via", vary(t, branch, old), vary(t, branch, old, "pc33.", "pc34."), false},
		{
			"cookie and nothing else falls back", vary(t, branch, "branch=z9hG4bK"),
			vary(t, branch, "branch=z9hG4bK", "987asjd97y7atg", "another-call"), false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := serverKey(t, tt.a), serverKey(t, tt.b)
			if (a == b) != tt.same {
				t.Errorf("same = %v, want %v\n%q\n%q", a == b, tt.same, a, b)
			}
		})
	}
}

func TestCancelFindsItsInvite(t *testing.T) {
	cancel := serverKey(t, vary(t, "INVITE", "CANCEL"))
	if invite := serverKey(t, vary(t)); cancel.Invite() != invite {
		t.Errorf("%q is not %q", cancel.Invite(), invite)
	}
}

func TestClientKeyIsBranchAndMethod(t *testing.T) {
	m := NewInviteClient(request(t, sip.INVITE), false, Timers{})
	key, err := ClientKey(response(t, 200, sip.INVITE))
	if err != nil || key != m.Key() {
		t.Errorf("got %q, %v; want %q", key, err, m.Key())
	}
	if other, _ := ClientKey(response(t, 200, sip.CANCEL)); other == m.Key() {
		t.Error("the response to a CANCEL must not match the INVITE")
	}
	if NewInviteServer(request(t, sip.INVITE), false, Timers{}).Key() == m.Key() {
		t.Error("a client key must not equal a server key")
	}
}

func TestMessageWithoutTransactionHasNoKey(t *testing.T) {
	for name, res := range map[string]*sip.Response{
		"no Via":    parseResponse(t, "SIP/2.0 200 OK", "CSeq: 1 INVITE"),
		"no CSeq":   parseResponse(t, "SIP/2.0 200 OK", "Via: SIP/2.0/UDP a.example;branch=z9hG4bK1"),
		"no branch": parseResponse(t, "SIP/2.0 200 OK", "Via: SIP/2.0/UDP a.example", "CSeq: 1 INVITE"),
	} {
		if _, err := ClientKey(res); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, req := range map[string]*sip.Request{
		"no Via":              parseRequest(t, "BYE sip:a.example SIP/2.0", "CSeq: 1 BYE"),
		"RFC 2543 no Call-ID": parseRequest(t, "BYE sip:a.example SIP/2.0", "Via: SIP/2.0/UDP a.example", "CSeq: 1 BYE"),
	} {
		if _, err := ServerKey(req); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRFC2543ACKOfAnotherResponseIsAbsorbed(t *testing.T) {
	const branch, old = "branch=z9hG4bKkjshdyff", "branch=kjshdyff"
	m := NewInviteServer(vary(t, branch, old), false, Timers{})
	if _, err := m.Step(Respond{response(t, 486, sip.INVITE)}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		tag  string
		next State
	}{{"somebody-else", Completed}, {"99sa0xk", Confirmed}} {
		ack := vary(t, branch, old, "INVITE", "ACK", "biloxi.example>", "biloxi.example>;tag="+step.tag)
		if _, err := m.Step(Received{ack}); err != nil || m.State() != step.next {
			t.Errorf("ACK with tag %s: state %s, %v; want %s", step.tag, m.State(), err, step.next)
		}
	}
}

func TestResponseIsForWhoSentTheRequest(t *testing.T) {
	for text, want := range map[string]bool{
		"10.0.0.1:5060": true, "10.0.0.1": false, "10.0.0.1:5061": false, "10.0.0.2:5060": false,
	} {
		own := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: "10.0.0.1", Port: 5060}
		host, port, _ := strings.Cut(text, ":")
		its := own.Clone()
		its.Host, its.Port = host, 0
		if port != "" {
			its.Port, _ = strconv.Atoi(port)
		}
		req, res := sip.NewRequest(sip.INVITE, sip.Uri{Host: "h"}), sip.NewResponse(200, "OK")
		req.AppendHeader(own)
		res.AppendHeader(its)
		if got := SentBy(req, res); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	if SentBy(sip.NewRequest(sip.INVITE, sip.Uri{Host: "h"}), sip.NewResponse(200, "OK")) {
		t.Error("without a Via")
	}
}
