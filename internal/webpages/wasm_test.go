package webpages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"smarthall/internal/webpages"
)

func TestWebAssemblyRunsWhereItIsAllowedAlone(t *testing.T) {
	pages := webpages.Handler(fstest.MapFS{"dist/index.html": {Data: []byte("home")}, "dist/face.html": {Data: []byte("face")}})
	tests := []struct {
		name string
		h    http.Handler
		path string
		want bool
	}{
		{"an ordinary page", pages, "/", false},
		{"the same file without leave", pages, "/face.html", false},
		{"with leave", webpages.WithWasm(pages), "/face.html", true},
		{"what isn't there", webpages.WithWasm(pages), "/nowhere", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			tt.h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			policy := w.Header().Get("Content-Security-Policy")
			if got := strings.Contains(policy, "wasm-unsafe-eval"); got != tt.want || !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, " 'unsafe-eval'") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}
