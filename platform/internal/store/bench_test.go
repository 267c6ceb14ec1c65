package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/store"
)

// BenchmarkConsume measures what it costs that an event is published and that
// three consumers take it, each noting it in the same change.
func BenchmarkConsume(b *testing.B) {
	for engine, target := range map[string]func(testing.TB) string{"SQLite": sqldbtest.File, "PostgreSQL": sqldbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			ctx := b.Context()
			s, err := store.Open(ctx, store.Config{Target: target(b), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for _, name := range []string{"one", "two", "three"} {
				s.On("case.moved", name, func(ctx context.Context, tx *store.Tx, e store.Event) error {
					_, err := tx.Take(ctx, name+e.ID)
					return err
				})
			}
			const events = 2000
			body := map[string]string{"case": "33010220261122000001", "step": "审核"}
			b.Run("publish", func(b *testing.B) {
				for i := range b.N {
					err := s.Write(ctx, "publish", func(tx *store.Tx) error { return tx.Publish(ctx, "", "case.moved", fmt.Sprint(i%100), body) })
					if err != nil {
						b.Fatal(err)
					}
				}
			})
			if _, err := s.Deliver(ctx); err != nil {
				b.Fatal(err)
			}
			b.Run("take", func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					err := s.Write(ctx, "publish", func(tx *store.Tx) error {
						for i := range events {
							if err := tx.Publish(ctx, "", "case.moved", fmt.Sprint(i%100), body); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					n, err := s.Deliver(ctx)
					if err != nil || n != 3*events {
						b.Fatalf("%d taken, %v", n, err)
					}
				}
				b.ReportMetric(float64(b.N*3*events)/b.Elapsed().Seconds(), "events/s")
			})
		})
	}
}
