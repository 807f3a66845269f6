package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"go.uber.org/zap"

	"sidetone/callflow"
	"sidetone/config"
	"sidetone/device/control"
	"sidetone/device/sim"
	"sidetone/journal"
	"sidetone/media"
	"sidetone/media/tone"
	"sidetone/sipua"
	"sidetone/sipua/locate"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
	"sidetone/switchboard"
	"sidetone/telemetry"
	"sidetone/telemetry/remote"
	"sidetone/trace"
)

// callMargin is how many calls more than calls.max the user agent takes, so that the switchboard can refuse them with a trace.
const callMargin = 64

// answerRingFor is how long an incoming call rings before the phone says that it is unavailable; callers usually give
// up before.
const answerRingFor = 3 * time.Minute

// agent is everything that runs on a phone, wired together. Parts are started and ended in the order of run.
type agent struct {
	cfg      config.Config
	log      *zap.Logger
	journal  *journal.Journal
	recorder *telemetry.Recorder
	uplink   *telemetry.Uplink // nil without a broker
	lines    *lines
	host     host
	engine   *media.Engine
	phone    *sim.Phone
	board    *switchboard.Switchboard
	ua       *sipua.UserAgent
	control  *control.Server
	page     pageServer    // nil without one
	pageAt   string        // where it is
	reload   chan struct{} // a request to end so that a new configuration can take effect

	process *process     // what outlives this agent; nil where nothing does
	desk    *remote.Desk // nil without a broker
	levels  temporary    // what was changed for a while
}

// assemble opens everything that the configuration names. An error names the key that asked for it.
func assemble(cfg config.Config, log *zap.Logger, p *process) (_ *agent, err error) {
	a := &agent{cfg: cfg, log: log, lines: newLines(), host: hostAt("/"), reload: make(chan struct{}, 1), process: p}
	defer func() {
		if err != nil {
			a.release()
		}
	}()
	if err := a.openTrace(); err != nil {
		return nil, err
	}
	if a.engine, err = media.NewEngine(media.Options{
		FirstPort: cfg.Media.RTPPorts.First, LastPort: cfg.Media.RTPPorts.Last, Ptime: cfg.Media.Ptime, Logger: log,
	}); err != nil {
		return nil, cfg.Fault("media.rtp_ports", err)
	}
	a.phone = sim.New(sim.Options{
		AnswerAfter: cfg.Device.Sim.AnswerAfter, RejectWith: cfg.Device.Sim.RejectWith, HangupAfter: cfg.Device.Sim.HangupAfter,
		ToneHz: float64(cfg.Device.Sim.ToneHz),
	})
	board, err := a.switchboardOptions()
	if err != nil {
		return nil, err
	}
	a.board = switchboard.New(board)
	options := a.sipOptions()
	if options.Accounts, err = accounts(cfg); err != nil {
		return nil, err
	}
	if a.ua, err = sipua.New(options); err != nil {
		return nil, sipFault(cfg, err)
	}
	if a.control, err = control.Listen(cfg.Device.Control, a.verbs(), log); err != nil {
		return nil, cfg.Fault("device.control", err)
	}
	if a.page, err = a.openPage(); err != nil {
		return nil, err
	}
	return a, nil
}

// openTrace opens the journal, begins a run in it, and prepares the uplink.
func (a *agent) openTrace() error {
	cfg := a.cfg
	var err error
	if a.journal, err = journal.Open(journal.Options{
		Dir: cfg.Telemetry.Journal.Dir, MaxBytes: cfg.Telemetry.Journal.MaxBytes, Logger: a.log,
	}); err != nil {
		return cfg.Fault("telemetry.journal.dir", err)
	}
	if a.recorder, err = telemetry.NewRecorder(telemetry.RecorderOptions{
		Journal: a.journal,
		Capture: trace.Capture(cfg.Telemetry.Capture),
		Mask:    trace.Mask{Digits: cfg.Telemetry.Mask.Digits, Numbers: cfg.Telemetry.Mask.Numbers},
		Started: trace.Started{
			Version: version, Name: cfg.Device.Name, Model: cfg.Device.Profile, Arch: runtime.GOARCH, KernelBoot: a.host.boot,
		},
		Runs:     besideJournal(cfg, "runs.json"),
		Watchdog: a.host.watchdog,
		Logger:   a.log,
	}); err != nil {
		return err
	}
	if cfg.Telemetry.Broker == "" {
		return nil
	}
	if a.uplink, err = a.newUplink(); err == nil && a.process != nil {
		err = a.openDesk()
	}
	return err
}

