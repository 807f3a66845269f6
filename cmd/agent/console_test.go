//go:build linux && !small

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"sidetone/internal/ttytest"
	"sidetone/journal"
	"sidetone/trace"
)

// seat is somebody at a terminal in which the real program runs.
type seat struct {
	t        *testing.T
	terminal *os.File // the program's end
	line     *os.File
	before   *unix.Termios
	program  *exec.Cmd
	ended    chan error

	mu     sync.Mutex
	screen *ttytest.Screen
	news   chan struct{} // the screen has changed
}

func sit(t *testing.T, width, height int, environment []string, args ...string) *seat {
	t.Helper()
	return sitAt(t, width, height, environment, exec.CommandContext(t.Context(), "sidetone-agent", args...))
}

// sitAt starts any program. A terminal of no size is a serial line, at whose other end 80 columns and 24 lines are.
func sitAt(t *testing.T, width, height int, environment []string, program *exec.Cmd) *seat {
	t.Helper()
	terminal, line, err := ttytest.Pair(width, height)
	if err != nil {
		t.Fatal(err)
	}
	if width == 0 {
		width, height = 80, 24
	}
	s := &seat{t: t, terminal: terminal, line: line, program: program, screen: ttytest.NewScreen(width, height), news: make(chan struct{}, 1), ended: make(chan error, 1)}
	s.before = s.modes()
	s.program.Env = append(os.Environ(), append([]string{"TERM=xterm", "NO_COLOR=", "LANG=C", "LC_ALL=", "TZ=UTC"}, environment...)...)
	s.program.Stdin, s.program.Stdout, s.program.Stderr = terminal, terminal, terminal
	s.program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.program.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.program.Wait() }()
	var reading sync.WaitGroup
	reading.Go(s.watch)
	t.Cleanup(func() {
		_ = s.program.Process.Kill()
		_ = terminal.Close()
		_ = line.Close()
		reading.Wait()
	})
	return s
}

// watch puts on the screen what the program writes.
func (s *seat) watch() {
	b := make([]byte, 4096)
	for {
		n, err := s.line.Read(b)
		if err != nil {
			return
		}
		s.mu.Lock()
		_, _ = s.screen.Write(b[:n])
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
	}
}

func (s *seat) look(at func(*ttytest.Screen) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return at(s.screen)
}

func (s *seat) text() (text string) {
	s.look(func(c *ttytest.Screen) bool { text = c.Text(); return true })
	return text
}

// until waits until the screen is so.
func (s *seat) until(what string, so func(*ttytest.Screen) bool) {
	s.t.Helper()
	late := time.After(patience)
	for !s.look(so) {
		select {
		case <-s.news:
		case <-late:
			s.t.Fatalf("waited %s for %s; the screen shows\n%s", patience, what, s.text())
		}
	}
}

func (s *seat) sees(wanted string) {
	s.t.Helper()
	s.until(wanted, func(c *ttytest.Screen) bool { return strings.Contains(c.Text(), wanted) })
}

func (s *seat) types(keys string) {
	s.t.Helper()
	if _, err := s.line.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *seat) modes() *unix.Termios {
	s.t.Helper()
	modes, err := unix.IoctlGetTermios(int(s.terminal.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return modes
}

// leaves waits for the end of the program, which must leave the terminal as it was.
func (s *seat) leaves(code int) {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if s.program.ProcessState.ExitCode() != code {
			s.t.Errorf("%v, want code %d", err, code)
		}
	case <-time.After(patience):
		s.t.Fatalf("waited %s for the end; the screen shows\n%s", patience, s.text())
	}
	if diff := cmp.Diff(s.before, s.modes()); diff != "" {
		s.t.Errorf("the terminal's modes (-before +after):\n%s", diff)
	}
	s.until("the first screen and the cursor", func(c *ttytest.Screen) bool { return !c.Second && !c.Hidden })
	s.look(func(c *ttytest.Screen) bool {
		if len(c.Faults) > 0 {
			s.t.Errorf("the terminal was sent %q", c.Faults)
		}
		return true
	})
}

func recordedCall(name string) string {
	return filepath.Join("..", "..", "trace", "testdata", name, "1-reception-1.ndjson")
}

func TestBrowsingFromTheListToAComparisonAndOut(t *testing.T) {
	s := sit(t, 80, 24, nil, "trace", "browse", "-f", recordedCall("answered"))
	s.sees("Calls · 1")
	if !s.look(func(c *ttytest.Screen) bool { return c.Second && c.Hidden }) {
		t.Error("it draws on the first screen")
	}
	s.types("\r")
	s.sees("Story · Reception → Warehouse")
	s.sees("✓ Answered. Warehouse picked up after 5.3 s")
	s.types("\x1b")
	s.types("[B") // an arrow whose bytes did not come together
	s.sees(" 2/10")
	s.types("\r")
	s.sees("INVITE sip:102@10.1.0.9:5060 SIP/2.0")
	s.types(" jjjjjjjj")
	s.sees("re-INVITE Reception → Warehouse · UDP")
	s.types("c")
	s.sees("- INVITE +0.000")
	s.types("G")
	s.sees("+ a=sendonly")
	s.types("l")
	s.sees("Comparaison")
	s.types("\x1b")
	s.sees("Messages · Reception → Warehouse")
	s.types("q")
	s.leaves(exitGood)
}

func TestTerminalIsGivenBackOnEverySignal(t *testing.T) {
	for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT} {
		s := sit(t, 40, 12, nil, "trace", "browse", "last", "-f", recordedCall("busy"), "--lang", "fr-CA")
		s.sees("Récit")
		if err := s.program.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		s.leaves(exitGood)
	}
	s := sit(t, 40, 12, nil, "trace", "browse", "-f", recordedCall("busy"))
	s.sees("Calls")
	s.types("\x03") // Ctrl-C is still a signal
	s.leaves(exitGood)
}

