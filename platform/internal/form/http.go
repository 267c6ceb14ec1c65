package form

import (
	"bytes"
	"context"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "form"}
	}
	all := access.Everybody()
	httpd.Register(r, op("get-form", http.MethodGet, "/forms/{id}", "A form to fill in", all), s.getForm)
	httpd.Register(r, op("get-item-form", http.MethodGet, "/items/{id}/form", "The form of an item", all), s.getItemForm)
	httpd.Register(r, op("list-regions", http.MethodGet, "/regions", "The regions right below one", all), s.getRegions)
	r.Page(op("print-blank-form", http.MethodGet, httpd.Prefix+"/forms/{id}/blank.pdf", "An empty form to fill in by hand", all), s.pageBlank)
	s.staffRoutes(r, op)
}

type formInput struct {
	ID      string `path:"id" maxLength:"40"`
	Version int    `query:"version" minimum:"0" maximum:"1000000" doc:"0: the one that is published now"`
}

// body is a form as browsers take it.
type body struct {
	Cache string `header:"Cache-Control"`
	Body  *Form
}

func (s *Service) getForm(ctx context.Context, in *formInput) (*body, error) {
	if in.Version > 0 {
		f, err := s.Version(ctx, in.ID, in.Version)
		return &body{"public, max-age=3600", f}, err
	}
	f, err := s.Published(ctx, in.ID)
	return &body{"no-cache", f}, err
}

type itemInput struct {
	ID string `path:"id" maxLength:"40"`
}

func (s *Service) getItemForm(ctx context.Context, in *itemInput) (*body, error) {
	f, err := s.ForItem(ctx, in.ID)
	return &body{"no-cache", f}, err
}

type regionsInput struct {
	Below string `query:"below" maxLength:"12" doc:"A code of GB/T 2260; empty for the provinces"`
}

type regionsOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Regions []Region `json:"regions"`
	}
}

func (s *Service) getRegions(_ context.Context, in *regionsInput) (*regionsOutput, error) {
	out := &regionsOutput{Cache: "public, max-age=3600"}
	out.Body.Regions = s.Regions.Below(in.Below)
	return out, nil
}

func (s *Service) pageBlank(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Published(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := s.PrintBlank(r.Context(), &out, f, Head{Printed: s.Store.Now()}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="form.pdf"`)
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err = w.Write(out.Bytes())
	return err
}
