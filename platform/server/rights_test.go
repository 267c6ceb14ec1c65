package server

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

var update = flag.Bool("update", false, "write testdata anew")

// rightsFile holds who may use what, so that a change of rights shows in a
// review.
const rightsFile = "testdata/rights.txt"

// demoPlatform is all contexts over a database of their own, with the demo
// city, with a past if life says so, and their router. Who calls stands in the
// header X-Caller.
func demoPlatform(t *testing.T, life ...bool) (*contexts, *httpd.Router, func(name string) access.Caller) {
	t.Helper()
	conf := Config{Data: t.TempDir(), Demo: true, DemoLife: len(life) > 0 && life[0], Version: "test", Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler), passwordCost: bcrypt.MinCost}
	secret, err := keys.Load(conf.Data)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Config{Target: filepath.Join(conf.Data, "platform.db"), Alone: true, Log: conf.Log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	c, err := openContexts(t.Context(), conf, st, secret)
	if err != nil {
		t.Fatal(err)
	}
	callers := callersOf(t, c)
	for name, foreign := range foreigners() {
		callers[name] = foreign
	}
	for name, sweeper := range sweepers(callers) {
		callers[name] = sweeper
	}
	if conf.DemoLife {
		converse(t, c, callers["person"])
	}
	caller := func(name string) access.Caller { return callers[name] }
	router := httpd.New(httpd.Config{
		Version: conf.Version, Log: conf.Log, Limit: httpd.Limit{PerSecond: -1},
		Caller: func(r *http.Request) (access.Caller, error) { return caller(r.Header.Get("X-Caller")), nil },
	})
	c.routes(router)
	return c, router, caller
}

