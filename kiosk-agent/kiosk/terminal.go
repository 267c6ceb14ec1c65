package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/problem"
)

// Times of self-service.
const (
	beginWait  = 15 * time.Second
	leaveWait  = 5 * time.Second
	leaveAgain = 500 * time.Millisecond
	leaveTries = 8
	maxReply   = 64 << 10 // bytes of an answer that is read here
)

// terminal lets whoever stands at the machine apply for an item. The page names
// the card's session; the card's holder, and all that the platform says of her,
// goes between this program and the hall. Her visit there begins when the page
// asks for it and ends with the card's session: by a touch on 首页, by another
// card, or by nobody touching anything.
type terminal struct {
	base, token string // of the hall's API
	face        agent.Face
	client      *http.Client
	proxy       *httputil.ReverseProxy
	camera      *documentCamera
	photos      *cardPhotos
	log         *slog.Logger
	// holder returns who laid the card of a session that still lasts, and keeps
	// the session going.
	holder func(session string) (device.Identity, bool)
	leaves chan string
	// slip prints a receipt.
	slip func(w http.ResponseWriter, r *http.Request, session string, who device.Identity)

	mu    sync.Mutex
	visit string // the session that the hall was told of; guarded by mu
}

// newTerminal returns the self-service part of a kiosk.
func newTerminal(conf *agent.Config, camera func() sheetCamera, holder func(string) (device.Identity, bool), log *slog.Logger) (*terminal, error) {
	u, err := url.Parse(conf.Hall)
	if err != nil {
		return nil, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, Proxy: nil}
	t := &terminal{
		base: scheme + "://" + u.Host + "/api/v1/terminal/visits/", token: conf.Token, face: conf.Face, log: log, holder: holder, leaves: make(chan string, 16),
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		camera: newDocumentCamera(camera, log), photos: newCardPhotos(conf, log),
	}
	t.proxy = t.newProxy(scheme, u.Host, transport)
	return t, nil
}

// The refusals of this program itself.
var (
	errGone = problem.New(http.StatusGone, "session.gone", "证件信息已清除，请重新刷身份证")
	errAway = problem.New(http.StatusServiceUnavailable, "terminal.away", "暂时连不上大厅服务器，已填写的内容都还在；请稍后再试，或取号到窗口办理")
)

// forHolder answers a page for whoever laid the card of a session.
type forHolder func(w http.ResponseWriter, r *http.Request, session string, who device.Identity)

// guarded lets requests through that name a session that lasts.
func (t *terminal) guarded(f forHolder) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		session := r.PathValue("session")
		who, ok := t.holder(session)
		if !ok {
			errGone.Write(w)
			return
		}
		f(w, r, session, who)
	}
}

// routes declares what the page asks for. Every path names the card's session,
// so that a page that was left open gets nothing of the next person's.
func (t *terminal) routes(mux *http.ServeMux) {
	handle := func(pattern string, f forHolder) { mux.HandleFunc(pattern, t.guarded(f)) }
	const at = " /terminal/{session}"
	handle("GET"+at, t.about)
	handle("POST"+at, t.begin)
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		handle(method+at+"/platform/{rest...}", t.pass)
	}
	handle("GET"+at+"/phone", t.pass)
	handle("POST"+at+"/phone", t.pass)
	handle("POST"+at+"/voucher", t.pass)
	handle("GET"+at+"/frame", func(w http.ResponseWriter, r *http.Request, _ string, _ device.Identity) { t.camera.frame(w, r) })
	handle("POST"+at+"/pages", func(w http.ResponseWriter, r *http.Request, session string, _ device.Identity) {
		t.camera.capture(w, r, session, func() bool { _, still := t.holder(session); return still })
	})
	handle("GET"+at+"/pages/{page}", func(w http.ResponseWriter, r *http.Request, session string, _ device.Identity) {
		t.camera.page(w, r, session)
	})
	handle("POST"+at+"/pages/{page}", t.keep)
	handle("POST"+at+"/pages/{page}/look", func(w http.ResponseWriter, r *http.Request, session string, _ device.Identity) {
		t.camera.relook(w, r, session)
	})
	handle("GET"+at+"/photo", t.photo)
	handle("POST"+at+"/slip", t.slip)
}

// about tells the page what can be done here, and keeps the session going.
func (t *terminal) about(w http.ResponseWriter, _ *http.Request, _ string, who device.Identity) {
	var view struct {
		Camera bool `json:"camera"`
		// Face is set where faces are compared; Photo tells whether the card's can
		// be shown.
		Face *struct {
			Threshold float64 `json:"threshold"`
			Photo     bool    `json:"photo"`
		} `json:"face,omitempty"`
	}
	view.Camera = t.camera.there()
	if t.face.On {
		view.Face = &struct {
			Threshold float64 `json:"threshold"`
			Photo     bool    `json:"photo"`
		}{t.face.Threshold, t.photos.can(who)}
	}
	give(w, http.StatusOK, view)
}