func (a *agent) switchboardOptions() (switchboard.Options, error) {
	cfg := a.cfg
	ringFor := cfg.Calls.RingFor
	if ringFor == config.Never {
		ringFor = 0
	}
	country := string(cfg.Media.Country)
	prompt, err := promptOf(cfg)
	if err != nil {
		return switchboard.Options{}, err
	}
	music, err := holdMusic(cfg)
	if err != nil {
		return switchboard.Options{}, err
	}
	return switchboard.Options{
		Recorder: a.recorder,
		Media:    a.engine,
		Handset:  a.phone,
		Name:     cfg.Device.Name,
		Flow:     callflow.Phone(answerRingFor),
		Alerting: switchboard.Alerting(cfg.Calls.Alerting),
		RingFor:  ringFor,
		Ringback: func() media.Source { return tone.New(country, tone.Ringback) },
		Allowed:  cfg.Calls.Allowed,
		MaxCalls: cfg.Calls.Max,
		Logger:   a.log,

		AutoAnswer: cfg.Calls.AutoAnswer,

		ProgressAfter: cfg.Calls.ProgressAfter,
		RingingAfter:  cfg.Calls.RingingAfter,
		EarlyMedia:    switchboard.EarlyMedia(cfg.Calls.EarlyMedia),
		Prompt:        prompt,

		HoldMusic:      music,
		CallWaiting:    func() media.Source { return tone.New(country, tone.CallWaiting) },
		OnHookSuspends: cfg.Calls.Suspend.OnHook == config.OnHookSuspends,
	}, nil
}

func (a *agent) sipOptions() sipua.Options {
	cfg := a.cfg
	o := sipua.Options{
		Wire:         wire.Options{Listen: cfg.SIP.Listen, TLS: sipSecurity(cfg)},
		UserAgent:    cfg.SIP.UserAgent,
		Name:         cfg.Device.Name,
		User:         cfg.Device.ID,
		Instance:     cfg.Device.ID,
		Line:         a.lineChanged,
		Hold:         holdOptions(cfg),
		ZeroHold:     cfg.Calls.Hold.ZeroAddress,
		Reliable:     reliable(cfg.SIP.ReliableProvisional),
		SessionTimer: max(cfg.SIP.SessionTimer, 0), // never is none
		Resolver:     locate.NewClient(locate.Options{Servers: cfg.SIP.DNS}),
		Incoming:     a.board.Incoming,
		Redirect:     a.board.Redirect,
		Rejected: func(r trace.Rejected) {
			a.recorder.Record(trace.Event{Kind: trace.SIPRejected, Data: r})
		},
		MaxCalls: cfg.Calls.Max + callMargin,
		Logger:   a.log,
	}
	if cfg.Calls.Transfers == config.TransfersAllowed {
		o.Referral = a.board.Referral
	}
	if o.UserAgent == "" {
		o.UserAgent = "Sidetone/" + version
	}
	for _, c := range cfg.Media.Codecs {
		if codec, ok := offer.CodecNamed(string(c)); ok {
			o.Codecs = append(o.Codecs, codec)
		}
	}
	return o
}

// status is what `ctl status` shows.
type status struct {
	switchboard.Status
	Device string `json:"device"`
	Uplink string `json:"uplink"` // "connected", "not connected: why", or "none"
	// Journal is where events wait: "flash", "memory" as configured, or "memory: why" while the flash takes none.
	Journal string       `json:"journal"`
	Waiting uint64       `json:"waiting"` // events that the broker has not acknowledged; 0 without a broker
	Lines   []lineStatus `json:"lines"`
	Heard   sim.Heard    `json:"heard"` // in the earpiece just now
}

func (a *agent) verbs() control.Verbs {
	return control.Verbs{
		Calls:    a.board,
		Handset:  a.phone,
		Bindings: a.bindings,
		Status:   func(ctx context.Context) (any, error) { return a.status(ctx) },
	}
}

