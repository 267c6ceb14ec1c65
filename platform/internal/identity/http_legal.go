package identity

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// describe makes an operation of this context.
type describe func(id, method, path, summary string, who access.Who) httpd.Operation

func (s *Service) legalRoutes(r *httpd.Router, op describe) {
	people := access.People()
	httpd.Register(r, op("list-legal-persons", http.MethodGet, "/legal-persons", "The legal persons one may act for", people.AtKiosks()), s.getLegals)
	httpd.Register(r, op("register-legal-person", http.MethodPost, "/legal-persons", "Register a legal person as its representative", people), s.postLegal)
	httpd.Register(r, op("list-delegations", http.MethodGet, "/legal-persons/{id}/delegations", "Who may act for a legal person", people), s.getDelegations)
	httpd.Register(r, op("grant-delegation", http.MethodPost, "/legal-persons/{id}/delegations", "Let another person act for it", people), s.postDelegation)
	httpd.Register(r, op("change-delegation", http.MethodPut, "/legal-persons/{id}/delegations/{delegation}", "Change a delegation's role, items and end", people), s.putDelegation)
	httpd.Register(r, op("revoke-delegation", http.MethodDelete, "/legal-persons/{id}/delegations/{delegation}", "End a delegation and all that rest on it", people), s.deleteDelegation)
	s.requestRoutes(r, op)
}

// ItemView is an item that a delegation holds for.
type ItemView struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Its id, if it is none any more"`
}

// viewItems names items.
func (s *Service) viewItems(ctx context.Context, ids []string) ([]ItemView, error) {
	names := map[string]string{}
	if len(ids) > 0 && s.itemNames != nil {
		var err error
		if names, err = s.itemNames(ctx, ids); err != nil {
			return nil, err
		}
	}
	views := make([]ItemView, 0, len(ids))
	for _, id := range ids {
		views = append(views, ItemView{id, cmp.Or(names[id], id)})
	}
	return views, nil
}

// LegalView is a legal person as one who may act for it sees it.
type LegalView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code" doc:"Unified social credit code"`
	// Role is representative, manager or handler.
	Role  string     `json:"role"`
	Items []ItemView `json:"items,omitempty" doc:"The items it holds for; none: all"`
	Until *time.Time `json:"until,omitempty"`
	// MayGrant tells that one may let others act for it.
	MayGrant bool `json:"mayGrant"`
}

func (s *Service) legalView(ctx context.Context, person, id string) (*LegalView, error) {
	list, err := s.LegalPersons(ctx, person)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(l LegalPerson) bool { return l.ID == id })
	if i < 0 {
		return nil, ErrNoDelegate
	}
	scope, err := s.mayActFor(ctx, person, id)
	if err != nil {
		return nil, err
	}
	v := &LegalView{
		ID: list[i].ID, Name: list[i].Name, Code: list[i].Code, Role: string(scope.Role),
		MayGrant: scope.Role == Manager && scope.Depth < maxDepth,
	}
	if v.Items, err = s.viewItems(ctx, scope.Items); err != nil {
		return nil, err
	}
	if scope.Delegation == "" {
		v.Role = "representative"
	} else {
		v.Until = &scope.Until
	}
	return v, nil
}

type legalsOutput struct {
	Body struct {
		LegalPersons []LegalView `json:"legalPersons"`
	}
}

func (s *Service) getLegals(ctx context.Context, _ *none) (*legalsOutput, error) {
	list, err := s.legalViews(ctx, access.From(ctx).ID)
	if err != nil {
		return nil, err
	}
	out := &legalsOutput{}
	out.Body.LegalPersons = list
	return out, nil
}

// legalViews are the legal persons that a person may act for now.
func (s *Service) legalViews(ctx context.Context, person string) ([]LegalView, error) {
	list, err := s.LegalPersons(ctx, person)
	if err != nil {
		return nil, err
	}
	views := []LegalView{}
	for _, l := range list {
		v, err := s.legalView(ctx, person, l.ID)
		if errors.Is(err, ErrNoDelegate) {
			continue // what it rests on has ended
		}
		if err != nil {
			return nil, err
		}
		views = append(views, *v)
	}
	return views, nil
}

type legalInput struct {
	Body struct {
		Name string `json:"name" maxLength:"300"`
		Code string `json:"code" maxLength:"18"`
	}
}

type legalOutput struct{ Body LegalView }

