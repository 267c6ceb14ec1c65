package cases_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// auditEntry is a line of the log.
type auditEntry = audit.Entry

// example is the i-th case of many, in a state. Everybody has ten.
func (c *city) example(i int, state cases.State) cases.Case {
	d := cases.Case{
		ID: store.NewID(), Item: "food", ItemVersion: 3, ItemName: "食品经营许可", Organisation: "market", OrganisationName: "东湖区市场监督管理局", Region: "330102",
		Standing: cases.Standing{State: state, Mode: cases.Online, Taken: state != cases.Submitted}, Number: fmt.Sprintf("SQ20260101%06d", i), CaseNo: fmt.Sprintf("11330102DEM%032d", i),
		QueryCode: "ABCDEFGH", Person: fmt.Sprintf("p%d", i/10), Holder: c.HolderOf(number(i / 10)), SubmittedAt: start, AcceptedAt: start, PromisedDue: "2026-11-30", StatutoryDue: "2026-12-21",
		Applicant: cases.Applicant{Name: "张三", IDNumber: number(i / 10), Phone: "13800000001"}, Edition: 1,
		Stages: []cases.Stage{{Kind: cases.StageApplication, Begun: start, Ended: start, Who: "申请人"}, {Kind: cases.StageReview, Begun: start, Who: "东湖区市场监督管理局"}},
	}
	d.Time = cases.Time{Begun: start, Statutory: limit.Term{Unit: limit.WorkingDays, Days: 20}, Promised: limit.Term{Unit: limit.WorkingDays, Days: 5}}
	d.Dossier = cases.Dossier{Values: map[string]any{"shop": "湖畔面馆", "address": "湖滨路 1 号"}, Delivery: cases.Delivery{Way: cases.Collect}, Materials: []cases.Material{
		{ID: "form", Name: "申请书", Source: cases.Upload, Review: cases.Good}, {ID: "lease", Name: "场所使用证明", Source: cases.OnPaper, Review: cases.Good},
	}}
	return d
}

// fast stores the i-th case of many.
func (c *city) fast(i int, state cases.State) {
	c.tb.Helper()
	d := c.example(i, state)
	c.must(c.in(func(tx *store.Tx) error { return c.Insert(c.tb.Context(), tx, &d) }))
}

// fill stores n cases: one in fifty is open, as in a city that closes most of
// what it takes within days. Every list has a whole page with the fewest, too:
// half a page would be read in half the time.
func (c *city) fill(n int) {
	c.tb.Helper()
	const batch = 5000
	for from := 0; from < n; from += batch {
		c.must(c.in(func(tx *store.Tx) error {
			for i := from; i < min(from+batch, n); i++ {
				state := cases.Closed
				if i%50 == 0 {
					state = []cases.State{cases.Submitted, cases.Accepted, cases.Decided, cases.Draft}[i/50%4]
				}
				d := c.example(i, state)
				if state == cases.Accepted {
					d.Deferred = 1
				}
				if err := c.Insert(c.tb.Context(), tx, &d); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// sizes are how many cases the benchmarks fill in: SMARTHALL_CASES adds one,
// such as 1000000, which takes minutes.
func sizes() []int {
	list := []int{10_000}
	if n, err := strconv.Atoi(os.Getenv("SMARTHALL_CASES")); err == nil && n > 0 {
		list = append(list, n)
	}
	return list
}

// most is how many times as long an answer may take with many more cases; below
// quick, in µs, the processor's caches decide and not the number of cases.
const (
	most  = 1.5
	quick = 250
)

// BenchmarkManyCases measures what people and clerks ask most, in a database
// of many cases: the medians of 10,000 and 1,000,000 have to be alike.
func BenchmarkManyCases(b *testing.B) {
	few := map[string]float64{} // medians with the first size, in µs
	for _, n := range sizes() {
		for _, engine := range []struct {
			name   string
			target func(testing.TB) string
		}{{"SQLite", sqldbtest.File}, {"PostgreSQL", sqldbtest.Postgres}} {
			b.Run(fmt.Sprintf("%s/%d", engine.name, n), func(b *testing.B) {
				c := open(b, engine.target(b))
				c.fill(n)
				_ = exec.CommandContext(b.Context(), "sync").Run() // what was filled mustn't be written while it is measured
				clerk := c.clerk()
				for name, one := range map[string]func(i int) error{
					"query": func(i int) error {
						_, err := c.Query(b.Context(), fmt.Sprintf("SQ20260101%06d", i%n), "ABCDEFGH", "")
						return err
					},
					"mine": func(i int) error {
						list, err := c.Own(c.person(i%(n/10)), "")
						if err == nil {
							_, err = c.Summaries(clerk, list)
						}
						return err
					},
					"list": func(i int) error {
						f, err := c.Find(clerk, cases.Filter{State: []cases.State{cases.Submitted, cases.Accepted, cases.Decided}[i%3]})
						if err == nil {
							_, err = c.Summaries(clerk, f.Cases)
						}
						return err
					},
					"waiting": func(i int) error {
						f, err := c.Find(clerk, cases.Filter{List: []cases.List{cases.ToReview, cases.Awaiting, cases.ToHand, cases.Going}[i%4]})
						if err == nil {
							_, err = c.Summaries(clerk, f.Cases)
						}
						return err
					},
				} {
					var middle float64
					b.Run(name, func(b *testing.B) {
						var took []time.Duration
						for i := range b.N {
							begun := time.Now()
							if err := one(i * 7919); err != nil {
								b.Fatal(err)
							}
							took = append(took, time.Since(begun))
						}
						middle = float64(median(took).Nanoseconds()) / 1000
						b.ReportMetric(middle, "µs/median")
						if first := few[engine.name+name]; first > 0 {
							b.ReportMetric(middle/first, "of-few")
						}
					})
					if first, ok := few[engine.name+name]; !ok {
						few[engine.name+name] = middle
					} else if middle > most*max(first, quick) {
						b.Errorf("%s with %d cases takes %.0f µs, with fewer %.0f", name, n, middle, first)
					}
				}
			})
		}
	}
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}
