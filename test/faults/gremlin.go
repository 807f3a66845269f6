package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// span is a range of times, in milliseconds.
type span struct{ least, most float64 }

func (s span) draw(rng *rand.Rand) time.Duration {
	return time.Duration((s.least + rng.Float64()*(s.most-s.least)) * float64(time.Millisecond))
}

// shortRound is the length of a round below which troubles come more often, so that each comes at all.
const shortRound = time.Minute

// heal ends a trouble.
type heal func(ctx context.Context) error

// gremlin makes one trouble at one place, again and again.
type gremlin struct {
	name    string
	calm    span // between two troubles
	trouble span // how long one lasts
	tells   bool // its strikes go into the diary by themselves
	strike  func(ctx context.Context, rng *rand.Rand) (heal, error)
}

// run strikes until hunt is done; what it broke is whole again when it returns. Nothing heals under ctx alone.
func (g gremlin) run(ctx, hunt context.Context, rng *rand.Rand, hurry float64, told *diary) {
	calm := span{g.calm.least * hurry, g.calm.most * hurry}
	for wait(hunt, calm.draw(rng)) {
		began := time.Now()
		mend, err := g.strike(ctx, rng)
		if err != nil {
			told.failed(fmt.Errorf("%s: %w", g.name, err))
			continue
		}
		wait(hunt, g.trouble.draw(rng))
		if mend != nil {
			if err := mend(ctx); err != nil {
				told.failed(fmt.Errorf("%s, healing: %w", g.name, err))
			}
		}
		if !g.tells {
			told.struck(g.name, time.Since(began))
		}
	}
}

// wait waits; false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// diary is what happened in a campaign.
type diary struct {
	mu      sync.Mutex
	names   []string // in the order in which they came first
	times   map[string]int
	lasted  map[string]time.Duration
	trouble []error // of the campaign itself, or of a program that should not have ended
}

func newDiary() *diary { return &diary{times: map[string]int{}, lasted: map[string]time.Duration{}} }

func (d *diary) struck(name string, lasted time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.times[name] == 0 {
		d.names = append(d.names, name)
	}
	d.times[name]++
	d.lasted[name] += lasted
}

func (d *diary) failed(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble = append(d.trouble, err)
}

// lines tells each fault with how often it came.
func (d *diary) lines() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, name := range d.names {
		out = append(out, fmt.Sprintf("%4d x %s, %.1f s in all", d.times[name], name, d.lasted[name].Seconds()))
	}
	return out
}

func (d *diary) errors() []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]error(nil), d.trouble...)
}

// panics notes every panic in the logs below a folder: one that was survived is a bug all the same.
func (d *diary) panics(dir string) {
	logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	more, _ := filepath.Glob(filepath.Join(dir, "*", "*.log"))
	for _, log := range append(logs, more...) {
		said, err := os.ReadFile(log)
		if err != nil {
			d.failed(err)
		}
		for line := range strings.Lines(string(said)) {
			if strings.Contains(line, "panic") || strings.Contains(line, "fatal error") {
				d.failed(fmt.Errorf("%s: %s", log, strings.TrimSpace(line)))
				break
			}
		}
	}
}
