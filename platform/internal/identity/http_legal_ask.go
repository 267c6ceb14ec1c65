package identity

import (
	"context"
	"net/http"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

func (s *Service) requestRoutes(r *httpd.Router, op describe) {
	people := access.People()
	httpd.Register(r, op("list-own-delegation-requests", http.MethodGet, "/delegation-requests", "What one has asked of legal persons", people), s.getOwnRequests)
	httpd.Register(r, op("ask-delegation", http.MethodPost, "/delegation-requests", "Ask a legal person to let one act for it", people), s.postRequest)
	httpd.Register(r, op("withdraw-delegation-request", http.MethodDelete, "/delegation-requests/{request}", "Take back what one has asked for", people), s.deleteRequest)
	httpd.Register(r, op("list-delegation-requests", http.MethodGet, "/legal-persons/{id}/delegation-requests", "Who asks to act for a legal person", people), s.getRequests)
	httpd.Register(r, op("grant-delegation-request", http.MethodPost, "/legal-persons/{id}/delegation-requests/{request}/grant", "Let who asked act for it", people), s.postGrantRequest)
	httpd.Register(r, op("refuse-delegation-request", http.MethodPost, "/legal-persons/{id}/delegation-requests/{request}/refuse", "Say no to who asked", people), s.postRefuseRequest)
}

// RequestView is a request for a delegation.
type RequestView struct {
	ID    string `json:"id"`
	Legal string `json:"legal" doc:"The legal person's name"`
	Asker string `json:"asker" doc:"Her name, for who has to know whom she lets in"`
	// Number is her ID number, masked.
	Number string         `json:"number"`
	Role   DelegationRole `json:"role"`
	Items  []ItemView     `json:"items" doc:"None: all"`
	Until  time.Time      `json:"until"`
	State  RequestState   `json:"state" enum:"waiting,granted,refused,withdrawn"`
	// Reason is why it was refused.
	Reason  string    `json:"reason,omitempty"`
	Created time.Time `json:"created"`
}

func (s *Service) requestView(ctx context.Context, r DelegationRequest) (RequestView, error) {
	p, err := s.Person(ctx, r.Person)
	if err != nil {
		return RequestView{}, err
	}
	items, err := s.viewItems(ctx, r.Items)
	return RequestView{
		ID: r.ID, Legal: r.LegalName, Asker: p.Name, Number: privacy.MaskNumber(p.Number), Role: r.Role, Items: items, Until: r.Until, State: r.State, Reason: r.Reason, Created: r.Created,
	}, err
}

type requestsOutput struct {
	Body struct {
		Requests []RequestView `json:"requests"`
	}
}

func (s *Service) requestViews(ctx context.Context, list []DelegationRequest, err error) (*requestsOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &requestsOutput{}
	out.Body.Requests = make([]RequestView, 0, len(list))
	for _, r := range list {
		v, err := s.requestView(ctx, r)
		if err != nil {
			return nil, err
		}
		out.Body.Requests = append(out.Body.Requests, v)
	}
	return out, nil
}

func (s *Service) getOwnRequests(ctx context.Context, _ *none) (*requestsOutput, error) {
	list, err := s.OwnRequests(ctx, access.From(ctx).ID)
	return s.requestViews(ctx, list, err)
}

func (s *Service) getRequests(ctx context.Context, in *delegationsInput) (*requestsOutput, error) {
	list, err := s.RequestsTo(ctx, in.ID)
	return s.requestViews(ctx, list, err)
}

type askInput struct {
	Body struct {
		Name  string         `json:"name" maxLength:"300" doc:"The legal person's name"`
		Code  string         `json:"code" maxLength:"18" doc:"Its unified social credit code"`
		Role  DelegationRole `json:"role" enum:"manager,handler"`
		Items []string       `json:"items,omitempty" maxItems:"500" doc:"None: all"`
		Until time.Time      `json:"until"`
	}
}

type requestOutput struct{ Body RequestView }

func (s *Service) postRequest(ctx context.Context, in *askInput) (*requestOutput, error) {
	r, err := s.AskDelegation(ctx, in.Body.Name, in.Body.Code, Delegation{Role: in.Body.Role, Items: in.Body.Items, Until: in.Body.Until})
	if err != nil {
		return nil, err
	}
	v, err := s.requestView(ctx, r)
	return &requestOutput{v}, err
}

type ownRequestInput struct {
	Request string `path:"request" maxLength:"40"`
}

func (s *Service) deleteRequest(ctx context.Context, in *ownRequestInput) (*none, error) {
	return nil, s.WithdrawRequest(ctx, in.Request)
}

type grantRequestInput struct {
	ID      string `path:"id" maxLength:"40"`
	Request string `path:"request" maxLength:"40"`
	Body    termsBody
}

func (s *Service) postGrantRequest(ctx context.Context, in *grantRequestInput) (*delegationOutput, error) {
	d, err := s.GrantRequest(ctx, in.ID, in.Request, in.Body.terms())
	if err != nil {
		return nil, err
	}
	return s.granted(ctx, d)
}

type refuseRequestInput struct {
	ID      string `path:"id" maxLength:"40"`
	Request string `path:"request" maxLength:"40"`
	Body    struct {
		Reason string `json:"reason" maxLength:"200"`
	}
}

func (s *Service) postRefuseRequest(ctx context.Context, in *refuseRequestInput) (*none, error) {
	return nil, s.RefuseRequest(ctx, in.ID, in.Request, in.Body.Reason)
}
