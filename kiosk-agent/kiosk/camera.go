package kiosk

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/imaging"
	"smarthall/internal/problem"
)

// Times and bounds of the document camera.
const (
	captureWithin = 25 * time.Second
	frameWait     = 3 * time.Second // for a frame newer than the page has
	watchedFor    = 4 * time.Second // after the page's last question
	maxPages      = 12              // of one person, in memory
)

// sheetCamera is what takes pictures of paper: a device of the agent.
type sheetCamera interface {
	Capture(ctx context.Context) (device.Image, error)
	Preview(ctx context.Context, show func(jpeg []byte) error) error
}

// documentCamera shows the page what the camera sees, with where the sheet lies
// in it, and makes clean pages of what it takes. All is in memory, and goes with
// its person.
type documentCamera struct {
	device func() sheetCamera // nil if the machine has none
	log    *slog.Logger
	// turn is held by who works with the camera, making by who makes a page:
	// that takes much memory.
	turn   chan struct{}
	making chan struct{}
	wake   chan struct{}

	mu      sync.Mutex
	asked   time.Time     // when the page last wanted a frame; guarded by mu
	stop    func()        // ends the running preview; guarded by mu
	takers  int           // who wait for their turn to take a picture; guarded by mu
	n       uint64        // of the latest frame; guarded by mu
	latest  []byte        // guarded by mu
	sheet   string        // where it lies in the latest frame; guarded by mu
	fresh   chan struct{} // is closed by the next frame; guarded by mu
	session string        // whose pages they are; guarded by mu
	pages   [][]byte      // guarded by mu
	source  device.Image  // what the last page was made of; guarded by mu
}

func newDocumentCamera(camera func() sheetCamera, log *slog.Logger) *documentCamera {
	return &documentCamera{device: camera, log: log, turn: make(chan struct{}, 1), making: make(chan struct{}, 1), wake: make(chan struct{}, 1), fresh: make(chan struct{})}
}

// The camera's refusals.
var (
	errNoCamera = problem.New(http.StatusConflict, "camera.none", "本机没有高拍仪，请用手机上传")
	errCapture  = problem.New(http.StatusServiceUnavailable, "camera.failed", "没有拍成，请放平材料再试一次")
	errPages    = problem.New(http.StatusConflict, "camera.full", "拍的照片太多，请先使用或重拍")
	errPage     = problem.New(http.StatusNotFound, "camera.page", "照片已清除，请重新拍摄")
)

func (c *documentCamera) there() bool { return c.device() != nil }

// run works the camera while somebody looks, until ctx ends.
func (c *documentCamera) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		for ctx.Err() == nil && c.watched() {
			if err := c.preview(ctx); err != nil && ctx.Err() == nil {
				c.log.Warn("camera's preview ended", slog.Any("err", err))
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		}
		c.mu.Lock()
		c.latest, c.sheet = nil, "" // what lay there is nobody's any more
		c.mu.Unlock()
	}
}

func (c *documentCamera) watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.asked) < watchedFor
}

