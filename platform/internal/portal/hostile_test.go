package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/search"
)

// evil is what somebody would like to bring into a page.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'` + "`{{.}}"

// poison puts evil into every text of a value that isn't an identifier or one of
// a fixed set of words.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch v.Type().Field(i).Name {
			case "ID", "BasicCode", "Next", "Instead", "Without", "Hall", "Service", "Organisation", "Region", "Themes", "Licence", "Parent", "Code",
				"Before", "After", "OnlineURL", "URL", "Keywords":
				if f := v.Type().Field(i); (f.Name == "OnlineURL" || f.Name == "URL") && v.Field(i).CanSet() {
					v.Field(i).SetString("javascript:alert(1)//" + evil)
				}
			default:
				if f := v.Type().Field(i); strings.HasSuffix(f.Type.String(), "string") && f.Name != "Size" && f.Type.Kind() == reflect.Slice &&
					(v.Type() == reflect.TypeFor[item.Option]()) {
					continue // ids of materials and fees
				}
				poison(v.Field(i))
			}
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && v.CanSet() {
			v.SetString(evil + v.String())
		}
	}
}

// spoiled are items that say evil in every text, as no check would let pass.
type spoiled struct {
	*item.Service
	item item.Item
}

// found is evil as an item that was found.
func (s *spoiled) found() item.Hit {
	return item.Hit{
		Summary: s.item.Brief(), NameMarked: []search.Piece{{Text: evil, Hit: true}, {Text: evil}}, SummaryMarked: []search.Piece{{Text: evil}},
	}
}

func (s *spoiled) Get(_ context.Context, id string) (item.Item, error) {
	if id != s.item.ID {
		return item.Item{}, item.ErrUnknown
	}
	return s.item, nil
}

func (s *spoiled) Search(context.Context, item.Query) (item.Found, error) {
	return item.Found{
		Hits: []item.Hit{s.found()}, Total: 1, DidYouMean: []string{evil}, Corrected: evil, Loose: true,
		Facets: map[string][]item.Count{
			item.FacetOrganisation: {{Value: evil, Word: evil, N: 1}, {Value: "market", Word: evil, N: 1}}, item.FacetTheme: {{Value: "l-establish", Word: evil, N: 1}},
			item.FacetType: {{Value: evil, Word: evil, N: 1}, {Value: "permit", Word: evil, N: 2}},
		},
	}, nil
}

func (s *spoiled) Hot(context.Context, item.Object, int) ([]item.Summary, error) {
	return []item.Summary{s.item.Brief()}, nil
}

func (s *spoiled) Summaries(context.Context, ...string) ([]item.Summary, error) {
	return []item.Summary{s.item.Brief()}, nil
}

func (s *spoiled) Packages(context.Context) ([]item.Package, error) {
	return []item.Package{{ID: "evil", Name: evil, Summary: evil, Items: []string{s.item.ID}}}, nil
}

func (s *spoiled) Package(context.Context, string) (item.Package, error) {
	return item.Package{ID: "evil", Name: evil, Summary: evil, Items: []string{s.item.ID}}, nil
}

// alive finds what in a page would run: scripts of its own, handlers and
// addresses that are programs.
func alive(tb testing.TB, path, text string) {
	tb.Helper()
	root, err := html.Parse(strings.NewReader(text))
	must(tb, err)
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), "/portal/")) || n.Data == "iframe" || n.Data == "object" {
			tb.Errorf("%s: a %s", path, n.Data)
		}
		if n.Data == "img" && !strings.HasSuffix(attr(n, "src"), "/qr.svg") {
			tb.Errorf("%s: a picture %q", path, attr(n, "src"))
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				tb.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestNoTextBecomesAProgram(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		it, err := town.items.Get(t.Context(), "business-licence")
		must(t, err)
		poison(reflect.ValueOf(&it).Elem())
		town.halls[0].Name, town.halls[0].Address, town.halls[0].Hours, town.halls[0].Telephone = evil, evil, evil, evil
		town.halls[0].Services[0].Name, town.halls[0].Services[0].Zone, town.halls[0].Services[0].Windows[0] = evil, evil, evil
		town.bodies[0].Name, town.bodies[0].Address, town.bodies[0].Telephone = evil, evil, evil
		town.notice(t, portal.Article{ID: "n1", Kind: portal.Notice, Title: evil, Source: evil, Summary: evil, Body: evil + "\n" + evil, At: town.now.Add(-time.Hour)})
		spoil(t, town, it)
		query := url.QueryEscape(evil)
		for _, path := range []string{
			"/", "/items", "/items/business-licence", "/items/business-licence?s-owner=person", "/items/business-licence?s-owner=none", "/items/business-licence/print",
			"/items/business-licence?s-owner=" + query, "/search?q=" + query, "/items?q=" + query + "&object=" + query, "/items?theme=" + query, "/halls", "/halls/demo",
			"/departments", "/departments/market", "/themes/l-establish", "/notices", "/notices/n1", "/ask?item=business-licence", "/feedback?item=business-licence",
			"/packages", "/packages/evil", "/agencies", "/?x=" + query + "&elder=1",
		} {
			w := town.ask(http.MethodGet, path)
			if w.Code != http.StatusOK {
				t.Errorf("%s answers %d", path, w.Code)
			}
			alive(t, path, w.Body.String())
			hasNot(t, w.Body.String(), "<script>alert", "onerror=alert(2)>'")
		}
		for _, path := range []string{"/" + url.PathEscape(evil), "/items/" + url.PathEscape(evil), "/notices/" + url.PathEscape(evil), "/ask?item=" + query} {
			w := town.ask(http.MethodGet, path)
			if w.Code != http.StatusNotFound {
				t.Errorf("%s answers %d", path, w.Code)
			}
			alive(t, path, w.Body.String())
		}
		zip := town.ask(http.MethodGet, "/items/business-licence/guide.zip")
		if got := zip.Header().Get("Content-Disposition"); zip.Code != http.StatusOK || strings.ContainsAny(got, "<>") {
			t.Errorf("guide.zip answers %d with %s", zip.Code, got)
		}
	})
}

func TestHugeAndStrangeAddressesChangeNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		for i, path := range []string{
			"/search?q=" + strings.Repeat("x", 8000), "/search?q=%ff%fe%00", "/search?q='%20OR%201=1--", "/search?q=%25%25%25", "/search?q=" + strings.Repeat("%E5%BC%80", 3000),
			"/items?page=-1", "/items?page=99999999999999999999", "/items?object=' OR '1'='1", "/items?object=" + strings.Repeat("a", 5000),
			"/search/suggest?q=" + strings.Repeat("y", 8000), "/search/suggest?q=%ff", "/search?%zz=1;2", "/items?sort=drop",
		} {
			w := town.ask(http.MethodGet, strings.ReplaceAll(path, " ", "%20"))
			if w.Code != http.StatusOK {
				t.Errorf("%d %.40s answers %d", i, path, w.Code)
			}
			if w.Body.Len() > 100_000 {
				t.Errorf("%d %.40s answers with %d bytes", i, path, w.Body.Len())
			}
		}
		for _, host := range []string{"evil.cn/x", "a b", `"><script>`, strings.Repeat("h", 300)} {
			req := newRequest("/robots.txt")
			req.Host = host
			w := serve(town, req)
			has(t, w.Body.String(), "Sitemap: http://localhost/sitemap.xml")
		}
	})
}

func TestManyAddressesDontFillTheMemory(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		size := len(town.page(t, "/search?q=0"))
		n := 3 * 64 << 20 / size / 10
		for i := range min(n, 400) {
			town.page(t, fmt.Sprintf("/search?q=%d", i))
		}
		if kept := portal.Kept(town.Service); kept > 64<<20 {
			t.Errorf("%d bytes are kept", kept)
		}
	})
}

func TestOnlyTheServiceDeskPublishes(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		body := `{"id":"x1","kind":"notice","title":"公告标题","source":"","body":"正文","at":"2026-11-20T00:00:00+08:00"}`
		put := func() int {
			req := newRequest("/api/v1/articles/x1")
			req.Method, req.Body = http.MethodPut, readCloser(body)
			req.Header.Set("Content-Type", "application/json")
			return serve(town, req).Code
		}
		for _, tt := range []struct {
			name   string
			caller access.Caller
			want   int
		}{
			{"nobody", access.Caller{}, http.StatusUnauthorized},
			{"a person", access.Caller{Kind: access.Person, ID: "p"}, http.StatusForbidden},
			{"a hall", access.Caller{Kind: access.Hall, ID: "demo"}, http.StatusForbidden},
			{"an editor of items", access.Caller{Kind: access.Staff, ID: "s", Roles: []access.Role{access.RoleItemEditor}}, http.StatusForbidden},
			{"the service desk", access.Caller{Kind: access.Staff, ID: "s", Roles: []access.Role{access.RoleServiceDesk}}, http.StatusOK},
		} {
			town.caller = tt.caller
			if got := put(); got != tt.want {
				t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
			}
		}
		town.caller = access.Caller{Kind: access.Staff, ID: "s", Roles: []access.Role{access.RoleServiceDesk}}
		for _, wrong := range []string{
			`{"id":"x1","kind":"other","title":"公告标题","source":"","body":"正文","at":"2026-11-20T00:00:00+08:00"}`,
			`{"id":"x1","kind":"notice","title":"","source":"","body":"正文","at":"2026-11-20T00:00:00+08:00"}`,
			`{"id":"x1","kind":"notice","title":"公告标题","source":"","body":"` + strings.Repeat("长", 20001) + `","at":"2026-11-20T00:00:00+08:00"}`,
			`{`,
		} {
			body = wrong
			if got := put(); got != http.StatusUnprocessableEntity && got != http.StatusBadRequest {
				t.Errorf("%.60s answers %d", wrong, got)
			}
		}
		has(t, town.page(t, "/notices/x1"), "公告标题")
	})
}
