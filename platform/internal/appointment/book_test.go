package appointment_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/node"
)

func TestABookingTakesAPlaceAndTheHallAndTheHolderHearOfIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		b := c.book(c.person(1), visit(tuesday, nine))
		if b.State != appointment.Booked || len(b.Code) != 8 || len(b.Number) != 13 || !strings.HasPrefix(b.Number, "Y261123") {
			t.Errorf("booked %q %q %q", b.State, b.Number, b.Code)
		}
		if got := c.left("invoice", tuesday, nine); got != 9 {
			t.Errorf("%d places left, want 9", got)
		}
		if got := c.left("levy", tuesday, nine); got != 3 {
			t.Errorf("another item has %d places left, want 3", got)
		}
		want := time.Date(2026, 11, 24, 9, 0, 0, 0, china)
		events := c.down(appointment.TypeBooked)
		if len(events) != 1 || events[0].ID != b.ID || events[0].Code != b.Code || events[0].Service != "tax" || !events[0].From.Equal(want) ||
			!events[0].To.Equal(want.Add(time.Hour)) || events[0].Person != (appointment.Visitor{Name: "张三", IDNumber: number(1), Phone: "13800000001"}) || events[0].Via != "portal" {
			t.Errorf("the hall hears %+v", events)
		}
		notices := c.sent("appointment.booked")
		if len(notices) != 1 || notices[0].To.Person != "p1" || notices[0].Vars["time"] != "11月24日（周二）09:00–10:00" || notices[0].Vars["code"] != b.Code {
			t.Errorf("the holder hears %+v", notices)
		}
		got, err := c.Get(c.person(1), b.ID)
		if err != nil || got.IDNumber != number(1) || got.Name != "张三" || !got.Begins.Equal(want) {
			t.Errorf("read back %v, %v", got, err)
		}
		if n := c.count(`SELECT count(*) FROM appointment WHERE id_number LIKE '%330102%' OR name LIKE '%张%' OR holder LIKE '%330102%'`); n != 0 {
			t.Error("personal data lie open in the table")
		}
	})
}

func TestFiveHundredWantTwoHundredPlaces(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		plan := tax
		plan.Share, plan.Periods = 100, periods(200)
		c.must(c.PutService(c.staff("330100"), plan))
		const people, clients = 500, 64
		var next, booked, full atomic.Int64
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for i := next.Add(1); i <= people; i = next.Add(1) {
					_, _, err := c.Book(c.person(int(i)), visit(tuesday, nine))
					switch {
					case err == nil:
						booked.Add(1)
					case errors.Is(err, appointment.ErrFull):
						full.Add(1)
					default:
						t.Errorf("person %d: %v", i, err)
					}
				}
			})
		}
		wg.Wait()
		if booked.Load() != 200 || full.Load() != 300 {
			t.Errorf("%d booked and %d full, want 200 and 300", booked.Load(), full.Load())
		}
		if n := c.count(`SELECT count(*) FROM appointment`); n != 200 {
			t.Errorf("%d bookings are stored", n)
		}
		if n := c.count(`SELECT taken FROM appointment_place WHERE item = ''`); n != 200 {
			t.Errorf("%d places are taken", n)
		}
		if n := len(c.down(appointment.TypeBooked)); n != 200 {
			t.Errorf("the hall hears of %d", n)
		}
		if n := len(c.sent("appointment.booked")); n < 200 { // a change that is tried again sends again, in a transaction that is gone
			t.Errorf("%d holders hear of it", n)
		}
		if n := c.count(`SELECT count(DISTINCT code) FROM appointment`); n != 200 {
			t.Errorf("%d codes", n)
		}
	})
}

func TestWhatMayBeBooked(t *testing.T) {
	c := file(t)
	c.must(c.PutItem(c.staff("330100"), appointment.ItemPlan{Hall: "east", Item: "stopped", Service: "tax", Name: "停办事项", FirstDay: 1, Days: 7}))
	request := func(change func(*appointment.Request)) appointment.Request {
		r := visit(tuesday, nine)
		change(&r)
		return r
	}
	for name, tt := range map[string]struct {
		request appointment.Request
		want    error
	}{
		"today":                    {visit("2026-11-23", two), appointment.ErrDay},
		"yesterday":                {visit("2026-11-22", nine), appointment.ErrDay},
		"the last day":             {visit("2026-11-30", nine), nil},
		"the day after":            {visit("2026-12-01", nine), appointment.ErrDay},
		"a Saturday":               {visit(saturday, nine), appointment.ErrDay},
		"no day":                   {visit("", nine), appointment.ErrDay},
		"a day that isn't":         {visit("2026-11-31", nine), appointment.ErrDay},
		"SQL for a day":            {visit("2026-11-24' OR '1'='1", nine), appointment.ErrDay},
		"within a period":          {visit(tuesday, nine+1), appointment.ErrPeriod},
		"before midnight":          {visit(tuesday, -60), appointment.ErrPeriod},
		"a hall that isn't":        {request(func(r *appointment.Request) { r.Hall = "north" }), node.ErrNoHall},
		"a hall that doesn't":      {request(func(r *appointment.Request) { r.Hall = "west" }), appointment.ErrNotOffered},
		"an item that isn't":       {request(func(r *appointment.Request) { r.Item = "' OR ''='" }), appointment.ErrNotOffered},
		"an item that is stopped":  {request(func(r *appointment.Request) { r.Item = "stopped" }), appointment.ErrNotOffered},
		"a channel that isn't":     {request(func(r *appointment.Request) { r.Via = "phone" }), appointment.ErrInput},
		"a key of a thousand runs": {request(func(r *appointment.Request) { r.Key = strings.Repeat("k", 1000) }), appointment.ErrInput},
	} {
		before := c.count(`SELECT count(*) FROM appointment`)
		_, _, err := c.Book(c.person(1), tt.request)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
		if after := c.count(`SELECT count(*) FROM appointment`); after != before {
			t.Errorf("%s: something was booked", name)
		}
	}
}

