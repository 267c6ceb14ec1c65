package identity

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

// Where a sign-in at the province begins and ends, and what the browser keeps
// meanwhile.
const (
	departPath     = "/province/sign-in"
	callbackPath   = "/province/callback"
	linkedPath     = "/people/linked"
	departCookie   = "province"
	linkingCookie  = "linking"
	maxSealedState = 8 << 10
)

func (s *Service) provinceRoutes(r *httpd.Router, op describe) {
	page := func(id, path string, fn func(w http.ResponseWriter, req *http.Request) error) {
		r.Page(httpd.Operation{ID: id, Method: http.MethodGet, Path: path, Who: access.Everybody(), Tag: tag}, fn)
	}
	page("sign-in-at-province", departPath, s.getDeparture)
	page("return-from-province", callbackPath, s.getArrival)
	httpd.Register(r, op("get-linked", http.MethodGet, linkedPath, "Who came from the province and has no account yet", access.Everybody()), s.getLinked)
	httpd.Register(r, op("register-linked", http.MethodPost, linkedPath, "Register who came from the province, and sign in", access.Everybody()), s.postLinked)
}

// keep lets the browser keep a sealed text until it comes back to path.
func (s *Service) keep(w http.ResponseWriter, name, path, sealed string) {
	c := http.Cookie{
		Name: name, Value: url.QueryEscape(sealed), Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(departureLife / time.Second), Secure: s.Province != nil && strings.HasPrefix(s.Province.callback, "https:"),
	}
	if sealed == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

// getDeparture sends the browser to the province. Nothing is stored here: a GET
// changes nothing.
func (s *Service) getDeparture(w http.ResponseWriter, req *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	next := localPath(req.URL.Query().Get("next"), "/my")
	if access.From(req.Context()).Kind == access.Person {
		http.Redirect(w, req, next, http.StatusSeeOther)
		return nil
	}
	to, sealed, err := s.depart(req.Context(), next)
	if err != nil {
		return s.backToLogin(w, req, next, err)
	}
	s.keep(w, departCookie, callbackPath, sealed)
	http.Redirect(w, req, to, http.StatusSeeOther)
	return nil
}

// backToLogin shows why not where one can sign in otherwise.
func (s *Service) backToLogin(w http.ResponseWriter, req *http.Request, next string, err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.NotFound {
		return err
	}
	if f.Cause != nil {
		s.Log.Warn("sign-in at the province failed", slog.String("code", f.Code), slog.Any("err", f.Cause))
	}
	q := url.Values{"trouble": {strings.TrimPrefix(f.Code, tag+".")}}
	if next != "" {
		q.Set("next", next)
	}
	http.Redirect(w, req, "/login?"+q.Encode(), http.StatusSeeOther)
	return nil
}

// getArrival takes the browser back from the province.
func (s *Service) getArrival(w http.ResponseWriter, req *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds a code
	query := req.URL.Query()
	var sealed string
	if c, err := req.Cookie(departCookie); err == nil && len(c.Value) < maxSealedState {
		sealed, _ = url.QueryUnescape(c.Value) // what isn't ours doesn't open
	}
	s.keep(w, departCookie, callbackPath, "")
	d, _ := opened(s, kindDeparture, sealed, func(d departure) time.Time { return d.Until })
	if query.Get("error") == "access_denied" {
		return s.backToLogin(w, req, d.Next, errCancelled)
	}
	a, err := s.arrive(req.Context(), sealed, query.Get("state"), query.Get("code"))
	if err != nil {
		return s.backToLogin(w, req, d.Next, err)
	}
	if a.linking != "" {
		s.keep(w, linkingCookie, httpd.Prefix+linkedPath, a.linking)
		http.Redirect(w, req, "/register?"+url.Values{"linked": {"1"}, "next": {a.next}}.Encode(), http.StatusSeeOther)
		return nil
	}
	c := cookie(a.session, strings.HasPrefix(s.Province.callback, "https:"))
	http.SetCookie(w, &c)
	http.Redirect(w, req, a.next, http.StatusSeeOther)
	return nil
}

// errCancelled says that the person herself turned back.
var errCancelled = fault.New(fault.Unauthenticated, "identity.province-cancelled", "您取消了省平台登录")

// LinkedInput is the cookie of who came from the province.
type LinkedInput struct {
	Linking string `cookie:"linking" hidden:"true"`
}

// LinkedView is who came from the province, masked.
type LinkedView struct {
	Platform string `json:"platform"`
	Name     string `json:"name"`
	Number   string `json:"number"`
	Phone    string `json:"phone,omitempty" doc:"Empty: one's phone must be given with a code"`
}

type linkedOutput struct{ Body LinkedView }

// unquoted opens the cookie's form of a sealed text.
func (in LinkedInput) unquoted() string {
	text, err := url.QueryUnescape(in.Linking)
	if err != nil || len(text) > maxSealedState {
		return ""
	}
	return text
}

func (s *Service) getLinked(_ context.Context, in *LinkedInput) (*linkedOutput, error) {
	r, err := s.waiting(in.unquoted())
	if err != nil {
		return nil, err
	}
	v := LinkedView{Platform: s.Province.Name, Name: privacy.MaskName(r.Name), Number: privacy.MaskNumber(r.Number)}
	if r.Phone != "" {
		v.Phone = privacy.MaskPhone(r.Phone)
	}
	return &linkedOutput{v}, nil
}

type registerLinkedInput struct {
	Transport
	LinkedInput
	Body struct {
		Phone     string `json:"phone,omitempty" maxLength:"11" doc:"Another phone than the one the province knows"`
		PhoneCode string `json:"phoneCode,omitempty" maxLength:"6" doc:"Sent to it"`
		Agreement string `json:"agreement" maxLength:"20" doc:"Version of the service agreement that was agreed to"`
	}
}

type linkedSessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      SessionView
}

func (s *Service) postLinked(ctx context.Context, in *registerLinkedInput) (*linkedSessionOutput, error) {
	r, err := s.waiting(in.unquoted())
	if err != nil {
		return nil, err
	}
	p, err := s.RegisterLinked(ctx, r, in.Body.Phone, in.Body.PhoneCode, in.Body.Agreement)
	if err != nil {
		return nil, err
	}
	session, err := s.begin(ctx, access.Person, p.ID, "person")
	if err != nil {
		return nil, err
	}
	if err := s.beganAtProvince(ctx, session); err != nil {
		return nil, err
	}
	return &linkedSessionOutput{
		SetCookie: []http.Cookie{cookie(session, in.secure()), {Name: linkingCookie, Path: httpd.Prefix + linkedPath, MaxAge: -1, HttpOnly: true}},
		Body:      SessionView{session.Token, session.Until, personView(p)},
	}, nil
}
