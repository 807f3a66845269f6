package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sidetone/config"
	"sidetone/device/control"
	"sidetone/journal"
	"sidetone/switchboard"
	"sidetone/telemetry"
	"sidetone/telemetry/remote"
	"sidetone/trace"
	"sidetone/trace/story"
)

// The times of commands.
const (
	levelFor    = 10 * time.Minute // a level stays changed where nothing is said
	levelLeast  = time.Second
	levelMost   = 24 * time.Hour
	testFor     = 10 * time.Second // a test call talks where nothing is said
	testMost    = time.Minute
	testRinging = time.Minute // before the answer
)

// arguments are those of every command; each has its own.
type arguments struct {
	Call    string          `json:"call"`
	Capture string          `json:"capture"`
	For     remote.Duration `json:"for"`
	Lang    string          `json:"lang"`
	Level   string          `json:"level"`
	Line    int             `json:"line"`
	Lines   int             `json:"lines"`
	Mask    maskArguments   `json:"mask"`
	Now     bool            `json:"now"`
	Set     json.RawMessage `json:"set"`
	Target  string          `json:"target"`
	Ver     int64           `json:"ver"`
}

type maskArguments struct {
	Digits  bool `json:"digits"`
	Numbers bool `json:"numbers"`
}

func read(j *remote.Job, fields string) (args arguments, err error) {
	err = j.Read(&args, fields)
	return args, err
}

// outcome is the data of the answer to any command.
type outcome struct {
	Call         string       `json:"call,omitempty"`
	Events       int          `json:"events,omitempty"`  // that were sent again
	Batches      int          `json:"batches,omitempty"` // in which they were
	ForUS        trace.Micros `json:"for_us,omitempty"`  // how long it stays changed
	Lines        []string     `json:"lines,omitempty"`
	Cut          bool         `json:"cut,omitempty"` // more were asked for than there are
	Result       trace.Result `json:"result,omitempty"`
	LastResponse int          `json:"last_response,omitempty"`
	Story        string       `json:"story,omitempty"`
	Waiting      string       `json:"waiting,omitempty"`
	Ver          int64        `json:"ver,omitempty"`
	Until        *time.Time   `json:"trial_until,omitempty"`
	Boot         trace.Boot   `json:"boot,omitempty"`
}

// openDesk makes what takes commands.
func (a *agent) openDesk() error {
	key, err := commandKey(a.cfg)
	if err != nil {
		return err
	}
	a.desk = remote.NewDesk(remote.Options{
		Tenant: a.cfg.Telemetry.Tenant, Device: a.cfg.Device.ID, Key: key, Memory: a.process.memory,
		Ops: map[string]remote.Op{
			"echo":            func(_ context.Context, j *remote.Job) (any, error) { return j.Args, nil },
			"trace.get":       a.traceGet,
			"trace.level":     a.traceLevel,
			"call.test":       a.callTest,
			"call.hangup":     a.callHangup,
			"log.level":       a.logLevel,
			"log.get":         a.logGet,
			"config.check":    a.configCheck,
			"config.apply":    a.configApply,
			"line.reregister": a.lineReregister,
			remote.Restart:    a.restart,
		},
		Synced: telemetry.ClockSynced,
		Answer: a.uplink.Answer,
		Record: func(c trace.Command) { a.recorder.Record(trace.Event{Kind: trace.AgentCommand, Data: c}) },
		Logger: a.log,
	})
	return nil
}

// takeCommands runs until ctx is done, and takes back what was changed for a while.
func (a *agent) takeCommands(ctx context.Context) error {
	defer a.levels.stop()
	if a.desk == nil {
		<-ctx.Done()
		return nil
	}
	return a.desk.Run(ctx)
}

// traceGet sends the events of a call once more; the collector knows those that it has.
func (a *agent) traceGet(ctx context.Context, j *remote.Job) (any, error) {
	args, err := read(j, "call")
	if err != nil {
		return nil, err
	}
	if args.Call == "" {
		return nil, remote.Faultf(remote.BadArgs, "args: call is missing")
	}
	sent := outcome{Call: args.Call}
	id, _ := json.Marshal(args.Call) // a string always has an encoding
	mark := append([]byte(`,"call":`), id...)
	r := a.journal.Read(0)
	defer func() { _ = r.Close() }() // only read
	var lines [][]byte
	flush := func() error {
		n, err := a.uplink.Resend(ctx, lines)
		sent.Events, sent.Batches, lines = sent.Events+len(lines), sent.Batches+n, nil
		return err
	}
	for {
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap):
			continue
		case errors.Is(err, io.EOF):
			if err := flush(); err != nil {
				return nil, err
			}
			if sent.Events == 0 {
				return nil, remote.Faultf(remote.NotFound, "no event of call %s is in the journal", args.Call)
			}
			return sent, nil
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		if front := rec.Payload[:min(len(rec.Payload), 256)]; bytes.Contains(front, mark) {
			if lines = append(lines, bytes.Clone(rec.Payload)); len(lines) >= 200 {
				if err := flush(); err != nil {
					return nil, err
				}
			}
		}
	}
}

