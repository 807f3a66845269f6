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
		Ops:    operations,
		Do:     a.do,
		Synced: telemetry.ClockSynced,
		Answer: a.uplink.Answer,
		Record: func(c trace.Command) { a.recorder.Record(trace.Event{Kind: trace.AgentCommand, Data: c}) },
		Logger: a.log,
	})
	return nil
}

// operations are the commands and the names of their arguments.
const operations = `echo -
trace.get call
trace.level capture mask for
call.test target for lang
call.hangup call
log.level level for
log.get lines
config.check ver set
config.apply ver set
line.reregister line
agent.restart now
`

// do runs a command.
func (a *agent) do(ctx context.Context, j *remote.Job) (any, error) {
	if j.Op == "echo" {
		return j.Args, nil
	}
	t := a.cfg.Telemetry
	args := arguments{Capture: string(t.Capture), Mask: maskArguments(t.Mask), For: remote.Duration(levelFor), Lines: 100}
	if j.Op == "call.test" {
		args.For = remote.Duration(testFor)
	}
	if err := j.Read(&args); err != nil {
		return nil, err
	}
	switch j.Op {
	case "trace.get":
		return a.traceGet(ctx, &args)
	case "trace.level":
		return a.traceLevel(&args)
	case "call.test":
		return a.callTest(ctx, j, &args)
	case "call.hangup":
		err := a.board.Hangup(ctx, args.Call)
		if errors.Is(err, switchboard.ErrNoCall) {
			err = &remote.Fault{Code: remote.NotFound, Err: err}
		}
		return nil, err
	case "log.level":
		return a.logLevel(&args)
	case "log.get":
		return a.logGet(&args)
	case "line.reregister":
		return nil, a.lineReregister(args.Line)
	case remote.Restart:
		return nil, a.restart(ctx, j, args.Now)
	}
	return a.configure(ctx, j, &args)
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
func (a *agent) traceGet(ctx context.Context, args *arguments) (any, error) {
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
func (a *agent) traceLevel(args *arguments) (any, error) {
	t := a.cfg.Telemetry
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
func (a *agent) logLevel(args *arguments) (any, error) {
	d, err := levelTime(args.For)
	if err != nil {
		return nil, err
	}
	level, err := logLevel(config.LogLevel(args.Level))
	if err != nil || level < zapcore.DebugLevel || level > zapcore.ErrorLevel || args.Level == "" {
		return nil, remote.Faultf(remote.BadArgs, "args: level: want debug, info, warn or error")
	}
	p := a.process
	p.level.Store(int32(level))
	a.levels.set("log", d, func() {
		if err := p.take(a.cfg); err != nil {
			a.log.Error("log level", zap.Error(err))
		}
	})
	return outcome{ForUS: trace.MicrosOf(d)}, nil
}

// logGet gives the last lines of the log.
func (a *agent) logGet(args *arguments) (any, error) {
	if args.Lines < 1 {
		return nil, remote.Faultf(remote.BadArgs, "args: lines: want a number from 1 on")
	}
	lines := a.process.recent.last(args.Lines)
	return outcome{Lines: lines, Cut: len(lines) < args.Lines}, nil
}

// callTest places a test call, where the phone is not in use, and tells it.
func (a *agent) callTest(ctx context.Context, j *remote.Job, args *arguments) (any, error) {
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
	a.desk.Note(j.CID, outcome{Waiting: "until the call is over"})
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

// lineReregister has one line register at once, numbered from 1, or all.
func (a *agent) lineReregister(line int) error {
	if line == 0 {
		a.ua.Reconnect()
		return nil
	}
	if err := a.ua.Register(line - 1); err != nil {
		return &remote.Fault{Code: remote.NotFound, Err: err}
	}
	return nil
}

// configure says what would be wrong with settings on top of the file (config.check), or tries them (config.apply).
func (a *agent) configure(ctx context.Context, j *remote.Job, args *arguments) (any, error) {
	if len(args.Set) == 0 {
		return nil, remote.Faultf(remote.BadArgs, `args: set is missing; want an object such as {"log.level":"debug"}`)
	}
	s := a.process.keeper.State()
	if args.Ver == 0 {
		args.Ver = max(s.Ver, s.Refused) + 1 // what the broker still has of before is over then
	}
	c, err := a.toTry(remote.Desired{Ver: args.Ver, Set: args.Set, By: j.By})
	switch {
	case j.Op == "config.check":
		return describe(err), nil
	case args.Ver <= s.Ver:
		return nil, remote.Faultf(remote.Refused, "version %d is in use already", s.Ver)
	case err != nil:
		return describe(err), &remote.Fault{Code: remote.Refused, Err: err}
	}
	return nil, a.askFor(ctx, *c, j)
}

// restart ends everything and begins anew, with the file as it is now, unless that is wrong.
func (a *agent) restart(ctx context.Context, j *remote.Job, now bool) error {
	cfg, err := a.process.load(a.process.keeper.State().Set)
	if err != nil {
		a.log.Error("the configuration is wrong and is not read anew", zap.Error(err))
		cfg = a.cfg
	}
	return a.askFor(ctx, change{cfg: cfg, now: now}, j)
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
