package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// parts runs the parts of the collector together: when one fails, or the outer context ends, all end. The last part
// goes on until the others have ended, because they need it to finish.
type parts struct {
	ctx  context.Context
	stop context.CancelFunc

	lastCtx  context.Context
	lastStop context.CancelFunc

	first, lasting sync.WaitGroup

	mu   sync.Mutex
	errs []error
}

func newParts(ctx context.Context) *parts {
	p := &parts{}
	p.ctx, p.stop = context.WithCancel(ctx)
	p.lastCtx, p.lastStop = context.WithCancel(context.WithoutCancel(ctx))
	return p
}

func (p *parts) add(name string, run func(context.Context) error) {
	p.start(&p.first, p.ctx, name, run)
}

func (p *parts) last(name string, run func(context.Context) error) {
	p.start(&p.lasting, p.lastCtx, name, run)
}

func (p *parts) start(group *sync.WaitGroup, ctx context.Context, name string, run func(context.Context) error) {
	group.Go(func() {
		if err := run(ctx); err != nil {
			p.mu.Lock()
			p.errs = append(p.errs, fmt.Errorf("%s: %w", name, err))
			p.mu.Unlock()
			p.stop()
		}
	})
}

// wait returns when everything has ended, with what failed.
func (p *parts) wait() error {
	defer p.stop()
	p.first.Wait()
	p.lastStop()
	p.lasting.Wait()
	return errors.Join(p.errs...)
}
