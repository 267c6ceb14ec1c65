package appointment_test

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/appointment"
)

// model is what the context should know, in the plainest way: a list.
type model struct {
	now      time.Time
	rules    appointment.Rules
	closed   map[string]bool
	bookings []*modelBooking
	// suspended and since are by person.
	suspended, since map[int]time.Time
}

type modelBooking struct {
	appointment.Booking
	person int
	state  appointment.State
	ended  time.Time
}

func slotName(day string, from appointment.Clock) string { return day + " " + from.String() }

// modelPlaces are the places of the model's only period list.
const modelPlaces = 2

func (m *model) taken(item, day string, from appointment.Clock) (service, ofItem int) {
	for _, b := range m.bookings {
		if b.Day != day || b.Start != from || b.state == appointment.Cancelled || b.state == appointment.Refused {
			continue
		}
		service++
		if b.Item == item {
			ofItem++
		}
	}
	return service, ofItem
}

func (m *model) live(person int, item string) bool {
	for _, b := range m.bookings {
		if b.person == person && b.Item == item && (b.state == appointment.Booked || b.state == appointment.CheckedIn) {
			return true
		}
	}
	return false
}

// book is the error that booking should have.
func (m *model) book(person int, item, day string, from appointment.Clock, c *calendar.Calendar) error {
	if err := m.slot(day, from, c); err != nil {
		return err
	}
	full := m.place(item, day, from)
	switch {
	case m.now.Before(m.suspended[person]) && full == nil:
		return appointment.ErrSuspended
	case m.live(person, item):
		return appointment.ErrHasOne
	default:
		return full
	}
}

// slot is the error that asking for a slot should have.
func (m *model) slot(day string, from appointment.Clock, c *calendar.Calendar) error {
	d, err := calendar.ParseDay(day)
	if err != nil {
		return appointment.ErrDay
	}
	today := calendar.On(m.now.In(china))
	if !today.Before(d) || today.Add(7).Before(d) || !c.IsWorkday(d) {
		return appointment.ErrDay
	}
	if from != nine && from != ten && from != two {
		return appointment.ErrPeriod
	}
	return nil
}

func (m *model) place(item, day string, from appointment.Clock) error {
	service, ofItem := m.taken(item, day, from)
	switch {
	case m.closed[slotName(day, from)]:
		return appointment.ErrClosed
	case service >= modelPlaces || item == "levy" && ofItem >= 1:
		return appointment.ErrFull
	default:
		return nil
	}
}

// misses counts as the rules say.
func (m *model) misses(person int) (n int) {
	since := m.now.AddDate(0, 0, -m.rules.Days)
	for _, b := range m.bookings {
		if b.person == person && (b.state == appointment.Missed || b.state == appointment.Unserved) && !b.Begins.Before(since) && b.ended.After(m.since[person]) {
			n++
		}
	}
	return n
}

func (m *model) blame(person int) {
	if m.now.Before(m.suspended[person]) {
		return
	}
	if m.misses(person) > m.rules.Misses {
		m.suspended[person], m.since[person] = m.now.AddDate(0, 0, m.rules.Suspended), m.now
	}
}

// TestBookingsAgreeWithAModel plays random days of a small hall and compares
// every answer, and what is left of every slot, with the model.
func TestBookingsAgreeWithAModel(t *testing.T) {
	// Each play has a database of its own, which costs more on PostgreSQL;
	// -rapid.checks asks for more of them.
	checks := flag.Lookup("rapid.checks")
	asked := checks.Value.String() != checks.DefValue
	for name, engine := range map[string]struct {
		target func(testing.TB) string
		plays  string
	}{"SQLite": {sqldbtest.File, "30"}, "PostgreSQL": {sqldbtest.Postgres, "5"}} {
		t.Run(name, func(t *testing.T) {
			if !asked {
				if err := checks.Value.Set(engine.plays); err != nil {
					t.Fatal(err)
				}
			}
			play(t, engine.target)
		})
	}
}

