package cases

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"net/http"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
)

// describe makes an operation of this context.
type describe func(id, method, path, summary string, who access.Who) httpd.Operation

// Routes declares the context's operations and pages.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "cases"}
	}
	people := access.People().AtKiosks()
	filling := people.Or(access.Halls())
	created := func(o httpd.Operation) httpd.Operation { o.Status = http.StatusCreated; return o }
	httpd.Register(r, created(op("begin-case", http.MethodPost, "/cases", "Begin an application", people)), s.postCase)
	httpd.Register(r, op("list-my-cases", http.MethodGet, "/me/cases", "List one's applications, the newest first", people), s.getMine)
	httpd.Register(r, op("get-case", http.MethodGet, "/cases/{id}", "Get an application", filling), s.getCase)
	httpd.Register(r, op("fill-case", http.MethodPut, "/cases/{id}/values", "Store what was filled in; 409 holds both versions", filling), s.putValues)
	httpd.Register(r, op("answer-case", http.MethodPut, "/cases/{id}/answers", "Change a draft's situation", filling), s.putAnswers)
	httpd.Register(r, op("provide-material", http.MethodPut, "/cases/{id}/materials/{material}", "Provide a material", filling), s.putMaterial)
	httpd.Register(r, op("unprovide-material", http.MethodDelete, "/cases/{id}/materials/{material}", "Take back what was provided for a material", filling), s.deleteMaterial)
	httpd.Register(r, op("set-case-delivery", http.MethodPut, "/cases/{id}/delivery", "Say where the result goes", filling), s.putDelivery)
	httpd.Register(r, op("submit-case", http.MethodPost, "/cases/{id}/submit", "Hand an application or a supplement in", filling), s.postSubmit)
	httpd.Register(r, op("withdraw-case", http.MethodPost, "/cases/{id}/withdraw", "Take an application back", access.People()), s.postWithdraw)
	httpd.Register(r, op("delete-draft", http.MethodDelete, "/cases/{id}", "Delete a draft", access.People()), s.deleteCase)
	httpd.Register(r, op("hand-draft-on", http.MethodPost, "/cases/{id}/handover", "Get a code to go on with a draft elsewhere", people), s.postHandover)
	take := op("take-draft", http.MethodPost, "/handovers/{code}", "Go on with a draft", filling.Or(access.StaffWith(access.RoleClerk)))
	take.Cost = queryCost
	httpd.Register(r, take, s.postTake)
	query := op("query-case", http.MethodPost, "/case-query", "Look up a case by its number and code", access.Everybody())
	query.Cost = queryCost
	httpd.Register(r, query, s.postQuery)
	httpd.Register(r, op("query-case-at-desk", http.MethodPost, "/desk/case-query", "Look up a case for who calls the hotline, by its number and the end of the applicant's ID number",
		access.StaffWith(access.RoleServiceDesk)), s.postDeskQuery)
	httpd.Register(r, op("query-case-at-hall", http.MethodPost, "/halls/case-query", "Look up the cases of a card or number, at a kiosk", access.Halls()), s.postHallQuery)
	httpd.Register(r, op("rate-case-at-hall", http.MethodPost, "/halls/case-rating", "Rate a finished case at a kiosk", access.Halls()), s.postHallRating)
	s.myMaterialRoutes(r, op)
	s.packageRoutes(r, op)
	s.attestRoutes(r, op)
	s.staffRoutes(r, op)
	s.pages(r)
}

// queryCost is as how many changes a guess at a code counts.
const queryCost = 10

// none is a request or an answer without content.
type none struct{}

// Keyed is a request that may come again.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"100" doc:"Makes a request that comes again the same one"`
}

type viewOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     View
}

// answer is the output of an operation that returns a case.
func (s *Service) answer(ctx context.Context, c Case, err error) (*viewOutput, error) {
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, c)
	if err != nil {
		return nil, err
	}
	return &viewOutput{Body: v}, nil
}

// replayed is answer for a request that may have come before.
func (s *Service) replayed(ctx context.Context, c Case, again bool, err error) (*viewOutput, error) {
	out, err := s.answer(ctx, c, err)
	if err == nil && again {
		out.Replayed = "true"
	}
	return out, err
}

