package portal

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
)

// Routes declares the portal's pages and operations.
func (s *Service) Routes(r *httpd.Router) {
	get := func(id, path string, fn func(w http.ResponseWriter, req *http.Request) error) {
		r.Page(httpd.Operation{ID: "portal-" + id, Method: http.MethodGet, Path: path, Who: access.Everybody(), Tag: "portal"}, fn)
	}
	show := func(id, path string, h handler) {
		get(id, path, func(w http.ResponseWriter, req *http.Request) error { return s.serve(w, req, h) })
	}
	show("home", "/{$}", s.home)
	show("search", "/search", s.find)
	show("items", "/items", s.find)
	get("item", "/items/{id}", func(w http.ResponseWriter, req *http.Request) error {
		s.seen(req.Context(), req.PathValue("id"))
		return s.serve(w, req, s.guide)
	})
	show("item-print", "/items/{id}/print", s.guide)
	get("item-bundle", "/items/{id}/guide.zip", s.bundle)
	get("item-code", "/items/{id}/qr.svg", s.code)
	get("item-result-sample", "/items/{id}/sample", s.file)
	get("item-blank", "/items/{id}/materials/{material}/blank", s.file)
	get("item-sample", "/items/{id}/materials/{material}/sample", s.file)
	show("themes", "/themes", s.themeList)
	show("theme", "/themes/{id}", s.theme)
	show("departments", "/departments", s.bodyList)
	show("department", "/departments/{id}", s.bodyPage)
	show("packages", "/packages", s.packageList)
	show("package", "/packages/{id}", s.packagePage)
	show("halls", "/halls", s.hallList)
	show("hall", "/halls/{id}", s.hallPage)
	show("notices", "/notices", s.articleList(Notice))
	show("notice", "/notices/{id}", s.articlePage(Notice))
	show("laws", "/laws", s.articleList(Law))
	show("law", "/laws/{id}", s.articlePage(Law))
	show("agencies", "/agencies", s.agencyList)
	show("query", "/query", s.fixed("query", "我要查", "find"))
	show("ask", "/ask", s.about("ask", "我要问", "ask"))
	show("feedback", "/feedback", s.about("feedback", "我要评", "rate"))
	show("help", "/help", s.fixed("help", "使用帮助", ""))
	show("about", "/about", s.fixed("about", "关于本站", ""))
	show("privacy", "/privacy", s.fixed("privacy", "隐私政策", ""))
	show("agreement", "/agreement", s.fixed("agreement", "服务协议", ""))
	get("suggest", "/search/suggest", s.suggest)
	get("static", "/portal/{file}", s.static)
	get("robots", "/robots.txt", s.robots)
	get("sitemap", "/sitemap.xml", s.sitemap)
	s.favouriteRoutes(r)
	s.followRoutes(r)
	s.recommendRoutes(r)
	s.operations(r)
	r.Handle("/", http.HandlerFunc(s.Missing))
}

// suggest answers with words for what was typed so far.
func (s *Service) suggest(w http.ResponseWriter, req *http.Request) error {
	typed := []rune(strings.ToValidUTF8(req.URL.Query().Get("q"), ""))
	words, err := s.Items.Suggest(req.Context(), string(typed[:min(len(typed), maxText)]))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	return json.NewEncoder(w).Encode(struct {
		Words []string `json:"words"`
	}{words})
}

// robots tells search engines what is for them.
func (s *Service) robots(w http.ResponseWriter, req *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = fmt.Fprintf(w, `User-agent: *
Disallow: /api/
Disallow: /my
Disallow: /units
Disallow: /account
Disallow: /favourites
Disallow: /province
Disallow: /login
Disallow: /register
Disallow: /book
Disallow: /search
Disallow: /staff
Sitemap: %s/sitemap.xml
`, s.base(req))
	return nil
}

// sitemap are the addresses of all pages with things on them, made anew now
// and then.
type sitemap struct{ held[[]string] }

// sitemap lists the pages for search engines.
func (s *Service) sitemap(w http.ResponseWriter, req *http.Request) error {
	ctx := req.Context()
	paths, err := s.plan.get(s.Store.Now(), func() ([]string, error) {
		list := []string{"/", "/items", "/themes", "/departments", "/packages", "/halls", "/notices", "/laws", "/agencies", "/query", "/ask", "/feedback", "/help", "/about"}
		for _, t := range item.Themes() {
			list = append(list, "/themes/"+t.ID)
		}
		packages, err := s.Items.Packages(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			list = append(list, "/packages/"+url.PathEscape(p.ID))
		}
		notices, _, err := s.Articles(ctx, Notice, articlesPerPage*lastPage, 0)
		if err != nil {
			return nil, err
		}
		for _, a := range notices {
			list = append(list, "/notices/"+a.ID)
		}
		return list, s.everyItem(ctx, func(sum item.Summary) error {
			list = append(list, "/items/"+url.PathEscape(sum.ID))
			return nil
		})
	})
	if err != nil {
		return err
	}
	type place struct {
		Loc string `xml:"loc"`
	}
	type urlset struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URL     []place  `xml:"url"`
	}
	base := s.base(req)
	var set urlset
	for _, p := range paths[:min(len(paths), maxItems)] {
		set.URL = append(set.URL, place{base + p})
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=600")
	if _, err := w.Write([]byte(xml.Header)); err != nil {
		return nil //nolint:nilerr // whoever asked is gone
	}
	return xml.NewEncoder(w).Encode(set)
}
