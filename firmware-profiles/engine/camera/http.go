package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Paths are where an HTTP camera has its pictures.
type Paths struct{ Still, Stream string }

// PathsOf reads the paths of a camera's profile. A profile without the http
// transport has the ones that our simulator serves.
func PathsOf(p *profile.Profile) Paths {
	if t, ok := p.Transport(profile.HTTP); ok {
		return Paths{Still: t.Path, Stream: t.Stream}
	}
	return Paths{Still: "/snapshot.jpg", Stream: "/stream.mjpg"}
}

// opener makes the function that opens the camera at a port.
func opener(p *profile.Profile, port string, s settings) (func(context.Context) (source, error), error) {
	if !strings.Contains(port, "://") {
		return func(ctx context.Context) (source, error) { return openVideo(ctx, port, s) }, nil
	}
	u, err := url.Parse(port)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("camera port %q is neither http://host:port nor a video device such as /dev/video0", port)
	}
	if u.User != nil {
		return nil, errors.New("camera port holds a password, which boards would show: set the camera to answer without one")
	}
	still, stream := *u, ""
	if paths := PathsOf(p); u.Path == "" || u.Path == "/" {
		still.Path = paths.Still
		if paths.Stream != "" {
			u.Path, u.RawQuery = paths.Stream, ""
			stream = u.String()
		}
	}
	return func(context.Context) (source, error) {
		return &web{settings: s, stillURL: still.String(), streamURL: stream, client: newClient()}, nil
	}, nil
}

// newClient is an HTTP client without proxy: a camera stands in the hall.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a camera that sends us elsewhere isn't the one we know
		},
	}
}

// web is a camera that is asked over HTTP.
type web struct {
	settings
	stillURL  string
	streamURL string // empty: previews are asked for one by one
	client    *http.Client
}

func (w *web) close() { w.client.CloseIdleConnections() }

// alive asks for the picture's head. A camera that knows no HEAD is there, too.
func (w *web) alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.reply)
	defer cancel()
	res, err := w.ask(ctx, http.MethodHead, w.stillURL)
	if err != nil {
		return err
	}
	_ = res.Body.Close() // has no body
	switch res.StatusCode {
	case http.StatusOK, http.StatusNoContent, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return nil
	default:
		return refused(res)
	}
}

func (w *web) still(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, w.read)
	defer cancel()
	return w.picture(ctx)
}

// picture asks for one picture.
func (w *web) picture(ctx context.Context) ([]byte, error) {
	res, err := w.ask(ctx, http.MethodGet, w.stillURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // read to its end, or given up
	if res.StatusCode != http.StatusOK {
		return nil, refused(res)
	}
	return readPicture(ctx, res.Body)
}

// readPicture reads and checks one JPEG.
func readPicture(ctx context.Context, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, sheet.MaxBytes+1))
	switch {
	case err != nil:
		return nil, lost(ctx, fmt.Errorf("read picture: %w", err))
	case len(data) > sheet.MaxBytes:
		return nil, fmt.Errorf("picture of more than %d MiB: %w", sheet.MaxBytes>>20, device.ErrFrame)
	}
	return sheet.Complete(data)
}

// preview follows the camera's stream, or asks for one picture after the other
// if it has none.
func (w *web) preview(ctx context.Context, show func([]byte) error) error {
	if w.streamURL == "" {
		return w.poll(ctx, show)
	}
	// What must come in time is the next frame, not the end: patience is
	// renewed with each.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(w.reply, func() { cancel(device.ErrTimeout) })
	defer late.Stop()
	res, err := w.ask(ctx, http.MethodGet, w.streamURL)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it has no end
	if res.StatusCode != http.StatusOK {
		return refused(res)
	}
	kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return fmt.Errorf("stream is no multipart: %w", device.ErrFrame)
	}
	parts := multipart.NewReader(res.Body, strings.TrimPrefix(params["boundary"], "--"))
	var last time.Time
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return lost(ctx, fmt.Errorf("read stream: %w", err))
		}
		jpg, err := readPicture(ctx, whole(part))
		if errors.Is(err, device.ErrFrame) {
			continue // the next one may be whole
		}
		if err != nil {
			return err
		}
		late.Reset(w.reply)
		if time.Since(last) < w.pace/2 {
			continue // more than anybody can look at
		}
		last = time.Now()
		if err := show(jpg); err != nil {
			return err
		}
	}
}

// whole reads a part up to the length that it names, so that it needn't wait
// for the next part's beginning.
func whole(part *multipart.Part) io.Reader {
	n, err := strconv.ParseInt(part.Header.Get("Content-Length"), 10, 64)
	if err != nil || n <= 0 {
		return part
	}
	return io.LimitReader(part, n)
}

// poll previews a camera that has no stream.
func (w *web) poll(ctx context.Context, show func([]byte) error) error {
	tick := time.NewTicker(max(w.pace, 50*time.Millisecond))
	defer tick.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, w.read)
		jpg, err := w.picture(asking)
		cancel()
		if err != nil && !errors.Is(err, device.ErrFrame) {
			return err
		}
		if err == nil {
			if jpg, err = sheet.Shrink(jpg, w.sizes.Preview); err != nil {
				return err
			}
			if err := show(jpg); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// ask sends a request.
func (w *web) ask(ctx context.Context, method, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask camera: %w", err)
	}
	res, err := w.client.Do(req)
	if err != nil {
		return nil, lost(ctx, err)
	}
	return res, nil
}

// lost says what an interrupted exchange means: the caller gave up, the camera
// was too slow, or it is gone.
func lost(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, device.ErrTimeout), errors.Is(cause, context.DeadlineExceeded):
		return device.Temporary(fmt.Errorf("%w: %w", device.ErrTimeout, err))
	case cause != nil:
		return cause
	default:
		return device.Temporary(fmt.Errorf("%w: %w", device.ErrOffline, err))
	}
}

// refused is an answer other than the picture.
func refused(res *http.Response) error {
	if res.StatusCode == http.StatusServiceUnavailable {
		return device.Temporary(fmt.Errorf("camera is busy (HTTP 503): %w", device.ErrFault))
	}
	return fmt.Errorf("camera answered HTTP %d: %w", res.StatusCode, device.ErrFault)
}
