package counter

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/atomicfile"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/webpages"
)

// tokenPrefix begins the sub-protocol that carries a tablet's token: there it
// stands in no log.
const tokenPrefix = "token."

// Bounds of the server for tablets.
const (
	padHeaderTimeout = 5 * time.Second
	padCloseTimeout  = 2 * time.Second
)

// padDoor lets the citizen's page in: from this machine as it is, from the
// hall's network with the token that stands in the clerk's QR code.
type padDoor struct {
	devices *agent.Devices
	// languages are what the hall calls its own things in other languages.
	languages func() []link.LanguageView
	listen    string // for tablets; empty lets none in
	pages     fs.FS
	file      string // of the token
	log       *slog.Logger
	open      sync.WaitGroup

	mu    sync.Mutex
	token string                               // guarded by mu
	away  map[*http.Request]context.CancelFunc // tablets; guarded by mu
}

func newPadDoor(c *agent.Config, a *agent.Agent, pages fs.FS, log *slog.Logger) (*padDoor, error) {
	p := &padDoor{
		devices: a.Devices, languages: func() []link.LanguageView {
			hall, _ := a.Hall()
			return hall.Hall.Languages
		}, listen: c.PadListen, pages: pages, file: filepath.Join(c.Data, "pad.token"), log: log,
		away: map[*http.Request]context.CancelFunc{},
	}
	if p.listen == "" {
		return p, nil
	}
	data, err := os.ReadFile(p.file)
	if err == nil && len(data) > 0 {
		p.token = strings.TrimSpace(string(data))
		return p, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the tablets' token: %w", err)
	}
	return p, p.renew()
}

// renew makes a new token and closes the pages that came with the old one.
func (p *padDoor) renew() error {
	token := rand.Text()
	if err := os.MkdirAll(filepath.Dir(p.file), 0o700); err != nil {
		return fmt.Errorf("keep the tablets' token: %w", err)
	}
	if err := atomicfile.Write(p.file, []byte(token+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the tablets' token: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token = token
	for _, end := range p.away {
		end()
	}
	return nil
}

// routes adds the page's addresses to the agent's own server.
func (p *padDoor) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /pad/ws", p.serveSocket)
	mux.HandleFunc("GET /pad/languages", p.serveLanguages)
	mux.HandleFunc("GET /pad/invitation", p.serveInvitation)
	mux.HandleFunc("POST /pad/invitation", p.serveInvitation)
}

// serveSocket joins a page to the screen.
func (p *padDoor) serveSocket(w http.ResponseWriter, r *http.Request) {
	near := fromHere(r)
	if !near && !p.knows(r) {
		http.Error(w, "请在窗口电脑上重新扫描二维码", http.StatusForbidden)
		return
	}
	screen := agent.BestWith[device.Screen](p.devices)
	if screen == nil {
		http.Error(w, "本窗口没有设置评价屏", http.StatusNotFound)
		return
	}
	p.open.Add(1)
	defer p.open.Done()
	ctx, end := context.WithCancel(r.Context())
	defer end()
	r = r.WithContext(ctx)
	if !near {
		p.mu.Lock()
		p.away[r] = end
		p.mu.Unlock()
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.away, r)
		}()
	}
	agent.ServeScreen(w, r, screen, p.log)
}

// serveLanguages tells the page what the citizen may read besides Chinese, and
// the hall's names in it: nothing that doesn't hang on the hall's walls.
func (p *padDoor) serveLanguages(w http.ResponseWriter, _ *http.Request) {
	list := p.languages()
	if list == nil {
		list = []link.LanguageView{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	if err := json.NewEncoder(w).Encode(list); err != nil {
		p.log.Debug("languages not sent", slog.Any("err", err))
	}
}

// fromHere tells whether a request came from this machine.
func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// knows tells whether a request carries the token.
func (p *padDoor) knows(r *http.Request) bool {
	p.mu.Lock()
	want := p.token
	p.mu.Unlock()
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(header, ",") {
			given, is := strings.CutPrefix(strings.TrimSpace(name), tokenPrefix)
			if is && want != "" && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1 {
				return true
			}
		}
	}
	return false
}

// serveInvitation tells the clerk's page the addresses for tablets; POST makes
// those given before worthless.
func (p *padDoor) serveInvitation(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		http.Error(w, "only at the clerk's own computer", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodPost && p.listen != "" {
		if err := p.renew(); err != nil {
			p.log.Error("token not renewed", slog.Any("err", err))
			http.Error(w, "二维码没有更换，请重试", http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(struct {
		URLs []string `json:"urls"`
	}{p.urls()})
}

// urls are the addresses of the page for tablets. The token stands behind #,
// which browsers don't send.
func (p *padDoor) urls() []string {
	urls := []string{}
	host, port, err := net.SplitHostPort(p.listen)
	if p.listen == "" || err != nil {
		return urls
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	hosts := []string{host}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		hosts = privateAddresses()
	}
	for _, h := range hosts {
		u := url.URL{Scheme: "http", Host: net.JoinHostPort(h, port), Path: "/pad", Fragment: p.token}
		urls = append(urls, u.String())
	}
	return urls
}

// privateAddresses are this machine's in the hall's network.
func privateAddresses() []string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsPrivate() && n.IP.To4() != nil {
			out = append(out, n.IP.String())
		}
	}
	return out
}

// run serves the page to tablets until ctx ends. It serves nothing else.
func (p *padDoor) run(ctx context.Context) error {
	defer p.open.Wait()
	if p.listen == "" {
		<-ctx.Done()
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", p.listen)
	if err != nil {
		return fmt.Errorf("open server for tablets: %w", err)
	}
	pages := webpages.Handler(p.pages)
	mux := http.NewServeMux()
	mux.Handle("GET /pad", pages)
	mux.Handle("GET /assets/", pages)
	mux.HandleFunc("GET /pad/ws", p.serveSocket)
	mux.HandleFunc("GET /pad/languages", p.serveLanguages)
	server := &http.Server{Handler: guardPad(listener.Addr(), mux), ReadHeaderTimeout: padHeaderTimeout, MaxHeaderBytes: 16 << 10}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), padCloseTimeout)
		defer cancel()
		_ = errors.Join(server.Shutdown(closing), server.Close()) // what doesn't end by itself is cut off
	})
	err = server.Serve(listener)
	if stop() {
		return fmt.Errorf("serve tablets: %w", err)
	}
	<-stopped
	return nil
}

// guardPad refuses requests for a name, which could have been pointed here by
// somebody else, and by pages of other origins.
func guardPad(addr net.Addr, next http.Handler) http.Handler {
	own, _, _ := net.SplitHostPort(addr.String()) // an address of a listener always has a port
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if net.ParseIP(strings.Trim(host, "[]")) == nil && host != own {
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			http.Error(w, "foreign origin", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
