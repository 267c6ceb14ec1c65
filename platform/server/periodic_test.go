package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// periodic is all that a platform does by itself, as its contexts' Run does it
// again and again while it holds the lease.
func (c *contexts) periodic() map[string]func(ctx context.Context) error {
	counted := func(job func(context.Context) (int, error)) func(context.Context) error {
		return func(ctx context.Context) error { _, err := job(ctx); return err }
	}
	return map[string]func(ctx context.Context) error{
		"appointment.remind": c.appointments.Remind, "appointment.lapse": c.appointments.Lapse, "appointment.sweep": c.appointments.Sweep,
		"payment.look": c.payments.LookAll, "payment.expire": c.payments.Expire, "delivery.move": c.deliveries.Move,
		"cases.wake": c.cases.Wake, "cases.dun": c.cases.Dun, "cases.sweep": c.cases.Sweep,
		"licence.remind": counted(c.licences.Remind), "supervision.turn": counted(c.supervision.Turn),
		"evaluation.overdue": c.evaluation.Overdue, "evaluation.close": c.evaluation.CloseOld, "evaluation.invite": c.evaluation.InviteVisits,
		"evaluation.sweep": c.evaluation.Sweep, "flow.fire": c.flow.Fire, "knowledge.propose": counted(c.knowledge.Propose),
	}
}

// TestTwoProcessesDoWhatIsDueOnce gives a city with a past to one process, and
// the same to two that don't divide their work by leases, as happens for some
// seconds when a lease is lost: both do all that is due at the same moments, for
// weeks. What they have done is counted in the database, and is as much as
// one did alone.
func TestTwoProcessesDoWhatIsDueOnce(t *testing.T) {
	alone, pair := liveOn(t, 1), liveOn(t, 2)
	if diff := cmp.Diff(alone, pair); diff != "" {
		t.Errorf("two did other things than one (-one +two):\n%s", diff)
	}
	for _, what := range []string{"notice", "signal", "audit"} {
		n := 0
		for name, count := range alone {
			if strings.HasPrefix(name, what+" ") {
				n += count
			}
		}
		t.Logf("%d of %s", n, what)
		if n < 10 {
			t.Errorf("%d of %s prove nothing", n, what)
		}
	}
}

// liveOn lets a city live for weeks with so many processes and counts what
// they did.
func liveOn(t *testing.T, processes int) map[string]int {
	t.Helper()
	target := sqldbtest.Postgres(t)
	w := &watch{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))}
	t.Setenv(keys.Env, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	var all []*contexts
	for i := range processes {
		conf := Config{Data: t.TempDir(), Demo: true, DemoLife: i == 0, Version: "test", Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler), passwordCost: bcrypt.MinCost}
		secret, err := keys.Load(conf.Data)
		if err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(t.Context(), store.Config{Target: target, Clock: w.clock, Holder: fmt.Sprint("process ", i), Log: conf.Log})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := st.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		c, err := openContexts(t.Context(), conf, st, secret)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	days := 5 * 7
	if raceDetector {
		days = 7 // the race detector is too slow for more
	}
	for range days {
		w.mu.Lock()
		w.now = w.now.Add(24 * time.Hour)
		w.mu.Unlock()
		// Who finds the other in the way comes again, as with the next tick.
		for range 3 {
			together(t, all)
		}
	}
	return count(t, all[0])
}

// together lets all processes do at once what is due, and then each hear of it.
func together(t *testing.T, all []*contexts) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(all[0].periodic())) {
		var group sync.WaitGroup
		for _, c := range all {
			group.Go(func() {
				if err := c.periodic()[name](t.Context()); err != nil && len(all) == 1 {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		group.Wait()
	}
	if _, err := all[len(all)-1].store.Deliver(t.Context()); err != nil {
		t.Errorf("deliver: %v", err)
	}
}

// count counts what was done, by its kind.
func count(t *testing.T, c *contexts) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for what, query := range map[string]string{
		"notice":  `SELECT template, count(*) FROM message_notice GROUP BY template`,
		"signal":  `SELECT kind, count(*) FROM supervision_signal GROUP BY kind`,
		"case":    `SELECT state, count(*) FROM case_record GROUP BY state`,
		"payment": `SELECT state, count(*) FROM payment_order GROUP BY state`,
		"voice":   `SELECT state, count(*) FROM evaluation_voice GROUP BY state`,
		"audit":   `SELECT action, count(*) FROM audit GROUP BY action`,
	} {
		if err := countInto(t.Context(), c, counts, what, query); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	return counts
}

func countInto(ctx context.Context, c *contexts, counts map[string]int, what, query string) error {
	rows, err := c.store.Read().QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return err
		}
		counts[what+" "+kind] = n
	}
	return rows.Err()
}