// preview takes frames until nobody looks any more or somebody takes a picture.
func (c *documentCamera) preview(ctx context.Context) error {
	cam := c.device()
	if cam == nil {
		c.mu.Lock()
		c.asked = time.Time{}
		c.mu.Unlock()
		return nil
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-c.turn }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.mu.Lock()
	c.stop = cancel
	wanted := c.takers > 0
	c.mu.Unlock()
	if wanted {
		return nil // it asked the preview before this one to end
	}
	err := cam.Preview(ctx, func(jpeg []byte) error {
		if !c.watched() {
			cancel()
			return ctx.Err()
		}
		c.show(ctx, append([]byte(nil), jpeg...))
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// show makes a frame the latest one.
func (c *documentCamera) show(ctx context.Context, jpeg []byte) {
	sheet := ""
	corners, sure, err := imaging.Find(ctx, jpeg)
	if err == nil && sure >= imaging.SureEnough {
		points := make([]string, len(corners))
		for i, p := range corners {
			points[i] = fmt.Sprintf("%.4f,%.4f", p.X, p.Y)
		}
		sheet = strings.Join(points, " ")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked.IsZero() {
		return // whoever it was for has gone meanwhile
	}
	c.n++
	c.latest, c.sheet = jpeg, sheet
	close(c.fresh)
	c.fresh = make(chan struct{})
}

// frame answers with a frame that is newer than the one the page has: JPEG, its
// count in the header Frame, and where the sheet lies in Sheet: four corners as
// shares of width and height, or nothing.
func (c *documentCamera) frame(w http.ResponseWriter, r *http.Request) {
	if !c.there() {
		errNoCamera.Write(w)
		return
	}
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		after = 0
	}
	c.mu.Lock()
	c.asked = time.Now()
	n, jpeg, sheet, fresh := c.n, c.latest, c.sheet, c.fresh
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	if jpeg == nil || n <= after {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(frameWait):
			w.WriteHeader(http.StatusNoContent)
			return
		case <-fresh:
		}
		c.mu.Lock()
		n, jpeg, sheet = c.n, c.latest, c.sheet
		c.mu.Unlock()
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Frame", strconv.FormatUint(n, 10))
	h.Set("Sheet", sheet)
	_, _ = w.Write(jpeg)
}

// capture takes a picture and makes a page of it, which the page looks at
// before it is used. That takes a while: nothing is kept of whom still says has
// gone by then.
func (c *documentCamera) capture(w http.ResponseWriter, r *http.Request, session string, still func() bool) {
	cam := c.device()
	if cam == nil {
		errNoCamera.Write(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), captureWithin)
	defer cancel()
	image, err := c.take(ctx, cam)
	var page imaging.Page
	if err == nil {
		page, err = c.make(ctx, image, look{})
	}
	if err != nil {
		c.log.Warn("picture not taken", slog.Any("err", err))
		errCapture.Write(w)
		return
	}
	c.mu.Lock()
	if c.session != session {
		c.session, c.pages, c.source = session, nil, device.Image{}
	}
	full := len(c.pages) >= maxPages
	if !full {
		c.pages, c.source = append(c.pages, page.JPEG), image
	}
	id := len(c.pages) - 1
	c.mu.Unlock()
	if !still() {
		c.drop(session)
		errGone.Write(w)
		return
	}
	if full {
		errPages.Write(w)
		return
	}
	give(w, http.StatusCreated, map[string]any{"page": strconv.Itoa(id), "sheet": page.Confidence >= imaging.SureEnough})
}

// take waits for the camera, ending a preview, and takes a picture.
func (c *documentCamera) take(ctx context.Context, cam sheetCamera) (device.Image, error) {
	c.mu.Lock()
	c.takers++
	if c.stop != nil {
		c.stop()
	}
	c.mu.Unlock()
	var err error
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	c.mu.Lock()
	c.takers--
	c.mu.Unlock()
	if err != nil {
		return device.Image{}, err
	}
	defer func() { <-c.turn }()
	return cam.Capture(ctx)
}

// made is a page of a session's person.
func (c *documentCamera) made(session, page string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := strconv.Atoi(page)
	if err != nil || session != c.session || n < 0 || n >= len(c.pages) {
		return nil, false
	}
	return c.pages[n], true
}

func (c *documentCamera) page(w http.ResponseWriter, r *http.Request, session string) {
	data, ok := c.made(session, r.PathValue("page"))
	if !ok {
		errPage.Write(w)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(data)
}

// forget drops a session's pages, and what the camera saw.
func (c *documentCamera) forget(session string) {
	c.drop(session)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest, c.sheet, c.asked = nil, "", time.Time{}
}

// drop drops a session's pages.
func (c *documentCamera) drop(session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session == session {
		c.session, c.pages, c.source = "", nil, device.Image{}
	}
}

// bestCamera is the kiosk's camera that works best, nil without one.
func (k *Kiosk) bestCamera() sheetCamera {
	d := k.agent.Devices.Best(device.ClassCamera)
	if d == nil {
		return nil
	}
	return d
}

var _ sheetCamera = (*agent.Device)(nil)
