package supervision_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// recount is what the migration counts for cases that were there before it.
func recount(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("migrations/0003_supervision_count.sql")
	if err != nil {
		tb.Fatal(err)
	}
	_, insert, ok := strings.Cut(string(text), "INSERT INTO supervision_count")
	insert, _, ended := strings.Cut(insert, ";")
	if !ok || !ended {
		tb.Fatal("the migration counts nothing")
	}
	return "INSERT INTO supervision_count" + insert
}

// tallies are the counted rows that aren't empty, in words.
func tallies(tb testing.TB, q store.Querier, query string) (list []string) {
	tb.Helper()
	rows, err := q.QueryContext(tb.Context(), query)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var day int64
		var organisation, hall, region, name string
		n := [6]int{}
		if err := rows.Scan(&day, &organisation, &hall, &region, &name, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]); err != nil {
			tb.Fatal(err)
		}
		if n != [6]int{} {
			list = append(list, fmt.Sprint(day, organisation, hall, region, n))
		}
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func TestCountsAreWhatCountingAllCasesFinds(t *testing.T) {
	all := "SELECT " + strings.SplitN(recount(t), "SELECT ", 2)[1]
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		kinds := []string{
			"case.submitted", "case.accepted", "case.accepted", "case.held", "case.resumed", "case.extended", "case.decided", "case.closed", "case.withdrawn", "case.terminated",
		}
		random := rand.New(rand.NewPCG(1, 2))
		for step := range 240 {
			id := fmt.Sprintf("c%d", random.IntN(25))
			kind := kinds[random.IntN(len(kinds))]
			if step < 25 {
				id, kind = fmt.Sprintf("c%d", step), "case.submitted"
			}
			more := []any{"hall", []string{"demo", "east", ""}[random.IntN(3)], "organisation", []string{"market", "fire"}[random.IntN(2)]}
			if kind == "case.accepted" {
				more = append(more, "promised", w.clockOf(limit.WorkingDays, 1+random.IntN(6)))
			}
			w.says(kind, id, more...)
			if step%20 == 19 {
				w.at(w.clock().AddDate(0, 0, 1).Format("2006-01-02 15:04"))
			}
		}
		q := w.store.Read()
		want := tallies(t, q, all)
		got := tallies(t, q, "SELECT day, organisation, hall, region, name, red, yellow, rest, accepted, ended, late FROM supervision_count")
		if len(want) < 20 || !slices.Equal(got, want) {
			t.Errorf("counted\n%s\nthere are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
