package node_test

import (
	"context"
	"testing"

	"smarthall/internal/bus"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// TestWhatIsLostIsAskedForAndToldAgain: a gap in what a hall says makes the
// platform ask for it, in the transaction that moves behind it; a hall that says
// it has lost something is told everything anew, once.
func TestWhatIsLostIsAskedForAndToldAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		begun := 0
		s.OnBegin(func(ctx context.Context, tx *store.Tx, hall string) error {
			begun++
			return tx.Publish(ctx, hall, "item.published", "i1", nil)
		})
		unsent := func(want int) {
			t.Helper()
			if n, err := s.Store.Unsent(t.Context()); err != nil || n != want {
				t.Errorf("%d events wait for the hall, want %d, %v", n, want, err)
			}
		}
		if err := s.Take(t.Context(), "east", bus.Message{Cursor: bus.Cursor{Epoch: "e", Seq: 40}, Lost: 40}); err != nil {
			t.Fatal(err)
		}
		unsent(1)
		var seq int64
		if err := s.Store.Read().QueryRowContext(t.Context(), `SELECT seq FROM node_hall WHERE id = 'east'`).Scan(&seq); err != nil || seq != 40 {
			t.Errorf("it is followed from %d, want 40, %v", seq, err)
		}
		if begun != 0 {
			t.Errorf("the hall was told %d times although it has lost nothing", begun)
		}
		for seq := range 2 { // the same, twice
			if err := s.Take(t.Context(), "east", message(t, uint64(41+seq), event("l1", node.TypeLost, map[string]int{"lost": 3}))); err != nil {
				t.Fatal(err)
			}
		}
		unsent(2)
		if begun != 1 {
			t.Errorf("the hall was told %d times, want once", begun)
		}
		if err := s.Take(t.Context(), "nowhere", bus.Message{Cursor: bus.Cursor{Epoch: "e", Seq: 4}, Lost: 4}); err == nil {
			t.Error("a hall that isn't there has missed something")
		}
	})
}
