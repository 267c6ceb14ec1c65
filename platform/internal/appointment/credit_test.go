package appointment_test

import (
	"encoding/json"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// misses has the i-th person miss a visit on the next day: its report comes in
// the evening.
func (c *city) misses(i int, how appointment.State) {
	c.tb.Helper()
	for tomorrow := c.clock().AddDate(0, 0, 1); ; tomorrow = tomorrow.AddDate(0, 0, 1) {
		if w := tomorrow.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		b := c.book(c.person(i), visit(tomorrow.Format(time.DateOnly), nine))
		c.at(tomorrow.Add(9 * time.Hour))
		if how == appointment.Unserved {
			c.must(c.says("east", b, appointment.CheckedIn))
		}
		c.must(c.says("east", b, how))
		c.at(c.clock().Add(-9 * time.Hour))
		return
	}
}

func TestWhoMissesMoreThanThreeInAMonthIsSuspended(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		for i, how := range []appointment.State{appointment.Missed, appointment.Unserved, appointment.Missed} {
			c.misses(1, how)
			if n := c.sent("appointment.missed"); len(n) != 1 || n[0].Vars["count"] != string(rune('1'+i)) || n[0].Vars["limit"] != "4" {
				t.Errorf("told of %d misses: %+v", i+1, n)
			}
		}
		credit, err := c.Credit(c.person(1))
		if err != nil || credit.Misses != 3 || credit.Suspension != nil {
			t.Fatalf("after three: %+v, %v", credit, err)
		}
		c.misses(1, appointment.Missed)
		if n := len(c.sent("appointment.suspended")); n != 1 {
			t.Errorf("told %d times", n)
		}
		next := c.clock().AddDate(0, 0, 3).Format(time.DateOnly) // Tuesday
		_, _, err = c.Book(c.person(1), visit(next, nine))
		c.refused(err, appointment.ErrSuspended)
		_, _, err = c.BookFor(c.staff("330102"), visit(next, nine), appointment.Caller{Name: "张三", IDNumber: number(1), Phone: "13800000001"})
		c.must(err) // by telephone she may
		c.book(c.person(2), visit(next, nine))
		c.at(c.clock().AddDate(0, 0, 31))
		c.must(c.Lapse(t.Context()))
		c.book(c.person(1), visit(c.clock().AddDate(0, 0, 1).Format(time.DateOnly), nine)) // it is over, and she begins anew
	})
}

func TestOldMissesDontCount(t *testing.T) {
	c := file(t)
	for range 3 {
		c.misses(1, appointment.Missed)
	}
	c.at(c.clock().AddDate(0, 0, 31))
	c.misses(1, appointment.Missed)
	if credit, err := c.Credit(c.person(1)); err != nil || credit.Misses != 1 || credit.Suspension != nil {
		t.Errorf("%+v, %v", credit, err)
	}
}

func TestTheRulesOfCreditAreSet(t *testing.T) {
	c := file(t)
	c.must(c.SetRules(c.staff("330100"), appointment.Rules{Misses: 1, Days: 10, Suspended: 5}))
	c.misses(1, appointment.Missed)
	c.misses(1, appointment.Missed)
	credit, err := c.Credit(c.person(1))
	if err != nil || credit.Suspension == nil || credit.Suspension.Until.Sub(credit.Suspension.Begun) != 5*24*time.Hour {
		t.Fatalf("%+v, %v", credit, err)
	}
	c.must(c.SetRules(c.staff("330100"), appointment.Rules{Days: 10, Suspended: 5})) // off
	for range 6 {
		c.misses(2, appointment.Missed)
	}
	if credit, err := c.Credit(c.person(2)); err != nil || credit.Suspension != nil {
		t.Errorf("%+v, %v", credit, err)
	}
}

