package identity

import (
	"context"
	"net/http"
	"strings"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// tag groups the context's operations in the API's description.
const tag = "identity"

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: tag}
	}
	code := op("send-code", http.MethodPost, "/codes", "Send a code to a phone", access.Everybody())
	code.Cost = 10 // each is paid for
	httpd.Register(r, code, s.postCode)
	httpd.Register(r, op("register", http.MethodPost, "/people", "Register with one's real name, and sign in", access.Everybody()), s.postPerson)
	httpd.Register(r, op("sign-in", http.MethodPost, "/sessions", "Sign in as a member of the public", access.Everybody()), s.postSession)
	httpd.Register(r, op("sign-out", http.MethodDelete, "/sessions/current", "Sign out", access.Everybody()), s.deleteSession)
	httpd.Register(r, op("reset-password", http.MethodPost, "/passwords", "Choose a new password by a code", access.Everybody()), s.postPassword)
	httpd.Register(r, op("get-me", http.MethodGet, "/me", "Who is signed in", access.Everybody()), s.getMe)
	httpd.Register(r, op("change-password", http.MethodPut, "/me/password", "Change one's password", access.People()), s.putPassword)
	httpd.Register(r, op("change-phone", http.MethodPut, "/me/phone", "Bind another phone", access.People()), s.putPhone)
	httpd.Register(r, op("act-for", http.MethodPut, "/me/acting", "Act for a legal person, or for oneself again", access.People().AtKiosks()), s.putActing)
	s.ownRoutes(r, op)
	s.emailRoutes(r, op)
	s.provinceRoutes(r, op)
	s.scanRoutes(r, op)
	s.kioskRoutes(r)
	s.legalRoutes(r, op)
	s.legalStateRoutes(r, op)
	s.legalProofRoutes(r, op)
	s.legalWindowRoutes(r, op)
	s.staffRoutes(r, op)
}

// none is an answer without a body.
type none struct{}

type codeInput struct {
	Body struct {
		Purpose Purpose `json:"purpose" enum:"register,login,reset,unbind,bind,disable,export"`
		Account string  `json:"account" maxLength:"40" doc:"Phone, or the ID number of who has an account; who is signed in may leave it empty: her own phone"`
	}
}

func (s *Service) postCode(ctx context.Context, in *codeInput) (*none, error) {
	account := in.Body.Account
	if caller := access.From(ctx); account == "" && caller.Kind == access.Person {
		p, err := s.Person(ctx, caller.ID) // to her own phone, which the page knows masked
		if err != nil {
			return nil, err
		}
		account = p.Phone
	}
	return nil, s.SendCode(ctx, in.Body.Purpose, account)
}

type registerInput struct {
	Transport
	Body struct {
		Name      string           `json:"name" maxLength:"100"`
		Number    string           `json:"number" maxLength:"18" doc:"Of the resident ID card"`
		Phone     string           `json:"phone" maxLength:"11"`
		PhoneCode string           `json:"phoneCode" maxLength:"6"`
		Proofs    map[Proof]string `json:"proofs" doc:"social-card, bank-card, provident-fund, driving-licence: at least one beside card and phone"`
		Password  string           `json:"password" maxLength:"64"`
		Agreement string           `json:"agreement" doc:"Version of the service agreement that was agreed to"`
	}
}

// SessionView is an answer to a sign-in.
type SessionView struct {
	Token string    `json:"token" doc:"For scripts; browsers get a cookie"`
	Until time.Time `json:"until"`
	Me    MeView    `json:"me"`
}

// MeView is who is signed in.
type MeView struct {
	Kind access.Kind `json:"kind" doc:"person, staff, or empty: nobody"`
	ID   string      `json:"id,omitempty"`
	Name string      `json:"name,omitempty" doc:"Masked, for people"`
	// Number and Phone are masked.
	Number string `json:"number,omitempty"`
	Phone  string `json:"phone,omitempty"`
	// ChangePassword asks a person whose password is on paper to choose one.
	ChangePassword bool          `json:"changePassword,omitempty"`
	Way            Way           `json:"way,omitempty" doc:"How a person was registered"`
	Proofs         []Proof       `json:"proofs,omitempty"`
	For            *LegalView    `json:"for,omitempty" doc:"The legal person that is acted for"`
	Account        string        `json:"account,omitempty"`
	Organisation   string        `json:"organisation,omitempty"`
	Region         string        `json:"region,omitempty"`
	Roles          []access.Role `json:"roles,omitempty"`
}

type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      SessionView
}

// Transport tells whether the request came by TLS.
type Transport struct {
	Proto string `header:"X-Forwarded-Proto" hidden:"true"`
}

func (in Transport) secure() bool { return in.Proto == "https" }

func personView(p Person) MeView {
	return MeView{
		Kind: access.Person, ID: p.ID, Name: privacy.MaskName(p.Name), Number: privacy.MaskNumber(p.Number), Phone: privacy.MaskPhone(p.Phone),
		ChangePassword: p.ChangePassword, Way: p.Way, Proofs: p.Proofs,
	}
}

