package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/skip2/go-qrcode"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// What the browser keeps of a proof of a legal person, and where it shows it.
const (
	legalCookie = "legal-proof"
	legalPath   = "/legal-proofs"
)

// legalQR is the width of a licence's QR code in pixels.
const legalQR = 296

func (s *Service) legalProofRoutes(r *httpd.Router, op describe) {
	all, people := access.Everybody(), access.People()
	current := legalPath + "/current"
	begin := op("begin-legal-proof", http.MethodPost, legalPath, "Begin to prove that one holds a legal person's certificate or licence", all)
	begin.Status, begin.Cost = http.StatusCreated, 5
	httpd.Register(r, begin, s.postLegalProof)
	httpd.Register(r, op("get-legal-proof", http.MethodGet, current, "How the browser's proof of a legal person stands", all), s.getLegalProof)
	httpd.Register(r, op("answer-legal-proof", http.MethodPost, current+"/answer", "Answer it by a signature, or look whether a wallet has", all), s.postLegalAnswer)
	code := op("send-legal-code", http.MethodPost, current+"/code", "Send a code to the phone of who signs in by it", all)
	code.Cost = 10
	httpd.Register(r, code, s.postLegalCode)
	httpd.Register(r, op("sign-in-legal", http.MethodPost, current+"/session", "Sign in by it, and act for the legal person", all), s.postLegalSession)
	httpd.Register(r, op("link-legal", http.MethodPost, current+"/link", "Register the legal person, or link it, and act for it", people), s.postLegalLink)
	httpd.Register(r, op("list-credentials", http.MethodGet, "/legal-persons/{id}/credentials", "By what one signs in for a legal person", people), s.getCredentials)
	httpd.Register(r, op("unlink-credential", http.MethodDelete, "/legal-persons/{id}/credentials/{credential}", "Let nobody sign in by it any more", people), s.deleteCredential)
	if s.demoWallet != nil || s.demoAuthority != nil {
		s.demoLegalRoutes(r)
	}
}

// LegalWayView is a way in which legal persons prove who they are here.
type LegalWayView struct {
	Way  LegalWay `json:"way" doc:"ca or licence"`
	Name string   `json:"name" doc:"Of who confirms it"`
	Demo bool     `json:"demo" doc:"Nobody confirms anything in earnest"`
}

func (s *Service) legalWayViews() []LegalWayView {
	var list []LegalWayView
	for _, way := range legalWays {
		if p := s.LegalProvers[way]; p != nil {
			demo := way == ByCertificate && s.demoAuthority != nil || way == ByLicence && s.demoWallet != nil
			list = append(list, LegalWayView{way, p.Name(), demo})
		}
	}
	return list
}

// LegalProofView is a proof of a legal person as its browser sees it.
type LegalProofView struct {
	Way   LegalWay  `json:"way"`
	State string    `json:"state" doc:"waiting, proved or declined"`
	Until time.Time `json:"until"`
	Text  string    `json:"text,omitempty" doc:"What the certificate signs"`
	// Address is what the wallet opens, QR a picture of it.
	Address string         `json:"address,omitempty"`
	QR      string         `json:"qr,omitempty" doc:"PNG as data URL"`
	Unit    *LegalUnitView `json:"unit,omitempty" doc:"Once it is proved"`
}