// levelTime is how long a level is to stay changed.
func levelTime(d remote.Duration) (time.Duration, error) {
	t := time.Duration(d)
	if t < levelLeast || t > levelMost {
		return 0, remote.Faultf(remote.BadArgs, "args: for: allowed: %s to %s", levelLeast, levelMost)
	}
	return t, nil
}

// traceLevel changes what is kept of messages, for a while.
func (a *agent) traceLevel(_ context.Context, j *remote.Job) (any, error) {
	t := a.cfg.Telemetry
	args := arguments{Capture: string(t.Capture), For: remote.Duration(levelFor)}
	args.Mask = maskArguments(t.Mask)
	if err := j.Read(&args, "capture mask for"); err != nil {
		return nil, err
	}
	d, err := levelTime(args.For)
	if err != nil {
		return nil, err
	}
	capture, err := trace.ParseCapture(args.Capture)
	if err != nil {
		return nil, &remote.Fault{Code: remote.BadArgs, Err: err}
	}
	a.recorder.SetLevel(capture, trace.Mask(args.Mask))
	a.levels.set("trace", d, func() { a.recorder.SetLevel(trace.Capture(t.Capture), trace.Mask(t.Mask)) })
	return outcome{ForUS: trace.MicrosOf(d)}, nil
}

// logLevel changes what is logged, for a while.
func (a *agent) logLevel(_ context.Context, j *remote.Job) (any, error) {
	args := arguments{For: remote.Duration(levelFor)}
	if err := j.Read(&args, "level for"); err != nil {
		return nil, err
	}
	d, err := levelTime(args.For)
	if err != nil {
		return nil, err
	}
	var level zapcore.Level
	switch l := config.LogLevel(args.Level); l {
	case config.LogDebug, config.LogInfo, config.LogWarn, config.LogError:
		level, err = logLevel(l)
	default:
		err = remote.Faultf(remote.BadArgs, "args: level: want debug, info, warn or error")
	}
	if err != nil {
		return nil, err
	}
	p := a.process
	p.level.SetLevel(level)
	a.levels.set("log", d, func() {
		if err := p.take(a.cfg); err != nil {
			a.log.Error("log level", zap.Error(err))
		}
	})
	return outcome{ForUS: trace.MicrosOf(d)}, nil
}

// logGet gives the last lines of the log.
func (a *agent) logGet(_ context.Context, j *remote.Job) (any, error) {
	args := arguments{Lines: 100}
	if err := j.Read(&args, "lines"); err != nil {
		return nil, err
	}
	if args.Lines < 1 {
		return nil, remote.Faultf(remote.BadArgs, "args: lines: want a number from 1 on")
	}
	lines := a.process.recent.last(args.Lines)
	return outcome{Lines: lines, Cut: len(lines) < args.Lines}, nil
}

