package export_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/export"
	"sidetone/trace/phrase"
)

// identities collects, from the event lines of a call and without the help of what redacts, everything that says who or
// where: addresses, users and hosts of URIs, display names, devices, Call-IDs.
func identities(views []trace.View) map[string]bool {
	found := map[string]bool{}
	add := func(s string) {
		if s != "" && s != "0.0.0.0" {
			found[s] = true
		}
	}
	uri := regexp.MustCompile(`(?i)sips?:(?:([^@\s<>;"\\]+)@)?(\[[^\]]+\]|[^:;>\s"\\]+)`)
	ip := regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	named := regexp.MustCompile(`(?m)^(?:From|To|Contact): "?([^"<\r\n]*?)"? *<`)
	id := regexp.MustCompile(`(?m)^Call-ID: *(\S+)`)
	for _, v := range views {
		add(v.Device)
		add(v.Name)
		for _, e := range v.Events {
			data, _ := json.Marshal(e.Data)
			text := string(data)
			switch d := e.Data.(type) {
			case trace.SIP:
				text += "\n" + strings.ReplaceAll(d.Raw, "\r\n", "\n")
			case trace.Initiated:
				add(d.From.Name)
				add(d.To.Name)
				add(d.SIPCallID)
			case trace.Alerting:
				add(d.Who)
			case trace.Answered:
				add(d.Who)
			case trace.Blocked:
				add(d.Number)
			}
			for _, m := range uri.FindAllStringSubmatch(text, -1) {
				add(m[1])
				add(m[2])
			}
			for _, m := range ip.FindAllString(text, -1) {
				add(m)
			}
			for _, m := range named.FindAllStringSubmatch(text, -1) {
				add(m[1])
			}
			for _, m := range id.FindAllStringSubmatch(text, -1) {
				add(m[1])
			}
		}
	}
	return found
}

// reveals finds an identity as a word of its own. A short number is sought only where a user or a name can stand, because
// payload types and counts have the same digits.
func reveals(format, text, identity string) string {
	if !strings.Contains(strings.ToLower(text), strings.ToLower(identity)) {
		return ""
	}
	pattern := `(?i)(^|[^\w])` + regexp.QuoteMeta(identity) + `($|[^\w])`
	if len(identity) < 5 && strings.Trim(identity, "0123456789") == "" {
		n := regexp.QuoteMeta(identity)
		pattern = `(?i)sips?:` + n + `\b|tel:` + n + `\b|(called|dialled|appelé|composé) ` + n + `\b|→ ` + n + `\b|\b` + n + ` →`
		if format != "svg" { // whose coordinates are numbers
			pattern += `|"` + n + `"`
		}
	}
	return regexp.MustCompile(pattern).FindString(text)
}

func TestNoNumberNameOrAddressIsInARedactedExport(t *testing.T) {
	for _, name := range names(t) {
		views := call(t, name)
		sought := identities(views)
		if len(sought) < 3 {
			t.Fatalf("%s: nothing to seek: %v", name, sought)
		}
		for _, f := range export.Formats() {
			got := write(t, f.Name, views, export.Options{Lang: phrase.En, Redact: true})
			for identity := range sought {
				if strings.EqualFold(identity, "sipp") && f.Name == "sipp" {
					continue // the name of SIPp itself
				}
				if found := reveals(f.Name, got, identity); found != "" {
					t.Errorf("%s.%s reveals %q: %q", name, f.Name, identity, found)
				}
			}
		}
	}
}