func give(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a page that is gone wants no answer
}

// begin tells the hall whose card lies here.
func (t *terminal) begin(w http.ResponseWriter, r *http.Request, session string, who device.Identity) {
	t.mu.Lock()
	t.visit = session
	t.mu.Unlock()
	body, err := json.Marshal(map[string]string{"name": who.Name, "number": who.Number})
	if err != nil {
		errAway.Write(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), beginWait)
	defer cancel()
	status, answer, err := t.ask(ctx, http.MethodPost, session, "application/json", body)
	if err != nil {
		t.log.Warn("hall not asked for a visit", slog.Any("err", err))
		errAway.Write(w)
		return
	}
	if _, still := t.holder(session); !still {
		t.leave(session) // the hall may have heard of the end before the beginning
		errGone.Write(w)
		return
	}
	kind := "application/json"
	if status >= http.StatusBadRequest {
		kind = problem.New(status, "", "").ContentType("")
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// ask asks the hall for something below a visit.
func (t *terminal) ask(ctx context.Context, method, path, kind string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, t.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	return resp.StatusCode, answer, err
}

// newProxy hands requests of the page on to the hall, with nothing of the
// browser in them.
func (t *terminal) newProxy(scheme, host string, transport http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			out := p.Out
			out.URL.Scheme, out.URL.Host, out.Host = scheme, host, ""
			out.URL.Path, out.URL.RawPath = "/api/v1/terminal/visits/"+strings.TrimPrefix(p.In.URL.Path, "/terminal/"), ""
			header := http.Header{"Authorization": {"Bearer " + t.token}}
			for _, name := range []string{"Content-Type", "Accept", "Idempotency-Key"} {
				if v := p.In.Header.Get(name); v != "" {
					header.Set(name, v)
				}
			}
			out.Header = header
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			t.log.Warn("hall not asked for a visitor", slog.Any("err", err))
			errAway.Write(w)
		},
		ErrorLog: slog.NewLogLogger(t.log.Handler(), slog.LevelDebug),
	}
}

func (t *terminal) pass(w http.ResponseWriter, r *http.Request, _ string, _ device.Identity) {
	t.proxy.ServeHTTP(w, r)
}

// keep sends a page that was photographed to the platform, as the person's
// upload.
func (t *terminal) keep(w http.ResponseWriter, r *http.Request, session string, _ device.Identity) {
	data, ok := t.camera.made(session, r.PathValue("page"))
	if !ok {
		errPage.Write(w)
		return
	}
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = "/terminal/"+session+"/platform/files", ""
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	r.Header.Set("Content-Type", "image/jpeg")
	t.proxy.ServeHTTP(w, r)
}

// leave ends the visit of a session, if the hall knows one. It waits for
// nobody: the hall is told beside.
func (t *terminal) leave(session string) {
	t.camera.forget(session)
	t.photos.forget(session)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.visit != session {
		return
	}
	select {
	case t.leaves <- session:
	default: // the hall ends it when it hears nothing
	}
}

// run tells the hall of visits that have ended, and works the camera, until
// ctx ends; then of the one that ends with this program.
func (t *terminal) run(ctx context.Context) {
	defer t.client.CloseIdleConnections()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { t.camera.run(ctx) })
	for {
		select {
		case <-ctx.Done():
			t.mu.Lock()
			visit := t.visit
			t.mu.Unlock()
			if visit != "" {
				t.tell(context.WithoutCancel(ctx), visit)
			}
			return
		case session := <-t.leaves:
			t.tellSurely(ctx, session)
		}
	}
}

// tellSurely tells the hall of an end, some times if need be.
func (t *terminal) tellSurely(ctx context.Context, session string) {
	for range leaveTries {
		if t.tell(ctx, session) || ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(leaveAgain):
		}
	}
}

func (t *terminal) tell(ctx context.Context, session string) bool {
	ctx, cancel := context.WithTimeout(ctx, leaveWait)
	defer cancel()
	status, _, err := t.ask(ctx, http.MethodDelete, session, "", nil)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.log.Warn("end of a visit not told", slog.Any("err", err))
	}
	return err == nil && status < http.StatusInternalServerError
}

// holder returns who laid the card of a session that still lasts. A page in use
// keeps it going after the card was taken away.
func (k *Kiosk) holder(session string) (device.Identity, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.session
	if s == nil || session == "" || s.read.Session != session {
		return device.Identity{}, false
	}
	if s.end != nil {
		s.end.Reset(sessionLife * k.idle)
	}
	return s.identity, true
}
