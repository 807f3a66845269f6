package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// stepFile is, in an agent's folder, by how many seconds its wall clock is off.
const stepFile = "clock-step"

// year is how far clocks jump, in seconds.
const year = 365 * 24 * 60 * 60

// stepSource is a file that package time has in the campaign's agent: its reading of stepFile.
//
//go:embed step.go.txt
var stepSource []byte

// The lines of time.Now that read the wall clock, and what they are replaced by.
const (
	readsClock   = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {\n"
	readsStepped = "\tsec, nsec, mono := runtimeNow()\n\tsec += stepBy.Load()\n\tif mono == 0 {\n"
)

var errClockSource = errors.New("time.Now of this Go release reads the clock in another way: adapt test/faults/clock.go")

// steppable is Go's time.go with a wall clock that can be set for one process, the monotonic clock aside.
func steppable(source []byte) ([]byte, error) {
	if bytes.Count(source, []byte(readsClock)) != 1 {
		return nil, errClockSource
	}
	return bytes.Replace(source, []byte(readsClock), []byte(readsStepped), 1), nil
}

// clockSource finds and reads Go's own time.go.
func clockSource(ctx context.Context) (path string, source []byte, err error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	path = filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	source, err = os.ReadFile(path)
	return path, source, err
}

// buildSteppable builds the agent from its unchanged source, with a package time whose wall clock the campaign sets: that of
// the machine is everybody's.
func buildSteppable(ctx context.Context, dir, program string) error {
	original, source, err := clockSource(ctx)
	if err != nil {
		return err
	}
	if source, err = steppable(source); err != nil {
		return err
	}
	patched, step, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "step.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{
		original: patched, filepath.Join(filepath.Dir(original), "step.go"): step,
	}})
	if err != nil {
		return err
	}
	for path, text := range map[string][]byte{patched: source, step: stepSource, overlay: replace} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-overlay", overlay, "-o", program, "./cmd/agent")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the agent whose clock can be set: %w\n%s", err, said)
	}
	return nil
}

// setClock has an agent's wall clock be off by so many seconds. A file is never seen half written.
func setClock(dir string, seconds int) error {
	draft := filepath.Join(dir, stepFile+".new")
	if err := os.WriteFile(draft, fmt.Appendf(nil, "%d", seconds), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, filepath.Join(dir, stepFile))
}
