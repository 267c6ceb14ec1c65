package cases_test

import (
	"errors"
	"testing"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/store"
)

// What is queried often is kept decoded; nobody may ever see it old.
func TestAQueryShowsWhatChangedAMomentAgo(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		want := func(number string, state cases.State) {
			t.Helper()
			for range 2 { // the second one finds what the first one kept
				got, err := c.Query(t.Context(), number, d.QueryCode, "")
				c.must(err)
				if got.ID != d.ID || got.State != state {
					t.Fatalf("the query of %s shows %s, %s; want %s", number, got.ID, got.State, state)
				}
			}
		}
		want(d.Number, cases.Submitted)
		_, err := c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Paper: true})
		c.must(err)
		c.good(c.get(d.ID))
		d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Hall: "east", Window: "3号"}, "")
		c.must(err)
		want(d.Number, cases.Accepted)
		want(d.CaseNo, cases.Accepted)
		undone := errors.New("undone")
		c.refused(c.in(func(tx *store.Tx) error {
			c.must(c.Ended(t.Context(), tx, d.ID, cases.Decision{Approved: true, Reason: "试验"}))
			return undone
		}), undone)
		want(d.Number, cases.Accepted)
		if _, err := c.Query(t.Context(), d.Number, "WRONG123", ""); !errors.Is(err, cases.ErrQuery) {
			t.Errorf("a wrong code: %v", err)
		}
	})
}