func TestTheWeekBeginsTomorrowByTheHallsClock(t *testing.T) {
	c := file(t)
	west := c.halls["east"]
	west.Described.TimeZone = "Asia/Urumqi" // two hours behind
	c.halls["east"] = west
	c.at(time.Date(2026, 11, 24, 1, 30, 0, 0, china)) // still Monday there
	c.book(c.person(1), visit(tuesday, nine))
	if b := c.down(appointment.TypeBooked)[0]; !b.From.Equal(time.Date(2026, 11, 24, 11, 0, 0, 0, china)) {
		t.Errorf("it begins at %v", b.From)
	}
	_, _, err := c.Book(c.person(2), visit("2026-12-01", nine))
	c.refused(err, appointment.ErrDay)
	west.Described.TimeZone = "No/Where"
	c.halls["east"] = west
	_, _, err = c.Book(c.person(3), visit(tuesday, nine))
	c.refused(err, appointment.ErrDay) // it is Tuesday in the rest of China
}

func TestASlotThatHasBegunIsPast(t *testing.T) {
	c := file(t)
	sameDay := invoice
	sameDay.FirstDay = 0
	c.must(c.PutItem(c.staff("330100"), sameDay))
	_, _, err := c.Book(c.person(1), visit("2026-11-23", nine)) // it is nine
	c.refused(err, appointment.ErrOver)
	c.book(c.person(1), visit("2026-11-23", ten))
	if got := c.left("invoice", "2026-11-23", nine); got != 0 {
		t.Errorf("%d places are offered in a period that has begun", got)
	}
}

func TestOneCardHoldsOneBookingOfAnItem(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		first := c.book(c.person(1), visit(tuesday, nine))
		_, _, err := c.Book(c.person(1), visit(wednesday, ten))
		c.refused(err, appointment.ErrHasOne)
		c.book(c.person(1), appointment.Request{Hall: "east", Item: "levy", Day: tuesday, From: nine}) // another item
		_, _, err = c.BookFor(c.staff("330102"), visit(wednesday, ten), appointment.Caller{Name: "张三", IDNumber: number(1), Phone: "13900000001"})
		c.refused(err, appointment.ErrHasOne) // by telephone it is the same card
		if _, err := c.Cancel(c.person(1), first.ID, ""); err != nil {
			t.Fatal(err)
		}
		again := c.book(c.person(1), visit(wednesday, ten))
		c.must(c.says("east", again, appointment.CheckedIn))
		_, _, err = c.Book(c.person(1), visit(tuesday, ten))
		c.refused(err, appointment.ErrHasOne)
		c.must(c.says("east", again, appointment.Served))
		c.book(c.person(1), visit(tuesday, ten))
	})
}

func TestOnePersonAtOnceFromManyClients(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		var booked atomic.Int64
		var wg sync.WaitGroup
		for i := range 16 {
			from := []appointment.Clock{nine, ten, two}[i%3]
			wg.Go(func() {
				switch _, _, err := c.Book(c.person(1), visit(tuesday, from)); {
				case err == nil:
					booked.Add(1)
				case !errors.Is(err, appointment.ErrHasOne):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if booked.Load() != 1 {
			t.Errorf("%d bookings", booked.Load())
		}
		if n := c.count(`SELECT sum(taken) FROM appointment_place WHERE item = ''`); n != 1 {
			t.Errorf("%d places taken", n)
		}
	})
}

func TestARequestThatComesAgainIsTheSame(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		r := visit(tuesday, nine)
		r.Key = "k1"
		ids := make(chan string, 16)
		var wg sync.WaitGroup
		for range cap(ids) {
			wg.Go(func() {
				b, _, err := c.Book(c.person(1), r)
				if err != nil {
					t.Error(err)
				}
				ids <- b.ID
			})
		}
		wg.Wait()
		close(ids)
		one := <-ids
		for id := range ids {
			if id != one {
				t.Errorf("bookings %s and %s", one, id)
			}
		}
		if n := len(c.down(appointment.TypeBooked)); n != 1 {
			t.Errorf("%d events", n)
		}
		other := r
		other.Day = wednesday
		_, _, err := c.Book(c.person(1), other)
		c.refused(err, appointment.ErrRequest)
		b, again, err := c.Book(c.person(2), r) // another person's key is another
		if err != nil || again || b.ID == one {
			t.Errorf("another person: %v, again %v", err, again)
		}
	})
}

