package supervision_test

import (
	"fmt"
	"testing"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// changed tells that a region's working days were changed.
func (w *watch) changed(region string) {
	w.t.Helper()
	err := w.store.Write(w.t.Context(), "days", func(tx *store.Tx) error {
		return tx.Publish(w.t.Context(), "", "appointment.days-changed", region, map[string]any{"region": region, "days": []string{"2026-03-05"}})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for {
		n, err := w.store.Deliver(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestLightsFollowTheirRegionsDays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.days = map[calendar.Day]calendar.Rule{}
		w.accept("c1") // promised by 2026-03-09
		w.at("2026-03-04 10:00")
		w.days[calendar.Day{Year: 2026, Month: 3, Day: 5}] = calendar.Rule{Name: "防汛"}
		w.changed("330100")
		w.at("2026-03-04 10:01")
		w.at("2026-03-06 12:00") // was yellow without the day off
		if got := w.light("c1"); got != limit.Green || w.signals() != "" {
			t.Errorf("%s, signals %q", got, w.signals())
		}
		w.at("2026-03-10 00:01") // was red
		if got := w.light("c1"); got != limit.Yellow || w.signals() != "promise-near" {
			t.Errorf("%s, signals %q", got, w.signals())
		}
		w.at("2026-03-11 00:01")
		if got := w.light("c1"); got != limit.Red {
			t.Errorf("%s", got)
		}
		// A day less: what was green is late at once, by the clock alone.
		w.at("2026-03-16 10:00")
		w.accept("c2") // by 2026-03-23
		w.days[calendar.Day{Year: 2026, Month: 3, Day: 21}] = calendar.Rule{Work: true, Name: "补班"}
		w.days[calendar.Day{Year: 2026, Month: 3, Day: 22}] = calendar.Rule{Work: true, Name: "补班"}
		w.changed("330102")
		w.at("2026-03-22 00:01")
		if got := w.light("c2"); got != limit.Red {
			t.Errorf("the make-up days don't count: %s", got)
		}
	})
}

func TestAllLightsOfARegionAreLookedAtAgain(t *testing.T) {
	w := open(t, sqldbtest.File(t))
	for i := range 3 {
		w.says("case.submitted", fmt.Sprintf("01AAAAAAAAAAAAAAAAAAAA%04d", i))
	}
	// More than a batch, stored as they are.
	err := w.store.Write(t.Context(), "fill", func(tx *store.Tx) error {
		for i := range 1200 {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO supervision_case SELECT $1, application_no, case_no, item, item_name, organisation, organisation_name, region, hall, mode,
				parent, applicant, state, running, submitted_at, accepted_at, ended_at, promised, statutory, light, rank, red_at, 0, changed_at
				FROM supervision_case WHERE id = '01AAAAAAAAAAAAAAAAAAAA0000'`, fmt.Sprintf("01BBBBBBBBBBBBBBBBBBBB%04d", i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.changed("330102")
	var n int
	if err := w.store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM supervision_case WHERE turns_at > 0`).Scan(&n); err != nil || n != 1203 {
		t.Errorf("%d of 1203 are looked at again, %v", n, err)
	}
}

func TestAYearWithoutItsDaysOffIsTold(t *testing.T) {
	w := open(t, sqldbtest.File(t))
	w.days = map[calendar.Day]calendar.Rule{}
	for _, tt := range []struct {
		now   string
		known int // days off of 2027 that were set
		want  string
	}{
		{"2026-10-31 23:59", 0, "[]"},
		{"2026-11-01 00:00", 0, "[2027]"},
		{"2026-11-20 09:00", 1, "[2027]"}, // one flood isn't a year
		{"2026-12-31 09:00", 13, "[]"},
		{"2027-01-01 09:00", 13, "[]"},
		{"2027-11-01 09:00", 13, "[2028]"},
		{"2028-02-01 09:00", 13, "[2028]"},
	} {
		clear(w.days)
		for i := range tt.known {
			w.days[calendar.Day{Year: 2027, Month: 10, Day: 1 + i}] = calendar.Rule{Name: "国庆节"}
		}
		w.at(tt.now)
		o, err := w.Overview(w.supervisor())
		if got := fmt.Sprint(o.UnknownYears); err != nil || got != tt.want {
			t.Errorf("%s with %d days: %s, %v, want %s", tt.now, tt.known, got, err, tt.want)
		}
	}
}
