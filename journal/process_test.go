package journal_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidetone/journal"
)

// writerKey is the variable of the environment that makes this program a writer: the directory of its journal.
const writerKey = "SIDETONE_TEST_JOURNAL"

// writerRecords is how many records the writer appends: many times what its journal holds.
const writerRecords = 20000

func TestMain(m *testing.M) {
	dir := os.Getenv(writerKey)
	if dir == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := writeMany(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writeMany(dir string) error {
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 64 << 10, SegmentBytes: 2 << 10})
	if err != nil {
		return err
	}
	for i := 1; i <= writerRecords; i++ {
		if _, err := j.Append(payload(i), i%1000 == 0); err != nil {
			return err
		}
	}
	return j.Close()
}

func TestReaderInAnotherProcessMissesNothingUntoldWhileSegmentsComeAndGo(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	writer := exec.CommandContext(t.Context(), self)
	writer.Env = append(os.Environ(), writerKey+"="+dir)
	writer.Stderr = os.Stderr
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- writer.Wait() }()
	r := reader(t, dir)
	var next, records uint64
	over := false
	for next <= writerRecords {
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap):
			if gap.Gap.Reason != journal.Dropped || gap.Gap.From != next {
				t.Fatalf("at %d: %v", next, gap)
			}
			next = gap.Gap.To + 1
		case errors.Is(err, io.EOF):
			if over {
				t.Fatalf("the last record is %d", next-1)
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Fatal(err)
				}
				over = true
			case <-time.After(time.Millisecond):
			}
		case err != nil:
			t.Fatal(err)
		case next > 0 && rec.Seq != next, string(rec.Payload) != string(payload(int(rec.Seq))):
			t.Fatalf("record %d %q, want %d", rec.Seq, rec.Payload, next)
		default:
			next = rec.Seq + 1
			records++
		}
	}
	if !over {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	t.Log(strconv.FormatUint(records, 10), "records seen of", writerRecords)
}
