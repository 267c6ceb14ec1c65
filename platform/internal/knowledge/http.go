package knowledge

import (
	"context"
	"net/http"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	staff, writer, service := access.StaffWith(), access.StaffWith(writers...), access.StaffWith(access.RoleServiceDesk)
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: "/knowledge" + path, Summary: summary, Who: who, Tag: "knowledge"}
	}
	httpd.Register(r, op("search-knowledge", http.MethodGet, "/entries", "Search the knowledge base", staff), s.getEntries)
	httpd.Register(r, op("get-knowledge", http.MethodGet, "/entries/{id}", "One entry with its history", staff), s.getEntry)
	httpd.Register(r, op("get-review-points", http.MethodGet, "/points", "What to look at while taking an item's material", staff), s.getPoints)
	httpd.Register(r, op("rate-knowledge", http.MethodPost, "/entries/{id}/ratings", "Say whether an entry is accurate", staff), s.postRating)
	httpd.Register(r, op("list-own-knowledge-ratings", http.MethodGet, "/ratings/mine", "What the caller rated, with the answers", staff), s.getMine)
	httpd.Register(r, op("see-knowledge-answers", http.MethodPost, "/ratings/mine/seen", "Note the answers as seen", staff), s.postSeen)
	httpd.Register(r, op("list-knowledge-drafts", http.MethodGet, "/drafts", "List versions in the making", writer), s.getWorks)
	httpd.Register(r, op("begin-knowledge", http.MethodPost, "/drafts", "Begin an entry", writer), s.postDraft)
	httpd.Register(r, op("get-knowledge-draft", http.MethodGet, "/drafts/{id}", "Get a version in the making", writer), s.getWork)
	httpd.Register(r, op("save-knowledge-draft", http.MethodPut, "/drafts/{id}", "Save a draft", writer), s.putDraft)
	httpd.Register(r, op("drop-knowledge-draft", http.MethodDelete, "/drafts/{id}", "Give a draft up", writer), s.deleteDraft)
	httpd.Register(r, op("submit-knowledge-draft", http.MethodPost, "/drafts/{id}/submission", "Send a draft to be checked", writer), s.postSubmission)
	httpd.Register(r, op("check-knowledge-draft", http.MethodPost, "/drafts/{id}/check", "Publish a draft or return it", writer), s.postCheck)
	httpd.Register(r, op("revise-knowledge", http.MethodPost, "/entries/{id}/revision", "Begin the next version of an entry", writer), s.postRevision)
	httpd.Register(r, op("withdraw-knowledge", http.MethodPost, "/entries/{id}/withdrawal", "Take an entry off", writer), s.postWithdrawal)
	httpd.Register(r, op("list-knowledge-todos", http.MethodGet, "/todos", "List what departments have to look into", staff), s.getTodos)
	httpd.Register(r, op("answer-knowledge-todo", http.MethodPost, "/todos/{id}/answer", "Answer a to-do", writer), s.postAnswer)
	httpd.Register(r, op("count-knowledge", http.MethodGet, "/statistics", "How departments' knowledge fares", staff), s.getCounts)
	httpd.Register(r, op("list-knowledge-limits", http.MethodGet, "/limits", "Working days for an answer", service), s.getLimits)
	httpd.Register(r, op("set-knowledge-limit", http.MethodPut, "/limits", "Set a limit", service), s.putLimit)
}

// none is an answer or a request without a body.
type none struct{}

type idInput struct {
	ID string `path:"id" maxLength:"120"`
}

type entriesInput struct {
	Text         string `query:"q" maxLength:"64"`
	Kind         string `query:"kind" enum:"review,policy,guide,experience,question,contact"`
	Origin       string `query:"origin" enum:"item,staff,answer"`
	Item         string `query:"item" maxLength:"40"`
	Organisation string `query:"organisation" maxLength:"60"`
	Limit        int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From         int    `query:"from" minimum:"0" maximum:"100000"`
}

type foundOutput struct{ Body Found }

func (s *Service) getEntries(ctx context.Context, in *entriesInput) (*foundOutput, error) {
	found, err := s.Search(ctx, Query{in.Text, Kind(in.Kind), in.Item, in.Organisation, Origin(in.Origin), in.Limit, in.From})
	return &foundOutput{found}, err
}

type entryOutput struct {
	Body struct {
		Entry
		History []Edition `json:"history" doc:"Of what staff wrote; that of an item is the item's"`
		// May are the deeds that the caller may do.
		May []string `json:"may"`
	}
}

