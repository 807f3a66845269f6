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

	"sidetone/internal/command"
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
	p, cfg, err := newProcess(file, cfg, complaints)
	if err != nil {
		return err
	}
	defer func() { _ = p.log.Sync() }()
	a, err := assemble(cfg, p.log, p)
	if err != nil {
		return err
	}
	p.reportOverlay(a)
	for {
		next := make(chan change, 1)
		watch, stopWatching := context.WithCancel(ctx)
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			a.watchChanges(watch, next)
		}()
		if _, err := fmt.Fprintln(out, a.ready()); err != nil {
			p.log.Warn("say that the agent is ready", zap.Error(err))
		}
		err := a.run(ctx)
		stopWatching()
		<-watched
		select {
		case c := <-next:
			if a, err = p.reassemble(c, a.cfg); err != nil {
				return err
			}
		default:
			p.endTrial()
			return err
		}
	}
}
