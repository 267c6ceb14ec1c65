package cases_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
)

// What didn't come in time is before the head of its body, and of no other,
// until she has decided.
func TestOverdueMaterialsAreBeforeTheHead(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		first, second := c.deferred(1), c.deferred(2)
		h, _ := c.api()
		type page struct{ Materials []cases.Overdue }
		due := func(who string) (list []string) {
			for _, m := range decode[page](t, ask(h, who, http.MethodGet, "/acceptance/overdue", ""), http.StatusOK).Materials {
				list = append(list, m.Case+" "+m.Name)
			}
			return list
		}
		if got := due(marketChief); len(got) != 0 {
			t.Errorf("before it is due: %v", got)
		}
		c.at(time.Date(2026, 12, 2, 0, 1, 0, 0, china))
		c.must(c.Dun(t.Context()))
		want := []string{first.ID + " 场所使用证明", second.ID + " 场所使用证明"}
		slices.Sort(want)
		if got := due(marketChief); !slices.Equal(got, want) {
			t.Errorf("the head sees %v, want %v", got, want)
		}
		for _, who := range []string{"police/330102/chief-representative", "market/330103/chief-representative"} {
			if got := due(who); len(got) != 0 {
				t.Errorf("%s sees %v", who, got)
			}
		}
		for who, want := range map[string]int{"": http.StatusUnauthorized, "p1": http.StatusForbidden, "market/330102/clerk": http.StatusForbidden} {
			if got := ask(h, who, http.MethodGet, "/acceptance/overdue", ""); got.status != want {
				t.Errorf("%q: %v, want %d", who, got, want)
			}
		}

		_, err := c.DecideLate(c.chief(), first.ID, "lease", cases.Lateness{Decision: "extend", Due: "2026-12-09", Reason: "出租人在外地"})
		c.must(err)
		_, err = c.DecideLate(c.chief(), second.ID, "lease", cases.Lateness{Decision: "revoke", Reason: "经催告仍不补交"})
		c.must(err)
		if got := due(marketChief); len(got) != 0 {
			t.Errorf("after the decision: %v", got)
		}
		c.at(time.Date(2026, 12, 10, 0, 1, 0, 0, china))
		c.must(c.Dun(t.Context()))
		list, more, err := c.Overdue(c.chief())
		c.must(err)
		if len(list) != 1 || more || !list[0].Extended || list[0].Due != "2026-12-09" || list[0].CaseNo == "" {
			t.Errorf("after the extension: %+v, more %v", list, more)
		}
	})
}

// The last of the days that are proposed is the last that is taken.
func TestProposedDaysAreThoseOfTheCalendar(t *testing.T) {
	c := lone(t)
	d := c.deferred(1)
	c.at(time.Date(2026, 12, 30, 9, 0, 0, 0, china))
	c.must(c.Dun(t.Context()))
	list, err := c.WorkingDays(c.chief(), d.ID)
	c.must(err)
	if len(list) != 30 || list[0].String() != "2026-12-31" || list[1].Before(list[0]) {
		t.Fatalf("days %v", list)
	}
	_, err = c.WorkingDays(c.staff("police", "330102", access.RoleChief), d.ID)
	c.refused(err, cases.ErrUnknown)
	late := cases.Lateness{Decision: "extend", Due: list[29].Add(1).String(), Reason: "出租人在外地"}
	_, err = c.DecideLate(c.chief(), d.ID, "lease", late)
	c.refused(err, cases.ErrDue)
	late.Due = list[29].String()
	_, err = c.DecideLate(c.chief(), d.ID, "lease", late)
	c.must(err)
}
