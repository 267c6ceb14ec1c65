package form_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/form"
	"smarthall/platform/internal/httpd"
)

// callers are those who ask, by the name in the header As.
var callers = map[string]access.Caller{
	"":         {},
	"person":   {Kind: access.Person, ID: "p"},
	"clerk":    {Kind: access.Staff, ID: "c", Org: "market", Region: "330102", Roles: []access.Role{access.RoleClerk}},
	"editor":   {Kind: access.Staff, ID: "editor", Org: "market", Region: "330102", Roles: []access.Role{access.RoleItemEditor}},
	"reviewer": {Kind: access.Staff, ID: "r", Org: "centre", Region: "330100", Roles: []access.Role{access.RoleItemReviewer}},
}

// api is the context's operations over HTTP.
type api struct {
	*office
	handler http.Handler
}

func serve(t *testing.T) *api {
	t.Helper()
	o := file(t)
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) {
		return callers[r.Header.Get("As")], nil
	}})
	o.Routes(r)
	return &api{o, r.Handler()}
}

// do sends a request and returns the answer's status and body.
func (a *api) do(as, method, path, body string) (int, string) {
	a.t.Helper()
	req := httptest.NewRequestWithContext(a.t.Context(), method, httpd.Prefix+path, strings.NewReader(body))
	req.Header.Set("As", as)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

const smallJSON = `{"title":"一","sections":[{"title":"一","fields":[{"name":"name","widget":"text","label":"姓名","required":true}]}]}`

func TestAFormGoesOverHTTPFromDraftToCitizen(t *testing.T) {
	a := serve(t)
	for _, step := range []struct {
		as, method, path, body string
		status                 int
		holds                  string
	}{
		{"clerk", "POST", "/form-drafts", `{"id":"food","definition":` + smallJSON + `}`, 403, ""},
		{"editor", "POST", "/form-drafts", `{"id":"food","definition":` + smallJSON + `}`, 201, `"edition":1`},
		{"editor", "POST", "/form-drafts", `{"id":"food","definition":` + smallJSON + `}`, 409, "form.taken"},
		{"editor", "POST", "/form-drafts", `{"id":"b","definition":{"title":"一","title":"二"}}`, 422, "重复出现"},
		{"editor", "POST", "/form-drafts", `{"id":"b","definition":{"secret":"一"}}`, 422, "不认识"},
		{"editor", "POST", "/form-drafts", `{"id":"b","definition":[]}`, 422, ""},
		{"", "GET", "/forms/food", "", 404, "form.unknown"},
		{"editor", "PUT", "/form-drafts/food", `{"edition":7,"definition":` + smallJSON + `}`, 409, "form.stale"},
		{"editor", "POST", "/form-drafts/food/submission", `{"edition":1}`, 200, `"state":"review"`},
		{"editor", "POST", "/form-drafts/food/reviews", `{"edition":1,"pass":true}`, 403, ""},
		{"reviewer", "POST", "/form-drafts/food/reviews", `{"edition":1,"pass":true}`, 200, `"state":"published"`},
		{"reviewer", "POST", "/form-drafts/food/reviews", `{"edition":1,"pass":true}`, 409, "form.state"},
		{"", "GET", "/forms/food", "", 200, `"schema"`},
		{"", "GET", "/forms/food?version=2", "", 404, "form.unknown"},
		{"person", "PUT", "/items/food-licence/form", `{"form":"food"}`, 403, ""},
		{"editor", "PUT", "/items/food-licence/form", `{"form":"food"}`, 204, ""},
		{"", "GET", "/items/food-licence/form", "", 200, `"id":"food"`},
		{"", "GET", "/items/else/form", "", 200, `"id":"general"`},
		{"", "GET", "/regions?below=330000", "", 200, `"regions":[]`},
		{"", "GET", "/regions", "", 200, "浙江省"},
		{"", "GET", "/forms/food/blank.pdf", "", 200, "%PDF"},
		{"", "GET", "/forms/none/blank.pdf", "", 404, ""},
		{"editor", "POST", "/form-checks", `{"definition":` + smallJSON + `,"values":{}}`, 200, "请填写姓名"},
		{"editor", "POST", "/form-checks", `{"definition":{"title":""}}`, 200, `"path":"title"`},
		{"editor", "POST", "/form-checks", `{"definition":` + smallJSON + `,"values":{"name":1,"name":2}}`, 422, ""},
		{"editor", "POST", "/form-prints", `{"definition":` + smallJSON + `,"values":{"name":"<script>"}}`, 200, "%PDF"},
		{"person", "POST", "/form-prints", `{"definition":` + smallJSON + `}`, 403, ""},
		{"", "GET", "/form-drafts", "", 401, ""},
		{"editor", "GET", "/form-drafts", "", 200, `"items":["food-licence"]`},
		{"editor", "DELETE", "/form-drafts/food", "", 409, "form.state"},
	} {
		status, body := a.do(step.as, step.method, step.path, step.body)
		if status != step.status || !strings.Contains(body, step.holds) {
			t.Errorf("%s %s %s: %d %.300s, want %d with %q", step.as, step.method, step.path, status, body, step.status, step.holds)
		}
	}
}

func TestBrowsersGetNoSecretsOfTheDefinition(t *testing.T) {
	a := serve(t)
	a.must(a.AddDemo(t.Context()))
	_, body := a.do("", "GET", "/forms/food-licence", "")
	if strings.Contains(body, "earlier.") || strings.Contains(body, `"from"`) {
		t.Error("where values come from is told")
	}
	var f form.Form
	if err := json.Unmarshal([]byte(body), &f); err != nil || len(f.Parts) != 5 {
		t.Errorf("%d sections, %v", len(f.Parts), err)
	}
}