func (a *agent) status(ctx context.Context) (status, error) {
	calls, err := a.board.Status(ctx)
	st := status{
		Status: calls, Device: a.cfg.Device.ID, Uplink: a.uplinkState(), Journal: a.journalState(), Lines: a.lines.list(), Heard: a.phone.Heard(),
	}
	if a.uplink != nil {
		st.Waiting = a.journal.Stats().Depth
	}
	return st, err
}

// pageServer is the device's own page.
type pageServer interface {
	Run(context.Context) error
	Close() error
}

// servePage runs the page where there is one.
func (a *agent) servePage(ctx context.Context) error {
	if a.page == nil {
		return nil
	}
	return a.page.Run(ctx)
}

func (a *agent) uplinkState() string {
	if a.uplink == nil {
		return "none"
	}
	st := a.uplink.Stats()
	switch {
	case st.Connected:
		return "connected"
	case st.Err != nil:
		return "not connected: " + st.Err.Error()
	}
	return "not connected yet"
}

func (a *agent) journalState() string {
	st := a.journal.Stats()
	switch {
	case st.Trouble != nil:
		return telemetry.InMemory + ": " + telemetry.TroubleText(st.Trouble)
	case st.Memory:
		return telemetry.InMemory
	}
	return "flash"
}

// watchJournal tells when the flash stops taking events, and when it takes them again.
func (a *agent) watchJournal(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.journal.Turned():
		}
		a.recorder.JournalTurned()
		if a.uplink != nil {
			a.uplink.StateChanged()
		}
	}
}

// run keeps the phone alive until ctx is done or a reload is due. Calls end with BYE, the trace is flushed, and every
// goroutine has ended when it returns.
func (a *agent) run(ctx context.Context) error {
	defer a.release()

	// Each part may need the ones that are started before it, so they end in the opposite order.
	uplink := background(func(ctx context.Context) error {
		if a.uplink == nil {
			return nil
		}
		return a.uplink.Run(ctx)
	})
	a.fixedLines()
	engine := background(a.engine.Run)
	ua := background(a.ua.Run)
	board := background(func(ctx context.Context) error { return a.board.Run(ctx, a.ua) })
	server := background(a.control.Run)
	network := background(a.watchNetwork)
	flash := background(a.watchJournal)
	tidy := background(a.tidy)
	page := background(a.servePage)
	desk := background(a.takeCommands)

	select {
	case <-ctx.Done():
	case <-a.reload:
	case <-ua.ended:
	case <-board.ended:
	case <-engine.ended:
	}
	errs := []error{
		page.stop(), desk.stop(), tidy.stop(), flash.stop(), network.stop(), server.stop(), board.stop(), ua.stop(), engine.stop(),
	}
	a.recorder.Close()
	errs = append(errs, uplink.stop())
	return errors.Join(errs...)
}

// release closes what assemble opened and run does not own.
func (a *agent) release() {
	if a.control != nil {
		_ = a.control.Close()
	}
	if a.page != nil {
		_ = a.page.Close()
	}
	if a.phone != nil {
		a.phone.Close()
	}
	if a.recorder != nil {
		a.recorder.Close()
	}
	if a.journal != nil {
		if err := a.journal.Close(); err != nil {
			a.log.Warn("close journal", zap.Error(err))
		}
	}
}

// ready is the line that says where the phone can be reached.
func (a *agent) ready() string {
	var listens []string
	for _, f := range a.ua.Addrs() {
		listens = append(listens, f.Transport+"://"+f.Local.String())
	}
	line := fmt.Sprintf("agent ready: device=%s sip=%s control=%s", a.cfg.Device.ID, strings.Join(listens, ","), a.cfg.Device.Control)
	if a.pageAt != "" {
		line += " page=http://" + a.pageAt + "/"
	}
	return line
}

// part is a goroutine of run.
type part struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // once ended is closed
}

func background(run func(context.Context) error) *part {
	ctx, cancel := context.WithCancel(context.Background())
	p := &part{cancel: cancel, ended: make(chan struct{})}
	go func() {
		p.err = run(ctx)
		close(p.ended)
	}()
	return p
}

// stop ends the part and waits for it. The end that was asked for is no error.
func (p *part) stop() error {
	p.cancel()
	<-p.ended
	if errors.Is(p.err, context.Canceled) {
		return nil
	}
	return p.err
}
