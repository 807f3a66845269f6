package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"sidetone/config"
	"sidetone/internal/command"
	"sidetone/internal/logkey"
	"sidetone/trace"
)

// idleCheck is how often a pending reload looks whether the phone is between calls.
const idleCheck = 500 * time.Millisecond

func newRunCommand() *command.Command {
	var file string
	cmd := &command.Command{
		Use:   "run -c agent.yaml",
		Short: "be the phone, until SIGTERM",
		Long: `run is the phone. It ends calls and flushes the trace on SIGTERM or Ctrl-C. SIGHUP reads the configuration again and
takes it over as soon as no call is up; a configuration that is wrong is reported and changes nothing.`,
		Example: "  sidetone-agent run -c /etc/sidetone/agent.yaml",
		Run: func(cmd *command.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runPhone(ctx, file, cmd.Out(), cmd.Err())
		},
	}
	addConfigFlag(cmd, &file)
	return cmd
}

// runPhone runs the agent, and runs it again when its configuration has changed.
func runPhone(ctx context.Context, file string, out, complaints io.Writer) error {
	cfg, err := loadConfig(file, complaints)
	if err != nil {
		return err
	}
	log, err := newLogger(cfg.Log, complaints)
	if err != nil {
		return err
	}
	defer func() { _ = log.Sync() }()
	a, err := assemble(cfg, log)
	if err != nil {
		return err
	}
	for {
		next := make(chan config.Config, 1)
		watch, stopWatching := context.WithCancel(ctx)
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			a.watchReload(watch, file, next)
		}()
		if _, err := fmt.Fprintln(out, a.ready()); err != nil {
			log.Warn("say that the agent is ready", zap.Error(err))
		}
		err := a.run(ctx)
		stopWatching()
		<-watched
		select {
		case changed := <-next:
			if a, err = reassemble(changed, cfg, log); err != nil {
				return err
			}
			cfg = a.cfg
		default:
			return err
		}
	}
}

// reassemble starts with the changed configuration, or with the old one when the changed one cannot be used.
func reassemble(changed, old config.Config, log *zap.Logger) (*agent, error) {
	a, err := assemble(changed, log)
	if err == nil {
		a.recorder.Record(trace.Event{Kind: trace.AgentConfig, Data: trace.Configured{Source: "file", Applied: true}})
		return a, nil
	}
	log.Error("the new configuration cannot be used", zap.Error(err))
	refused := err
	if a, err = assemble(old, log); err != nil {
		return nil, err
	}
	a.recorder.Record(trace.Event{Kind: trace.AgentConfig, Data: trace.Configured{Source: "file", Error: refused.Error()}})
	return a, nil
}

// watchReload waits for SIGHUP, checks the file, and ends the run once no call is up.
func (a *agent) watchReload(ctx context.Context, file string, next chan<- config.Config) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		changed, err := loadConfig(file, io.Discard)
		if err != nil {
			a.log.Error("the configuration is wrong and changes nothing", zap.String(logkey.Path, file), zap.Error(err))
			a.recorder.Record(trace.Event{Kind: trace.AgentConfig, Data: trace.Configured{Source: "file", Error: err.Error()}})
			continue
		}
		if a.awaitIdle(ctx) {
			next <- changed
			a.reload <- struct{}{}
			return
		}
	}
}

// awaitIdle waits until no call is up; false means that the agent ended first.
func (a *agent) awaitIdle(ctx context.Context) bool {
	ticker := time.NewTicker(idleCheck)
	defer ticker.Stop()
	for {
		if st, err := a.board.Status(ctx); err == nil && len(st.Calls) == 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}
