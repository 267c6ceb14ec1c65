package cases

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

//go:embed progress.html
var progressText string

var progressPage = template.Must(template.New("progress").Funcs(template.FuncMap{
	"at":  func(t time.Time) string { return t.In(place).Format("2006-01-02 15:04") },
	"day": spoken,
}).Parse(progressText))

// pages declares what isn't JSON: pictures, papers, files and the public page
// of progress, which works without scripts.
func (s *Service) pages(r *httpd.Router) {
	people, either := access.People().AtKiosks(), access.StaffWith(access.RoleClerk, access.RoleApprover, access.RoleChief)
	page := func(id, path, summary string, who access.Who, f func(w http.ResponseWriter, req *http.Request) error) {
		r.Page(httpd.Operation{ID: id, Method: http.MethodGet, Path: path, Summary: summary, Who: who, Tag: "cases"}, f)
	}
	for _, to := range []struct {
		prefix, name string
		who          access.Who
	}{{httpd.Prefix + "/cases/{id}", "case", people.Or(access.Halls())}, {httpd.Prefix + "/acceptance/cases/{id}", "case-for-staff", either}} {
		page("draw-"+to.name, to.prefix+"/progress.svg", "Draw how far a case is", to.who, s.getPicture)
		page("print-"+to.name, to.prefix+"/form.pdf", "Print the filled form", to.who, s.getForm)
		page("read-document-of-"+to.name, to.prefix+"/documents/{document}", "Read a document of a case as PDF", to.who, s.getDocument)
		page("read-file-of-"+to.name, to.prefix+"/files/{file}", "Read a file of a case", to.who, s.getFile)
	}
	page("draw-progress-code", httpd.Prefix+"/cases/{id}/progress.png", "Draw the QR code of a case's progress page", people.Or(access.Halls()), s.getProgressCode)
	page("see-progress", "/progress", "See how far a case is, by its number and code", access.Everybody(), s.getProgress)
	r.Page(httpd.Operation{
		ID: "ask-progress", Method: http.MethodPost, Path: "/progress", Summary: "Look up a case by a form", Who: access.Everybody(), Tag: "cases",
		Cost: queryCost, MaxBody: 4 << 10,
	}, s.postProgress)
}

// seen is the case that a request names, if its caller may see it. A look of
// staff is noted.
func (s *Service) seen(req *http.Request, what string) (Case, error) {
	if access.From(req.Context()).Kind == access.Staff {
		return s.Look(req.Context(), req.PathValue("id"), what)
	}
	return s.Mine(req.Context(), req.PathValue("id"))
}

func (s *Service) getPicture(w http.ResponseWriter, req *http.Request) error {
	c, err := s.seen(req, "picture")
	if err != nil {
		return err
	}
	picture, err := s.picture(req.Context(), c)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(picture) // whoever asked may be gone
	return nil
}

// getProgressCode draws what leads a telephone to the case's progress page.
func (s *Service) getProgressCode(w http.ResponseWriter, req *http.Request) error {
	c, err := s.Mine(req.Context(), req.PathValue("id"))
	if err != nil {
		return err
	}
	link := s.progressLink(&c)
	if link == "" {
		return ErrFile
	}
	if s.BaseURL == "" { // the address that the platform was reached by
		link = "http://" + req.Host + link
		if req.TLS != nil || req.Header.Get("X-Forwarded-Proto") == "https" {
			link = "https" + strings.TrimPrefix(link, "http")
		}
	}
	picture, err := qrCode(link)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(picture) // whoever asked may be gone
	return nil
}

// picture draws a case's examination, or its stages where there is none.
func (s *Service) picture(ctx context.Context, c Case) ([]byte, error) {
	if s.Flows == nil || c.Instant || c.Time.Begun.IsZero() || c.Package != "" {
		return drawStages(c.stageViews(s.Store.Now())), nil
	}
	var out bytes.Buffer
	err := s.Flows.Picture(ctx, &out, c.ID)
	return out.Bytes(), err
}

