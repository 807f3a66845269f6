package journal_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sidetone/journal"
)

// BenchmarkAppend writes records of 400 bytes, a usual event, and keeps every hundredth.
func BenchmarkAppend(b *testing.B) {
	record := slices.Repeat([]byte("x"), 400)
	dir := b.TempDir()
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 1 << 30, SegmentBytes: 256 << 10})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		if _, err := j.Append(record, n%100 == 0); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(sizeOf(b, dir))/float64(n), "flash-B/record")
}

// BenchmarkRead reads them back as the uplink does.
func BenchmarkRead(b *testing.B) {
	record := slices.Repeat([]byte("x"), 400)
	j, err := journal.Open(journal.Options{Dir: b.TempDir(), MaxBytes: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	const records = 10000
	for range records {
		if _, err := j.Append(record, false); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		r := j.Read(0)
		for range records {
			if _, err := r.Poll(); err != nil {
				b.Fatal(err)
			}
		}
		_ = r.Close()
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func sizeOf(b *testing.B, dir string) (total int64) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		total += info.Size()
	}
	return total
}