// callTest places a test call, where the phone is not in use, and tells it.
func (a *agent) callTest(ctx context.Context, j *remote.Job) (any, error) {
	args := arguments{For: remote.Duration(testFor)}
	if err := j.Read(&args, "target for lang"); err != nil {
		return nil, err
	}
	lang, err := story.ParseLang(args.Lang)
	if args.Lang == "" {
		lang, err = story.En, nil
	}
	t := testCall{target: args.Target, talk: time.Duration(args.For)}
	switch {
	case err != nil:
		return nil, &remote.Fault{Code: remote.BadArgs, Err: err}
	case t.target == "":
		return nil, remote.Faultf(remote.BadArgs, "args: target is missing")
	case t.talk < time.Second || t.talk > testMost:
		return nil, remote.Faultf(remote.BadArgs, "args: for: allowed: 1s to %s", testMost)
	case !a.idle(ctx):
		return nil, remote.Faultf(remote.Busy, "the phone is in use")
	}
	if t.control, err = control.Connect(ctx, a.cfg.Device.Control); err != nil {
		return nil, err
	}
	defer func() { _ = t.control.Close() }()
	from := a.journal.Last() + 1
	t.open = func() (*journal.Reader, error) { return a.journal.Read(from), nil }
	j.Progress(outcome{Waiting: "until the call is over"})
	within, cancel := context.WithTimeout(ctx, testRinging+t.talk)
	defer cancel()
	id, err := t.place(within)
	if err != nil {
		return nil, &remote.Fault{Code: remote.Refused, Err: err}
	}
	tail, done := context.WithTimeout(ctx, traceTail)
	defer done()
	view, err := t.recorded(tail, id)
	if err != nil {
		return nil, err
	}
	view.Device, view.Name = a.cfg.Device.ID, a.cfg.Device.Name
	var text bytes.Buffer
	if err := story.Text(&text, story.Tell([]trace.View{view}, lang), plainWidth); err != nil {
		return nil, err
	}
	sum := trace.Summarize(view.Events).Summary
	return outcome{Call: id, Result: sum.Result, LastResponse: sum.LastResponse, Story: text.String()}, nil
}

// callHangup ends a call: by its id, a prefix of it or its line, or the one in the handset.
func (a *agent) callHangup(ctx context.Context, j *remote.Job) (any, error) {
	args, err := read(j, "call")
	if err != nil {
		return nil, err
	}
	err = a.board.Hangup(ctx, args.Call)
	if errors.Is(err, switchboard.ErrNoCall) {
		err = &remote.Fault{Code: remote.NotFound, Err: err}
	}
	return nil, err
}

// lineReregister has one line register at once, numbered from 1, or all.
func (a *agent) lineReregister(_ context.Context, j *remote.Job) (any, error) {
	args, err := read(j, "line")
	if err != nil {
		return nil, err
	}
	if args.Line == 0 {
		a.ua.Reconnect()
		return nil, nil
	}
	if err := a.ua.Register(args.Line - 1); err != nil {
		return nil, &remote.Fault{Code: remote.NotFound, Err: err}
	}
	return nil, nil
}

// readDesired reads the arguments of config.check and config.apply.
func readDesired(j *remote.Job) (arguments, error) {
	args, err := read(j, "ver set")
	if err != nil {
		return args, err
	}
	if len(args.Set) == 0 {
		return args, remote.Faultf(remote.BadArgs, `args: set is missing; want an object such as {"log.level":"debug"}`)
	}
	return args, nil
}

// configCheck says what would be wrong with settings on top of the file.
func (a *agent) configCheck(_ context.Context, j *remote.Job) (any, error) {
	args, err := readDesired(j)
	if err != nil {
		return nil, err
	}
	_, err = a.process.load(args.Set)
	return describe(err), nil
}

// configApply tries settings on top of the file.
func (a *agent) configApply(ctx context.Context, j *remote.Job) (any, error) {
	args, err := readDesired(j)
	if err != nil {
		return nil, err
	}
	s := a.process.keeper.State()
	if args.Ver == 0 {
		args.Ver = s.Ver + 1
	}
	if args.Ver <= s.Ver {
		return nil, remote.Faultf(remote.Refused, "version %d is in use already", s.Ver)
	}
	c, err := a.toTry(remote.Desired{Ver: args.Ver, Set: args.Set, By: j.By})
	if err != nil {
		return describe(err), &remote.Fault{Code: remote.Refused, Err: err}
	}
	return nil, a.askFor(ctx, *c, j)
}

// restart ends everything and begins anew, with the file as it is now, unless that is wrong.
func (a *agent) restart(ctx context.Context, j *remote.Job) (any, error) {
	args, err := read(j, "now")
	if err != nil {
		return nil, err
	}
	cfg, err := a.process.load(a.process.keeper.State().Set)
	if err != nil {
		a.log.Error("the configuration is wrong and is not read anew", zap.Error(err))
		cfg = a.cfg
	}
	return nil, a.askFor(ctx, change{cfg: cfg, now: args.Now}, j)
}

// askFor hands a change to whoever waits for the moment. It is answered from there.
func (a *agent) askFor(ctx context.Context, c change, j *remote.Job) error {
	c.cid, c.until = j.CID, j.Until
	select {
	case a.process.asked <- c:
		return remote.ErrLater
	case <-ctx.Done():
		return ctx.Err()
	}
}
