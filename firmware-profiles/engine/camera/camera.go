// Package camera drives document cameras (高拍仪). Pictures flow in as JPEG,
// from a USB video device of Linux (V4L2) or from a camera that is asked over
// HTTP, are checked and, where a camera leaves parts out, completed, and leave
// as single pictures in the largest size or as a preview of small ones.
//
// The V4L2 side was never tried on hardware: it stands behind the narrow
// interface video, and its tests play recorded frames.
package camera

import (
	"context"
	"fmt"
	"image"
	"log/slog"
	"time"

	"smarthall/firmware-profiles/engine/session"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultRead   = 15 * time.Second        // one picture in the largest size
	defaultReply  = 5 * time.Second         // a frame of the preview, a sign of life
	defaultPoll   = 1500 * time.Millisecond // between two signs of life
	defaultPace   = 125 * time.Millisecond  // between two frames of the preview
	defaultSettle = 4                       // frames thrown away after a change of size
)

// source is where pictures come from. still and preview may be called at the
// same time, from any goroutine, but not after close.
type source interface {
	// still takes one picture in the largest size.
	still(ctx context.Context) ([]byte, error)
	// preview calls show with small pictures until ctx ends or show fails.
	preview(ctx context.Context, show func([]byte) error) error
	// alive returns an error when the camera is gone.
	alive(ctx context.Context) error
	// close lets go of the camera; calls under way end first.
	close()
}

// Camera is one document camera. It is a device.Camera.
type Camera struct {
	open func(ctx context.Context) (source, error)
	log  *slog.Logger
	poll time.Duration
	now  func() time.Time
	gate session.Gate[source]
}

var _ device.Camera = (*Camera)(nil)

// settings are what a source needs of a profile and its parameters.
type settings struct {
	sizes             Sizes
	formats           []string
	skip              int
	read, reply, pace time.Duration
	log               *slog.Logger
}

// New is the engine's factory. cfg.Port is http://host:port, with a path where
// the camera's differs from the profile's, or a video device such as
// /dev/video0.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	params, err := p.ResolveParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	sizes, err := SizesOf(p, params)
	if err != nil {
		return nil, err
	}
	s := settings{
		sizes: sizes, formats: p.Caps.Formats, skip: p.Caps.Skip,
		read: p.Timing.Read.Or(defaultRead), reply: p.Timing.Reply.Or(defaultReply), pace: p.Timing.Pace.Or(defaultPace),
		log: log,
	}
	if s.skip == 0 {
		s.skip = defaultSettle
	}
	c := &Camera{log: log, poll: p.Status.Poll.Or(defaultPoll), now: time.Now}
	if c.open, err = opener(p, cfg.Port, s); err != nil {
		return nil, err
	}
	return c, nil
}

// LookEvery implements device.Looked, for profiles that spare a camera.
func (c *Camera) LookEvery() time.Duration { return c.poll }

// Run opens the camera, reports its state and keeps it for Capture and Preview
// until ctx ends or the camera is gone. It returns the cause.
func (c *Camera) Run(ctx context.Context, sink device.Sink) error {
	src, err := c.open(ctx)
	if err != nil {
		return fmt.Errorf("open camera: %w", err)
	}
	broken, end := c.gate.Open(ctx, src)
	defer func() {
		end()
		src.close()
	}()
	if err := src.alive(ctx); err != nil {
		return fmt.Errorf("ask camera: %w", err)
	}
	sink.State(device.Online, "")
	tick := time.NewTicker(c.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-broken:
			return err
		case <-tick.C:
			if err := src.alive(ctx); err != nil {
				return fmt.Errorf("ask camera: %w", err)
			}
			sink.State(device.Online, "")
		}
	}
}

// Capture takes one picture in the best resolution. A camera that doesn't
// answer in time is device.ErrTimeout, one that is gone ErrOffline, one that
// sends something else than a picture ErrFrame.
func (c *Camera) Capture(ctx context.Context) (device.Image, error) {
	var img device.Image
	err := c.gate.Use(ctx, func(ctx context.Context, src source) error {
		jpg, err := src.still(ctx)
		img = device.Image{JPEG: jpg, Time: c.now()}
		return err
	})
	if err != nil {
		return device.Image{}, fmt.Errorf("take picture: %w", err)
	}
	return img, nil
}

// Preview calls show with small frames until ctx ends or show returns an
// error, which it returns.
func (c *Camera) Preview(ctx context.Context, show func(jpeg []byte) error) error {
	var shown error
	err := c.gate.Use(ctx, func(ctx context.Context, src source) error {
		return src.preview(ctx, func(jpg []byte) error {
			shown = show(jpg)
			return shown
		})
	})
	switch {
	case shown != nil:
		return shown
	case err != nil:
		return fmt.Errorf("preview: %w", err)
	default:
		return nil
	}
}

// Sizes are the sizes of a camera's pictures in pixels.
type Sizes struct{ Still, Preview image.Point }

// SizesOf reads the sizes of a camera's profile. The parameters still and
// preview override them where the profile has these and they aren't empty.
func SizesOf(p *profile.Profile, params profile.ParamValues) (Sizes, error) {
	var out Sizes
	for _, s := range []struct {
		name, size string
		into       *image.Point
	}{{"still", p.Caps.Still, &out.Still}, {"preview", p.Caps.Preview, &out.Preview}} {
		text := s.size
		if own, ok := params[s.name].(string); ok && own != "" {
			text = own
		}
		size, err := parseSize(text)
		if err != nil {
			return Sizes{}, fmt.Errorf("profile %s: %s: %w", p.ID, s.name, err)
		}
		*s.into = size
	}
	return out, nil
}

// parseSize reads 1024x768.
func parseSize(text string) (image.Point, error) {
	var p image.Point
	if n, err := fmt.Sscanf(text, "%dx%d", &p.X, &p.Y); err != nil || n != 2 || fmt.Sprintf("%dx%d", p.X, p.Y) != text {
		return image.Point{}, fmt.Errorf("size %q is not like 1024x768", text)
	}
	if p.X < 16 || p.Y < 16 || p.X > sheet.MaxSide || p.Y > sheet.MaxSide || p.X*p.Y > sheet.MaxPixels {
		return image.Point{}, fmt.Errorf("size %q is out of range", text)
	}
	return p, nil
}
