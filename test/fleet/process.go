// Package fleet runs the product's own programs as processes, for the demo and for tests from outside: it writes their
// configurations, starts them on free ports, drives the phones over their control sockets, and asks the collector.
package fleet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// startTime bounds how long a program may take to say that it is ready; generous, as the machine may be busy.
const startTime = 60 * time.Second

// Process is a program that this package started. What it prints is kept in NAME.log in its folder.
type Process struct {
	Name string
	Log  string // path

	cmd   *exec.Cmd
	ended chan struct{}
	err   error // of the process, once ended is closed
}

// Start runs a program in dir and waits until it prints a line that contains marker, which is returned.
func Start(ctx context.Context, dir, name, marker, program string, args ...string) (*Process, string, error) {
	// The program outlives ctx for a moment, so that it can end its calls; Stop sees to its end.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the parent, which then stops its programs in order
	// A program that is started again goes on with its log.
	log, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, "", err
	}
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		_ = log.Close()
		return nil, "", fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{Name: name, Log: log.Name(), cmd: cmd, ended: make(chan struct{})}
	ready := make(chan string, 1)
	go follow(out, log, marker, ready)
	go func() {
		p.err = cmd.Wait()
		_ = in.Close()
		close(p.ended)
	}()

	select {
	case line := <-ready:
		return p, line, nil
	case <-p.ended:
		said, _ := os.ReadFile(p.Log)
		return nil, "", fmt.Errorf("%s ended at once (%w):\n%s", name, p.err, said)
	case <-time.After(startTime):
		_ = p.Stop()
		return nil, "", fmt.Errorf("%s was not ready after %s; see %s", name, startTime, p.Log)
	case <-ctx.Done():
		_ = p.Stop()
		return nil, "", ctx.Err()
	}
}

// follow copies a program's output to its log and reports the first line that contains marker.
func follow(out io.Reader, log *os.File, marker string, ready chan<- string) {
	defer func() { _ = log.Close() }()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		_, _ = log.WriteString(line)
		if strings.Contains(line, marker) {
			select {
			case ready <- strings.TrimSpace(line):
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// Stop asks the program to end, waits, and insists after a while. It returns what Wait returned.
func (p *Process) Stop() error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		return p.Kill()
	}
	return p.err
}

// Kill ends the program as a power cut would.
func (p *Process) Kill() error {
	_ = p.cmd.Process.Kill()
	<-p.ended
	return p.err
}

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// PID is the program's process.
func (p *Process) PID() int { return p.cmd.Process.Pid }
