package portal

import (
	"html/template"
	"net/http"
	"net/url"

	"smarthall/platform/internal/access"
)

// Framed is a page of another context, which the portal puts into its form.
type Framed struct {
	// Status is HTTP's; 0 means 200.
	Status int
	Title  string
	// Nav is the entry of the main menu it belongs to: see, find, do, ask or
	// rate.
	Nav string
	// Body stands between the portal's head and foot. Its context has made it
	// by a template of its own, so that everything from outside is escaped.
	Body template.HTML
}

// Frame answers with a page in the portal's form: for what only one reader sees,
// such as a case's progress, so that nobody keeps a copy of it.
func (s *Service) Frame(w http.ResponseWriter, req *http.Request, f Framed) error {
	query := req.URL.Query()
	l, _ := lookOf(w, req, query)
	// The address may hold a code that the links of the page's head don't need.
	in := address{path: req.URL.Path, query: url.Values{}}
	for _, name := range []string{"number", "code"} {
		if v := query.Get(name); v != "" {
			in.query.Set(name, v)
		}
	}
	p := page{template: "frame", title: f.Title, nav: f.Nav, body: f.Body}
	body, err := s.fill(p, in, l, access.From(req.Context()).Kind == access.Person)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Robots-Tag", "noindex")
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = w.Write(body) // whoever asked may be gone
	return nil
}
