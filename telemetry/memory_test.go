package telemetry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
)

// medium is a disk on which something can go wrong, or right again, while the syncer looks.
type medium struct {
	mu  sync.Mutex
	err error
}

func (m *medium) set(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

// fault is for journal.Options.
func (m *medium) fault() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

func TestPresenceAndHealthSayThatTheJournalIsInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		var trouble medium
		a := startAgent(t, b, 1, journal.Options{Fault: trouble.fault})
		turn := func() {
			<-a.journal.Turned()
			a.JournalTurned()
			a.uplink.StateChanged()
			synctest.Wait()
		}
		ring(a.Recorder, "A")
		b.awaitSeq(1, a.last())
		trouble.set(syscall.EROFS)
		ring(a.Recorder, "B")
		turn()
		b.awaitSeq(1, a.last())
		if h := a.uplink.health(); !h.Failing || h.Unwritten > 0 {
			t.Errorf("%+v", h)
		}
		trouble.set(nil)
		<-time.After(5 * time.Second)
		turn()
		b.awaitSeq(1, a.last())
		b.wantAll(1, a.last())
		if h := a.uplink.health(); h.Failing {
			t.Errorf("%+v", h)
		}
		var said []string
		for _, s := range b.states {
			said = append(said, string(s.Status)+" "+s.Journal+" "+s.JournalError)
		}
		if len(said) != 3 || said[0] != "ready  " || said[1] != "ready memory read-only file system" || said[2] != said[0] {
			t.Errorf("%q", said)
		}
	})
}

// The flash is not there when the agent starts, and later is, with what an earlier run could not send.
func TestFlashThatComesLateLosesNothingOfEitherRun(t *testing.T) {
	for name, calls := range map[string]int{"a call": 1, "a backlog": 200} {
		t.Run(name, func(t *testing.T) { testFlashThatComesLate(t, calls) })
	}
}

func testFlashThatComesLate(t *testing.T, calls int) {
	synctest.Test(t, func(t *testing.T) {
		flash := filepath.Join(t.TempDir(), "flash")
		dir := filepath.Join(flash, "journal")
		b := newTestBroker(t)
		earlier := startAgent(t, b, 1, journal.Options{Dir: dir})
		for i := range calls {
			ring(earlier.Recorder, fmt.Sprint("A", i))
			end(earlier.Recorder, fmt.Sprint("A", i))
		}
		earlier.shutdown()
		if err := errors.Join(os.Rename(flash, flash+".away"), os.WriteFile(flash, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		a := startAgent(t, b, 2, journal.Options{Dir: dir})
		for i := range calls {
			ring(a.Recorder, fmt.Sprint("B", i))
		}
		b.start()
		<-time.After(2 * time.Minute) // the broker may be tried by now
		b.awaitSeq(2, a.last())
		<-time.After(100 * time.Millisecond)
		synctest.Wait() // the journal does not try the flash in the middle of what follows
		if err := errors.Join(os.Remove(flash), os.Rename(flash+".away", flash)); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		a.JournalTurned()
		for i := range calls {
			end(a.Recorder, fmt.Sprint("B", i))
		}
		a.settled()
		b.wantEvery(1, earlier.last())
		b.wantEvery(2, a.last())
		if a.journal.Acknowledged() != a.journal.Last() || a.journal.Stats().Memory {
			t.Errorf("%+v", a.journal.Stats())
		}
	})
}