func (s *Service) postLegal(ctx context.Context, in *legalInput) (*legalOutput, error) {
	l, err := s.RegisterLegal(ctx, access.From(ctx).ID, in.Body.Name, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &legalOutput{LegalView{ID: l.ID, Name: l.Name, Code: l.Code, Role: "representative", MayGrant: true}}, nil
}

// DelegationView is a delegation as others of the legal person see it.
type DelegationView struct {
	ID      string         `json:"id"`
	Parent  string         `json:"parent,omitempty" doc:"The delegation it rests on; empty: the representative"`
	Depth   int            `json:"depth"`
	Grantee string         `json:"grantee" doc:"Name, masked"`
	Role    DelegationRole `json:"role"`
	Items   []ItemView     `json:"items"`
	From    time.Time      `json:"from"`
	Until   time.Time      `json:"until"`
	State   string         `json:"state"`
	Holds   bool           `json:"holds" doc:"It and all it rests on hold now"`
	// Mine tells that it is the reader's own, MayEnd that she may end it,
	// MayChange that she may set its terms anew.
	Mine      bool `json:"mine"`
	MayEnd    bool `json:"mayEnd"`
	MayChange bool `json:"mayChange"`
}

type delegationsInput struct {
	ID string `path:"id" maxLength:"40"`
}

type delegationsOutput struct {
	Body struct {
		Delegations []DelegationView `json:"delegations"`
	}
}

func (s *Service) getDelegations(ctx context.Context, in *delegationsInput) (*delegationsOutput, error) {
	caller := access.From(ctx).ID
	scope, err := s.mayActFor(ctx, caller, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Delegations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	byID := map[string]Delegation{}
	for _, d := range list {
		byID[d.ID] = d
	}
	out := &delegationsOutput{}
	out.Body.Delegations = []DelegationView{}
	for _, d := range list {
		v, err := s.delegationView(ctx, d, holds(byID, d, s.Store.Now()))
		if err != nil {
			return nil, err
		}
		v.Mine = d.Grantee == caller
		v.MayEnd = d.State == delegationActive && mayEnd(list, d, scope, caller)
		v.MayChange = d.State == delegationActive && mayChange(list, d, scope, caller)
		out.Body.Delegations = append(out.Body.Delegations, v)
	}
	return out, nil
}

func (s *Service) delegationView(ctx context.Context, d Delegation, holds bool) (DelegationView, error) {
	p, err := s.Person(ctx, d.Grantee)
	if err != nil {
		return DelegationView{}, err
	}
	items, err := s.viewItems(ctx, d.Items)
	if err != nil {
		return DelegationView{}, err
	}
	return DelegationView{
		ID: d.ID, Parent: d.Parent, Depth: d.Depth, Grantee: privacy.MaskName(p.Name), Role: d.Role, Items: items,
		From: d.From, Until: d.Until, State: d.State, Holds: holds,
	}, nil
}

type grantInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name   string         `json:"name" maxLength:"100"`
		Number string         `json:"number" maxLength:"18"`
		Role   DelegationRole `json:"role" enum:"manager,handler"`
		Items  []string       `json:"items,omitempty" maxItems:"500"`
		From   time.Time      `json:"from,omitempty" doc:"Absent: from now on"`
		Until  time.Time      `json:"until"`
	}
}

type delegationOutput struct{ Body DelegationView }

func (s *Service) postDelegation(ctx context.Context, in *grantInput) (*delegationOutput, error) {
	d, err := s.Grant(ctx, in.ID, in.Body.Name, in.Body.Number, Delegation{
		Role: in.Body.Role, Items: in.Body.Items, From: in.Body.From, Until: in.Body.Until,
	})
	if err != nil {
		return nil, err
	}
	return s.granted(ctx, d)
}

// granted shows a delegation to who has just granted or changed it.
func (s *Service) granted(ctx context.Context, d Delegation) (*delegationOutput, error) {
	now := s.Store.Now()
	v, err := s.delegationView(ctx, d, !now.Before(d.From) && now.Before(d.Until))
	v.MayEnd, v.MayChange = true, true
	return &delegationOutput{v}, err
}

// termsBody are a delegation's terms.
type termsBody struct {
	Role  DelegationRole `json:"role" enum:"manager,handler"`
	Items []string       `json:"items,omitempty" maxItems:"500" doc:"None: all"`
	Until time.Time      `json:"until"`
}

func (b termsBody) terms() Delegation {
	return Delegation{Role: b.Role, Items: b.Items, Until: b.Until}
}

type changeInput struct {
	ID         string `path:"id" maxLength:"40"`
	Delegation string `path:"delegation" maxLength:"40"`
	Body       termsBody
}

func (s *Service) putDelegation(ctx context.Context, in *changeInput) (*delegationOutput, error) {
	d, err := s.Change(ctx, in.ID, in.Delegation, in.Body.terms())
	if err != nil {
		return nil, err
	}
	return s.granted(ctx, d)
}

type revokeInput struct {
	ID         string `path:"id" maxLength:"40"`
	Delegation string `path:"delegation" maxLength:"40"`
}

func (s *Service) deleteDelegation(ctx context.Context, in *revokeInput) (*none, error) {
	return nil, s.Revoke(ctx, in.ID, in.Delegation)
}
