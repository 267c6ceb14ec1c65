package counter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"smarthall/internal/agent"
)

// previewWrite bounds the writing of one frame to the clerk's page.
const previewWrite = 5 * time.Second

// routes serve the pictures of papers and what the camera sees to the clerk's
// page, which is on the same machine.
func (p *papers) routes(mux *http.ServeMux) {
	picture := func(read func(ticket, id string) ([]byte, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, read) }
	}
	mux.HandleFunc("GET /papers/{ticket}/{page}/page", picture(p.cfg.Store.made))
	mux.HandleFunc("GET /papers/{ticket}/{page}/source", picture(func(ticket, id string) ([]byte, error) {
		_, data, err := p.cfg.Store.source(ticket, id)
		return data, err
	}))
	mux.HandleFunc("GET /documents/{document}", p.document)
	mux.HandleFunc("GET /papers/camera", p.preview)
}

func (p *papers) serve(w http.ResponseWriter, r *http.Request, read func(ticket, id string) ([]byte, error)) {
	data, err := read(r.PathValue("ticket"), r.PathValue("page"))
	if err != nil {
		if !errors.Is(err, errNoPage) {
			p.cfg.Log.Error("picture not read", slog.Any("err", err))
		}
		http.NotFound(w, r)
		return
	}
	p.write(w, data)
}

// write answers with a file that nobody else may keep.
func (p *papers) write(w http.ResponseWriter, data []byte) {
	h := w.Header()
	h.Set("Content-Type", sniff(data))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write(data); err != nil {
		p.cfg.Log.Debug("write picture", slog.Any("err", err))
	}
}

// sniff is the type of what cameras, phones and the hall send, never HTML.
func sniff(data []byte) string {
	switch kind := http.DetectContentType(data); kind {
	case "image/jpeg", "image/png", "application/pdf":
		return kind
	}
	return "application/octet-stream"
}

// document hands a document of the hall through to the clerk's page.
func (p *papers) document(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), hallWithin)
	defer cancel()
	id := r.PathValue("document")
	if !isID(id) {
		http.NotFound(w, r)
		return
	}
	data, err := p.cfg.Hall.Content(ctx, id)
	var refused *agent.RefusedError
	switch {
	case errors.As(err, &refused):
		http.Error(w, refused.Problem.Detail, refused.Problem.Status)
	case err != nil:
		http.Error(w, agent.DetailAway, http.StatusServiceUnavailable)
	default:
		p.write(w, data)
	}
}

// preview shows what the camera sees as a stream of pictures. While a picture
// is taken the stream stands still.
func (p *papers) preview(w http.ResponseWriter, r *http.Request) {
	cam := p.cfg.Camera()
	if cam == nil {
		http.NotFound(w, r)
		return
	}
	const boundary = "frame"
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	show := func(jpeg []byte) error {
		_ = control.SetWriteDeadline(time.Now().Add(previewWrite)) // not every writer can
		if _, err := fmt.Fprintf(w, "--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", boundary, len(jpeg)); err != nil {
			return err
		}
		if _, err := w.Write(append(jpeg, '\r', '\n')); err != nil {
			return err
		}
		return control.Flush()
	}
	// The page's line must not hold the agent when it stops.
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if stop := p.stopWith(cancel); stop != nil {
		defer stop()
	}
	for ctx.Err() == nil {
		leave, watching, ok := p.gate.preview(ctx)
		if !ok {
			return
		}
		err := cam.Preview(watching, show)
		paused := watching.Err() != nil && ctx.Err() == nil
		leave()
		if !paused {
			if err != nil && ctx.Err() == nil {
				p.cfg.Log.Warn("camera's preview ended", slog.Any("err", err))
			}
			return
		}
	}
}

// stopWith calls cancel when the agent stops.
func (p *papers) stopWith(cancel func()) (stop func() bool) {
	select {
	case <-p.begin:
		return context.AfterFunc(p.ctx, cancel)
	default:
		return nil
	}
}

// cameraGate gives the camera to one at a time: whoever takes a picture goes
// before whoever only looks.
type cameraGate struct {
	mu      sync.Mutex
	changed *sync.Cond
	busy    bool   // guarded by mu
	wanted  int    // captures that wait; guarded by mu
	stop    func() // ends the running preview; guarded by mu
}

func (g *cameraGate) init() { g.changed = sync.NewCond(&g.mu) }

// capture waits for the camera, ending a preview; leave gives it back.
func (g *cameraGate) capture() (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wanted++
	if g.stop != nil {
		g.stop()
	}
	for g.busy {
		g.changed.Wait()
	}
	g.wanted--
	g.busy = true
	return g.leave
}

// preview waits for the camera; watching ends when ctx does or somebody wants
// to take a picture. It is false if ctx ended first.
func (g *cameraGate) preview(ctx context.Context) (leave func(), watching context.Context, ok bool) {
	wake := context.AfterFunc(ctx, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.changed.Broadcast()
	})
	defer wake()
	g.mu.Lock()
	defer g.mu.Unlock()
	for (g.busy || g.wanted > 0) && ctx.Err() == nil {
		g.changed.Wait()
	}
	if ctx.Err() != nil {
		return nil, nil, false
	}
	watching, cancel := context.WithCancel(ctx)
	g.busy, g.stop = true, cancel
	return func() {
		cancel()
		g.leave()
	}, watching, true
}

func (g *cameraGate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy, g.stop = false, nil
	g.changed.Broadcast()
}
