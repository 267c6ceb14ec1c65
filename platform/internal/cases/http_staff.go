package cases

import (
	"context"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
)

// staffRoutes declares what clerks and heads do.
func (s *Service) staffRoutes(r *httpd.Router, op describe) {
	clerk := access.StaffWith(access.RoleClerk)
	either := access.StaffWith(access.RoleClerk, access.RoleApprover, access.RoleChief)
	created := op("make-case", http.MethodPost, "/acceptance/cases", "Begin a case, of an item or a package, for somebody at the window", clerk)
	created.Status = http.StatusCreated
	httpd.Register(r, op("find-cases", http.MethodGet, "/acceptance/cases", "List cases of one's organisation or region", either), s.getCases)
	httpd.Register(r, created, s.postAtWindow)
	httpd.Register(r, op("look-at-case", http.MethodGet, "/acceptance/cases/{id}", "Get a case with its review points; the look is noted", either), s.getForStaff)
	httpd.Register(r, op("fill-case-at-window", http.MethodPut, "/acceptance/cases/{id}/values", "Store what was filled in at the window", clerk), s.putValues)
	httpd.Register(r, op("provide-material-at-window", http.MethodPut, "/acceptance/cases/{id}/materials/{material}", "Take a material at the window", clerk), s.putMaterial)
	httpd.Register(r, op("set-delivery-at-window", http.MethodPut, "/acceptance/cases/{id}/delivery", "Say where the result goes", clerk), s.putDelivery)
	httpd.Register(r, op("fetch-shared-material", http.MethodPost, "/acceptance/cases/{id}/materials/{material}/shared", "Fetch the record of a material that departments share", clerk), s.postShared)
	httpd.Register(r, op("review-material", http.MethodPost, "/acceptance/cases/{id}/materials/{material}/review", "Note what was found of a material", clerk), s.postReview)
	httpd.Register(r, op("review-materials", http.MethodPost, "/acceptance/cases/{id}/reviews", "Note what was found of several materials", clerk), s.postReviews)
	httpd.Register(r, op("submit-at-window", http.MethodPost, "/acceptance/cases/{id}/submit", "Hand in a case made at the window, or a supplement brought there", clerk), s.postSubmit)
	httpd.Register(r, op("notify-missing", http.MethodPost, "/acceptance/cases/{id}/notice", "Tell at once all that is missing", access.StaffWith(access.RoleClerk, access.RoleChief)), s.postNotice)
	httpd.Register(r, op("pass-pre-review", http.MethodPost, "/acceptance/cases/{id}/prepare", "Pass the pre-review", clerk), s.postPrepare)
	httpd.Register(r, op("accept-case", http.MethodPost, "/acceptance/cases/{id}/accept", "Accept a case", clerk), s.postAccept)
	httpd.Register(r, op("refuse-case", http.MethodPost, "/acceptance/cases/{id}/refuse", "Refuse to accept a case, in writing", clerk), s.postRefuse)
	httpd.Register(r, op("decide-case", http.MethodPost, "/acceptance/cases/{id}/decide", "Decide an instant case at the window", clerk), s.postDecide)
	httpd.Register(r, op("compare-originals", http.MethodPost, "/acceptance/cases/{id}/originals", "Note which materials were compared with their originals, before the result is handed over", clerk), s.postOriginals)
	httpd.Register(r, op("deliver-case", http.MethodPost, "/acceptance/cases/{id}/deliver", "Hand the result over", clerk), s.postDeliver)
	httpd.Register(r, op("decide-deferred", http.MethodPost, "/acceptance/cases/{id}/deferred/{material}", "Decide about a deferred material that didn't come",
		access.StaffWith(access.RoleChief)), s.postLate)
	s.overdueRoutes(r, op)
	httpd.Register(r, op("list-earlier-cases", http.MethodGet, "/acceptance/cases/{id}/earlier", "Values of the applicant's earlier cases", clerk), s.getEarlier)
	httpd.Register(r, op("list-green-channel", http.MethodGet, "/acceptance/green-channel", "List the items of the green channel",
		access.StaffWith(access.RoleClerk, access.RoleApprover, access.RoleChief, access.RoleItemReviewer)), s.getGreens)
	httpd.Register(r, op("set-green-channel", http.MethodPut, "/acceptance/green-channel/{item}", "Open the green channel for an item; 0 days close it",
		access.StaffWith(access.RoleItemReviewer)), s.putGreen)
}

type findInput struct {
	State State  `query:"state" enum:"draft,submitted,supplementing,prepared,accepted,decided,closed,not-accepted,withdrawn,terminated" doc:"By default submitted"`
	List  List   `query:"list" enum:"review,deferred,hand,going" doc:"What waits for the window, instead of a state"`
	Text  string `query:"q" maxLength:"60" doc:"A number of a case or application, or an ID number"`
	After string `query:"after" maxLength:"80" doc:"Continues a list"`
}

// FoundCase is a case in a list for staff.
type FoundCase struct {
	Summary
	// Parent is the package's case that it is part of, whose result is handed
	// over with the others'.
	Parent string `json:"parent,omitempty"`
}

type foundOutput struct {
	Body struct {
		Cases []FoundCase `json:"cases"`
		Next  string      `json:"next,omitempty" doc:"Continues the list"`
	}
}

func (s *Service) getCases(ctx context.Context, in *findInput) (*foundOutput, error) {
	found, err := s.Find(ctx, Filter{State: in.State, List: in.List, Text: in.Text, After: in.After})
	if err != nil {
		return nil, err
	}
	out := &foundOutput{}
	out.Body.Next, out.Body.Cases = found.Next, make([]FoundCase, len(found.Cases))
	for i, c := range found.Cases {
		v, err := s.summary(ctx, c)
		if err != nil {
			return nil, err
		}
		out.Body.Cases[i] = FoundCase{v, c.Parent}
	}
	return out, nil
}

