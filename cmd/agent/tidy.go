package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	tidyEvery = 20 * time.Second
	tidyAbove = 4 << 20 // bytes allocated since the last time, below which there is little to give back
)

// tidy gives memory back to the system after calls. An idle phone allocates nothing, so the collector, which runs as the
// heap grows, would leave what busy minutes took where it is. It never works while a call is up.
func (a *agent) tidy(ctx context.Context) error {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	var last uint64
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now := allocated()
		if st, err := a.board.Status(ctx); err != nil || len(st.Calls) > 0 || now-last < tidyAbove {
			continue
		}
		debug.FreeOSMemory()
		last = now
	}
}

// allocated is how many bytes the agent has allocated since its start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
