package httpd_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

func TestPagesAreFramedByNamedKiosksAlone(t *testing.T) {
	for _, tt := range []struct {
		name, path, want string
		frames           []string
	}{
		{"nobody is named", "/", "frame-ancestors 'none'", nil},
		{"kiosks are", "/items", "frame-ancestors http://127.0.0.1:8081 http://127.0.0.1:8082", []string{"http://127.0.0.1:8081", "http://127.0.0.1:8082"}},
		{"the staff's", "/staff/tasks", "frame-ancestors 'none'", []string{"http://127.0.0.1:8081"}},
		{"the staff's first", "/staff", "frame-ancestors 'none'", []string{"http://127.0.0.1:8081"}},
	} {
		r := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Frames: tt.frames, Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
		policy, denied := w.Header().Get("Content-Security-Policy"), w.Header().Get("X-Frame-Options") == "DENY"
		if !strings.HasSuffix(policy, tt.want) || denied != strings.HasSuffix(tt.want, "'none'") {
			t.Errorf("%s: policy %q, denied %v", tt.name, policy, denied)
		}
	}
}
