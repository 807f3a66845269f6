package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"sidetone/config"
	"sidetone/internal/logkey"
	"sidetone/telemetry"
	"sidetone/telemetry/remote"
	"sidetone/trace"
)

// trialFor is how long a configuration that was set remotely is tried.
var trialFor = time.Minute

// change is a reason to assemble the agent anew.
type change struct {
	cfg     config.Config
	source  string          // of agent.config; "" where nothing is to be recorded
	desired *remote.Desired // to be tried; nil for nothing
	back    error           // why a trial is taken back
	cid     string          // of the command that asked, "" for none
	until   time.Time       // when it is given up; zero never
	now     bool            // calls are ended for it
}

// trial is a configuration that was set remotely and may yet be taken back.
type trial struct {
	desired   remote.Desired
	cid       string
	before    config.Config
	connected bool  // to the broker, before
	lines     []int // that were registered before
	ends      time.Time
}

// endTrial has a configuration tried again whose trial the end of the process breaks off.
func (p *process) endTrial() {
	if p.trial.Load() == nil {
		return
	}
	if err := p.keeper.Try(0); err != nil {
		p.log.Warn("a configuration that was tried will be refused", zap.Error(err))
	}
}

// changes is the loop that waits for a reason to change and then for the moment.
type changes struct {
	*agent
	pending *change
}

// watchChanges waits for a signal, a wish or a command, and ends the run once no call is up.
func (a *agent) watchChanges(ctx context.Context, next chan<- change) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ticker := time.NewTicker(idleCheck)
	defer ticker.Stop()
	ticker.Stop()
	c := changes{agent: a}
	wishes, files, over := a.process.wishes, (<-chan os.Signal)(hangups), (<-chan time.Time)(nil)
	if t := a.process.trial.Load(); t != nil { // one thing after the other
		timer := time.NewTimer(time.Until(t.ends))
		defer timer.Stop()
		wishes, files, over = nil, nil, timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-files:
			c.replace(a.fileChanged())
		case payload := <-wishes:
			c.replace(a.wished(payload))
		case asked := <-a.process.asked:
			c.ask(asked)
		case <-over:
			if back := a.judge(); back != nil {
				c.replace(back)
			} else {
				wishes, files = a.process.wishes, hangups
			}
		case <-ticker.C:
		}
		if c.due(ctx) {
			next <- *c.pending
			a.reload <- struct{}{}
			return
		}
		if ticker.Stop(); c.pending != nil {
			ticker.Reset(idleCheck)
		}
	}
}

// replace has another change wait, in place of the one that does.
func (c *changes) replace(with *change) {
	if with == nil {
		return
	}
	if c.pending != nil && c.pending.cid != "" {
		c.desk.Finish(c.pending.cid, nil, remote.Faultf(remote.Refused, "another change took its place"))
	}
	c.pending = with
}

// ask takes a change that a command wants.
func (c *changes) ask(asked change) {
	if t := c.process.trial.Load(); t != nil {
		c.desk.Finish(asked.cid, nil, remote.Faultf(remote.Busy, "version %d of the configuration is being tried until %s", t.desired.Ver, t.ends.UTC().Format(time.RFC3339)))
		return
	}
	c.replace(&asked)
	c.desk.Note(asked.cid, outcome{Waiting: "until no call is up"})
}

// due tells whether the moment for the change that waits has come.
func (c *changes) due(ctx context.Context) bool {
	p := c.pending
	switch {
	case p == nil:
		return false
	case p.now || c.idle(ctx):
	case !p.until.IsZero() && !time.Now().Before(p.until):
		c.desk.Finish(p.cid, nil, remote.Faultf(remote.Expired, "a call was up all the time"))
		c.pending = nil
		return false
	default:
		return false
	}
	if p.desired != nil {
		c.beforeTrial(p)
	}
	return true
}

// idle tells whether no call is up.
func (a *agent) idle(ctx context.Context) bool {
	st, err := a.board.Status(ctx)
	return err == nil && len(st.Calls) == 0
}

// fileChanged reads the file again.
func (a *agent) fileChanged() *change {
	changed, err := a.process.load(a.process.keeper.State().Set)
	if err != nil {
		a.log.Error("the configuration is wrong and changes nothing", zap.String(logkey.Path, a.process.file), zap.Error(err))
		a.configured(trace.Configured{Source: trace.ConfiguredByFile, Error: err.Error()})
		return nil
	}
	return &change{cfg: changed, source: trace.ConfiguredByFile}
}

// wished judges the payload of dn/cfg.
func (a *agent) wished(payload []byte) *change {
	k := a.process.keeper
	d, act, err := k.Read(payload)
	switch {
	case err != nil && err.Error() == k.State().Error: // it comes again with every connection
		return nil
	case err != nil:
		a.refuseWish(d.Ver, 0, err)
		return nil
	case !act:
		return nil
	}
	c, err := a.toTry(d)
	if err != nil {
		a.refuseWish(d.Ver, d.Ver, err)
		return nil
	}
	return c
}