func TestAnAppealIsAnswered(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		c.must(c.SetRules(c.staff("330100"), appointment.Rules{Misses: 1, Days: 30, Suspended: 30}))
		c.refused(c.Appeal(c.person(1), "我没有爽约"), appointment.ErrNoAppeal)
		for _, who := range []int{1, 2} {
			c.misses(who, appointment.Missed)
			c.misses(who, appointment.Missed)
			c.refused(c.Appeal(c.person(who), "不"), appointment.ErrInput)
			c.must(c.Appeal(c.person(who), "当天医院急诊，有证明"))
			c.refused(c.Appeal(c.person(who), "当天医院急诊，有证明"), appointment.ErrNoAppeal)
		}
		if list, err := c.Appeals(c.staff("330103")); err != nil || len(list) != 0 {
			t.Errorf("another district sees %v, %v", list, err)
		}
		list, err := c.Appeals(c.staff("330102"))
		if err != nil || len(list) != 2 || list[0].Appeal != "当天医院急诊，有证明" {
			t.Fatalf("appeals %+v, %v", list, err)
		}
		c.refused(c.Decide(c.staff("330103"), list[0].ID, true, "同意"), appointment.ErrDecided)
		c.refused(c.Decide(c.staff("330102"), list[0].ID, true, ""), appointment.ErrInput)
		c.must(c.Decide(c.staff("330102"), list[0].ID, true, "情况属实，予以恢复"))
		c.must(c.Decide(c.staff("330102"), list[1].ID, false, "没有证明，维持暂停"))
		c.refused(c.Decide(c.staff("330102"), list[0].ID, false, "再想想"), appointment.ErrDecided)
		if n := c.sent("appointment.appeal"); len(n) != 2 || n[0].Vars["result"] != "恢复" || n[0].To.Person != "p1" {
			t.Errorf("told %+v", n)
		}
		credit, err := c.Credit(c.person(1))
		if err != nil || credit.Suspension != nil || credit.Lifted == nil || credit.Lifted.Answer != "情况属实，予以恢复" || credit.Suspended != 30 {
			t.Errorf("after the appeal: %+v, %v", credit, err)
		}
		credit, err = c.Credit(c.person(2))
		if err != nil || credit.Suspension == nil || credit.Suspension.State != "upheld" || credit.Suspension.Answer != "没有证明，维持暂停" || credit.Lifted != nil {
			t.Errorf("after an appeal in vain: %+v, %v", credit, err)
		}
		day := c.clock().AddDate(0, 0, 4).Format(time.DateOnly)
		c.book(c.person(1), visit(day, nine))
		_, _, err = c.Book(c.person(2), visit(day, nine))
		c.refused(err, appointment.ErrSuspended)
	})
}

func TestTheHallsReportsMoveABookingOn(t *testing.T) {
	type step struct {
		say  appointment.State
		want appointment.State
	}
	for name, steps := range map[string][]step{
		"a visit":                    {{"checked-in", "checked-in"}, {"served", "served"}, {"served", "served"}},
		"one that ends unserved":     {{"checked-in", "checked-in"}, {"unserved", "unserved"}},
		"reports in another order":   {{"served", "served"}, {"checked-in", "served"}, {"missed", "served"}},
		"one that was served late":   {{"missed", "missed"}, {"served", "served"}},
		"one cancelled at the hall":  {{"cancelled", "cancelled"}, {"missed", "cancelled"}},
		"a ticket that was given up": {{"checked-in", "checked-in"}, {"cancelled", "cancelled"}},
		"one the hall refused":       {{"refused", "refused"}, {"missed", "refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := file(t)
			b := c.book(c.person(1), visit(tuesday, nine))
			for _, s := range steps {
				c.must(c.says("east", b, s.say))
				if got := c.state(b); got != s.want {
					t.Fatalf("after %s it is %s, want %s", s.say, got, s.want)
				}
			}
		})
	}
}

func TestWhatHallsMayNotSay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		b := c.book(c.person(1), visit(tuesday, nine))
		c.refused(c.says("west", b, appointment.Missed), appointment.ErrEvent)
		c.refused(c.says("east", b, appointment.Missed, func(r *appointment.Report) { r.Ticket = string(make([]byte, 1000)) }), appointment.ErrEvent)
		c.must(c.says("east", appointment.Booking{ID: "booked-at-the-hall"}, appointment.Served))
		c.must(c.says("east", appointment.Booking{ID: "' OR '1'='1"}, appointment.Missed))
		if got := c.state(b); got != appointment.Booked {
			t.Errorf("it is %s", got)
		}
	})
}

