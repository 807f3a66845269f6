package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sidetone/journal"
	"sidetone/telemetry"
	"sidetone/trace"
)

// phone records calls in a journal of its own.
type phone struct {
	t       testing.TB
	dir     string
	journal *journal.Journal
	*telemetry.Recorder
	calls int
}

func newPhone(t testing.TB, maxBytes int64) *phone {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: maxBytes})
	if err != nil {
		t.Fatal(err)
	}
	r, err := telemetry.NewRecorder(telemetry.RecorderOptions{Journal: j})
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{t: t, dir: dir, journal: j, Recorder: r}
	t.Cleanup(p.stop)
	return p
}

func (p *phone) stop() {
	p.Close()
	if err := p.journal.Close(); err != nil {
		p.t.Error(err)
	}
}

// call records calls, each of which begins before the one ahead of it has ended.
func (p *phone) call(n int) {
	raw := strings.Repeat("Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK123456\r\n", 12)
	for range n {
		p.calls++
		id, before := fmt.Sprintf("call-%05d", p.calls), fmt.Sprintf("call-%05d", p.calls-1)
		p.Record(trace.Event{Call: id, Kind: trace.CallInitiated, Data: trace.Initiated{Direction: trace.Out, To: trace.Party{URI: "sip:102@example.com"}}})
		p.Record(trace.Event{Call: id, Kind: trace.SIPSent, Data: trace.SIP{Method: "INVITE", Raw: raw}})
		if p.calls > 1 {
			p.Record(trace.Event{Call: before, Kind: trace.CallEnded, Data: trace.Ended{Side: trace.Local, Result: trace.ResultAnswered}})
		}
		for _, status := range []int{100, 180, 200} {
			p.Record(trace.Event{Call: id, Kind: trace.SIPReceived, Data: trace.SIP{Method: "INVITE", Status: status, Raw: raw}})
		}
		p.Record(trace.Event{Call: id, Kind: trace.CallRinging, Data: trace.Alerting{Status: 180}})
		p.Record(trace.Event{Call: id, Kind: trace.CallAnswered, Data: trace.Answered{}})
		p.Record(trace.Event{Kind: trace.DeviceKey, Data: trace.Key{Keys: "1"}})
	}
}

// archive is the phone's own; it alone writes an index.
func (p *phone) archive() archive { return archive{dir: p.dir, device: "phone-1", socket: "nobody"} }

func (p *phone) index() string { return filepath.Join(p.dir, indexName) }

