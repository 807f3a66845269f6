package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

func openStore(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustWrite(t *testing.T, s *Store, want store.Written, updates ...store.Update) {
	t.Helper()
	got, err := s.Write(t.Context(), updates)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

// crashed copies the files of a store that is still open: what a machine finds that lost its power now.
func crashed(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "sidetone.db"+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "sidetone.db")
}

func TestWhatWasWrittenIsThereAfterACrashAndIsKnownAsDuplicate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sidetone.db")
	before := openStore(t, path)
	p := storetest.NewPhone("a", 1)
	var lines []store.Line
	for i := range 20 {
		script := storetest.Script{Call: fmt.Sprintf("C%02d", i), SIPCallID: fmt.Sprint(i)}
		part := p.Begin(script)
		mustWrite(t, before, store.Written{Stored: 2}, p.Batch(part...))
		lines = append(append(lines, part...), p.End(script))
	}
	after := openStore(t, crashed(t, path))
	// The device never heard an acknowledgement: it sends everything again, and goes on.
	mustWrite(t, after, store.Written{Stored: 20, Duplicates: 40}, p.Batch(lines...))
	page, err := after.Calls(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Calls) != 20 {
		t.Fatalf("%d calls", len(page.Calls))
	}
	for _, c := range page.Calls {
		if !c.Complete {
			t.Errorf("%s: %d missing", c.ID, c.Missing)
		}
	}
}

func TestAWriteThatFailsLeavesNothingBehind(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "sidetone.db"))
	p := storetest.NewPhone("a", 1)
	first := p.Play(storetest.Script{Call: "FIRST", SIPCallID: "1"})
	mustWrite(t, s, store.Written{Stored: len(first)}, p.Batch(first...))

	limitPages(t, s, "1") // SQLite keeps to what is in use: the disk is full
	var lines []store.Line
	for i := range 200 {
		lines = append(lines, p.Event("BIG", trace.SIPSent, trace.SIP{Method: "INVITE", Raw: fmt.Sprintf("%d %x", i, os.Getpid()) + strings.Repeat("x", i*37)}))
	}
	if _, err := s.Write(t.Context(), []store.Update{p.Batch(lines...)}); err == nil {
		t.Fatal("a full disk took everything")
	}
	if _, err := s.Call(t.Context(), "BIG"); err == nil {
		t.Error("half of it is there")
	}
	limitPages(t, s, "1073741823") // somebody has made room
	mustWrite(t, s, store.Written{Stored: len(lines), Duplicates: len(first)}, p.Batch(first...), p.Batch(lines...))
	call, err := s.Call(t.Context(), "BIG")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(call.Views[0].Events); got != len(lines) {
		t.Errorf("%d events of %d", got, len(lines))
	}
	d, err := s.Device(t.Context(), "a")
	if err != nil || d.Gaps != nil {
		t.Errorf("gaps %v, %v", d.Gaps, err)
	}
}

func limitPages(t *testing.T, s *Store, pages string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	if err := s.conn.conn.QueryRowContext(t.Context(), "PRAGMA max_page_count = "+pages).Scan(&n); err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseThatWasRemovedTakesNothingMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sidetone.db")
	s := openStore(t, path)
	p := storetest.NewPhone("a", 1)
	write := func() error {
		_, err := s.Write(t.Context(), []store.Update{p.Batch(p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}))})
		return err
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := write(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("written to nowhere: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(); err == nil {
		t.Error("written beside the file of that name")
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".away", path)); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil {
		t.Errorf("it is back: %v", err)
	}
}

func TestASecondCollectorIsKeptOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sidetone.db")
	openStore(t, path)
	_, err := Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "another collector is using it") || !strings.Contains(err.Error(), path) {
		t.Errorf("error: %v", err)
	}
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sidetone.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.conn.conn.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("error: %v", err)
	}
}

func TestAPlaceThatCannotBeWrittenIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a database, and long enough not to be taken for an empty one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below", "sidetone.db")} {
		if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTheCacheMayBeEmptiedAtAnyTime(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "sidetone.db"))
	a, b := storetest.NewPhone("a", 1), storetest.NewPhone("b", 2)
	out := a.Play(storetest.Script{Call: "A1", From: "sip:101@x", SessionID: "5e55", Holds: 3})
	in := b.Play(storetest.Script{Call: "B1", From: "sip:101@x", SessionID: "5e55", Direction: trace.In, Holds: 3})
	for i := range out {
		mustWrite(t, s, store.Written{Stored: 2}, a.Batch(out[i]), b.Batch(in[i]))
		s.mu.Lock()
		s.cache = newCache()
		s.mu.Unlock()
	}
	call, err := s.Call(t.Context(), "B1")
	if err != nil {
		t.Fatal(err)
	}
	if call.Summary.ID != "A1" || !call.Summary.Complete || call.Summary.Holds != 3 {
		t.Errorf("summary %+v", call.Summary)
	}
	var keys int
	if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM call_keys").Scan(&keys); err != nil || keys != 4 {
		t.Errorf("%d keys, %v; want two devices, a URI and its user part", keys, err)
	}
}

func BenchmarkWriteOneEventPerDevice(b *testing.B) { benchmarkWrite(b, 200, 1) }
func BenchmarkWriteBatchesOf50(b *testing.B)       { benchmarkWrite(b, 20, 50) }

// benchmarkWrite writes groups of batches as the committer would, calls of ten events each.
func benchmarkWrite(b *testing.B, devices, perBatch int) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "sidetone.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	phones := make([]*storetest.Phone, devices)
	queues := make([][]store.Line, devices)
	for i := range phones {
		phones[i] = storetest.NewPhone(fmt.Sprintf("phone-%d", i), trace.Boot(i+1))
	}
	calls, events := 0, 0
	for b.Loop() {
		b.StopTimer()
		var group []store.Update
		for i, p := range phones {
			for len(queues[i]) < perBatch {
				calls++
				queues[i] = append(queues[i], benchmarkCall(p, fmt.Sprintf("CALL%d", calls))...)
			}
			group = append(group, p.Batch(queues[i][:perBatch]...))
			queues[i] = queues[i][perBatch:]
			events += perBatch
		}
		b.StartTimer()
		if _, err := s.Write(context.Background(), group); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

func benchmarkCall(p *storetest.Phone, id string) []store.Line {
	script := storetest.Script{Call: id, From: "sip:101@example.com", To: "sip:102@example.com", SessionID: id, SIPCallID: id + "@x"}
	lines := p.Begin(script)
	for i := range 7 {
		lines = append(lines, p.Event(id, trace.SIPSent, trace.SIP{
			Transport: "udp", Local: "192.0.2.1:5060", Remote: "192.0.2.2:5060", Method: "INVITE", CSeq: uint32(i), Branch: "z9hG4bK" + id,
			Size: 400, Raw: "INVITE sip:102@example.com SIP/2.0\r\n" + strings.Repeat("Header: value\r\n", 25),
		}))
	}
	return append(lines, p.End(script))
}
