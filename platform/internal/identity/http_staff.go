package identity

import (
	"context"
	"errors"
	"net/http"

	"smarthall/internal/privacy"
	"smarthall/internal/problem"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

func (s *Service) staffRoutes(r *httpd.Router, op describe) {
	s.ownStaffRoutes(r, op)
	s.resetRoutes(r, op)
	security := access.StaffWith(access.RoleSecurityAdmin)
	desk := access.StaffWith(access.RoleIdentityDesk)
	httpd.Register(r, op("sign-in-staff", http.MethodPost, "/staff/sessions", "Sign in as one of the staff", access.Everybody()), s.postStaffSession)
	httpd.Register(r, op("list-staff", http.MethodGet, "/staff", "List the staff of one's region", security), s.getStaff)
	httpd.Register(r, op("add-staff", http.MethodPost, "/staff", "Add a member of staff", security), s.postStaff)
	httpd.Register(r, op("change-staff", http.MethodPut, "/staff/{id}", "Change a member of staff", security), s.putStaff)
	httpd.Register(r, op("list-organisations", http.MethodGet, "/organisations", "List the organisations", access.Everybody()), s.getOrganisations)
	httpd.Register(r, op("put-organisation", http.MethodPut, "/organisations/{id}", "Make or change an organisation", access.StaffWith(access.RoleSystemAdmin)), s.putOrganisation)
	httpd.Register(r, op("register-at-window", http.MethodPost, "/people/at-window", "Register a person whose card was seen", desk), s.postAtWindow)
	httpd.Register(r, op("reset-at-window", http.MethodPost, "/people/passwords", "Give a person whose card was seen a new password", desk), s.postWindowPassword)
	httpd.Register(r, op("change-phone-at-window", http.MethodPost, "/people/phones", "Bind another phone for a person whose card was seen", desk), s.postWindowPhone)
	httpd.Register(r, op("find-person", http.MethodPost, "/people/find", "Find a person by her ID number", desk.Or(access.StaffWith(access.RoleIdentityHead))), s.findPerson)
	httpd.Register(r, op("disable-person", http.MethodPost, "/people/{id}/disable", "Take an account out of use", desk), s.stateVerb(s.Disable))
	httpd.Register(r, op("ask-enable-person", http.MethodPost, "/people/{id}/ask-enable", "Ask for an account to be enabled", desk), s.stateVerb(s.AskEnable))
	httpd.Register(r, op("enable-person", http.MethodPost, "/people/{id}/enable", "Approve that an account is enabled", access.StaffWith(access.RoleIdentityHead)),
		s.stateVerb(func(ctx context.Context, id, _ string) error { return s.Enable(ctx, id) }))
}

func (s *Service) postStaffSession(ctx context.Context, in *loginInput) (*sessionOutput, error) {
	sign := s.LoginStaff
	if chosen := in.Body.NewPassword; chosen != "" {
		sign = func(ctx context.Context, account, password, code string) (Session, Member, string, error) {
			return s.FirstLoginStaff(ctx, account, password, code, chosen)
		}
	}
	session, m, setup, err := sign(ctx, in.Body.Account, in.Body.Password, in.Body.Code)
	if setup != "" && errors.Is(err, ErrSecond) {
		p := problem.New(http.StatusUnauthorized, ErrSecond.Code, "首次登录：请用身份验证器扫描二维码，再输入 6 位动态码")
		uri := TOTPURI(in.Body.Account, setup)
		picture, err := pictureOf(uri)
		if err != nil {
			return nil, err
		}
		p.Errors = []problem.FieldError{{Location: "setup", Message: uri}, {Location: "setup.qr", Message: picture}}
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	return &sessionOutput{cookie(session, in.secure()), SessionView{session.Token, session.Until, memberView(m)}}, nil
}

type staffOutput struct {
	Body struct {
		Staff []Member `json:"staff"`
	}
}

func (s *Service) getStaff(ctx context.Context, _ *none) (*staffOutput, error) {
	list, err := s.Members(ctx)
	if err != nil {
		return nil, err
	}
	out := &staffOutput{}
	out.Body.Staff = list
	return out, nil
}

// MemberInput is what a security administrator says of a member of staff.
type MemberInput struct {
	Account      string        `json:"account,omitempty" maxLength:"40" doc:"Can't be changed later"`
	Name         string        `json:"name" maxLength:"100"`
	Organisation string        `json:"organisation" maxLength:"40"`
	Region       string        `json:"region" maxLength:"12" pattern:"^[0-9]*$"`
	Roles        []access.Role `json:"roles" maxItems:"20"`
	State        State         `json:"state,omitempty" enum:"active,disabled"`
}

type staffInput struct{ Body MemberInput }

type newStaffOutput struct {
	Body struct {
		Member   Member `json:"member"`
		Password string `json:"password" doc:"To hand over; it is shown this once"`
	}
}

func (s *Service) postStaff(ctx context.Context, in *staffInput) (*newStaffOutput, error) {
	b := in.Body
	m, password, err := s.AddMember(ctx, Member{Account: b.Account, Name: b.Name, Organisation: b.Organisation, Region: b.Region, Roles: b.Roles})
	if err != nil {
		return nil, err
	}
	out := &newStaffOutput{}
	out.Body.Member, out.Body.Password = m, password
	return out, nil
}

type changeStaffInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body MemberInput
}

type memberOutput struct{ Body Member }

func (s *Service) putStaff(ctx context.Context, in *changeStaffInput) (*memberOutput, error) {
	b := in.Body
	m, err := s.ChangeMember(ctx, Member{ID: in.ID, Name: b.Name, Organisation: b.Organisation, Region: b.Region, Roles: b.Roles, State: b.State})
	if err != nil {
		return nil, err
	}
	return &memberOutput{m}, nil
}

type organisationsOutput struct {
	Body struct {
		Organisations []Organisation `json:"organisations"`
	}
}

func (s *Service) getOrganisations(ctx context.Context, _ *none) (*organisationsOutput, error) {
	list, err := s.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	out := &organisationsOutput{}
	out.Body.Organisations = list
	return out, nil
}

type organisationInput struct {
	ID   string `path:"id" maxLength:"40" pattern:"^[A-Za-z0-9-]+$"`
	Body struct {
		Parent    string `json:"parent,omitempty" maxLength:"40"`
		Name      string `json:"name" minLength:"2" maxLength:"100"`
		Region    string `json:"region" pattern:"^[0-9]{6,12}$"`
		Code      string `json:"code,omitempty" maxLength:"18"`
		Telephone string `json:"telephone,omitempty" maxLength:"40"`
		Address   string `json:"address,omitempty" maxLength:"200"`
	}
}

type organisationOutput struct{ Body Organisation }

func (s *Service) putOrganisation(ctx context.Context, in *organisationInput) (*organisationOutput, error) {
	b := in.Body
	o := Organisation{ID: in.ID, Parent: b.Parent, Name: b.Name, Region: b.Region, Code: b.Code, Telephone: b.Telephone, Address: b.Address}
	if !access.From(ctx).Covers(o.Region) {
		return nil, ErrInput.Wrong("region", "不能管理其他地区的部门")
	}
	err := s.Store.Write(ctx, "store an organisation", func(tx *store.Tx) error {
		if err := s.PutOrganisation(ctx, tx, o); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.put-organisation", Object: o.ID})
	})
	if err != nil {
		return nil, err
	}
	return &organisationOutput{o}, nil
}

type atWindowInput struct {
	Body struct {
		Name      string `json:"name" maxLength:"100" doc:"As read from the card"`
		Number    string `json:"number" maxLength:"18"`
		Phone     string `json:"phone" maxLength:"11"`
		PhoneCode string `json:"phoneCode" maxLength:"6"`
	}
}

type atWindowOutput struct {
	Body struct {
		Person   PersonView `json:"person"`
		Password string     `json:"password" doc:"To hand over; it is shown this once"`
	}
}

func (s *Service) postAtWindow(ctx context.Context, in *atWindowInput) (*atWindowOutput, error) {
	p, password, err := s.RegisterAtWindow(ctx, in.Body.Name, in.Body.Number, in.Body.Phone, in.Body.PhoneCode)
	if err != nil {
		return nil, err
	}
	out := &atWindowOutput{}
	out.Body.Person, out.Body.Password = viewPerson(p), password
	return out, nil
}

// PersonView is a person as staff see her.
type PersonView struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Number  string  `json:"number" doc:"Masked"`
	Phone   string  `json:"phone" doc:"Masked"`
	State   State   `json:"state"`
	Way     Way     `json:"way"`
	Proofs  []Proof `json:"proofs"`
	Created string  `json:"created"`
}