func list(t testing.TB, a archive) (*callIndex, []error) {
	t.Helper()
	x, lost, err := indexCalls(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return x, lost
}

// wantSame proves that the index tells what a reading of everything tells. That must not write one.
func wantSame(t *testing.T, p *phone, when string) {
	t.Helper()
	byIndex, lost := list(t, p.archive())
	b, err := os.ReadFile(p.index())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.Rename(p.index(), p.index()+".away"); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	byReading, alsoLost := list(t, archive{dir: p.dir, device: "phone-1"})
	if _, err := os.Stat(p.index()); err == nil {
		t.Errorf("%s: somebody else's journal was written to", when)
	}
	if b != nil {
		if err := os.Rename(p.index()+".away", p.index()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(byReading.calls, byIndex.calls, cmp.AllowUnexported(indexed{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-without +with the index):\n%.2000s", when, diff)
	}
	if len(byReading.calls) == 0 || len(lost) != len(alsoLost) {
		t.Errorf("%s: %d calls; lost %v with the index, %v without", when, len(byReading.calls), lost, alsoLost)
	}
}

// readFrom tells which record the index spares a reader to begin with; 0 for all.
func (p *phone) readFrom() uint64 {
	p.t.Helper()
	segments, err := journal.Segments(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	return (&callIndex{}).load(p.t.Context(), p.archive(), segments).Next
}

func TestIndexTellsWhatTheJournalTells(t *testing.T) {
	p := newPhone(t, 1<<20)
	p.call(20)
	wantSame(t, p, "one segment")
	if _, err := os.Stat(p.index()); err == nil {
		t.Error("an index was written for nothing")
	}
	p.call(80)
	wantSame(t, p, "first index")
	first := p.readFrom()
	if first == 0 {
		t.Fatal("no index was written")
	}
	p.call(5)
	wantSame(t, p, "a little more")
	if p.readFrom() != first {
		t.Error("the index is written for every little thing")
	}
	for range 7 { // until the beginning was dropped again and again
		p.call(27)
		wantSame(t, p, fmt.Sprint(p.calls, " calls"))
	}
	if p.readFrom() <= first {
		t.Error("the index was not renewed")
	}
	p.stop()
	wantSame(t, p, "without an agent")
}

func TestIndexThatIsDamagedOrOfAnotherJournalIsAsGoodAsNone(t *testing.T) {
	p := newPhone(t, 1<<20)
	p.call(150)
	wantSame(t, p, "new")
	good, err := os.ReadFile(p.index())
	if err != nil {
		t.Fatal(err)
	}
	other := newPhone(t, 1<<20)
	other.call(150)
	wantSame(t, other, "another")
	foreign, err := os.ReadFile(other.index())
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)/2] ^= 1
	for name, b := range map[string][]byte{"empty": {}, "short": good[:100], "flipped": flipped, "of another journal": foreign, "no index": []byte("calls")} {
		if err := os.WriteFile(p.index(), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if p.readFrom() != 0 {
			t.Errorf("%s: believed", name)
		}
		wantSame(t, p, name)
		if p.readFrom() == 0 {
			t.Errorf("%s: not written again", name)
		}
	}
}

func TestDamageInTheJournalIsToldWithAnIndexToo(t *testing.T) {
	p := newPhone(t, 1<<20)
	p.call(150)
	p.stop()
	segments, err := filepath.Glob(filepath.Join(p.dir, "0*.v1"))
	if err != nil || len(segments) < 6 {
		t.Fatal(segments, err)
	}
	for _, name := range []string{segments[1], segments[len(segments)-2]} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 0xff
		b[len(b)-1] ^= 0xff // just ahead of the next segment
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, when := range []string{"written", "read"} {
		wantSame(t, p, when)
		if _, lost := list(t, p.archive()); len(lost) != 4 {
			t.Errorf("%s: lost %v", when, lost)
		}
	}
	if p.readFrom() == 0 {
		t.Error("no index was written")
	}
}

func TestListingWhileTheAgentWritesAndDropsNeverInventsOrForgets(t *testing.T) {
	p := newPhone(t, 256<<10)
	p.call(50)
	var writing sync.WaitGroup
	stop := make(chan struct{})
	writing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				p.call(1)
			}
		}
	})
	for range 40 {
		x, lost := list(t, p.archive())
		for _, err := range lost {
			var gap *journal.GapError
			if !errors.As(err, &gap) && !strings.Contains(err.Error(), journal.Dropped.String()) {
				t.Error(err)
			}
		}
		seen := map[string]bool{}
		for _, c := range x.calls {
			if seen[c.ID] {
				t.Fatalf("%s twice", c.ID)
			}
			seen[c.ID] = true
		}
		newest := x.calls[len(x.calls)-1].ID
		for i := range 10 { // far from what is dropped meanwhile
			var n int
			if _, err := fmt.Sscanf(newest, "call-%d", &n); err != nil {
				t.Fatal(err)
			}
			if id := fmt.Sprintf("call-%05d", n-i); len(lost) == 0 && !seen[id] {
				t.Fatalf("%s is forgotten", id)
			}
		}
	}
	close(stop)
	writing.Wait()
	wantSame(t, p, "at rest")
}

func FuzzIndex(f *testing.F) {
	good, err := indexFile{
		Segments: []journal.Segment{{First: 1, Size: 100, Sum: 7}}, Next: 9, Lost: []lostRecord{{3, "x"}},
		Calls: []*indexed{{Fold: trace.Summarize([]trace.Event{{Call: "A", N: 1, Kind: trace.CallInitiated, Data: trace.Initiated{}}}), Real: true, First: 1, Last: 8}},
	}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:20])
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := parseIndex(b)
		if err != nil {
			return
		}
		again, err := x.encode()
		if err != nil {
			t.Fatal(err)
		}
		y, err := parseIndex(again)
		if err != nil {
			t.Fatal(err)
		}
		one, _ := json.Marshal(x)
		two, _ := json.Marshal(y)
		if string(one) != string(two) {
			t.Errorf("%s became %s", one, two)
		}
		x.fit([]journal.Segment{{First: 5}, {First: 6}})
	})
}

// BenchmarkListing lists the calls of a full journal of 8 MiB, with and without its index.
func BenchmarkListing(b *testing.B) {
	p := newPhone(b, 8<<20)
	p.call(1800)
	all, _ := list(b, archive{dir: p.dir})
	for name, a := range map[string]archive{"every event": {dir: p.dir}, "index": p.archive()} {
		b.Run(name, func(b *testing.B) {
			if name == "index" {
				list(b, a) // writes it
			} else if err := os.Remove(p.index()); err != nil && !errors.Is(err, os.ErrNotExist) {
				b.Fatal(err)
			}
			for b.Loop() {
				if x, _ := list(b, a); len(x.calls) != len(all.calls) {
					b.Fatal(len(x.calls))
				}
			}
			b.ReportMetric(float64(len(all.calls)), "calls")
			if info, err := os.Stat(p.index()); err == nil {
				b.ReportMetric(float64(info.Size()), "index-B")
			}
		})
	}
}
