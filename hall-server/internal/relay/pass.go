package relay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"

	"smarthall/internal/problem"
)

// allowed are the platform's operations that a kiosk may ask for its visitor.
var allowed = []string{
	"GET /items/{id}", "GET /items/{id}/outcome", "GET /items/{id}/form", "GET /forms/{id}", "GET /regions",
	"GET /package-offers", "POST /packages/{id}/outcome", "POST /packages/{id}/cases",
	"POST /cases", "GET /me/cases", "GET /me/licences", "GET /cases/{id}", "POST /handovers/{code}",
	"PUT /cases/{id}/values", "PUT /cases/{id}/answers", "PUT /cases/{id}/delivery", "PUT /cases/{id}/attestation",
	"PUT /cases/{id}/materials/{material}", "DELETE /cases/{id}/materials/{material}",
	"GET /legal-persons", "PUT /me/acting", "GET /appointments/offers", "POST /appointments",
	"POST /cases/{id}/submit", "POST /cases/{id}/handover",
	"GET /cases/{id}/files/{file}", "GET /cases/{id}/documents/{document}", "GET /cases/{id}/form.pdf", "GET /cases/{id}/progress.png",
	"POST /files", "GET /files/{id}",
}

// maxUpload is the largest request, in bytes: the platform takes 20 MiB.
const maxUpload = 20<<20 + 4<<10

// passed are the headers that go on to the platform, and back.
var (
	passed   = []string{"Content-Type", "Accept", "Idempotency-Key"}
	returned = []string{"Content-Type", "Content-Length", "Content-Disposition", "Idempotency-Replayed", "Retry-After"}
)

type visitKey struct{}

// passes is what hands requests on. What isn't allowed is answered here.
func (s *Service) passes(transport http.RoundTripper) http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			v, _ := p.In.Context().Value(visitKey{}).(*visit)
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = s.origin.Scheme, s.origin.Host, ""
			p.Out.URL.Path, p.Out.URL.RawPath = "/api/v1"+p.In.URL.Path, ""
			// Nothing of the page or the kiosk goes further.
			p.Out.Header = http.Header{}
			copyHeader(p.Out.Header, p.In.Header, passed)
			v.bear(p.Out)
		},
		ModifyResponse: func(r *http.Response) error {
			header := r.Header
			r.Header = http.Header{}
			copyHeader(r.Header, header, returned)
			r.Header.Set("Cache-Control", "no-store")
			if r.StatusCode == http.StatusUnauthorized {
				return errOver
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			var p *problem.Problem
			var large *http.MaxBytesError
			switch {
			case errors.As(err, &p):
			case errors.As(err, &large):
				p = refusal(http.StatusRequestEntityTooLarge, "terminal.too-large", "文件太大，请不要超过 20 MB")
			default:
				s.conf.Log.Warn("platform not asked", slog.Any("error", err))
				p = errAway
			}
			p.Write(w)
		},
		ErrorLog: slog.NewLogLogger(s.conf.Log.Handler(), slog.LevelDebug),
	}
	mux := http.NewServeMux()
	for _, pattern := range allowed {
		mux.Handle(pattern, proxy)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refusal(http.StatusForbidden, "terminal.not-here", "自助终端上不能进行此操作").Write(w)
	})
	return mux
}

func copyHeader(to, from http.Header, names []string) {
	for _, name := range names {
		if v := from.Get(name); v != "" {
			to.Set(name, v)
		}
	}
}

// Pass hands a request of a kiosk on to the platform, for the visit's person.
// path is the operation's, below the platform's API.
func (s *Service) Pass(w http.ResponseWriter, r *http.Request, kiosk, id, path string) {
	v, err := s.of(kiosk, id)
	if err != nil {
		errOver.Write(w)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), visitKey{}, v), passWait)
	defer cancel()
	r = r.Clone(ctx)
	r.URL.Path, r.URL.RawPath, r.Host = "/"+strings.TrimPrefix(path, "/"), "", ""
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	s.pass.ServeHTTP(w, r)
}