func TestAHallThatEndsABookingTellsTheHolder(t *testing.T) {
	c := file(t)
	closed := func(r *appointment.Report) { r.Reason = "hall-closed" }
	b := c.book(c.person(1), visit(tuesday, nine))
	c.must(c.says("east", b, appointment.Cancelled, closed))
	if n := c.sent("appointment.cancelled"); len(n) != 1 || n[0].Vars["reason"] != "大厅当日未开放" {
		t.Errorf("told %+v", n)
	}
	if len(c.down(appointment.TypeCancelled)) != 0 {
		t.Error("the hall hears what it said")
	}
	if got := c.left("invoice", tuesday, nine); got != 10 {
		t.Errorf("%d places left", got)
	}
	b = c.book(c.person(1), visit(tuesday, nine))
	c.must(c.says("east", b, appointment.Refused, func(r *appointment.Report) { r.Reason, r.Type = "service.closed", appointment.TypeBooked }))
	if n := c.sent("appointment.cancelled"); len(n) != 1 || n[0].Vars["reason"] != "大厅暂不能接待" {
		t.Errorf("told %+v", n)
	}
	// She gave it up here while she was at the hall already: the visit counts.
	b = c.book(c.person(1), visit(tuesday, nine))
	if _, err := c.Cancel(c.person(1), b.ID, ""); err != nil {
		t.Fatal(err)
	}
	c.must(c.says("east", b, appointment.CheckedIn))
	c.must(c.says("east", b, appointment.Refused, func(r *appointment.Report) { r.Type = appointment.TypeCancelled }))
	c.must(c.says("east", b, appointment.Unserved))
	if got := c.state(b); got != appointment.Cancelled {
		t.Errorf("it is %s", got)
	}
	c.must(c.says("east", b, appointment.Served))
	if got := c.state(b); got != appointment.Served {
		t.Errorf("it is %s", got)
	}
	if credit, err := c.Credit(c.person(1)); err != nil || credit.Misses != 0 {
		t.Errorf("%+v, %v", credit, err)
	}
}

func TestRemindersComeTheEveningBeforeAndAnHourBefore(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		b := c.book(c.person(1), visit(wednesday, two))
		gone := c.book(c.person(2), visit(wednesday, two))
		moved := c.book(c.person(3), visit(tuesday, nine))
		if _, err := c.Cancel(c.person(2), gone.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Move(c.person(3), moved.ID, "2026-11-27", nine); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, tt := range []struct {
			at   time.Time
			want string
		}{
			{time.Date(2026, 11, 24, 17, 59, 0, 0, china), ""},
			{time.Date(2026, 11, 24, 18, 0, 0, 0, china), "明天"},
			{time.Date(2026, 11, 24, 18, 1, 0, 0, china), ""},
			{time.Date(2026, 11, 24, 12, 0, 0, 0, china), ""}, // the clock goes back
			{time.Date(2026, 11, 24, 18, 2, 0, 0, china), ""},
			{time.Date(2026, 11, 25, 13, 0, 0, 0, china), "1 小时内"},
			{time.Date(2026, 11, 25, 13, 30, 0, 0, china), ""},
			{time.Date(2026, 11, 25, 14, 30, 0, 0, china), ""},
		} {
			c.at(tt.at)
			c.sent("")
			for range 2 {
				c.must(c.Remind(t.Context()))
			}
			list := c.sent("appointment.reminder")
			if tt.want == "" && len(list) != 0 || tt.want != "" && (len(list) != 1 || list[0].Vars["when"] != tt.want || list[0].Vars["number"] != b.Number) {
				t.Errorf("%s: %+v, want %q", tt.at.Format(time.DateTime), list, tt.want)
			}
			for _, n := range list {
				keys = append(keys, n.Key)
			}
		}
		if len(keys) != 2 || keys[0] == keys[1] {
			t.Errorf("keys %v", keys)
		}
		late := c.book(c.person(4), visit("2026-11-26", nine))
		c.at(late.Begins.Add(time.Minute)) // the platform was away all the time
		c.must(c.Remind(t.Context()))
		if n := len(c.sent("appointment.reminder")); n != 0 {
			t.Errorf("%d reminders after the visit began", n)
		}
	})
}

