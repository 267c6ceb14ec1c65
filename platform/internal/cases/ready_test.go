package cases_test

import (
	"encoding/json"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/store"
)

// TestAHallIsToldWhatWaitsThere holds that a screen in public shows whose result
// waits there, and nothing that names her.
func TestAHallIsToldWhatWaitsThere(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		asked := func(hall string) []cases.Ready {
			t.Helper()
			got, err := c.AskedReady(access.With(t.Context(), access.Caller{Kind: access.Hall, ID: hall}), "feed", json.RawMessage(`{}`))
			c.must(err)
			list, ok := got.(cases.ReadyList)
			if !ok {
				t.Fatalf("answered %T", got)
			}
			return list.Cases
		}
		d := c.submitted(1)
		_, err := c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Paper: true})
		c.must(err)
		c.good(c.get(d.ID))
		d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Hall: "east", Window: "3号"}, "")
		c.must(err)
		if got := asked("east"); len(got) != 0 {
			t.Errorf("before the decision: %+v", got)
		}
		c.must(c.in(func(tx *store.Tx) error {
			return c.Ended(t.Context(), tx, d.ID, cases.Decision{Approved: true, Reason: "符合条件"})
		}))
		got := asked("east")
		if len(got) != 1 || got[0].Applicant == "" || !strings.HasSuffix(d.CaseNo, got[0].Tail) || len(got[0].Tail) != 4 || got[0].Result == "" {
			t.Fatalf("waits there: %+v", got)
		}
		text, err := json.Marshal(got)
		c.must(err)
		for _, secret := range []string{number(1), "13800000001", "张三", d.CaseNo} {
			if strings.Contains(string(text), secret) {
				t.Errorf("a screen would show %s", secret)
			}
		}
		if got := asked("west"); len(got) != 0 {
			t.Errorf("another hall is told %+v", got)
		}
		c.must(c.in(func(tx *store.Tx) error { return c.Delivered(t.Context(), tx, d.ID, "本人签收") }))
		if got := asked("east"); len(got) != 0 {
			t.Errorf("after it was handed over: %+v", got)
		}
		_, err = c.AskedReady(c.clerk(), "feed", nil)
		c.refused(err, cases.ErrUnknown)
	})
}
