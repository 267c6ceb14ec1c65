package payment_test

import (
	"strings"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/payment"
	"smarthall/platform/internal/store"
)

// TestMoneyGivenBackIsComparedOnItsDay pays on one day and refunds on the next:
// each day has its own sum, and what only one side gave back is found.
func TestMoneyGivenBackIsComparedOnItsDay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		china := time.FixedZone("CST", 8*3600)
		paid := calendar.On(d.clock().In(china))
		orders, references := make([]payment.Order, 4), make([]string, 4)
		for i := range orders {
			orders[i], references[i] = d.begun()
			d.bank.pays(references[i], 5250, d.clock())
			if err := d.Look(t.Context(), orders[i].ID); err != nil {
				t.Fatal(err)
			}
		}
		d.forward(24 * time.Hour)
		refunded := paid.Add(1)
		for _, o := range orders[:3] { // the last one isn't given back by us
			if got, err := d.Refund(chief(t, "police"), o.ID, "多收费"); err != nil || got.State != payment.Refunded {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		d.bank.refunds = map[string][]payment.Entry{refunded.String(): {
			{Reference: references[0], Amount: 5250, Refund: true},
			{Reference: references[1], Amount: 5000, Refund: true}, // too little
			{Reference: references[3], Amount: 5250, Refund: true}, // nobody decided it
		}}
		first, err := d.Reconcile(t.Context(), paid)
		if err != nil || first.Count != 4 || first.Amount != 21000 || first.RefundCount != 0 || first.Refunded != 0 || len(first.Differences) != 0 {
			t.Errorf("the day of paying: %+v, %v", first, err)
		}
		second, err := d.Reconcile(t.Context(), refunded)
		if err != nil || second.Count != 0 || second.Amount != 0 || second.RefundCount != 3 || second.Refunded != 15500 {
			t.Errorf("the day of giving back: %+v, %v", second, err)
		}
		found := map[string]payment.Difference{}
		for _, diff := range second.Differences {
			if !diff.Refund {
				t.Errorf("%+v isn't about a payment", diff)
			}
			found[diff.Kind] = diff
		}
		if len(second.Differences) != 3 || found["amount"].Reference != references[1] || found["amount"].Ours != 5250 || found["amount"].Theirs != 5000 ||
			found["ours-only"].Reference != references[2] || found["theirs-only"].Reference != references[3] {
			t.Errorf("%+v", second.Differences)
		}
	})
}

// TestTheDemosStatementListsRefunds: what was given back stays among what was
// paid on its own day.
func TestTheDemosStatementListsRefunds(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target, func(c *payment.Config) { c.Provider = nil })
		day := calendar.On(d.clock().In(time.FixedZone("CST", 8*3600)))
		o, err := d.order(request())
		if err != nil {
			t.Fatal(err)
		}
		page, err := d.Pay(person(t, "lin", ""), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		reference := strings.TrimPrefix(page, "/pay/demo/")
		err = d.store.Write(t.Context(), "pay", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE payment_demo SET state = 'paid', at = $1 WHERE reference = $2`, store.Millis(tx.Now), reference)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Look(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.forward(24 * time.Hour)
		if _, err := d.Refund(chief(t, "police"), o.ID, "多收费"); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			day              calendar.Day
			amount, refunded int64
		}{{day, 5250, 0}, {day.Add(1), 0, 5250}} {
			r, err := d.Reconcile(t.Context(), tt.day)
			if err != nil || r.Amount != tt.amount || r.Refunded != tt.refunded || len(r.Differences) != 0 {
				t.Errorf("%s: %+v, %v", tt.day, r, err)
			}
		}
	})
}
