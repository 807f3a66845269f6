package switchboard

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"sidetone/callflow"
	"sidetone/device"
	"sidetone/media"
	"sidetone/sipua"
	"sidetone/trace"
)

// settleTime bounds how long Run waits, when it is told to stop, for the other sides to confirm that calls are over.
const settleTime = 3 * time.Second

// Recorder takes events into the trace. The switchboard fills At, Call, Leg, Kind and Data.
type Recorder interface{ Record(trace.Event) }

// Dialer places calls: the SIP user agent.
type Dialer interface {
	Dial(sipua.Dial, sipua.Observer) (*sipua.Call, error)
}

// Media opens RTP sessions.
type Media interface {
	Open() (*media.Session, error)
}

// Handset is the local seat. Alert and Release are told per call, so that a phone with line keys can show each; they must
// not block.
type Handset interface {
	Events() <-chan device.Event
	Alert(call string)   // a call rings
	Connect(call string) // a call has this handset's audio
	Release(call string) // a call no longer rings or has ended
	Remind(call string)  // a call is still on hold
	Microphone() device.Source
	Earpiece() device.Sink
}

// Options configure a Switchboard. Recorder, Media and Handset are needed.
type Options struct {
	Recorder Recorder
	Media    Media
	Handset  Handset
	Name     string        // of this phone, in the trace
	Flow     callflow.Flow // what an incoming call goes through
	Alerting Alerting
	// ProgressAfter is the time from the INVITE to the 183; RingingAfter from there, or from the INVITE where no 183 is sent,
	// to the ringing. A person may answer meanwhile.
	ProgressAfter, RingingAfter time.Duration

	EarlyMedia EarlyMedia          // zero means EarlyRingback
	Prompt     func() media.Source // for EarlyPrompt
	RingFor    time.Duration       // how long an outgoing call may ring; 0 = for ever
	Ringback   func() media.Source
	// HoldMusic is what whom this side holds hears; nil is silence. CallWaiting is what the person in a call hears while another
	// one rings; nil is nothing.
	HoldMusic, CallWaiting func() media.Source
	// OnHookSuspends says that a called person who hangs up may come back: the call is suspended (ISUP T6).
	OnHookSuspends bool

	Allowed  []string // prefixes that may be dialled; none = all
	MaxCalls int      // calls at a time, both directions; 0 = no limit
	// AutoAnswer puts callers through at once who ask for it, while nobody uses the handset.
	AutoAnswer bool
	Logger     *zap.Logger
}

// ErrNoCall is wrapped by commands that find no call to act on.
var ErrNoCall = errors.New("no such call")

// Switchboard owns the calls of one device.
type Switchboard struct {
	opts  Options
	log   *zap.Logger
	queue *queue

	// Owned by the loop.
	dialer    Dialer
	calls     []*call // oldest first
	dialling  *dialling
	offHook   bool
	unplugged bool        // the terminal is
	inHand    *call       // the call that has the handset
	knock     *media.Over // what it is heard by while another call rings
	stopping  bool
}

// New makes a switchboard; it does nothing until Run.
func New(opts Options) *Switchboard {
	if opts.Logger == nil {
		opts.Logger = zap.NewNop()
	}
	if opts.Alerting == "" {
		opts.Alerting = ProgressThenRinging
	}
	if opts.EarlyMedia == "" {
		opts.EarlyMedia = EarlyRingback
	}
	return &Switchboard{opts: opts, log: opts.Logger.Named("switchboard"), queue: newQueue()}
}

// Run is the loop. When ctx is done it hangs up every call, waits until they are settled, and returns.
func (s *Switchboard) Run(ctx context.Context, dialer Dialer) error {
	s.dialer = dialer
	done := ctx.Done()
	var giveUp <-chan time.Time
	for !s.stopping || len(s.calls) > 0 {
		select {
		case <-done:
			done = nil
			timer := time.NewTimer(settleTime)
			defer timer.Stop()
			giveUp = timer.C
			s.stopInLoop()
		case <-giveUp:
			s.abandonInLoop()
			return nil
		case <-s.queue.ready:
			for _, work := range s.queue.take() {
				work()
			}
		case ev := <-s.opts.Handset.Events():
			s.deviceEventInLoop(ev)
		}
	}
	return nil
}

func (s *Switchboard) stopInLoop() {
	s.stopping = true
	for _, c := range s.calls {
		c.leg.hangup(sipua.Release{Side: trace.Local, Q850: causeNormal, Text: "the agent is stopping"})
	}
}

// abandonInLoop ends the trace of calls whose other side never confirmed the end.
func (s *Switchboard) abandonInLoop() {
	for len(s.calls) > 0 {
		c := s.calls[0]
		now := time.Now()
		c.leg.abandon(now, "the agent is stopping")
		s.endedInLoop(c, now)
		s.settledInLoop(c)
	}
}

// do runs f in the loop and waits for it.
func (s *Switchboard) do(ctx context.Context, f func() error) error {
	result := make(chan error, 1)
	s.queue.post(func() { result <- f() })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Switchboard) record(at time.Time, call string, leg int, kind trace.Kind, data trace.Payload) {
	s.opts.Recorder.Record(trace.Event{At: at, Call: call, Leg: leg, Kind: kind, Data: data})
}