func (s *Service) getForm(w http.ResponseWriter, req *http.Request) error {
	c, err := s.seen(req, "form")
	if err != nil {
		return err
	}
	if s.Forms == nil || c.Dossier.Form == (FormRef{}) {
		return ErrFile
	}
	facts, err := s.facts(req.Context(), &c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := s.Forms.Print(req.Context(), &out, c.Dossier.Form, c.Dossier.Values, facts, c.ItemName, c.ShownNo(), s.progressLink(&c)); err != nil {
		return err
	}
	return sendPDF(w, out.Bytes())
}

func sendPDF(w http.ResponseWriter, body []byte) error {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(body) // whoever asked may be gone
	return nil
}

func (s *Service) getDocument(w http.ResponseWriter, req *http.Request) error {
	c, err := s.seen(req, "document")
	if err != nil {
		return err
	}
	id := req.PathValue("document")
	for _, d := range c.Dossier.Documents {
		if d.ID != id {
			continue
		}
		var out bytes.Buffer
		if err := s.Documents.PDF(req.Context(), &out, id); err != nil {
			return err
		}
		return sendPDF(w, out.Bytes())
	}
	return ErrFile
}

func (s *Service) getFile(w http.ResponseWriter, req *http.Request) error {
	c, err := s.seen(req, "file")
	if err != nil {
		return err
	}
	id := req.PathValue("file")
	if s.Files == nil || !c.has(id) && !c.signedWith(id) {
		return ErrFile
	}
	return s.Files.Serve(w, req, id)
}

// progressView is what the page shows.
type progressView struct {
	Number  string
	Wrong   string
	Found   *Progress
	Picture template.HTML
}

func (s *Service) getProgress(w http.ResponseWriter, req *http.Request) error {
	q := req.URL.Query()
	number, code := q.Get("number"), q.Get("code")
	if code == "" {
		// A link from a document's verification: its reader has the code.
		return s.answerProgress(w, req, http.StatusOK, progressView{Number: number})
	}
	return s.showProgress(w, req, number, code, "")
}

func (s *Service) postProgress(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, 4<<10)
	if err := req.ParseForm(); err != nil {
		return ErrInput.Because(err)
	}
	code, tail := req.PostForm.Get("code"), ""
	if len(clean(code)) == 4 {
		code, tail = "", code
	}
	return s.showProgress(w, req, req.PostForm.Get("number"), code, tail)
}

// showProgress answers with the page: the form, or the case that was asked for.
func (s *Service) showProgress(w http.ResponseWriter, req *http.Request, number, code, tail string) error {
	v := progressView{Number: number}
	status := http.StatusOK
	if number != "" {
		c, err := s.Query(req.Context(), number, code, tail)
		switch f := fault.Of(err); {
		case err == nil:
			if err := s.fillProgress(req.Context(), &v, c); err != nil {
				return err
			}
		case f != nil:
			v.Wrong, status = f.Detail, http.StatusNotFound
			if f.Kind == fault.TooMany {
				status = http.StatusTooManyRequests
			}
		default:
			return err
		}
	}
	return s.answerProgress(w, req, status, v)
}

// answerProgress sends the page.
func (s *Service) answerProgress(w http.ResponseWriter, req *http.Request, status int, v progressView) error {
	var out bytes.Buffer
	if err := progressPage.Execute(&out, v); err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the code
	w.Header().Set("X-Robots-Tag", "noindex")
	return s.Frame(w, req, status, "办件进度查询", template.HTML(out.String())) //nolint:gosec // made by the template above
}

func (s *Service) fillProgress(ctx context.Context, v *progressView, c Case) error {
	p, err := s.progress(ctx, c)
	if err != nil {
		return err
	}
	picture, err := s.picture(ctx, c)
	if err != nil {
		return err
	}
	v.Found, v.Picture = &p, template.HTML(picture) //nolint:gosec // drawn by the platform, texts escaped
	return nil
}