// LegalUnitView is the legal person that was proved.
type LegalUnitView struct {
	Name string `json:"name"`
	Code string `json:"code"`
	// Representative and Holder are masked.
	Representative string `json:"representative,omitempty"`
	Holder         string `json:"holder,omitempty"`
	Role           string `json:"role,omitempty" doc:"The holder's, as the licence tells it: representative, manager or handler; absent: one says it oneself"`
	Registered     bool   `json:"registered" doc:"It has an account here"`
	// Account and Phone, masked, are of who signs in by it; empty: nobody yet.
	Account   string `json:"account,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Mine      bool   `json:"mine" doc:"The reader signs in by it"`
	NeedsCode bool   `json:"needsCode" doc:"A code from the phone is needed to sign in"`
}

func (s *Service) legalProofView(ctx context.Context, p LegalProof) (LegalProofView, error) {
	v := LegalProofView{Way: p.Way, State: p.State, Until: p.Until}
	if p.State == proofWaiting && p.Address == "" {
		v.Text = p.Text
	}
	if p.State == proofWaiting && p.Address != "" {
		picture, err := qrcode.Encode(p.Address, qrcode.Medium, legalQR)
		if err != nil {
			return v, fmt.Errorf("draw a QR code: %w", err)
		}
		v.Address, v.QR = p.Address, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(picture)
	}
	if p.State != proofProved {
		return v, nil
	}
	i := p.Identity
	v.Unit = &LegalUnitView{Name: i.Name, Code: i.Code, Role: i.Holder.Role}
	if i.Representative != "" {
		v.Unit.Representative = privacy.MaskName(i.Representative)
	}
	if i.Holder.Name != "" {
		v.Unit.Holder = privacy.MaskName(i.Holder.Name)
	}
	var id string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT id FROM legal_person WHERE code = $1`, i.Code).Scan(&id)
	if err != nil && !store.IsNone(err) {
		return v, fmt.Errorf("look a legal person up: %w", err)
	}
	v.Unit.Registered = err == nil
	b, err := s.BoundTo(ctx, p)
	if errors.Is(err, ErrLegalUnlinked) {
		return v, nil
	}
	v.Unit.Account, v.Unit.Phone = privacy.MaskName(b.Person.Name), privacy.MaskPhone(b.Person.Phone)
	v.Unit.Mine, v.Unit.NeedsCode = access.From(ctx).ID == b.Person.ID, b.Code
	return v, err
}

// CameBy is the address by which a request came.
type CameBy struct {
	Transport
	site string
}

// Resolve implements huma.Resolver.
func (c *CameBy) Resolve(ctx huma.Context) []error {
	host := ctx.Host()
	if host == "" || len(host) > 255 || strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-:[]", r)
	}) {
		return nil
	}
	c.site = "http://" + host
	if ctx.TLS() != nil || ctx.Header("X-Forwarded-Proto") == "https" {
		c.site = "https://" + host
	}
	return nil
}

// LegalInput is the cookie of a proof of a legal person.
type LegalInput struct {
	Token string `cookie:"legal-proof" hidden:"true"`
}

type beginLegalInput struct {
	CameBy
	Body struct {
		Way LegalWay `json:"way" enum:"ca,licence"`
	}
}

type legalProofOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Cache     string      `header:"Cache-Control"`
	Body      LegalProofView
}

// keepLegal is the cookie of a proof; an empty token takes it away.
func keepLegal(token string, secure bool) http.Cookie {
	c := http.Cookie{
		Name: legalCookie, Value: token, Path: httpd.Prefix + legalPath, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
		MaxAge: int((proofLife + provedLife) / time.Second),
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

func (s *Service) postLegalProof(ctx context.Context, in *beginLegalInput) (*legalProofOutput, error) {
	token, p, err := s.BeginLegal(ctx, in.Body.Way, in.site)
	if err != nil {
		return nil, err
	}
	v, err := s.legalProofView(ctx, p)
	return &legalProofOutput{keepLegal(token, in.secure()), "no-store", v}, err
}

type legalViewOutput struct {
	Cache string `header:"Cache-Control"`
	Body  LegalProofView
}

func (s *Service) getLegalProof(ctx context.Context, in *LegalInput) (*legalViewOutput, error) {
	p, err := s.LegalProof(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	v, err := s.legalProofView(ctx, p)
	return &legalViewOutput{"no-store", v}, err
}

type answerLegalInput struct {
	LegalInput
	Body struct {
		Certificate string `json:"certificate,omitempty" maxLength:"32768" doc:"PEM, the holder's first; never her key"`
		Signature   string `json:"signature,omitempty" maxLength:"2048" doc:"Of the text, base64: ASN.1 of SM2 with SM3 or ECDSA with SHA-256, or PKCS #1 of RSA with SHA-256"`
	}
}

func (s *Service) postLegalAnswer(ctx context.Context, in *answerLegalInput) (*legalViewOutput, error) {
	signature, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(in.Body.Signature), ""))
	if err != nil {
		return nil, ErrCertSignature.Because(err)
	}
	p, err := s.AnswerLegal(ctx, in.Token, LegalAnswer{in.Body.Certificate, signature})
	if waits := errors.Is(err, ErrLegalWaits) && p.Address != ""; err != nil && !waits {
		return nil, err
	}
	v, err := s.legalProofView(ctx, p)
	return &legalViewOutput{"no-store", v}, err
}

func (s *Service) postLegalCode(ctx context.Context, in *LegalInput) (*none, error) {
	return nil, s.SendLegalCode(ctx, in.Token)
}

type legalSessionInput struct {
	Transport
	LegalInput
	Body struct {
		Code string `json:"code,omitempty" maxLength:"6" doc:"Sent to the phone, where a certificate was used"`
	}
}

type legalSessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      SessionView
}

