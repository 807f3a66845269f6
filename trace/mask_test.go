package trace_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

// lines joins header fields and body lines as SIP does.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

func redactRaw(raw string, c trace.Capture, m trace.Mask) string {
	e := trace.Redact(trace.Event{Kind: trace.SIPSent, Data: trace.SIP{Method: "INVITE", Raw: raw}}, c, m)
	return e.Data.(trace.SIP).Raw
}

func TestCaptureLevelKeepsWhatItSays(t *testing.T) {
	head := lines("INVITE sip:bob@example.com SIP/2.0", "Call-ID: 1@h", "Content-Length: 5")
	raw := head + "\r\nv=0\r\n"
	for c, want := range map[trace.Capture]string{trace.CaptureFull: raw, trace.CaptureHeaders: head, trace.CaptureNone: ""} {
		if got := redactRaw(raw, c, trace.Mask{}); got != want {
			t.Errorf("%s: %q, want %q", c, got, want)
		}
	}
	if _, err := trace.ParseCapture("some"); err == nil {
		t.Error("an unknown level is accepted")
	}
}

func TestCredentialsNeverStayInAMessage(t *testing.T) {
	for name, in := range map[string]string{
		"authorization":       lines(`Authorization: Digest username="a", response="s3cret"`),
		"proxy, other case":   lines(`PROXY-authorization : Digest response="s3cret"`),
		"no space":            lines(`Authorization:Basic s3cret`),
		"unknown scheme":      lines(`Authorization: s3cret s3cret`),
		"tab after scheme":    lines("Authorization: Digest\tresponse=s3cret"),
		"folded":              lines(`Authorization: Digest`, "\tusername=\"a\",", `  response="s3cret"`, `Via: x`),
		"answer to it":        lines(`Authentication-Info: rspauth="s3cret"`),
		"bare CR inside":      lines("Authorization: Digest a=b,\rresponse=s3cret", "Via: x"),
		"bare LF inside":      lines("Authorization: Digest a=b,\nresponse=\"s3cret\"", "Via: x"),
		"in a sipfrag body":   lines("NOTIFY sip:a SIP/2.0", "", "INVITE sip:b SIP/2.0", "Authorization: Digest response=s3cret"),
		"password in a URI":   lines("INVITE sip:bob:s3cret@example.com SIP/2.0"),
		"second URI":          lines("Contact: <sip:a@h>, <sips:bob:s3cret@h;x=y>"),
		"URIs without a gap":  lines("Contact: sip:a@h,sip:bob:s3cret@h"),
		"SRTP key":            lines("INVITE x", "", "v=0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:s3cret|2^20"),
		"ICE password":        lines("INVITE x", "", "a=ice-pwd:s3cret"),
		"key of a session":    lines("INVITE x", "", "k=base64:s3cret"),
		"message without end": "Authorization: Digest response=s3cret",
	} {
		if got := redactRaw(in, trace.CaptureFull, trace.Mask{}); strings.Contains(got, "s3cret") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := redactRaw(lines("Authorization: Digest a=b", "Via: x"), trace.CaptureFull, trace.Mask{}); got != lines("Authorization: Digest xxx", "Via: x") {
		t.Errorf("scheme or next field is gone: %q", got)
	}
	e := trace.Redact(trace.Event{Data: trace.Initiated{To: trace.Party{URI: "sip:bob:s3cret@h"}}}, trace.CaptureFull, trace.Mask{})
	if got := e.Data.(trace.Initiated).To.URI; got != "sip:bob:xxx@h" {
		t.Errorf("party: %q", got)
	}
}

func TestLineEndsOfLFKeepTheFieldsBehindACredential(t *testing.T) {
	if got := redactRaw("Authorization: Digest a\nVia: x\n", trace.CaptureFull, trace.Mask{}); got != "Authorization: Digest xxx\nVia: x\n" {
		t.Errorf("%q", got)
	}
}

func TestDigitsAreMaskedWhereTheyWereKeyed(t *testing.T) {
	for _, c := range []struct{ in, want trace.Payload }{
		{trace.Key{Keys: "0123#*"}, trace.Key{Keys: "xxxxxx"}},
		{trace.Key{Keys: "redial"}, trace.Key{Keys: "redial"}},
		{trace.DTMF{Digits: "12A"}, trace.DTMF{Digits: "xxx"}},
		{trace.Choice{Menu: "m", Key: "2", Target: "sales"}, trace.Choice{Menu: "m", Key: "2", Target: "sales"}},
	} {
		got := trace.Redact(trace.Event{Data: c.in}, trace.CaptureFull, trace.Mask{Digits: true}).Data
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
		if got := trace.Redact(trace.Event{Data: c.in}, trace.CaptureFull, trace.Mask{}).Data; !cmp.Equal(got, c.in) {
			t.Errorf("masked without being asked: %v", got)
		}
	}
}

func TestDigitsAreMaskedInBodies(t *testing.T) {
	for name, c := range map[string]struct{ media, body, want string }{
		"relay": {"application/dtmf-relay", lines("Signal=5", "Duration=160"), lines("Signal=x", "Duration=160")},
		"bare":  {"application/dtmf", "5", "x"},
		"kpml": {
			"application/kpml-response+xml", `<kpml-response version="1.0" digits="12#" code='200'/>`,
			`<kpml-response version="1.0" digits="xxx" code='200'/>`,
		},
		"sdp": {"application/sdp", lines("v=0", "m=audio 1234 RTP/AVP 0 101"), lines("v=0", "m=audio 1234 RTP/AVP 0 101")},
	} {
		head := lines("INFO sip:b@h SIP/2.0", "CSeq: 5 INFO", "c: "+c.media) + "\r\n"
		if got := redactRaw(head+c.body, trace.CaptureFull, trace.Mask{Digits: true}); got != head+c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestNumbersKeepTheirLastTwoDigitsAndNothingElseChanges(t *testing.T) {
	in := lines(
		"INVITE sip:+15551234567@10.0.0.1:5060;user=phone SIP/2.0",
		"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK123456",
		`From: "+1 (555) 000-1234" <sip:5550001234@h>;tag=1234567`,
		`To: 101 <sip:101@10.0.0.1>`,
		"Contact: <sip:192.168.100.200:5060>, <tel:+15551234567;ext=22>",
		"P-Asserted-Identity: <sip:%2B15551234567@h>",
		"Call-ID: 123456789@10.0.0.2", "CSeq: 12345 INVITE", "Content-Type: application/sdp",
	) + lines("", "v=0", "o=15551234567 123456 123456 IN IP4 10.0.0.2", "m=audio 40000 RTP/AVP 0")
	want := lines(
		"INVITE sip:+xxxxxxxxx67@10.0.0.1:5060;user=phone SIP/2.0",
		"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK123456",
		`From: "+x (xxx) xxx-xx34" <sip:xxxxxxxx34@h>;tag=1234567`,
		`To: x01 <sip:x01@10.0.0.1>`,
		"Contact: <sip:192.168.100.200:5060>, <tel:+xxxxxxxxx67;ext=22>",
		"P-Asserted-Identity: <sip:%2Bxxxxxxxxx67@h>",
		"Call-ID: 123456789@10.0.0.2", "CSeq: 12345 INVITE", "Content-Type: application/sdp",
	) + lines("", "v=0", "o=xxxxxxxxx67 123456 123456 IN IP4 10.0.0.2", "m=audio 40000 RTP/AVP 0")
	got := redactRaw(in, trace.CaptureFull, trace.Mask{Numbers: true})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(got) != len(in) {
		t.Errorf("length %d became %d", len(in), len(got))
	}
}

func TestNumbersAreMaskedInPayloads(t *testing.T) {
	seats := []string{"handset", "5551234"}
	for _, c := range []struct{ in, want trace.Payload }{
		{
			trace.Initiated{From: trace.Party{URI: "sip:5551234@h", Name: "Alice"}, To: trace.Party{URI: "5551234", Name: "555 1234"}, Account: "sip:101@h"},
			trace.Initiated{From: trace.Party{URI: "sip:xxxxx34@h", Name: "Alice"}, To: trace.Party{URI: "xxxxx34", Name: "xxx xx34"}, Account: "sip:101@h"},
		},
		{
			trace.Initiated{Diverted: []trace.Diversion{{URI: "sip:1234@h", Name: "1234", Reason: "away"}}},
			trace.Initiated{Diverted: []trace.Diversion{{URI: "sip:xx34@h", Name: "xx34", Reason: "away"}}},
		},
		{trace.Forward{To: trace.Party{URI: "tel:+15551234"}}, trace.Forward{To: trace.Party{URI: "tel:+xxxxxx34"}}},
		{trace.Forward{By: &trace.Party{URI: "sip:1234@h", Name: "1234"}}, trace.Forward{By: &trace.Party{URI: "sip:xx34@h", Name: "xx34"}}},
		{trace.Transfer{To: trace.Party{URI: "sip:alice99@h"}}, trace.Transfer{To: trace.Party{URI: "sip:alice99@h"}}},
		{trace.Ring{Seats: seats}, trace.Ring{Seats: []string{"handset", "xxxxx34"}}},
		{trace.Blocked{Number: "0900123456", Status: 901}, trace.Blocked{Number: "xxxxxxxx56", Status: 901}},
		{trace.Alerting{Who: "5551234", Status: 180}, trace.Alerting{Who: "xxxxx34", Status: 180}},
		{trace.Answered{Who: "handset"}, trace.Answered{Who: "handset"}},
	} {
		got := trace.Redact(trace.Event{Data: c.in}, trace.CaptureFull, trace.Mask{Numbers: true}).Data
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
	if seats[1] != "5551234" {
		t.Error("the caller's payload was changed")
	}
}

func FuzzRedactMessage(f *testing.F) {
	f.Add("INVITE sip:1001@h SIP/2.0\r\nTo: \"1\" <sip:2:3@h>", "\r\n\r\nv=0\r\nk=x", "Authorization", byte(3))
	f.Add("", " folded\r\nSignal=5", "proxy-AUTHORIZATION", byte(0))
	f.Fuzz(func(t *testing.T, before, after, field string, level byte) {
		const password = "hunter2-hunter2"
		if strings.Contains(before+after+field, "hunter2") {
			return
		}
		m := trace.Mask{Digits: level&1 != 0, Numbers: level&2 != 0}
		c := trace.CaptureFull
		if level&4 != 0 {
			c = trace.CaptureHeaders
		}
		if f := strings.ToLower(field); f != "authorization" && f != "proxy-authorization" {
			field = "Authorization"
		}
		raw := before + "\r\n" + field + ": Digest username=\"u\",\r\n\tresponse=\"" + password + "\"\r\n" + after
		once := redactRaw(raw, c, m)
		if strings.Contains(once, "hunter2") {
			t.Fatalf("password is left: %q", once)
		}
		if again := redactRaw(once, c, m); again != once {
			t.Fatalf("not idempotent:\n%q\n%q", once, again)
		}
	})
}

func BenchmarkRedactInvite(b *testing.B) {
	raw := lines("INVITE sip:bob@10.0.0.1:5060 SIP/2.0", "Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK123456", "Max-Forwards: 70",
		`From: "Alice" <sip:alice@h>;tag=1234567`, "To: <sip:bob@10.0.0.1>", "Call-ID: 123456789@10.0.0.2", "CSeq: 12345 INVITE",
		"Contact: <sip:alice@10.0.0.2:5060>", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS", "Content-Type: application/sdp", "Content-Length: 130") +
		lines("", "v=0", "o=- 123456 123456 IN IP4 10.0.0.2", "s=-", "c=IN IP4 10.0.0.2", "t=0 0", "m=audio 40000 RTP/AVP 8 0 101", "a=sendrecv")
	e := trace.Event{Kind: trace.SIPSent, Data: trace.SIP{Raw: raw}}
	b.ReportAllocs()
	for b.Loop() {
		trace.Redact(e, trace.CaptureFull, trace.Mask{Digits: true})
	}
}
