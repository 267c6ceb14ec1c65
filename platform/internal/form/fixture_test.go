package form_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/form"
	"smarthall/platform/internal/store"
)

// office is the context with all it needs.
type office struct {
	*form.Service
	t     *testing.T
	store *store.Store
	audit *audit.Log
}

// errNoItem is what the items say of what they don't know.
var errNoItem = fault.New(fault.NotFound, "item.unknown", "没有这个事项")

// Owner implements form.Items: one item of the market's, one of the police's.
func (o *office) Owner(_ context.Context, item string) (form.Owner, error) {
	switch item {
	case "food-licence":
		return form.Owner{Organisation: "market", Region: "330102"}, nil
	case "passport":
		return form.Owner{Organisation: "police", Region: "330102"}, nil
	default:
		return form.Owner{}, errNoItem
	}
}

func open(t *testing.T, target string) *office {
	t.Helper()
	o := &office{t: t}
	var err error
	quiet := slog.New(slog.DiscardHandler)
	if o.store, err = store.Open(t.Context(), store.Config{Target: target, Clock: func() time.Time { return noon }, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if o.audit, err = audit.Open(t.Context(), o.store); err != nil {
		t.Fatal(err)
	}
	o.Service, err = form.Open(t.Context(), form.Config{Store: o.store, Audit: o.audit, Items: o, Managers: []string{"centre"}, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func file(t *testing.T) *office { t.Helper(); return open(t, sqldbtest.File(t)) }

// staff is the context of a request of a member of staff.
func (o *office) staff(id, organisation, region string, roles ...access.Role) context.Context {
	return access.With(o.t.Context(), access.Caller{Kind: access.Staff, ID: id, Org: organisation, Region: region, Roles: roles})
}

func (o *office) editor() context.Context {
	return o.staff("editor", "market", "330102", access.RoleItemEditor, access.RoleItemReviewer)
}

func (o *office) reviewer() context.Context {
	return o.staff("reviewer", "centre", "330100", access.RoleItemReviewer)
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) refused(err, want error) {
	o.t.Helper()
	if !errors.Is(err, want) {
		o.t.Errorf("got %v, want %v", err, want)
	}
}

// small is a definition that is good, with a title of one's own.
func small(title string) form.Definition {
	return form.Definition{Title: title, Sections: []form.Section{{Title: "一", Fields: []form.Field{
		{Name: "name", Widget: form.Text, Label: "姓名", Required: true, From: []string{"person.name"}, Locked: true},
	}}}}
}
