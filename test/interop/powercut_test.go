//go:build interop && linux

package interop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The bounds of the power cut test.
const (
	cuts      = 20
	imageSize = 64 << 20 // bytes, several times what is written on a machine with two cores: nothing has to be dropped
	runFor    = 400 * time.Millisecond
)

// A cut of power leaves on the medium what the file system had written to it by then, and nothing of what waited in memory.
//
// The agent's journal and the collector's store write to an ext4 in a file that is mounted as a loop device. What a mounted
// file system keeps in its page cache is not in that file: only what it has sent to its device is. So a copy of the file is
// what the medium held at that moment, provided that nothing was written while it was copied. For that the writers are stopped
// (SIGSTOP, at any moment, in the middle of a write or a sync), and the copy counts only when a second one is the same, because
// the kernel's journal commits on its own. Then the writers are killed and the rest of what they wrote is thrown away with the
// old file. The copy is mounted, by which ext4 replays its own journal as after any cut, and judged; the next round goes on
// with it, so that later rounds have many cuts behind them.
//
// Every line that a writer prints is a promise: what it names is durable. The writers are processes of their own, and promise
// only what the journal's Durable and the store's Write say.
func TestPowerCutLosesNothingThatWasAcknowledged(t *testing.T) {
	disk := newLoopDisk(t)
	subjects := []*subject{
		{name: "journal", dir: "journal", judge: judgeJournal},
		{name: "store", dir: "store", judge: judgeStore},
	}
	began := time.Now()
	for round := range cuts {
		disk.mount()
		if round == cuts-1 {
			t.Log(disk.room())
		}
		disk.record(round, subjects)
		disk.cut()
		disk.mount()
		for _, s := range subjects {
			if err := s.judge(t.Context(), filepath.Join(disk.dir, s.dir), s); err != nil {
				t.Fatalf("round %d: %s: %v (%s)", round+1, s.name, err, disk.room())
			}
		}
		disk.unmount()
	}
	for _, s := range subjects {
		t.Logf("%s: %d rounds, %d events acknowledged, 0 lost (%d not acknowledged yet were cut off)", s.name, cuts, s.promised, s.torn)
	}
	if journal := subjects[0]; journal.torn == 0 {
		t.Error("the journal's page cache survived: this was no cut of power")
	}
	t.Logf("in %v", time.Since(began).Round(time.Second))
}

// subject is one of those that must not lose what they have acknowledged.
type subject struct {
	name, dir string
	judge     func(ctx context.Context, dir string, s *subject) error

	promised int            // events acknowledged over all rounds
	torn     int            // events that were written but cut off, as nobody had acknowledged them
	runs     []string       // names of all runs so far
	upTo     map[string]int // by run, the highest number promised
	begun    int            // by the last run, the highest number it set about
}

// loopDisk is a file system that can lose its power.
type loopDisk struct {
	t          *testing.T
	image, dir string
	mounted    bool
}

// newLoopDisk makes the file system. Where this is not permitted the test is skipped; where it is, the tools must be there.
func newLoopDisk(t *testing.T) *loopDisk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a file system: the power cut is not tried")
	}
	for _, tool := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "true" {
			t.Skipf("%s is missing: the power cut is not tried", tool)
		}
	}
	base := t.TempDir()
	d := &loopDisk{t: t, image: filepath.Join(base, "flash.img"), dir: filepath.Join(base, "flash")}
	if err := errors.Join(os.Mkdir(d.dir, 0o700), os.WriteFile(d.image, nil, 0o600), os.Truncate(d.image, imageSize)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program(t, "mkfs.ext4"), "-q", "-F", d.image).CombinedOutput(); err != nil {
		t.Fatalf("make a file system: %v\n%s", err, out)
	}
	if out, err := exec.Command(program(t, "mount"), "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		t.Skipf("loop mounts are not permitted here, the power cut is not tried: %s", bytes.TrimSpace(out))
	}
	d.mounted = true
	t.Cleanup(d.unmount)
	return d
}

func (d *loopDisk) mount() {
	d.t.Helper()
	if d.mounted {
		return
	}
	if out, err := exec.Command(program(d.t, "mount"), "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		d.t.Fatalf("mount what the cut left: %v\n%s", err, out)
	}
	d.mounted = true
}

// room tells how full the file system is: a journal that finds it full drops what was acknowledged, as it should.
func (d *loopDisk) room() string {
	var fs unix.Statfs_t
	if err := unix.Statfs(d.dir, &fs); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d of %d bytes are free", fs.Bavail*uint64(fs.Bsize), fs.Blocks*uint64(fs.Bsize))
}

