package main

import (
	"crypto/ed25519"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"sidetone/config"
	"sidetone/internal/seal"
	"sidetone/telemetry"
	"sidetone/telemetry/remote"
	"sidetone/trace"
)

// process is what outlives an agent when another one takes its place.
type process struct {
	_      [0]func() // not to be compared, so no code is made for it
	file   string    // of the configuration
	log    *zap.Logger
	level  threshold
	recent *recentLog
	memory *remote.Memory
	keeper *remote.Keeper

	wishes chan []byte // holds the last payload of dn/cfg that nobody has looked at
	asked  chan change // by a command
	faulty error       // why what was set remotely could not be used at the start

	trial atomic.Pointer[trial] // nil for none
}

// newProcess begins with the configuration of the file and what was set on top of it before, which is left aside where the
// two do not go together any more.
func newProcess(file string, cfg config.Config, complaints io.Writer) (*process, config.Config, error) {
	p := &process{
		file: file, recent: &recentLog{to: complaints},
		wishes: make(chan []byte, 1), asked: make(chan change),
	}
	p.log = loggerAt(&p.level, cfg.Log.Format, p.recent)
	if err := p.take(cfg); err != nil {
		return nil, cfg, err
	}
	var forgotten, unknown error
	p.memory, forgotten = remote.OpenMemory(besideJournal(cfg, "commands.json"))
	p.keeper, unknown = remote.OpenKeeper(besideJournal(cfg, "desired.json"))
	if err := errors.Join(forgotten, unknown); err != nil {
		p.log.Warn("what was kept beside the journal cannot be read", zap.Error(err))
	}
	if err := p.identify(cfg); err != nil {
		return nil, cfg, err
	}
	var over config.Config
	if over, p.faulty = p.load(p.keeper.State().Set); p.faulty == nil {
		cfg = over
	}
	return p, cfg, p.take(cfg)
}

// besideJournal names a file in the journal's folder; "" where nothing outlives a restart.
func besideJournal(cfg config.Config, name string) string {
	if cfg.Telemetry.Journal.MaxBytes <= 0 {
		return ""
	}
	return filepath.Join(cfg.Telemetry.Journal.Dir, name)
}

// reportOverlay writes down that what was set remotely does not go with the file any more.
func (p *process) reportOverlay(a *agent) {
	if p.faulty == nil {
		return
	}
	p.log.Error("what was set remotely cannot be used", zap.Error(p.faulty))
	a.recorder.Record(trace.Event{Kind: trace.AgentConfig, Data: trace.Configured{
		Source: trace.ConfiguredRemote, Ver: p.keeper.State().Ver, Error: p.faulty.Error(),
	}})
	p.refuse(p.keeper.State().Ver, p.faulty)
}

// load reads the file with something set on top of it.
func (p *process) load(set []byte) (config.Config, error) {
	return loadConfigOver(p.file, set, io.Discard)
}

// take has the process follow a configuration.
func (p *process) take(cfg config.Config) error {
	level, err := logLevel(cfg.Log.Level)
	if err == nil {
		p.level.Store(int32(level))
	}
	return err
}

// commandKey is whose commands are taken, nil for everybody's.
func commandKey(cfg config.Config) (ed25519.PublicKey, error) {
	if cfg.Telemetry.CommandKey == "" {
		return nil, nil
	}
	key, err := seal.ParseKey(cfg.Telemetry.CommandKey)
	if err != nil {
		return nil, cfg.Fault("telemetry.command_key", err)
	}
	return key, nil
}

func (p *process) identify(cfg config.Config) error {
	key, err := commandKey(cfg)
	if err == nil {
		p.keeper.Tenant, p.keeper.Device, p.keeper.Key = cfg.Telemetry.Tenant, cfg.Device.ID, key
	}
	return err
}

// wish takes the payload of dn/cfg. Only the last one counts.
func (p *process) wish(payload []byte) {
	for {
		select {
		case p.wishes <- payload:
			return
		default:
		}
		select {
		case <-p.wishes:
		default:
		}
	}
}

// refuse has the present configuration stay.
func (p *process) refuse(ver int64, why error) {
	if err := p.keeper.Refuse(ver, why); err != nil {
		p.log.Warn("the refusal will not be known after a restart", zap.Error(err))
	}
}

// configState is what the broker is told of the desired configuration.
func (p *process) configState() telemetry.ConfigState {
	if p == nil {
		return telemetry.ConfigState{}
	}
	s, t := p.keeper.State(), p.trial.Load()
	if t != nil {
		return telemetry.ConfigState{Ver: t.desired.Ver, Trial: true}
	}
	return telemetry.ConfigState{Ver: s.Ver, Refused: s.Refused, Error: s.Error}
}

// temporary are settings that were changed for a while.
type temporary struct {
	mu     sync.Mutex
	timers map[string]*time.Timer
}

// set changes one now and has back called when the time is over, unless it is set again before.
func (t *temporary) set(name string, d time.Duration, back func()) {
	t.mu.Lock()
	if t.timers == nil {
		t.timers = map[string]*time.Timer{}
	}
	if old := t.timers[name]; old != nil {
		old.Stop()
	}
	t.timers[name] = time.AfterFunc(d, back)
	t.mu.Unlock()
}

// stop forgets all.
func (t *temporary) stop() {
	t.mu.Lock()
	for _, timer := range t.timers {
		timer.Stop()
	}
	t.mu.Unlock()
}

// checked is what is wrong with a configuration, as a command answers it.
type checked struct {
	Good     bool      `json:"good"`
	Problems []problem `json:"problems,omitempty"`
}

type problem struct {
	_     [0]func() // not to be compared, so no code is made for it
	Key   string    `json:"key,omitempty"`
	Error string    `json:"error"`
}

func describe(err error) checked {
	out := checked{Good: err == nil}
	var all config.Problems
	if !errors.As(err, &all) && err != nil {
		out.Problems = []problem{{Error: err.Error()}}
	}
	for _, p := range all {
		out.Problems = append(out.Problems, problem{Key: p.Key, Error: p.Err.Error()})
	}
	return out
}
