package wire

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// tortureDir is where the messages of RFC 4475 are: in the module cache, with the parser that we build on.
var tortureDir = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	return filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture"), err
})

func torture(tb testing.TB, name string) []byte {
	tb.Helper()
	dir, err := tortureDir()
	if err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, name+".dat"))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestTortureMessagesThatAreValidAreSound(t *testing.T) {
	for _, name := range []string{
		"dblreq", "esc01", "esc02", "escnull", "intmeth", "longreq", "lwsdisp", "mpart01", "noreason", "semiuri",
		"unreason", "wsinv",
	} {
		t.Run(name, func(t *testing.T) {
			msg, fault, err := newReader(Limits{}.withDefaults()).read(torture(t, "valid/"+name))
			if err != nil || fault != nil {
				t.Fatalf("fault %+v, error %v", fault, err)
			}
			if msg.CallID() == nil || msg.From() == nil || msg.To() == nil || msg.CSeq() == nil || msg.Via() == nil {
				t.Errorf("a field is missing in\n%s", msg)
			}
		})
	}
}

// RFC 4475 says for each what should become of it. What is sound here is for the layers above to judge.
func TestTortureMessagesGetTheAnswerOfTheirRFC(t *testing.T) {
	tests := []struct {
		name   string
		status int // 0: sound
		refuse string
	}{
		{"badinv01", 400, ""},
		{"clerr", 400, ""},
		{"ncl", 400, ""},
		{"scalar02", 400, ""},
		{"scalarlg", 0, RefusedMalformed},
		{"quotbal", 400, ""},
		{"ltgtruri", 400, ""},
		{"lwsruri", 400, ""},
		{"lwsstart", 400, ""},
		{"trws", 400, ""},
		{"escruri", 400, ""},
		{"baddate", 0, ""},
		{"regbadct", 400, ""},
		{"badaspec", 400, ""},
		{"baddn", 0, RefusedTruncated}, // as the file is; see TestQuotesOfADisplayNameAreInferred
		{"badvers", 505, ""},
		{"mismatch01", 400, ""},
		{"mismatch02", 501, ""},
		{"bigcode", 0, RefusedMalformed},
		{"badbranch", 400, ""},
		{"insuf", 400, ""},
		{"unkscm", 416, ""},
		{"novelsc", 416, ""},
		{"unksm2", 0, ""},
		{"bext01", 0, ""},
		{"invut", 0, ""},
		{"regaut01", 0, ""},
		{"multi01", 400, ""},
		{"mcl01", 400, ""},
		{"bcast", 0, RefusedMisrouted},
		{"zeromf", 0, ""},
		{"cparam01", 0, ""},
		{"cparam02", 0, ""},
		{"regescrt", 0, ""},
		{"sdp01", 0, ""},
		{"inv2543", 0, ""},
		{"test", 0, RefusedJunk},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			msg, fault, err := newReader(Limits{}.withDefaults()).read(torture(t, "invalid/"+tt.name))
			var r *refusal
			switch {
			case tt.refuse != "":
				if !errors.As(err, &r) || r.reason != tt.refuse {
					t.Errorf("got %v, want refusal %q", err, tt.refuse)
				}
				return
			case err != nil:
				t.Fatal(err)
			case tt.status == 0 && fault != nil:
				t.Fatalf("fault %+v, want none", fault)
			case tt.status == 0:
				return
			case fault == nil || fault.Status != tt.status:
				t.Fatalf("fault %+v, want %d", fault, tt.status)
			}
			res, ok := Refusal(Inbound{Message: msg, Fault: fault})
			if !ok || res.StatusCode != tt.status || len(res.GetHeaders("Via")) == 0 {
				t.Errorf("refusal %v, %v", res, ok)
			}
		})
	}
}

func TestTortureMessagesKeepTheirMeaning(t *testing.T) {
	read := func(name string) *sip.Request {
		msg, _, err := newReader(Limits{}.withDefaults()).read(torture(t, name))
		if err != nil {
			t.Fatal(name, err)
		}
		req, ok := msg.(*sip.Request)
		if !ok {
			t.Fatal(name, "is no request")
		}
		return req
	}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	wsinv := read("valid/wsinv")
	check("wsinv To tag", wsinv.To().Params.GetOr("tag", ""), "1918181833n")
	check("wsinv From tag", wsinv.From().Params.GetOr("tag", ""), "98asjd8")
	check("wsinv From name", wsinv.From().DisplayName, `J Rosenberg \\\"`)
	check("wsinv CSeq", wsinv.CSeq().Value(), "9 INVITE")
	check("wsinv Contact", wsinv.Contact().Params.GetOr("newparam", ""), "newvalue")
	if vias := wsinv.GetHeaders("Via"); len(vias) != 3 || vias[1].Value() != "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8" {
		t.Errorf("wsinv Via %v", vias)
	}
	check("intmeth", string(read("valid/intmeth").Method), "!interesting-Method0123456789_*+`.%indeed'~")
	check("semiuri", read("valid/semiuri").Recipient.User, "user;par=u%40example.net")
	cparam01, cparam02 := read("invalid/cparam01").Contact(), read("invalid/cparam02").Contact()
	if !cparam01.Params.Has("unknownparam") || cparam01.Address.UriParams.Has("unknownparam") {
		t.Errorf("cparam01: %s", cparam01)
	}
	if cparam02.Params.Has("unknownparam") || !cparam02.Address.UriParams.Has("unknownparam") {
		t.Errorf("cparam02: %s", cparam02)
	}
}

func TestQuotesOfADisplayNameAreInferred(t *testing.T) {
	req, fault := readRequest(t, string(torture(t, "invalid/baddn"))+"\r\n")
	if fault != nil {
		t.Fatal(fault.Reason)
	}
	if got, want := req.From().Value(), `"Bell, Alexander" <sip:a.g.bell@example.com>;tag=43`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
