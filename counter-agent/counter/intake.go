package counter

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"smarthall/internal/problem"
)

// intakePath is where the clerk's page receives applications while the platform
// is away; the hall has the same below its API.
const intakePath = "/intake"

// maxIntake is the largest request of it, in bytes.
const maxIntake = 64 << 10

// errIntakeAway is what a clerk reads while the hall is away, too.
var errIntakeAway = problem.New(http.StatusServiceUnavailable, "link.away", "暂时连不上大厅服务器，请稍候再试；已填写的内容都还在")

// intakes hands what the clerk's page asks about received applications on to the
// hall, under the counter's own token. It keeps nothing: persons go through.
type intakes struct{ proxy *httputil.ReverseProxy }

// newIntakes returns the way to the hall whose link is at address.
func newIntakes(address, token string, log *slog.Logger) (*intakes, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	return &intakes{&httputil.ReverseProxy{
		Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: hallWithin + 10*time.Second, Proxy: nil},
		Rewrite: func(p *httputil.ProxyRequest) {
			out := p.Out
			out.URL.Scheme, out.URL.Host, out.Host = scheme, u.Host, ""
			out.URL.Path, out.URL.RawPath = "/api/v1"+p.In.URL.Path, ""
			// Nothing of the browser goes further.
			out.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			log.Warn("hall not asked about received applications", slog.Any("err", err))
			errIntakeAway.Write(w)
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// routes adds the addresses to the page server, which answers no page of another
// origin.
func (i *intakes) routes(mux *http.ServeMux) {
	for _, pattern := range []string{
		"GET " + intakePath, "GET " + intakePath + "/items", "POST " + intakePath + "/outcome", "PUT " + intakePath + "/{id}",
		"POST " + intakePath + "/{id}/print", "PUT " + intakePath + "/{id}/applicant", "DELETE " + intakePath + "/{id}",
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			r.Body = http.MaxBytesReader(w, r.Body, maxIntake)
			i.proxy.ServeHTTP(w, r)
		})
	}
}
