package cases_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// city is the context with all it needs, its clock under the test's control.
type city struct {
	*cases.Service
	tb    testing.TB
	store *store.Store
	audit *audit.Log

	mu      sync.Mutex
	now     time.Time
	notices []message.Notice
	people  map[string]identity.Person
	scopes  map[[2]string]identity.Scope
	items   map[string]item.Item
	files   map[string]file
	flows   map[string]string // by case: running, resumed, or why it ended
	papers  []cases.DocumentOrder
	orders  []cases.PaymentOrder
	posted  []cases.DeliveryOrder
	invited []cases.Invitation
	rated   map[string]int // by case
	said    []string
	issued  []cases.LicenceOrder
	first   bool // fees are due before the decision
}

// file is an upload with who made it and the cases that own it.
type file struct {
	cases.File
	by     string
	owners []string
}

var china = time.FixedZone("CST", 8*3600)

// start is a Monday; the two weeks after it have no holiday.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, china)

func material(id, name string, need item.Need, electronic bool) item.Material {
	return item.Material{ID: id, Name: name, Type: item.CopyMaterial, Need: need, Electronic: electronic, Standard: "清晰、完整", Source: item.Source{Kind: item.FromApplicant}}
}

// food is an item of whole-process service with every kind of material; stamp
// is decided on the spot and has a fee.
func guides() map[string]item.Item {
	food := item.Item{
		ID: "food", Version: 3, State: item.Published, Name: "食品经营许可",
		Local: item.Local{
			Code: "11330102DEM000003A4000131001000", Organisation: "market", OrganisationName: "东湖区市场监督管理局", Region: "330102", Form: item.Both, Online: item.OnlineWhole,
			Class: item.Committed, Statutory: item.Limit{Unit: item.WorkingDays, Days: 20}, Promised: item.Limit{Unit: item.WorkingDays, Days: 5},
			Materials: []item.Material{
				material("form", "申请书", item.Must, true), material("lease", "场所使用证明", item.Tolerable, true), material("clean", "卫生承诺书", item.Promise, true),
				{ID: "show", Name: "身份证", Type: item.ShowMaterial, Need: item.Must, Electronic: true, Licence: "id-card", Source: item.Source{Kind: item.FromGovernment}},
				{ID: "shared", Name: "营业执照", Type: item.CopyMaterial, Need: item.Must, Electronic: true, Source: item.Source{Kind: item.FromSharing}},
			},
			Situation: item.Situation{Questions: []item.Question{{ID: "kind", Text: "经营场所是租的吗？", Options: []item.Option{
				{ID: "own", Text: "自有", Without: []string{"lease"}}, {ID: "rented", Text: "租赁"}, {ID: "none", Text: "没有场所", Refuse: "没有固定场所的不能办理。"},
			}}}},
			Result:   item.Result{Name: "食品经营许可证", Kind: item.ResultLicence, Licence: "food-licence"},
			Delivery: item.Delivery{Result: true},
		},
	}
	stamp := item.Item{
		ID: "stamp", Version: 1, State: item.Published, Name: "公章刻制备案",
		Local: item.Local{
			Organisation: "police", OrganisationName: "东湖区公安分局", Region: "330102", Form: item.Both, Online: item.OnlineAccept, Class: item.Instant,
			Statutory: item.Limit{Unit: item.OnTheSpot}, Promised: item.Limit{Unit: item.OnTheSpot},
			Materials: []item.Material{material("form", "申请书", item.Must, true), material("old", "旧公章", item.Must, false)},
			Fees:      []item.Fee{{ID: "make", Name: "刻制费", Standard: "每枚 100 元", Amount: 10000, Basis: "价费字〔2020〕1号"}},
			Situation: item.Situation{Questions: []item.Question{{ID: "where", Text: "经营场所是租的吗？", Options: []item.Option{{ID: "n", Text: "自有"}, {ID: "y", Text: "租赁"}, {ID: "no", Text: "没有场所"}}}}},
			Result:    item.Result{Name: "备案证明", Kind: item.ResultDocument},
		},
	}
	record := item.Item{
		ID: "record", Version: 1, State: item.Published, Name: "信息变更登记",
		Local: item.Local{
			Organisation: "market", OrganisationName: "东湖区市场监督管理局", Region: "330102", Form: item.OnLine, Online: item.OnlinePreview, Class: item.Committed,
			Statutory: item.Limit{Unit: item.WorkingDays, Days: 10}, Promised: item.Limit{Unit: item.WorkingDays, Days: 3}, Result: item.Result{Name: "登记信息", Kind: item.ResultRecord},
		},
	}
	hidden := item.Item{ID: "window", Version: 1, State: item.Published, Name: "档案查询", Local: item.Local{Organisation: "market", Region: "330102", Form: item.AtWindow, Class: item.Instant}}
	stopped := item.Item{ID: "stopped", Version: 1, State: item.Suspended, Name: "暂停的事项", Local: item.Local{Organisation: "market", Region: "330102", Form: item.Both, Online: item.OnlineWhole}}
	return map[string]item.Item{"food": food, "stamp": stamp, "record": record, "window": hidden, "stopped": stopped}
}

