package supervision_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
	"smarthall/platform/internal/supervision"
)

// fill adds cases of 40 organisations: one of ten or all of them run, one of
// fifty of the others ended within the days that the overview counts. One of
// five has an open signal.
func (w *watch) fill(b *testing.B, cases, runs int) {
	b.Helper()
	now := w.clock()
	err := w.store.Write(b.Context(), "fill", func(tx *store.Tx) error {
		insert, err := tx.PrepareContext(b.Context(), `INSERT INTO supervision_case (id, application_no, case_no, item, item_name, organisation, organisation_name, region,
				hall, mode, parent, applicant, state, running, submitted_at, accepted_at, ended_at, promised, statutory, light, rank, red_at, turns_at, changed_at)
			VALUES ($1, $2, $3, 'food-licence', '食品经营许可', $4, '市场监督管理局', '330102', $5, '', '', '林*', $6, $7, $8, $8, $9, $10, '', 'green', $11, $12, 0, $8)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range cases {
			begun := now.Add(-time.Duration(i%5+1) * 24 * time.Hour)
			state, running, ended, rank, red := "closed", 0, begun.Add(-time.Duration(i%600)*24*time.Hour), 2, int64(1<<62)
			if i%runs == 0 {
				state, running, ended, rank, red = "accepted", 1, time.Time{}, min(i/10%20, 2), store.Millis(now)+int64(i)
			}
			clock, err := json.Marshal(limit.Clock{Begun: begun, Term: limit.Term{Unit: limit.WorkingDays, Days: 5}, Ended: ended})
			if err != nil {
				return err
			}
			var endedAt int64
			accepted := begun
			if running == 0 {
				endedAt, accepted = store.Millis(ended), ended.Add(-24*time.Hour)
			}
			_, err = insert.ExecContext(b.Context(), fmt.Sprintf("01K%023d", i), fmt.Sprintf("SQ%d", i), fmt.Sprintf("NO%d", i), fmt.Sprintf("body%d", i%40),
				fmt.Sprintf("hall%d", i%8), state, running, store.Millis(accepted), endedAt, string(clock), rank, red)
			if err != nil {
				return err
			}
			if i%5 == 0 {
				_, err := tx.ExecContext(b.Context(), `INSERT INTO supervision_signal (id, kind, level, case_id, about, organisation, region, words, at, state, explanation, closed_at)
					VALUES ($1, 'promise-late', 'warning', $1, '', $2, '330102', '食品经营许可：承诺已到期', $3, 'open', '', 0)`, fmt.Sprintf("01S%023d", i), fmt.Sprintf("body%d", i%40), store.Millis(now))
				if err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(b.Context(), `ANALYZE`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Recount(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWatched measures what a supervisor's pages ask for every 15 seconds.
func BenchmarkWatched(b *testing.B) {
	for _, size := range []struct{ cases, runs int }{{10_000, 1}, {100_000, 1}, {1_000_000, 10}} {
		cases := size.cases
		w := open(b, filepath.Join(b.TempDir(), "platform.db"))
		w.fill(b, cases, size.runs)
		ctx := w.supervisor()
		for name, ask := range map[string]func() error{
			"list": func() error {
				page, err := w.Cases(ctx, supervision.Filter{Limit: 20})
				if err == nil && len(page.Cases) != 20 {
					return fmt.Errorf("%d cases", len(page.Cases))
				}
				return err
			},
			"number": func() error {
				page, err := w.Cases(ctx, supervision.Filter{Number: "NO9000", Limit: 20})
				if err == nil && len(page.Cases) != 1 {
					return fmt.Errorf("%d cases", len(page.Cases))
				}
				return err
			},
			"overview": func() error {
				o, err := w.Overview(ctx)
				if err == nil && o.Total.Red+o.Total.Yellow+o.Total.Rest != cases/size.runs {
					return fmt.Errorf("%+v", o.Total)
				}
				return err
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, cases), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					begin := time.Now()
					if err := ask(); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(begin))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			})
		}
	}
}
