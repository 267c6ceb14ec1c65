package webpages_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"smarthall/internal/fonts/rare/raretest"
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

func TestPagesBringTheFontForRareCharactersWhereThereIsOne(t *testing.T) {
	const page = "<html><head><title>a</title></head><body></head></body></html>"
	h := webpages.Handler(fstest.MapFS{"dist/index.html": {Data: []byte(page)}, "dist/assets/a.js": {Data: []byte("</head>")}})
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	raretest.None(t)
	if got := get("/").Body.String(); got != page {
		t.Errorf("without a font: %s", got)
	}
	if got := get("/fonts/rare.css").Code; got != http.StatusNotFound {
		t.Errorf("without a font: %d", got)
	}
	raretest.Font(t)
	body := get("/").Body.String()
	link := regexp.MustCompile(`<title>a</title><link rel="stylesheet" href="([^"]+)"></head><body></head>`).FindStringSubmatch(body)
	if link == nil {
		t.Fatalf("got %s", body)
	}
	css := get(link[1])
	if css.Code != http.StatusOK || css.Header().Get("Content-Security-Policy") == "" || !strings.Contains(css.Body.String(), "U+20B??") {
		t.Errorf("%s: %d %s", link[1], css.Code, css.Header())
	}
	if got := get("/assets/a.js").Body.String(); got != "</head>" {
		t.Errorf("a script became %s", got)
	}
}
