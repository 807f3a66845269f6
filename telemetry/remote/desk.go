package remote

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/trace"
)

// The bounds of a desk.
const (
	inboxSize   = 16               // requests that wait
	maxRunning  = 4                // commands at a time
	longest     = 30 * time.Minute // that a command may run
	recordBurst = 20               // refusals that are recorded at once
	recordEvery = 10 * time.Second // and then one
)

// Restart is the command that an end of the process completes.
const Restart = "agent.restart"

// ErrLater is returned by an Op whose answer Finish gives.
var ErrLater = errors.New("answered later")

// Op is what a command does. What it returns is the data of the answer. An error that is a Fault has its own code. When ctx
// ends, the agent does.
type Op func(ctx context.Context, j *Job) (any, error)

// Options configure a Desk.
type Options struct {
	Tenant, Device string
	Key            ed25519.PublicKey // whose commands are taken; nil takes everybody's
	Memory         *Memory
	Ops            string                                        // a line for each command: its name and, behind a space each, the names of its arguments
	Do             Op                                            // runs any of them
	Synced         func() bool                                   // whether the wall clock can be trusted
	Answer         func(cid string, payload []byte, sent func()) // publishes; sent is called when the broker has it
	Record         func(trace.Command)                           // writes it down
	Logger         *zap.Logger
}

// Desk takes the commands of one device.
type Desk struct {
	o       Options
	inbox   chan letter
	running chan struct{} // holds one token for each command that runs

	// Owned by Run.
	tokens   int // refusals that may be recorded at once
	refilled time.Time
	untold   int // refusals that were not
}

type letter struct {
	payload  []byte
	retained bool
	at       time.Time
}

// NewDesk makes a desk, which works while Run runs.
func NewDesk(o Options) *Desk {
	return &Desk{
		o: o, inbox: make(chan letter, inboxSize), running: make(chan struct{}, maxRunning),
		tokens: recordBurst, refilled: time.Now(),
	}
}

// Take hands in the payload of dn/cmd, which must not change any more.
func (d *Desk) Take(payload []byte, retained bool) {
	select {
	case d.inbox <- letter{payload: payload, retained: retained, at: time.Now()}:
	default:
		if r, err := Decode(payload); err == nil {
			d.publish(r.CID, encode(Answer{CID: r.CID, State: Fail, Code: Busy}, problem{Error: "too many commands at once"}))
		}
	}
}

// Run serves until ctx is done, and returns when no command runs any more.
func (d *Desk) Run(ctx context.Context) error {
	left, owed := d.o.Memory.unfinished()
	for _, e := range left {
		err := Faultf(Interrupted, "the agent ended while it ran")
		if e.Op == Restart {
			err = nil
		}
		d.Finish(e.CID, nil, err)
	}
	for _, e := range owed {
		d.publish(e.CID, e.answer)
	}
	var jobs sync.WaitGroup
	defer jobs.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case l := <-d.inbox:
			if j := d.acceptInLoop(l); j != nil {
				jobs.Go(func() { d.run(ctx, j) })
			}
		}
	}
}

// acceptInLoop gives what is to be run, nil for nothing.
func (d *Desk) acceptInLoop(l letter) *Job {
	r, err := Decode(l.payload)
	if err != nil {
		err = &Fault{Code: Malformed, Err: err}
	} else {
		err = d.authorize(r, l.retained)
	}
	if err != nil {
		d.refuseInLoop(r, err)
		return nil
	}
	answer, known, floor := d.o.Memory.find(r.CID)
	if known {
		d.publish(r.CID, answer)
		return nil
	}
	until, err := d.validUntil(r, l.at, floor)
	_, fields, known := strings.Cut("\n"+d.o.Ops, "\n"+r.Op+" ")
	if err == nil && !known {
		err = Faultf(UnknownOp, "there is no command %s", r.Op)
	}
	fields, _, _ = strings.Cut(fields, "\n")
	if err == nil {
		err = d.beginInLoop(r)
	}
	if err != nil {
		d.refuseInLoop(r, err)
		return nil
	}
	d.o.Record(trace.Command{CID: r.CID, Op: r.Op, By: r.By, State: string(Accepted)})
	d.step(Answer{CID: r.CID, State: Accepted}, nil)
	return &Job{Request: r, Until: until, fields: fields}
}

// authorize refuses what nobody may ask for.
func (d *Desk) authorize(r Request, retained bool) error {
	if retained {
		return Faultf(Retained, "a command must not be retained")
	}
	if d.o.Key == nil {
		return nil
	}
	if err := r.verify(d.o.Key, d.o.Tenant, d.o.Device); err != nil {
		return &Fault{Code: Unsigned, Err: err}
	}
	if r.Exp.IsZero() {
		return Faultf(Unsigned, "a signed command needs exp")
	}
	return nil
}