// toTry is the change to a configuration that is wished for.
func (a *agent) toTry(d remote.Desired) (*change, error) {
	changed, err := a.process.load(d.Set)
	if err != nil {
		return nil, err
	}
	return &change{cfg: changed, source: trace.ConfiguredRemote, desired: &d}, nil
}

// refuseWish says why a wish is not fulfilled. forGood is the version that is not to be tried again, 0 where it may be
// somebody else's.
func (a *agent) refuseWish(ver, forGood int64, err error) {
	a.log.Error("what was wished for remotely changes nothing", zap.Int64("ver", ver), zap.Error(err))
	a.process.refuse(forGood, err)
	a.configured(trace.Configured{Source: trace.ConfiguredRemote, Ver: ver, Error: err.Error()})
	if a.uplink != nil {
		a.uplink.StateChanged()
	}
}

func (a *agent) configured(d trace.Configured) {
	a.recorder.Record(trace.Event{Kind: trace.AgentConfig, Data: d})
}

// beforeTrial notes what the configuration to be tried must not lose.
func (c *changes) beforeTrial(p *change) {
	t := &trial{desired: *p.desired, cid: p.cid, before: c.cfg, connected: c.uplink != nil && c.uplink.Stats().Connected}
	for _, l := range c.agent.lines.list() {
		if l.Status == telemetry.LineUp {
			t.lines = append(t.lines, l.Line)
		}
	}
	if err := c.process.keeper.Try(p.desired.Ver); err != nil {
		c.log.Warn("a configuration that is not survived will be tried again", zap.Error(err))
	}
	c.process.trial.Store(t)
}

// judge ends the trial: nil when the configuration stays, else the way back.
func (a *agent) judge() *change {
	t := a.process.trial.Load()
	if err := a.lost(t); err != nil {
		return &change{cfg: t.before, back: err, cid: t.cid, desired: nil, source: trace.ConfiguredRemote}
	}
	if err := a.process.keeper.Keep(t.desired); err != nil {
		a.log.Warn("what was set remotely will not outlive a restart", zap.Error(err))
	}
	a.process.trial.Store(nil)
	a.log.Info("what was set remotely stays", zap.Int64("ver", t.desired.Ver))
	if a.uplink != nil {
		a.uplink.StateChanged()
	}
	if t.cid != "" && a.desk != nil {
		a.desk.Finish(t.cid, outcome{Ver: t.desired.Ver}, nil)
	}
	return nil
}

// lost says what the device had before the trial and has no more.
func (a *agent) lost(t *trial) error {
	if t.connected && (a.uplink == nil || !a.uplink.Stats().Connected) {
		return errors.New("the broker was lost")
	}
	now := map[int]lineStatus{}
	for _, l := range a.lines.list() {
		now[l.Line] = l
	}
	for _, n := range t.lines {
		if l := now[n]; l.Status != telemetry.LineUp {
			return fmt.Errorf("line %d is not registered any more (%d %s)", n, l.Code, l.Reason)
		}
	}
	return nil
}

// reassemble starts with the changed configuration, or with the old one when the changed one cannot be used.
func (p *process) reassemble(c change, old config.Config) (*agent, error) {
	a, refused := assemble(c.cfg, p.log, p)
	if refused != nil {
		p.log.Error("the new configuration cannot be used", zap.Error(refused))
		p.trial.Store(nil)
		var err error
		if a, err = assemble(old, p.log, p); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(p.take(a.cfg), p.identify(a.cfg)); err != nil {
		return nil, err
	}
	d := trace.Configured{Source: c.source, Applied: refused == nil && c.back == nil}
	failed := refused
	switch {
	case c.back != nil:
		t := p.trial.Load()
		p.trial.Store(nil)
		d.Ver, failed = t.desired.Ver, fmt.Errorf("%w within %s; taken back", c.back, trialFor)
		p.refuse(d.Ver, failed)
	case c.desired != nil && refused != nil:
		d.Ver = c.desired.Ver
		p.refuse(d.Ver, refused)
	case c.desired != nil:
		d.Ver = c.desired.Ver
		t := *p.trial.Load()
		t.ends = time.Now().Add(trialFor)
		p.trial.Store(&t)
	}
	if failed != nil {
		d.Error = failed.Error()
	}
	if c.source != "" {
		a.configured(d)
	}
	p.tell(a, c, failed)
	return a, nil
}

// tell answers the command that asked for the change, as far as it is over.
func (p *process) tell(a *agent, c change, failed error) {
	switch {
	case c.cid == "" || a.desk == nil:
	case failed != nil:
		a.desk.Finish(c.cid, nil, &remote.Fault{Code: remote.Refused, Err: failed})
	case c.desired != nil:
		until := p.trial.Load().ends.UTC()
		a.desk.Note(c.cid, outcome{Ver: c.desired.Ver, Until: &until})
	default:
		a.desk.Finish(c.cid, outcome{Boot: a.recorder.Boot()}, nil)
	}
}
