package appointment_test

import (
	"errors"
	"slices"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/appointment"
)

func TestAHallIsOpenOnSaturdayMornings(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		staff := c.staff("330102")
		v := tax
		v.Periods = append(periods(20),
			appointment.Period{From: nine, To: ten, Places: 8, Weekdays: []int{6}},
			appointment.Period{From: nine, To: ten + 60, Places: 4, Weekdays: []int{2}})
		c.must(c.PutService(staff, v))
		offered := func(day string) (list []appointment.OfferPeriod) {
			offers, err := c.Offers(t.Context(), "invoice", "")
			c.must(err)
			for _, d := range offers[0].Days {
				if d.Day == day {
					list = d.Periods
				}
			}
			return list
		}
		for day, want := range map[string][]appointment.OfferPeriod{
			saturday:     {{From: nine, To: ten, Places: 4, Left: 4}},
			tuesday:      {{From: nine, To: ten + 60, Places: 2, Left: 2}}, // what names a day stands in for the common ones
			"2026-11-29": {},
		} {
			if got := offered(day); !slices.Equal(got, want) {
				t.Errorf("on %s: %+v, want %+v", day, got, want)
			}
		}
		if got := offered("2026-11-25"); len(got) != 3 {
			t.Errorf("on a common day: %+v", got)
		}
		for i := range 4 {
			c.book(c.person(i), visit(saturday, nine))
		}
		_, _, err := c.Book(c.person(5), visit(saturday, nine))
		c.refused(err, appointment.ErrFull)
		_, _, err = c.Book(c.person(5), visit(saturday, ten))
		c.refused(err, appointment.ErrPeriod)
		c.must(c.PutDay(staff, appointment.DayRule{Hall: "east", Day: saturday, Name: "停电"}))
		_, _, err = c.Book(c.person(6), visit(saturday, nine))
		c.refused(err, appointment.ErrDay)
	})
}

func TestPeriodsOfOneDayDontOverlap(t *testing.T) {
	c := file(t)
	staff := c.staff("330100")
	for name, v := range map[string]struct {
		days [2][]int
		ok   bool
	}{
		"other days": {[2][]int{{1, 2}, {6}}, true}, "one day in common": {[2][]int{{1, 6}, {6}}, false}, "a named day and all": {[2][]int{nil, {6}}, true},
		"all": {[2][]int{nil, nil}, false}, "an eighth day": {[2][]int{{8}, {6}}, false},
	} {
		plan := tax
		plan.Periods = []appointment.Period{{From: nine, To: ten, Places: 1, Weekdays: v.days[0]}, {From: nine, To: ten, Places: 1, Weekdays: v.days[1]}}
		if err := c.PutService(staff, plan); v.ok != (err == nil) || err != nil && !errors.Is(err, appointment.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
