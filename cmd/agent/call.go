package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"sidetone/config"
	"sidetone/device/control"
	"sidetone/internal/command"
	"sidetone/journal"
	"sidetone/switchboard"
	"sidetone/trace"
	"sidetone/trace/story"
)

// testCall is one call placed from the command line.
type testCall struct {
	target  string
	talk    time.Duration // from the answer to our hang-up
	holdAt  time.Duration // from the answer; 0 = no hold
	asJSON  bool
	lang    string
	open    func() (*journal.Reader, error) // the journal
	out     io.Writer
	control *control.Client
}

const (
	holdFor   = 2 * time.Second // at most; half of what is left of the call when that is less
	statePoll = 100 * time.Millisecond
	traceTail = 40 * time.Second // how long the end of a call may take to be complete: timer B of 32 s, and some more
)

func newCallCommand() *command.Command {
	var file string
	t := testCall{}
	cmd := &command.Command{
		Use:   "call -c agent.yaml TARGET",
		Short: "place one test call and print its story",
		Long: `call places one test call, holds it if asked to, hangs up, and prints its story. It goes through the running agent when
there is one, else it starts one for the length of the call. The exit code is 0 only if the call was answered.`,
		Example: `  sidetone-agent call -c agent.yaml sip:102@10.0.0.9 --for 10s --hold-at 3s
  sidetone-agent call -c agent.yaml 102 --json`,
		Run: func(cmd *command.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if t.holdAt >= t.talk && t.holdAt > 0 {
				return usageError(fmt.Errorf("--hold-at %s is not before the end of the call, --for %s", t.holdAt, t.talk))
			}
			t.target, t.out = args[0], cmd.Out()
			cfg, err := loadConfig(file, cmd.Err())
			if err != nil {
				return err
			}
			return t.withAgent(ctx, cfg, cmd.Err())
		},
	}
	addConfigFlag(cmd, &file)
	cmd.Flags().DurationVar(&t.talk, "for", 10*time.Second, "how long to talk before hanging up")
	cmd.Flags().DurationVar(&t.holdAt, "hold-at", 0, "hold the call this long after the answer (0 = never)")
	cmd.Flags().BoolVar(&t.asJSON, "json", false, "print the story as JSON")
	addLangFlag(cmd, &t.lang)
	return cmd
}

// withAgent finds the running agent or starts one, and makes the call.
func (t *testCall) withAgent(ctx context.Context, cfg config.Config, complaints io.Writer) error {
	if cfg.Telemetry.Journal.MaxBytes == 0 {
		return errors.New("a test call needs the journal: telemetry.journal.max_bytes is 0")
	}
	t.open = func() (*journal.Reader, error) { return journal.OpenReader(cfg.Telemetry.Journal.Dir) }
	var err error
	if t.control, err = control.Connect(ctx, cfg.Device.Control); err == nil {
		defer func() { _ = t.control.Close() }()
		return t.make(ctx)
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return err
	}
	log, err := newLogger(cfg.Log, complaints)
	if err != nil {
		return err
	}
	a, err := assemble(cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)), nil)
	if err != nil {
		return err
	}
	running := background(a.run)
	if t.control, err = control.Connect(ctx, cfg.Device.Control); err != nil {
		return errors.Join(err, running.stop())
	}
	defer func() { _ = t.control.Close() }()
	err = t.make(ctx)
	return errors.Join(err, running.stop())
}

// make places the call, plays its course, and tells it.
func (t *testCall) make(ctx context.Context) error {
	id, err := t.place(ctx)
	if err != nil {
		return err
	}
	return t.tell(context.WithoutCancel(ctx), id)
}

// place places the call and plays its course, until it is over.
func (t *testCall) place(ctx context.Context) (id string, err error) {
	reply, err := t.control.Do(ctx, control.Request{Verb: control.Dial, Args: []string{t.target}})
	if err != nil {
		return "", err
	}
	var dialled control.Dialled
	if err := json.Unmarshal(reply.Data, &dialled); err != nil {
		return "", fmt.Errorf("dial: %w", err)
	}
	if err := t.course(ctx, dialled.Call); err != nil {
		// Whatever went wrong, the call must not stay up.
		_, _ = t.control.Do(context.WithoutCancel(ctx), control.Request{Verb: control.Hangup, Call: dialled.Call})
		if ctx.Err() == nil {
			return "", err
		}
	}
	return dialled.Call, nil
}

