package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/store"
)

func open(t *testing.T, target string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Target: target, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	table := fstest.MapFS{"0001_place.sql": {Data: []byte("-- +goose Up\nCREATE TABLE place (id TEXT PRIMARY KEY, taken BIGINT NOT NULL, room BIGINT NOT NULL);\n")}}
	if err := s.Migrate(t.Context(), "place", table); err != nil {
		t.Fatal(err)
	}
	return s
}

var errFull = errors.New("full")

func TestAChangeIsWholeOrNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		wrong := errors.New("wrong")
		err := s.Write(t.Context(), "try", func(tx *store.Tx) error {
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO place (id, taken, room) VALUES ($1, 0, 1)`, "a"); err != nil {
				return err
			}
			if err := tx.Publish(t.Context(), "hall", "place.made", "a", nil); err != nil {
				return err
			}
			return wrong
		})
		if !errors.Is(err, wrong) {
			t.Fatalf("got %v", err)
		}
		var rows int
		if err := s.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM place`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if unsent, err := s.Unsent(t.Context()); err != nil || unsent != 0 || rows != 0 {
			t.Errorf("%d rows and %d events of a change that failed, %v", rows, unsent, err)
		}
	})
}

func TestPlacesAreNeverGivenTwice(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		ctx := t.Context()
		err := s.Write(ctx, "make", func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO place (id, taken, room) VALUES ($1, 0, 40)`, "a")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var given, full atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 6 {
					switch err := s.Write(ctx, "take", func(tx *store.Tx) error { return take(ctx, tx) }); {
					case err == nil:
						given.Add(1)
					case errors.Is(err, errFull):
						full.Add(1)
					default:
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if given.Load() != 40 || full.Load() != 56 {
			t.Errorf("%d given and %d refused, want 40 and 56", given.Load(), full.Load())
		}
	})
}

func take(ctx context.Context, tx *store.Tx) error {
	result, err := tx.ExecContext(ctx, `UPDATE place SET taken = taken + 1 WHERE id = $1 AND taken < room`, "a")
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errFull)
	}
	return nil
}

func TestAnEventFromOutsideIsTakenOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		var fresh atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				err := s.Write(t.Context(), "take event", func(tx *store.Tx) error {
					first, err := tx.Take(t.Context(), "event-1")
					if first {
						fresh.Add(1)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if fresh.Load() != 1 {
			t.Errorf("taken %d times", fresh.Load())
		}
	})
}

func TestEventsAreSentInOrderAndAgainAfterAFailure(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		const events = 600
		for i := range events {
			err := s.Write(t.Context(), "publish", func(tx *store.Tx) error {
				return tx.Publish(t.Context(), "hall-1", "place.made", fmt.Sprint(i), map[string]int{"n": i})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex
		var got []string
		failures := 3
		done := make(chan error, 1)
		go func() {
			done <- s.Relay(ctx, func(_ context.Context, e store.Event) error {
				mu.Lock()
				defer mu.Unlock()
				if failures > 0 && len(got) == 100 {
					failures--
					go func() { // something new wakes the relay
						_ = s.Write(ctx, "publish", func(tx *store.Tx) error { return tx.Publish(ctx, "", "place.late", "late", nil) })
					}()
					return errors.New("away")
				}
				if e.Type == "place.made" {
					got = append(got, e.Subject)
				}
				return nil
			})
		}()
		deadline := time.Now().Add(time.Minute)
		for n := 1; n > 0; {
			var err error
			if n, err = s.Unsent(t.Context()); err != nil {
				t.Fatal(err)
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d events wait", n)
			}
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want := make([]string, events)
		for i := range want {
			want[i] = fmt.Sprint(i)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d events in another order", len(got))
		}
	})
}

func TestOneProcessLeadsAndAnotherTakesOver(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		one, two := open(t, target), open(t, target)
		first, stop := context.WithCancel(t.Context())
		var leaders atomic.Int64
		var names sync.Map
		job := func(name string) func(context.Context) error {
			return func(ctx context.Context) error {
				if leaders.Add(1) > 1 {
					t.Error("two processes lead")
				}
				defer leaders.Add(-1)
				names.Store(name, true)
				<-ctx.Done()
				return nil
			}
		}
		led := func(name string) {
			t.Helper()
			for deadline := time.Now().Add(time.Minute); ; {
				if _, ok := names.Load(name); ok {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("process %s never led", name)
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { _ = one.Lead(first, "job", job("one")) })
		led("one")
		second, end := context.WithCancel(t.Context())
		wg.Go(func() { _ = two.Lead(second, "job", job("two")) })
		stop()
		led("two")
		end()
		wg.Wait()
	})
}

// TestAKilledProcessIsMissedForSecondsOnly lets a process vanish with its lease
// by closing its database under it.
func TestAKilledProcessIsMissedForSecondsOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a lease runs out")
	}
	target := sqldbtest.Postgres(t)
	lead := func(ctx context.Context, holder string) (*store.Store, <-chan struct{}) {
		s, err := store.Open(t.Context(), store.Config{Target: target, Holder: holder, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		led := make(chan struct{}, 1)
		go func() {
			_ = s.Lead(ctx, "job", func(ctx context.Context) error {
				led <- struct{}{}
				<-ctx.Done()
				return nil
			})
		}()
		return s, led
	}
	vanish := func(s *store.Store) time.Time {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		return time.Now()
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	one, led := lead(ctx, "one")
	<-led
	gone := vanish(one)
	again, led := lead(ctx, "one")
	<-led
	if took := time.Since(gone); took > 4*time.Second { // it has four and a half to run
		t.Errorf("it had its own lease back after %s", took)
	}
	gone = vanish(again)
	two, led := lead(ctx, "two")
	defer two.Close()
	<-led
	took := time.Since(gone)
	t.Logf("another took over after %s", took.Round(10*time.Millisecond))
	if took < 3*time.Second || took > 30*time.Second {
		t.Errorf("another took over after %s", took)
	}
	stop()
}
