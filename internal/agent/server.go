package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"

	"smarthall/internal/languages"
	"smarthall/internal/webpages"
)

// Bounds of the page server.
const (
	headerTimeout = 5 * time.Second
	closeTimeout  = 3 * time.Second
	maxQRText     = 512 // bytes
	qrPixels      = 512
)

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
	languages.Open(a.opt.Config.Languages, a.log).Routes(mux)
	if a.opt.Hooks.Routes != nil {
		a.opt.Hooks.Routes(mux)
	}
	mux.Handle("GET /", webpages.Handler(a.opt.Dist))
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
	known := hostsOf(addr)
	// Other screens of the hall may ask an agent that listens everywhere, by its
	// number: a name could have been pointed here by somebody else.
	everywhere := unspecified(addr)
	allowed := func(host string) bool {
		return slices.Contains(known, strings.ToLower(host)) || (everywhere && numbered(host))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allowed(r.Host) {
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			u, err := url.Parse(origin)
			if err != nil || u.Scheme != "http" || !allowed(u.Host) {
				http.Error(w, "foreign origin", http.StatusForbidden)
				return
			}
		}
		webpages.Protect(w.Header())
		next.ServeHTTP(w, r)
	})
}

// unspecified tells whether addr means every address of the machine.
func unspecified(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsUnspecified()
}

// numbered tells whether host is an IP address, with or without a port.
func numbered(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return net.ParseIP(strings.Trim(host, "[]")) != nil
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
	// What it says may be the way to somebody's case: the browser keeps none of it.
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(png)
}
