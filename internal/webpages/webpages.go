// Package webpages serves a program's embedded pages: files of a Vite build
// flow out with headers that keep other sites away from them.
package webpages

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// policy lets a page load and speak to nothing but its own server.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"media-src 'self' blob:; connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"

// Handler serves dist, whose pages NAME.html are at /NAME, and index.html at /.
// Files under assets/ carry a hash in their name and may be kept for ever.
func Handler(dist fs.FS) http.Handler {
	files := http.FileServerFS(dist)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		switch {
		case strings.HasPrefix(name, "assets/"):
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		case name != "" && !strings.Contains(name, "."):
			if _, err := fs.Stat(dist, name+".html"); err == nil {
				h.Set("Cache-Control", "no-cache")
				http.ServeFileFS(w, r, dist, name+".html")
				return
			}
		default:
			h.Set("Cache-Control", "no-cache")
		}
		files.ServeHTTP(w, r)
	})
}
