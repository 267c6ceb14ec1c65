package identity

import (
	"context"
	"net/http"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

func (s *Service) emailRoutes(r *httpd.Router, op describe) {
	people := access.People()
	code := op("send-email-code", http.MethodPost, "/me/email/codes", "Send a code to the e-mail address that one wants", people)
	code.Cost = 10 // it goes to somebody
	httpd.Register(r, code, s.postEmailCode)
	httpd.Register(r, op("get-my-email", http.MethodGet, "/me/email", "The e-mail address that one gets messages at, masked", people), s.getEmail)
	httpd.Register(r, op("set-my-email", http.MethodPut, "/me/email", "Get messages at an e-mail address, by the code that was sent there", people), s.putEmail)
	httpd.Register(r, op("drop-my-email", http.MethodDelete, "/me/email", "Get no more messages by e-mail", people), s.deleteEmail)
}

type emailCodeInput struct {
	Body struct {
		Email string `json:"email" maxLength:"254"`
	}
}

func (s *Service) postEmailCode(ctx context.Context, in *emailCodeInput) (*none, error) {
	return nil, s.SendEmailCode(ctx, in.Body.Email)
}

type emailOutput struct {
	Body struct {
		Email string `json:"email" doc:"Masked; empty: none"`
	}
}

func (s *Service) getEmail(ctx context.Context, _ *none) (*emailOutput, error) {
	address, err := s.Email(ctx, access.From(ctx).ID)
	if err != nil {
		return nil, err
	}
	out := &emailOutput{}
	out.Body.Email = maskEmail(address)
	return out, nil
}

// maskEmail keeps the first character and the domain of an address: its owner
// recognises it.
func maskEmail(address string) string {
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" {
		return ""
	}
	return local[:1] + "***@" + domain
}

type putEmailInput struct {
	Body struct {
		Email string `json:"email" maxLength:"254"`
		Code  string `json:"code" maxLength:"6" doc:"That was sent there"`
	}
}

func (s *Service) putEmail(ctx context.Context, in *putEmailInput) (*none, error) {
	return nil, s.SetEmail(ctx, in.Body.Email, in.Body.Code)
}

func (s *Service) deleteEmail(ctx context.Context, _ *none) (*none, error) {
	return nil, s.DropEmail(ctx)
}
