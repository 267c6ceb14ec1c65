package appointment_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// city is the context with all it needs, its clock under the test's control.
type city struct {
	*appointment.Service
	tb    testing.TB
	store *store.Store

	mu       sync.Mutex
	now      time.Time
	notices  []message.Notice
	people   map[string]identity.Person
	scopes   map[[2]string]identity.Scope // by person and legal person
	halls    map[string]node.Hall
	handlers map[string]node.Handler
}

var china = time.FixedZone("CST", 8*3600)

// start is a Monday; the week after it has no holiday.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, china)

// The plans of the tests: ten places online in each of three periods.
var (
	tax     = appointment.ServicePlan{Hall: "east", Service: "tax", Share: 50, Periods: periods(20)}
	invoice = appointment.ItemPlan{Hall: "east", Item: "invoice", Service: "tax", Name: "发票领用", Open: true, FirstDay: 1, Days: 7}
	levy    = appointment.ItemPlan{Hall: "east", Item: "levy", Service: "tax", Name: "税务登记信息确认", Open: true, Most: 3, FirstDay: 1, Days: 7}
)

func periods(places int) []appointment.Period {
	return []appointment.Period{{From: 9 * 60, To: 10 * 60, Places: places}, {From: 10 * 60, To: 11 * 60, Places: places}, {From: 14 * 60, To: 15*60 + 30, Places: places}}
}

func open(tb testing.TB, target string) *city {
	tb.Helper()
	c := &city{
		tb: tb, now: start, people: map[string]identity.Person{}, scopes: map[[2]string]identity.Scope{}, handlers: map[string]node.Handler{},
		halls: map[string]node.Hall{
			"east": {ID: "east", Name: "东湖区政务服务中心", Region: "330102", Address: "湖滨路 1 号", State: "active"},
			"west": {ID: "west", Name: "西城分中心", Region: "330103", Address: "西城路 2 号", State: "active"},
		},
	}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	if c.store, err = store.Open(tb.Context(), store.Config{Target: target, Clock: c.clock, Log: quiet}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	log, err := audit.Open(tb.Context(), c.store)
	if err != nil {
		tb.Fatal(err)
	}
	k, err := keys.Load(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	c.Service, err = appointment.Open(tb.Context(), appointment.Config{Store: c.store, Keys: k, Audit: log, Messages: c, People: c, Halls: c, Log: quiet})
	if err != nil {
		tb.Fatal(err)
	}
	c.Listen(func(kind string, h node.Handler) { c.handlers[kind] = h })
	c.must(c.store.Write(tb.Context(), "demo", func(tx *store.Tx) error {
		return c.AddDemo(tb.Context(), tx, []appointment.ServicePlan{tax}, []appointment.ItemPlan{invoice, levy})
	}))
	return c
}

func file(tb testing.TB) *city { tb.Helper(); return open(tb, sqldbtest.File(tb)) }

func (c *city) must(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatal(err)
	}
}

// refused checks that err says no as want does.
func (c *city) refused(err, want error) {
	c.tb.Helper()
	if !errors.Is(err, want) {
		c.tb.Errorf("got %v, want %v", err, want)
	}
}

func (c *city) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *city) at(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Send implements message.Sender.
func (c *city) Send(_ context.Context, _ *store.Tx, n message.Notice) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notices = append(c.notices, n)
	return nil
}

// sent are the notices of a template since the last call.
func (c *city) sent(template string) (list []message.Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.notices {
		if n.Template == template {
			list = append(list, n)
		}
	}
	c.notices = nil
	return list
}

// Person implements appointment.People.
func (c *city) Person(_ context.Context, id string) (identity.Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.people[id]
	if !ok {
		return p, identity.ErrUnknown
	}
	return p, nil
}

// PersonByNumber implements appointment.People.
func (c *city) PersonByNumber(_ context.Context, number string) (identity.Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p := range maps.Values(c.people) {
		if p.Number == number {
			return p, nil
		}
	}
	return identity.Person{}, identity.ErrUnknown
}

// MayActFor implements appointment.People.
func (c *city) MayActFor(_ context.Context, person, legal string) (identity.Scope, error) {
	scope, ok := c.scopes[[2]string{person, legal}]
	if !ok {
		return scope, identity.ErrNoDelegate
	}
	return scope, nil
}

// Hall implements appointment.Halls.
func (c *city) Hall(_ context.Context, id string) (node.Hall, error) {
	h, ok := c.halls[id]
	if !ok {
		return h, node.ErrNoHall
	}
	return h, nil
}

