package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"sidetone/journal"
	"sidetone/trace"
)

// RecorderOptions configure a Recorder.
type RecorderOptions struct {
	Journal *journal.Journal
	Boot    trace.Boot       // 0 for a random one
	Clock   func() time.Time // nil for time.Now
	Synced  func() bool      // whether the wall clock is disciplined; nil asks the kernel
	Capture trace.Capture    // "" is full
	Mask    trace.Mask
	Started trace.Started // payload of the first event; Restart is the recorder's
	Runs    string        // file that remembers where earlier runs ended; "" for none
	// Watchdog says that the device was started by its watchdog.
	Watchdog bool
	Logger   *zap.Logger // nil for none
}

// Recorder gives events their identity and appends them to the journal: the order of their seq is the order of the
// journal. It may be used from any goroutine. Record takes as long as a write to the journal's file and never waits for
// the network.
type Recorder struct {
	journal *journal.Journal
	level   atomic.Pointer[level]
	log     *zap.Logger
	restart trace.Restart
	runs    string // file that remembers the earlier ones

	noting sync.Mutex // guards noted; taken before mu
	noted  bool       // the earlier runs stand in their file

	mu        sync.Mutex // guards all below
	boot      trace.Boot
	clock     clock
	seq       uint64
	calls     numbering
	faulty    bool // the journal's trouble was recorded
	unwritten []lostRange
	gaps      []trace.Gap          // known, but not recorded yet
	reports   reports              // recorded, but not arrived yet
	earlier   []EndOfRun           // the newest runs before this one, oldest first
	reported  map[uint64]bool      // journal numbers that damage reported by Lost begins with
	gone      map[trace.Boot]spans // numbers of events that Gone was told of
	gonest    int                  // how often
	followers map[chan trace.Event]struct{}
	closed    bool
}

// NewRecorder begins a run of the agent: it records agent.started, then ends the calls that an earlier run was cut off
// in the middle of.
func NewRecorder(o RecorderOptions) (*Recorder, error) {
	if o.Journal == nil {
		return nil, errors.New("recorder: no journal")
	}
	if o.Capture == "" {
		o.Capture = trace.CaptureFull
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	for o.Boot == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return nil, fmt.Errorf("recorder: boot id: %w", err)
		}
		o.Boot = trace.Boot(binary.LittleEndian.Uint64(b[:]))
	}
	r := &Recorder{
		journal: o.Journal, log: o.Logger, runs: o.Runs,
		boot: o.Boot, clock: newClock(o.Clock, o.Synced), calls: numbering{}, reported: map[uint64]bool{},
		followers: map[chan trace.Event]struct{}{}, gone: map[trace.Boot]spans{},
	}
	r.SetLevel(o.Capture, o.Mask)
	found, err := findRemains(o.Journal)
	if err != nil { // a phone with bad flash still starts; how those calls ended may stand in what cannot be read
		r.log.Warn("calls that were cut stay open", zap.Error(err))
	}
	r.reports, r.gaps = found.waiting, found.untold
	r.restart = found.run.why(o.Started.KernelBoot, o.Watchdog)
	o.Started.Restart = r.restart
	r.Record(trace.Event{Kind: trace.AgentStarted, Data: o.Started})
	for _, c := range found.cut {
		r.endCutCall(c)
	}
	r.noteRuns(func() []EndOfRun { return found.ends })
	return r, nil
}

// level is what is kept of an event.
type level struct {
	capture trace.Capture
	mask    trace.Mask
}

// SetLevel changes how much of a message is kept, and what is masked, from the next event on.
func (r *Recorder) SetLevel(c trace.Capture, m trace.Mask) {
	r.level.Store(&level{capture: c, mask: m})
}

// Boot is the id of this run.
func (r *Recorder) Boot() trace.Boot { return r.boot }

// Restart is why this run has started.
func (r *Recorder) Restart() trace.Restart { return r.restart }

// Earlier are the newest runs before this one, oldest first; of those that have left the journal, what the file remembers.
func (r *Recorder) Earlier() []EndOfRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.earlier)
}

// Record writes down what happened. The caller fills At (zero for now), Call, Leg, Kind and Data; everything else is the
// recorder's, and so is Ended.Events. What the journal neither writes nor keeps in memory meanwhile is lost, and said to be by
// an agent.gap as soon as it takes events again. Events recorded after Close are ignored.
func (r *Recorder) Record(e trace.Event) {
	as := r.level.Load()
	e = trace.Redact(e, as.capture, as.mask) // before the lock: it reads whole messages
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if step := r.clock.step(); step != 0 {
		r.appendLocked(trace.Event{Kind: trace.ClockStepped, Data: trace.ClockStep{StepUS: trace.MicrosOf(step)}})
	}
	r.appendLocked(e)
	r.reportLossesLocked(false)
}

// JournalTurned records that the journal's trouble has begun or ended, when nothing else was recorded since.
func (r *Recorder) JournalTurned() {
	r.mu.Lock()
	if !r.closed {
		r.reportLossesLocked(false)
	}
	r.mu.Unlock()
	if r.journal.Trouble() == nil {
		r.noteRuns(r.endsInJournal)
	}
}

