package journal_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sidetone/journal"
)

// write makes a journal of records 1 to n in one closed segment, and gives where each record begins.
func write(t *testing.T, dir string, n int) (segment string, offsets []int64) {
	t.Helper()
	j := open(t, journal.Options{Dir: dir})
	fill(t, j, 1, n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var off int64
	for i := 1; i <= n+1; i++ {
		offsets = append(offsets, off)
		off += 16 + int64(len(payload(i)))
	}
	return segmentFiles(t, dir)[0], offsets
}

func change(t *testing.T, file string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, f(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamageInTheMiddleCostsOneRecordWhereverItIs(t *testing.T) {
	const n, hit = 9, 5
	fields := map[string]int64{"length": 0, "length, high": 3, "checksum": 4, "number": 8, "number, high": 15, "payload": 16, "payload, last": 16 + int64(len(payload(hit))) - 1}
	for name, at := range fields {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			t.Run(fmt.Sprintf("%s %#02x", name, flip), func(t *testing.T) {
				dir := t.TempDir()
				segment, offsets := write(t, dir, n)
				change(t, segment, func(b []byte) []byte {
					b[offsets[hit-1]+at] ^= flip
					return b
				})
				j := open(t, journal.Options{Dir: dir})
				fill(t, j, n+1, n+3)
				records, gaps := drain(t, reader(t, dir))
				wantRecords(t, records[:hit-1], 1, hit-1)
				wantRecords(t, records[hit-1:], hit+1, n+3)
				if len(gaps) != 1 || gaps[0].From != hit || gaps[0].To != hit || gaps[0].Reason != journal.Corrupt {
					t.Errorf("gaps %+v", gaps)
				}
			})
		}
	}
}

func TestBlocksOfZerosAndOfAnOlderFileAreSkipped(t *testing.T) {
	old := t.TempDir()
	stale, _ := write(t, old, 9)
	staleBytes, err := os.ReadFile(stale)
	if err != nil {
		t.Fatal(err)
	}
	for name, junk := range map[string][]byte{"zeros": make([]byte, 64), "ones": slices.Repeat([]byte{0xff}, 64), "stale": staleBytes[:64]} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			segment, offsets := write(t, dir, 20)
			change(t, segment, func(b []byte) []byte {
				copy(b[offsets[10]+3:], junk)
				return b
			})
			j := open(t, journal.Options{Dir: dir})
			fill(t, j, 21, 21)
			records, gaps := drain(t, reader(t, dir))
			if len(gaps) != 1 || gaps[0].From != 11 || gaps[0].Count()+uint64(len(records)) != 21 {
				t.Errorf("%d records, gaps %+v", len(records), gaps)
			}
		})
	}
}

func TestSegmentThatVanishedIsReported(t *testing.T) {
	dir := t.TempDir()
	for run := range 3 {
		j := open(t, journal.Options{Dir: dir})
		fill(t, j, run*5+1, run*5+5)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(segmentFiles(t, dir)[1]); err != nil {
		t.Fatal(err)
	}
	records, gaps := drain(t, reader(t, dir))
	if len(records) != 10 || len(gaps) != 1 || gaps[0].From != 6 || gaps[0].To != 10 {
		t.Errorf("%d records, gaps %+v", len(records), gaps)
	}
}

// A cut of power keeps everything up to the last sync, and of what was written after it any part.
func TestCutOfPowerAtAnyByteKeepsEverySyncedRecordAndReturnsNoGarbage(t *testing.T) {
	const n, synced = 40, 25
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir})
	fill(t, j, 1, synced)
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	if got := j.Durable(); got != synced {
		t.Fatalf("durable %d", got)
	}
	fill(t, j, synced+1, n)
	segment := segmentFiles(t, dir)[0]
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	var offset int
	for i := 1; i <= synced; i++ {
		offset += 16 + len(payload(i))
	}
	for cut := offset; cut <= len(whole); cut++ {
		b := slices.Clone(whole[:cut])
		switch cut % 3 {
		case 1: // the length reached the medium, the content did not
			b = append(b, make([]byte, random.IntN(100))...)
		case 2: // a block in between did not
			if at := offset + random.IntN(cut-offset+1); at < cut {
				clear(b[at:min(at+30, cut)])
			}
		}
		crashed := t.TempDir()
		if err := os.WriteFile(filepath.Join(crashed, filepath.Base(segment)), b, 0o600); err != nil {
			t.Fatal(err)
		}
		afterCut(t, crashed, synced, n)
	}
}

// afterCut opens what a cut of power left, writes on, and judges what is read.
func afterCut(t *testing.T, dir string, synced, written int) {
	t.Helper()
	j := open(t, journal.Options{Dir: dir})
	next := int(j.Last()) + 1
	if next <= synced || next > written+1 {
		t.Fatalf("next number %d", next)
	}
	if _, err := j.Append([]byte("after"), true); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	records, gaps := drain(t, reader(t, dir))
	missing := 0
	for _, g := range gaps {
		missing += int(g.Count())
		if g.From <= uint64(synced) {
			t.Fatalf("a synced record is lost: %+v", g)
		}
	}
	if len(records)+missing != next {
		t.Fatalf("%d records and %d missing, want %d", len(records), missing, next)
	}
	for _, r := range records[:len(records)-1] {
		if string(r.Payload) != string(payload(int(r.Seq))) {
			t.Fatalf("garbage: %d %q", r.Seq, r.Payload)
		}
	}
	if last := records[len(records)-1]; string(last.Payload) != "after" || last.Seq != uint64(next) {
		t.Fatalf("last record %d %q", last.Seq, last.Payload)
	}
}

func FuzzSegment(f *testing.F) {
	dir := f.TempDir()
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 1 << 20})
	if err != nil {
		f.Fatal(err)
	}
	for i := 1; i <= 3; i++ {
		if _, err := j.Append(payload(i), false); err != nil {
			f.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%020d.v1", 1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, uint16(0), byte(0))
	f.Add(b, uint16(20), byte(1))
	f.Add(binary.LittleEndian.AppendUint32(nil, 1<<31), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, flip byte) {
		if len(b) > 0 {
			b = slices.Clone(b)
			b[int(at)%len(b)] ^= flip
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%020d.v1", 1)), b, 0o600); err != nil {
			t.Fatal(err)
		}
		before, _ := drain(t, reader(t, dir))
		j := open(t, journal.Options{Dir: dir})
		seq, err := j.Append([]byte("after"), false)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		records, gaps := drain(t, reader(t, dir))
		if len(records) != len(before)+1 {
			t.Fatalf("%d records became %d", len(before), len(records))
		}
		var last uint64
		for _, r := range records {
			if r.Seq <= last {
				t.Fatalf("number %d after %d", r.Seq, last)
			}
			last = r.Seq
		}
		if last != seq {
			t.Fatalf("last number %d, want %d", last, seq)
		}
		total := uint64(len(records))
		for _, g := range gaps {
			total += g.Count()
		}
		if total != seq {
			t.Fatalf("%d records and gaps for %d numbers", total, seq)
		}
	})
}

func TestFileWithAnImpossibleNumberIsNoSegment(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"18446744073709551615.v1", "18446744073709551615.v2", "00000000000000000000.v1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j := open(t, journal.Options{Dir: dir})
	fill(t, j, 1, 3)
	if records, gaps := drain(t, j.Read(1)); len(records) != 3 || len(gaps) > 0 {
		t.Errorf("%d records and %v", len(records), gaps)
	}
}
