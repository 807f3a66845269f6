package main

import (
	"context"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/store/sqlite"
	"sidetone/internal/logkey"
)

// retainEvery is how often old days are looked for.
const retainEvery = time.Hour

// retain removes the days that are older than keep, until ctx is done. 0 keeps everything.
func retain(ctx context.Context, st *sqlite.Store, keep time.Duration, logger *zap.Logger) {
	if keep == 0 {
		return
	}
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		gone, err := st.Expire(ctx, time.Now().Add(-keep))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			logger.Error("retention", zap.Error(err))
		case gone > 0:
			logger.Info("old calls removed", zap.Int(logkey.Count, gone))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
