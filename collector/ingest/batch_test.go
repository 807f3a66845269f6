package ingest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

func deflate(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// payload writes lines as they travel.
func payload(lines ...store.Line) []byte {
	var b []byte
	for _, l := range lines {
		b = append(append(b, l.Raw...), '\n')
	}
	return b
}

func TestABatchIsReadDespiteWhatIsWrongWithPartsOfIt(t *testing.T) {
	p := storetest.NewPhone("a", 1)
	lines := p.Play(storetest.Script{Call: "01CALL", Holds: 2})
	good := payload(lines...)
	first := payload(lines[0])
	noise := make([]byte, 900) // does not deflate, so that half a stream is half the lines
	for i := range noise {
		noise[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[(i*i*7+i)%36]
	}
	long := payload(lines[0], p.Event("01CALL", trace.SIPSent, trace.SIP{Raw: string(noise)}))
	event := func(fields string) []byte { return []byte(`{"v":1,"boot":"0000000000000001",` + fields + `}`) }

	for name, c := range map[string]struct {
		payload []byte
		lines   int
		faults  Faults
	}{
		"plain":                            {good, len(lines), Faults{}},
		"deflated":                         {deflate(t, good), len(lines), Faults{}},
		"nothing":                          {nil, 0, Faults{}},
		"empty lines and carriage returns": {[]byte("\n\r\n" + strings.ReplaceAll(string(good), "\n", "\r\n")), len(lines), Faults{}},
		"no line end at the end":           {bytes.TrimSpace(good), len(lines), Faults{}},
		"a bad line in the middle":         {append(append(bytes.Clone(first), "{bad\n"...), good[len(first):]...), len(lines), Faults{FaultLine: 1}},
		"a line of another version":        {append([]byte(`{"v":2,"seq":1,"kind":"call.ended"}`+"\n"), good...), len(lines), Faults{FaultVersion: 1}},
		"no JSON at all":                   {[]byte("INVITE sip:x SIP/2.0"), 0, Faults{FaultLine: 1}},
		"a kind from the future":           {event(`"seq":1,"ts":"2026-11-21T03:38:47Z","mono":1,"clk":"synced","kind":"x.y","data":{"z":1}`), 1, Faults{}},
		"a payload of another shape":       {event(`"seq":1,"ts":"2026-11-21T03:38:47Z","mono":1,"clk":"synced","kind":"call.ended","data":{"side":7}`), 1, Faults{}},
		"no sequence number":               {event(`"seq":0,"ts":"2026-11-21T03:38:47Z","kind":"x"`), 0, Faults{FaultLine: 1}},
		"an impossible sequence":           {event(`"seq":18446744073709551615,"ts":"2026-11-21T03:38:47Z","kind":"x"`), 0, Faults{FaultSequence: 1}},
		"an impossible year":               {event(`"seq":1,"ts":"9999-11-21T03:38:47Z","kind":"x"`), 0, Faults{FaultTime: 1}},
		"a clock that begins in 1970":      {event(`"seq":1,"ts":"1970-01-01T00:00:07Z","kind":"x"`), 1, Faults{}},
		"a call id with markup":            {event(`"seq":1,"ts":"2026-11-21T03:38:47Z","kind":"x","call":"<b>"`), 0, Faults{FaultCall: 1}},
		"a call id without end":            {event(`"seq":1,"ts":"2026-11-21T03:38:47Z","kind":"x","call":"` + strings.Repeat("a", 65) + `"`), 0, Faults{FaultCall: 1}},
		"not a deflated stream":            {[]byte("x and the rest"), 0, Faults{FaultDeflate: 1}},
		"a stream that breaks off":         {deflate(t, long)[:len(deflate(t, long))*2/3], 1, Faults{FaultDeflate: 1}},
		"a deflate bomb":                   {deflate(t, append(bytes.Clone(good), bytes.Repeat([]byte{'\n'}, 8<<20)...)), len(lines), Faults{FaultTooLarge: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, faults := DecodeBatch(c.payload)
			if diff := cmp.Diff(c.faults, faults); diff != "" {
				t.Error(diff)
			}
			if len(got) != c.lines {
				t.Fatalf("%d lines, want %d", len(got), c.lines)
			}
			if c.lines == len(lines) {
				if diff := cmp.Diff(lines, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Whatever is taken from a batch can be stored and read back: no input blocks a device for ever.
func FuzzDecodeBatch(f *testing.F) {
	p := storetest.NewPhone("a", 1)
	good := payload(p.Play(storetest.Script{Call: "01CALL", From: "sip:101@a", SessionID: "5e55", Holds: 1})...)
	f.Add(good)
	f.Add(deflate(f, good))
	f.Add(deflate(f, good)[:40])
	f.Add([]byte(`{"v":1,"boot":"ffffffffffffffff","seq":9,"ts":"1970-01-01T00:00:00Z","kind":"call.ended","call":"x","n":-1,"data":{"total_us":9223372036854775807,"events":-5}}`))
	f.Add([]byte(`{"v":1,"seq":9,"ts":"2200-01-01T00:00:00Z","kind":"agent.gap","data":{"from":0,"to":18446744073709551615,"boot":"00000000000000ff"}}`))
	s, err := sqlite.Open(f.Context(), filepath.Join(f.TempDir(), "sidetone.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	devices := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, _ := DecodeBatch(b)
		if len(lines) == 0 {
			return
		}
		devices++ // one that has reported nothing yet
		device := fmt.Sprintf("fuzz-%d", devices)
		at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
		w, err := s.Write(t.Context(), []store.Update{store.Batch{Origin: store.Origin{Device: device, At: at}, Lines: lines}})
		if err != nil {
			t.Fatalf("what was decoded cannot be stored: %v", err)
		}
		if n := w.Stored + w.Duplicates + w.Scattered; n != len(lines) {
			t.Fatalf("%d of %d lines are accounted for", n, len(lines))
		}
		for _, l := range lines {
			if l.Event.Call == "" {
				continue
			}
			if _, err := s.Call(t.Context(), l.Event.Call); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Device(t.Context(), device); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Calls(t.Context(), store.Filter{}); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeState(f *testing.F) {
	f.Add([]byte(`{"s":"ready","boot":"9f3c21aa00000001","conn":3,"model":"sim","fw":"1","agent":"0.1","arch":"arm","ip":"192.0.2.1","caps":["x"]}`))
	f.Add([]byte(`{"s":"ready","boot":"9f3c21aa00000001","conn":1,"agent":"0.1","arch":"arm","kernel":"6.1.0","uptime_us":60000000,"restart":"power","lines":2,"depth":7}`))
	f.Add([]byte(`{"s":"gone"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodeState(b, time.Unix(1e9, 0))
		if err == nil && p.State == "" {
			t.Fatal("a presence without a state")
		}
	})
}

func TestABirthTellsWhenTheDeviceHasStarted(t *testing.T) {
	at := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	for uptime, want := range map[string]time.Time{
		"60000000": at.Add(-time.Minute), "0": {}, "-5": {}, "9223372036854775807": {},
	} {
		p, err := DecodeState([]byte(`{"s":"ready","boot":"0000000000000001","conn":1,"kernel":"6.1.0","restart":"power","lines":2,"depth":7,"journal":"memory","journal_error":"read-only file system","uptime_us":`+uptime+`}`), at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(store.Facts{Kernel: "6.1.0", Restart: trace.RestartPower, Lines: 2, Depth: 7, Booted: want, Journal: store.InMemory, JournalError: "read-only file system"}, p.Facts); diff != "" {
			t.Errorf("uptime %s: %s", uptime, diff)
		}
	}
}

func TestABatchDeflatedWithTheDictionaryIsRead(t *testing.T) {
	p := storetest.NewPhone("a", 1)
	lines := p.Play(storetest.Script{Call: "01CALL", Holds: 2})
	var dense bytes.Buffer
	w, err := zlib.NewWriterLevelDict(&dense, zlib.BestCompression, []byte(trace.Dictionary))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(payload(lines...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, faults := DecodeBatch(dense.Bytes())
	if len(got) != len(lines) || len(faults) != 0 {
		t.Errorf("%d of %d lines, faults %v", len(got), len(lines), faults)
	}
}

func TestTopics(t *testing.T) {
	long := strings.Repeat("a", 65)
	for topic, want := range map[string]Address{
		"st/v1/default/reception-1/up/ev":     {"default", "reception-1", "ev"},
		"st/v1/default/reception-1/up/line/2": {"default", "reception-1", "line/2"},
		"st/v1/default/reception-1/up/":       {},
		"st/v1/default/reception-1/up":        {},
		"st/v1/default/reception-1/dn/cmd":    {},
		"st/v2/default/reception-1/up/ev":     {},
		"st/v1//reception-1/up/ev":            {},
		"st/v1/default/Reception/up/ev":       {},
		"st/v1/default/" + long + "/up/ev":    {},
		"/st/v1/default/a/up/ev":              {},
		"":                                    {},
	} {
		got, err := ParseTopic(topic)
		if got != want || (err == nil) != (want != Address{}) {
			t.Errorf("%q: %+v, %v", topic, got, err)
		}
	}
}

func TestADeviceKeepsToItsOwnBranch(t *testing.T) {
	for topic, want := range map[string]struct{ publish, subscribe bool }{
		"st/v1/t/a/up/ev":             {true, false},
		"st/v1/t/a/up/line/1":         {true, false},
		"st/v1/t/a/up/#":              {true, false}, // no topic: the protocol refuses wildcards in a publish
		"st/v1/t/b/up/ev":             {false, false},
		"st/v1/t/a/dn/cmd":            {false, true},
		"st/v1/t/a/dn/#":              {false, true},
		"st/v1/t/a/dn/+":              {false, true},
		"st/v1/t/b/dn/#":              {false, false},
		"st/v1/+/a/dn/#":              {false, false},
		"st/v1/t/+/dn/#":              {false, false},
		"st/v1/t/a/#":                 {false, false},
		"st/v1/t/a/+/cmd":             {false, false},
		"#":                           {false, false},
		"$share/g/st/v1/t/a/dn/#":     {false, false},
		"$SYS/#":                      {false, false},
		"st/v1/t/a/dn":                {false, false},
		"st/v1/t/a/dn/../../b/dn/cmd": {false, true}, // dots mean nothing in a topic
		"st/v1/t/a/up/../../b/up/ev":  {true, false},
	} {
		for tenant, mine := range map[string]bool{"t": true, "": true, "other": false} {
			if got := MayPublish(tenant, "a", topic); got != (want.publish && mine) {
				t.Errorf("publish %s as one of %q: %v", topic, tenant, got)
			}
			if got := MaySubscribe(tenant, "a", topic); got != (want.subscribe && mine) {
				t.Errorf("subscribe %s as one of %q: %v", topic, tenant, got)
			}
		}
	}
	for _, device := range []string{"", "+", "#", "A"} {
		topic := fmt.Sprintf("st/v1/t/%s/", device)
		if MayPublish("", device, topic+"up/ev") || MaySubscribe("", device, topic+"dn/#") {
			t.Errorf("%q is no device", device)
		}
	}
}

func TestOnlyStatesAreRetainedAndOnlyTheOwnStateIsAWill(t *testing.T) {
	for topic, want := range map[string]struct{ retain, will bool }{
		"st/v1/t/a/up/state":  {true, true},
		"st/v1/t/b/up/state":  {true, false},
		"st/v1/u/a/up/state":  {true, false},
		"st/v1/t/a/up/line/1": {true, false},
		"st/v1/t/a/up/ev":     {},
		"st/v1/t/a/up/health": {},
		"st/v1/t/a/dn/cfg":    {},
		"up/state":            {},
	} {
		if got := MayRetain(topic); got != want.retain {
			t.Errorf("retain %s: %v", topic, got)
		}
		if got := MayWill("t", "a", topic); got != want.will {
			t.Errorf("will on %s: %v", topic, got)
		}
	}
}
