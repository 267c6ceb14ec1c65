package identity

import (
	"context"
	"net/http"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
)

func (s *Service) legalStateRoutes(r *httpd.Router, op describe) {
	desk, head := access.StaffWith(access.RoleIdentityDesk), access.StaffWith(access.RoleIdentityHead)
	httpd.Register(r, op("find-legal-person", http.MethodPost, "/legal-persons/find", "Find a legal person by its unified social credit code", desk.Or(head)), s.findLegal)
	httpd.Register(r, op("list-enabling-legal-persons", http.MethodGet, "/legal-persons/enabling", "List the legal persons that are asked to be enabled", head), s.getLegalEnabling)
	httpd.Register(r, op("disable-legal-person", http.MethodPost, "/legal-persons/{id}/disable", "Take a legal person's account out of use", desk), s.legalVerb(s.DisableLegal))
	httpd.Register(r, op("ask-enable-legal-person", http.MethodPost, "/legal-persons/{id}/ask-enable", "Ask for a legal person to be enabled", desk), s.legalVerb(s.AskEnableLegal))
	httpd.Register(r, op("enable-legal-person", http.MethodPost, "/legal-persons/{id}/enable", "Approve that a legal person is enabled", head),
		s.legalVerb(func(ctx context.Context, id, _ string) error { return s.EnableLegal(ctx, id) }))
}

// LegalAccountView is a legal person as staff see it.
type LegalAccountView struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Code           string   `json:"code" doc:"Unified social credit code"`
	Representative string   `json:"representative,omitempty" doc:"Name, masked; absent: not known"`
	Claimed        bool     `json:"claimed" doc:"The representative has an account and speaks for it"`
	Agents         int      `json:"agents" doc:"Delegations that run"`
	Way            LegalWay `json:"way"`
	State          State    `json:"state"`
	Reason         string   `json:"reason,omitempty" doc:"Why it is disabled, or should be enabled"`
	Created        string   `json:"created"`
}

func viewLegalAccount(a LegalAccount) LegalAccountView {
	return LegalAccountView{
		ID: a.ID, Name: a.Name, Code: a.Code, Representative: privacy.MaskName(a.Speaker), Claimed: a.Representative != "",
		Agents: a.Agents, Way: a.Way, State: a.State, Reason: a.Reason, Created: a.Created.Format(dateLayout),
	}
}

type legalFindInput struct {
	Body struct {
		Code string `json:"code" maxLength:"18"`
	}
}

type legalAccountOutput struct{ Body LegalAccountView }

func (s *Service) findLegal(ctx context.Context, in *legalFindInput) (*legalAccountOutput, error) {
	a, err := s.LegalByCode(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	if err := s.Audit.Write(ctx, audit.Entry{Action: "identity.view-legal", Object: a.ID}); err != nil {
		return nil, err
	}
	return &legalAccountOutput{viewLegalAccount(a)}, nil
}

type legalEnablingOutput struct {
	Body struct {
		LegalPersons []LegalAccountView `json:"legalPersons"`
	}
}

func (s *Service) getLegalEnabling(ctx context.Context, _ *none) (*legalEnablingOutput, error) {
	list, err := s.LegalWaiting(ctx)
	if err != nil {
		return nil, err
	}
	out := &legalEnablingOutput{}
	out.Body.LegalPersons = []LegalAccountView{}
	for _, a := range list {
		out.Body.LegalPersons = append(out.Body.LegalPersons, viewLegalAccount(a))
	}
	return out, nil
}

// legalVerb is the handler of a verb that changes a legal person's state.
func (s *Service) legalVerb(verb func(ctx context.Context, id, reason string) error) func(context.Context, *stateInput) (*legalAccountOutput, error) {
	return func(ctx context.Context, in *stateInput) (*legalAccountOutput, error) {
		if err := verb(ctx, in.ID, in.Body.Reason); err != nil {
			return nil, err
		}
		a, err := s.LegalByID(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &legalAccountOutput{viewLegalAccount(a)}, nil
	}
}
