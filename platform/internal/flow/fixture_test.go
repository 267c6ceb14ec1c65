package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

var china = time.FixedZone("CST", 8*3600)

// monday is followed by two weeks without holidays.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, china)

// office is the context with all it needs, its clock under the test's control.
type office struct {
	*flow.Service
	tb    testing.TB
	store *store.Store
	audit *audit.Log

	mu     sync.Mutex
	now    time.Time
	told   []string // what the owner of the cases was told
	result *flow.Result
	events []store.Event
	staff  map[string]identity.Member
	refuse error // what the owner of the cases says
}

func open(tb testing.TB, target string) *office {
	tb.Helper()
	o := &office{tb: tb, now: monday, staff: map[string]identity.Member{}}
	for _, m := range []struct {
		id, org string
		roles   []access.Role
	}{
		{"ann", "market", []access.Role{access.RoleApprover}},
		{"ben", "market", []access.Role{access.RoleApprover}},
		{"cat", "market", []access.Role{access.RoleChief, access.RoleApprover}},
		{"hal", "health", []access.Role{access.RoleApprover}},
		{"fay", "fire", []access.Role{access.RoleApprover}},
		{"eve", "market", []access.Role{access.RoleItemEditor}},
		{"rob", "centre", []access.Role{access.RoleItemReviewer, access.RoleItemEditor}},
		{"des", "market", []access.Role{access.RoleServiceDesk}},
	} {
		o.staff[m.id] = identity.Member{ID: m.id, Account: m.id, Name: "员工" + m.id, Organisation: m.org, Region: "330102", Roles: m.roles, State: identity.Active}
	}
	far := o.staff["hal"]
	far.ID, far.Region, far.Organisation = "far", "340000", "market"
	o.staff["far"] = far
	quiet := slog.New(slog.DiscardHandler)
	var err error
	if o.store, err = store.Open(tb.Context(), store.Config{Target: target, Clock: o.clock, Log: quiet}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := o.store.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	if o.audit, err = audit.Open(tb.Context(), o.store); err != nil {
		tb.Fatal(err)
	}
	k, err := keys.Load(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	o.Service, err = flow.Open(tb.Context(), flow.Config{
		Store: o.store, Keys: k, Audit: o.audit, Staff: o, Items: o, Managers: []string{"centre"}, Log: quiet,
	})
	if err != nil {
		tb.Fatal(err)
	}
	o.Join(o, o)
	for _, kind := range []string{
		"task-opened", "task-claimed", "task-handed", "task-done", "task-cancelled", "returned", "recalled", "held", "resumed", "extension-asked", "extension-decided", "ended",
		"terminated", "service",
	} {
		o.store.On("flow."+kind, "test", func(_ context.Context, _ *store.Tx, e store.Event) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.events = append(o.events, e)
			return nil
		})
	}
	return o
}

func file(tb testing.TB) *office { tb.Helper(); return open(tb, sqldbtest.File(tb)) }

func each(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, target string) { test(t, open(t, target)) })
}

func (o *office) clock() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }

func (o *office) at(t time.Time) { o.mu.Lock(); defer o.mu.Unlock(); o.now = t }

func (o *office) must(err error) {
	o.tb.Helper()
	if err != nil {
		o.tb.Fatal(err)
	}
}

func (o *office) refused(err, want error) {
	o.tb.Helper()
	if !errors.Is(err, want) {
		o.tb.Errorf("got %v, want %v", err, want)
	}
}

// Member implements flow.Staff; all below likewise.
func (o *office) Member(_ context.Context, id string) (identity.Member, error) {
	if m, ok := o.staff[id]; ok {
		return m, nil
	}
	return identity.Member{}, identity.ErrUnknown
}

func (o *office) Members(ctx context.Context) (list []identity.Member, err error) {
	for _, m := range o.staff {
		if access.From(ctx).Covers(m.Region) {
			list = append(list, m)
		}
	}
	return list, nil
}

func (o *office) Organisations(context.Context) ([]identity.Organisation, error) {
	return []identity.Organisation{
		{ID: "market", Name: "市场监督管理局", Region: "330102"},
		{ID: "health", Name: "卫生健康局", Region: "330102"},
		{ID: "fire", Name: "消防救援大队", Region: "330102"},
		{ID: "centre", Name: "政务服务管理办公室", Region: "330102"},
	}, nil
}

func (o *office) Promised(_ context.Context, item string) (string, limit.Term, bool, error) {
	return "食品经营许可", limit.Term{Unit: limit.WorkingDays, Days: 5}, strings.HasPrefix(item, "food"), nil
}

func (o *office) tell(words string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse != nil {
		return o.refuse
	}
	o.told = append(o.told, words)
	return nil
}

func (o *office) Ended(_ context.Context, _ *store.Tx, id string, r flow.Result) error {
	o.result = &r
	return o.tell(fmt.Sprintf("ended %s %v %s", id, r.Approved, r.Reason))
}

func (o *office) Held(_ context.Context, _ *store.Tx, id, reason, note string, planned int) error {
	return o.tell(fmt.Sprintf("held %s %s %s %d", id, reason, note, planned))
}

func (o *office) Resumed(_ context.Context, _ *store.Tx, id string) error {
	return o.tell("resumed " + id)
}

func (o *office) Extended(_ context.Context, _ *store.Tx, id string, days int, basis string) error {
	return o.tell(fmt.Sprintf("extended %s %d %s", id, days, basis))
}

