package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/export"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

var update = flag.Bool("update", false, "write golden files")

const recordings = "../testdata"

// names lists every call of trace/testdata.
func names(t *testing.T) []string {
	t.Helper()
	return append(slices.Sorted(maps.Keys(calltest.Calls())), calltest.Recorded(t, recordings)...)
}

func call(t *testing.T, name string) []trace.View {
	t.Helper()
	views, err := calltest.Read(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	return views
}

func write(t *testing.T, format string, views []trace.View, o export.Options) string {
	t.Helper()
	f, err := export.Find(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := export.Write(&b, f, views, o); err != nil && !errors.Is(err, export.ErrNoInvite) {
		t.Fatal(err)
	}
	return b.String()
}

func TestExportsOfAFewCalls(t *testing.T) {
	for _, name := range []string{"answered", "busy", "real/hold-early-update"} {
		for _, format := range []string{"text", "csv", "clf", "sipp", "json"} {
			f, _ := export.Find(format)
			for _, lang := range phrase.Langs() {
				got := write(t, format, call(t, name), export.Options{Lang: lang})
				calltest.Golden(t, *update, filepath.Join("testdata", name, "export."+string(lang)+f.Extension), got)
			}
		}
		got := write(t, "text", call(t, name), export.Options{Lang: phrase.En, Redact: true})
		calltest.Golden(t, *update, filepath.Join("testdata", name, "redacted.en.txt"), got)
	}
}

func TestEveryFormatHasItsOwnNameAndAnUnknownOneIsRefused(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range export.Formats() {
		if seen[f.Name] || seen[f.Extension] || !strings.HasPrefix(f.Extension, ".") || !strings.Contains(f.MediaType, "/") {
			t.Errorf("%+v", f)
		}
		seen[f.Name], seen[f.Extension] = true, true
	}
	if _, err := export.Find("pdf"); err == nil || !strings.Contains(err.Error(), "pcapng") {
		t.Errorf("got %v", err)
	}
	f, _ := export.Find("csv")
	for id, want := range map[string]string{"01JD7": "01JD7.csv", "../a b\"\r\n": "ab.csv", "": "call.csv"} {
		if got := export.FileName(id, f); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
}

// readBack reads event lines as they were exported, view by view.
func readBack(t *testing.T, lines string) (back []trace.View) {
	t.Helper()
	for line := range strings.Lines(lines) {
		e, err := trace.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		device, called := export.Owner([]byte(line))
		if len(back) == 0 || back[len(back)-1].Device != device {
			back = append(back, trace.View{Device: device, Name: called})
		}
		if v := &back[len(back)-1]; e.Call == "" {
			v.Around = append(v.Around, e)
		} else {
			v.Events = append(v.Events, e)
		}
	}
	return back
}

func TestEventLinesReadBackToTheSameStory(t *testing.T) {
	for _, name := range names(t) {
		views := call(t, name)
		back := readBack(t, write(t, "ndjson", views, export.Options{}))
		if diff := cmp.Diff(story.Tell(views, phrase.En), story.Tell(back, phrase.En)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if device, name := export.Owner([]byte(`{"v":1`)); device+name != "" {
		t.Errorf("a torn line is %q's, %q", device, name)
	}
}

func TestDocumentHoldsSummaryStoryAndEveryEvent(t *testing.T) {
	views := call(t, "answered")
	var d struct {
		Summary trace.Summary
		Story   story.Story
		Devices []struct{ Device, Name string }
		Events  []struct {
			Device string
			Event  json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(write(t, "json", views, export.Options{})), &d); err != nil {
		t.Fatal(err)
	}
	if d.Summary.Result != trace.ResultAnswered || !d.Summary.Complete || len(d.Summary.Devices) != 2 || d.Devices[0].Name != "Reception" {
		t.Errorf("%+v %+v", d.Summary, d.Devices)
	}
	if diff := cmp.Diff(story.Tell(views, phrase.En), d.Story); diff != "" {
		t.Error(diff)
	}
	if want := len(views[0].Events) + len(views[1].Events); len(d.Events) != want {
		t.Errorf("%d events, want %d", len(d.Events), want)
	}
	for _, e := range d.Events {
		if _, err := trace.Decode(e.Event); err != nil {
			t.Error(err)
		}
	}
}

func TestTableHasALineForEachEventAndNoFormula(t *testing.T) {
	for _, name := range names(t) {
		views := call(t, name)
		for i := range views {
			for j, e := range views[i].Events {
				switch d := e.Data.(type) {
				case trace.Initiated:
					d.From.Name, d.To.Name = "=cmd|'/c calc'!A1", "@SUM(1;=2)"
					views[i].Events[j].Data = d
				case trace.SIP:
					d.Method, d.Remote = "+"+d.Method, "\t=1"
					views[i].Events[j].Data = d
				}
			}
		}
		r := csv.NewReader(strings.NewReader(write(t, "csv", views, export.Options{})))
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		events := 0
		for _, v := range views {
			events += len(v.Events) + len(v.Around)
		}
		if len(rows) != events+1 || rows[0][0] != "device" {
			t.Errorf("%s: %d rows for %d events", name, len(rows), events)
		}
		for _, row := range rows[1:] {
			for i, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: %q", rows[0][i], cell)
				}
			}
			data := row[len(row)-1]
			if !json.Valid([]byte(data)) || strings.Contains(data, ";=") {
				t.Errorf("data %q", data)
			}
		}
	}
}

func TestScenariosAreWellFormedAndWithoutAnInviteThereIsNone(t *testing.T) {
	for _, name := range names(t) {
		got := write(t, "sipp", call(t, name), export.Options{Lang: phrase.FrCA})
		if got == "" && !strings.Contains(name, "blocked") && name != "unknown-name" {
			t.Errorf("%s has none", name)
		}
		d := xml.NewDecoder(strings.NewReader(got))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	f, _ := export.Find("sipp")
	if err := export.Write(io.Discard, f, call(t, "blocked"), export.Options{}); !errors.Is(err, export.ErrNoInvite) {
		t.Errorf("got %v", err)
	}
}

func TestScenarioTakesNothingOfTheCallForAKeyword(t *testing.T) {
	views := call(t, "real/hold-update")
	for i, e := range views[0].Events {
		if d, ok := e.Data.(trace.SIP); ok {
			d.Raw = strings.Replace(d.Raw, "Supported:", "Reason: X;text=\"[remote_ip]]]>\\x\"\r\nSupported:", 1)
			views[0].Events[i].Data = d
		}
	}
	got := write(t, "sipp", views, export.Options{})
	if !strings.Contains(got, `Reason: X;text="\x5Bremote_ip\x5D\x5D\x5D>\x5Cx"`) {
		t.Error("the header field is not there as a literal")
	}
}

func TestScenarioPlaysTheSideOfTheDevice(t *testing.T) {
	views := call(t, "answered")
	caller, callee := write(t, "sipp", views, export.Options{}), write(t, "sipp", views[1:], export.Options{})
	first := func(s string) string {
		send, recv := strings.Index(s, "<send"), strings.Index(s, "<recv")
		if send < recv {
			return "send"
		}
		return "recv"
	}
	if first(caller) != "send" || first(callee) != "recv" {
		t.Errorf("the caller begins with %s, the called side with %s", first(caller), first(callee))
	}
	if !strings.Contains(callee, "BYE [next_url]") || strings.Contains(caller, "BYE [next_url]") || !strings.Contains(caller, `<recv request="BYE"`) {
		t.Error("the wrong side hangs up")
	}
	if !strings.Contains(callee, `<pause milliseconds="53`) {
		t.Error("the called side answers without ringing as long as it did")
	}
}

// sends are the messages of a scenario that is sent in order, each with whether SIPp sends it again.
func sends(scenario string) (out []string) {
	for _, m := range regexp.MustCompile(`<send( retrans="500")?><!\[CDATA\[\s+(SIP/2.0 \d+|[A-Z]+)`).FindAllStringSubmatch(scenario, -1) {
		again := ""
		if m[1] != "" {
			again = ", again"
		}
		out = append(out, m[2]+again)
	}
	return out
}

func TestScenarioLeavesToSIPpOnlyWhatItStopsToRepeat(t *testing.T) {
	for name, want := range map[string][]string{
		"real/hold-glare": { // no ACK and no response comes between the INVITE and the refusal of the other one
			"INVITE, again", "ACK", "INVITE", "SIP/2.0 491, again", "ACK", "INVITE, again", "ACK", "BYE, again",
		},
		"real/bye-before-ack": {"SIP/2.0 100", "SIP/2.0 183", "SIP/2.0 180", "SIP/2.0 200", "SIP/2.0 200"},
		"real/no-ack": append(append([]string{"SIP/2.0 100", "SIP/2.0 183", "SIP/2.0 180"}, slices.Repeat([]string{"SIP/2.0 200"}, 11)...),
			"BYE, again"),
	} {
		if diff := cmp.Diff(want, sends(write(t, "sipp", call(t, name), export.Options{}))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// otherEnd is the first view as its other side has it.
func otherEnd(views []trace.View) []trace.View {
	v := views[0]
	for i, e := range v.Events {
		if kind := map[trace.Kind]trace.Kind{trace.SIPSent: trace.SIPReceived, trace.SIPReceived: trace.SIPSent}[e.Kind]; kind != "" {
			v.Events[i].Kind = kind
		}
	}
	return []trace.View{v}
}

func TestScenarioOfAForkAnswersEachBranchByItself(t *testing.T) {
	got := write(t, "sipp", otherEnd(call(t, "real/kamailio-forked")), export.Options{})
	for _, want := range []string{"SIPpTag01", "SIPpTag02"} {
		if !strings.Contains(got, want) {
			t.Errorf("no tag %s", want)
		}
	}
	var answered []string // of the responses to the PRACKs: which request each is for
	for _, m := range regexp.MustCompile(`SIP/2.0 200 OK\s+(?:\[last_Via:\]|Via:\[\$(via\d+)\])`).FindAllStringSubmatch(got, -1) {
		answered = append(answered, m[1])
	}
	slices.Sort(answered)
	if named := slices.DeleteFunc(answered, func(s string) bool { return s == "" }); len(named) < 3 || len(slices.Compact(slices.Clone(named))) != len(named) {
		t.Errorf("two responses answer the same request: %q", named)
	}
}

func TestScenarioAsksForAPasswordAndGivesIt(t *testing.T) {
	views := call(t, "challenged")
	caller := write(t, "sipp", views, export.Options{})
	for _, want := range []string{"with -au and -ap", `<recv response="407" auth="true"/>`, "[authentication]"} {
		if !strings.Contains(caller, want) {
			t.Errorf("no %s in\n%s", want, caller)
		}
	}
	// The text of this challenge was not recorded.
	if callee := write(t, "sipp", otherEnd(views), export.Options{}); strings.Count(callee, "Proxy-Authenticate: Digest") != 1 || strings.Contains(callee, "-au") {
		t.Errorf("the server asks for no password, or is given one:\n%s", callee)
	}
}

// Whatever a trace holds, it is exported, and reads as what it is.
func FuzzExport(f *testing.F) {
	f.Add([]byte("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: \"A\\\"\" <sip:a@b>;tag=1\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n"), []byte("123456123456"))
	f.Add([]byte("SIP/2.0 200 OK\nv:x\n y\n\n"), []byte("abcdefghijklmnopqrstuvwxyz"))
	f.Fuzz(func(t *testing.T, raw, seed []byte) {
		views := calltest.Remix(seed)
		for v := range views {
			for i, e := range views[v].Events {
				if d, ok := e.Data.(trace.SIP); ok && i%2 == 0 {
					d.Raw = string(raw)
					views[v].Events[i].Data = d
				}
			}
		}
		for _, format := range export.Formats() {
			for _, redact := range []bool{false, true} {
				got := write(t, format.Name, views, export.Options{Redact: redact})
				if format.Name == "clf" {
					records(t, got)
				}
				if format.Name == "csv" {
					if _, err := csv.NewReader(strings.NewReader(got)).ReadAll(); err != nil {
						t.Error(err)
					}
				}
			}
		}
	})
}

// steps is what a story and a ladder show, without who and where.
func steps(views []trace.View) []string {
	var out []string
	s := story.Tell(views, phrase.En)
	out = append(out, string(s.Verdict.Class), s.Verdict.Word)
	for _, step := range s.Steps {
		out = append(out, step.Offset+" "+step.Duration+" "+step.Glyph+" "+string(step.Kind)+" "+string(step.Class))
	}
	for _, f := range s.Findings {
		out = append(out, f.Code)
	}
	l := ladder.Build(views, phrase.En)
	for _, r := range l.Rows {
		label := r.Label
		if r.Kind != ladder.Arrow {
			label = ""
		}
		out = append(out, r.Offset+" "+label)
	}
	return out
}
