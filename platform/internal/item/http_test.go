package item_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
)

// callers are those who ask, by the name in the header As.
var callers = map[string]access.Caller{
	"":         {},
	"person":   {Kind: access.Person, ID: "p"},
	"hall":     {Kind: access.Hall, ID: "demo"},
	"clerk":    {Kind: access.Staff, ID: "c", Org: "market", Region: "330102", Roles: []access.Role{access.RoleClerk}},
	"editor":   {Kind: access.Staff, ID: "editor", Org: "market", Region: "330102", Roles: []access.Role{access.RoleItemEditor}},
	"reviewer": {Kind: access.Staff, ID: "r", Org: "market", Region: "330102", Roles: []access.Role{access.RoleItemReviewer}},
}

// api is the context's operations over HTTP.
type api struct {
	*city
	handler http.Handler
	router  *httpd.Router
}

func serve(t *testing.T, target string) *api {
	t.Helper()
	c := open(t, target)
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) {
		return callers[r.Header.Get("As")], nil
	}})
	c.Routes(r)
	return &api{c, r.Handler(), r}
}

// do sends a request and returns the answer's status and body.
func (a *api) do(as, method, path string, body any) (int, string) {
	a.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			a.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	req := httptest.NewRequestWithContext(a.t.Context(), method, path, in)
	req.Header.Set("As", as)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

func TestEveryOperationIsForWhomItSays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		a := serve(t, target)
		a.load()
		for _, op := range a.router.Operations() {
			path := strings.NewReplacer("{id}", "business-licence", "{version}", "1", "{code}", "000131001000").Replace(op.Path)
			for name, caller := range callers {
				status, body := a.do(name, op.Method, path, nil)
				refused := status == http.StatusUnauthorized || (status == http.StatusForbidden && strings.Contains(body, "request.forbidden"))
				if refused == op.Who.Allows(caller) {
					t.Errorf("%s as %q: %d %s", op, name, status, body)
				}
				if status >= 500 {
					t.Errorf("%s as %q: %d %s", op, name, status, body)
				}
			}
		}
	})
}

func TestPublicAnswers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		a := serve(t, target)
		a.load()
		if err := a.PutSynonyms(a.editor(), item.Synonyms{Word: "开店", Means: []string{"营业执照"}}); err != nil {
			t.Fatal(err)
		}
		const p = httpd.Prefix
		cases := []struct {
			name, path string
			status     int
			has, lacks string
		}{
			{"search by a citizens' word", p + "/search?q=" + url.QueryEscape("开店"), 200, `"id":"business-licence"`, ""},
			{"search with facets", p + "/search?object=legal&theme=l-establish&bookable=true", 200, `"word":"设立变更"`, ""},
			{"list that nothing fits", p + "/items?object=person", 200, `"hits":[]`, "null"},
			{"suggestions", p + "/suggestions?q=" + url.QueryEscape("营业"), 200, "营业执照设立登记", ""},
			{"an item", p + "/items/business-licence", 200, `"organisationName":"市场监督管理局"`, ""},
			{"an unknown item", p + "/items/nothing", 404, "item.unknown", ""},
			{"a version", p + "/items/business-licence/versions/1", 200, `"version":1`, ""},
			{"an unknown version", p + "/items/business-licence/versions/7", 404, "item.unknown-version", ""},
			{"the history", p + "/items/business-licence/versions", 200, `"successors":[]`, ""},
			{"an outcome", p + "/items/business-licence/outcome?answers=owner:person,premises:own,scope:no,agent:self", 200, `"done":true`, `"id":"lease","name"`},
			{"an outcome of no option", p + "/items/business-licence/outcome?answers=owner:x", 422, "item.answer", ""},
			{"an outcome of nonsense", p + "/items/business-licence/outcome?answers=%27;--", 422, "item.answer", ""},
			{"the counter's checklist", p + "/items/business-licence/checklist?answers=owner:legal", 200, `"ask":false`, ""},
			{"the kiosk's page", p + "/items/business-licence/kiosk?hall=demo", 200, `"promised":"1个工作日"`, ""},
			{"the printed guide", "/items/business-licence/guide.pdf", 200, "%PDF-", ""},
			{"no printed guide", "/items/nothing/guide.pdf", 404, "item.unknown", ""},
			{"themes", p + "/themes", 200, "生育收养", ""},
			{"the catalogue", p + "/catalogue", 200, "GB/T 39554.1 基本编码", ""},
			{"packages", p + "/packages", 200, `"packages":[]`, ""},
			{"hot items", p + "/hot-items?object=legal", 200, "business-licence", ""},
			{"hot items of nobody", p + "/hot-items?object=dog", 422, "", ""},
			{"too long a query", p + "/search?q=" + strings.Repeat("a", 101), 422, "", ""},
			{"an SQL query", p + "/search?q=" + url.QueryEscape("' OR 1=1; DROP TABLE item_head; --"), 200, `"hits":[]`, ""},
			{"a negative offset", p + "/search?offset=-1", 422, "", ""},
		}
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				status, body := a.do("", http.MethodGet, tc.path, nil)
				if status != tc.status || !strings.Contains(body, tc.has) || (tc.lacks != "" && strings.Contains(body, tc.lacks)) {
					t.Errorf("%d %.600s", status, body)
				}
			})
		}
	})
}