type caseInput struct {
	Keyed
	Body Application
}

func (s *Service) postCase(ctx context.Context, in *caseInput) (*viewOutput, error) {
	c, again, err := s.Draft(ctx, in.Body, in.Key)
	return s.replayed(ctx, c, again, err)
}

type mineInput struct {
	Before string `query:"before" maxLength:"40" doc:"Id of the last one that was seen"`
}

type casesOutput struct {
	Body struct {
		Cases []Summary `json:"cases"`
		Next  string    `json:"next,omitempty" doc:"Continues the list"`
	}
}

func (s *Service) getMine(ctx context.Context, in *mineInput) (*casesOutput, error) {
	list, err := s.Own(ctx, in.Before)
	if err != nil {
		return nil, err
	}
	out := &casesOutput{}
	if len(list) == pageSize {
		out.Body.Next = list[len(list)-1].ID
	}
	out.Body.Cases, err = s.summaries(ctx, list)
	return out, err
}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

func (s *Service) getCase(ctx context.Context, in *idInput) (*viewOutput, error) {
	c, err := s.Mine(ctx, in.ID)
	return s.answer(ctx, c, err)
}

type valuesInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Values  map[string]any `json:"values"`
		Edition int64          `json:"edition" doc:"That the change began with"`
	}
}

// ValuesView is what became of values: stored, or both versions where somebody
// else changed them meanwhile.
type ValuesView struct {
	Saved   bool   `json:"saved"`
	Edition int64  `json:"edition"`
	Code    string `json:"code,omitempty"`
	Detail  string `json:"detail,omitempty"`
	// Theirs are what is stored, Yours what was sent.
	Theirs map[string]any `json:"theirs,omitempty"`
	Yours  map[string]any `json:"yours,omitempty"`
}

type valuesOutput struct {
	Status int
	Body   ValuesView
}

func (s *Service) putValues(ctx context.Context, in *valuesInput) (*valuesOutput, error) {
	c, err := s.Fill(ctx, in.ID, in.Body.Values, in.Body.Edition)
	return filledIn(c, err)
}

// filledIn answers a change of values.
func filledIn(c Case, err error) (*valuesOutput, error) {
	var stale *Stale
	switch {
	case errors.As(err, &stale):
		return &valuesOutput{http.StatusConflict, ValuesView{
			Edition: stale.Edition, Code: ErrStale.Code, Detail: ErrStale.Detail, Theirs: stale.Theirs, Yours: stale.Yours,
		}}, nil
	case err != nil:
		return nil, err
	}
	return &valuesOutput{http.StatusOK, ValuesView{Saved: true, Edition: c.Edition}}, nil
}

type answersInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Answers item.Answers `json:"answers"`
		Edition int64        `json:"edition"`
	}
}

func (s *Service) putAnswers(ctx context.Context, in *answersInput) (*viewOutput, error) {
	c, err := s.Answer(ctx, in.ID, in.Body.Answers, in.Body.Edition)
	return s.answer(ctx, c, err)
}

type materialInput struct {
	ID       string `path:"id" maxLength:"40"`
	Material string `path:"material" maxLength:"100"`
	Body     Provide
}

func (s *Service) putMaterial(ctx context.Context, in *materialInput) (*viewOutput, error) {
	c, err := s.Provide(ctx, in.ID, in.Material, in.Body)
	return s.answer(ctx, c, err)
}

type materialIDInput struct {
	ID       string `path:"id" maxLength:"40"`
	Material string `path:"material" maxLength:"100"`
}

func (s *Service) deleteMaterial(ctx context.Context, in *materialIDInput) (*viewOutput, error) {
	c, err := s.Unprovide(ctx, in.ID, in.Material)
	return s.answer(ctx, c, err)
}

type deliveryInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Delivery
}

func (s *Service) putDelivery(ctx context.Context, in *deliveryInput) (*viewOutput, error) {
	c, err := s.SetDelivery(ctx, in.ID, in.Body)
	return s.answer(ctx, c, err)
}

type keyedIDInput struct {
	Keyed
	ID string `path:"id" maxLength:"40"`
}

