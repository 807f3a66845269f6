package journal_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sidetone/journal"
)

// BenchmarkAppend writes records of 400 bytes, a usual event, and keeps every hundredth, as a call's end. written-B is what the
// journal wrote, device-B what the kernel sent to the device for it in whole pages, the file system's own blocks excluded.
func BenchmarkAppend(b *testing.B) {
	record := slices.Repeat([]byte("x"), 400)
	j, err := journal.Open(journal.Options{Dir: b.TempDir(), MaxBytes: 1 << 30, SegmentBytes: 256 << 10})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	written, device := processIO(b)
	for b.Loop() {
		n++
		seq, err := j.Append(record, n%100 == 0)
		if err != nil {
			b.Fatal(err)
		}
		if n%100 == 0 {
			j.Acknowledge(seq)
			if err := j.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	writtenAfter, deviceAfter := processIO(b)
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(writtenAfter-written)/float64(n), "written-B/record")
	b.ReportMetric(float64(deviceAfter-device)/float64(n), "device-B/record")
}

// processIO is how much this process has written, and how much of it went to a device; nothing where the system does not tell.
func processIO(b *testing.B) (written, device int64) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Sscanf(line, "wchar: %d", &written)
		_, _ = fmt.Sscanf(line, "write_bytes: %d", &device)
	}
	return written, device
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
