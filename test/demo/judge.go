package main

import (
	"context"
	"fmt"
	"os"

	"sidetone/trace/story"
)

// judge waits for the calls of a round, prints each story, and fails when one is not what it should be.
func (h *house) judge(ctx context.Context, calls []played, lang string) error {
	bad := 0
	for _, p := range calls {
		s, err := h.collector.Call(ctx, p.id)
		if err != nil {
			return fmt.Errorf("%s: %w", p.title, err)
		}
		mark := "as expected"
		if got := (want{s.Result, s.Side, s.LastResponse, s.Holds}); got != p.want {
			mark = fmt.Sprintf("WRONG: got %+v, want %+v", got, p.want)
			bad++
		}
		flow, err := h.collector.Flow(ctx, p.id, lang)
		if err != nil {
			return fmt.Errorf("%s: %w", p.title, err)
		}
		fmt.Printf("── %s (%s)\n   %s/calls/%s\n\n", p.title, mark, h.collector.URL, s.ID)
		if err := story.Text(os.Stdout, flow, 80); err != nil {
			return err
		}
		fmt.Println()
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d calls are not as expected", bad, len(calls))
	}
	fmt.Printf("%d calls, and every event of each has arrived.\n", len(calls))
	return nil
}
