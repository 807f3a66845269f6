package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"sidetone/internal/command"
	"sidetone/journal"
	"sidetone/trace"
	"sidetone/trace/story"
)

// followPoll is how often the journal is looked at. What arrives in between is told together.
const followPoll = 200 * time.Millisecond

func newTraceFollowCommand() *command.Command {
	var (
		from archiveFlags
		lang string
	)
	cmd := &command.Command{
		Use:   "follow",
		Short: "tell the calls as they happen",
		Long: `follow tells every call of this device while it happens, each line with the end of the call's id. It may be started before
the agent. Ctrl-C ends it.`,
		Example: "  sidetone-agent trace follow",
		Run: func(cmd *command.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			lang, err := parseLang(lang)
			if err != nil {
				return err
			}
			a, err := from.open(cmd)
			if err != nil {
				return err
			}
			f := &follower{archive: a, out: cmd.Out(), notes: cmd.Err(), teller: newLiveTeller(a, lang)}
			return f.run(ctx)
		},
	}
	from.add(cmd)
	addLangFlag(cmd, &lang)
	return cmd
}

// follower reads a journal as it grows.
type follower struct {
	archive    archive
	out, notes io.Writer
	teller     *liveTeller
}

// run follows until ctx is done. What the journal holds already is not told, but for the calls that are still up.
func (f *follower) run(ctx context.Context) error {
	ticker := time.NewTicker(followPoll)
	defer ticker.Stop()
	r, existed, err := f.open(ctx, ticker)
	if err != nil || r == nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if existed {
		if err := f.drain(ctx, r); err != nil {
			return err
		}
		f.teller.tell(true)
		if _, err := fmt.Fprintln(f.notes, wordsIn(f.teller.lang).watching); err != nil {
			return err
		}
	}
	for {
		if err := f.tell(ctx, r, false); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return f.tell(context.WithoutCancel(ctx), r, true)
		case <-ticker.C:
		}
	}
}

// tell writes what has happened since the last time; last says that there is no next time.
func (f *follower) tell(ctx context.Context, r *journal.Reader, last bool) error {
	if err := f.drain(ctx, r); err != nil {
		return err
	}
	for _, line := range f.teller.tell(last) {
		if _, err := fmt.Fprintln(f.out, line); err != nil {
			return err
		}
	}
	return nil
}

// open waits for the journal's folder; existed says that it was there at once. The reader is nil when ctx ended first.
func (f *follower) open(ctx context.Context, ticker *time.Ticker) (r *journal.Reader, existed bool, err error) {
	for existed = true; ; existed = false {
		r, err := journal.OpenReader(f.archive.dir)
		if !errors.Is(err, os.ErrNotExist) {
			return r, existed, err
		}
		if existed {
			if _, err := fmt.Fprintf(f.notes, wordsIn(f.teller.lang).waiting+"\n", f.archive.dir); err != nil {
				return nil, false, err
			}
		}
		select {
		case <-ctx.Done():
			return nil, false, nil
		case <-ticker.C:
		}
	}
}

// drain takes everything that the journal holds by now.
func (f *follower) drain(ctx context.Context, r *journal.Reader) error {
	for {
		rec, err := r.Next(ctx)
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap):
			f.teller.gap(int(gap.Gap.Count()))
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		e, err := trace.Decode(rec.Payload)
		if err != nil && e.Seq == 0 {
			f.teller.gap(1)
			continue
		}
		f.teller.add(e)
	}
}

// liveTeller tells the steps of calls as they are known, each once.
type liveTeller struct {
	archive archive
	lang    story.Lang
	calls   map[string]*liveCall
	order   []string // of calls, oldest first
	over    []string // calls that have ended; what arrives late for them is not told
	touched []string // calls with news, in order
	lines   []string // ready to be written
}

// maxLiveCalls bounds the calls of which the end is awaited, as a lost event ends no call, and those that are remembered
// after their end.
const maxLiveCalls = 512

// maxWait is how often a call is put off.
const maxWait = 5