func (s *Service) postSubmit(ctx context.Context, in *keyedIDInput) (*viewOutput, error) {
	c, again, err := s.Submit(ctx, in.ID, in.Key)
	return s.replayed(ctx, c, again, err)
}

type withdrawInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"300"`
	} `required:"false"`
}

func (s *Service) postWithdraw(ctx context.Context, in *withdrawInput) (*viewOutput, error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	c, err := s.Withdraw(ctx, in.ID, reason)
	return s.answer(ctx, c, err)
}

func (s *Service) deleteCase(ctx context.Context, in *idInput) (*none, error) {
	return nil, s.Delete(ctx, in.ID)
}

type handoverOutput struct {
	Body struct {
		Handover
		QR string `json:"qr" doc:"The code as a PNG in a data: address"`
	}
}

func (s *Service) postHandover(ctx context.Context, in *idInput) (*handoverOutput, error) {
	h, err := s.HandOn(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &handoverOutput{}
	out.Body.Handover = h
	picture, err := qrCode("CASE:" + h.Code)
	out.Body.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)
	return out, err
}

// qrSize is a code's width and height in pixels.
const qrSize = 232

// qrCode is a QR code as PNG.
func qrCode(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	if code, err = barcode.Scale(code, qrSize, qrSize); err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, code); err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	return out.Bytes(), nil
}

type takeInput struct {
	Code string `path:"code" maxLength:"20"`
}

func (s *Service) postTake(ctx context.Context, in *takeInput) (*viewOutput, error) {
	c, err := s.Take(ctx, in.Code)
	return s.answer(ctx, c, err)
}

type queryInput struct {
	Body struct {
		Number string `json:"number" maxLength:"60" doc:"Of the case or the application"`
		Code   string `json:"code,omitempty" maxLength:"20" doc:"The query code"`
		IDTail string `json:"idTail,omitempty" maxLength:"4" doc:"Instead of the code: the last four characters of the applicant's ID number"`
	}
}

type progressOutput struct{ Body Progress }

func (s *Service) postQuery(ctx context.Context, in *queryInput) (*progressOutput, error) {
	c, err := s.Query(ctx, in.Body.Number, in.Body.Code, in.Body.IDTail)
	if err != nil {
		return nil, err
	}
	p, err := s.progress(ctx, c)
	return &progressOutput{p}, err
}

type hallQueryInput struct{ Body Proof }

type hallQueryOutput struct{ Body ShownAtHall }

func (s *Service) postHallQuery(ctx context.Context, in *hallQueryInput) (*hallQueryOutput, error) {
	found, err := s.ShowAtHall(ctx, in.Body)
	return &hallQueryOutput{found}, err
}

// HallRating is what somebody at a kiosk says of her finished case.
type HallRating struct {
	Proof
	Case  string   `json:"case" maxLength:"60" doc:"Its number, as the query shows it"`
	Score int      `json:"score" minimum:"1" maximum:"5"`
	Tags  []string `json:"tags,omitempty" maxItems:"10" doc:"Of those that the score offers"`
}

type hallRatingInput struct{ Body HallRating }

func (s *Service) postHallRating(ctx context.Context, in *hallRatingInput) (*none, error) {
	return nil, s.RateAtHall(ctx, in.Body.Proof, in.Body.Case, in.Body.Score, in.Body.Tags)
}

type bundleInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Answers map[string]item.Answers `json:"answers,omitempty" doc:"By item"`
	}
}

type bundleOutput struct{ Body Bundle }

func (s *Service) postBundle(ctx context.Context, in *bundleInput) (*bundleOutput, error) {
	b, err := s.Bundle(ctx, in.ID, in.Body.Answers)
	return &bundleOutput{b}, err
}

type packageInput struct {
	Keyed
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Answers map[string]item.Answers `json:"answers,omitempty" doc:"By item"`
	}
}

func (s *Service) postPackage(ctx context.Context, in *packageInput) (*viewOutput, error) {
	c, again, err := s.DraftPackage(ctx, in.ID, in.Body.Answers, in.Key)
	return s.replayed(ctx, c, again, err)
}