func viewPerson(p Person) PersonView {
	return PersonView{
		ID: p.ID, Name: privacy.MaskName(p.Name), Number: privacy.MaskNumber(p.Number), Phone: privacy.MaskPhone(p.Phone),
		State: p.State, Way: p.Way, Proofs: append([]Proof{}, p.Proofs...), Created: p.Created.Format(dateLayout),
	}
}

type numberInput struct {
	Body struct {
		Number string `json:"number" maxLength:"18"`
	}
}

type windowPasswordOutput struct {
	Body struct {
		Password string `json:"password" doc:"To hand over; it is shown this once"`
	}
}

func (s *Service) postWindowPassword(ctx context.Context, in *numberInput) (*windowPasswordOutput, error) {
	password, err := s.ResetAtWindow(ctx, in.Body.Number)
	if err != nil {
		return nil, err
	}
	out := &windowPasswordOutput{}
	out.Body.Password = password
	return out, nil
}

type personOutput struct{ Body PersonView }

func (s *Service) findPerson(ctx context.Context, in *numberInput) (*personOutput, error) {
	p, err := s.PersonByNumber(ctx, in.Body.Number)
	if err != nil {
		return nil, err
	}
	if err := s.Audit.Write(ctx, audit.Entry{Action: "identity.view", Object: p.ID}); err != nil {
		return nil, err
	}
	return &personOutput{viewPerson(p)}, nil
}

type windowPhoneInput struct {
	Body struct {
		Number    string `json:"number" maxLength:"18"`
		Phone     string `json:"phone" maxLength:"11" doc:"The new one"`
		PhoneCode string `json:"phoneCode" maxLength:"6" doc:"Sent to it for the purpose bind"`
	}
}

func (s *Service) postWindowPhone(ctx context.Context, in *windowPhoneInput) (*personOutput, error) {
	p, err := s.ChangePhoneAtWindow(ctx, in.Body.Number, in.Body.Phone, in.Body.PhoneCode)
	if err != nil {
		return nil, err
	}
	return &personOutput{viewPerson(p)}, nil
}

type stateInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	}
}

// stateVerb is the handler of a verb that changes an account's state.
func (s *Service) stateVerb(verb func(ctx context.Context, id, reason string) error) func(context.Context, *stateInput) (*personOutput, error) {
	return func(ctx context.Context, in *stateInput) (*personOutput, error) {
		if err := verb(ctx, in.ID, in.Body.Reason); err != nil {
			return nil, err
		}
		p, err := s.Person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &personOutput{viewPerson(p)}, nil
	}
}