// liveCall is a call that is up.
type liveCall struct {
	events  []trace.Event
	told    map[string]story.Step // by id
	touched bool
	fresh   bool // something happened since it was last looked at
	waited  int  // how often it was put off
	ended   bool
}

func newLiveTeller(a archive, lang story.Lang) *liveTeller {
	return &liveTeller{archive: a, lang: lang, calls: map[string]*liveCall{}}
}

// add takes one event.
func (t *liveTeller) add(e trace.Event) {
	if e.Call == "" {
		switch e.Kind {
		case trace.SIPRejected, trace.DeviceHook, trace.DeviceKey: // not worth a line
		default:
			t.lines = append(t.lines, t.line(e.At, "", story.Describe(e, t.lang)))
		}
		return
	}
	c := t.calls[e.Call]
	if c == nil {
		if slices.Contains(t.over, e.Call) {
			return
		}
		c = &liveCall{told: map[string]story.Step{}}
		t.calls[e.Call] = c
		t.order = append(t.order, e.Call)
		if len(t.order) > maxLiveCalls {
			t.forget(t.order[0])
		}
	}
	c.events = append(c.events, e)
	c.fresh = true
	c.ended = c.ended || e.Kind == trace.CallEnded
	if !c.touched {
		c.touched = true
		t.touched = append(t.touched, e.Call)
	}
}

// gap says that events are missing.
func (t *liveTeller) gap(n int) {
	t.lines = append(t.lines, t.line(time.Now(), "", wordsIn(t.lang).missing(n)))
}

// tell gives the lines for what is new. A call to which something has just happened is told the next time, unless it
// has ended or all is to be told: what follows at once often says it better.
func (t *liveTeller) tell(all bool) []string {
	var later []string
	for _, id := range t.touched {
		c := t.calls[id]
		if c == nil {
			continue // forgotten
		}
		if c.fresh && !c.ended && !all && c.waited < maxWait {
			c.fresh = false
			c.waited++
			later = append(later, id)
			continue
		}
		c.touched, c.fresh, c.waited = false, false, 0
		t.tellCall(id, c)
		if c.ended {
			t.forget(id)
			t.over = append(t.over, id)
			t.over = t.over[max(len(t.over)-maxLiveCalls, 0):]
		}
	}
	lines := t.lines
	t.touched, t.lines = later, nil
	return lines
}

// tellCall tells the steps of a call that were not told yet, or that say something else by now, and its end: what became of
// it, and what was found.
func (t *liveTeller) tellCall(id string, c *liveCall) {
	told := story.Tell([]trace.View{{Device: t.archive.device, Name: t.archive.name, Events: c.events}}, t.lang)
	for _, step := range told.Steps {
		before, known := c.told[step.ID]
		c.told[step.ID] = step
		if known && (before.Sentence == step.Sentence || before.Open && !step.Open) {
			continue // a step that has come to its end is no news
		}
		t.lines = append(t.lines, t.line(step.At, id, step.Glyph+" "+step.Sentence))
	}
	if !c.ended {
		return
	}
	at := told.StartAt.Add(t.length(c))
	t.lines = append(t.lines, t.line(at, id, told.Verdict.Mark+" "+told.Verdict.Sentence()))
	for _, f := range told.Findings {
		t.lines = append(t.lines, t.line(at, id, strings.TrimSpace("! "+f.Lead+" "+f.Sentence+" "+f.Advice)))
	}
}

// length is how long a call took that has ended.
func (t *liveTeller) length(c *liveCall) time.Duration {
	return trace.Summarize(c.events).TotalUS.Duration()
}

func (t *liveTeller) forget(id string) {
	delete(t.calls, id)
	t.order = slices.DeleteFunc(t.order, func(other string) bool { return other == id })
}

// tagLength is how many characters of a call's id tell it from others: the last ones, as an id begins with its time.
const tagLength = 6

func (t *liveTeller) line(at time.Time, call, text string) string {
	tag := call[max(len(call)-tagLength, 0):]
	return fmt.Sprintf("%s  %-*s  %s", at.In(time.Local).Format("15:04:05"), tagLength, tag, text)
}
