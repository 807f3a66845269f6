package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"sidetone/journal"
	"sidetone/trace"
)

// Events is everything that the phone has written down, in order.
func (a *Agent) Events(ctx context.Context) ([]trace.Event, error) {
	r, err := journal.OpenReader(filepath.Join(a.dir, a.Name+".journal"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var events []trace.Event
	for {
		rec, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, err
		}
		e, err := trace.Decode(rec.Payload)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", rec.Seq, err)
		}
		events = append(events, e)
	}
}
