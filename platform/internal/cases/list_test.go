package cases_test

import (
	"slices"
	"testing"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/store"
)

// Each list of the window is complete: what lies beyond its first page follows,
// once, and nothing else is in it.
func TestListsOfTheWindowAreComplete(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		want := map[cases.List][]string{}
		for i := range 130 {
			state, list := cases.Submitted, cases.ToReview
			switch i % 3 {
			case 1:
				state, list = cases.Decided, cases.ToHand
			case 2:
				state, list = cases.Prepared, cases.Going
			}
			if i < 10 {
				state, list = cases.Accepted, "" // with all their materials
			}
			d := c.example(i, state)
			switch {
			case i%26 == 24 && state == cases.Submitted: // a package on its way
				d.Package, list = "shop", cases.Going
			case i >= 105 && i < 108:
				d.State, d.Deferred, list = cases.Accepted, 1, cases.Awaiting
			}
			c.must(c.in(func(tx *store.Tx) error { return c.Insert(t.Context(), tx, &d) }))
			if list != "" {
				want[list] = append(want[list], d.ID)
			}
		}
		for list, ids := range want {
			var got []string
			for f := (cases.Filter{List: list}); ; {
				found, err := c.Find(c.clerk(), f)
				c.must(err)
				if len(found.Cases) > 50 {
					t.Fatalf("%s: a page of %d", list, len(found.Cases))
				}
				for _, d := range found.Cases {
					got = append(got, d.ID)
				}
				if f.After = found.Next; f.After == "" {
					break
				}
			}
			slices.Sort(got)
			slices.Sort(ids)
			if !slices.Equal(got, ids) {
				t.Errorf("%s has %d cases, want %d", list, len(got), len(ids))
			}
		}
		if len(want[cases.Going]) < 40 || len(want[cases.Awaiting]) != 3 {
			t.Fatalf("the test made %d on their way, %d awaiting", len(want[cases.Going]), len(want[cases.Awaiting]))
		}
	})
}

// What comes later is in its list from the acceptance until it is brought.
func TestACaseAwaitsItsMaterialsInTheirList(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		in := func() int {
			found, err := c.Find(c.clerk(), cases.Filter{List: cases.Awaiting})
			c.must(err)
			return len(found.Cases)
		}
		if c.accepted(1); in() != 0 {
			t.Error("a case that awaits nothing is in the list")
		}
		d := c.deferred(2)
		if in() != 1 {
			t.Error("a case that awaits a material isn't in the list")
		}
		for _, m := range d.Dossier.Materials {
			if m.Due != "" {
				_, err := c.Provide(c.clerk(), d.ID, m.ID, cases.Provide{Paper: true})
				c.must(err)
			}
		}
		if in() != 0 {
			t.Error("a case whose material came is in the list still")
		}
	})
}