func (s *Service) postLegalSession(ctx context.Context, in *legalSessionInput) (*legalSessionOutput, error) {
	session, b, err := s.LoginLegal(ctx, in.Token, in.Body.Code)
	if err != nil {
		return nil, err
	}
	me := personView(b.Person)
	if me.For, err = s.legalView(ctx, b.Person.ID, b.Legal); err != nil {
		return nil, err
	}
	return &legalSessionOutput{
		SetCookie: []http.Cookie{cookie(session, in.secure()), keepLegal("", in.secure())},
		Body:      SessionView{session.Token, session.Until, me},
	}, nil
}

type linkLegalInput struct {
	Transport
	LegalInput
	Body struct {
		Role      DelegationRole `json:"role,omitempty" enum:"representative,handler" doc:"With a certificate: what one is to the legal person"`
		Agreement string         `json:"agreement" maxLength:"20" doc:"Version of the service agreement that was agreed to"`
	}
}

type linkLegalOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      LegalView
}

func (s *Service) postLegalLink(ctx context.Context, in *linkLegalInput) (*linkLegalOutput, error) {
	l, err := s.LinkLegal(ctx, in.Token, Link{in.Body.Role, in.Body.Agreement})
	if err != nil {
		return nil, err
	}
	v, err := s.legalView(ctx, access.From(ctx).ID, l.ID)
	if err != nil {
		return nil, err
	}
	return &linkLegalOutput{keepLegal("", in.secure()), *v}, nil
}

// CredentialView is a certificate or a licence by which somebody signs in.
type CredentialView struct {
	ID       string    `json:"id"`
	Way      LegalWay  `json:"way"`
	Provider string    `json:"provider"`
	Person   string    `json:"person" doc:"Who signs in by it, masked"`
	Mine     bool      `json:"mine"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
}

type credentialsOutput struct {
	Body struct {
		Credentials []CredentialView `json:"credentials"`
	}
}

func (s *Service) getCredentials(ctx context.Context, in *delegationsInput) (*credentialsOutput, error) {
	list, err := s.Credentials(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &credentialsOutput{}
	out.Body.Credentials = []CredentialView{}
	for _, c := range list {
		p, err := s.Person(ctx, c.Person)
		if err != nil {
			return nil, err
		}
		out.Body.Credentials = append(out.Body.Credentials, CredentialView{
			c.ID, c.Way, c.Provider, privacy.MaskName(p.Name), p.ID == access.From(ctx).ID, c.At, c.Until,
		})
	}
	return out, nil
}

type credentialInput struct {
	ID         string `path:"id" maxLength:"40"`
	Credential string `path:"credential" maxLength:"40"`
}

func (s *Service) deleteCredential(ctx context.Context, in *credentialInput) (*none, error) {
	return nil, s.Unlink(ctx, in.ID, in.Credential)
}