// Lost records that the journal's medium did not keep events: for the reader that found out. It may say so again.
func (r *Recorder) Lost(g journal.Gap) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.reported[g.From] {
		return
	}
	r.reported[g.From] = true
	r.gaps = append(r.gaps, translate(g)...)
	r.reportLossesLocked(false)
}

// maxGone bounds what those who ask for events can have written to the flash in one run.
const maxGone = 256

// Gone records that events are lost for good, once for each. Those whose loss has another reason, which is on its way, are not
// told again: the later report would take the place of the true one.
func (r *Recorder) Gone(g trace.Gap) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g.Boot == r.boot {
		g.To = min(g.To, r.seq)
	}
	if r.closed || g.To > math.MaxInt64 || g.From > g.To { // no number that anybody keeps
		return
	}
	r.reportLossesLocked(false) // so that all of them are known
	known := r.gone[g.Boot]
	for _, t := range r.reports {
		if t.gap.Boot == g.Boot && t.gap.From > 0 {
			known = known.add(span{t.gap.From, t.gap.To})
		}
	}
	for _, l := range r.unwritten {
		if g.Boot == r.boot {
			known = known.add(span(l))
		}
	}
	for _, s := range known.outside(span{g.From, g.To}) {
		if r.gonest >= maxGone {
			break
		}
		r.gonest++
		r.gone[g.Boot] = r.gone[g.Boot].add(s)
		g.From, g.To, g.Count = s.from, s.to, s.to-s.from+1
		r.gaps = append(r.gaps, g)
	}
	r.reportLossesLocked(false)
}

// Close records agent.stopped, which is the last event of the run, and ends what Follow gave out. The journal stays open.
func (r *Recorder) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.reportLossesLocked(true)
	r.appendLocked(trace.Event{Kind: trace.AgentStopped, Data: trace.Stopped{Reason: trace.StoppedBySignal}})
	r.closed = true
	for ch := range r.followers {
		close(ch)
	}
	clear(r.followers)
}

// Live names the calls that are up, and the journal number that their events begin at; 0 when there are none.
func (r *Recorder) Live() (from uint64, calls map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls = map[string]bool{}
	for id, count := range r.calls {
		if count.ended || count.first == 0 {
			continue
		}
		calls[id] = true
		if from == 0 || count.first < from {
			from = count.first
		}
	}
	return from, calls
}

// Follow gives every event from now on, as it is recorded, until ctx is done or the recorder is closed. It is for
// looking on: a receiver that is more than 256 events behind misses some.
func (r *Recorder) Follow(ctx context.Context) <-chan trace.Event {
	ch := make(chan trace.Event, 256)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		close(ch)
		return ch
	}
	r.followers[ch] = struct{}{}
	context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if _, there := r.followers[ch]; there {
			delete(r.followers, ch)
			close(ch)
		}
	})
	return ch
}

// appendLocked stamps one event and writes it; false when it is lost.
func (r *Recorder) appendLocked(e trace.Event) bool {
	r.seq++
	e.Boot, e.Seq = r.boot, r.seq
	e.At, e.Mono, e.Clock = r.clock.stamp(e.At)
	if e.Call != "" {
		e.N = r.calls.next(e.Call)
		if ended, ok := e.Data.(trace.Ended); ok {
			ended.Events = e.N
			e.Data = ended
			r.calls.end(e.Call, e.Mono)
		}
	}
	seq, err := r.write(e)
	if count := r.calls[e.Call]; err == nil && count != nil && count.first == 0 {
		count.first = seq
	}
	if err != nil {
		r.unwritten = addLost(r.unwritten, e.Seq)
		r.log.Debug("event is lost", zap.String("kind", string(e.Kind)), zap.Error(err))
	} else if gap, ok := e.Data.(trace.Gap); ok {
		r.reports = append(r.reports, report{seq: seq, gap: gap})
	}
	for ch := range r.followers {
		select {
		case ch <- e:
		default:
		}
	}
	return err == nil
}

// write encodes the event and appends it; one that is too large for the journal goes without the raw message. It
// returns the number of the record.
func (r *Recorder) write(e trace.Event) (uint64, error) {
	line, err := e.Encode()
	if err != nil {
		return 0, err
	}
	seq, err := r.journal.Append(line, mustKeep(e.Kind))
	if m, ok := e.Data.(trace.SIP); ok && m.Raw != "" && errors.Is(err, journal.ErrTooLarge) {
		m.Raw = ""
		e.Data = m
		return r.write(e)
	}
	return seq, err
}

// mustKeep names the kinds that are synced to the medium soon: few, and what a report stands or falls with.
func mustKeep(k trace.Kind) bool {
	switch k {
	case trace.CallEnded, trace.LineFailed, trace.LineUnregistered, trace.AgentStarted, trace.AgentStopped, trace.AgentGap, trace.AgentCommand:
		return true
	default:
		return false
	}
}
