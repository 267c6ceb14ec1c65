package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/store"
)

// crowd lets changes come while the first one holds the writer, in their order,
// so that they share its transaction, and returns what each Write returned.
func crowd(t *testing.T, s *store.Store, changes ...func(ctx context.Context, tx *store.Tx) error) []error {
	t.Helper()
	errs := make([]error, len(changes))
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	for i, change := range changes {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("panic: %v", r)
				}
			}()
			var once sync.Once
			errs[i] = s.Write(t.Context(), "try", func(tx *store.Tx) error {
				if i == 0 {
					once.Do(func() { close(inside); <-goOn })
				}
				return change(t.Context(), tx)
			})
		})
		if i == 0 {
			<-inside
			continue
		}
		for s.Waiting() < i {
			time.Sleep(time.Millisecond)
		}
	}
	close(goOn)
	wg.Wait()
	return errs
}

func put(id string) func(ctx context.Context, tx *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO place (id, taken, room) VALUES ($1, 0, 1)`, id)
		return err
	}
}

func places(t *testing.T, s *store.Store) (list string) {
	t.Helper()
	rows, err := s.Read().QueryContext(t.Context(), `SELECT id FROM place ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		list += id
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestChangesThatWaitShareOneTransaction(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	var seen [3]*sql.Tx
	look := func(i int) func(context.Context, *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			seen[i] = tx.Tx
			return put(fmt.Sprint(i))(ctx, tx)
		}
	}
	if err := errors.Join(crowd(t, s, look(0), look(1), look(2))...); err != nil {
		t.Fatal(err)
	}
	// The first one held the group longer than a group grows, or not: it isn't
	// certain that it was still open for the second, but it was for the third.
	if seen[1] != seen[2] {
		t.Error("two changes that waited had a transaction each")
	}
	if got := places(t, s); got != "012" {
		t.Errorf("stored %q", got)
	}
}

func TestOfAGroupOnlyWhatFailedIsUndone(t *testing.T) {
	wrong := errors.New("wrong")
	failing := func(ctx context.Context, tx *store.Tx) error { return errors.Join(put("x")(ctx, tx), wrong) }
	panicking := func(ctx context.Context, tx *store.Tx) error {
		if err := put("y")(ctx, tx); err != nil {
			return err
		}
		panic("a fault")
	}
	// What violates the table ends its statement, not the transaction.
	twice := func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(put("z")(ctx, tx), put("a")(ctx, tx))
	}
	givenUp := func(ctx context.Context, tx *store.Tx) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if err := put("w")(ctx, tx); err != nil {
			return err
		}
		cancel()
		return put("v")(ctx, tx)
	}
	for name, bad := range map[string]func(context.Context, *store.Tx) error{
		"an error": failing, "a panic": panicking, "a broken rule of the table": twice, "a caller that gave up": givenUp,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, sqldbtest.File(t))
			errs := crowd(t, s, put("a"), put("b"), bad, put("c"))
			if errs[0] != nil || errs[1] != nil || errs[2] == nil || errs[3] != nil {
				t.Errorf("got %v", errs)
			}
			if got := places(t, s); got != "abc" {
				t.Errorf("stored %q", got)
			}
			errs = crowd(t, s, func(ctx context.Context, tx *store.Tx) error { return errors.Join(put("q")(ctx, tx), wrong) }, put("d"))
			if !errors.Is(errs[0], wrong) || errs[1] != nil || places(t, s) != "abcd" {
				t.Errorf("got %v, stored %q", errs, places(t, s))
			}
		})
	}
}

// A statement that is interrupted ends SQLite's whole transaction.
func TestAGroupThatOneLostRunsAgain(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	endsAll := func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `ROLLBACK`); err != nil {
			return err
		}
		return errors.New("wrong")
	}
	errs := crowd(t, s, put("a"), put("b"), endsAll, put("c"))
	if errs[0] != nil || errs[1] != nil || errs[2] == nil || errs[3] != nil {
		t.Errorf("got %v", errs)
	}
	if got := places(t, s); got != "abc" {
		t.Errorf("stored %q", got)
	}
}

func TestWhoGivesUpWaitingHoldsNobodyUp(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Write(t.Context(), "first", func(tx *store.Tx) error {
			close(inside)
			<-goOn
			return put("a")(t.Context(), tx)
		}); err != nil {
			t.Error(err)
		}
	})
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		if err := s.Write(ctx, "second", func(tx *store.Tx) error { return put("b")(ctx, tx) }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	for s.Waiting() < 1 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	for s.Waiting() > 0 {
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	wg.Wait()
	if err := s.Write(t.Context(), "third", func(tx *store.Tx) error { return put("c")(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	if got := places(t, s); got != "ac" {
		t.Errorf("stored %q", got)
	}
}
