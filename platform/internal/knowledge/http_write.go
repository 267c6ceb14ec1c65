package knowledge

import (
	"context"
	"time"

	"smarthall/platform/internal/access"
)

// WorkView is a version in the making as its department sees it.
type WorkView struct {
	Text
	ID               string    `json:"id"`
	Version          int       `json:"version"`
	State            State     `json:"state" enum:"draft,in-check"`
	Origin           Origin    `json:"origin"`
	ItemName         string    `json:"itemName,omitempty"`
	MaterialName     string    `json:"materialName,omitempty"`
	Organisation     string    `json:"organisation"`
	OrganisationName string    `json:"organisationName"`
	Author           string    `json:"author,omitempty" doc:"Name; empty: the platform proposed it"`
	Note             string    `json:"note,omitempty" doc:"Why it was returned"`
	Edition          int       `json:"edition"`
	Changed          time.Time `json:"changed"`
	// May are the deeds that the caller may do now: write, check.
	May []string `json:"may"`
}

// view is a version in the making as the context's caller sees it.
func (s *Service) view(ctx context.Context, w Work) (v WorkView, err error) {
	e := Entry{Item: w.Item, Material: w.Material}
	if err := s.refresh(ctx); err != nil {
		return v, err
	}
	if err := s.name(ctx, &e); err != nil {
		return v, err
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return v, err
	}
	v = WorkView{
		Text: w.Text, ID: w.ID, Version: w.Version, State: w.State, Origin: w.Origin, ItemName: e.ItemName, MaterialName: e.MaterialName,
		Organisation: w.Organisation, OrganisationName: orgs[w.Organisation].Name, Note: w.Note, Edition: w.Edition, Changed: w.Changed, May: []string{},
	}
	c := access.From(ctx)
	if w.State == Draft && mayWrite(c, w.Organisation, w.Region) {
		v.May = append(v.May, "write")
	}
	if w.State == InCheck && w.Author != c.ID && mayCheck(c, w.Organisation, w.Region) {
		v.May = append(v.May, "check")
	}
	v.Author, err = s.member(ctx, w.Author)
	return v, err
}

type workOutput struct{ Body WorkView }

// shown answers with a version after a deed.
func (s *Service) shown(ctx context.Context, w Work, err error) (*workOutput, error) {
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, w)
	return &workOutput{v}, err
}

type worksOutput struct {
	Body struct {
		Drafts []WorkView `json:"drafts"`
	}
}

func (s *Service) getWorks(ctx context.Context, _ *none) (*worksOutput, error) {
	all, err := s.Works(ctx)
	if err != nil {
		return nil, err
	}
	out := &worksOutput{}
	out.Body.Drafts = make([]WorkView, 0, len(all))
	for _, w := range all {
		v, err := s.view(ctx, w)
		if err != nil {
			return nil, err
		}
		v.Body = ""
		out.Body.Drafts = append(out.Body.Drafts, v)
	}
	return out, nil
}

type textInput struct{ Body Text }

func (s *Service) postDraft(ctx context.Context, in *textInput) (*workOutput, error) {
	w, err := s.Begin(ctx, in.Body)
	return s.shown(ctx, w, err)
}

func (s *Service) getWork(ctx context.Context, in *idInput) (*workOutput, error) {
	w, err := s.work(ctx, s.Store.Read(), in.ID)
	return s.shown(ctx, w, err)
}

type saveInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Text
		Edition int `json:"edition" doc:"The one that the writer saw"`
	}
}

func (s *Service) putDraft(ctx context.Context, in *saveInput) (*workOutput, error) {
	w, err := s.Save(ctx, in.ID, in.Body.Edition, in.Body.Text)
	return s.shown(ctx, w, err)
}

type dropInput struct {
	ID      string `path:"id" maxLength:"40"`
	Edition int    `query:"edition" required:"true"`
}

func (s *Service) deleteDraft(ctx context.Context, in *dropInput) (*none, error) {
	return nil, s.Drop(ctx, in.ID, in.Edition)
}

type editionInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition int `json:"edition" doc:"The one that the writer saw"`
	}
}

func (s *Service) postSubmission(ctx context.Context, in *editionInput) (*workOutput, error) {
	w, err := s.Submit(ctx, in.ID, in.Body.Edition)
	return s.shown(ctx, w, err)
}

type checkInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Edition int    `json:"edition" doc:"The one that the checker saw"`
		Pass    bool   `json:"pass"`
		Note    string `json:"note,omitempty" maxLength:"2000" doc:"Why it is returned"`
	}
}

func (s *Service) postCheck(ctx context.Context, in *checkInput) (*none, error) {
	return nil, s.Check(ctx, in.ID, in.Body.Edition, in.Body.Pass, in.Body.Note)
}

func (s *Service) postRevision(ctx context.Context, in *idInput) (*workOutput, error) {
	w, err := s.Revise(ctx, in.ID)
	return s.shown(ctx, w, err)
}

type withdrawInput struct {
	ID   string `path:"id" maxLength:"120"`
	Body struct {
		Reason string `json:"reason" maxLength:"2000"`
	}
}

func (s *Service) postWithdrawal(ctx context.Context, in *withdrawInput) (*none, error) {
	return nil, s.Withdraw(ctx, in.ID, in.Body.Reason)
}
