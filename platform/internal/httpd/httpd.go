// Package httpd is what all contexts of the platform answer HTTP with: one
// router, an API described by OpenAPI 3.1 from the code, the caller found
// before a handler runs, and problem documents (RFC 9457) for every no. A
// context declares its operations with Register and its pages with Page; each
// says whom it is for, and Operations lists them all, which the tests of rights
// go through.
package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"smarthall/internal/jsontext"
	"smarthall/internal/problem"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// maxBody bounds the body of an operation that doesn't say otherwise, in bytes.
const maxBody = 256 << 10

// Config is what a Router needs.
type Config struct {
	Version string
	Log     *slog.Logger
	// Caller finds out who sent a request: nobody without an error where
	// nobody is signed in, a fault where a token is wrong.
	Caller func(r *http.Request) (access.Caller, error)
	// Limit bounds what one address may change without signing in.
	Limit Limit
	// Frames are the origins, such as http://127.0.0.1:8081, whose pages may show
	// the public ones in a frame: those of the halls' kiosks. None by default.
	Frames []string
}

// Router takes the operations and pages of the contexts, then serves them.
type Router struct {
	conf  Config
	mux   *http.ServeMux
	api   huma.API
	ops   []Operation
	limit *limiter
	// part is the context whose operation is being declared.
	part string
}

// Operation is one way into the platform.
type Operation struct {
	// ID is its name in the API's description: verb-thing.
	ID           string
	Method, Path string
	Summary      string
	Who          access.Who
	// Status is that of a good answer; 0 means 200, or 204 without a body.
	Status int
	// MaxBody bounds the request, in bytes; 0 means 256 KiB.
	MaxBody int64
	// Tag groups operations: the context's name.
	Tag string
	// Cost is as how many changes a request counts where Limit bounds them; 0
	// means 1.
	Cost int
	// Judges says that the operation itself takes what a request costs, by TollOf.
	Judges bool
}

// New returns an empty router.
func New(conf Config) *Router {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Smart Hall: platform", conf.Version)
	config.OpenAPIPath = Prefix + "/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // no $schema member in answers
	config.Formats = map[string]huma.Format{"application/json": jsontext.Format(), "json": jsontext.Format()}
	config.Info.Description = "Items, people, appointments and halls of one city (互联网+政务服务)."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer":  {Type: "http", Scheme: "bearer"},
		"session": {Type: "apiKey", In: "cookie", Name: "session"},
	}
	r := &Router{conf: conf, mux: mux, limit: newLimiter(conf.Limit)}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", r.schemaName)
	r.api = humago.New(mux, config)
	mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, _ *http.Request) {
		problem.New(http.StatusNotFound, "request.unknown-path", "没有这个接口").Write(w)
	})
	return r
}

// schemaName names a type in the API's description: with its context before it,
// because two contexts may well use the same word.
func (r *Router) schemaName(t reflect.Type, hint string) string {
	name, part := huma.DefaultSchemaNamer(t, hint), r.part
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != "" {
		part = partOf(t)
	}
	if part == "" || strings.HasPrefix(name, part) {
		return name
	}
	return part + name
}

// partOf is the name of the context that a type is of, as a schema begins with
// it; empty if it is none of ours.
func partOf(t reflect.Type) string {
	_, part, ok := strings.Cut(t.PkgPath(), "/platform/internal/")
	if !ok {
		return ""
	}
	part = path.Base(part)
	return strings.ToUpper(part[:1]) + part[1:]
}

// Operations are all that was declared, pages included.
func (r *Router) Operations() []Operation { return r.ops }

// Description is the API's OpenAPI document.
func (r *Router) Description() *huma.OpenAPI { return r.api.OpenAPI() }

// Register declares an operation of the API. Its path goes below Prefix. fn
// gets a context that knows its caller; what it returns as an error becomes a
// problem document: a fault as it is, all else logged and told as an internal
// error.
func Register[I, O any](r *Router, op Operation, fn func(ctx context.Context, in *I) (*O, error)) {
	op.Path = Prefix + op.Path
	r.ops = append(r.ops, op)
	limit := op.MaxBody
	if limit == 0 {
		limit = maxBody
	}
	o := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, DefaultStatus: op.Status,
		MaxBodyBytes: limit, Description: "For: " + op.Who.String() + ".",
		Errors: []int{400, 401, 403, 404, 409, 413, 422, 429, 500, 503},
	}
	if op.Tag != "" {
		o.Tags = []string{op.Tag}
	}
	if !op.Who.Allows(access.Caller{}) {
		o.Security = []map[string][]string{{"bearer": {}}, {"session": {}}}
	}
	o.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		req, w := humago.Unwrap(ctx)
		caller, p := r.admit(w, req, op)
		if p != nil {
			p.Write(w)
			return
		}
		known := access.With(ctx.Context(), caller)
		if op.Judges && r.limit.limits(op) {
			known = r.limit.withToll(known, req)
		}
		next(huma.WithContext(ctx, known))
	}}
	r.part = partOf(reflect.TypeFor[O]())
	if r.part == "" {
		r.part = partOf(reflect.TypeFor[I]())
	}
	huma.Register(r.api, o, func(ctx context.Context, in *I) (*O, error) {
		if !keepableInput(reflect.ValueOf(in), 0) {
			return nil, unkept()
		}
		out, err := fn(ctx, in)
		if err != nil {
			return nil, r.Problem(ctx, err)
		}
		return out, nil
	})
}

