package item_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// city is the context with all it needs, its clock under the test's control.
type city struct {
	*item.Service
	t     testing.TB
	store *store.Store
	audit *audit.Log

	mu  sync.Mutex
	now time.Time
}

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

// credit is a credit code that passes its check.
const credit = "11330102MB0000014K"

func open(t testing.TB, target string, change ...func(*item.Config)) *city {
	t.Helper()
	c := &city{t: t, now: start}
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: c.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	c.store = st
	if c.audit, err = audit.Open(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	conf := item.Config{
		Store: st, Audit: c.audit, Managers: []string{"centre"}, BaseURL: "https://donghu.example", Log: slog.New(slog.DiscardHandler),
		Organisations: func(context.Context) ([]item.Organisation, error) {
			return []item.Organisation{
				{ID: "market", Name: "市场监督管理局", Code: credit},
				{ID: "civil", Name: "民政局", Code: "11330102MB0000022F"},
				{ID: "centre", Name: "政务服务中心"},
			}, nil
		},
	}
	for _, f := range change {
		f(&conf)
	}
	if c.Service, err = item.Open(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t testing.TB, change ...func(*item.Config)) *city {
	t.Helper()
	return open(t, sqldbtest.File(t), change...)
}

func (c *city) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *city) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// staff is the context of a request of staff.
func (c *city) staff(id, org string, roles ...access.Role) context.Context {
	return access.With(c.t.Context(), access.Caller{Kind: access.Staff, ID: id, Org: org, Region: "330102", Roles: roles})
}

func (c *city) editor() context.Context { return c.staff("editor", "market", access.RoleItemEditor) }

// example is the complete item that comes with the project.
func example(t testing.TB) item.Data {
	t.Helper()
	f, err := os.Open("../demo/content/business-licence.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := item.ReadData(f)
	if err != nil {
		t.Fatal(err)
	}
	d.Catalogue, d.Items = d.Catalogue[:1], d.Items[:1]
	return d
}

// load adds the example.
func (c *city) load() item.Item {
	c.t.Helper()
	d := example(c.t)
	if err := c.AddData(c.t.Context(), d); err != nil {
		c.t.Fatal(err)
	}
	it, err := c.Get(c.t.Context(), d.Items[0].ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return it
}

// reviewers are the contexts of those who review the example, stage by stage.
func (c *city) reviewers() []context.Context {
	return []context.Context{
		c.staff("legal-own", "market", access.RoleItemReviewer),
		c.staff("legal-gov", "justice", access.RoleItemReviewer),
		c.staff("centre-reviewer", "centre", access.RoleItemReviewer),
	}
}

// publish takes a draft through its reviews.
func (c *city) publish(id string) {
	c.t.Helper()
	w, err := c.Work(c.editor(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	if w, err = c.Submit(c.editor(), id, w.Edition); err != nil {
		c.t.Fatalf("submit %s: %+v", id, err)
	}
	for _, ctx := range c.reviewers() {
		if err := c.Review(ctx, id, w.Edition, true, ""); err != nil {
			c.t.Fatalf("review %s: %v", id, err)
		}
	}
}

// events are what was published for a hall, as type/subject/version.
func (c *city) events(hall string) []string {
	c.t.Helper()
	rows, err := c.store.Read().QueryContext(c.t.Context(), `SELECT type, subject FROM outbox WHERE hall = $1 ORDER BY id`, hall)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var kind, subject string
		if err := rows.Scan(&kind, &subject); err != nil {
			c.t.Fatal(err)
		}
		list = append(list, fmt.Sprint(kind, " ", subject))
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return list
}

// contextWithCancel is a context of the test's that can be ended early.
func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// waitFor waits until ok, for ten seconds at most.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("it doesn't happen")
}
