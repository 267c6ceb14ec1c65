package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"
)

// Bounds of the page server.
const (
	headerTimeout = 5 * time.Second
	closeTimeout  = 3 * time.Second
	maxQRText     = 512 // bytes
	qrPixels      = 512
)

// policy lets a page load nothing but what its agent serves.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws:"

// serve serves the agent's pages until ctx ends.
func (a *Agent) serve(ctx context.Context, listener net.Listener) error {
	// The server doesn't know upgraded connections, so they are counted here.
	var sockets sync.WaitGroup
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		sockets.Add(1)
		defer sockets.Done()
		a.servePage(ctx, w, r)
	})
	mux.HandleFunc("GET /healthz", a.health)
	mux.Handle("GET /metrics", a.metrics.handler())
	mux.HandleFunc("GET /qr.png", serveQR)
	if a.opt.Hooks.Routes != nil {
		a.opt.Hooks.Routes(mux)
	}
	mux.Handle("GET /", servePages(a.opt.Dist))
	server := &http.Server{
		Handler:           guard(listener.Addr(), mux),
		ReadHeaderTimeout: headerTimeout,
		MaxHeaderBytes:    16 << 10,
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		defer close(stopped)
		// What doesn't end by itself is cut off; either way it has ended.
		_ = errors.Join(server.Shutdown(closing), server.Close())
	})
	err := server.Serve(listener)
	if stop() {
		return err // it failed by itself
	}
	<-stopped
	sockets.Wait()
	return nil
}

// guard refuses requests that were made for another host, or by a page of
// another origin, so that no web site can reach the agent through a browser.
func guard(addr net.Addr, next http.Handler) http.Handler {
	allowed := hostsOf(addr)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(allowed, strings.ToLower(r.Host)) {
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			u, err := url.Parse(origin)
			if err != nil || u.Scheme != "http" || !slices.Contains(allowed, strings.ToLower(u.Host)) {
				http.Error(w, "foreign origin", http.StatusForbidden)
				return
			}
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// hostsOf returns the names by which the pages at addr may be asked for.
func hostsOf(addr net.Addr) []string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return nil
	}
	var hosts []string
	for _, h := range []string{host, "localhost", "127.0.0.1", "::1"} {
		hosts = append(hosts, net.JoinHostPort(h, port))
		if port == "80" {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// health says that the agent runs, and whether it has its hall.
func (a *Agent) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Status string `json:"status"`
		Agent  string `json:"agent"`
		Link   bool   `json:"link"`
	}{"ok", a.opt.Config.Agent, a.Client.Online()})
}

// serveQR draws the QR code of the parameter text.
func serveQR(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("text")
	if text == "" || len(text) > maxQRText {
		http.Error(w, "text must have 1 to 512 bytes", http.StatusBadRequest)
		return
	}
	png, err := qrcode.Encode(text, qrcode.Medium, qrPixels)
	if err != nil {
		http.Error(w, "text can't be drawn", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(png)
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

// servePages serves the files of dist: /board is board.html or board/index.html,
// / is index.html. Folders and hidden files aren't listed or served.
func servePages(dist fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, data := findPage(dist, path.Clean("/"+r.URL.Path))
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
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", cacheFor(name))
		_, _ = w.Write(data)
	})
}

// cacheFor lets browsers keep what Vite names by its content, and nothing else.
func cacheFor(name string) string {
	if strings.HasPrefix(name, "dist/assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// findPage returns the file for a request's clean path.
func findPage(dist fs.FS, clean string) (name string, data []byte) {
	for part := range strings.SplitSeq(clean, "/") {
		if strings.HasPrefix(part, ".") {
			return "", nil
		}
	}
	base := "dist" + strings.TrimSuffix(clean, "/")
	for _, name := range []string{base, base + ".html", base + "/index.html"} {
		if data, err := fs.ReadFile(dist, name); err == nil {
			return name, data
		}
	}
	return "", nil
}
