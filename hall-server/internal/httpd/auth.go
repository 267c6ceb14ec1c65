package httpd

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/queue"
)

// cookieName carries a signed-in person's token; sessionLife is how long it
// holds.
const (
	cookieName  = "smarthall_session"
	sessionLife = 12 * time.Hour
)

// claims returns who asks, by bearer token or cookie.
func (a *api) claims(header, cookie string) (access.Claims, error) {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		token = cookie
	}
	claims, err := a.Keys.Check(token, time.Now())
	if err == nil && !a.Door.Holds(claims) {
		return access.Claims{}, access.ErrToken
	}
	return claims, err
}

// authenticate puts the claims of whoever asks into the request, or refuses.
func (a *api) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie := ""
		if c, err := r.Cookie(cookieName); err == nil {
			cookie = c.Value
		}
		claims, err := a.claims(r.Header.Get("Authorization"), cookie)
		if err != nil {
			a.write(w, unauthenticated())
			return
		}
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), claims)))
	})
}

// staffOnly lets managers and administrators through.
func (a *api) staffOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !access.From(r.Context()).Staff() {
			a.write(w, denied())
			return
		}
		next.ServeHTTP(w, r)
	})
}

func unauthenticated() *Problem {
	return newProblem(http.StatusUnauthorized, "access.token", "请先登录，或使用有效的令牌")
}

func denied() *Problem {
	return newProblem(http.StatusForbidden, "access.denied", "没有权限进行此操作")
}

// write answers with a problem outside of huma.
func (a *api) write(w http.ResponseWriter, p *Problem) {
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		a.Log.Debug("write problem", slog.Any("error", err))
	}
}

// open are the operations that need no token.
var open = map[string]bool{"sign-in-person": true, "sign-out-person": true}

// humaAuth is authenticate for the API's operations.
func (a *api) humaAuth(ctx huma.Context, next func(huma.Context)) {
	if open[ctx.Operation().OperationID] {
		next(ctx)
		return
	}
	cookie := ""
	if c, err := huma.ReadCookie(ctx, cookieName); err == nil {
		cookie = c.Value
	}
	claims, err := a.claims(ctx.Header("Authorization"), cookie)
	if err != nil {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
		ctx.SetHeader("Content-Type", "application/problem+json")
		ctx.SetStatus(http.StatusUnauthorized)
		if err := json.NewEncoder(ctx.BodyWriter()).Encode(unauthenticated()); err != nil {
			a.Log.Debug("write problem", slog.Any("error", err))
		}
		return
	}
	next(huma.WithContext(ctx, access.With(ctx.Context(), claims)))
}

// actor names who asks, for the log.
func actor(ctx context.Context) string {
	c := access.From(ctx)
	return string(c.Role) + ":" + c.Subject
}

// sees refuses those who may only take tickets or show calls.
func sees(ctx context.Context) error {
	if c := access.From(ctx); c.Staff() || c.Role == access.Clerk {
		return nil
	}
	return denied()
}

// runs refuses whoever may not act for window.
func runs(ctx context.Context, window string) error {
	if access.From(ctx).Runs(window) {
		return nil
	}
	return denied()
}

// ownWindow is the window whose tickets the asker may handle: a clerk's own,
// any for a manager.
func ownWindow(ctx context.Context) (queue.WindowID, error) {
	switch c := access.From(ctx); {
	case c.Staff():
		return "", nil
	case c.Role == access.Clerk && c.Window != "":
		return queue.WindowID(c.Window), nil
	}
	return "", denied()
}

type sessionInput struct {
	Body struct {
		Staff    string `json:"staff" minLength:"1" maxLength:"60"`
		Password string `json:"password" minLength:"1" maxLength:"72"`
	}
}

type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      sessionView
}

type sessionView struct {
	Staff string `json:"staff"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	// Expires is absent for a token that holds for ever.
	Expires time.Time `json:"expires,omitzero"`
}

func cookie(value string, age int) http.Cookie {
	return http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func (a *api) openSession(_ context.Context, in *sessionInput) (*sessionOutput, error) {
	person, err := a.Door.Enter(in.Body.Staff, in.Body.Password, time.Now())
	if err != nil {
		a.Log.Warn("sign-in refused", slog.String("staff", in.Body.Staff), slog.Any("cause", err))
		return nil, a.problem(err)
	}
	expires := time.Now().Add(sessionLife)
	token, err := a.Keys.Token(access.Claims{Role: access.Role(person.Role), Subject: person.ID, Expires: expires.Unix(), Session: true})
	if err != nil {
		return nil, a.problem(err)
	}
	a.Log.Info("signed in", slog.String("staff", person.ID), slog.String("role", person.Role))
	return &sessionOutput{
		SetCookie: cookie(token, int(sessionLife.Seconds())),
		Body:      sessionView{Staff: person.ID, Name: person.Name, Role: person.Role, Expires: expires},
	}, nil
}

func (a *api) getSession(ctx context.Context, _ *struct{}) (*struct{ Body sessionView }, error) {
	c := access.From(ctx)
	person, _ := a.Hall.Hall().Person(c.Subject)
	out := sessionView{Staff: c.Subject, Name: person.Name, Role: string(c.Role)}
	if c.Expires != 0 {
		out.Expires = time.Unix(c.Expires, 0).UTC()
	}
	return &struct{ Body sessionView }{out}, nil
}

func (a *api) closeSession(context.Context, *struct{}) (*struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}, error,
) {
	return &struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}{cookie("", -1)}, nil
}
