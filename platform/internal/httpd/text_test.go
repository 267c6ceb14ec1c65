package httpd_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// texts is an input with text in every place where a context may have some.
type texts struct {
	ID   string `path:"id"`
	Q    string `query:"q"`
	Body struct {
		Name  string              `json:"name,omitempty"`
		Deep  []map[string]string `json:"deep,omitempty"`
		Any   map[string]any      `json:"any,omitempty"`
		Raw   json.RawMessage     `json:"raw,omitempty"`
		Where *Actor              `json:"where,omitempty"`
	}
}

// TestTextThatNoDatabaseKeepsIsRefusedAtTheDoor: NUL and broken UTF-8 get one
// clear answer on both engines, wherever they stand.
func TestTextThatNoDatabaseKeepsIsRefusedAtTheDoor(t *testing.T) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
	reached := 0
	httpd.Register(r, httpd.Operation{ID: "put-texts", Method: http.MethodPut, Path: "/texts/{id}", Who: access.Everybody()},
		func(context.Context, *texts) (*both, error) { reached++; return &both{}, nil })
	r.Page(httpd.Operation{ID: "form", Method: http.MethodPost, Path: "/form", Who: access.Everybody(), MaxBody: 1000}, func(w http.ResponseWriter, req *http.Request) error {
		reached++
		if q := req.URL.Query().Get("q"); strings.Trim(q, "\ufffd") != "" {
			t.Errorf("the query still says %q", q)
		}
		_, err := w.Write([]byte(req.PostFormValue("a")))
		return err
	})
	const form, body = "application/x-www-form-urlencoded", "application/json"
	for name, c := range map[string]struct {
		method, path, kind, body string
		status                   int
	}{
		"good":                        {"PUT", httpd.Prefix + "/texts/a?q=b", body, `{"name":"甲","deep":[{"a":"b"}],"any":{"a":["b",1,null]},"raw":{"a":"b"},"where":{"name":"乙"}}`, 200},
		"NUL in the path":             {"PUT", httpd.Prefix + "/texts/a%00", body, `{}`, 422},
		"NUL in the query":            {"PUT", httpd.Prefix + "/texts/a?q=%00", body, `{}`, 422},
		"no UTF-8 in the query":       {"PUT", httpd.Prefix + "/texts/a?q=%ff", body, `{}`, 422},
		"NUL in a field":              {"PUT", httpd.Prefix + "/texts/a", body, `{"name":"a\u0000b"}`, 422},
		"NUL in a list":               {"PUT", httpd.Prefix + "/texts/a", body, `{"deep":[{"a":"\u0000"}]}`, 422},
		"NUL in a key":                {"PUT", httpd.Prefix + "/texts/a", body, `{"deep":[{"\u0000":"a"}]}`, 422},
		"NUL in anything":             {"PUT", httpd.Prefix + "/texts/a", body, `{"any":{"a":["\u0000"]}}`, 422},
		"NUL in JSON that is kept":    {"PUT", httpd.Prefix + "/texts/a", body, `{"raw":{"a":"\u0000"}}`, 422},
		"NUL behind a pointer":        {"PUT", httpd.Prefix + "/texts/a", body, `{"where":{"name":"\u0000"}}`, 422},
		"no UTF-8 in a field":         {"PUT", httpd.Prefix + "/texts/a", body, "{\"name\":\"a\xffb\"}", 400},
		"half a character":            {"PUT", httpd.Prefix + "/texts/a", body, `{"name":"a\ud83d"}`, 400},
		"the other half alone":        {"PUT", httpd.Prefix + "/texts/a", body, `{"name":"\ude00a"}`, 400},
		"two first halves":            {"PUT", httpd.Prefix + "/texts/a", body, `{"name":"\ud83d\ud83d\ude00"}`, 400},
		"half a character in a key":   {"PUT", httpd.Prefix + "/texts/a", body, `{"raw":{"\ud83d":"a"}}`, 400},
		"a whole escaped character":   {"PUT", httpd.Prefix + "/texts/a", body, `{"name":"\ud83d\ude00 \\ud83d \u4e2d"}`, 200},
		"a broken escape":             {"PUT", httpd.Prefix + "/texts/a", body, `{"name":"\uzzzz"}`, 400},
		"NUL in a page's query":       {"POST", "/form?q=%00%ff", form, `a=b`, 200},
		"NUL in a page's path":        {"POST", "/form%00", form, `a=b`, 404},
		"a good form":                 {"POST", "/form", form, `a=b`, 200},
		"NUL in a form":               {"POST", "/form", form, `a=%00`, 422},
		"no UTF-8 in a form":          {"POST", "/form", form, `a=%ff`, 422},
		"a form that is too long":     {"POST", "/form", form, "a=" + strings.Repeat("x", 2000), 422},
		"a form with a broken escape": {"POST", "/form", form, `a=%zz`, 422},
	} {
		t.Run(name, func(t *testing.T) {
			before := reached
			req := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
			req.Header.Set("Content-Type", c.kind)
			res := httptest.NewRecorder()
			r.Handler().ServeHTTP(res, req)
			if res.Code != c.status {
				t.Errorf("%d %s, want %d", res.Code, res.Body, c.status)
			}
			if ran := reached > before; ran != (c.status == 200) {
				t.Errorf("the operation ran: %t", ran)
			}
		})
	}
}
