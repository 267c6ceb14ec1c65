package item

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// bigBody bounds a draft, in bytes; sheetBody an Excel file.
const (
	bigBody   = 2 << 20
	sheetBody = 10 << 20
)

// staffRoutes declares what editors and reviewers do.
func (s *Service) staffRoutes(r *httpd.Router, op func(id, method, path, summary string, who access.Who) httpd.Operation) {
	editor, reviewer := access.StaffWith(access.RoleItemEditor), access.StaffWith(access.RoleItemReviewer)
	both := editor.Or(reviewer)
	wide := func(o httpd.Operation, limit int64) httpd.Operation { o.MaxBody = limit; return o }
	httpd.Register(r, op("list-drafts", http.MethodGet, "/item-drafts", "List versions in the making", both), s.getWorks)
	httpd.Register(r, wide(op("begin-draft", http.MethodPost, "/item-drafts", "Begin a version of an item", editor), bigBody), s.postDraft)
	httpd.Register(r, op("get-draft", http.MethodGet, "/item-drafts/{id}", "Get a version in the making", both), s.getWork)
	httpd.Register(r, wide(op("save-draft", http.MethodPut, "/item-drafts/{id}", "Save a draft", editor), bigBody), s.putDraft)
	httpd.Register(r, op("drop-draft", http.MethodDelete, "/item-drafts/{id}", "Give a draft up", editor), s.deleteDraft)
	httpd.Register(r, op("get-draft-changes", http.MethodGet, "/item-drafts/{id}/changes", "What a draft changes", both), s.getChanges)
	httpd.Register(r, op("submit-draft", http.MethodPost, "/item-drafts/{id}/submission", "Send a draft into review", editor), s.postSubmit)
	httpd.Register(r, op("review-draft", http.MethodPost, "/item-drafts/{id}/reviews", "Pass a version or return it", reviewer), s.postReview)
	httpd.Register(r, op("propose-item-change", http.MethodPost, "/items/{id}/proposals", "Suspend, resume, cancel, split or merge", editor), s.postProposal)
	httpd.Register(r, op("propose-entry", http.MethodPost, "/catalogue", "Propose a catalogue entry", editor), s.postEntry)
	httpd.Register(r, op("review-entry", http.MethodPost, "/catalogue/{code}/reviews", "Pass or drop a proposed entry", reviewer), s.postEntryReview)
	httpd.Register(r, op("list-synonyms", http.MethodGet, "/synonyms", "List the citizens' words", both), s.getSynonyms)
	httpd.Register(r, op("put-synonyms", http.MethodPut, "/synonyms", "Set what a word means; without meanings it is taken out", editor), s.putSynonyms)
	httpd.Register(r, op("put-package", http.MethodPut, "/packages/{id}", "Make or change a package", editor), s.putPackage)
	httpd.Register(r, op("list-item-imports", http.MethodGet, "/item-imports", "Reports of imports", both), s.getImports)
	httpd.Register(r, wide(op("import-items", http.MethodPost, "/item-imports/excel", "Import items from an Excel file", editor), sheetBody), s.postExcel)
	httpd.Register(r, op("import-province", http.MethodPost, "/item-imports/province", "Ask the province's library now", editor), s.postProvince)
	httpd.Register(r, op("get-item-statistics", http.MethodGet, "/item-statistics", "Items and what is done with them", access.StaffWith()), s.getStatistics)
	r.Page(op("get-import-template", http.MethodGet, httpd.Prefix+"/item-imports/template.xlsx", "The Excel file to fill in", both), s.pageTemplate)
	r.Page(op("export-items", http.MethodGet, httpd.Prefix+"/item-exports/items.xlsx", "The caller's items as an Excel file that can be imported again; ?organisation narrows", editor), s.pageExport)
}

// draftBody is an item as an editor writes it: anything may be missing, but
// nothing be in it that isn't known.
type draftBody Item

// Schema implements huma.SchemaProvider.
func (draftBody) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "As Item. What is missing is empty; what the platform sets is ignored."}
}

// UnmarshalJSON reads an item strictly.
func (d *draftBody) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var it Item
	if err := dec.Decode(&it); err != nil {
		return err
	}
	*d = draftBody(it)
	return nil
}

type worksOutput struct {
	Body struct {
		Drafts []Queued `json:"drafts"`
	}
}

