package portal

import (
	"net/http"
	"net/url"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
)

// favouritesPath is where a person finds the items that she keeps (SP-09).
const favouritesPath = "/favourites"

// maxForm bounds the body of a form, in bytes.
const maxForm = 4 << 10

func (s *Service) favouriteRoutes(r *httpd.Router) {
	op := func(id, method, path string) httpd.Operation {
		return httpd.Operation{ID: "portal-" + id, Method: method, Path: path, Who: access.Everybody(), Tag: "portal"}
	}
	r.Page(op("favourites", http.MethodGet, favouritesPath), s.favourites)
	r.Page(op("keep-favourite", http.MethodPost, favouritesPath), s.keep)
	r.Page(op("drop-favourite", http.MethodPost, favouritesPath+"/drop"), s.drop)
}

// favouritesBody is what the page of favourites shows.
type favouritesBody struct {
	Items []item.Summary
	// Follows are those that the reader follows.
	Follows []item.Summary
	// Kept and Followed are the names of the item that was just added.
	Kept, Followed string
}

// readerOf tells whether the reader is signed in, and sends her to where she
// can; afterwards she is at next.
func readerOf(w http.ResponseWriter, req *http.Request, next string) bool {
	if access.From(req.Context()).Kind == access.Person {
		return true
	}
	http.Redirect(w, req, "/login?next="+url.QueryEscape(next), http.StatusSeeOther)
	return false
}

// favourites shows the items that the reader keeps. Those that are offered no
// more are left out.
func (s *Service) favourites(w http.ResponseWriter, req *http.Request) error {
	query := req.URL.Query()
	l, _ := lookOf(w, req, query)
	if !readerOf(w, req, favouritesPath) {
		return nil
	}
	ids, err := s.Favourites.Favourites(req.Context())
	if err != nil {
		return err
	}
	var b favouritesBody
	if len(ids) > 0 {
		if b.Items, err = s.Items.Summaries(req.Context(), ids...); err != nil {
			return err
		}
	}
	follows, err := s.Follows(req.Context())
	if err != nil {
		return err
	}
	if b.Follows, err = s.Items.Summaries(req.Context(), follows...); err != nil {
		return err
	}
	for _, sum := range b.Follows {
		if sum.ID == query.Get("followed") {
			b.Followed = sum.Name
		}
	}
	for _, sum := range b.Items {
		if sum.ID == query.Get("kept") {
			b.Kept = sum.Name
		}
	}
	p := page{template: "favourites", title: "我的收藏", body: b, crumbs: []crumb{{"首页", "/"}, {"我的空间", "/my"}, {"我的收藏", ""}}}
	body, err := s.fill(p, address{path: favouritesPath, query: url.Values{}}, l, true)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // whoever asked may be gone
	return nil
}

// keep puts an item among the reader's favourites. Who isn't signed in comes
// back to its guide.
func (s *Service) keep(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, maxForm)
	it, err := s.Items.Get(req.Context(), req.PostFormValue("item"))
	if err != nil {
		return err
	}
	if !readerOf(w, req, "/items/"+url.PathEscape(it.ID)) {
		return nil
	}
	if err := s.Favourites.Keep(req.Context(), it.ID); err != nil {
		return err
	}
	http.Redirect(w, req, favouritesPath+"?kept="+url.QueryEscape(it.ID), http.StatusSeeOther)
	return nil
}

// drop takes an item from the reader's favourites.
func (s *Service) drop(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, maxForm)
	if !readerOf(w, req, favouritesPath) {
		return nil
	}
	if err := s.Favourites.Drop(req.Context(), req.PostFormValue("item")); err != nil {
		return err
	}
	http.Redirect(w, req, favouritesPath, http.StatusSeeOther)
	return nil
}
