package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"smarthall/platform/internal/fault"
)

// The ways a sign-in at the province says no.
var (
	ErrNoProvince       = fault.New(fault.NotFound, "identity.no-province", "本站未开通省平台登录")
	ErrProvinceAway     = fault.New(fault.Unavailable, "identity.province-away", "省平台登录暂时连不上，请稍后再试，或使用本市账号登录")
	ErrProvinceRefused  = fault.New(fault.Unauthenticated, "identity.province-refused", "省平台登录没有成功，请重新登录")
	ErrProvinceUnreal   = fault.New(fault.Forbidden, "identity.province-unreal", "您的省平台账号还没有完成实名认证，请先在省平台实名，或使用本市账号")
	ErrProvinceMismatch = fault.New(fault.Conflict, "identity.province-mismatch", "省平台的实名信息与本市登记的不一致，请携带身份证到服务窗口核对")
)

// Province is an official real-name platform at which people sign in: OpenID
// Connect, code flow with PKCE, state and nonce.
type Province struct {
	ProvinceSettings
	secret, callback string
	client           *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // guarded by mu, like the next two
	failure  error
	until    time.Time
}

// How long what the province says of itself is believed, and how long that it
// said nothing: so that people aren't sent to where nobody answers.
const (
	provinceFresh = 10 * time.Second
	provinceRest  = 10 * time.Second
)

func newProvince(conf ProvinceSettings, baseURL, secret string) *Province {
	return &Province{ProvinceSettings: conf, secret: secret, callback: baseURL + callbackPath, client: boundedClient(conf.Timeout)}
}

// discover returns what the province says of itself, or ErrProvinceAway.
func (p *Province) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.until) {
		return p.provider, p.failure
	}
	// Whoever asked may go away; the answer is for those after her, too.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.Issuer)
	if err != nil {
		p.provider, p.failure, p.until = nil, ErrProvinceAway.Because(err), now.Add(provinceRest)
		return nil, p.failure
	}
	p.provider, p.failure, p.until = provider, nil, now.Add(provinceFresh)
	return provider, nil
}

func (p *Province) config(provider *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.Client, ClientSecret: p.secret, Endpoint: provider.Endpoint(), RedirectURL: p.callback,
		Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...),
	}
}

// departure is a sign-in that is under way at the province. It travels sealed in
// the browser's cookie, so that only that browser can come back with it.
type departure struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Next     string    `json:"to"`
	Until    time.Time `json:"u"`
}

// begin returns where the browser goes.
func (p *Province) begin(ctx context.Context, d departure) (string, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.config(provider).AuthCodeURL(d.State, oidc.Nonce(d.Nonce), oauth2.S256ChallengeOption(d.Verifier)), nil
}

// end is where the province ends its own session (OpenID Connect RP-Initiated
// Logout 1.0): it asks the person, and sends her back to this site's home page.
// Empty if it can't be reached now or has no such place.
func (p *Province) end(ctx context.Context) string {
	provider, err := p.discover(ctx)
	if err != nil {
		return ""
	}
	var said struct {
		End string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&said); err != nil {
		return ""
	}
	to, err := url.Parse(said.End)
	if err != nil || to.Host == "" || to.Scheme != "https" && !strings.HasPrefix(p.Issuer, "http://") {
		return ""
	}
	q := to.Query()
	q.Set("client_id", p.Client)
	q.Set("post_logout_redirect_uri", strings.TrimSuffix(p.callback, callbackPath)+"/")
	to.RawQuery = q.Encode()
	return to.String()
}

// RealName is a person as an official platform knows her.
type RealName struct {
	Issuer  string `json:"i"`
	Subject string `json:"s"`
	Name    string `json:"n"`
	Number  string `json:"c"`
	// Phone is empty where the platform doesn't vouch for it.
	Phone string `json:"p"`
}

// String tells nothing about the person.
func (r RealName) String() string { return "real name of " + r.Issuer }

// finish turns the code that the browser came back with into a real name.
func (p *Province) finish(ctx context.Context, d departure, code string) (RealName, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return RealName{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(provider).Exchange(ctx, code, oauth2.VerifierOption(d.Verifier))
	if err != nil {
		return RealName{}, exchangeFault(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.Client}).Verify(ctx, raw)
	if err != nil {
		return RealName{}, ErrProvinceRefused.Because(err)
	}
	claims := map[string]any{}
	if err := errors.Join(p.checkToken(id, d, token.AccessToken), id.Claims(&claims)); err != nil {
		return RealName{}, ErrProvinceRefused.Because(err)
	}
	if claims[p.Claims.Number] == nil {
		// Many platforms keep what a token would tell everybody who sees it.
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return RealName{}, ErrProvinceAway.Because(err)
		}
		if info.Subject != id.Subject {
			return RealName{}, ErrProvinceRefused.Because(errors.New("user info is of another subject"))
		}
		if err := info.Claims(&claims); err != nil {
			return RealName{}, ErrProvinceRefused.Because(err)
		}
	}
	return p.realName(id, claims), nil
}

// exchangeFault parts a province that refuses from one that doesn't answer.
func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError {
		return ErrProvinceRefused.Because(fmt.Errorf("exchange a code: %s", refused.ErrorCode))
	}
	return ErrProvinceAway.Because(err)
}

// checkToken checks what the library leaves to its user.
func (p *Province) checkToken(id *oidc.IDToken, d departure, accessToken string) error {
	if id.Subject == "" || len(id.Subject) > 255 {
		return errors.New("no subject in the token")
	}
	if id.Nonce != d.Nonce {
		return errors.New("the token's nonce is another's")
	}
	if len(id.Audience) > 1 {
		var claims struct {
			Party string `json:"azp"`
		}
		if err := id.Claims(&claims); err != nil || claims.Party != p.Client {
			return errors.New("the token was made for another party")
		}
	}
	if id.AccessTokenHash == "" {
		return nil
	}
	return id.VerifyAccessToken(accessToken)
}

// realName reads the claims. What is missing or no text is empty.
func (p *Province) realName(id *oidc.IDToken, claims map[string]any) RealName {
	text := func(name string) string {
		s, _ := claims[name].(string)
		return strings.TrimSpace(s)
	}
	r := RealName{
		Issuer: id.Issuer, Subject: id.Subject, Name: text(p.Claims.Name), Number: strings.ToUpper(text(p.Claims.Number)),
		Phone: strings.TrimPrefix(text(p.Claims.Phone), "+86"),
	}
	r.Phone = strings.TrimLeft(r.Phone, " -")
	if doubt, said := claims["phone_number_verified"].(bool); !isMobile(r.Phone) || said && !doubt {
		r.Phone = ""
	}
	return r
}

// random is an unguessable text.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// localPath returns an address of this site, or the fallback: nobody is sent
// elsewhere after a sign-in.
func localPath(next, fallback string) string {
	bad := len(next) > 500 || !strings.HasPrefix(next, "/") || slices.ContainsFunc([]byte(next), func(b byte) bool { return b < ' ' || b == '\\' || b == 0x7f })
	if bad || strings.HasPrefix(next, "//") {
		return fallback
	}
	return next
}