// course waits for the answer, holds and resumes, and hangs up. A call that ends earlier ends the course.
func (t *testCall) course(ctx context.Context, call string) error {
	state, err := t.await(ctx, call, func(s switchboard.State) bool { return isUp(s) || isOver(s) })
	if err != nil || isOver(state) {
		return err
	}
	left := t.talk
	if t.holdAt > 0 {
		pause := min(holdFor, (left-t.holdAt)/2)
		if over, err := t.act(ctx, call, t.holdAt, control.Hold); over || err != nil {
			return err
		}
		if over, err := t.act(ctx, call, pause, control.Resume); over || err != nil {
			return err
		}
		left -= t.holdAt + pause
	}
	_, err = t.act(ctx, call, left, control.Hangup)
	return err
}

// act lets the call go on for a while and then gives a verb; over means that the call ended before that.
func (t *testCall) act(ctx context.Context, call string, after time.Duration, verb control.Verb) (over bool, err error) {
	pause, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	_, err = t.await(pause, call, isOver)
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case pause.Err() == nil:
		return false, err
	}
	_, err = t.control.Do(ctx, control.Request{Verb: verb, Call: call})
	return false, err
}

func isUp(s switchboard.State) bool {
	return s == switchboard.StateTalking || s == switchboard.StateHeld
}

func isOver(s switchboard.State) bool { return s == "" || s == switchboard.StateEnding }

// await waits until the call is in a fitting state, which it returns; "" is the state of a call that is gone.
func (t *testCall) await(ctx context.Context, call string, fits func(switchboard.State) bool) (switchboard.State, error) {
	ticker := time.NewTicker(statePoll)
	defer ticker.Stop()
	for {
		state, err := t.state(ctx, call)
		if err != nil || fits(state) {
			return state, err
		}
		select {
		case <-ctx.Done():
			return state, ctx.Err()
		case <-ticker.C:
		}
	}
}

func (t *testCall) state(ctx context.Context, call string) (switchboard.State, error) {
	reply, err := t.control.Do(ctx, control.Request{Verb: control.Status})
	if err != nil {
		return "", err
	}
	var st switchboard.Status
	if err := json.Unmarshal(reply.Data, &st); err != nil {
		return "", fmt.Errorf("status: %w", err)
	}
	for _, c := range st.Calls {
		if c.ID == call {
			return c.State, nil
		}
	}
	return "", nil
}

// tell reads the call from the journal, once it is complete, and prints it. A call that was not answered is an error.
func (t *testCall) tell(ctx context.Context, call string) error {
	ctx, cancel := context.WithTimeout(ctx, traceTail)
	defer cancel()
	view, err := t.recorded(ctx, call)
	if err != nil {
		return err
	}
	lang, err := story.ParseLang(t.lang)
	if err != nil {
		return usageError(err)
	}
	told := story.Tell([]trace.View{view}, lang)
	if t.asJSON {
		enc := json.NewEncoder(t.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(told)
	} else {
		err = story.Text(t.out, told, terminalWidth(t.out))
	}
	if err != nil {
		return err
	}
	if fold := trace.Summarize(view.Events); fold.Result != trace.ResultAnswered {
		return fmt.Errorf("the call was not answered: %s", story.Brief(fold.Summary, story.En).Word)
	}
	return nil
}

// recorded follows the journal until the call's last event.
func (t *testCall) recorded(ctx context.Context, call string) (trace.View, error) {
	reader, err := t.open()
	if err != nil {
		return trace.View{}, err
	}
	defer func() { _ = reader.Close() }()
	ticker := time.NewTicker(statePoll)
	defer ticker.Stop()
	g := gathering{call: call}
	for {
		record, err := reader.Next(ctx)
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap):
			continue
		case errors.Is(err, io.EOF):
			select {
			case <-ctx.Done():
				return g.gathered(), fmt.Errorf("the trace of call %s is not complete: %w", call, ctx.Err())
			case <-ticker.C:
			}
			continue
		case err != nil:
			return g.gathered(), err
		}
		e, err := trace.Decode(record.Payload)
		if err == nil && g.add(e) && e.Kind == trace.CallEnded {
			return g.gathered(), nil
		}
	}
}