func TestAnEditorWorksOverHTTP(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		a := serve(t, target)
		it := a.load()
		it.Summary = "网上改的"
		status, body := a.do("editor", http.MethodPost, httpd.Prefix+"/item-drafts", it)
		if status != http.StatusOK || !strings.Contains(body, `"edition":1`) {
			t.Fatalf("draft: %d %.300s", status, body)
		}
		if status, body = a.do("editor", http.MethodPut, httpd.Prefix+"/item-drafts/business-licence?edition=1", map[string]any{"naem": 1}); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("an unknown field: %d %.300s", status, body)
		}
		if status, body = a.do("editor", http.MethodPut, httpd.Prefix+"/item-drafts/business-licence?edition=1", it); status != http.StatusOK || !strings.Contains(body, `"edition":2`) {
			t.Fatalf("save: %d %.300s", status, body)
		}
		if status, body = a.do("reviewer", http.MethodGet, httpd.Prefix+"/item-drafts/business-licence/changes", nil); status != http.StatusOK || !strings.Contains(body, "网上改的") {
			t.Errorf("changes: %d %.300s", status, body)
		}
		if status, body = a.do("editor", http.MethodPost, httpd.Prefix+"/item-drafts/business-licence/submission", map[string]int{"edition": 2}); status != http.StatusOK || !strings.Contains(body, "部门法制审核") {
			t.Fatalf("submit: %d %.300s", status, body)
		}
		if status, body = a.do("reviewer", http.MethodGet, httpd.Prefix+"/item-drafts", nil); status != http.StatusOK || !strings.Contains(body, `"stage":"部门法制审核"`) {
			t.Errorf("list: %d %.300s", status, body)
		}
		if status, body = a.do("reviewer", http.MethodPost, httpd.Prefix+"/item-drafts/business-licence/reviews", map[string]any{"edition": 3, "pass": true}); status != http.StatusNoContent {
			t.Errorf("review: %d %.300s", status, body)
		}
		if status, body = a.do("editor", http.MethodPost, httpd.Prefix+"/items/business-licence/proposals", map[string]any{"kind": "suspend", "reason": "x"}); status != http.StatusConflict {
			t.Errorf("a second version: %d %.300s", status, body)
		}
		if status, body = a.do("editor", http.MethodGet, httpd.Prefix+"/item-statistics", nil); status != http.StatusOK || !strings.Contains(body, `"inReview":1`) {
			t.Errorf("statistics: %d %.300s", status, body)
		}
		if status, body = a.do("editor", http.MethodGet, httpd.Prefix+"/item-imports/template.xlsx", nil); status != http.StatusOK || !strings.HasPrefix(body, "PK") {
			t.Errorf("template: %d %.30s", status, body)
		}
	})
}

func TestHotItemsComeFirst(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		d := example(t)
		for _, id := range []string{"a-first", "b-second"} {
			it := d.Items[0]
			it.ID, it.Title = id, "登记 "+id
			d.Items = append(d.Items, it)
		}
		if err := c.AddData(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			c.Seen("b-second", item.ActView)
		}
		c.Seen("a-first", item.ActApply)
		c.Seen("a-first", item.ActReturn)
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		hot, err := c.Hot(t.Context(), item.ForLegal, 2)
		if err != nil || len(hot) != 2 || hot[0].ID != "a-first" || hot[1].ID != "b-second" {
			t.Errorf("hot are %v, %v", hot, err)
		}
		st, err := c.Stats(t.Context(), start.AddDate(0, 0, -1))
		if err != nil || st.Items != 3 || len(st.Hot) != 2 || st.Hot[0].ID != "a-first" || len(st.Difficult) != 1 || st.Online != 3 || st.AtMostOnce != 3 {
			t.Errorf("statistics %+v, %v", st, err)
		}
	})
}

func TestCodesAreReadWhereARuleIsKnown(t *testing.T) {
	cases := []struct{ code, rule, part, value string }{
		{"000131001000", "GB/T 39554.1 基本编码", "main", "31001"},
		{"11440232MB2D06811W4000117051000", "GB/T 39554.1 实施编码", "body", "11440232MB2D06811W"},
		{"11440232MB2D06811W400011705100001", "GB/T 39554.1 业务办理项编码", "handling", "01"},
		{"XK-2019-0001", "", "", ""},
		{"", "", "", ""},
		{"0001310010é", "", "", ""},
		{"11440232MB2D06811W9000117051000", "", "", ""},
	}
	for _, tc := range cases {
		got := item.ParseCode(tc.code)
		if got.Rule != tc.rule || got.Parts[tc.part] != tc.value {
			t.Errorf("%s: %+v", tc.code, got)
		}
	}
}
