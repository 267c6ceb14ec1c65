package knowledge_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/knowledge"
	"smarthall/platform/internal/store"
)

// city is the context with all it needs, its clock and its items under the
// test's control.
type city struct {
	*knowledge.Service
	tb    testing.TB
	store *store.Store

	mu      sync.Mutex
	now     time.Time
	items   map[string]item.Item
	answers []knowledge.Answer
}

// start is a Monday; the weeks after it have no holiday.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

func open(tb testing.TB, target string) *city {
	tb.Helper()
	c := &city{tb: tb, now: start, items: map[string]item.Item{"food-licence": food(1)}}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	c.store, err = store.Open(tb.Context(), store.Config{Target: target, Clock: c.clock, Log: quiet})
	c.must(err)
	tb.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	for _, kind := range []string{knowledge.TypeRated, knowledge.TypeAnswered} {
		c.store.On(kind, "test", func(context.Context, *store.Tx, store.Event) error { return nil })
	}
	trail, err := audit.Open(tb.Context(), c.store)
	c.must(err)
	c.Service, err = knowledge.Open(tb.Context(), knowledge.Config{
		Store: c.store, Audit: trail, People: people{}, Items: c, Log: quiet,
		Answers: func(context.Context, int) ([]knowledge.Answer, error) { return c.answers, nil },
	})
	c.must(err)
	return c
}

func file(tb testing.TB) *city { tb.Helper(); return open(tb, sqldbtest.File(tb)) }

// each runs a test on both engines.
func each(t *testing.T, test func(t *testing.T, c *city)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, target string) { test(t, open(t, target)) })
}

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

func (c *city) pass(days int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.AddDate(0, 0, days)
}

// publish makes a version of an item the one that people see.
func (c *city) publish(it item.Item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = maps.Clone(c.items)
	c.items[it.ID] = it
	c.Stale()
}

func (c *city) withdraw(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = maps.Clone(c.items)
	delete(c.items, id)
	c.Stale()
}

// Versions implements knowledge.Library.
func (c *city) Versions(context.Context) (map[string]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]int{}
	for id, it := range c.items {
		all[id] = it.Version
	}
	return all, nil
}

// Get implements knowledge.Library.
func (c *city) Get(_ context.Context, id string) (item.Item, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it, ok := c.items[id]
	if !ok {
		return it, item.ErrUnknown
	}
	return it, nil
}

// Synonyms implements knowledge.Library.
func (c *city) Synonyms(context.Context) ([]item.Synonyms, error) {
	return []item.Synonyms{{Word: "照面", Means: []string{"身份证"}}}, nil
}

// food is a version of the item of the food licence.
func food(version int) item.Item {
	it := item.Item{ID: "food-licence", Version: version, State: item.Published, Name: "食品经营许可新办", PublishedAt: start}
	it.Organisation, it.OrganisationName, it.Region = "market", "东湖区市场监督管理局", "330102"
	it.Summary, it.Conditions = "开餐馆、食品店前要办的许可", []string{"有固定的经营场所"}
	it.Materials = []item.Material{
		{ID: "id-card", Name: "身份证", Standard: "核对本人与照片，证件在有效期内"},
		{ID: "plan", Name: "场所平面图", Standard: "标明功能分区和面积", Instructions: "手绘亦可"},
		{ID: "plain", Name: "承诺书"},
	}
	it.Review = []string{"申请材料齐全", "场所与图纸一致"}
	it.Mistakes = []string{"平面图没有标注面积"}
	it.FAQ = []item.Asked{{Question: "要健康证吗", Answer: "从业人员须持有效健康证明。"}}
	it.Consultations = []item.Consultation{{Way: item.ByTelephone, Where: "0571-12345678"}}
	return it
}

var orgs = []identity.Organisation{
	{ID: "centre", Name: "东湖区政务服务管理办公室", Region: "330102"},
	{ID: "market", Name: "东湖区市场监督管理局", Region: "330102"},
	{ID: "tax", Name: "东湖区税务局", Region: "330102"},
	{ID: "west", Name: "西城区人民政府", Region: "330103"},
}

