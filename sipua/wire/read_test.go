package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// optionsLines are a request that nothing is wrong with.
var optionsLines = []string{
	"OPTIONS sip:bob@192.0.2.4 SIP/2.0",
	"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
	"From: <sip:alice@192.0.2.1>;tag=a",
	"To: <sip:bob@192.0.2.4>",
	"Call-ID: 1@192.0.2.1",
	"CSeq: 1 OPTIONS",
	"Max-Forwards: 70",
	"Content-Length: 0",
}

func text(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

// with is optionsLines with more lines, of which one replaces the line of the same field.
func with(more ...string) string {
	lines := append([]string(nil), optionsLines...)
	for _, line := range more {
		name, _, _ := strings.Cut(line, ":")
		found := false
		for i, l := range lines[1:] {
			if n, _, _ := strings.Cut(l, ":"); n == name {
				lines[i+1], found = line, true
			}
		}
		if !found {
			lines = append(lines, line)
		}
	}
	return text(lines...)
}

func readRequest(tb testing.TB, raw string) (*sip.Request, *Fault) {
	tb.Helper()
	msg, fault, err := newReader(Limits{}.withDefaults()).read([]byte(raw))
	if err != nil {
		tb.Fatalf("%v in\n%s", err, raw)
	}
	req, ok := msg.(*sip.Request)
	if !ok {
		tb.Fatalf("no request: %s", raw)
	}
	return req, fault
}

func TestFieldsAreReadAsTheGrammarSays(t *testing.T) {
	tests := []struct {
		name, line string
		get        func(*sip.Request) string
		want       string
	}{
		{
			"tag after a quoted parameter that looks like one", `From: <sip:a@h>;p="q;tag=zz";tag=good`,
			func(r *sip.Request) string { return r.From().Params.GetOr("tag", "") }, "good",
		},
		{
			"tag in capitals", `From: <sip:a@h>;TAG=Good`,
			func(r *sip.Request) string { return r.From().Params.GetOr("tag", "") }, "Good",
		},
		{
			"angle bracket in a display name", `From: "a <sip:x@y> b" <sip:a@h>;tag=t`,
			func(r *sip.Request) string { return r.From().Address.String() }, "sip:a@h",
		},
		{
			"escaped quote in a display name", `From: "a \" b" <sip:a@h>;tag=t`,
			func(r *sip.Request) string { return r.From().Value() }, `"a \" b" <sip:a@h>;tag=t`,
		},
		{
			"quoted parameter with a blank is written back once", `From: <sip:a@h>;tag=t;p="x y"`,
			func(r *sip.Request) string { return r.From().Value() }, `<sip:a@h>;tag=t;p="x y"`,
		},
		{
			"parameters of an address without brackets are the field's", `To: sip:a@h;tag=t;lr`,
			func(r *sip.Request) string { return r.To().Value() }, `<sip:a@h>;tag=t;lr`,
		},
		{
			"lr in capitals", `Route: <sip:p.example;LR>`,
			func(r *sip.Request) string { return r.Route().Value() }, "<sip:p.example;lr>",
		},
		{
			"Session-Expires in compact form", "x: 1800;refresher=uac",
			func(r *sip.Request) string { return r.GetHeader("Session-Expires").Value() }, "1800;refresher=uac",
		},
		{
			"Supported in compact form", "k: 100rel, timer",
			func(r *sip.Request) string { return r.GetHeader("Supported").Value() }, "100rel, timer",
		},
		{
			"Refer-To in compact form", "r: <sip:c@h?Replaces=1>",
			func(r *sip.Request) string { return r.GetHeader("Refer-To").Value() }, "<sip:c@h?Replaces=1>",
		},
		{
			"Event in compact form", "o: refer",
			func(r *sip.Request) string { return r.GetHeader("Event").Value() }, "refer",
		},
		{
			"Referred-By in compact form", "b: <sip:d@h>",
			func(r *sip.Request) string { return r.GetHeader("Referred-By").Value() }, "<sip:d@h>",
		},
		{
			"Max-Forwards beyond its range counts as absent", "Max-Forwards: 256",
			func(r *sip.Request) string { return fmt.Sprint(r.GetHeader("Max-Forwards").Value()) }, "256",
		},
		{
			"CSeq with blanks", "CSeq:  0009 \t OPTIONS",
			func(r *sip.Request) string { return r.CSeq().Value() }, "9 OPTIONS",
		},
		{
			"Contact is a star", "Contact: *",
			func(r *sip.Request) string { return r.Contact().Value() }, "*",
		},
		{
			"Contact of a tel URI", "Contact: <tel:+15145550100>",
			func(r *sip.Request) string { return r.Contact().Value() }, "<tel:+15145550100>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, fault := readRequest(t, with(tt.line))
			if fault != nil {
				t.Fatal(fault.Reason)
			}
			if got := tt.get(req); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryValueOfAListHasAHeaderOfItsOwn(t *testing.T) {
	req, fault := readRequest(t, with(
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1 , SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bK2;x=\"a,b\"",
		`Route: <sip:p1;lr>,<sip:p2;lr;x=a>, "q,r" <sip:p3>`,
		`Contact: "a,b" <sip:a@h;x=1,2>;q=0.1, <sip:b@h>`,
	)+"")
	if fault != nil {
		t.Fatal(fault.Reason)
	}
	var got []string
	for _, h := range req.Headers() {
		switch h.Name() {
		case "Via", "Route", "Contact":
			got = append(got, h.Name()+": "+h.Value())
		}
	}
	want := []string{
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
		`Via: SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bK2;x="a,b"`,
		"Route: <sip:p1;lr>", "Route: <sip:p2;lr;x=a>", "Route: <sip:p3>",
		`Contact: "a,b" <sip:a@h;x=1,2>;q=0.1`, "Contact: <sip:b@h>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if req.Via().Host != "192.0.2.1" || req.Route().Address.Host != "p1" {
		t.Errorf("top Via %s, top Route %s", req.Via(), req.Route())
	}
}

func TestBrokenRequestsHaveAFaultAndAnAnswer(t *testing.T) {
	replaceStart := func(line string) string { return text(append([]string{line}, optionsLines[1:]...)...) }
	tests := []struct {
		name, raw string
		status    int
		reason    string
	}{
		{"lower-case method is another method", replaceStart("options sip:bob@h SIP/2.0"), 501, "Not Implemented"},
		{"unknown method that CSeq does not name", replaceStart("NEW sip:bob@h SIP/2.0"), 501, "Not Implemented"},
		{"CSeq of another method", with("CSeq: 1 INVITE"), 400, "CSeq Method Does Not Match"},
		{"version 3", replaceStart("OPTIONS sip:bob@h SIP/3.0"), 505, "Version Not Supported"},
		{"no host", replaceStart("OPTIONS sip:bob@ SIP/2.0"), 400, "Malformed Request-URI"},
		{"port out of range", replaceStart("OPTIONS sip:bob@h:65536 SIP/2.0"), 400, "Malformed Request-URI"},
		{"http", replaceStart("OPTIONS http://h/ SIP/2.0"), 416, "Unsupported URI Scheme"},
		{"no URI", replaceStart("OPTIONS SIP/2.0"), 400, "Malformed Request-Line"},
		{"two From", with(optionsLines[2] + "\r\n" + optionsLines[2]), 400, "More Than One From"},
		{"Call-ID of two words", with("Call-ID: a b"), 400, "Malformed Call-ID"},
		{"CSeq number too high", with("CSeq: 2147483648 OPTIONS"), 400, "Malformed CSeq"},
		{"CSeq number with a sign", with("CSeq: +1 OPTIONS"), 400, "Malformed CSeq"},
		{"CSeq without method", with("CSeq: 1"), 400, "Malformed CSeq"},
		{"Content-Length with a sign", with("Content-Length: +0"), 400, "Malformed Content-Length"},
		{"Content-Length of the whole world", with("Content-Length: 2147483647"), 400, "Content-Length Beyond The Message"},
		{"branch without identifier", with("Via: SIP/2.0/UDP h;branch=z9hG4bK"), 400, "Missing Transaction Identifier"},
		{"Via port that is none", with("Via: SIP/2.0/UDP h:port;branch=z9hG4bK1"), 400, "Malformed Via"},
		{"empty parameter", with("To: <sip:bob@h>;;x=y"), 400, "Malformed To"},
		{"URI with a blank", with("To: <sip:bob @h>"), 400, "Malformed To"},
		{"no CSeq", strings.Replace(with(), "CSeq: 1 OPTIONS\r\n", "", 1), 400, "Missing CSeq"},
		{"line without colon", with("foobar roobar"), 400, "Malformed Header Field"},
		{"line without colon above Via", strings.Replace(with(), "Via:", "foobar\r\nVia:", 1), 400, "Malformed Header Field"},
		{"lone CR", with("Subject: a\rb"), 400, "Malformed Header Field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, fault := readRequest(t, tt.raw)
			if fault == nil || fault.Status != tt.status || fault.Reason != tt.reason {
				t.Fatalf("fault %+v, want %d %s", fault, tt.status, tt.reason)
			}
			res, ok := Refusal(Inbound{Message: req, Fault: fault})
			if !ok || res.StatusCode != tt.status || res.Reason != tt.reason {
				t.Fatalf("refusal %v", res)
			}
			msg, _, err := newReader(Limits{}.withDefaults()).read([]byte(res.String()))
			var r *refusal // as when a field that was missing is missing in the answer
			if err != nil && (!errors.As(err, &r) || r.reason != RefusedMalformed) {
				t.Errorf("the refusal %q reads as %v, %v", res, msg, err)
			}
		})
	}
}

func TestRefusalCanBeMatchedByItsClient(t *testing.T) {
	req, fault := readRequest(t, with("CSeq: 7 INVITE", "Record-Route: <sip:p;lr>"))
	in := Inbound{Message: req, Fault: fault}
	res, ok := Refusal(in)
	if !ok {
		t.Fatal("no refusal")
	}
	got := res.String()
	want := "SIP/2.0 400 CSeq Method Does Not Match\r\n" +
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n" +
		"From: <sip:alice@192.0.2.1>;tag=a\r\n" +
		"To: <sip:bob@192.0.2.4>;tag=" + res.To().Params.GetOr("tag", "") + "\r\n" +
		"Call-ID: 1@192.0.2.1\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
	again, _ := Refusal(in)
	if again.String() != got || len(res.To().Params.GetOr("tag", "")) < 16 {
		t.Errorf("a retransmission is refused with %s", again)
	}
}

func TestACKIsNeverRefused(t *testing.T) {
	raw := strings.ReplaceAll(with("CSeq: 1 INVITE"), "OPTIONS sip", "ACK sip")
	req, fault := readRequest(t, raw)
	if fault == nil {
		t.Fatal("no fault")
	}
	if res, ok := Refusal(Inbound{Message: req, Fault: fault}); ok {
		t.Errorf("refused with %s", res)
	}
}

func TestWhatCannotBeAnsweredIsRefused(t *testing.T) {
	response := func(lines ...string) string {
		return strings.Replace(with(lines...), optionsLines[0], "SIP/2.0 200 OK", 1)
	}
	tests := []struct{ name, raw, reason string }{
		{"letters", "hello", RefusedJunk},
		{"HTTP", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", RefusedJunk},
		{"STUN", "\x00\x01\x00\x00\x21\x12\xa4\x42", RefusedJunk},
		{"RTP", "\x80\x00\x00\x01", RefusedJunk},
		{"NUL in the header", strings.Replace(with(), "bob@192", "b\x00b@192", 1), RefusedJunk},
		{"NUL below the first line", with("Subject: \x00"), RefusedJunk},
		{"cut in the header", with()[:60], RefusedTruncated},
		{"no blank line", strings.TrimSuffix(with(), "\r\n"), RefusedTruncated},
		{"bare line feeds", strings.ReplaceAll(with(), "\r\n", "\n"), RefusedTruncated},
		{"request without Via", strings.Replace(with(), optionsLines[1]+"\r\n", "", 1), RefusedMalformed},
		{"response without CSeq", strings.Replace(response(), "CSeq: 1 OPTIONS\r\n", "", 1), RefusedMalformed},
		{"response without Via", strings.Replace(response(), optionsLines[1]+"\r\n", "", 1), RefusedMalformed},
		{"response of version 7", strings.Replace(response(), "SIP/2.0 200", "SIP/7.0 200", 1), RefusedMalformed},
		{"response with status 99", strings.Replace(response(), "200 OK", "99 OK", 1), RefusedMalformed},
		{"response with status 700", strings.Replace(response(), "200 OK", "700 OK", 1), RefusedMalformed},
		{"response cut in its body", response("Content-Length: 10"), RefusedMalformed},
		{"response for a proxy", response("Via: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/UDP i;branch=z9hG4bK2"), RefusedMisrouted},
		{"header too long", with("Subject: " + strings.Repeat("x", 17<<10)), RefusedOversized},
		{"header without an end, too long", "OPTIONS sip:h SIP/2.0\r\n" + strings.Repeat("x", 17<<10), RefusedOversized},
		{"too many fields", with(strings.Repeat("a: b\r\n", 300) + "c: d"), RefusedOversized},
		{"message too long", with() + strings.Repeat("x", 65536), RefusedOversized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			msg, _, err := newReader(Limits{}.withDefaults()).read([]byte(tt.raw))
			var r *refusal
			if !errors.As(err, &r) || r.reason != tt.reason {
				t.Errorf("got %v, %v; want refusal %q", msg, err, tt.reason)
			}
		})
	}
}

func TestResponseMayLackItsReasonPhrase(t *testing.T) {
	for _, line := range []string{"SIP/2.0 183", "SIP/2.0 183 "} {
		raw := strings.Replace(with(), optionsLines[0], line, 1)
		msg, fault, err := newReader(Limits{}.withDefaults()).read([]byte(raw))
		res, ok := msg.(*sip.Response)
		if err != nil || fault != nil || !ok || res.StatusCode != 183 {
			t.Errorf("%q: %v, %v, %v", line, msg, fault, err)
		}
	}
}

func TestBytesBeyondTheBodyAreDiscarded(t *testing.T) {
	req, fault := readRequest(t, with("Content-Length: 3")+"abcdef")
	if fault != nil || string(req.Body()) != "abc" {
		t.Errorf("body %q, fault %v", req.Body(), fault)
	}
}

func TestPanicOfTheParserIsContained(t *testing.T) {
	r := newReader(Limits{}.withDefaults())
	r.parser = sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{
		"via": func([]byte, string) (sip.Header, error) { panic("index out of range") },
	}))
	_, _, err := r.read([]byte(with()))
	var refused *refusal
	if !errors.As(err, &refused) || refused.reason != RefusedParser {
		t.Errorf("got %v", err)
	}
}
