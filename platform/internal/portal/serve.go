package portal

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"smarthall/internal/fonts/rare"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
)

// look is how a reader wants her pages (platform.md 3.7): half as large again,
// in black with high contrast. It stands in cookies, which an address with the
// same name sets.
type look struct {
	Elder, Contrast bool
}

// cookieAge is how long a look is remembered, in seconds.
const cookieAge = 365 * 24 * 60 * 60

// lookOf reads how the reader wants the page; set tells that the address says
// so and was remembered.
func lookOf(w http.ResponseWriter, req *http.Request, query url.Values) (l look, set bool) {
	read := func(name string) bool {
		if v := query.Get(name); v == "0" || v == "1" {
			set = true
			http.SetCookie(w, &http.Cookie{ //nolint:gosec // a matter of taste, which the pages' scripts read too
				Name: name, Value: v, Path: "/", MaxAge: cookieAge, SameSite: http.SameSiteLaxMode,
			})
			return v == "1"
		}
		c, err := req.Cookie(name)
		return err == nil && c.Value == "1"
	}
	l.Elder, l.Contrast = read("elder"), read("contrast")
	query.Del("elder")
	query.Del("contrast")
	return l, set
}

// crumb is one step of the way to a page.
type crumb struct{ Name, Path string }

// page is what a handler makes of a request.
type page struct {
	template    string
	title, text string // text describes the page for search engines
	nav         string // the entry of the main menu it belongs to
	query       string // what stands in the search box
	crumbs      []crumb
	// consult is the query of the online consultation that the page leads to, such
	// as item=food-licence; empty: the centre answers (IX-04).
	consult string
	body    any
}

// view is what the templates get.
type view struct {
	Site             Site
	Title, Text, Nav string
	Query            string
	Home, Plain      bool // Plain is a page to print or keep: without menus and scripts
	Crumbs           []crumb
	Look             look
	SignedIn         bool
	// Consult is where one asks the staff about the page (IX-03, IX-04).
	Consult string
	// Here is the page's address without its look, for the links that change it.
	Here          string
	Style, Script string
	// Rare brings the font for characters that the browser's lack, if there is one.
	Rare template.HTML
	Body any
}

// handler makes a page of an address. It sees no more of the request, because
// its page is for everybody who asks for the same address.
type handler func(ctx context.Context, in address) (page, error)

// address is what a page is of.
type address struct {
	path  string
	id    string
	query url.Values
}

// moved sends the reader to where the page is.
type moved struct{ to string }

func (m *moved) Error() string { return "the page is at " + m.to }

// serve answers a request with the page that h makes, or the one that is kept.
func (s *Service) serve(w http.ResponseWriter, req *http.Request, h handler) error {
	query := req.URL.Query()
	l, set := lookOf(w, req, query)
	in := address{path: req.URL.Path, id: req.PathValue("id"), query: query}
	signedIn := access.From(req.Context()).Kind == access.Person
	render := func(ctx context.Context) ([]byte, error) { return s.render(ctx, in, l, signedIn, h) }
	d, err := s.document(req.Context(), in, l, signedIn, render)
	var m *moved
	switch {
	case errors.As(err, &m):
		http.Redirect(w, req, m.to, http.StatusSeeOther)
		return nil
	case err != nil:
		return s.refuse(w, in, l, signedIn, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Add("Vary", "Cookie")
	switch {
	case set:
		header.Set("Cache-Control", "no-store")
	case signedIn:
		header.Set("Cache-Control", "private, no-cache")
	default:
		header.Set("Cache-Control", "public, max-age=10")
	}
	return send(w, req, d)
}

// document returns the page from the cache, if its address may be kept.
func (s *Service) document(ctx context.Context, in address, l look, signedIn bool, render func(ctx context.Context) ([]byte, error)) (*document, error) {
	query := in.query.Encode()
	if len(query)+len(in.path) > keepQuery {
		body, err := render(ctx)
		if err != nil {
			return nil, err
		}
		return newDocument(body, s.Store.Now()), nil
	}
	key := in.path + "?" + query + "#" + strconv.FormatBool(l.Elder) + strconv.FormatBool(l.Contrast) + strconv.FormatBool(signedIn)
	return s.cache.get(ctx, key, render)
}

// send sends a document, or tells that the reader has it.
func send(w http.ResponseWriter, req *http.Request, d *document) error {
	header := w.Header()
	header.Set("ETag", d.etag)
	header.Add("Vary", "Accept-Encoding")
	if match := req.Header.Get("If-None-Match"); match != "" && strings.Contains(match, d.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := d.body
	if acceptsGzip(req.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = d.gzip()
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // whoever asked may be gone
	return nil
}

// acceptsGzip reads an Accept-Encoding header.
func acceptsGzip(accepted string) bool {
	for part := range strings.SplitSeq(accepted, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			q := strings.ReplaceAll(quality, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// consultPath is where one asks the staff in real time.
const consultPath = "/consult"

// render makes the page's bytes.
func (s *Service) render(ctx context.Context, in address, l look, signedIn bool, h handler) ([]byte, error) {
	p, err := h(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.fill(p, in, l, signedIn)
}

// fill executes a page's template.
func (s *Service) fill(p page, in address, l look, signedIn bool) ([]byte, error) {
	here := url.URL{Path: in.path, RawQuery: in.query.Encode()}
	v := view{
		Site: s.Site, Title: p.title, Text: p.text, Nav: p.nav, Query: p.query, Home: p.template == "home", Plain: p.template == "print", Crumbs: p.crumbs,
		Look: l, SignedIn: signedIn, Here: here.String(), Style: s.files["portal.css"].path, Script: s.files["portal.js"].path, Body: p.body,
		Rare:    template.HTML(rare.Link()), // our own words
		Consult: consultPath,
	}
	if p.consult != "" {
		v.Consult += "?" + p.consult
	}
	var b bytes.Buffer
	if err := s.pages[p.template].ExecuteTemplate(&b, "page", v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// refusal is the body of a page that says why not.
type refusal struct{ Heading, Detail, Code string }

// refuse answers with a page in the portal's form where there is no such thing;
// all else is the router's.
func (s *Service) refuse(w http.ResponseWriter, in address, l look, signedIn bool, err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind != fault.NotFound {
		return err
	}
	p := page{template: "missing", title: "没有找到", body: refusal{"没有找到您要的页面", f.Detail, f.Code}}
	body, failed := s.fill(p, in, l, signedIn)
	if failed != nil {
		return errors.Join(err, failed)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(body)
	return nil
}

// ErrPage tells that there is no such page.
var ErrPage = fault.New(fault.NotFound, "portal.unknown-page", "网址可能输错了，或者内容已经撤下。")

// Missing answers an address that nothing else takes.
func (s *Service) Missing(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	l, _ := lookOf(w, req, query)
	in := address{path: "/", query: url.Values{}}
	if err := s.refuse(w, in, l, false, ErrPage); err != nil {
		http.NotFound(w, req)
	}
}

// base is the portal's address without a slash at its end.
func (s *Service) base(req *http.Request) string {
	if s.BaseURL != "" {
		return strings.TrimSuffix(s.BaseURL, "/")
	}
	host := req.Host
	if host == "" || len(host) > 255 || strings.ContainsFunc(host, notOfHost) {
		host = "localhost"
	}
	if req.TLS != nil || req.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + host
	}
	return "http://" + host
}

// notOfHost tells whether r can't be in a host and port.
func notOfHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-:[]", r)
}