// Page declares a page or another handler without a description. An error it
// returns is told on a short page.
func (r *Router) Page(op Operation, fn func(w http.ResponseWriter, req *http.Request) error) {
	r.ops = append(r.ops, op)
	r.mux.HandleFunc(op.Method+" "+op.Path, func(w http.ResponseWriter, req *http.Request) {
		caller, p := r.admit(w, req, op)
		if p != nil {
			r.fail(w, req, p)
			return
		}
		cleanQuery(req)
		if p := readForm(w, req, op.MaxBody); p != nil {
			r.fail(w, req, p)
			return
		}
		req = req.WithContext(access.With(req.Context(), caller))
		if err := fn(w, req); err != nil {
			r.fail(w, req, r.Problem(req.Context(), err))
		}
	})
}

// Handle serves a path that needs no caller, such as the built pages.
func (r *Router) Handle(pattern string, h http.Handler) { r.mux.Handle(pattern, h) }

// fail answers a page's request with a short page that says why not, or sends
// somebody who isn't signed in to where she can.
func (r *Router) fail(w http.ResponseWriter, req *http.Request, p *problem.Problem) {
	if !strings.Contains(req.Header.Get("Accept"), "text/html") {
		p.Write(w)
		return
	}
	if p.Status == http.StatusUnauthorized && req.Method == http.MethodGet {
		http.Redirect(w, req, door(req)+"?next="+escape(req.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	writeFailure(w, p)
}

// door is where whoever asks for a page signs in: the staff at their own.
func door(req *http.Request) string {
	if strings.HasPrefix(req.URL.Path, "/staff/") {
		return "/staff/login"
	}
	return "/login"
}

// admit finds the caller and tells whether she may.
func (r *Router) admit(w http.ResponseWriter, req *http.Request, op Operation) (access.Caller, *problem.Problem) {
	if r.limit.limits(op) && !op.Judges {
		if p := r.limit.admit(w, req, op.Cost); p != nil {
			return access.Caller{}, p
		}
	}
	if !keepable(req.URL.Path) {
		return access.Caller{}, unkept()
	}
	caller, err := r.conf.Caller(req)
	if err != nil {
		return caller, r.Problem(req.Context(), err)
	}
	switch {
	case op.Who.Allows(caller):
		return caller, nil
	case caller.Kind == access.Nobody:
		return caller, problem.New(http.StatusUnauthorized, "request.unauthenticated", "请先登录")
	default:
		return caller, problem.New(http.StatusForbidden, "request.forbidden", "您没有此项权限")
	}
}

// statuses are the HTTP statuses of the kinds of no.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.TooMany: http.StatusTooManyRequests, fault.Unavailable: http.StatusServiceUnavailable,
}

// Told is how a fault is told outside of this process.
func Told(f *fault.Fault) *problem.Problem {
	p := problem.New(statuses[f.Kind], f.Code, f.Detail)
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, problem.FieldError{Location: "body." + field.Name, Message: field.Message})
	}
	return p
}

// Problem is what people and machines are told of err.
func (r *Router) Problem(ctx context.Context, err error) *problem.Problem {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p
	}
	f := fault.Of(err)
	if f == nil {
		if ctx.Err() != nil {
			return problem.New(http.StatusServiceUnavailable, "request.gone", "请求已中断，请重试")
		}
		r.conf.Log.Error("request failed", slog.Any("err", err))
		return problem.New(http.StatusInternalServerError, "internal", "系统出错，请稍后重试")
	}
	if f.Kind == fault.Unavailable {
		r.conf.Log.Warn("outer system unavailable", slog.String("code", f.Code), slog.Any("err", err))
	}
	return Told(f)
}

// Handler serves what was declared. A page of another site may not use a
// signed-in person's cookie.
func (r *Router) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem.New(http.StatusForbidden, "request.cross-origin", "不能从其他网站发起操作").Write(w)
	}))
	return guard.Handler(secure(r.mux, r.conf.Frames))
}

// secure sets the headers that every answer has. Pages of frames may show all but
// the staff's.
func secure(next http.Handler, frames []string) http.Handler {
	const policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; " +
		"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors "
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		staff := r.URL.Path == "/staff" || strings.HasPrefix(r.URL.Path, "/staff/")
		if len(frames) > 0 && !staff {
			h.Set("Content-Security-Policy", policy+strings.Join(frames, " "))
		} else {
			h.Set("X-Frame-Options", "DENY")
			h.Set("Content-Security-Policy", policy+"'none'")
		}
		next.ServeHTTP(w, r)
	})
}

// String names an operation.
func (op Operation) String() string { return fmt.Sprintf("%s %s (%s)", op.Method, op.Path, op.Who) }
