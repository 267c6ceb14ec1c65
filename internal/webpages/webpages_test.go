package webpages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"smarthall/internal/webpages"
)

func TestPages(t *testing.T) {
	h := webpages.Handler(fstest.MapFS{
		"dist/index.html":       {Data: []byte("home")},
		"dist/board.html":       {Data: []byte("board")},
		"dist/assets/app-1a.js": {Data: []byte("js")},
		"dist/.keep":            {},
		"secret":                {Data: []byte("secret")},
	})
	tests := []struct {
		path, want, kind, cache string
		status                  int
	}{
		{"/", "home", "text/html", "no-cache", http.StatusOK},
		{"/board", "board", "text/html", "no-cache", http.StatusOK},
		{"/board.html", "board", "text/html", "no-cache", http.StatusOK},
		{"/assets/app-1a.js", "js", "text/javascript", "immutable", http.StatusOK},
		{"/assets/", "", "", "", http.StatusNotFound},
		{"/.keep", "", "", "", http.StatusNotFound},
		{"/../secret", "", "", "", http.StatusNotFound},
		{"/nowhere", "", "", "", http.StatusNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if w.Code != tt.status {
				t.Fatalf("got %d, want %d", w.Code, tt.status)
			}
			if w.Header().Get("Content-Security-Policy") == "" {
				t.Error("no security policy")
			}
			if tt.status != http.StatusOK {
				return
			}
			if w.Body.String() != tt.want || !strings.HasPrefix(w.Header().Get("Content-Type"), tt.kind) ||
				!strings.Contains(w.Header().Get("Cache-Control"), tt.cache) {
				t.Errorf("got %q %v", w.Body, w.Header())
			}
		})
	}
}