// converse begins a conversation of a person about an item, and asks for somebody
// of the staff, if it is a time when they are there.
func converse(t *testing.T, c *contexts, person access.Caller) {
	t.Helper()
	ctx := access.With(t.Context(), person)
	desk := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "desk", Org: "centre", Region: "330100", Roles: []access.Role{access.RoleServiceDesk}})
	if err := c.evaluation.SetHours(desk, []evaluation.Hours{{From: "00:00", To: "24:00"}}); err != nil {
		t.Fatal(err)
	}
	v, err := c.evaluation.Begin(ctx, "", evaluation.Question{Item: "business-licence", Text: "需要哪些材料"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.evaluation.WantPerson(ctx, "", v.ID); err != nil && !errors.Is(err, evaluation.ErrOffHours) {
		t.Fatal(err)
	}
}

// callersOf is one caller of each kind: nobody, a person, one who acts for a
// legal person, a hall, and staff of each role and of none.
func callersOf(t *testing.T, c *contexts) map[string]access.Caller {
	t.Helper()
	id := func(table string) (id string) {
		if err := c.store.Read().QueryRowContext(t.Context(), `SELECT id FROM `+table+` ORDER BY id LIMIT 1`).Scan(&id); err != nil {
			t.Fatalf("an id of %s: %v", table, err)
		}
		return id
	}
	person, legal, staff := id("person"), id("legal_person"), id("staff")
	callers := map[string]access.Caller{
		"nobody":     {},
		"person":     {Kind: access.Person, ID: person, Session: "s"},
		"for a firm": {Kind: access.Person, ID: person, For: legal, Session: "s"},
		"hall":       {Kind: access.Hall, ID: "demo"},
		"staff":      {Kind: access.Staff, ID: staff, Region: "330100", Org: "centre", Session: "s"},
	}
	for _, role := range access.Roles() {
		callers[string(role)] = access.Caller{Kind: access.Staff, ID: staff, Region: "330100", Org: "centre", Roles: []access.Role{role}, Session: "s"}
	}
	return callers
}

// callerNames are the callers in the table's order.
func callerNames() []string {
	names := []string{"nobody", "person", "for a firm", "hall", "staff"}
	for _, role := range access.Roles() {
		names = append(names, string(role))
	}
	return names
}

// TestRightsAreThoseOfTheTable holds that no operation is added, and none
// changes for whom it is, without a change of the table.
func TestRightsAreThoseOfTheTable(t *testing.T) {
	_, router, _ := demoPlatform(t)
	var lines []string
	for _, op := range router.Operations() {
		lines = append(lines, fmt.Sprintf("%-6s %-58s %s", op.Method, op.Path, op.Who))
	}
	slices.Sort(lines)
	if twice := len(lines) - len(slices.Compact(slices.Clone(lines))); twice > 0 {
		t.Errorf("%d operations are declared twice", twice)
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(rightsFile, []byte(got), 0o644); err != nil { //nolint:gosec // no secret
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(rightsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("rights have changed; if that is meant: go test ./platform/server -run Rights -update\n%s", diff)
	}
}

// TestEveryOperationKeepsToItsRights asks every operation as every kind of
// caller, with parameters and a body that pass its schema: it answers 401 or
// 403 by the door exactly where its Who says so, and never with a defect.
func TestEveryOperationKeepsToItsRights(t *testing.T) {
	_, router, caller := demoPlatform(t)
	handler := router.Handler()
	for i, op := range router.Operations() {
		t.Run(op.Method+" "+op.Path, func(t *testing.T) {
			for j, name := range callerNames() {
				// The race detector makes it six times slower: there each
				// operation meets a fourth of the roles, by turns. make test
				// runs the whole table without it, too.
				if raceDetector && j > 4 && (i+j)%4 != 0 {
					continue
				}
				res := ask(t, router, handler, op, name)
				code := problemCode(res)
				c := caller(name)
				want := ""
				switch {
				case op.Who.Allows(c):
				case c.Kind == access.Nobody:
					want = "request.unauthenticated"
				default:
					want = "request.forbidden"
				}
				stopped := ""
				if code == "request.unauthenticated" || code == "request.forbidden" {
					stopped = code
				}
				if stopped != want {
					t.Errorf("%s: %d %q, want %q", name, res.Code, code, want)
				}
				if res.Code == http.StatusInternalServerError || res.Code == http.StatusNotImplemented {
					t.Errorf("%s: %d %s", name, res.Code, res.Body)
				}
			}
		})
	}
}

// ask sends a request that the operation's schema lets through.
func ask(t *testing.T, router *httpd.Router, handler http.Handler, op httpd.Operation, caller string) *httptest.ResponseRecorder {
	t.Helper()
	return askAt(t, router, handler, op, op.Path, caller)
}

// askAt is ask where some of the path's parameters are given.
func askAt(t *testing.T, router *httpd.Router, handler http.Handler, op httpd.Operation, target, caller string) *httptest.ResponseRecorder {
	t.Helper()
	body := ""
	o := described(router.Description(), op)
	if o != nil {
		for _, p := range o.Parameters {
			if p.In == "path" && p.Schema.Type == huma.TypeInteger {
				target = strings.ReplaceAll(target, "{"+p.Name+"}", "1")
			}
		}
	}
	target = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(target, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
	if o != nil {
		target += "?" + query(router.Description(), o)
		if o.RequestBody != nil {
			if media := o.RequestBody.Content["application/json"]; media != nil {
				data, err := json.Marshal(example(router.Description(), media.Schema, 0))
				if err != nil {
					t.Fatal(err)
				}
				body = string(data)
			}
		}
	}
	req := httptest.NewRequestWithContext(t.Context(), op.Method, target, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Caller", caller)
	res := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("%s panics: %v", caller, p)
			}
		}()
		handler.ServeHTTP(res, req)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("no answer")
	}
	return res
}

func problemCode(res *httptest.ResponseRecorder) string {
	var p struct{ Code string }
	if err := json.Unmarshal(res.Body.Bytes(), &p); err != nil {
		return ""
	}
	return p.Code
}

// described is an operation in the API's description; nil for a page.
func described(api *huma.OpenAPI, op httpd.Operation) *huma.Operation {
	item := api.Paths[op.Path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}[op.Method]
}

// query gives every parameter that an operation insists on.
func query(api *huma.OpenAPI, o *huma.Operation) string {
	var list []string
	for _, p := range o.Parameters {
		if p.In == "query" && p.Required {
			list = append(list, p.Name+"="+fmt.Sprint(example(api, p.Schema, 0)))
		}
	}
	return strings.Join(list, "&")
}

// example is a value that a schema lets through.
func example(api *huma.OpenAPI, s *huma.Schema, depth int) any {
	if s == nil || depth > 6 {
		return nil
	}
	if s.Ref != "" {
		return example(api, api.Components.Schemas.SchemaFromRef(s.Ref), depth+1)
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeString:
		return exampleText(s)
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return max(*s.Minimum, 1)
		}
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeArray:
		return []any{example(api, s.Items, depth+1)}
	case huma.TypeObject:
		object := map[string]any{}
		for name, property := range s.Properties {
			if value := example(api, property, depth+1); value != nil || slices.Contains(s.Required, name) {
				object[name] = value
			}
		}
		return object
	}
	return nil
}

func exampleText(s *huma.Schema) string {
	switch s.Format {
	case "date-time":
		return "2026-11-23T09:00:00+08:00"
	case "date":
		return "2026-11-23"
	case "time":
		return "09:00:00"
	case "email":
		return "a@example.cn"
	case "uri":
		return "https://example.cn"
	}
	text := "甲乙"
	if s.MinLength != nil && *s.MinLength > 2 {
		text = strings.Repeat("1", *s.MinLength)
	}
	return text
}