func (d *loopDisk) unmount() {
	if !d.mounted {
		return
	}
	if out, err := exec.Command(program(d.t, "umount"), d.dir).CombinedOutput(); err != nil {
		d.t.Errorf("unmount: %v\n%s", err, out)
	}
	d.mounted = false
}

// record has all writers write for a while, copies the medium at a random moment, and kills them. What they promised before
// they were stopped counts.
func (d *loopDisk) record(round int, subjects []*subject) {
	d.t.Helper()
	var writers []*writer
	for _, s := range subjects {
		writers = append(writers, d.start(s, fmt.Sprintf("%s-%d", s.name, round+1)))
	}
	for _, w := range writers { // the moment is random, but after something was promised
		select {
		case <-w.first:
		case <-time.After(20 * time.Second):
			d.t.Fatalf("%s: nothing was acknowledged", w.subject.name)
		}
	}
	<-time.After(rand.N(runFor))
	for _, w := range writers {
		if err := w.cmd.Process.Signal(unix.SIGSTOP); err != nil {
			d.t.Error(err)
		}
	}
	d.copyMedium()
	for _, w := range writers {
		_ = w.cmd.Process.Kill()
		w.reading.Wait()
		_ = w.cmd.Wait() // it was killed
	}
}

// copyMedium copies the image until two copies in a row are the same.
func (d *loopDisk) copyMedium() {
	d.t.Helper()
	var before uint32
	for i := range 200 {
		sum, err := copyImage(d.image+".cut", d.image)
		if err != nil {
			d.t.Fatal(err)
		}
		if i > 0 && sum == before {
			return
		}
		before = sum
	}
	d.t.Fatal("the medium never rests")
}

func copyImage(to, from string) (sum uint32, err error) {
	in, err := os.Open(from)
	if err != nil {
		return sum, err
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return sum, err
	}
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	_, err = io.Copy(io.MultiWriter(out, h), in)

	return h.Sum32(), errors.Join(err, out.Close())
}

// cut throws away what the medium did not hold.
func (d *loopDisk) cut() {
	d.t.Helper()
	d.unmount()
	if err := os.Rename(d.image+".cut", d.image); err != nil {
		d.t.Fatal(err)
	}
}

// writer is the process that writes for a subject.
type writer struct {
	subject *subject
	cmd     *exec.Cmd
	first   chan struct{} // closed with the first promise
	reading sync.WaitGroup
}

// writerKey is the variable of the environment that makes this program a writer: what for, the run's name, and where.
const writerKey = "SIDETONE_TEST_WRITER"

func (d *loopDisk) start(s *subject, run string) *writer {
	d.t.Helper()
	self, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	w := &writer{subject: s, first: make(chan struct{}), cmd: exec.CommandContext(d.t.Context(), self, "-test.run=^TestPowerCutWriter$")}
	w.cmd.Env = append(os.Environ(), writerKey+"="+s.name+" "+run+" "+filepath.Join(d.dir, s.dir))
	w.cmd.Stderr = os.Stderr
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	if s.upTo == nil {
		s.upTo = map[string]int{}
	}
	s.runs, s.begun = append(s.runs, run), 0
	w.reading.Go(func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var upTo int
			if _, err := fmt.Sscanf(lines.Text(), "begin %d", &upTo); err == nil {
				s.begun = upTo
				continue
			}
			if _, err := fmt.Sscanf(lines.Text(), "durable %d", &upTo); err != nil {
				continue
			}
			if s.upTo[run] == 0 {
				close(w.first)
			}
			s.promised += upTo - s.upTo[run]
			s.upTo[run] = upTo
		}
	})
	return w
}

// TestPowerCutWriter is no test: it is the process that TestPowerCutLosesNothingThatWasAcknowledged starts.
func TestPowerCutWriter(t *testing.T) {
	what, rest, ok := strings.Cut(os.Getenv(writerKey), " ")
	if !ok {
		t.Skip("it is started by another test")
	}
	run, dir, _ := strings.Cut(rest, " ")
	if err := writers[what](t.Context(), run, dir); err != nil {
		t.Fatal(err)
	}
}

var writers = map[string]func(ctx context.Context, run, dir string) error{"journal": writeJournal, "store": writeStore}

// begin says that the events of the run up to a number are about to be written.
func begin(upTo int) error {
	_, err := fmt.Printf("begin %d\n", upTo)
	return err
}

// promise says that all events of the run up to a number are durable.
func promise(upTo int) error {
	_, err := fmt.Printf("durable %d\n", upTo)
	return err
}
