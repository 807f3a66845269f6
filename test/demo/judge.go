package main

import (
	"context"
	"fmt"
	"os"

	"sidetone/trace/story"
)

// tell waits until a call has arrived with every event, prints its story, and says whether it is what it should be.
func (h *house) tell(ctx context.Context, p played, lang string) (good bool, err error) {
	s, err := h.collector.Call(ctx, p.id)
	if err != nil {
		return false, fmt.Errorf("%s: %w", p.title, err)
	}
	mark := "as expected"
	got := want{s.Result, s.Side, s.LastResponse, s.Holds}
	if got != p.want {
		mark = fmt.Sprintf("WRONG: got %+v, want %+v", got, p.want)
	}
	flow, err := h.collector.Flow(ctx, p.id, lang)
	if err != nil {
		return false, fmt.Errorf("%s: %w", p.title, err)
	}
	fmt.Printf("── %s (%s)\n   %s/calls/%s\n\n", p.title, mark, h.collector.URL, s.ID)
	if err := story.Text(os.Stdout, flow, 80); err != nil {
		return false, err
	}
	fmt.Println()
	return got == p.want, nil
}
