// Command faults is the fault campaign: three agents call each other while at random the agents, the collector and Mosquitto are
// killed with -9, the way to the broker is cut, stalled, delayed and throttled, packets are lost, disks fill, and the agents'
// clocks jump by a year. Then everything heals, and every event that was ever numbered must be in the collector's store
// exactly once, or inside a range that an agent.gap names.
//
// What it can prove: a number counts as given when the campaign saw it in an agent's journal or in the store; all numbers
// below the highest one seen of a run have been given, as numbers have no holes. What an agent numbered last before it was
// killed while it could not write has left no trace anywhere, and is no part of the count.
//
// The faults of one seed come in the same order at the same places; the moment at which each hits is the machine's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// sideBySide is the length of a round up to which the campaigns of both brokers run at the same time.
const sideBySide = 2 * time.Minute

type options struct {
	bin    string
	agent  string
	broker string
	last   time.Duration
	rate   float64
	seed   uint64
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "folder of sidetone-collector")
	flag.StringVar(&o.agent, "agent", "", "agent whose clock can be set, left by an earlier campaign that failed; empty = build it")
	flag.StringVar(&o.broker, "broker", "", "embedded, mosquitto or both; empty = both where Mosquitto is installed")
	flag.DurationVar(&o.last, "for", 10*time.Minute, "how long faults happen, in each campaign")
	flag.Float64Var(&o.rate, "rate", 20, "calls begun per second by all agents of a campaign together")
	flag.Uint64Var(&o.seed, "seed", 0, "which faults; 0 = another one each time")
	flag.Parse()
	if code, inside := enterNamespaces(context.Background()); !inside {
		os.Exit(code)
	}
	if ownNamespaces() {
		if err := errors.Join(privateMounts(), loopbackUp()); err != nil {
			fmt.Fprintln(os.Stderr, "faults:", err)
			os.Exit(1)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := campaigns(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// campaigns runs the campaign with every broker that was asked for.
func campaigns(ctx context.Context, o options) error {
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())%1_000_000 + 1
	}
	brokers, err := brokersOf(o.broker)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "st-faults-")
	if err != nil {
		return err
	}
	fmt.Printf("seed %d, faults for %s with %s, %g calls a second each; logs in %s\n", o.seed, o.last, strings.Join(brokers, " and "), o.rate, dir)
	agent := o.agent
	if agent == "" {
		agent = filepath.Join(dir, "sidetone-agent")
		if err := buildSteppable(ctx, dir, agent); err != nil {
			return err
		}
	}
	var wg sync.WaitGroup
	errs := make([]error, len(brokers))
	for i, broker := range brokers {
		run := func() { errs[i] = campaign(ctx, o, broker, filepath.Join(dir, broker), agent) }
		if o.last <= sideBySide {
			wg.Go(run)
		} else {
			run()
		}
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("seed %d: %w", o.seed, err)
	}
	return os.RemoveAll(dir)
}

const (
	embedded  = "embedded"
	mosquitto = "mosquitto"
)

func brokersOf(choice string) ([]string, error) {
	if choice == embedded {
		return []string{embedded}, nil
	}
	_, missing := mosquittoProgram()
	switch {
	case choice == "" && missing != nil:
		fmt.Println("skipped: the campaign with Mosquitto, which is not installed (make peers)")
		return []string{embedded}, nil //nolint:nilerr // that it is missing is no error unless it was asked for
	case choice != "" && choice != mosquitto && choice != "both":
		return nil, fmt.Errorf("-broker %s: want embedded, mosquitto or both", choice)
	case missing != nil:
		return nil, fmt.Errorf("%w: make peers installs it", missing)
	case choice == mosquitto:
		return []string{mosquitto}, nil
	}
	return []string{embedded, mosquitto}, nil
}

func mosquittoProgram() (string, error) {
	if path, err := exec.LookPath("mosquitto"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/mosquitto")
}
