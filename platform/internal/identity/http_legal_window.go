package identity

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

func (s *Service) legalWindowRoutes(r *httpd.Router, op describe) {
	desk := access.StaffWith(access.RoleIdentityDesk)
	path := "/legal-persons/at-window"
	register := op("register-legal-at-window", http.MethodPost, path, "Register or change a legal person whose papers were seen", desk)
	register.Status = http.StatusCreated
	httpd.Register(r, register, s.postLegalAtWindow)
	r.Page(op("print-legal-agreement", http.MethodGet, httpd.Prefix+path+"/{id}/agreement.pdf", "The written agreement of a registration at a window", desk), s.getAgreement)
}

type legalWindowInput struct {
	Body struct {
		Number               string         `json:"number" maxLength:"18" doc:"ID number of who stands at the window; she has an account"`
		Role                 DelegationRole `json:"role" enum:"representative,handler"`
		Change               bool           `json:"change,omitempty" doc:"It is registered, and its name or representative has changed"`
		Kind                 LicenceKind    `json:"kind" enum:"business,social,institution,other"`
		Name                 string         `json:"name" maxLength:"300"`
		Code                 string         `json:"code" maxLength:"18"`
		Representative       string         `json:"representative,omitempty" maxLength:"100" doc:"With a handler: name on the representative's ID card"`
		RepresentativeNumber string         `json:"representativeNumber,omitempty" maxLength:"18"`
		Until                time.Time      `json:"until,omitempty" doc:"With a handler: when the power of attorney ends"`
		Seen                 []Original     `json:"seen" maxItems:"8" enum:"id-card,licence,representative-id,power-of-attorney" doc:"The originals that were seen"`
		Manual               string         `json:"manual,omitempty" maxLength:"800" doc:"Why it is checked by hand, while the register doesn't answer"`
	}
}

// LegalVisitView is what came of a registration at a window.
type LegalVisitView struct {
	ID       string         `json:"id" doc:"Of the registration: its agreement is printed by it"`
	Legal    string         `json:"legal" doc:"Id of the legal person"`
	Name     string         `json:"name"`
	Code     string         `json:"code"`
	Role     DelegationRole `json:"role"`
	Change   bool           `json:"change"`
	Provider string         `json:"provider" doc:"Who confirmed it"`
	Told     bool           `json:"told" doc:"The representative was told of the agent"`
	// Claimed tells that the representative has an account and speaks for it.
	Claimed bool `json:"claimed"`
}

type legalVisitOutput struct{ Body LegalVisitView }

func (s *Service) postLegalAtWindow(ctx context.Context, in *legalWindowInput) (*legalVisitOutput, error) {
	b := in.Body
	v, err := s.RegisterLegalAtWindow(ctx, AtWindow{
		Number: b.Number, Role: b.Role, Change: b.Change, Kind: b.Kind, Name: b.Name, Code: b.Code,
		Representative: b.Representative, RepresentativeNumber: b.RepresentativeNumber, Until: b.Until, Seen: b.Seen, Manual: b.Manual,
	})
	if err != nil {
		return nil, err
	}
	return &legalVisitOutput{LegalVisitView{
		ID: v.ID, Legal: v.Legal.ID, Name: v.Legal.Name, Code: v.Legal.Code, Role: b.Role, Change: b.Change,
		Provider: v.Provider, Told: v.Told, Claimed: v.Legal.Representative != "",
	}}, nil
}

func (s *Service) getAgreement(w http.ResponseWriter, req *http.Request) error {
	a, err := s.AgreementAtWindow(req.Context(), req.PathValue("id"))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := PrintAgreement(&out, a); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="agreement.pdf"`)
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(out.Bytes()) // whoever asked may be gone
	return nil
}