func (s *Service) getEntry(ctx context.Context, in *idInput) (*entryOutput, error) {
	e, err := s.Entry(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &entryOutput{}
	out.Body.Entry, out.Body.May = e, []string{}
	c := access.From(ctx)
	if e.author == "" || e.author != c.ID {
		out.Body.May = append(out.Body.May, "rate")
	}
	if e.Origin != FromItem && mayWrite(c, e.Organisation, e.Region) {
		out.Body.May = append(out.Body.May, "revise")
	}
	if e.Origin != FromItem && mayCheck(c, e.Organisation, e.Region) {
		out.Body.May = append(out.Body.May, "withdraw")
	}
	out.Body.History, err = s.History(ctx, in.ID)
	return out, err
}

type pointsInput struct {
	Item     string `query:"item" maxLength:"40" required:"true"`
	Material string `query:"material" maxLength:"40"`
}

type pointsOutput struct{ Body Points }

func (s *Service) getPoints(ctx context.Context, in *pointsInput) (*pointsOutput, error) {
	p, err := s.Points(ctx, in.Item, in.Material)
	return &pointsOutput{p}, err
}

type ratingInput struct {
	ID   string `path:"id" maxLength:"120"`
	Body struct {
		Verdict Verdict `json:"verdict" enum:"accurate,outdated,wrong"`
		Note    string  `json:"note,omitempty" maxLength:"4000"`
	}
}

type ratingOutput struct{ Body Rating }

func (s *Service) postRating(ctx context.Context, in *ratingInput) (*ratingOutput, error) {
	r, err := s.Rate(ctx, in.ID, in.Body.Verdict, in.Body.Note)
	return &ratingOutput{r}, err
}

type ratingsOutput struct {
	Body struct {
		Ratings []Rating `json:"ratings"`
	}
}

func (s *Service) getMine(ctx context.Context, _ *none) (*ratingsOutput, error) {
	all, err := s.Mine(ctx)
	out := &ratingsOutput{}
	for i := range all {
		all[i].Rater = ""
	}
	out.Body.Ratings = all
	return out, err
}

func (s *Service) postSeen(ctx context.Context, _ *none) (*none, error) { return nil, s.See(ctx) }

type todosInput struct {
	State string `query:"state" enum:"open,answered" default:"open"`
}

type todosOutput struct {
	Body struct {
		Todos []Todo `json:"todos"`
	}
}

func (s *Service) getTodos(ctx context.Context, in *todosInput) (*todosOutput, error) {
	all, err := s.Todos(ctx, in.State != "answered")
	out := &todosOutput{}
	out.Body.Todos = all
	return out, err
}

type answerInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Outcome Outcome `json:"outcome" enum:"corrected,kept"`
		Text    string  `json:"text" maxLength:"4000"`
	}
}

func (s *Service) postAnswer(ctx context.Context, in *answerInput) (*none, error) {
	return nil, s.Answer(ctx, in.ID, in.Body.Outcome, in.Body.Text)
}

type countsInput struct {
	From string `query:"from" maxLength:"10" doc:"First day, such as 2026-11-01; empty: 90 days ago"`
	To   string `query:"to" maxLength:"10" doc:"Last day; empty: today"`
}

type countsOutput struct {
	Body struct {
		Counts []Count `json:"counts"`
	}
}

// span is how far statistics go back unless somebody asks for more.
const span = 90 * 24 * time.Hour

func (s *Service) getCounts(ctx context.Context, in *countsInput) (*countsOutput, error) {
	from, err := s.day(in.From, s.Store.Now().Add(-span), "from")
	if err != nil {
		return nil, err
	}
	to, err := s.day(in.To, s.Store.Now(), "to")
	if err != nil {
		return nil, err
	}
	all, err := s.Counts(ctx, from, to.AddDate(0, 0, 1))
	out := &countsOutput{}
	out.Body.Counts = all
	return out, err
}

// day is the beginning of a day that was asked for, or of another one.
func (s *Service) day(text string, other time.Time, field string) (time.Time, error) {
	if text == "" {
		return calendar.On(other.In(s.Zone)).In(s.Zone), nil
	}
	d, err := calendar.ParseDay(text)
	if err != nil {
		return time.Time{}, ErrInput.Wrong(field, "日期格式应为 2026-11-24")
	}
	return d.In(s.Zone), nil
}

type limitsOutput struct {
	Body struct {
		Limits []Limit `json:"limits"`
	}
}

func (s *Service) getLimits(ctx context.Context, _ *none) (*limitsOutput, error) {
	all, err := s.Limits(ctx)
	out := &limitsOutput{}
	out.Body.Limits = all
	return out, err
}

type limitInput struct{ Body Limit }

func (s *Service) putLimit(ctx context.Context, in *limitInput) (*none, error) {
	return nil, s.SetLimit(ctx, in.Body)
}
