package evaluation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// city is the context with all it needs, its clock under the test's control.
type city struct {
	*evaluation.Service
	tb       testing.TB
	store    *store.Store
	trail    *audit.Log
	handlers map[string]node.Handler
	target   string
	keys     *keys.Keys

	mu      sync.Mutex
	now     time.Time
	notices []message.Notice
}

var china = time.FixedZone("CST", 8*3600)

// start is a Monday; the weeks after it have no holiday.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, china)

func open(tb testing.TB, target string) *city {
	tb.Helper()
	k, err := keys.Load(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	return openWith(tb, target, k)
}

// beside is another process over the same database.
func (c *city) beside() *city {
	c.tb.Helper()
	return openWith(c.tb, c.target, c.keys)
}

func openWith(tb testing.TB, target string, k *keys.Keys) *city {
	tb.Helper()
	c := &city{tb: tb, now: start, handlers: map[string]node.Handler{}, target: target, keys: k}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	c.store, err = store.Open(tb.Context(), store.Config{Target: target, Clock: c.clock, Log: quiet})
	c.must(err)
	tb.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	for _, kind := range []string{
		evaluation.TypeAsked, evaluation.TypeAnswered, evaluation.TypeOverdue, evaluation.TypeGiven, evaluation.TypeRectificationOpened, evaluation.TypeRectificationClosed,
	} {
		c.store.On(kind, "test", func(context.Context, *store.Tx, store.Event) error { return nil })
	}
	c.trail, err = audit.Open(tb.Context(), c.store)
	c.must(err)
	c.Service, err = evaluation.Open(tb.Context(), evaluation.Config{
		Store: c.store, Keys: k, Audit: c.trail, Messages: c, People: c, Item: item, Hall: hall, Booked: booked, BaseURL: "https://zwfw.example.cn/", Guide: guide, Log: quiet,
		Frame: func(w http.ResponseWriter, _ *http.Request, f portal.Framed) error {
			if f.Status != 0 {
				w.WriteHeader(f.Status)
			}
			_, err := io.WriteString(w, string(f.Body))
			return err
		},
	})
	c.must(err)
	c.must(c.store.Write(tb.Context(), "demo", func(tx *store.Tx) error { return c.AddDemo(tb.Context(), tx, "centre") }))
	c.Listen(func(kind string, h node.Handler) { c.handlers[kind] = h })
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

// sent are the notices since the last call.
func (c *city) sent() []message.Notice {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.notices
	c.notices = nil
	return list
}

var orgs = []identity.Organisation{
	{ID: "government", Name: "东湖区人民政府", Region: "330102"},
	{ID: "centre", Parent: "government", Name: "东湖区政务服务管理办公室", Region: "330102"},
	{ID: "market", Parent: "government", Name: "东湖区市场监督管理局", Region: "330102"},
	{ID: "tax", Parent: "government", Name: "东湖区税务局", Region: "330102"},
	{ID: "west", Name: "西城区人民政府", Region: "330103"},
}

var members = []identity.Member{
	{ID: "desk", Name: "资迅", Organisation: "centre", Region: "330102", State: identity.Active},
	{ID: "lin", Name: "林一", Organisation: "market", Region: "330102", State: identity.Active},
	{ID: "mei", Name: "梅二", Organisation: "market", Region: "330102", State: identity.Active},
	{ID: "shui", Name: "税三", Organisation: "tax", Region: "330102", State: identity.Active},
}

// Organisations implements evaluation.People.
func (c *city) Organisations(context.Context) ([]identity.Organisation, error) { return orgs, nil }

// Members implements evaluation.People.
func (c *city) Members(context.Context) ([]identity.Member, error) { return members, nil }

// Member implements evaluation.People.
func (c *city) Member(_ context.Context, id string) (identity.Member, error) {
	for _, m := range members {
		if m.ID == id {
			return m, nil
		}
	}
	return identity.Member{}, identity.ErrUnknown
}

// Person implements evaluation.People: p1, p2 … are people.
func (c *city) Person(_ context.Context, id string) (identity.Person, error) {
	if !strings.HasPrefix(id, "p") {
		return identity.Person{}, identity.ErrUnknown
	}
	return identity.Person{ID: id, Name: "欧阳小明", Phone: "13800000001"}, nil
}

func item(_ context.Context, id string) (evaluation.Item, error) {
	if id != "food-licence" {
		return evaluation.Item{}, fault.New(fault.NotFound, "item.unknown", "没有这个事项")
	}
	return evaluation.Item{ID: id, Name: "食品经营许可新办", Organisation: "market"}, nil
}

func hall(_ context.Context, id string) (node.Hall, error) {
	if id != "demo" {
		return node.Hall{}, node.ErrNoHall
	}
	return node.Hall{ID: id, Name: "东湖区政务服务中心", Described: node.Description{Services: []node.HallService{{ID: "tax", Name: "涉税业务"}}}}, nil
}

func booked(_ context.Context, id string) (evaluation.Booked, error) {
	if id != "a1" {
		return evaluation.Booked{}, fault.New(fault.NotFound, "appointment.unknown", "没有这个预约")
	}
	return evaluation.Booked{Hall: "demo", Item: "food-licence", Person: "p1"}, nil
}

// guide knows what a restaurant needs.
func guide(_ context.Context, text, _ string) (evaluation.Guidance, error) {
	if !strings.Contains(text, "餐馆") {
		return evaluation.Guidance{}, nil
	}
	return evaluation.Guidance{Text: "开餐馆须办食品经营许可。", Links: []evaluation.Link{{Title: "食品经营许可新办", Path: "/items/food-licence"}}}, nil
}

// person is the context of the i-th person.
func (c *city) person(i int) context.Context {
	return access.With(c.tb.Context(), access.Caller{Kind: access.Person, ID: fmt.Sprintf("p%d", i)})
}

// staff is the context of a member of staff with roles.
func (c *city) staff(id string, roles ...access.Role) context.Context {
	for _, m := range members {
		if m.ID == id {
			return access.With(c.tb.Context(), access.Caller{Kind: access.Staff, ID: id, Org: m.Organisation, Region: m.Region, Roles: roles})
		}
	}
	c.tb.Fatalf("no member %s", id)
	return nil
}

func (c *city) desk() context.Context { return c.staff("desk", access.RoleServiceDesk) }

// elsewhere is the desk of another district.
func (c *city) elsewhere() context.Context {
	return access.With(c.tb.Context(), access.Caller{Kind: access.Staff, ID: "other", Org: "west", Region: "330103", Roles: []access.Role{access.RoleServiceDesk}})
}

func ask(kind evaluation.Kind) evaluation.Ask {
	a := evaluation.Ask{Kind: kind, Title: "开餐馆要哪些材料", Body: "我想开一家小餐馆，请问要准备哪些材料？", Consent: true}
	if kind == evaluation.Complaint {
		a.Organisation = "market"
	}
	return a
}

func (c *city) raise(ctx context.Context, a evaluation.Ask) evaluation.Voice {
	c.tb.Helper()
	v, _, err := c.Raise(ctx, a)
	c.must(err)
	return v
}

// count is what a query for one number finds.
func (c *city) count(query string, args ...any) (n int) {
	c.tb.Helper()
	c.must(c.store.Read().QueryRowContext(c.tb.Context(), query, args...).Scan(&n))
	return n
}

// events is how many events of a type wait to be heard.
func (c *city) events(kind string) int {
	c.tb.Helper()
	return c.count(`SELECT count(*) FROM outbox WHERE type = $1`, kind)
}

// says is what the hall demo says of a ticket.
func (c *city) says(kind, ticket string, body map[string]any) error {
	c.tb.Helper()
	body["ticket"], body["day"] = ticket, "2026-11-23"
	data, err := json.Marshal(body)
	c.must(err)
	e := store.Event{ID: store.NewID(), Hall: "demo", Type: kind, Subject: ticket, At: c.clock(), Data: data}
	return c.store.Write(c.tb.Context(), "take", func(tx *store.Tx) error { return c.handlers[kind](c.tb.Context(), tx, "demo", e) })
}

// web serves the context's operations and pages to callers that a header names:
// p1, p2 … are people, hall is a hall, MEMBER/ROLE is staff.
func (c *city) web() (http.Handler, []httpd.Operation) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Limit: httpd.Limit{PerSecond: 1, Burst: 100, Clock: c.clock}, Caller: func(r *http.Request) (access.Caller, error) {
		who := r.Header.Get("X-Test-Caller")
		id, role, staff := strings.Cut(who, "/")
		switch {
		case who == "":
			return access.Caller{}, nil
		case who == "hall":
			return access.Caller{Kind: access.Hall, ID: "demo"}, nil
		case staff:
			return access.From(c.staff(id, access.Role(role))), nil
		default:
			return access.Caller{Kind: access.Person, ID: who}, nil
		}
	}})
	c.Routes(r)
	return r.Handler(), r.Operations()
}

// request sends a request of a caller; a body that begins with { is JSON, any
// other a form.
func request(h http.Handler, who, method, path, body string) *httptest.ResponseRecorder {
	return requestWith(h, map[string]string{"X-Test-Caller": who}, method, path, body)
}

// requestWith sends a request with headers.
func requestWith(h http.Handler, headers map[string]string, method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	kind := "application/x-www-form-urlencoded"
	if strings.HasPrefix(body, "{") {
		kind = "application/json"
	}
	req.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}
