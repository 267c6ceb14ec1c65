package appointment_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
)

func TestACancelledPlaceIsFreeAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		b := c.book(c.person(1), visit(tuesday, nine))
		for range 2 { // the second time changes nothing
			got, err := c.Cancel(c.person(1), b.ID, "临时有事")
			if err != nil || got.State != appointment.Cancelled {
				t.Fatalf("%v, %v", got.State, err)
			}
		}
		if got := c.left("invoice", tuesday, nine); got != 10 {
			t.Errorf("%d places left, want 10", got)
		}
		events := c.down(appointment.TypeCancelled)
		if len(events) != 1 || events[0].ID != b.ID || events[0].Reason != "临时有事" {
			t.Errorf("the hall hears %+v", events)
		}
		if n := len(c.sent("appointment.cancelled")); n != 1 {
			t.Errorf("the holder hears %d times", n)
		}
	})
}

func TestAMovedBookingKeepsItsNumberAndHasOnePlace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		b := c.book(c.person(1), visit(tuesday, nine))
		got, err := c.Move(c.person(1), b.ID, wednesday, two)
		c.must(err)
		if got.Number != b.Number || got.Code != b.Code || got.Day != wednesday || got.Ends.Sub(got.Begins) != 90*time.Minute {
			t.Errorf("moved to %s %s", got.Day, got.Begins)
		}
		if again, err := c.Move(c.person(1), b.ID, wednesday, two); err != nil || again.Day != wednesday {
			t.Errorf("again: %v", err)
		}
		if left, now := c.left("invoice", tuesday, nine), c.left("invoice", wednesday, two); left != 10 || now != 9 {
			t.Errorf("%d places left where it was and %d where it is", left, now)
		}
		if events := c.down(appointment.TypeMoved); len(events) != 1 || !events[0].From.Equal(time.Date(2026, 11, 25, 14, 0, 0, 0, china)) {
			t.Errorf("the hall hears %+v", events)
		}
		// A place that isn't there leaves everything as it was.
		c.must(putPeriod(c, appointment.PeriodRule{Hall: "east", Service: "tax", Day: tuesday, From: ten, Closed: "停电"}))
		_, err = c.Move(c.person(1), b.ID, tuesday, ten)
		c.refused(err, appointment.ErrClosed)
		if now := c.left("invoice", wednesday, two); now != 9 {
			t.Errorf("%d places left after a refusal", now)
		}
	})
}

func putPeriod(c *city, r appointment.PeriodRule) error {
	_, err := c.PutPeriod(c.staff("330102"), r)
	return err
}

func TestPeopleWhoChangePlacesAtOnceLoseNone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		slots := []appointment.Clock{nine, ten, two}
		var all []appointment.Booking
		for i := range 12 {
			all = append(all, c.book(c.person(i), visit(tuesday, slots[i%3])))
		}
		var wg sync.WaitGroup
		for i, b := range all {
			wg.Go(func() {
				for k := range 6 {
					if _, err := c.Move(c.person(i), b.ID, tuesday, slots[(i+k)%3]); err != nil && !errors.Is(err, appointment.ErrFull) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, from := range slots {
			var taken, booked int
			c.must(c.store.Read().QueryRowContext(t.Context(), `SELECT taken FROM appointment_place WHERE item = '' AND start = $1`, int(from)).Scan(&taken))
			c.must(c.store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM appointment WHERE start = $1`, int(from)).Scan(&booked))
			if taken != booked {
				t.Errorf("%s: %d places for %d bookings", from, taken, booked)
			}
		}
	})
}

func TestChangesEndWithTheSlot(t *testing.T) {
	c := file(t)
	b := c.book(c.person(1), visit(tuesday, nine))
	c.at(b.Ends.Add(-time.Millisecond))
	if _, err := c.Move(c.person(1), b.ID, wednesday, nine); err != nil {
		t.Errorf("at the last moment: %v", err)
	}
	c.at(b.Ends.Add(24 * time.Hour))
	_, err := c.Cancel(c.person(1), b.ID, "")
	c.refused(err, appointment.ErrOver)
	_, err = c.Move(c.person(1), b.ID, "2026-11-27", nine)
	c.refused(err, appointment.ErrOver)
	c.at(start) // the clock goes back: it is still there, once
	if got := c.left("invoice", wednesday, nine); got != 9 {
		t.Errorf("%d places left", got)
	}
	c.must(c.says("east", b, appointment.CheckedIn))
	_, err = c.Cancel(c.person(1), b.ID, "")
	c.refused(err, appointment.ErrUsed)
}

func TestOthersBookingsArentThere(t *testing.T) {
	c := file(t)
	b := c.book(c.person(1), visit(tuesday, nine))
	for name, ctx := range map[string]context.Context{
		"another person":            c.person(2),
		"nobody":                    t.Context(),
		"a hall":                    access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "east"}),
		"staff of another district": c.staff("330103"),
		"staff with another role":   c.staff("330102", access.RoleItemEditor),
		"a person by a staff's id":  access.With(t.Context(), access.Caller{Kind: access.Person, ID: ""}),
	} {
		_, get := c.Get(ctx, b.ID)
		_, cancel := c.Cancel(ctx, b.ID, "")
		_, move := c.Move(ctx, b.ID, wednesday, nine)
		for verb, err := range map[string]error{"get": get, "cancel": cancel, "move": move} {
			if !errors.Is(err, appointment.ErrNone) {
				t.Errorf("%s: %s: %v", name, verb, err)
			}
		}
	}
	for _, id := range []string{"", "x", "' OR '1'='1", b.Code, b.Number} {
		_, err := c.Get(c.person(1), id)
		c.refused(err, appointment.ErrNone)
	}
	if _, err := c.Cancel(c.staff("330102", access.RoleServiceDesk), b.ID, ""); !errors.Is(err, appointment.ErrNone) {
		t.Errorf("a service desk cancelled: %v", err)
	}
	if got, err := c.Cancel(c.staff("330100"), b.ID, "大厅检修"); err != nil || got.Reason != "大厅检修" {
		t.Errorf("staff of the city: %v", err)
	}
}
