package export_test

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/export"
)

// record is a CLF record as its index pointers cut it (RFC 6873 section 4.1).
type record struct {
	at, flags string
	fields    []string
}

// records reads a log back by its pointers alone.
func records(t *testing.T, log string) []record {
	t.Helper()
	hex := func(s string) int {
		n, err := strconv.ParseInt(s, 16, 32)
		if err != nil || strings.ToUpper(s) != s {
			t.Fatalf("%q is no upper-case hexadecimal number", s)
		}
		return int(n)
	}
	var out []record
	for log != "" {
		if log[0] != 'A' || log[7] != ',' {
			t.Fatalf("no record begins at %.80q", log)
		}
		length := hex(log[1:7])
		one := log[:length]
		log = log[length:]
		var pointers []int
		for at := 8; at < 60; at += 4 {
			pointers = append(pointers, hex(one[at:at+4]))
		}
		if len(pointers) != 13 || pointers[0] != 82 || pointers[12] != length-1 || one[length-1] != '\n' || one[60] != '\n' || one[71] != '.' {
			t.Fatalf("pointers %v of %q", pointers, one)
		}
		r := record{at: one[61:75], flags: one[76:81]}
		for i, p := range pointers[:12] {
			if one[p-1] != '\t' {
				t.Fatalf("pointer %d does not point behind a tab in %q", i, one)
			}
			end := pointers[i+1] - 1
			if i == 11 {
				end = pointers[12]
			}
			r.fields = append(r.fields, one[p:end])
		}
		if strings.ContainsAny(strings.Join(r.fields, ""), "\t\r\n") {
			t.Fatalf("a field holds a separator: %q", r.fields)
		}
		out = append(out, r)
	}
	return out
}

func TestCLFRecordsReadBackByTheirPointers(t *testing.T) {
	for _, name := range names(t) {
		views := call(t, name)
		got := records(t, write(t, "clf", views, export.Options{}))
		want := 0
		for _, l := range trace.Merge(views) {
			m, ok := l.Event.Data.(trace.SIP)
			if !ok {
				continue
			}
			r := got[want]
			want++
			from, to := m.Local, m.Remote
			if l.Event.Kind == trace.SIPReceived {
				from, to = to, from
			}
			seconds := strconv.FormatFloat(float64(l.At.UnixMilli())/1000, 'f', 3, 64)
			if r.at != seconds || r.fields[0] != strconv.Itoa(int(m.CSeq))+" "+m.Method || r.fields[3] != to || r.fields[4] != from {
				t.Errorf("%s: %+v for %+v", name, r, m)
			}
			if (r.flags[0] == 'R') != m.IsRequest() || (r.flags[2] == 'S') != (l.Event.Kind == trace.SIPSent) || (r.flags[1] == 'D') != (m.Retransmission > 0) {
				t.Errorf("%s: flags %s for %+v", name, r.flags, m)
			}
			if tag := r.fields[8]; tag != m.FromTag || r.fields[9] == "-" || r.fields[9] == "?" || !strings.HasPrefix(r.fields[5], "sip:") {
				t.Errorf("%s: %q", name, r.fields)
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d records for %d messages", name, len(got), want)
		}
	}
}

// The record of RFC 6873 section 5, whose pointers count from 1 and not, as its section 4.1 says, from 0.
const example = `QTAwMDEwMCwwMDUzMDA1QzAwNUUwMDZEMDA3RDAwOEYwMDlFMDBBMDAwQkEwMEM3MDBF
QjAwRjcwMTAwCjEzMjg4MjExNTMuMDEwCVJPUlVVCTEgSU5WSVRFCS0Jc2lwOjE5Mi4w
LjIuMTAJMTkyLjAuMi4xMDo1MDYwCTE5Mi4wLjIuMjAwOjU2NDg1CXNpcDoxOTIuMC4y
LjEwCS0Jc2lwOjEwMDFAZXhhbXBsZS5jb206NTA2MAlETDg4MzYwZmE1ZmMJREw3MGRm
ZjU5MGMxLTEwNzkwNTE1NTRAZXhhbXBsZS5jb20JUzE3ODE3NjEtODgJQzY3NjUxLTEx
Cg==`

func TestExampleOfTheSpecificationIsWrittenAsItIs(t *testing.T) {
	want, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(example, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	raw := lines("INVITE sip:192.0.2.10 SIP/2.0", "To: <sip:192.0.2.10>", "i: DL70dff590c1-1079051554@example.com",
		`From: "Alice" <sip:1001@example.com:5060>;`, " tag=DL88360fa5fc;epid=0x34619b0", "CSeq: 1 INVITE", "")
	got := write(t, "clf", []trace.View{{Events: []trace.Event{{
		At: time.Unix(1328821153, 10_000_000), Kind: trace.SIPReceived, Data: trace.SIP{
			Transport: "udp", Local: "192.0.2.10:5060", Remote: "192.0.2.200:56485", Method: "INVITE", CSeq: 1, Branch: "S1781761-88", FromTag: "DL88360fa5fc", Raw: raw,
		},
	}}}}, export.Options{})
	// The proxy of the example forwards the request, so it has a client transaction as well, of ten bytes.
	_, wanted, _ := strings.Cut(string(want), "\n")
	_, line, _ := strings.Cut(got, "\n")
	if strings.TrimSuffix(line, "-\n") != strings.TrimSuffix(wanted, "C67651-11\n") {
		t.Errorf("got  %q\nwant %q", line, wanted)
	}
	for at := 8; at < 56; at += 4 {
		theirs, _ := strconv.ParseInt(string(want[at:at+4]), 16, 32)
		ours, _ := strconv.ParseInt(got[at:at+4], 16, 32)
		if ours != theirs-1 {
			t.Errorf("pointer at %d: %d, want one less than %d", at, ours, theirs)
		}
	}
}

func TestFieldsOfCLFThatAreOddAreEscaped(t *testing.T) {
	event := func(transport, raw string) []trace.View {
		return []trace.View{{Events: []trace.Event{{Kind: trace.SIPSent, At: time.Unix(1, 0), Data: trace.SIP{
			Transport: transport, Local: "[2001:db8:0:0::1]:5061", Remote: "nowhere", Method: "INVITE", CSeq: 7, Raw: raw,
		}}}}}
	}
	r := records(t, write(t, "clf", event("tls", lines("INVITE x SIP/2.0", "Call-ID: -", "To: <sip:b;isub=1@h;transport=tcp>", "From:")), export.Options{}))[0]
	want := []string{"7 INVITE", "-", "x", "?", "[2001:db8::1]:5061", "sip:b;isub=1@h", "-", "?", "-", "%2D", "-", "-"}
	if strings.Join(r.fields, "|") != strings.Join(want, "|") || r.flags != "ROSTE" || r.at != "0000000001.000" {
		t.Errorf("%q %q %q", r.fields, r.flags, r.at)
	}
	r = records(t, write(t, "clf", event("udp", lines("a\tb", "Call-ID: ?\tx"+strings.Repeat("y", 5000))), export.Options{}))[0]
	if r.fields[2] != "?" || len(r.fields[9]) != 4096 || !strings.HasPrefix(r.fields[9], "? x") {
		t.Errorf("%q", r.fields)
	}
}

func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }
