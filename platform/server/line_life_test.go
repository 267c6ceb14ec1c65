package server

import (
	"net/http"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/store"
)

func TestTheDemoCityHasAPastOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := openCity(t, target)
		if err := c.giveDemoLife(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now := store.Millis(c.store.Now()); now != store.Millis(c.watch.clock()) {
			t.Fatalf("the clock is still turned back: %d", now)
		}
		before := c.lived()
		if err := c.giveDemoLife(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := c.lived(); after != before {
			t.Errorf("it has another past: %v, before %v", after, before)
		}
		for state, least := range map[string]int{
			"draft": 1, "submitted": 3, "supplementing": 1, "prepared": 1, "accepted": 15, "decided": 1, "closed": 12, "not-accepted": 1, "withdrawn": 1, "terminated": 1,
		} {
			if n := len(c.do("shouli", http.MethodGet, "/acceptance/cases?state="+state, nil).list("cases")); n < least {
				t.Errorf("%d cases are %s, want at least %d", n, state, least)
			}
		}
		lights := map[string]int{}
		for _, k := range c.do("jiancha", http.MethodGet, "/supervision/cases?limit=100", nil).list("cases") {
			lights[k.text("light")]++
		}
		if lights["red"] < 3 || lights["red"] > 8 || lights["yellow"] < 3 || lights["green"] < 3 || lights["paused"] < 2 {
			t.Errorf("lights: %v", lights)
		}
		if red := c.do("jiancha", http.MethodGet, "/supervision/cases?light=red&limit=100", nil).list("cases"); len(red) != lights["red"] {
			t.Errorf("%d are red, the filter finds %d", lights["red"], len(red))
		}
		if orders := c.do("rendai", http.MethodGet, "/supervision/orders", nil).list("orders"); len(orders) != 1 {
			t.Errorf("urging notices: %v", orders)
		}
		if wishes := c.do("rendai", http.MethodGet, "/tasks?view=extensions", nil).list("tasks"); len(wishes) != 1 {
			t.Errorf("wishes for more time: %v", wishes)
		}
		for _, who := range []string{"shenpi", "weishen", "xiaoshen", "jingshen", "renshen", "zhushen"} {
			if n := len(c.do(who, http.MethodGet, "/tasks?view=mine", nil).list("tasks")) + len(c.do(who, http.MethodGet, "/tasks?view=claimable", nil).list("tasks")); n < 1 {
				t.Errorf("%s has nothing to do", who)
			}
		}
		if _, err := c.audit.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// lived is how much has happened.
func (c *city) lived() (n [4]int) {
	c.t.Helper()
	for i, table := range []string{"case_record", "supervision_log", "flow_task", "evaluation_voice"} {
		if err := c.store.Read().QueryRowContext(c.t.Context(), `SELECT count(*) FROM `+table).Scan(&n[i]); err != nil {
			c.t.Fatal(err)
		}
	}
	return n
}