// validUntil is when the command is no longer to be begun.
func (d *Desk) validUntil(r Request, received, floor time.Time) (time.Time, error) {
	now := time.Now()
	until := received.Add(maxAhead)
	if r.TTL > 0 {
		until = received.Add(r.TTL)
	}
	switch {
	case r.Exp.IsZero():
	case d.o.Synced():
		if r.Exp.After(now.Add(maxAhead + time.Minute)) { // clocks differ a little
			return until, Faultf(Refused, "exp is more than a day ahead")
		}
		if left := now.Add(r.Exp.Sub(now.Round(0))); left.Before(until) {
			until = left
		}
	case r.Exp.Before(floor):
		return until, Faultf(Expired, "it is a day older than the last command")
	}
	if !now.Before(until) {
		return until, Faultf(Expired, "it came too late")
	}
	return until, nil
}

// beginInLoop takes a place for the command, and remembers it.
func (d *Desk) beginInLoop(r Request) error {
	select {
	case d.running <- struct{}{}:
	default:
		return Faultf(Busy, "%d commands run already", maxRunning)
	}
	now := time.Time{}
	if d.o.Synced() {
		now = time.Now()
	}
	if err := d.o.Memory.begin(r, d.o.Key != nil, now); err != nil {
		<-d.running
		return &Fault{Code: Busy, Err: err}
	}
	d.save()
	return nil
}

// refuseInLoop answers and records a command that was not taken.
func (d *Desk) refuseInLoop(r Request, err error) {
	if r.CID != "" {
		d.publish(r.CID, encode(Answer{CID: r.CID, State: Fail, Code: codeOf(err)}, problem{Error: err.Error()}))
	}
	now := time.Now()
	if n := int(now.Sub(d.refilled) / recordEvery); n > 0 {
		d.tokens, d.refilled = min(d.tokens+n, recordBurst), now
	}
	if d.tokens == 0 { // a flood must not push calls out of the journal
		d.untold++
		return
	}
	d.tokens--
	d.o.Record(trace.Command{
		CID: r.CID, Op: r.Op, By: r.By, State: string(Fail), Code: string(codeOf(err)), Error: err.Error(), Untold: d.untold,
	})
	d.untold = 0
}

func codeOf(err error) Code {
	var f *Fault
	switch {
	case errors.As(err, &f):
		return f.Code
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	return Failed
}

// run runs a command and answers. A bug ends one command, never the agent.
func (d *Desk) run(ctx context.Context, j *Job) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	var data any
	var err error
	defer func() {
		cancel()
		if p := recover(); p != nil {
			d.o.Logger.Error("a command panicked", zap.String("op", j.Op), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = Faultf(Failed, "the command panicked: %v", p)
		}
		if !errors.Is(err, ErrLater) {
			d.Finish(j.CID, data, err)
		}
		<-d.running
	}()
	data, err = d.o.Do(ctx, j)
}

// Finish ends a command: done with data, or failed with err. A command that is over, or not known, is left alone.
func (d *Desk) Finish(cid string, data any, err error) {
	a := Answer{CID: cid, State: Done}
	text := ""
	if err != nil {
		text = err.Error()
		a.State, a.Code = Fail, codeOf(err)
		if data == nil {
			data = problem{Error: text}
		}
	}
	e, ok := d.step(a, data)
	if !ok {
		return
	}
	d.save()
	d.o.Record(trace.Command{CID: cid, Op: e.Op, By: e.By, State: string(a.State), Code: string(a.Code), Error: text})
}

// Note tells how far a command is that is answered later.
func (d *Desk) Note(cid string, data any) { d.step(Answer{CID: cid, State: Progress}, data) }

// step answers, and remembers the answer.
func (d *Desk) step(a Answer, data any) (entry, bool) {
	payload := encode(a, data)
	e, ok := d.o.Memory.step(a, payload)
	if ok {
		d.publish(a.CID, payload)
	}
	return e, ok
}

func (d *Desk) publish(cid string, payload []byte) {
	d.o.Answer(cid, payload, func() { d.o.Memory.arrived(cid, payload) })
}

func (d *Desk) save() {
	if err := d.o.Memory.save(); err != nil {
		d.o.Logger.Warn("commands that were taken will not be known after a restart", zap.Error(err))
	}
}

// Job is a command that runs.
type Job struct {
	Request
	Until  time.Time // when it is no longer to be begun
	fields string
}

// Read reads the arguments into a struct: an object of no other than those that the command has. Without arguments it stays as
// it is.
func (j *Job) Read(v any) error {
	if len(j.Args) == 0 || string(j.Args) == "null" {
		return nil
	}
	if err := strict(j.Args, v, j.fields); err != nil {
		return &Fault{Code: BadArgs, Err: fmt.Errorf("args: %w", err)}
	}
	return nil
}

// Duration is a time in arguments: "30s".
type Duration time.Duration

// UnmarshalJSON reads a duration with its unit.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New(`want a time such as "30s"`)
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no time; write it as 30s", s)
	}
	*d = Duration(v)
	return nil
}
