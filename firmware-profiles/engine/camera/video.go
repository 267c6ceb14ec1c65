package camera

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"time"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// video is one opened video device. Only usb's holder of the turn calls it.
type video interface {
	// sizes lists the sizes of a format, mjpeg or yuyv; nil if it has none.
	sizes(format string) []image.Point
	// start begins to stream. It is called once: drivers refuse another size
	// while the buffers of the first are there.
	start(format string, size image.Point) error
	// frame is the oldest frame that waits, in memory of the caller. Without
	// one within wait, a whole number of seconds, it returns errNoFrame.
	frame(wait time.Duration) ([]byte, error)
	// alive returns an error when the device was unplugged.
	alive() error
	close()
}

// errNoFrame says that no frame came in time.
var errNoFrame = errors.New("no frame yet")

const (
	// restAfter is how long an unused camera goes on streaming.
	restAfter = 8 * time.Second
	// slice is one wait for a frame; the context is looked at in between.
	slice = time.Second
	// brokenFrames is how many damaged frames in a row a picture may cost.
	brokenFrames = 5
	// queued is more frames than a driver queues for us.
	queued = 8
)

// mode is what a video device streams.
type mode string

const (
	modeRest    mode = ""
	modeStill   mode = "still"
	modePreview mode = "preview"
)

// usb is a camera behind a video device. One caller at a time has the turn;
// a preview hands it back after each frame.
type usb struct {
	settings
	openNode func() (video, error)
	turn     chan struct{} // holds a token while somebody has the turn

	// Used with the turn:
	node   video // nil after a failure
	mode   mode
	format string
	size   image.Point
	used   time.Time // when it streamed last
}

func newUSB(open func() (video, error), s settings) (*usb, error) {
	u := &usb{settings: s, openNode: open, turn: make(chan struct{}, 1)}
	var err error
	if u.node, err = open(); err != nil {
		return nil, err
	}
	return u, nil
}

func (u *usb) close() {
	u.turn <- struct{}{} // nobody uses it any more
	u.drop()
}

// drop closes the device; the next use opens it again.
func (u *usb) drop() {
	if u.node != nil {
		u.node.close()
		u.node, u.mode = nil, modeRest
	}
}

// exclusive runs do with the turn.
func (u *usb) exclusive(ctx context.Context, do func() error) error {
	select {
	case u.turn <- struct{}{}:
	case <-ctx.Done():
		return inTime(ctx)
	}
	defer func() { <-u.turn }()
	if ctx.Err() != nil {
		return inTime(ctx)
	}
	err := do()
	if err != nil && ctx.Err() == nil {
		u.drop() // what goes wrong once goes on until the device is opened anew
	}
	return err
}

// inTime is why ctx ended: a deadline is the device's fault here.
func inTime(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return device.Temporary(fmt.Errorf("no picture: %w", device.ErrTimeout))
	}
	return ctx.Err()
}

func (u *usb) alive(ctx context.Context) error {
	return u.exclusive(ctx, func() error {
		if u.mode != modeRest && time.Since(u.used) > restAfter {
			u.drop() // its light goes off, and vendor programs may have it
		}
		if err := u.open(); err != nil {
			return err
		}
		return u.node.alive()
	})
}

// open opens the device unless it is.
func (u *usb) open() error {
	if u.node != nil {
		return nil
	}
	var err error
	u.node, err = u.openNode()
	return err
}

func (u *usb) still(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, u.read)
	defer cancel()
	var jpg []byte
	err := u.exclusive(ctx, func() (err error) {
		if err = u.change(ctx, modeStill); err == nil {
			jpg, err = u.picture(ctx)
		}
		return err
	})
	return jpg, err
}

func (u *usb) preview(ctx context.Context, show func([]byte) error) error {
	tick := time.NewTicker(max(u.pace, time.Millisecond))
	defer tick.Stop()
	for {
		var jpg []byte
		err := u.exclusive(ctx, func() (err error) {
			patience, cancel := context.WithTimeout(ctx, u.reply)
			defer cancel()
			if err = u.change(patience, modePreview); err == nil {
				jpg, err = u.picture(patience)
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := show(jpg); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// change makes the device stream in a mode's size. It is opened anew for that.
func (u *usb) change(ctx context.Context, to mode) error {
	u.used = time.Now()
	if u.mode == to && u.node != nil {
		return nil
	}
	if u.mode != modeRest {
		u.drop()
	}
	if err := u.open(); err != nil {
		return err
	}
	want, skip := u.sizes.Still, u.skip
	if to == modePreview {
		want, skip = u.sizes.Preview, 1
	}
	var ok bool
	if u.format, u.size, ok = choose(u.node.sizes, u.formats, want); !ok {
		return fmt.Errorf("camera has none of the formats %v: %w", u.formats, device.ErrFault)
	}
	if err := u.node.start(u.format, u.size); err != nil {
		return err
	}
	u.mode = to
	u.log.Debug("camera streams", slog.String("format", u.format), slog.Int("width", u.size.X), slog.Int("height", u.size.Y))
	for range skip { // until light and focus have settled
		if _, err := u.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// picture is the newest frame as a whole JPEG. Damaged frames, which a busy
// bus produces, are passed over.
func (u *usb) picture(ctx context.Context) ([]byte, error) {
	var err error
	for range brokenFrames {
		var raw, jpg []byte
		if raw, err = u.newest(ctx); err != nil {
			return nil, err
		}
		if u.format == formatYUYV {
			jpg, err = fromYUYV(raw, u.size)
		} else {
			jpg, err = sheet.Complete(raw)
		}
		if err == nil {
			return jpg, nil
		}
	}
	return nil, err
}

// newest waits for a frame and passes over the older ones in the queue.
func (u *usb) newest(ctx context.Context) ([]byte, error) {
	raw, err := u.next(ctx)
	for range queued {
		if err != nil {
			break
		}
		newer, more := u.node.frame(0)
		if errors.Is(more, errNoFrame) {
			break
		}
		raw, err = newer, more
	}
	return raw, err
}

// next waits for one frame.
func (u *usb) next(ctx context.Context) ([]byte, error) {
	for {
		raw, err := u.node.frame(slice)
		if !errors.Is(err, errNoFrame) {
			return raw, err
		}
		if ctx.Err() != nil {
			u.drop() // a stalled device streams again when it is opened anew
			return nil, inTime(ctx)
		}
	}
}

// The formats.
const (
	formatMJPEG = "mjpeg"
	formatYUYV  = "yuyv"
)

// fourCCs are the formats' names in V4L2, the likeliest first.
var fourCCs = map[string][]string{formatMJPEG: {"MJPG", "JPEG"}, formatYUYV: {"YUYV"}}

// choose takes the first format that the camera has and in it the largest size
// that isn't larger than want, or the smallest of all.
func choose(list func(format string) []image.Point, formats []string, want image.Point) (string, image.Point, bool) {
	for _, format := range formats {
		var best, least image.Point
		for _, s := range list(format) {
			if s.X <= want.X && s.Y <= want.Y && s.X*s.Y > best.X*best.Y {
				best = s
			}
			if least == (image.Point{}) || s.X*s.Y < least.X*least.Y {
				least = s
			}
		}
		if best != (image.Point{}) {
			return format, best, true
		}
		if least != (image.Point{}) {
			return format, least, true
		}
	}
	return "", image.Point{}, false
}