// A shell stands around the program, as one that is alone can't be stopped from its terminal (POSIX.1-2017, XSH 2.4.3).
func TestSuspendedViewGivesTheTerminalBackAndReturns(t *testing.T) {
	script := "set -m; sidetone-agent trace browse -f " + recordedCall("busy") + "; echo stopped; read x; fg"
	s := sitAt(t, 80, 24, nil, exec.CommandContext(t.Context(), "sh", "-c", script))
	s.sees("Calls · 1")
	s.types("\x1a")
	s.sees("stopped")
	if diff := cmp.Diff(s.before, s.modes()); diff != "" {
		t.Errorf("the terminal's modes (-before +stopped):\n%s", diff)
	}
	if s.look(func(c *ttytest.Screen) bool { return c.Second || c.Hidden }) {
		t.Error("the shell has no screen or no cursor")
	}
	s.types("\n")
	s.sees("Calls · 1")
	s.types("?")
	s.sees("compare the marked message")
	s.types("q")
	s.leaves(exitGood)
}

// Whoever stops the program by force, and changes the terminal meanwhile, finds it drawing again.
func TestContinuedViewTakesTheTerminalAgain(t *testing.T) {
	s := sit(t, 80, 24, nil, "trace", "browse", "-f", recordedCall("busy"))
	s.sees("Calls · 1")
	raw := s.modes()
	pid := s.program.Process.Pid
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetTermios(int(s.terminal.Fd()), unix.TCSETS, s.before); err != nil {
		t.Fatal(err)
	}
	s.look(func(c *ttytest.Screen) bool { c.Resize(80, 24); return true })
	if err := unix.Kill(pid, unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.sees("Calls · 1")
	if diff := cmp.Diff(raw, s.modes()); diff != "" {
		t.Errorf("the terminal's modes (-before +after):\n%s", diff)
	}
	s.types("q")
	s.leaves(exitGood)
}

func TestViewFollowsTheSizeOfTheWindow(t *testing.T) {
	s := sit(t, 80, 24, nil, "trace", "browse", "last", "-f", recordedCall("answered"))
	s.sees("1/10")
	s.look(func(c *ttytest.Screen) bool { c.Resize(120, 40); return true })
	if err := ttytest.SetSize(s.line, 120, 40); err != nil {
		t.Fatal(err)
	}
	s.sees("│ ›    −3.310 A   lifted")
	s.types("q")
	s.leaves(exitGood)
}

func TestPanicGivesTheTerminalBack(t *testing.T) {
	terminal, line, err := ttytest.Pair(80, 24)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = terminal.Close(), line.Close() }()
	go func() { _, _ = io.Copy(io.Discard, line) }()
	c, err := openConsole(terminal, terminal)
	if err != nil {
		t.Fatal(err)
	}
	modes := func() *unix.Termios {
		m, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before := modes()
	func() {
		defer func() { _ = recover() }()
		_ = c.hold(func() error {
			if cmp.Equal(before, modes()) {
				t.Error("the terminal is as it was")
			}
			panic("in the middle of a frame")
		})
	}()
	if diff := cmp.Diff(before, modes()); diff != "" {
		t.Error(diff)
	}
}

func TestListAndOpenCallGrowWithTheJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	write := func(events []trace.Event) {
		for _, e := range events {
			line, err := e.Encode()
			if err == nil {
				_, err = j.Append(line, true)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	call := readEvents(t, filepath.Join("answered", "1-reception-1.ndjson"))
	s := sit(t, 80, 24, nil, "trace", "browse", "--journal", dir)
	s.sees("No calls.")
	write(call[:12])
	s.sees("● in progress")
	s.types("\r")
	s.sees("Story · ")
	s.types("G")
	write(call[12:])
	s.sees("■ Warehouse hung up")
	s.types("\x1b")
	s.sees("✓ answered")
	s.types("q")
	s.leaves(exitGood)
}

func TestPlainViewNeedsNoMoreThanASerialConsole(t *testing.T) {
	s := sit(t, 0, 0, []string{"TERM=vt100"}, "trace", "browse", "--plain", "-f", recordedCall("answered"))
	s.sees("Enter open  ^v move")
	s.types("\r\tj")
	s.sees(">    +0.000                   |")
	if s.look(func(c *ttytest.Screen) bool { return c.Second }) {
		t.Error("a second screen")
	}
	s.types("q")
	select {
	case err := <-s.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
}

func TestBrowseWithoutATerminalSaysWhatToDo(t *testing.T) {
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sidetone-agent", "trace", "browse", "-f", recordedCall("busy"))
	cmd.Stderr, cmd.Stdin = &said, strings.NewReader("")
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(said.String(), "browse needs a terminal; sidetone-agent trace show last") {
		t.Errorf("%v: %s", err, said.String())
	}
}
