package delivery

import (
	"context"
	"net/http"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "delivery"}
	}
	clerks := access.StaffWith(access.RoleClerk)
	httpd.Register(r, op("get-parcel", http.MethodGet, "/cases/{id}/parcel", "Where a case's result is", access.People().Or(clerks)), s.getParcel)
	httpd.Register(r, op("list-parcels", http.MethodGet, "/parcels", "List one's body's parcels", clerks), s.getParcels)
	httpd.Register(r, op("send-parcel", http.MethodPost, "/parcels/{id}/send", "Type the number of a parcel that was given away", clerks), s.postSend)
	httpd.Register(r, op("sign-parcel", http.MethodPost, "/parcels/{id}/sign", "Book a signature, or that it came back", clerks), s.postSign)
}

type none struct{}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type parcelOutput struct{ Body Parcel }

func (s *Service) getParcel(ctx context.Context, in *idInput) (*parcelOutput, error) {
	p, err := s.OfCase(ctx, in.ID)
	return &parcelOutput{p}, err
}

type parcelsInput struct {
	State  State  `query:"state" enum:"waiting,sent,delivered,returned" required:"false"`
	Before string `query:"before" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type parcelsOutput struct {
	Body struct {
		Parcels []Parcel `json:"parcels"`
	}
}

func (s *Service) getParcels(ctx context.Context, in *parcelsInput) (*parcelsOutput, error) {
	list, err := s.Parcels(ctx, in.State, in.Before, in.Limit)
	out := &parcelsOutput{}
	out.Body.Parcels = list
	return out, err
}

type sendInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Carrier  string `json:"carrier" minLength:"1" maxLength:"30"`
		Tracking string `json:"tracking" pattern:"^[A-Za-z0-9-]{6,40}$"`
	}
}

func (s *Service) postSend(ctx context.Context, in *sendInput) (*none, error) {
	return nil, s.Send(ctx, in.ID, strings.TrimSpace(in.Body.Carrier), in.Body.Tracking)
}

type signInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Signer   string `json:"signer,omitempty" maxLength:"50"`
		Returned bool   `json:"returned,omitempty"`
	}
}

func (s *Service) postSign(ctx context.Context, in *signInput) (*none, error) {
	if in.Body.Signer == "" && !in.Body.Returned {
		return nil, ErrReceiver.Wrong("signer", "请填写签收人")
	}
	return nil, s.Sign(ctx, in.ID, in.Body.Signer, in.Body.Returned)
}
