package item

import (
	"context"
	"net/http"
	"net/url"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// Blank forms, filled samples and samples of results may be files (GD-02, GD-06):
// an editor uploads a PDF or a picture, the form's URL names it, and everybody
// reads it from then on.

// Files is what this context asks of files. Errors are faults for people.
type Files interface {
	// Publish makes the caller's own upload one that everybody may read.
	Publish(ctx context.Context, tx *store.Tx, file string) error
	// Serve answers a request with a file that was published, and with no other.
	Serve(w http.ResponseWriter, r *http.Request, file string) error
}

// formPath is where published forms are read.
const formPath = "/item-files/"

// errNoForm tells that nothing was published at an address.
var errNoForm = fault.New(fault.NotFound, "item.no-form", "没有这个文件")

// ErrNoFiles tells that forms can't be uploaded here.
var ErrNoFiles = fault.New(fault.Unavailable, "item.no-files", "暂时不能上传文件")

// PublishForm makes an upload of the context's caller a form that everybody may
// read, and returns its address.
func (s *Service) PublishForm(ctx context.Context, file string) (address string, err error) {
	if s.Files == nil {
		return "", ErrNoFiles
	}
	err = s.Store.Write(ctx, "publish a form", func(tx *store.Tx) error {
		if err := s.Files.Publish(ctx, tx, file); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.publish-form", Object: file})
	})
	return formPath + url.PathEscape(file), err
}

func (s *Service) formRoutes(r *httpd.Router, op func(id, method, path, summary string, who access.Who) httpd.Operation) {
	publish := op("publish-item-form", http.MethodPost, "/item-forms", "Make an upload a form or a sample of a guide", access.StaffWith(access.RoleItemEditor))
	publish.Status = http.StatusCreated
	httpd.Register(r, publish, s.postForm)
	r.Page(httpd.Operation{ID: "read-item-form", Method: http.MethodGet, Path: formPath + "{file}", Summary: "Read a form or a sample of a guide", Who: access.Everybody(), Tag: "item"}, s.getForm)
}

type formInput struct {
	Body struct {
		File string `json:"file" minLength:"1" maxLength:"40" doc:"Id of POST /files"`
	}
}

type formOutput struct {
	Body struct {
		URL string `json:"url" doc:"Where everybody reads it; the url of a form or a sample"`
	}
}

func (s *Service) postForm(ctx context.Context, in *formInput) (*formOutput, error) {
	out := &formOutput{}
	var err error
	out.Body.URL, err = s.PublishForm(ctx, in.Body.File)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) getForm(w http.ResponseWriter, req *http.Request) error {
	if s.Files == nil {
		return errNoForm
	}
	return s.Files.Serve(w, req, req.PathValue("file"))
}