func TestAnItemsOwnMaximum(t *testing.T) {
	c := file(t)
	r := appointment.Request{Hall: "east", Item: "levy", Day: tuesday, From: nine}
	for i := range 3 {
		c.book(c.person(i), r)
	}
	_, _, err := c.Book(c.person(4), r)
	c.refused(err, appointment.ErrFull)
	if got := c.left("invoice", tuesday, nine); got != 7 {
		t.Errorf("the service has %d places left, want 7", got)
	}
}

func TestBookingForALegalPerson(t *testing.T) {
	c := file(t)
	c.scopes[[2]string{"p1", "l1"}] = identity.Scope{Role: identity.Handler, Items: []string{"invoice"}}
	c.scopes[[2]string{"p2", "l1"}] = identity.Scope{Role: identity.Manager}
	c.scopes[[2]string{"p3", "l1"}] = identity.Scope{Items: []string{"levy"}}
	b := c.book(c.actingFor(1, "l1"), visit(tuesday, nine))
	if b.Legal != "l1" {
		t.Errorf("for %q", b.Legal)
	}
	_, _, err := c.Book(c.actingFor(1, "l1"), appointment.Request{Hall: "east", Item: "levy", Day: tuesday, From: nine})
	c.refused(err, appointment.ErrScope)
	_, _, err = c.Book(c.actingFor(4, "l1"), visit(tuesday, nine))
	c.refused(err, identity.ErrNoDelegate)
	_, _, err = c.Book(c.actingFor(2, "l1"), visit(wednesday, nine)) // the same body, another delegate
	c.refused(err, appointment.ErrHasOne)
	if _, err := c.Get(c.actingFor(2, "l1"), b.ID); err != nil {
		t.Errorf("another delegate: %v", err)
	}
	_, err = c.Get(c.actingFor(3, "l1"), b.ID) // her scope doesn't cover the item
	c.refused(err, appointment.ErrNone)
	_, err = c.Get(c.person(2), b.ID) // who doesn't act for it now
	c.refused(err, appointment.ErrNone)
	if list, err := c.Mine(c.actingFor(2, "l1")); err != nil || len(list) != 1 {
		t.Errorf("the body's appointments: %d, %v", len(list), err)
	}
	if list, err := c.Mine(c.actingFor(3, "l1")); err != nil || len(list) != 0 {
		t.Errorf("out of scope: %d, %v", len(list), err)
	}
	if list, err := c.Mine(c.person(1)); err != nil || len(list) != 0 {
		t.Errorf("her own: %d, %v", len(list), err)
	}
}

func TestTelephoneBookings(t *testing.T) {
	c := file(t)
	who := appointment.Caller{Name: "李四", IDNumber: number(9), Phone: "0571-87654321"}
	b, _, err := c.BookFor(c.staff("330102", access.RoleServiceDesk), visit(tuesday, nine), who)
	c.must(err)
	if b.Via != "phone" || b.Person != "" || c.sent("appointment.booked")[0].To.Phone != who.Phone {
		t.Errorf("booked %+v", b.Via)
	}
	_, _, err = c.BookFor(c.staff("330103"), visit(tuesday, nine), who)
	c.refused(err, node.ErrNoHall) // staff of another district
	c.person(1)
	for name, wrong := range map[string]appointment.Caller{
		"another's number": {Name: "李四", IDNumber: number(1), Phone: "13800000000"},
		"a forged number":  {Name: "李四", IDNumber: "330102195013010099", Phone: "13800000000"},
		"no name":          {IDNumber: number(9), Phone: "13800000000"},
		"a script":         {Name: "<script>", IDNumber: number(9), Phone: "13800000000"},
		"SQL":              {Name: "李四", IDNumber: "' OR 1=1 --", Phone: "13800000000"},
		"no phone":         {Name: "李四", IDNumber: number(9), Phone: "call me"},
	} {
		if _, _, err := c.BookFor(c.staff("330102"), visit(wednesday, nine), wrong); !errors.Is(err, appointment.ErrPerson) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPeopleWhoseAccountIsClosedDontBook(t *testing.T) {
	c := file(t)
	ctx := c.person(1)
	p := c.people["p1"]
	p.State = identity.Disabled
	c.people["p1"] = p
	_, _, err := c.Book(ctx, visit(tuesday, nine))
	c.refused(err, identity.ErrDisabled)
	h := c.halls["east"]
	h.State = "closed"
	c.halls["east"] = h
	_, _, err = c.Book(c.person(2), visit(tuesday, nine))
	c.refused(err, appointment.ErrNotOffered)
	if list, err := c.Offers(t.Context(), "invoice", ""); err != nil || len(list) != 0 {
		t.Errorf("a closed hall offers %v, %v", list, err)
	}
}