func open(tb testing.TB, target string) *city {
	tb.Helper()
	c := &city{
		tb: tb, now: start, people: map[string]identity.Person{}, scopes: map[[2]string]identity.Scope{}, items: guides(), files: map[string]file{}, flows: map[string]string{}, rated: map[string]int{},
	}
	quiet := slog.New(slog.DiscardHandler)
	k, err := keys.Load(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	if c.store, err = store.Open(tb.Context(), store.Config{Target: target, Clock: c.clock, Log: quiet}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	if c.audit, err = audit.Open(tb.Context(), c.store); err != nil {
		tb.Fatal(err)
	}
	c.Service, err = cases.Open(tb.Context(), cases.Config{
		Store: c.store, Keys: k, Audit: c.audit, Messages: c, People: c, Items: c, Halls: c, Ranges: c, Bodies: c, Centres: []string{"centre"},
		Forms: forms{c}, Files: filed{c}, Flows: flows{c}, Documents: papers{c}, Licences: licences{c}, Payments: payments{c}, Deliveries: deliveries{c},
		Evaluations: ratings{c}, BaseURL: "https://donghu.example", Log: quiet,
		Frame: func(w http.ResponseWriter, _ *http.Request, status int, title string, body template.HTML) error {
			w.WriteHeader(status)
			_, err := fmt.Fprintf(w, "<title>%s</title>%s", title, body)
			return err
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func each(t *testing.T, test func(t *testing.T, c *city)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, target string) { test(t, open(t, target)) })
}

func lone(tb testing.TB) *city { tb.Helper(); return open(tb, sqldbtest.File(tb)) }

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

// sent are the templates of what was sent since the last call.
func (c *city) sent() (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.notices {
		list = append(list, n.Template)
	}
	c.notices = nil
	return list
}

// Person implements cases.People; all others likewise.
func (c *city) Person(_ context.Context, id string) (identity.Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.people[id]
	if !ok {
		return p, identity.ErrUnknown
	}
	return p, nil
}

func (c *city) PersonByNumber(_ context.Context, number string) (identity.Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.people {
		if p.Number == number {
			return p, nil
		}
	}
	return identity.Person{}, identity.ErrUnknown
}

func (c *city) MayActFor(_ context.Context, person, legal string) (identity.Scope, error) {
	scope, ok := c.scopes[[2]string{person, legal}]
	if !ok {
		return scope, identity.ErrNoDelegate
	}
	return scope, nil
}

func (c *city) LegalPersons(_ context.Context, person string) (list []identity.LegalPerson, err error) {
	for k := range c.scopes {
		if k[0] == person {
			list = append(list, identity.LegalPerson{ID: k[1], Name: "东湖市甲餐饮有限公司", Code: "91330102MA27XL0X3K"})
		}
	}
	return list, nil
}

func (c *city) Organisations(context.Context) ([]identity.Organisation, error) {
	return []identity.Organisation{{ID: "market", Code: "11330102DEM000003A"}, {ID: "police", Code: "11330102DEM000004D"}, {ID: "centre", Region: "330102"}}, nil
}

func (c *city) Get(_ context.Context, id string) (item.Item, error) {
	it, ok := c.items[id]
	if !ok {
		return it, item.ErrUnknown
	}
	return it, nil
}

func (c *city) Package(_ context.Context, id string) (item.Package, error) {
	if id != "shop" {
		return item.Package{}, item.ErrUnknown
	}
	return item.Package{ID: "shop", Name: "我要开餐馆", Items: []string{"food", "stamp"}}, nil
}

func (c *city) Packages(ctx context.Context) ([]item.Package, error) {
	shop, err := c.Package(ctx, "shop")
	return []item.Package{
		{ID: "elsewhere", Name: "一件在别处申请的事", Items: []string{"food", "nowhere"}},
		{ID: "nothing", Name: "一件空的事"},
		shop,
	}, err
}

func (c *city) Hall(_ context.Context, id string) (node.Hall, error) {
	if id != "east" {
		return node.Hall{}, node.ErrNoHall
	}
	return node.Hall{ID: "east", Name: "东湖区政务服务中心"}, nil
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
func (c *city) actingFor(i int, legal string, items ...string) context.Context {
	caller := access.From(c.person(i))
	caller.For = legal
	c.scopes[[2]string{caller.ID, legal}] = identity.Scope{Items: items}
	return access.With(c.tb.Context(), caller)
}

// staff is the context of a request of staff of an organisation.
func (c *city) staff(org, region string, roles ...access.Role) context.Context {
	if len(roles) == 0 {
		roles = []access.Role{access.RoleClerk}
	}
	return access.With(c.tb.Context(), access.Caller{Kind: access.Staff, ID: "s-" + org, Org: org, Region: region, Roles: roles})
}

func (c *city) clerk() context.Context { return c.staff("centre", "330102") }
func (c *city) chief() context.Context { return c.staff("market", "330102", access.RoleChief) }

// filled is a draft of the i-th person for food, with all that it needs.
func (c *city) filled(i int) cases.Case {
	c.tb.Helper()
	ctx := c.person(i)
	d, again, err := c.Draft(ctx, cases.Application{Item: "food", Answers: item.Answers{"kind": "rented"}}, "")
	if err != nil || again {
		c.tb.Fatalf("draft: %v, again %v", err, again)
	}
	d, err = c.Fill(ctx, d.ID, map[string]any{"shop": "湖畔面馆", "address": "湖滨路 1 号"}, d.Edition)
	c.must(err)
	_, err = c.Provide(ctx, d.ID, "form", cases.Provide{Files: []string{c.upload(ctx)}})
	c.must(err)
	_, err = c.Provide(ctx, d.ID, "lease", cases.Provide{Later: true})
	c.must(err)
	d, err = c.Provide(ctx, d.ID, "clean", cases.Provide{Promise: true})
	c.must(err)
	return d
}

// submitted is filled, handed in, to be collected.
func (c *city) submitted(i int) cases.Case {
	c.tb.Helper()
	d := c.filled(i)
	ctx := c.person(i)
	_, err := c.SetDelivery(ctx, d.ID, cases.Delivery{Way: cases.Collect})
	c.must(err)
	d, _, err = c.Submit(ctx, d.ID, "")
	c.must(err)
	return d
}

// good finds all of a case's materials good that are there.
func (c *city) good(d cases.Case) {
	c.tb.Helper()
	var list []cases.Finding
	for _, m := range d.Dossier.Materials {
		if m.Source != cases.Later {
			list = append(list, cases.Finding{Material: m.ID, Result: cases.Good})
		}
	}
	_, err := c.Examine(c.clerk(), d.ID, list)
	c.must(err)
}

// deferred is submitted, accepted with the lease deferred.
func (c *city) deferred(i int) cases.Case {
	c.tb.Helper()
	d := c.submitted(i)
	c.good(d)
	d, _, err := c.Accept(c.clerk(), d.ID, cases.Acceptance{Deferred: []cases.Deferral{{Material: "lease", Due: "2026-12-01"}}}, "")
	c.must(err)
	return d
}

// accepted is submitted, accepted with nothing deferred.
func (c *city) accepted(i int) cases.Case {
	c.tb.Helper()
	d := c.submitted(i)
	_, err := c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Paper: true})
	c.must(err)
	c.good(c.get(d.ID))
	d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{}, "")
	c.must(err)
	return d
}

// in runs f as flows and payments run the hooks.
func (c *city) in(f func(tx *store.Tx) error) error {
	return c.store.Write(c.tb.Context(), "test", f)
}

// get is a case as it is now.
func (c *city) get(id string) cases.Case {
	c.tb.Helper()
	d, err := c.Mine(c.clerk(), id)
	if err != nil {
		for i := range 10 {
			if d, err = c.Mine(c.person(i), id); err == nil {
				break
			}
		}
	}
	c.must(err)
	return d
}

// count is what a query for one number finds.
func (c *city) count(query string) (n int) {
	c.tb.Helper()
	c.must(c.store.Read().QueryRowContext(c.tb.Context(), query).Scan(&n))
	return n
}

// heard are the types of events about a case, in their order.
type heard struct {
	mu   sync.Mutex
	list []store.Event
}

// listen hears all events of this context from now on.
func (c *city) listen() *heard {
	h := &heard{}
	for _, kind := range []string{
		cases.TypeDrafted, cases.TypeSubmitted, cases.TypeSupplementAsked, cases.TypeSupplemented, cases.TypePrepared, cases.TypeAccepted, cases.TypeNotAccepted,
		cases.TypeHeld, cases.TypeResumed, cases.TypeExtended, cases.TypeDecided, cases.TypeDelivered, cases.TypeClosed, cases.TypeWithdrawn, cases.TypeTerminated,
		cases.TypeDeferredDue, cases.TypeDeferredBrought, cases.TypeDeferredOverdue, cases.TypePackageSubmitted, cases.TypePackageClosed,
	} {
		c.store.On(kind, "test", func(_ context.Context, _ *store.Tx, e store.Event) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.list = append(h.list, e)
			return nil
		})
	}
	return h
}

// events delivers what was published and returns the types about a case.
func (c *city) events(h *heard, id string) (kinds []string) {
	c.tb.Helper()
	_, err := c.store.Deliver(c.tb.Context())
	c.must(err)
	for _, e := range h.list {
		var body map[string]any
		c.must(json.Unmarshal(e.Data, &body))
		if e.Subject == id {
			kinds = append(kinds, strings.TrimPrefix(e.Type, "case."))
		}
		if body["case"] != e.Subject || body["organisationName"] == nil {
			c.tb.Errorf("%s says %v", e.Type, body)
		}
	}
	return kinds
}

// by is the applicant, who was recognised somehow.
func by(note string) cases.Taker { return cases.Taker{By: cases.ByOther, Note: note} }

// decide decides for a case, as its flow does.
func (c *city) decide(id string) error {
	return c.in(func(tx *store.Tx) error { return c.Ended(c.tb.Context(), tx, id, cases.Decision{Approved: true}) })
}