// play plays on databases at targets.
func play(t *testing.T, target func(testing.TB) string) {
	official, err := calendar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := open(t, target(t))
		m := &model{now: start, rules: appointment.Rules{Misses: 1, Days: 10, Suspended: 3}, closed: map[string]bool{}, suspended: map[int]time.Time{}, since: map[int]time.Time{}}
		plan, few := tax, levy
		plan.Share, plan.Periods, few.Most = 100, periods(modelPlaces), 1
		staff := c.staff("330100")
		c.must(errors.Join(c.PutService(staff, plan), c.PutItem(staff, few), c.SetRules(staff, m.rules)))
		anyone := rapid.IntRange(0, 3)
		item := rapid.SampledFrom([]string{"invoice", "levy"})
		from := rapid.SampledFrom([]appointment.Clock{nine, ten, two, two, nine + 1})
		ahead := rapid.IntRange(0, 8)
		day := func() string { return m.now.AddDate(0, 0, ahead.Draw(rt, "ahead")).Format(time.DateOnly) }
		pick := func() *modelBooking {
			if len(m.bookings) == 0 {
				rt.Skip("nothing is booked")
			}
			return m.bookings[rapid.IntRange(0, len(m.bookings)-1).Draw(rt, "booking")]
		}
		same := func(what string, got, want error) {
			if want == nil && got != nil || want != nil && !errors.Is(got, want) {
				rt.Fatalf("%s: got %v, want %v", what, got, want)
			}
		}
		changeable := func(b *modelBooking, person int) error {
			switch {
			case b.person != person:
				return appointment.ErrNone
			case b.state != appointment.Booked:
				return appointment.ErrUsed
			case !m.now.Before(b.Ends):
				return appointment.ErrOver
			}
			return nil
		}
		rt.Repeat(map[string]func(*rapid.T){
			"book": func(*rapid.T) {
				person, item, day, from := anyone.Draw(rt, "person"), item.Draw(rt, "item"), day(), from.Draw(rt, "from")
				want := m.book(person, item, day, from, official)
				b, _, err := c.Book(c.person(person), appointment.Request{Hall: "east", Item: item, Day: day, From: from})
				same(fmt.Sprintf("book %d %s %s %s", person, item, day, from), err, want)
				if err == nil {
					m.bookings = append(m.bookings, &modelBooking{Booking: b, person: person, state: appointment.Booked})
				}
			},
			"cancel": func(*rapid.T) {
				b, person := pick(), anyone.Draw(rt, "person")
				want := changeable(b, person)
				if b.person == person && b.state == appointment.Cancelled {
					want = nil
				}
				_, err := c.Cancel(c.person(person), b.ID, "")
				same("cancel", err, want)
				if err == nil {
					b.state = appointment.Cancelled
				}
			},
			"move": func(*rapid.T) {
				b, person, day, from := pick(), anyone.Draw(rt, "person"), day(), from.Draw(rt, "from")
				want := changeable(b, person)
				stays := b.Day == day && b.Start == from
				if want == nil && !stays {
					if want = m.slot(day, from, official); want == nil {
						was := b.state
						b.state = appointment.Cancelled // its own place of its item is given back either way
						if b.key() != slotName(day, from) {
							want = m.place(b.Item, day, from)
						}
						b.state = was
					}
				}
				got, err := c.Move(c.person(person), b.ID, day, from)
				same(fmt.Sprintf("move to %s %s", day, from), err, want)
				if err == nil {
					b.Booking = got
				}
			},
			"report": func(*rapid.T) {
				b := pick()
				said := rapid.SampledFrom([]appointment.State{"checked-in", "served", "missed", "unserved", "cancelled", "refused"}).Draw(rt, "state")
				if m.now.Before(b.Begins) && said != appointment.Cancelled && said != appointment.Refused {
					return // a hall doesn't know the future
				}
				c.must(c.says("east", b.Booking, said))
				if !modelFollows(b.state, said) {
					return
				}
				place := b.state == appointment.CheckedIn
				b.state, b.ended = said, m.now
				if place && said == appointment.Cancelled {
					b.state = "given-up" // a ticket was taken: the place was used
				}
				if said == appointment.Missed || said == appointment.Unserved {
					m.blame(b.person)
				}
			},
			"close": func(*rapid.T) {
				day, from := m.now.AddDate(0, 0, 1+ahead.Draw(rt, "ahead")).Format(time.DateOnly), rapid.SampledFrom([]appointment.Clock{nine, ten}).Draw(rt, "from")
				r := appointment.PeriodRule{Hall: "east", Service: "tax", Day: day, From: from, Closed: "停电"}
				if m.closed[slotName(day, from)] {
					r.Closed = ""
				}
				_, err := c.PutPeriod(staff, r)
				c.must(err)
				m.closed[slotName(day, from)] = r.Closed != ""
			},
			"time": func(*rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(rt, "hours")) * time.Hour)
				c.at(m.now)
			},
			"": func(rt *rapid.T) {
				list, err := c.Offers(t.Context(), "levy", "east")
				c.must(err)
				for _, d := range list[0].Days {
					for _, p := range d.Periods {
						service, ofItem := m.taken("levy", d.Day, p.From)
						want := min(modelPlaces-service, 1-ofItem)
						if m.closed[slotName(d.Day, p.From)] {
							want = 0
						}
						if p.Left != want {
							rt.Fatalf("%s %s: %d places left, want %d", d.Day, p.From, p.Left, want)
						}
					}
				}
				person := anyone.Draw(rt, "watched")
				credit, err := c.Credit(c.person(person))
				c.must(err)
				if credit.Misses != m.misses(person) || (credit.Suspension != nil) != m.now.Before(m.suspended[person]) {
					rt.Fatalf("person %d: %+v, want %d misses, suspended until %s", person, credit, m.misses(person), m.suspended[person])
				}
			},
		})
	})
}

// key is the slot of a booking in the model.
func (b *modelBooking) key() string { return slotName(b.Day, b.Start) }

// modelFollows is what a hall's report may change.
func modelFollows(is, said appointment.State) bool {
	after := map[appointment.State]string{
		"booked":     "checked-in served missed unserved cancelled refused",
		"checked-in": "served unserved cancelled",
		"cancelled":  "served", "missed": "served", "unserved": "served", "given-up": "served",
	}
	for _, next := range strings.Fields(after[is]) {
		if next == string(said) {
			return true
		}
	}
	return false
}
