package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sidetone/trace"
)

// pollEvery is how often a phone is asked what it is doing while something is awaited.
const pollEvery = 50 * time.Millisecond

// Agent is a running phone, driven as a person with a terminal would.
type Agent struct {
	*Process
	Config  string // path of its configuration
	SIPPort int
	Program string // of the agent; commands run it as well
	dir     string
}

// Status is what `ctl status --json` prints.
type Status struct {
	OffHook bool   `json:"off_hook"`
	Waiting uint64 `json:"waiting"` // events that the broker has not acknowledged
	Calls   []struct {
		ID        string          `json:"id"`
		Line      int             `json:"line"`
		Direction trace.Direction `json:"direction"`
		State     string          `json:"state"`
	} `json:"calls"`
	Heard struct {
		LevelDB float64 `json:"level_db"`
		ToneHz  float64 `json:"tone_hz"`
	} `json:"heard"`
}

// StartAgent writes the configuration, with a free SIP port unless one is set, and starts the phone in dir. wrapper goes
// before the program, such as an emulator.
func StartAgent(ctx context.Context, dir, program, name string, c Config, wrapper ...string) (*Agent, error) {
	port, err := FreeSIP()
	if err != nil {
		return nil, err
	}
	if _, set := c["sip"].(map[string]any)["listen"]; !set {
		c.Set("sip.listen", []string{fmt.Sprintf("udp://127.0.0.1:%d", port), fmt.Sprintf("tcp://127.0.0.1:%d", port)})
	}
	// A short path: a control socket's may have 108 characters at most.
	c.Set("device.control", name+".sock").Set("telemetry.journal.dir", name+".journal")
	a := &Agent{Config: filepath.Join(dir, name+".yaml"), SIPPort: port, Program: program, dir: dir}
	if err := c.Write(a.Config); err != nil {
		return nil, err
	}
	return a, a.Restart(ctx, name, wrapper...)
}

// Restart starts the phone again with the configuration it had.
func (a *Agent) Restart(ctx context.Context, name string, wrapper ...string) error {
	command := append(wrapper, a.Program, "run", "-c", a.Config)
	var err error
	a.Process, _, err = Start(ctx, a.dir, name, "agent ready", command[0], command[1:]...)
	return err
}

// URI addresses a user at this phone.
func (a *Agent) URI(user string) string { return fmt.Sprintf("sip:%s@127.0.0.1:%d", user, a.SIPPort) }

// Run runs another command of the agent's program, such as "trace show last", and returns what it printed.
func (a *Agent) Run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, a.Program, args...)
	cmd.Dir = a.dir
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s%s", strings.Join(args, " "), err, complaint.String(), out.String())
	}
	return out.String(), nil
}

// Do gives the running phone a verb.
func (a *Agent) Do(ctx context.Context, verb ...string) (string, error) {
	out, err := a.Run(ctx, append([]string{"ctl", "-c", a.Config}, verb...)...)
	return strings.TrimSpace(out), err
}

// Dial has the phone call a target and returns the call's id.
func (a *Agent) Dial(ctx context.Context, target string) (string, error) {
	return a.Do(ctx, "dial", target)
}

// Status asks what the phone is doing.
func (a *Agent) Status(ctx context.Context) (Status, error) {
	var st Status
	out, err := a.Do(ctx, "status", "--json")
	if err != nil {
		return st, err
	}
	if err := json.Unmarshal([]byte(out), &st); err != nil {
		return st, fmt.Errorf("status: %w: %s", err, out)
	}
	return st, nil
}

// Until waits until one of the phone's calls is in a state.
func (a *Agent) Until(ctx context.Context, state string) error {
	return a.await(ctx, "a call that is "+state, func(st Status) bool {
		for _, c := range st.Calls {
			if c.State == state {
				return true
			}
		}
		return false
	})
}

// UntilQuiet waits until the phone has no call.
func (a *Agent) UntilQuiet(ctx context.Context) error {
	return a.await(ctx, "no call", func(st Status) bool { return len(st.Calls) == 0 })
}

// UntilNothingWaits returns once the broker has acknowledged everything that the agent has recorded.
func (a *Agent) UntilNothingWaits(ctx context.Context) error {
	return a.await(ctx, "nothing waits", func(s Status) bool { return s.Waiting == 0 })
}

// await waits until the phone's status fits.
func (a *Agent) await(ctx context.Context, what string, fits func(Status) bool) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		st, err := a.Status(ctx)
		if err == nil && fits(st) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: waited for %s, has %+v: %w", a.Name, what, st.Calls, errors.Join(ctx.Err(), err))
		case <-time.After(pollEvery):
		}
	}
}

// Hears waits until the phone's earpiece gives a tone, to within 15 Hz.
func (a *Agent) Hears(ctx context.Context, hz float64) error {
	return a.await(ctx, fmt.Sprintf("a tone of %.0f Hz", hz), func(st Status) bool {
		return st.Heard.ToneHz > hz-15 && st.Heard.ToneHz < hz+15
	})
}

// silence is the level below which nothing is heard, in dBFS.
const silence = -60

// HearsNothing waits until the phone's earpiece is silent.
func (a *Agent) HearsNothing(ctx context.Context) error {
	return a.await(ctx, "silence", func(st Status) bool { return st.Heard.LevelDB < silence })
}
