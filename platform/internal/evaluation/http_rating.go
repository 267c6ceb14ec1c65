package evaluation

import (
	"context"
	"net/http"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// ratingRoutes declares what staff do with ratings and rectifications.
func (s *Service) ratingRoutes(r *httpd.Router) {
	staff := access.StaffWith()
	watch := access.StaffWith(access.RoleServiceDesk, access.RoleSupervisor)
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: tag}
	}
	httpd.Register(r, op("list-ratings", http.MethodGet, "/ratings", "List the ratings of one's region", watch), s.getRatings)
	httpd.Register(r, op("count-ratings", http.MethodGet, "/ratings/statistics", "How satisfied people are, by organisation, item, clerk, hall or month", watch), s.getStatistics)
	httpd.Register(r, op("show-rating", http.MethodPut, "/ratings/{id}/publication", "Publish a rating's words, or with none take them back",
		access.StaffWith(access.RoleServiceDesk)), s.putRating)
	httpd.Register(r, op("list-rectifications", http.MethodGet, "/rectifications", "List rectifications of bad ratings", staff), s.getRectifications)
	httpd.Register(r, op("get-rectification", http.MethodGet, "/rectifications/{id}", "One of them with what was done", staff), s.getRectification)
	httpd.Register(r, op("rectify", http.MethodPost, "/rectifications/{id}/{deed}", "Explain, contact the citizen, resolve; the desk accepts or rejects", staff), s.postDeed)
	httpd.Register(r, op("extend-rectification", http.MethodPost, "/rectifications/{id}/extension", "Extend the limit, once", staff), s.postExtension)
	httpd.Register(r, op("see-rectification-contact", http.MethodPost, "/rectifications/{id}/contact-data", "See how the citizen is reached; it is logged", staff), s.postRectificationContact)
}

// RatingView is a rating as staff see it.
type RatingView struct {
	ID               string    `json:"id"`
	Score            int       `json:"score"`
	Word             string    `json:"word"`
	Tags             []string  `json:"tags"`
	Text             string    `json:"text,omitempty"`
	Via              string    `json:"via"`
	At               time.Time `json:"at"`
	Case             string    `json:"case,omitempty"`
	Hall             string    `json:"hall,omitempty" doc:"Name"`
	Window           string    `json:"window,omitempty"`
	Clerk            string    `json:"clerk,omitempty"`
	ItemName         string    `json:"itemName,omitempty"`
	OrganisationName string    `json:"organisationName"`
	Rater            string    `json:"rater,omitempty" doc:"Masked; empty: not known"`
	Shown            string    `json:"shown,omitempty" doc:"The words as everybody may read them"`
	Proposed         string    `json:"proposed,omitempty" doc:"The words, masked by the program"`
}

func (s *viewer) ratingView(ctx context.Context, r Rating) RatingView {
	v := RatingView{
		ID: r.ID, Score: r.Score, Word: ScoreWord(r.Score), Tags: r.Tags, Text: r.Text, Via: r.Via, At: r.At, Case: r.Case, Window: r.Window, Clerk: r.Clerk,
		ItemName: r.ItemName, OrganisationName: s.orgs[r.Organisation].Name, Rater: s.maskedName(ctx, r.Person), Shown: r.Shown, Proposed: Mask(r.Text), Hall: s.hall(ctx, r.Hall),
	}
	if v.Tags == nil {
		v.Tags = []string{}
	}
	return v
}

type ratingsInput struct {
	Organisation string `query:"organisation" maxLength:"60"`
	Bad          bool   `query:"bad"`
	Worded       bool   `query:"worded"`
	Limit        int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From         int    `query:"from" minimum:"0" maximum:"100000"`
}

type ratingsOutput struct {
	Body struct {
		Ratings []RatingView `json:"ratings"`
	}
}

func (s *Service) getRatings(ctx context.Context, in *ratingsInput) (*ratingsOutput, error) {
	all, err := s.Ratings(ctx, Filter{Organisation: in.Organisation, Bad: in.Bad, Worded: in.Worded, Limit: in.Limit, From: in.From})
	if err != nil {
		return nil, err
	}
	out := &ratingsOutput{}
	out.Body.Ratings = make([]RatingView, 0, len(all))
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		out.Body.Ratings = append(out.Body.Ratings, by.ratingView(ctx, r))
	}
	return out, nil
}

type statisticsInput struct {
	By   string `query:"by" enum:"organisation,item,clerk,hall,month" default:"organisation"`
	From string `query:"from" required:"true" maxLength:"10"`
	To   string `query:"to" required:"true" maxLength:"10" doc:"The last day"`
}

type statisticsOutput struct {
	Body struct {
		Counts []Count `json:"counts"`
	}
}

func (s *Service) getStatistics(ctx context.Context, in *statisticsInput) (*statisticsOutput, error) {
	from, err := calendar.ParseDay(in.From)
	if err != nil {
		return nil, ErrInput.Wrong("from", "日期须写成 2026-11-24").Because(err)
	}
	to, err := calendar.ParseDay(in.To)
	if err != nil {
		return nil, ErrInput.Wrong("to", "日期须写成 2026-11-24").Because(err)
	}
	out := &statisticsOutput{}
	out.Body.Counts, err = s.Statistics(ctx, By(in.By), from.In(s.Zone), to.Add(1).In(s.Zone))
	return out, err
}

type showInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Text string `json:"text" maxLength:"2000"`
	}
}

func (s *Service) putRating(ctx context.Context, in *showInput) (*none, error) {
	return nil, s.ShowRating(ctx, in.ID, in.Body.Text)
}

// RectificationView is a rectification as staff see it.
type RectificationView struct {
	ID           string     `json:"id"`
	Number       string     `json:"number"`
	State        Stage      `json:"state"`
	Organisation string     `json:"organisation"`
	Name         string     `json:"name" doc:"Of the organisation"`
	Created      time.Time  `json:"created"`
	Due          time.Time  `json:"due"`
	Left         int        `json:"left" doc:"Working days; negative: the limit is over"`
	Late         bool       `json:"late"`
	Extended     int        `json:"extended,omitempty"`
	Closed       time.Time  `json:"closed,omitzero"`
	Rating       RatingView `json:"rating"`
	May          []string   `json:"may" doc:"Deeds that the caller may do now"`
	Steps        []Step     `json:"steps,omitempty"`
}

func (s *viewer) rectificationView(ctx context.Context, r Rectification) (v RectificationView, err error) {
	g := r.Rating
	g.Organisation = r.Organisation
	rating := s.ratingView(ctx, g)
	v = RectificationView{
		ID: r.ID, Number: r.Number, State: r.Stage, Organisation: r.Organisation, Name: rating.OrganisationName, Created: r.Created, Due: r.Due,
		Late: r.Late, Extended: r.Extended, Closed: r.Closed, Rating: rating, May: []string{},
	}
	c := access.From(ctx)
	isDesk := desk(c, r.Region)
	acts := isDesk || c.Org == r.Organisation
	for _, deed := range []Deed{Explaining, Contacting, Resolving, Accepting, Rejecting} {
		if t := turns[deed]; t.from == r.Stage && (isDesk || acts && !t.desk) {
			v.May = append(v.May, string(deed))
		}
	}
	if acts && r.Extended == 0 && !r.Late && r.Stage != RectificationClosed {
		v.May = append(v.May, string(Extending))
	}
	if acts && g.Person != "" {
		v.May = append(v.May, "contact-data")
	}
	v.Left, err = s.left(ctx, r.Region, r.Due)
	return v, err
}

type rectificationsInput struct {
	State string `query:"state" enum:"waiting,open,explained,contacted,done,closed"`
	Late  bool   `query:"late"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From  int    `query:"from" minimum:"0" maximum:"100000"`
}

type rectificationsOutput struct {
	Body struct {
		Rectifications []RectificationView `json:"rectifications"`
		Total          int                 `json:"total"`
	}
}

func (s *Service) getRectifications(ctx context.Context, in *rectificationsInput) (*rectificationsOutput, error) {
	all, total, err := s.Rectifications(ctx, Filter{State: in.State, Late: in.Late, Limit: in.Limit, From: in.From})
	if err != nil {
		return nil, err
	}
	out := &rectificationsOutput{}
	out.Body.Total, out.Body.Rectifications = total, make([]RectificationView, 0, len(all))
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		v, err := by.rectificationView(ctx, r)
		if err != nil {
			return nil, err
		}
		out.Body.Rectifications = append(out.Body.Rectifications, v)
	}
	return out, nil
}

type rectificationOutput struct{ Body RectificationView }

func (s *Service) shownRectification(ctx context.Context, r Rectification, err error) (*rectificationOutput, error) {
	if err != nil {
		return nil, err
	}
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	out := &rectificationOutput{}
	if out.Body, err = by.rectificationView(ctx, r); err != nil {
		return nil, err
	}
	out.Body.Steps, err = s.steps(ctx, r.ID)
	return out, err
}

func (s *Service) getRectification(ctx context.Context, in *idInput) (*rectificationOutput, error) {
	r, err := s.Rectification(ctx, in.ID)
	return s.shownRectification(ctx, r, err)
}

type deedInput struct {
	ID   string `path:"id" maxLength:"40"`
	Deed string `path:"deed" enum:"explain,contact,resolve,accept,reject"`
	Body struct {
		Text string `json:"text" maxLength:"8000"`
	}
}

func (s *Service) postDeed(ctx context.Context, in *deedInput) (*rectificationOutput, error) {
	r, err := s.Rectify(ctx, in.ID, Deed(in.Deed), in.Body.Text)
	return s.shownRectification(ctx, r, err)
}

type extensionInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Days   int    `json:"days" minimum:"1" maximum:"15"`
		Reason string `json:"reason" maxLength:"8000"`
	}
}

func (s *Service) postExtension(ctx context.Context, in *extensionInput) (*rectificationOutput, error) {
	r, err := s.Extend(ctx, in.ID, in.Body.Days, in.Body.Reason)
	return s.shownRectification(ctx, r, err)
}

func (s *Service) postRectificationContact(ctx context.Context, in *idInput) (*contactOutput, error) {
	c, err := s.RectificationContact(ctx, in.ID)
	return &contactOutput{"private, no-store", c}, err
}
