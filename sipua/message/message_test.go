package message

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func parse(t testing.TB, text string) sip.Message {
	t.Helper()
	m, err := sip.ParseMessage([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func request(t testing.TB, method, fields string) *sip.Request {
	t.Helper()
	req, ok := parse(t, method+` sip:bob@10.0.0.2 SIP/2.0
Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.3;branch=z9hG4bK0
Record-Route: <sip:10.0.0.1;lr>
From: <sip:alice@10.0.0.1>;tag=a
To: <sip:bob@10.0.0.2>
Call-ID: c
CSeq: 1 `+method+"\n"+fields+"\n").(*sip.Request)
	if !ok {
		t.Fatal("not a request")
	}
	return req
}

func TestResponseRepeatsWhatItMust(t *testing.T) {
	for _, tc := range []struct {
		method string
		status int
		tag    string
		routes int
	}{
		{"INVITE", 100, "", 0}, {"INVITE", 180, "t", 1}, {"INVITE", 200, "t", 1}, {"INVITE", 486, "t", 0}, {"BYE", 200, "t", 0},
	} {
		res := Response(request(t, tc.method, "Timestamp: 54\n"), tc.status, "", "t")
		got, _ := res.To().Params.Get("tag")
		if got != tc.tag || len(res.GetHeaders("Via")) != 2 || len(res.GetHeaders("Record-Route")) != tc.routes || res.Reason != Phrase(tc.status) {
			t.Errorf("%s %d:\n%s", tc.method, tc.status, res)
		}
		if stamped := len(res.GetHeaders("Timestamp")) == 1; stamped != (tc.status == 100) {
			t.Errorf("%d: timestamp %t", tc.status, stamped)
		}
	}
}

func TestTagOfTheRequestIsKept(t *testing.T) {
	req := request(t, "BYE", "")
	req.To().Params.Add("tag", "theirs")
	if tag, _ := Response(req, 200, "", "ours").To().Params.Get("tag"); tag != "theirs" {
		t.Error(tag)
	}
}

func TestPhraseExistsForEveryStatus(t *testing.T) {
	for status := 100; status < 700; status++ {
		if Phrase(status) == "Unknown" || Phrase(status) == "" {
			t.Error(status)
		}
	}
	if Phrase(700) != "Unknown" || Phrase(0) != "Unknown" {
		t.Error("a phrase for nothing")
	}
}

func TestExtensionsThatAreRequiredAndUnknownAreNamed(t *testing.T) {
	req := request(t, "INVITE", "Require: 100rel, stairs\nRequire: dance\n")
	if got := Unsupported(req, Reliable100); !slices.Equal(got, []string{"100rel", "stairs", "dance"}) {
		t.Error(got)
	}
	if got := Unsupported(request(t, "CANCEL", "Require: dance\n")); got != nil {
		t.Errorf("a CANCEL is refused for %v", got)
	}
	if got := Unsupported(request(t, "INVITE", "Proxy-Require: dance\nRequire: REPLACES\n")); got != nil {
		t.Errorf("what a proxy must know, or stands in capitals, is refused: %v", got)
	}
	if got := BadExtension(req, "t", Unsupported(req)).GetHeader("Unsupported").Value(); got != "stairs, dance" {
		t.Error(got)
	}
}

func TestBodiesThatAreUnderstood(t *testing.T) {
	for fields, want := range map[string]bool{
		"Content-Type: application/sdp\n": true, "c: application/SDP; charset=x\n": true, "": false, "Content-Type: text/plain\n": false,
		"Content-Type: application/sdp\nContent-Encoding: gzip\n": false, "Content-Type: application/sdp\nContent-Encoding: identity\n": true,
	} {
		req := request(t, "INVITE", fields)
		if !Understood(req) {
			t.Errorf("%q: an empty body", fields)
		}
		req.SetBody([]byte("v=0"))
		if Understood(req) != want {
			t.Errorf("%q: want %t", fields, want)
		}
	}
}

func TestTypesThatAResponseMayHold(t *testing.T) {
	for fields, want := range map[string]bool{
		"": true, "Accept: application/sdp\n": true, "Accept: text/plain, Application/SDP;level=1\n": true, "Accept: application/*\n": true,
		"Accept: text/plain\nAccept: */*;q=0.1\n": true, "Accept: text/nobodyKnowsThis\n": false, "Accept:\n": false, "Accept: application/sdpx\n": false,
	} {
		if got := Describable(request(t, "INVITE", fields)); got != want {
			t.Errorf("%q: %t", fields, got)
		}
	}
	res := Undescribable(request(t, "INVITE", "Accept: text/plain\n"), "tag", "10.0.0.1:5060")
	if got := res.GetHeader("Warning"); res.StatusCode != sip.StatusNotAcceptable || got == nil || got.Value() != `399 10.0.0.1:5060 "only application/sdp can be answered"` {
		t.Errorf("%s", res)
	}
}

func TestReasonIsReadWhateverItsForm(t *testing.T) {
	for value, want := range map[string]Cause{
		`Q.850;cause=16;text="Terminated"`:                 {Q850: 16, Text: "Terminated"},
		`SIP ;cause=200 ;text="Call completed elsewhere"`:  {Status: 200, Text: "Call completed elsewhere"},
		`q.850;CAUSE=17, SIP;cause=486;text="a, \"b\"; c"`: {Q850: 17, Status: 486, Text: `a, "b"; c`},
		`Q.850;cause=999`:             {},
		`preemption;cause=1;text="x"`: {Text: "x"},
		`SIP;cause=abc`:               {},
		``:                            {},
		`"`:                           {},
	} {
		if got := ReadReason(request(t, "BYE", "Reason: "+value+"\n")); got != want {
			t.Errorf("%s: %+v", value, got)
		}
	}
}

func TestReasonThatIsWrittenCanBeRead(t *testing.T) {
	for _, c := range []Cause{{Q850: 16, Text: `He said "no", and\left`}, {Text: "x"}, {Q850: 1}, {}} {
		req := request(t, "BYE", "")
		if h := Reason(c.Q850, c.Text); h != nil {
			req.AppendHeader(h)
		} else if c != (Cause{}) {
			t.Errorf("nothing written for %+v", c)
		}
		if got := ReadReason(req); got != c {
			t.Errorf("%+v, want %+v", got, c)
		}
	}
	if strings.ContainsAny(Reason(0, "a\r\nInjected: x").Value(), "\r\n") {
		t.Error("a text can break the line")
	}
}

func FuzzReason(f *testing.F) {
	f.Add(`Q.850;cause=16;text="Terminated"`)
	f.Add(`SIP;cause=486;text="a\", b", Q.850 ;; cause`)
	f.Fuzz(func(t *testing.T, value string) {
		req := request(t, "BYE", "")
		req.AppendHeader(sip.NewHeader("Reason", value))
		c := ReadReason(req)
		if c.Q850 < 0 || c.Q850 > 127 || c.Status != 0 && (c.Status < 100 || c.Status > 699) {
			t.Fatalf("%+v", c)
		}
	})
}

// FuzzFields reads every field that this package reads and that has no target of its own.
func FuzzFields(f *testing.F) {
	for _, s := range []string{
		"47755a9de7794ba387653f2099600ef2;remote=0", "application/sdp;level=1, */*", "100rel, timer", "5 (I'm in a meeting);duration=60", "false;x", ",,;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "h"})
		for _, name := range []string{
			"Session-ID", "Accept", "Allow", "Require", "Supported", "Retry-After", "Min-SE", "Refer-Sub", "Content-Type",
		} {
			req.AppendHeader(sip.NewHeader(name, value))
		}
		req.SetBody([]byte("x"))
		if id := PeerSessionID(req); id != "" && !validSessionID(id) {
			t.Errorf("%q has the session identifier %q", value, id)
		}
		for _, tag := range Unsupported(req) {
			if tag == "" || slices.Contains(Extensions, tag) {
				t.Errorf("%q requires %q", value, tag)
			}
		}
		if d := RetryAfter(req); d < 0 {
			t.Errorf("%q is %s", value, d)
		}
		if d := ReadMinSE(req); d < 0 {
			t.Errorf("%q is %s", value, d)
		}
		if Understood(req) && !Describable(req) {
			t.Errorf("%q is a description as a type and not in a list", value)
		}
		_, _, _ = ReadAllow(req), NoReferSub(req), Supports(req, Timer)
	})
}

func TestSessionIDOfThePeer(t *testing.T) {
	const id = "47755a9de7794ba387653f2099600ef2"
	for value, want := range map[string]string{
		id + ";remote=" + NilSessionID: id, id: id, NilSessionID + ";remote=" + id: "",
		"47755A9DE7794BA387653F2099600EF2": "", "short": "", "": "",
	} {
		if got := PeerSessionID(request(t, "INVITE", "Session-ID: "+value+"\n")); got != want {
			t.Errorf("%q: %q", value, got)
		}
	}
	if got := SessionID(id, "").Value(); got != id+";remote="+NilSessionID {
		t.Error(got)
	}
}

func TestViaAndContactNameTheAddress(t *testing.T) {
	v6 := netip.MustParseAddrPort("[fd00::1]:5060")
	if got := Via("tcp", v6, "x").Value(); got != "SIP/2.0/TCP [fd00::1]:5060;branch=z9hG4bKx;rport" {
		t.Error(got)
	}
	if got := Via("tls", v6, "x").Value(); got != "SIP/2.0/TLS [fd00::1]:5060;branch=z9hG4bKx;rport;alias" {
		t.Error(got)
	}
	if got := Contact("bob", "tcp", v6).Value(); got != "<sip:bob@[fd00::1]:5060;transport=tcp>" {
		t.Error(got)
	}
	if got := Contact("", "udp", netip.MustParseAddrPort("10.0.0.1:5070")).Value(); got != "<sip:10.0.0.1:5070>" {
		t.Error(got)
	}
}

func TestContactIsSecureWhereTheRequestDemandsIt(t *testing.T) {
	sips, plain := sip.Uri{Scheme: "sips", Host: "a.example"}, sip.Uri{Scheme: "sip", Host: "a.example"}
	tests := map[string]struct {
		target sip.Uri
		header sip.Header
		want   string
	}{
		"nowhere":                             {plain, nil, "<sip:bob@10.0.0.1:5061;transport=tls>"},
		"Request-URI":                         {sips, nil, "<sips:bob@10.0.0.1:5061>"},
		"next hop":                            {plain, &sip.RouteHeader{Address: sips}, "<sips:bob@10.0.0.1:5061>"},
		"last hop":                            {plain, &sip.RecordRouteHeader{Address: sips}, "<sips:bob@10.0.0.1:5061>"},
		"Contact of the peer":                 {plain, &sip.ContactHeader{Address: sips}, "<sips:bob@10.0.0.1:5061>"},
		"hops that do not, Contact of a peer": {plain, &sip.ContactHeader{Address: plain}, "<sip:bob@10.0.0.1:5061;transport=tls>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req := sip.NewRequest(sip.INVITE, tt.target)
			if tt.header != nil {
				req.AppendHeader(tt.header)
			}
			if got := Secured(req, Contact("bob", "tls", netip.MustParseAddrPort("10.0.0.1:5061"))).Value(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