func (s *Service) postPerson(ctx context.Context, in *registerInput) (*sessionOutput, error) {
	b := in.Body
	p, err := s.Register(ctx, Registration{
		Name: b.Name, Number: b.Number, Phone: b.Phone, PhoneCode: b.PhoneCode, Proofs: b.Proofs, Password: b.Password, Agreement: b.Agreement,
	})
	if err != nil {
		return nil, err
	}
	session, err := s.begin(ctx, access.Person, p.ID, "person")
	if err != nil {
		return nil, err
	}
	return &sessionOutput{cookie(session, in.secure()), SessionView{session.Token, session.Until, personView(p)}}, nil
}

type loginInput struct {
	Transport
	Body struct {
		Account  string `json:"account" maxLength:"40" doc:"ID number or phone; of staff the account"`
		Password string `json:"password" maxLength:"64"`
		Code     string `json:"code,omitempty" maxLength:"6" doc:"Sent to the phone; of staff from the authenticator"`
		// NewPassword is chosen by who was given hers at a window or by an
		// administrator.
		NewPassword string `json:"newPassword,omitempty" maxLength:"64"`
	}
}

func (s *Service) postSession(ctx context.Context, in *loginInput) (*sessionOutput, error) {
	sign := s.Login
	if chosen := in.Body.NewPassword; chosen != "" {
		sign = func(ctx context.Context, account, password, code string) (Session, Person, error) {
			return s.FirstLogin(ctx, account, password, code, chosen)
		}
	}
	session, p, err := sign(ctx, in.Body.Account, in.Body.Password, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &sessionOutput{cookie(session, in.secure()), SessionView{session.Token, session.Until, personView(p)}}, nil
}

type cookieOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Next string `json:"next,omitempty" doc:"Where the browser goes to end the session at the province as well"`
	}
}

func (s *Service) deleteSession(ctx context.Context, _ *none) (*signOutOutput, error) {
	next, err := s.Logout(ctx)
	if err != nil {
		return nil, err
	}
	out := &signOutOutput{SetCookie: cookie(Session{}, false)}
	out.Body.Next = next
	return out, nil
}

type passwordResetInput struct {
	Body struct {
		Number   string `json:"number" maxLength:"18"`
		Phone    string `json:"phone" maxLength:"11"`
		Code     string `json:"code" maxLength:"6"`
		Password string `json:"password" maxLength:"64"`
	}
}

func (s *Service) postPassword(ctx context.Context, in *passwordResetInput) (*none, error) {
	return nil, s.ResetPassword(ctx, in.Body.Number, in.Body.Phone, in.Body.Code, in.Body.Password)
}

type meOutput struct{ Body MeView }

func (s *Service) getMe(ctx context.Context, _ *none) (*meOutput, error) {
	caller := access.From(ctx)
	switch caller.Kind {
	case access.Person:
		p, err := s.Person(ctx, caller.ID)
		if err != nil {
			return nil, err
		}
		me := personView(p)
		if caller.For != "" {
			if me.For, err = s.legalView(ctx, caller.ID, caller.For); err != nil {
				return nil, err
			}
		}
		return &meOutput{me}, nil
	case access.Staff:
		m, err := s.Member(ctx, caller.ID)
		if err != nil {
			return nil, err
		}
		return &meOutput{memberView(m)}, nil
	default:
		return &meOutput{}, nil
	}
}

func memberView(m Member) MeView {
	return MeView{
		Kind: access.Staff, ID: m.ID, Name: m.Name, Account: m.Account, Organisation: m.Organisation, Region: m.Region, Roles: m.Roles,
	}
}

type passwordInput struct {
	Body struct {
		Old string `json:"old" maxLength:"64"`
		New string `json:"new" maxLength:"64"`
	}
}

func (s *Service) putPassword(ctx context.Context, in *passwordInput) (*none, error) {
	return nil, s.ChangePassword(ctx, access.From(ctx).ID, in.Body.Old, in.Body.New)
}

type phoneInput struct {
	Body struct {
		OldCode string `json:"oldCode" maxLength:"6" doc:"Sent to the phone that is bound"`
		Phone   string `json:"phone" maxLength:"11"`
		NewCode string `json:"newCode" maxLength:"6" doc:"Sent to the new phone"`
	}
}

func (s *Service) putPhone(ctx context.Context, in *phoneInput) (*none, error) {
	return nil, s.ChangePhone(ctx, access.From(ctx).ID, in.Body.OldCode, in.Body.Phone, in.Body.NewCode)
}

type actingInput struct {
	Body struct {
		Legal string `json:"legal" maxLength:"40" doc:"Id of the legal person; empty: oneself"`
	}
}

func (s *Service) putActing(ctx context.Context, in *actingInput) (*none, error) {
	return nil, s.ActFor(ctx, strings.TrimSpace(in.Body.Legal))
}