func (o *office) Terminated(_ context.Context, _ *store.Tx, id, reason string) error {
	return o.tell("terminated " + id + " " + reason)
}

func (o *office) Supplement(_ context.Context, _ *store.Tx, id string, missing []string, note string) error {
	return o.tell(fmt.Sprintf("supplement %s %v %s", id, missing, note))
}

func (o *office) CaseSummary(_ context.Context, id string) (flow.CaseSummary, error) {
	return flow.CaseSummary{ID: id, CaseNo: "NO" + id, ItemName: "食品经营许可", Applicant: "张*"}, nil
}

// as is a context whose caller is a member of staff.
func (o *office) as(id string) context.Context {
	m := o.staff[id]
	return access.With(o.tb.Context(), access.Caller{Kind: access.Staff, ID: id, Org: m.Organisation, Region: m.Region, Roles: m.Roles})
}

// begin starts a case's flow.
func (o *office) begin(id, definition string, facts map[string]any) {
	o.tb.Helper()
	o.must(o.store.Write(o.tb.Context(), "begin", func(tx *store.Tx) error {
		return o.Start(o.tb.Context(), tx, flow.Start{
			Case: id, CaseNo: "NO" + id, Title: "食品经营许可", Item: "food", Organisation: "market", Region: "330102", Definition: definition, Facts: facts,
		})
	}))
}

// list is one list of somebody's.
func (o *office) list(who string, view flow.View) []flow.Task {
	o.tb.Helper()
	p, err := o.Tasks(o.as(who), view, "", 100)
	o.must(err)
	return p.Tasks
}

// find is the open task of a node that somebody sees in a list.
func (o *office) find(who, node string) flow.Task {
	o.tb.Helper()
	for _, view := range []flow.View{flow.Mine, flow.Claimable} {
		for _, t := range o.list(who, view) {
			if t.Node == node {
				return t
			}
		}
	}
	o.tb.Fatalf("%s has no task at %s", who, node)
	return flow.Task{}
}

// do lets somebody do something that must be good.
func (o *office) do(who, task, verb string, r flow.Request) {
	o.tb.Helper()
	if _, err := o.Act(o.as(who), task, verb, "", r); err != nil {
		o.tb.Fatalf("%s: %s: %v", who, verb, err)
	}
}

func (o *office) act(who, task, verb string, r flow.Request) error {
	_, err := o.Act(o.as(who), task, verb, "", r)
	return err
}

// pass claims and passes a node.
func (o *office) pass(who, node string) flow.Task {
	o.tb.Helper()
	t := o.find(who, node)
	if t.Person == "" {
		o.do(who, t.ID, "claim", flow.Request{})
	}
	o.do(who, t.ID, "pass", flow.Request{Opinion: "同意"})
	return t
}

// heard are the types of events so far, without their context.
func (o *office) heard() (list []string) {
	o.tb.Helper()
	for {
		n, err := o.store.Deliver(o.tb.Context())
		o.must(err)
		if n == 0 {
			break
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		list = append(list, strings.TrimPrefix(e.Type, "flow."))
	}
	o.events = nil
	return list
}

// api serves the operations to the member of staff that a header names.
func (o *office) api() (http.Handler, []httpd.Operation) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) {
		who := r.Header.Get("X-Test-Caller")
		m, staff := o.staff[who]
		switch {
		case who == "":
			return access.Caller{}, nil
		case who == "hall":
			return access.Caller{Kind: access.Hall, ID: "east"}, nil
		case strings.HasPrefix(who, "role:"):
			return access.Caller{Kind: access.Staff, ID: "x", Org: "elsewhere", Region: "330102", Roles: []access.Role{access.Role(who[5:])}}, nil
		case staff:
			return access.Caller{Kind: access.Staff, ID: who, Org: m.Organisation, Region: m.Region, Roles: m.Roles}, nil
		default:
			return access.Caller{Kind: access.Person, ID: who}, nil
		}
	}})
	o.Routes(r)
	return r.Handler(), r.Operations()
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p) // no problem has no code
	return p.Code
}

func ask(h http.Handler, who, method, path, body string, headers ...string) answer {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, "/api/v1"+path, in)
	req.Header.Set("X-Test-Caller", who)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// states are a case's nodes with their states.
func (o *office) states(id string) (list []string) {
	o.tb.Helper()
	p, err := o.OfCase(o.tb.Context(), id)
	o.must(err)
	for _, n := range p.Nodes {
		list = append(list, n.Node+" "+string(n.State))
	}
	return list
}

func (o *office) wantStates(id string, want ...string) {
	o.tb.Helper()
	if got := o.states(id); !slices.Equal(got, want) {
		o.tb.Errorf("nodes %v, want %v", got, want)
	}
}

// joint is the parallel examination by three real bodies.
func (o *office) joint() string {
	o.tb.Helper()
	_, def, err := o.Definition(o.as("rob"), "joint-review", 0)
	o.must(err)
	def.ID, def.Name = "", "三部门会审"
	def.Node("first").Assign.Org, def.Node("second").Assign.Org = "health", "fire"
	v, err := o.Save(o.as("eve"), *def, 0)
	o.must(err)
	o.must(o.Propose(o.as("eve"), v.Definition, v.Edition, "三家一起看"))
	o.must(o.Publish(o.as("rob"), v.Definition, v.Edition+1, true, ""))
	return v.Definition
}
