package form

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// staffRoutes declares what editors and reviewers do.
func (s *Service) staffRoutes(r *httpd.Router, op func(id, method, path, summary string, who access.Who) httpd.Operation) {
	editor, reviewer := access.StaffWith(access.RoleItemEditor), access.StaffWith(access.RoleItemReviewer)
	both := editor.Or(reviewer)
	wide := func(o httpd.Operation) httpd.Operation { o.MaxBody = maxDefinition + maxValues; return o }
	httpd.Register(r, op("list-forms", http.MethodGet, "/form-drafts", "List the forms that one writes or reviews", both), s.getList)
	begin := wide(op("begin-form", http.MethodPost, "/form-drafts", "Begin a form", editor))
	begin.Status = http.StatusCreated
	httpd.Register(r, begin, s.postBegin)
	httpd.Register(r, op("get-form-draft", http.MethodGet, "/form-drafts/{id}", "A form with its version in the making", both), s.getWork)
	httpd.Register(r, wide(op("save-form", http.MethodPut, "/form-drafts/{id}", "Save a version in the making", editor)), s.putWork)
	httpd.Register(r, op("drop-form", http.MethodDelete, "/form-drafts/{id}", "Give the version in the making up", editor), s.deleteWork)
	httpd.Register(r, op("submit-form", http.MethodPost, "/form-drafts/{id}/submission", "Send a form into review", editor), s.postSubmit)
	httpd.Register(r, op("review-form", http.MethodPost, "/form-drafts/{id}/reviews", "Publish a form, or send it back", reviewer), s.postReview)
	httpd.Register(r, wide(op("check-form", http.MethodPost, "/form-checks", "Check a definition, and values against it", both)), s.postCheck)
	httpd.Register(r, wide(op("print-form", http.MethodPost, "/form-prints", "Print a definition with values", both)), s.postPrint)
	httpd.Register(r, op("bind-form", http.MethodPut, "/items/{id}/form", "Give an item a form", both), s.putItemForm)
}

// definitionBody is a definition as an editor writes it: anything may be
// missing, but nothing be in it that isn't known.
type definitionBody struct {
	definition Definition
	wrong      []Mistake
}

// read is the definition, or ErrDefinition.
func (d *definitionBody) read() (Definition, error) {
	if len(d.wrong) > 0 {
		return Definition{}, wrongDefinition(d.wrong)
	}
	return d.definition, nil
}

// compile is the form as a preview shows it, or what is wrong.
func (d *definitionBody) compile() (*Form, []Mistake) {
	if len(d.wrong) > 0 {
		return nil, d.wrong
	}
	return Compile("draft", 1, d.definition)
}

// Schema implements huma.SchemaProvider.
func (definitionBody) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "As Definition."}
}

// UnmarshalJSON reads a definition strictly; what is wrong with it is told when
// it is used.
func (d *definitionBody) UnmarshalJSON(data []byte) error {
	d.definition, d.wrong = Read(data)
	return nil
}

type listOutput struct {
	Body struct {
		Forms []Listed `json:"forms"`
	}
}

func (s *Service) getList(ctx context.Context, _ *struct{}) (*listOutput, error) {
	list, err := s.List(ctx)
	out := &listOutput{}
	out.Body.Forms = list
	return out, err
}

type workOutput struct{ Body Work }

type beginInput struct {
	Body struct {
		ID           string         `json:"id" maxLength:"40"`
		Organisation string         `json:"organisation,omitempty" maxLength:"40" doc:"Empty: one's own"`
		Region       string         `json:"region,omitempty" maxLength:"12" doc:"Empty: one's own"`
		Definition   definitionBody `json:"definition"`
	}
}

func (s *Service) postBegin(ctx context.Context, in *beginInput) (*workOutput, error) {
	c, b := access.From(ctx), in.Body
	if b.Organisation == "" {
		b.Organisation = c.Org
	}
	if b.Region == "" {
		b.Region = c.Region
	}
	d, err := b.Definition.read()
	if err != nil {
		return nil, err
	}
	w, err := s.Begin(ctx, b.ID, b.Organisation, b.Region, d)
	return &workOutput{w}, err
}

func (s *Service) getWork(ctx context.Context, in *itemInput) (*workOutput, error) {
	w, err := s.Work(ctx, in.ID)
	return &workOutput{w}, err
}

type saveInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition    int            `json:"edition" minimum:"1"`
		Definition definitionBody `json:"definition"`
	}
}

func (s *Service) putWork(ctx context.Context, in *saveInput) (*workOutput, error) {
	d, err := in.Body.Definition.read()
	if err != nil {
		return nil, err
	}
	w, err := s.Save(ctx, in.ID, in.Body.Edition, d)
	return &workOutput{w}, err
}

func (s *Service) deleteWork(ctx context.Context, in *itemInput) (*struct{}, error) {
	return nil, s.Drop(ctx, in.ID)
}

type submitInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition int `json:"edition" minimum:"1"`
	}
}

func (s *Service) postSubmit(ctx context.Context, in *submitInput) (*workOutput, error) {
	w, err := s.Submit(ctx, in.ID, in.Body.Edition)
	return &workOutput{w}, err
}

type reviewInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition int    `json:"edition" minimum:"1"`
		Pass    bool   `json:"pass"`
		Comment string `json:"comment,omitempty" maxLength:"4000"`
	}
}

func (s *Service) postReview(ctx context.Context, in *reviewInput) (*workOutput, error) {
	w, err := s.Review(ctx, in.ID, in.Body.Edition, in.Body.Pass, in.Body.Comment)
	return &workOutput{w}, err
}

type checkInput struct {
	Body struct {
		Definition definitionBody `json:"definition"`
		Values     Values         `json:"values,omitempty"`
		Answers    Answers        `json:"answers,omitempty"`
	}
}

// wrongField is one wrong field, for the preview.
type wrongField struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

type checkOutput struct {
	Body struct {
		Mistakes []Mistake `json:"mistakes"`
		// Form is what browsers take, if there are no mistakes.
		Form  *Form        `json:"form,omitempty"`
		Wrong []wrongField `json:"wrong"`
	}
}

func (s *Service) postCheck(_ context.Context, in *checkInput) (*checkOutput, error) {
	out := &checkOutput{}
	f, mistakes := in.Body.Definition.compile()
	out.Body.Mistakes, out.Body.Form, out.Body.Wrong = append([]Mistake{}, mistakes...), f, []wrongField{}
	if f != nil {
		for _, w := range f.Check(in.Body.Values, in.Body.Answers, s.Store.Now()) {
			out.Body.Wrong = append(out.Body.Wrong, wrongField(w))
		}
	}
	return out, nil
}

type pdfOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (s *Service) postPrint(ctx context.Context, in *checkInput) (*pdfOutput, error) {
	f, mistakes := in.Body.Definition.compile()
	if f == nil {
		return nil, wrongDefinition(mistakes)
	}
	var out bytes.Buffer
	head := Head{Printed: s.Store.Now().Truncate(time.Second)}
	if err := s.Print(ctx, &out, f, in.Body.Values, in.Body.Answers, head); err != nil {
		return nil, err
	}
	return &pdfOutput{"application/pdf", out.Bytes()}, nil
}

type bindInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Form string `json:"form" maxLength:"40" doc:"Empty: the general form"`
	}
}

func (s *Service) putItemForm(ctx context.Context, in *bindInput) (*struct{}, error) {
	return nil, s.Bind(ctx, in.ID, in.Body.Form)
}
