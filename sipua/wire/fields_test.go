package wire

import (
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// longForms are fields with their compact form, from RFC 3261 section 7.3.3 and the extensions that IANA lists, and a value.
var longForms = []struct{ compact, name, value string }{
	{"a", "Accept-Contact", `*;audio;require`},
	{"b", "Referred-By", "<sip:d@h>"},
	{"c", "Content-Type", "text/plain"},
	{"d", "Request-Disposition", "no-fork, queue"},
	{"e", "Content-Encoding", "identity"},
	{"f", "From", "<sip:a@h>;tag=t"},
	{"i", "Call-ID", "2@h"},
	{"j", "Reject-Contact", `*;methods="INVITE, BYE"`},
	{"k", "Supported", "100rel, timer"},
	{"l", "Content-Length", "0"},
	{"m", "Contact", "<sip:a@h>"},
	{"n", "Identity-Info", "<https://example.com/c>;alg=rsa-sha1"},
	{"o", "Event", "refer;id=1"},
	{"r", "Refer-To", "<sip:c@h?Replaces=1>"},
	{"s", "Subject", "lunch, at one"},
	{"t", "To", "<sip:b@h>"},
	{"u", "Allow-Events", "refer, dialog"},
	{"v", "Via", "SIP/2.0/UDP h;branch=z9hG4bK7"},
	{"x", "Session-Expires", "1800;refresher=uac"},
	{"y", "Identity", `"signature"`},
}

// only is optionsLines with a field in place of the one that it is the long name of.
func only(name, line string) string {
	lines := slices.DeleteFunc(slices.Clone(optionsLines), func(l string) bool { return strings.HasPrefix(l, name+":") })
	return text(append(lines, line)...)
}

// values are those of a field, in order.
func values(msg sip.Message, name string) []string {
	var all []string
	for _, h := range msg.GetHeaders(name) {
		all = append(all, strings.Join(strings.Fields(h.Value()), " "))
	}
	return all
}

func TestCompactFormsAreFoundByTheirNames(t *testing.T) {
	for _, f := range longForms {
		for _, compact := range []string{f.compact, strings.ToUpper(f.compact), f.compact + " \t"} {
			req, fault := readRequest(t, only(f.name, compact+": "+f.value))
			if fault != nil {
				t.Errorf("%s: %s", compact, fault.Reason)
			}
			if got := values(req, f.name); !slices.Equal(got, []string{f.value}) {
				t.Errorf("%s is read as %s: %q", compact, f.name, got)
			}
		}
	}
}

func TestFieldMayBeFoldedWhereverItHasABlank(t *testing.T) {
	lines := []string{
		`Via: SIP / 2.0 / UDP h : 5060 ; branch = z9hG4bK7 , SIP/2.0/TCP i ; branch = z9hG4bK8`,
		`From: "A. B." <sip:a@h> ; tag = t ; p = "x y"`,
		`To: B <sip:b@h> ; p = q`,
		`Call-ID: 2@h`,
		`CSeq: 7 OPTIONS`,
		`Contact: "a, b" <sip:a@h> ; q = 0.1 , <sip:b@h>`,
		`Route: <sip:p;lr> , <sip:q;lr>`,
		`Record-Route: <sip:p;lr> ; x = y , <sip:q;lr>`,
		`Content-Length: 0`,
		`Content-Type: text/plain ; charset = utf-8`,
		`Max-Forwards: 7`,
		`Supported: 100rel , timer`,
		`Require: 100rel , timer`,
		`Subject: one two three`,
		`Session-Expires: 1800 ; refresher = uac`,
		`Reason: Q.850 ; cause = 16 ; text = "a b"`,
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		plain, fault := readRequest(t, only(name, line))
		if fault != nil {
			t.Errorf("%s: %s", line, fault.Reason)
			continue
		}
		for i := range len(line) {
			if line[i] != ' ' {
				continue
			}
			for _, fold := range []string{"\r\n ", " \r\n\t", "\t \r\n   "} {
				folded := line[:i] + fold + line[i+1:]
				req, fault := readRequest(t, only(name, folded))
				if fault != nil {
					t.Errorf("%q: %s", folded, fault.Reason)
				} else if diff := cmp.Diff(values(plain, name), values(req, name)); diff != "" {
					t.Errorf("%q (-plain +folded):\n%s", folded, diff)
				}
			}
		}
	}
}

func TestListMayStandInOneFieldOrInMore(t *testing.T) {
	for _, f := range []struct{ name, first, second string }{
		{"Via", `SIP/2.0/UDP h;branch=z9hG4bK7`, `SIP/2.0/TCP i;x="a,b"`},
		{"Route", "<sip:p;lr>", "<sip:q,r@h;lr>"},
		{"Record-Route", "<sip:p;lr>", `<sip:q;lr>;x="a,b"`},
		{"Contact", `"a, \"b" <sip:a@h>;q=0.1`, "<sip:b@h?x=1,2>"},
	} {
		want := []string{f.first, f.second}
		for _, line := range []string{f.first + "," + f.second, f.first + " , " + f.second, f.first + "\r\n" + f.name + ": " + f.second} {
			req, fault := readRequest(t, only(f.name, f.name+": "+line))
			if fault != nil {
				t.Errorf("%s: %s", line, fault.Reason)
			} else if diff := cmp.Diff(want, values(req, f.name)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", line, diff)
			}
		}
	}
}

func TestHostsOfURIsAreReadStrictly(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:h": "h", "sip:a@h:5060": "h", "sip:[::1]": "[::1]", "sip:a@[::1]:5061;lr": "[::1]", "sip:a@[2001:db8:::192.0.2.1]": "[2001:db8::192.0.2.1]",
		"sip:a:b@[::ffff:192.0.2.1]": "[::ffff:192.0.2.1]",
		"sip:":                       "", "sip:a@": "", "sip:::1": "", "sip:2001:db8::10": "", "sip:[::1": "", "sip:[]": "", "sip:[h]": "", "sip:[192.0.2.1]": "",
		"sip:[::1]x": "", "sip:a@h]": "", "sip:[::::1]": "",
	} {
		var got sip.Uri
		if ok := readURI(uri, &got); ok != (want != "") || ok && got.Host != want {
			t.Errorf("%s: %q, %t", uri, got.Host, ok)
		}
	}
}
