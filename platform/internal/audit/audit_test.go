package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

func open(t *testing.T, target string) (*store.Store, *audit.Log) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Target: target, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return st, log
}

func TestEntriesFormOneChainWhoeverWrites(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		_, log := open(t, target)
		ctx := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "s1"})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 5 {
					if err := log.Write(ctx, audit.Entry{Action: "identity.view", Object: fmt.Sprint("p", i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n, err := log.Verify(t.Context()); n != 40 || err != nil {
			t.Errorf("%d entries, %v", n, err)
		}
		list, err := log.Of(t.Context(), "p3", 2)
		if err != nil || len(list) != 2 || list[0].Seq < list[1].Seq || list[0].Actor.ID != "s1" || list[0].Outcome != audit.Done {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

func TestWhatWasChangedLaterIsFound(t *testing.T) {
	changes := map[string]string{
		"an entry that says something else": `UPDATE audit SET detail = 'x' WHERE seq = 3`,
		"an entry that is gone":             `DELETE FROM audit WHERE seq = 3`,
		"the newest entry that is gone":     `DELETE FROM audit WHERE seq = 5`,
		"letters moved between fields":      `UPDATE audit SET action = action || 'o', object = 'bject' WHERE seq = 2`,
		"a forged newest entry":             `UPDATE audit SET actor = 'somebody' WHERE seq = 5`,
	}
	sqldbtest.Each(t, func(t *testing.T, target string) {
		for name, change := range changes {
			t.Run(name, func(t *testing.T) {
				st, log := open(t, sibling(t, target))
				for range 5 {
					if err := log.Write(t.Context(), audit.Entry{Action: "a", Object: "object"}); err != nil {
						t.Fatal(err)
					}
				}
				err := st.Write(t.Context(), "tamper", func(tx *store.Tx) error {
					_, err := tx.ExecContext(context.WithoutCancel(t.Context()), change)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := log.Verify(t.Context()); !errors.Is(err, audit.ErrBroken) {
					t.Errorf("got %v, want ErrBroken", err)
				}
			})
		}
	})
}

// sibling is another empty database of the same engine.
func sibling(t *testing.T, target string) string {
	t.Helper()
	if target[0] == '/' {
		return sqldbtest.File(t)
	}
	return sqldbtest.Postgres(t)
}

func TestARefusedChangeLeavesNoEntry(t *testing.T) {
	st, log := open(t, sqldbtest.File(t))
	wrong := errors.New("wrong")
	err := st.Write(t.Context(), "try", func(tx *store.Tx) error {
		return errors.Join(log.Add(t.Context(), tx, audit.Entry{Action: "a", Actor: audit.System}), wrong)
	})
	if !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	if n, err := log.Verify(t.Context()); n != 0 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}
