// Package webpages serves a program's embedded pages: files of a Vite build
// flow out with headers that keep other sites away from them.
package webpages

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"smarthall/internal/fonts/rare"
)

// policy lets a page load and speak to nothing but its own server.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"media-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"

// Protect sets the headers that keep other sites away from an answer.
func Protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// WithWasm lets the pages that next serves compile WebAssembly, which the
// policy forbids everywhere else. Browsers know the word from Chrome 97 on;
// older ones go on forbidding it.
func WithWasm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&loosened{ResponseWriter: w}, r)
	})
}

// loosened widens the policy when the answer begins.
type loosened struct {
	http.ResponseWriter
	begun bool
}

func (l *loosened) WriteHeader(status int) {
	if !l.begun {
		l.begun = true
		l.Header().Set("Content-Security-Policy", policy+"; script-src 'self' 'wasm-unsafe-eval'")
	}
	l.ResponseWriter.WriteHeader(status)
}

func (l *loosened) Write(data []byte) (int, error) {
	if !l.begun {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(data)
}

// contentTypes are fixed here, because the machine's own table may lack them.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mp3":         "audio/mpeg",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".wav":         "audio/wav",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

// Handler serves the files of the folder dist in embedded: /board is board.html
// or board/index.html, / is index.html. Folders and hidden files aren't listed
// or served. On a machine with a font for rare characters (package rare) pages
// may have it.
func Handler(embedded fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		Protect(h)
		if strings.HasPrefix(r.URL.Path, rare.Path) {
			rare.Serve(w, r)
			return
		}
		name, data := findPage(embedded, path.Clean("/"+r.URL.Path))
		if name == "" {
			if r.URL.Path == "/" {
				http.Error(w, "页面尚未构建", http.StatusNotFound)
				return
			}
			http.NotFound(w, r)
			return
		}
		kind, ok := contentTypes[path.Ext(name)]
		if !ok {
			kind = "application/octet-stream"
		}
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", cacheFor(name))
		if path.Ext(name) == ".html" {
			data = withFont(data)
		}
		_, _ = w.Write(data)
	})
}

// withFont is a page whose head brings the font for rare characters, if there
// is one.
func withFont(page []byte) []byte {
	link := rare.Link()
	if link == "" {
		return page
	}
	return bytes.Replace(page, []byte("</head>"), []byte(link+"</head>"), 1)
}

// cacheFor lets browsers keep what Vite names by its content, and nothing else.
func cacheFor(name string) string {
	if strings.HasPrefix(name, "dist/assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// findPage returns the file for a request's clean path.
func findPage(embedded fs.FS, clean string) (name string, data []byte) {
	for part := range strings.SplitSeq(clean, "/") {
		if strings.HasPrefix(part, ".") {
			return "", nil
		}
	}
	base := "dist" + strings.TrimSuffix(clean, "/")
	for _, name := range []string{base, base + ".html", base + "/index.html"} {
		if data, err := fs.ReadFile(embedded, name); err == nil {
			return name, data
		}
	}
	return "", nil
}