type atWindowInput struct {
	Keyed
	Body AtWindow
}

func (s *Service) postAtWindow(ctx context.Context, in *atWindowInput) (*viewOutput, error) {
	c, again, err := s.MakeAtWindow(ctx, in.Body, in.Key)
	return s.replayed(ctx, c, again, err)
}

func (s *Service) getForStaff(ctx context.Context, in *idInput) (*viewOutput, error) {
	c, err := s.Look(ctx, in.ID, "case")
	return s.answer(ctx, c, err)
}

type reviewInput struct {
	ID       string `path:"id" maxLength:"40"`
	Material string `path:"material" maxLength:"100"`
	Body     struct {
		Result Review `json:"result" enum:"ok,missing,wrong"`
		Note   string `json:"note,omitempty" maxLength:"300"`
	}
}

func (s *Service) postReview(ctx context.Context, in *reviewInput) (*viewOutput, error) {
	c, err := s.Examine(ctx, in.ID, []Finding{{in.Material, in.Body.Result, in.Body.Note}})
	return s.answer(ctx, c, err)
}

type reviewsInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Findings []Finding `json:"findings" minItems:"1" maxItems:"100"`
	}
}

func (s *Service) postReviews(ctx context.Context, in *reviewsInput) (*viewOutput, error) {
	c, err := s.Examine(ctx, in.ID, in.Body.Findings)
	return s.answer(ctx, c, err)
}

type noticeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Notice
}

func (s *Service) postNotice(ctx context.Context, in *noticeInput) (*viewOutput, error) {
	c, err := s.Notify(ctx, in.ID, in.Body)
	return s.answer(ctx, c, err)
}

func (s *Service) postPrepare(ctx context.Context, in *idInput) (*viewOutput, error) {
	c, err := s.Prepare(ctx, in.ID)
	return s.answer(ctx, c, err)
}

type acceptInput struct {
	Keyed
	ID   string `path:"id" maxLength:"40"`
	Body Acceptance
}

func (s *Service) postAccept(ctx context.Context, in *acceptInput) (*viewOutput, error) {
	c, again, err := s.Accept(ctx, in.ID, in.Body, in.Key)
	return s.replayed(ctx, c, again, err)
}

type refuseInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason" maxLength:"500"`
	}
}

func (s *Service) postRefuse(ctx context.Context, in *refuseInput) (*viewOutput, error) {
	c, err := s.RefuseCase(ctx, in.ID, in.Body.Reason)
	return s.answer(ctx, c, err)
}

type decideInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Approved bool   `json:"approved"`
		Reason   string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (s *Service) postDecide(ctx context.Context, in *decideInput) (*viewOutput, error) {
	c, err := s.DecideNow(ctx, in.ID, Decision{in.Body.Approved, in.Body.Reason})
	return s.answer(ctx, c, err)
}

type originalsInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Materials []string `json:"materials" minItems:"1" maxItems:"100"`
	}
}

func (s *Service) postOriginals(ctx context.Context, in *originalsInput) (*viewOutput, error) {
	c, err := s.CompareOriginals(ctx, in.ID, in.Body.Materials)
	return s.answer(ctx, c, err)
}

type deliverInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Taker
}

func (s *Service) postDeliver(ctx context.Context, in *deliverInput) (*viewOutput, error) {
	c, err := s.HandOver(ctx, in.ID, in.Body)
	return s.answer(ctx, c, err)
}

type lateInput struct {
	ID       string `path:"id" maxLength:"40"`
	Material string `path:"material" maxLength:"100"`
	Body     Lateness
}

func (s *Service) postLate(ctx context.Context, in *lateInput) (*viewOutput, error) {
	c, err := s.DecideLate(ctx, in.ID, in.Material, in.Body)
	return s.answer(ctx, c, err)
}

// EarlierCase is what can be taken over from a case.
type EarlierCase struct {
	ID       string         `json:"id"`
	ItemName string         `json:"itemName"`
	Day      string         `json:"day"`
	Values   map[string]any `json:"values"`
}

type earlierOutput struct {
	Body struct {
		Cases []EarlierCase `json:"cases"`
	}
}

func (s *Service) getEarlier(ctx context.Context, in *idInput) (*earlierOutput, error) {
	c, err := s.Mine(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Earlier(ctx, &c)
	if err != nil {
		return nil, err
	}
	if err := s.Audit.Write(ctx, audit.Entry{Action: "cases.earlier", Object: c.ID}); err != nil {
		return nil, err
	}
	out := &earlierOutput{}
	out.Body.Cases = []EarlierCase{}
	for _, e := range list {
		out.Body.Cases = append(out.Body.Cases, EarlierCase{e.ID, e.ItemName, dayOf(e.SubmittedAt).String(), orEmptyMap(e.Dossier.Values)})
	}
	return out, nil
}

type greensOutput struct {
	Body struct {
		Items []Green `json:"items"`
	}
}

func (s *Service) getGreens(ctx context.Context, _ *none) (*greensOutput, error) {
	list, err := s.Greens(ctx)
	out := &greensOutput{}
	out.Body.Items = list
	return out, err
}

type greenInput struct {
	Item string `path:"item" maxLength:"40"`
	Body struct {
		Days   int    `json:"days" minimum:"0" maximum:"30"`
		Reason string `json:"reason,omitempty" maxLength:"300"`
	}
}

func (s *Service) putGreen(ctx context.Context, in *greenInput) (*none, error) {
	return nil, s.SetGreen(ctx, Green{in.Item, in.Body.Days, in.Body.Reason})
}
