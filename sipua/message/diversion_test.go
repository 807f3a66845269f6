package message

import (
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

func invite(fields ...[2]string) *sip.Request {
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "h"})
	for _, f := range fields {
		req.AppendHeader(sip.NewHeader(f[0], f[1]))
	}
	return req
}

func TestDiversionsAreReadFromEitherHeaderField(t *testing.T) {
	const d, h = "Diversion", "History-Info"
	for name, tc := range map[string]struct {
		fields [][2]string
		want   []trace.Diversion
	}{
		"none": {nil, nil},
		"Diversion, the last one first": {
			[][2]string{{d, `"Sales, \"desk\"" <sip:102@h;user=phone>;reason=no-answer;counter=1, <sip:101@h>;reason="user-busy"`}, {d, "<tel:+15551234>"}},
			[]trace.Diversion{{URI: "sip:102@h", Name: `Sales, "desk"`, Reason: "no-answer"}, {URI: "sip:101@h", Reason: "user-busy"}, {URI: "tel:+15551234"}},
		},
		"a comma in the URI":     {[][2]string{{d, "<sip:a,b@h>;reason=away"}}, []trace.Diversion{{URI: "sip:a,b@h", Reason: "away"}}},
		"an unknown reason":      {[][2]string{{d, "<sip:102@h>;reason=whim"}}, []trace.Diversion{{URI: "sip:102@h"}}},
		"what cannot be read":    {[][2]string{{d, `sip:102@h, <sip:103@h, "<sip:104@h>, <>`}}, nil},
		"Diversion goes first":   {[][2]string{{d, "<sip:102@h>"}, {h, "<sip:9@h>;index=1, <sip:8@h;cause=486>;index=2"}}, []trace.Diversion{{URI: "sip:102@h"}}},
		"one entry of a history": {[][2]string{{h, "<sip:102@h>;index=1"}}, nil},
		"only forwarded, never diverted": {
			[][2]string{{h, "<sip:102@h>;index=1, <sip:102@h>;index=1.1;np=1, <sip:102@10.0.0.1>;index=1.1.1;rc=1.1"}}, nil,
		},
		"by mp and cause": {
			[][2]string{{h, "<sip:102@h>;index=1,<sip:x@h>;index=1.1"}, {h, "<sip:103@h;cause=408>;index=1.2;mp=1,<sip:104@h;cause=486>;index=1.3;mp=1.2"}},
			[]trace.Diversion{{URI: "sip:103@h", Reason: "user-busy"}, {URI: "sip:102@h", Reason: "no-answer"}},
		},
		"by a redirection": {
			[][2]string{{h, "<sip:102@h?Reason=SIP%3Bcause%3D302>;index=1"}, {h, "<sip:103@h?Reason=SIP%3Bcause%3D486>;index=2"}, {h, "<sip:104@h>;index=3"}},
			[]trace.Diversion{{URI: "sip:103@h", Reason: "user-busy"}, {URI: "sip:102@h"}},
		},
	} {
		if diff := cmp.Diff(tc.want, ReadDiversions(invite(tc.fields...))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDiversionsOfAMessageAreBounded(t *testing.T) {
	var fields [][2]string
	for range 100 {
		fields = append(fields, [2]string{"Diversion", "<sip:102@h>"})
	}
	if n := len(ReadDiversions(invite(fields...))); n != MaxDiversions {
		t.Error(n)
	}
}

func FuzzReadDiversions(f *testing.F) {
	f.Add(`"Sales, \"desk\"" <sip:102@h;user=phone>;reason=no-answer, <sip:101@h>`)
	f.Add("<sip:102@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:103@h;cause=486>;index=2;mp=1")
	f.Fuzz(func(t *testing.T, value string) {
		for _, field := range []string{"Diversion", "History-Info"} {
			for _, d := range ReadDiversions(invite([2]string{field, value})) {
				if d.URI == "" {
					t.Errorf("%q: %+v", value, d)
				}
			}
		}
	})
}

func FuzzEscapedValuesAreReadBack(f *testing.F) {
	f.Add(`Q.850;cause=19;text="No answer" 100%`)
	f.Fuzz(func(t *testing.T, value string) {
		if got := Unescape(Escape(value)); got != value {
			t.Errorf("%q: %q", value, got)
		}
	})
}
