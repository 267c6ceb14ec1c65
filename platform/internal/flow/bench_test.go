package flow_test

import (
	"fmt"
	"testing"

	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/store"
)

// fill puts n open tasks into the tables, of 200 people and 40 bodies: four in
// five are somebody's.
func fill(b *testing.B, o *office, n int) {
	b.Helper()
	o.begin("template", "instant", nil)
	const columns = `case_id, definition, version, case_no, title, item, organisation, region, status, state, edition, steps, begun, ended`
	o.must(o.store.Write(b.Context(), "fill", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(b.Context(), `INSERT INTO flow_instance (`+columns+`)
			WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < $1)
			SELECT 'b' || i, definition, version, 'NO' || i, title, item, organisation, region, status, state, 1, 0, begun, 0
			FROM k CROSS JOIN flow_instance WHERE case_id = 'template'`, n); err != nil {
			return err
		}
		_, err := tx.ExecContext(b.Context(), `INSERT INTO flow_task (id, case_id, number, activation, node, name, organisation, region, role, post, person, added, state,
			opened, claimed, done, done_by, result, opinion, clock, red, case_no, title)
			WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < $1)
			SELECT 't' || i, 'b' || i, 1, 1, node, name, CASE WHEN i % 40 = 0 THEN 'market' ELSE 'body' || (i % 40) END, region, role, post,
			CASE WHEN i % 5 = 0 THEN '' WHEN i % 200 = 1 THEN 'ann' ELSE 'p' || (i % 200) END, '', 'open', opened, 0, 0, '', '', '', clock,
			red + (i * 7919) % 1000000007, 'NO' || i, title
			FROM k CROSS JOIN flow_task WHERE case_id = 'template'`, n)
		return err
	}))
	// Engines plan by what they know of the tables.
	o.must(o.store.Write(b.Context(), "analyze", func(tx *store.Tx) error {
		_, err := tx.ExecContext(b.Context(), `ANALYZE`)
		return err
	}))
}

// BenchmarkMyList is the first page of somebody's tasks: it must not care how
// many there are.
func BenchmarkMyList(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		for _, view := range []flow.View{flow.Mine, flow.Claimable} {
			b.Run(fmt.Sprintf("%s/%d", view, n), func(b *testing.B) {
				o := file(b)
				fill(b, o, n)
				ctx := o.as("ann")
				for b.Loop() {
					p, err := o.Tasks(ctx, view, "", 50)
					if err != nil || len(p.Tasks) != 50 {
						b.Fatal(len(p.Tasks), err)
					}
				}
			})
		}
	}
}