// number is the ID number of the i-th person, who doesn't exist.
func number(i int) string {
	first := fmt.Sprintf("330102%04d0101%03d", 1950+i/1000, i%1000)
	check, err := codes.CheckDigit(first)
	if err != nil {
		panic(err)
	}
	return first + string(check)
}

// person is the context of a request of the i-th person.
func (c *city) person(i int) context.Context {
	id := fmt.Sprintf("p%d", i)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.people[id]; !ok {
		c.people[id] = identity.Person{ID: id, Name: "张三", Number: number(i), Phone: fmt.Sprintf("138%08d", i), State: identity.Active}
	}
	return access.With(c.tb.Context(), access.Caller{Kind: access.Person, ID: id})
}

// actingFor is the context of the i-th person who acts for a legal person.
func (c *city) actingFor(i int, legal string) context.Context {
	caller := access.From(c.person(i))
	caller.For = legal
	return access.With(c.tb.Context(), caller)
}

// staff is the context of a request of staff of a region.
func (c *city) staff(region string, roles ...access.Role) context.Context {
	if len(roles) == 0 {
		roles = []access.Role{access.RoleAppointment}
	}
	return access.With(c.tb.Context(), access.Caller{Kind: access.Staff, ID: "s" + region, Region: region, Roles: roles})
}

// Days of the tests.
const (
	tuesday   = "2026-11-24"
	wednesday = "2026-11-25"
	saturday  = "2026-11-28"
)

const nine, ten, two = appointment.Clock(9 * 60), appointment.Clock(10 * 60), appointment.Clock(14 * 60)

func visit(day string, from appointment.Clock) appointment.Request {
	return appointment.Request{Hall: "east", Item: "invoice", Day: day, From: from}
}

func (c *city) book(ctx context.Context, r appointment.Request) appointment.Booking {
	c.tb.Helper()
	b, again, err := c.Book(ctx, r)
	if err != nil || again {
		c.tb.Fatalf("book: %v, again %v", err, again)
	}
	return b
}

// left is how many places a slot has, by the offers.
func (c *city) left(item, day string, from appointment.Clock) int {
	c.tb.Helper()
	list, err := c.Offers(c.tb.Context(), item, "east")
	c.must(err)
	for _, o := range list {
		for _, d := range o.Days {
			i := slices.IndexFunc(d.Periods, func(p appointment.OfferPeriod) bool { return d.Day == day && p.From == from })
			if i >= 0 {
				return d.Periods[i].Left
			}
		}
	}
	return -1
}

// state is where a booking is now.
func (c *city) state(b appointment.Booking) appointment.State {
	c.tb.Helper()
	var state appointment.State
	c.must(c.store.Read().QueryRowContext(c.tb.Context(), `SELECT state FROM appointment WHERE id = $1`, b.ID).Scan(&state))
	return state
}

// count is what a query for one number finds.
func (c *city) count(query string) (n int) {
	c.tb.Helper()
	c.must(c.store.Read().QueryRowContext(c.tb.Context(), query).Scan(&n))
	return n
}

// says is what a hall says of a booking; each has an id of its own.
func (c *city) says(hall string, b appointment.Booking, state appointment.State, more ...func(*appointment.Report)) error {
	c.tb.Helper()
	r := appointment.Report{Appointment: b.ID}
	for _, f := range more {
		f(&r)
	}
	data, err := json.Marshal(r)
	c.must(err)
	kind := appointment.TypePrefix + string(state)
	e := store.Event{ID: store.NewID(), Hall: hall, Type: kind, Subject: b.ID, At: c.clock(), Data: data}
	return c.store.Write(c.tb.Context(), "take", func(tx *store.Tx) error { return c.handlers[kind](c.tb.Context(), tx, hall, e) })
}

// down are the events that wait for halls, of a type.
func (c *city) down(kind string) (list []appointment.Visit) {
	c.tb.Helper()
	rows, err := c.store.Read().QueryContext(c.tb.Context(), `SELECT hall, data FROM outbox WHERE type = $1 ORDER BY id`, kind)
	c.must(err)
	defer rows.Close()
	for rows.Next() {
		var hall, data string
		c.must(rows.Scan(&hall, &data))
		var v appointment.Visit
		c.must(json.Unmarshal([]byte(data), &v))
		if hall != "east" {
			c.tb.Errorf("%s went to %q", kind, hall)
		}
		list = append(list, v)
	}
	c.must(rows.Err())
	return list
}
