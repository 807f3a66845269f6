//go:build !linux

package link

import "context"

// Watcher watches nothing: this system has no netlink.
type Watcher struct{}

// Open makes a Watcher.
func Open() (*Watcher, error) { return &Watcher{}, nil }

// Run waits for ctx.
func (w *Watcher) Run(ctx context.Context, _ func(Change)) error {
	<-ctx.Done()
	return ctx.Err()
}