type worksInput struct {
	From  string `query:"from" maxLength:"40" doc:"The last id of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Service) getWorks(ctx context.Context, in *worksInput) (*worksOutput, error) {
	list, err := s.Works(ctx, in.From, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &worksOutput{}
	out.Body.Drafts = list
	return out, nil
}

type draftInput struct{ Body draftBody }

type workOutput struct{ Body Work }

func work(w Work, err error) (*workOutput, error) {
	if err != nil {
		return nil, err
	}
	return &workOutput{w}, nil
}

func (s *Service) postDraft(ctx context.Context, in *draftInput) (*workOutput, error) {
	return work(s.Draft(ctx, Item(in.Body)))
}

func (s *Service) getWork(ctx context.Context, in *idInput) (*workOutput, error) {
	return work(s.Work(ctx, in.ID))
}

type saveInput struct {
	ID      string `path:"id" maxLength:"40"`
	Edition int    `query:"edition" required:"true" minimum:"1" doc:"The edition that the change began with"`
	Body    draftBody
}

func (s *Service) putDraft(ctx context.Context, in *saveInput) (*workOutput, error) {
	it := Item(in.Body)
	it.ID = in.ID
	return work(s.Save(ctx, it, in.Edition))
}

func (s *Service) deleteDraft(ctx context.Context, in *idInput) (*none, error) {
	return nil, s.Drop(ctx, in.ID)
}

type changesOutput struct {
	Body struct {
		Changes []Change `json:"changes"`
	}
}

func (s *Service) getChanges(ctx context.Context, in *idInput) (*changesOutput, error) {
	list, err := s.WorkDiff(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &changesOutput{}
	out.Body.Changes = list
	return out, nil
}

type submitInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition int `json:"edition" minimum:"1"`
	}
}

func (s *Service) postSubmit(ctx context.Context, in *submitInput) (*workOutput, error) {
	return work(s.Submit(ctx, in.ID, in.Body.Edition))
}

type reviewInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition int    `json:"edition" minimum:"1"`
		Pass    bool   `json:"pass"`
		Comment string `json:"comment,omitempty" maxLength:"1000"`
	}
}

func (s *Service) postReview(ctx context.Context, in *reviewInput) (*none, error) {
	return nil, s.Review(ctx, in.ID, in.Body.Edition, in.Body.Pass, in.Body.Comment)
}

type proposalInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Kind   Kind     `json:"kind" enum:"suspend,resume,cancel,split,merge"`
		Reason string   `json:"reason" maxLength:"400"`
		Others []string `json:"others,omitempty" maxItems:"20"`
	}
}

func (s *Service) postProposal(ctx context.Context, in *proposalInput) (*workOutput, error) {
	return work(s.Propose(ctx, in.ID, in.Body.Kind, in.Body.Reason, in.Body.Others))
}

type entryInput struct{ Body Entry }

func (s *Service) postEntry(ctx context.Context, in *entryInput) (*none, error) {
	return nil, s.ProposeEntry(ctx, in.Body)
}

type entryReviewInput struct {
	Code string `path:"code" maxLength:"60"`
	Body struct {
		Pass bool `json:"pass"`
	}
}

func (s *Service) postEntryReview(ctx context.Context, in *entryReviewInput) (*none, error) {
	return nil, s.ReviewEntry(ctx, in.Code, in.Body.Pass)
}

type synonymsOutput struct {
	Body struct {
		Synonyms []Synonyms `json:"synonyms"`
	}
}

func (s *Service) getSynonyms(ctx context.Context, _ *none) (*synonymsOutput, error) {
	list, err := s.Synonyms(ctx)
	if err != nil {
		return nil, err
	}
	out := &synonymsOutput{}
	out.Body.Synonyms = list
	return out, nil
}

type synonymsInput struct{ Body Synonyms }

func (s *Service) putSynonyms(ctx context.Context, in *synonymsInput) (*none, error) {
	return nil, s.PutSynonyms(ctx, in.Body)
}

type packageInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name     string   `json:"name" maxLength:"120"`
		Object   Object   `json:"object" enum:"person,legal"`
		Summary  string   `json:"summary" maxLength:"300"`
		Items    []string `json:"items" maxItems:"30"`
		Keywords []string `json:"keywords,omitempty" maxItems:"40"`
	}
}

func (s *Service) putPackage(ctx context.Context, in *packageInput) (*none, error) {
	if !s.manages(access.From(ctx)) {
		return nil, ErrRights.With("“一件事”由牵头部门编制")
	}
	b := in.Body
	return nil, s.PutPackage(ctx, Package{ID: in.ID, Name: b.Name, Object: b.Object, Summary: b.Summary, Items: b.Items, Keywords: b.Keywords})
}

type importsOutput struct {
	Body struct {
		Imports []Report `json:"imports"`
	}
}

// maxReports is how many reports are listed.
const maxReports = 50

func (s *Service) getImports(ctx context.Context, _ *none) (*importsOutput, error) {
	list, err := s.Reports(ctx, maxReports)
	if err != nil {
		return nil, err
	}
	out := &importsOutput{}
	out.Body.Imports = list
	return out, nil
}

type excelInput struct {
	RawBody []byte `contentType:"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
}

type reportOutput struct{ Body Report }

func (s *Service) postExcel(ctx context.Context, in *excelInput) (*reportOutput, error) {
	r, err := s.ImportExcel(ctx, bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, err
	}
	return &reportOutput{r}, nil
}

func (s *Service) postProvince(ctx context.Context, _ *none) (*reportOutput, error) {
	if !s.manages(access.From(ctx)) {
		return nil, ErrRights.With("省级事项库由牵头部门同步")
	}
	r, err := s.Sync(ctx)
	if err != nil {
		return nil, err
	}
	return &reportOutput{r}, nil
}

type statisticsInput struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"30"`
}

type statisticsOutput struct{ Body Statistics }

func (s *Service) getStatistics(ctx context.Context, in *statisticsInput) (*statisticsOutput, error) {
	st, err := s.Stats(ctx, s.Store.Now().Add(-time.Duration(in.Days)*24*time.Hour))
	if err != nil {
		return nil, err
	}
	return &statisticsOutput{st}, nil
}

func (s *Service) pageTemplate(w http.ResponseWriter, _ *http.Request) error {
	return sendWorkbook(w, "template.xlsx", Template)
}

func (s *Service) pageExport(w http.ResponseWriter, r *http.Request) error {
	return sendWorkbook(w, "items.xlsx", func(out io.Writer) error {
		return s.ExportExcel(r.Context(), out, r.URL.Query().Get("organisation"))
	})
}

// sendWorkbook answers with an Excel file, once it is written without an error.
func sendWorkbook(w http.ResponseWriter, name string, write func(io.Writer) error) error {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := w.Write(buf.Bytes())
	return err
}