var members = []identity.Member{
	{ID: "desk", Name: "资迅", Organisation: "centre", Region: "330102"},
	{ID: "lin", Name: "林一", Organisation: "market", Region: "330102"},
	{ID: "mei", Name: "梅二", Organisation: "market", Region: "330102"},
	{ID: "shui", Name: "税三", Organisation: "tax", Region: "330102"},
	{ID: "far", Name: "远四", Organisation: "west", Region: "330103"},
}

// people implements knowledge.People.
type people struct{}

func (people) Organisations(context.Context) ([]identity.Organisation, error) { return orgs, nil }

func (people) Member(_ context.Context, id string) (identity.Member, error) {
	for _, m := range members {
		if m.ID == id {
			return m, nil
		}
	}
	return identity.Member{}, identity.ErrUnknown
}

// staff is the context of a member of staff with roles.
func (c *city) staff(id string, roles ...access.Role) context.Context {
	m, err := people{}.Member(c.tb.Context(), id)
	c.must(err)
	return access.With(c.tb.Context(), access.Caller{Kind: access.Staff, ID: id, Org: m.Organisation, Region: m.Region, Roles: roles})
}

// The staff of the tests: a clerk and a chief of the market's department, the
// service desk of the district, a clerk of another department and the service
// desk of another district.
func (c *city) lin() context.Context  { return c.staff("lin", access.RoleClerk) }
func (c *city) mei() context.Context  { return c.staff("mei", access.RoleChief) }
func (c *city) desk() context.Context { return c.staff("desk", access.RoleServiceDesk) }
func (c *city) shui() context.Context { return c.staff("shui", access.RoleClerk, access.RoleChief) }
func (c *city) far() context.Context  { return c.staff("far", access.RoleServiceDesk, access.RoleChief) }

func tip() knowledge.Text {
	return knowledge.Text{Kind: knowledge.Experience, Item: "food-licence", Material: "plan", Title: "平面图缩放比例", Body: "图纸比例不小于一比一百，先看出入口。"}
}

// written publishes a text of lin's, checked by mei.
func (c *city) written(t knowledge.Text) string {
	c.tb.Helper()
	w, err := c.Begin(c.lin(), t)
	c.must(err)
	w, err = c.Submit(c.lin(), w.ID, w.Edition)
	c.must(err)
	c.must(c.Check(c.mei(), w.ID, w.Edition, true, ""))
	return w.ID
}

// found are the ids that a search finds.
func (c *city) found(q knowledge.Query) (ids []string) {
	c.tb.Helper()
	f, err := c.Search(c.lin(), q)
	c.must(err)
	for _, h := range f.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// events is how many events of a type wait to be heard.
func (c *city) events(kind string) (n int) {
	c.tb.Helper()
	c.must(c.store.Read().QueryRowContext(c.tb.Context(), `SELECT count(*) FROM outbox WHERE type = $1`, kind).Scan(&n))
	return n
}

// web serves the context's operations to callers that a header names: p1 is a
// person, hall is a hall, MEMBER/ROLE is staff.
func (c *city) web() (http.Handler, []httpd.Operation) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Limit: httpd.Limit{PerSecond: -1}, Caller: func(r *http.Request) (access.Caller, error) {
		who := r.Header.Get("X-Test-Caller")
		id, role, staff := strings.Cut(who, "/")
		switch {
		case staff:
			return access.From(c.staff(id, access.Role(role))), nil
		case who == "hall":
			return access.Caller{Kind: access.Hall, ID: "demo"}, nil
		case who == "":
			return access.Caller{}, nil
		default:
			return access.Caller{Kind: access.Person, ID: who}, nil
		}
	}})
	c.Routes(r)
	return r.Handler(), r.Operations()
}

// request sends a request of a caller.
func request(h http.Handler, who, method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("X-Test-Caller", who)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// kindOf is what sort of no an error is; 0 for none.
func kindOf(err error) fault.Kind {
	if f := fault.Of(err); f != nil {
		return f.Kind
	}
	return 0
}
