package node

import (
	"context"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	admin := access.StaffWith(access.RoleSystemAdmin)
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "node"}
	}
	httpd.Register(r, op("list-halls", http.MethodGet, "/halls", "List the halls", access.Everybody()), s.getHalls)
	httpd.Register(r, op("list-live-halls", http.MethodGet, "/halls/live", "Tell how the halls are right now", access.StaffWith(access.RoleSupervisor, access.RoleSystemAdmin)), s.getLive)
	httpd.Register(r, op("get-hall", http.MethodGet, "/halls/{id}", "Get a hall", access.Everybody()), s.getHall)
	httpd.Register(r, op("add-hall", http.MethodPost, "/halls", "Add a hall", admin), s.postHall)
	httpd.Register(r, op("change-hall", http.MethodPut, "/halls/{id}", "Change a hall", admin), s.putHall)
	httpd.Register(r, op("new-hall-token", http.MethodPost, "/halls/{id}/token", "Give a hall another token", admin), s.postToken)
	s.eventRoutes(r, op, admin)
}

type none struct{}

type hallsOutput struct {
	Body struct {
		Halls []Hall `json:"halls"`
	}
}

func (s *Service) getHalls(ctx context.Context, _ *none) (*hallsOutput, error) {
	list, err := s.Halls(ctx)
	if err != nil {
		return nil, err
	}
	out := &hallsOutput{}
	out.Body.Halls = list
	return out, nil
}

type hallIDInput struct {
	ID string `path:"id" maxLength:"40"`
}

type hallOutput struct{ Body Hall }

func (s *Service) getHall(ctx context.Context, in *hallIDInput) (*hallOutput, error) {
	h, err := s.Hall(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &hallOutput{h}, nil
}

// HallInput is what an administrator says of a hall.
type HallInput struct {
	Name      string `json:"name" maxLength:"200"`
	Region    string `json:"region" maxLength:"12"`
	Address   string `json:"address,omitempty" maxLength:"300"`
	Telephone string `json:"telephone,omitempty" maxLength:"60"`
	Hours     string `json:"hours,omitempty" maxLength:"300"`
	State     string `json:"state,omitempty" enum:"active,closed"`
}

func (in HallInput) hall(id string) Hall {
	return Hall{ID: id, Name: in.Name, Region: in.Region, Address: in.Address, Telephone: in.Telephone, Hours: in.Hours, State: in.State}
}

type addHallInput struct {
	Body struct {
		ID string `json:"id" maxLength:"40"`
		HallInput
	}
}

type tokenOutput struct {
	Body struct {
		Hall  string `json:"hall"`
		Token string `json:"token" doc:"For the hall's server; it is shown this once"`
	}
}

func (s *Service) postHall(ctx context.Context, in *addHallInput) (*tokenOutput, error) {
	if err := covers(ctx, in.Body.Region); err != nil {
		return nil, err
	}
	h, token, err := s.Add(ctx, in.Body.hall(in.Body.ID))
	if err != nil {
		return nil, err
	}
	out := &tokenOutput{}
	out.Body.Hall, out.Body.Token = h.ID, token
	return out, nil
}

// covers refuses an administrator of another region.
func covers(ctx context.Context, region string) error {
	if !access.From(ctx).Covers(region) {
		return ErrHallInput.Wrong("region", "不能管理其他地区的大厅")
	}
	return nil
}

type changeHallInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body HallInput
}

func (s *Service) putHall(ctx context.Context, in *changeHallInput) (*hallOutput, error) {
	if _, err := s.mine(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := covers(ctx, in.Body.Region); err != nil {
		return nil, err
	}
	h, err := s.Change(ctx, in.Body.hall(in.ID))
	if err != nil {
		return nil, err
	}
	return &hallOutput{h}, nil
}

// mine returns a hall in the caller's region; others aren't there for her.
func (s *Service) mine(ctx context.Context, id string) (Hall, error) {
	h, err := s.Hall(ctx, id)
	if err == nil && !access.From(ctx).Covers(h.Region) {
		return Hall{}, ErrNoHall
	}
	return h, err
}

func (s *Service) postToken(ctx context.Context, in *hallIDInput) (*tokenOutput, error) {
	if _, err := s.mine(ctx, in.ID); err != nil {
		return nil, err
	}
	token, err := s.NewToken(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &tokenOutput{}
	out.Body.Hall, out.Body.Token = in.ID, token
	return out, nil
}