func TestARedactedCallIsToldByTheSameSteps(t *testing.T) {
	for _, name := range names(t) {
		views := call(t, name)
		back := readBack(t, write(t, "ndjson", views, export.Options{Redact: true}))
		if diff := cmp.Diff(steps(views), steps(back)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// hostile is a call that tells of somebody wherever a message can.
func hostile() []trace.View {
	raw := lines(`INVITE sip:+15145550142@pbx.acme.test;user=phone SIP/2.0`,
		`Via: SIP/2.0/UDP 172.16.9.9:5060;branch=z9hG4bK-172.16.9.9-1;received=203.0.114.7;rport=5060`,
		`f: "Jean \"JT\" Tremblay" <sip:jean.tremblay:geheim@acme.test>;tag=172.16.9.9-77;x-name=Tremblay`,
		`t: <tel:+1-514-555-0142;phone-context=acme.test>`, `i: abc-jean.tremblay@172.16.9.9`, `CSeq: 1 INVITE`,
		`m: <sip:jean.tremblay@[fd00:9::9]:5060>;+sip.instance="<urn:uuid:00115877-9c1d>"`,
		`P-Asserted-Identity: "Jean Tremblay" <sip:+15145550142@acme.test>`, `Diversion: <sip:secretary@acme.test>;reason=no-answer`,
		`History-Info: <sip:secretary@acme.test>;index=1`, `Identity: eyJhbGciOiJFUzI1NiJ9`, `Authorization: Digest username="jean.tremblay"`,
		`Subject: call Tremblay back`, `User-Agent: Phone 00:15:65:aa:bb:cc`, `X-Custom: Tremblay`,
		`Reason: Q.850;cause=16;text="Tremblay at 172.16.9.9 hung up"`,
		`Warning: 399 pbx.acme.test "Tremblay is away"`, `WWW-Authenticate: Digest realm="acme.test", nonce="n0nce"`,
		`Content-Type: application/sdp`, `Content-Length: 1`, ``,
		`v=0`, `o=tremblay 1 1 IN IP4 172.16.9.9`, `s=Tremblay`, `i=acme.test`, `e=jean@acme.test`, `p=+1 514 555 0142`, `c=IN IP4 172.16.9.9`, `t=0 0`,
		`m=audio 4000 RTP/AVP 0`, `a=candidate:1 1 UDP 1 172.16.9.9 4000 typ host`, `a=rtcp:4001 IN IP4 172.16.9.9`, `a=ssrc:1 cname:jean@acme.test`, `a=sendonly`)
	party := trace.Party{URI: "sip:jean.tremblay@acme.test", Name: "Jean Tremblay"}
	other := trace.Party{URI: "tel:+15145550142", Name: "+1 514 555 0142"}
	data := []trace.Payload{
		trace.Initiated{Direction: trace.Out, From: party, To: other, Account: "jean.tremblay", SIPCallID: "abc-jean.tremblay@172.16.9.9", Diverted: []trace.Diversion{{URI: party.URI, Name: "secretary"}}},
		trace.SIP{Transport: "udp", Local: "172.16.9.9:5060", Remote: "[fd00:9::9]:5060", Method: "INVITE", CSeq: 1, Branch: "z9hG4bK-172.16.9.9-1", FromTag: "172.16.9.9-77", Reason: "to Tremblay", Raw: raw},
		trace.Alerting{Who: "Jean Tremblay"},
		trace.Answered{Who: "172.16.9.9:5060"},
		trace.Media{Local: "172.16.9.9:4000", Remote: "pbx.acme.test:4000"},
		trace.Forward{To: party, By: &other},
		trace.Transfer{To: party, Reason: "Tremblay refused"},
		trace.Blocked{Number: "+15145550142"},
		trace.Ring{Seats: []string{"Tremblay", "sip:jean.tremblay@acme.test"}},
		trace.Choice{Target: "Tremblay"},
		trace.Line{AOR: party.URI, Registrar: "pbx.acme.test", Reason: "no route to 172.16.9.9"},
		trace.Rejected{Last: "172.16.9.9:1"},
		trace.Fault{Error: "jean.tremblay is not allowed"},
		trace.Started{Name: "Tremblay"},
		trace.Unknown(`{"who":"Tremblay"}`),
		trace.DTMF{Digits: "5145550142"},
		trace.Key{Keys: "5145550142"},
		trace.Hold{Reason: "refused by pbx.acme.test"},
		trace.Ended{Reason: "Jean Tremblay left"},
		trace.Response{Message: "call +15145550142", Media: "x"},
	}
	kinds := []trace.Kind{
		trace.CallInitiated, trace.SIPSent, trace.CallRinging, trace.CallAnswered, trace.MediaStarted, trace.FlowForward, trace.TransferFailed, trace.RouteBlocked, trace.FlowRing,
		trace.FlowChoice, trace.LineFailed, trace.SIPRejected, trace.DeviceFault, trace.AgentStarted, "x.new", trace.DTMFSent, trace.DeviceKey, trace.HoldRefused, trace.CallEnded, trace.FlowResponse,
	}
	v := trace.View{Device: "tremblay-desk", Name: "Tremblay"}
	for i, d := range data {
		v.Events = append(v.Events, trace.Event{Boot: 1, Seq: uint64(i + 1), N: i + 1, Call: "01A", Leg: 1, Kind: kinds[i], Data: d})
	}
	return []trace.View{v}
}

func TestNothingOfAPersonStaysAnywhereInAMessageOrAPayload(t *testing.T) {
	for _, f := range export.Formats() {
		got := strings.ToLower(write(t, f.Name, hostile(), export.Options{Redact: true}))
		for _, sought := range []string{
			"tremblay", "jean", "acme", "5145550142", "514 555", "514-555", "172.16", "fd00", "203.0.114", "secretary", "geheim", "00:15:65", "uuid", "eyjhb", "n0nce", "username=",
			"p-asserted", "diversion:", "history-info", "identity:", "user-agent", "subject", "x-custom",
		} {
			if strings.Contains(got, sought) {
				t.Errorf("%s holds %q", f.Name, sought)
			}
		}
	}
}

func TestPseudonymsAreTheSameThroughout(t *testing.T) {
	got := write(t, "ndjson", call(t, "answered"), export.Options{Redact: true})
	for _, c := range []struct {
		text  string
		least int
	}{{`"name":"Alpha"`, 39}, {"sip:801@host-1.example", 20}, {"100.64.0.", 80}, {"Call-ID: call-1\\r\\n", 40}, {"tag=tag-1", 40}} {
		if n := strings.Count(got, c.text); n < c.least {
			t.Errorf("%q stands there %d times, want at least %d", c.text, n, c.least)
		}
	}
	if strings.Contains(got, "call-2") || strings.Contains(got, "tag-3") {
		t.Error("one identifier has two pseudonyms")
	}
	if first := write(t, "ndjson", call(t, "answered"), export.Options{Redact: true}); first != got {
		t.Error("the same call is redacted otherwise the second time")
	}
}