func TestABookingOfWhichNobodySaysAnythingLapses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		b := c.book(c.person(1), visit(tuesday, nine))
		c.at(b.Ends.Add(47 * time.Hour))
		c.must(c.Lapse(t.Context()))
		if got := c.state(b); got != appointment.Booked {
			t.Errorf("it is %s", got)
		}
		c.at(b.Ends.Add(49 * time.Hour))
		c.must(c.Lapse(t.Context()))
		if got := c.state(b); got != appointment.Lapsed {
			t.Errorf("it is %s", got)
		}
		c.book(c.person(1), visit("2026-11-27", nine))
		c.must(c.says("east", b, appointment.Missed)) // the hall is back
		if credit, err := c.Credit(c.person(1)); err != nil || credit.Misses != 1 {
			t.Errorf("%+v, %v", credit, err)
		}
		c.at(b.Ends.AddDate(1, 0, 1))
		c.must(c.Sweep(t.Context()))
		old, err := c.Get(c.person(1), b.ID)
		if err != nil || old.Name != "" || old.IDNumber != "" || old.Phone != "" || old.Number != b.Number {
			t.Errorf("after a year it is still %s's, %v", old.Name, err)
		}
	})
}

func TestNobodyAppealsForAnother(t *testing.T) {
	c := file(t)
	ctx := access.With(t.Context(), access.Caller{Kind: access.Person, ID: "nobody"})
	c.refused(c.Appeal(ctx, "请恢复我的预约"), identity.ErrUnknown)
	_, err := c.Credit(ctx)
	c.refused(err, identity.ErrUnknown)
	_, _, err = c.BookFor(c.staff("330102"), appointment.Request{Hall: "north"}, appointment.Caller{})
	c.refused(err, node.ErrNoHall)
}

func TestWhatAHallBooksByItselfUsesPlaces(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		books := func(id string, at time.Time, service string) {
			t.Helper()
			data, err := json.Marshal(map[string]any{"id": id, "service": service, "from": at, "to": at.Add(time.Hour), "via": "phone"})
			c.must(err)
			e := store.Event{ID: store.NewID(), Type: appointment.TypeBooked, Subject: id, Data: data}
			c.must(c.store.Write(t.Context(), "take", func(tx *store.Tx) error { return c.handlers[e.Type](t.Context(), tx, "east", e) }))
		}
		local := appointment.Booking{ID: "h1"}
		at := time.Date(2026, 11, 24, 9, 30, 0, 0, china)
		books("h1", at, "tax")
		books("h1", at, "tax")
		books("h2", at.Add(time.Hour), "tax")
		books("h3", at, "food")                  // nobody books it here
		books("h4", at.Add(-2*time.Hour), "tax") // out of all periods
		if a, b := c.left("invoice", tuesday, nine), c.left("invoice", tuesday, ten); a != 9 || b != 9 {
			t.Errorf("%d and %d places left, want 9 and 9", a, b)
		}
		books("h1", at.Add(time.Hour), "tax") // moved
		if a, b := c.left("invoice", tuesday, nine), c.left("invoice", tuesday, ten); a != 10 || b != 8 {
			t.Errorf("%d and %d places left, want 10 and 8", a, b)
		}
		for range 2 {
			c.must(c.says("east", local, appointment.Cancelled))
		}
		c.must(c.says("west", appointment.Booking{ID: "h2"}, appointment.Cancelled)) // not its own
		c.must(c.says("east", appointment.Booking{ID: "h2"}, appointment.Served))
		if got := c.left("invoice", tuesday, ten); got != 9 {
			t.Errorf("%d places left, want 9", got)
		}
		counts, err := c.Statistics(c.staff("330102"), "east", day(t, tuesday), day(t, tuesday))
		if err != nil || len(counts) != 2 || counts[1] != (appointment.Count{Hall: "east", Via: "phone", State: "served", Count: 1}) {
			t.Errorf("counted %+v, %v", counts, err)
		}
		b := c.book(c.person(1), visit(tuesday, nine))
		books(b.ID, at.Add(time.Hour), "tax") // an echo of ours
		if a, b := c.left("invoice", tuesday, nine), c.left("invoice", tuesday, ten); a != 9 || b != 9 {
			t.Errorf("%d and %d places left after an echo", a, b)
		}
		for _, data := range []string{`[]`, `{`, `{"id":"x","service":"tax"}`, `{"id":1}`} {
			e := store.Event{ID: store.NewID(), Type: appointment.TypeBooked, Data: json.RawMessage(data)}
			c.refused(c.store.Write(t.Context(), "take", func(tx *store.Tx) error { return c.handlers[e.Type](t.Context(), tx, "east", e) }), appointment.ErrEvent)
		}
	})
}
