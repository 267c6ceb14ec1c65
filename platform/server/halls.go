package server

import (
	"context"
	"log/slog"
	"time"
)

// sweepEvery is how often events are forgotten that can't come again.
const sweepEvery = 6 * time.Hour

// sweep forgets old events until ctx ends, in one process of all.
func (c *contexts) sweep(ctx context.Context, log *slog.Logger) error {
	return c.store.Lead(ctx, "sweep", func(ctx context.Context) error {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			if err := c.store.Sweep(ctx); err != nil && ctx.Err() == nil {
				log.Warn("old events stay", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}
