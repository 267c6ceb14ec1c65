package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorded is a video device that plays frames. Its fields are guarded by mu.
type recorded struct {
	mu       sync.Mutex
	list     map[string][]image.Point
	frames   func(format string, size image.Point, n int) ([]byte, error) // the nth since start
	gone     error
	openErr  error
	opened   int
	starts   []string
	streamOn bool
	format   string
	size     image.Point
	n        int
}

func (r *recorded) open() (video, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.openErr != nil {
		return nil, r.openErr
	}
	r.opened++
	r.streamOn = false
	return r, nil
}

func (r *recorded) sizes(format string) []image.Point { return r.list[format] }

func (r *recorded) start(format string, size image.Point) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streamOn {
		return errors.New("started twice: drivers answer EBUSY")
	}
	r.streamOn, r.format, r.size, r.n = true, format, size, 0
	r.starts = append(r.starts, fmt.Sprintf("%s %dx%d", format, size.X, size.Y))
	return nil
}

func (r *recorded) frame(wait time.Duration) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone != nil {
		return nil, r.gone
	}
	if wait == 0 {
		return nil, errNoFrame // the queue holds one at a time
	}
	r.n++
	data, err := r.frames(r.format, r.size, r.n)
	if errors.Is(err, errNoFrame) {
		time.Sleep(5 * time.Millisecond) // stands for the wait
	}
	return data, err
}

func (r *recorded) alive() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone
}

func (r *recorded) close() {}

func (r *recorded) change(f func(r *recorded)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r)
}

// photo is a grey frame of a size as JPEG.
func photo(size image.Point, grey uint8) []byte {
	img := image.NewGray(image.Rectangle{Max: size})
	for i := range img.Pix {
		img.Pix[i] = grey
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// uvc is a camera with the usual sizes.
func uvc() *recorded {
	return &recorded{
		list: map[string][]image.Point{
			formatMJPEG: {{640, 480}, {320, 240}, {1600, 1200}, {800, 600}},
			formatYUYV:  {{64, 48}},
		},
		frames: func(_ string, size image.Point, n int) ([]byte, error) {
			return append(photo(size, uint8(min(n*20, 200))), 0, 0, 0), nil
		},
	}
}

// running is the camera over a recorded device.
func running(t *testing.T, r *recorded, change ...func(*settings)) (*Camera, *enginetest.Sink) {
	t.Helper()
	s := settings{
		sizes: Sizes{Still: image.Pt(2000, 2000), Preview: image.Pt(640, 480)}, formats: []string{formatMJPEG, formatYUYV},
		skip: 4, read: enginetest.Patience, reply: enginetest.Patience, pace: time.Millisecond, log: enginetest.Log(),
	}
	for _, f := range change {
		f(&s)
	}
	c := &Camera{log: enginetest.Log(), poll: 10 * time.Millisecond, now: time.Now}
	c.open = func(context.Context) (source, error) { return newUSB(r.open, s) }
	sink := &enginetest.Sink{}
	enginetest.Start(t, c, sink)
	enginetest.WaitFor(t, "the camera to be online", func() bool { return sink.Last().State == device.Online })
	return c, sink
}

// bright is a picture's grey.
func bright(t *testing.T, jpg []byte) uint8 {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(jpg))
	if err != nil {
		t.Fatal(err)
	}
	g, ok := color.GrayModel.Convert(img.At(1, 1)).(color.Gray)
	if !ok {
		t.Fatal("no grey")
	}
	return g.Y
}

func TestAPictureHasTheLargestSizeAndSettledLight(t *testing.T) {
	r := uvc()
	c, _ := running(t, r)
	img, err := c.Capture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if size, err := sheet.Size(img.JPEG); err != nil || size != image.Pt(1600, 1200) {
		t.Errorf("got %v, %v", size, err)
	}
	if g := bright(t, img.JPEG); g < 95 { // the fifth frame, after four that are thrown away
		t.Errorf("brightness %d: frames in which the light settles were used", g)
	}
}

func TestPreviewAndPictureTakeTurns(t *testing.T) {
	r := uvc()
	c, _ := running(t, r)
	done := errors.New("done")
	n := 0
	err := c.Preview(t.Context(), func(jpg []byte) error {
		if size, err := sheet.Size(jpg); err != nil || size != image.Pt(640, 480) {
			t.Errorf("frame of %v, %v", size, err)
		}
		if n++; n == 3 {
			if _, err := c.Capture(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if n == 6 {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
	want := []string{"mjpeg 640x480", "mjpeg 1600x1200", "mjpeg 640x480"}
	if !slices.Equal(r.starts, want) {
		t.Errorf("it streamed %q, want %q", r.starts, want)
	}
}

func TestDamagedFramesArePassedOver(t *testing.T) {
	r := uvc()
	r.frames = func(_ string, size image.Point, n int) ([]byte, error) {
		whole := photo(size, 100)
		if n%3 != 0 {
			return whole[:len(whole)/2], nil
		}
		return whole, nil
	}
	c, _ := running(t, r)
	if _, err := c.Capture(t.Context()); err != nil {
		t.Error(err)
	}
	r.change(func(r *recorded) {
		r.frames = func(string, image.Point, int) ([]byte, error) { return []byte("no picture"), nil }
	})
	if _, err := c.Capture(t.Context()); !errors.Is(err, device.ErrFrame) {
		t.Errorf("got %v", err)
	}
}

func TestUncompressedFramesAreTheFallback(t *testing.T) {
	r := uvc()
	delete(r.list, formatMJPEG)
	r.frames = func(_ string, size image.Point, _ int) ([]byte, error) {
		return bytes.Repeat([]byte{180, 128, 180, 128}, size.X*size.Y/2), nil
	}
	c, _ := running(t, r)
	img, err := c.Capture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if size, err := sheet.Size(img.JPEG); err != nil || size != image.Pt(64, 48) {
		t.Errorf("got %v, %v", size, err)
	}
	if g := bright(t, img.JPEG); g < 175 || g > 185 {
		t.Errorf("brightness %d, want 180", g)
	}
	if _, err := fromYUYV([]byte{1, 2, 3}, image.Pt(64, 48)); !errors.Is(err, device.ErrFrame) {
		t.Errorf("too few bytes: got %v", err)
	}
}

func TestAStalledCameraIsOpenedAnew(t *testing.T) {
	r := uvc()
	play := r.frames
	r.frames = func(string, image.Point, int) ([]byte, error) { return nil, errNoFrame }
	c, sink := running(t, r, func(s *settings) { s.read = 30 * time.Millisecond })
	if _, err := c.Capture(t.Context()); !errors.Is(err, device.ErrTimeout) || !device.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Capture(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	before := 0
	r.change(func(r *recorded) { before, r.frames = r.opened, play })
	enginetest.WaitFor(t, "a picture", func() bool {
		_, err := c.Capture(t.Context())
		return err == nil
	})
	after := 0
	r.change(func(r *recorded) { after = r.opened })
	if after == before && before < 2 {
		t.Error("the device wasn't opened anew")
	}
	if sink.Last().State != device.Online {
		t.Errorf("state %v", sink.Last())
	}
}

func TestAPulledPlugEndsTheRun(t *testing.T) {
	r := uvc()
	s := settings{
		sizes: Sizes{Still: image.Pt(800, 600), Preview: image.Pt(640, 480)}, formats: []string{formatMJPEG},
		skip: 1, read: enginetest.Patience, reply: enginetest.Patience, pace: time.Millisecond, log: enginetest.Log(),
	}
	c := &Camera{log: enginetest.Log(), poll: time.Hour, now: time.Now}
	c.open = func(context.Context) (source, error) { return newUSB(r.open, s) }
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.WithoutCancel(t.Context()), &enginetest.Sink{}) }()
	enginetest.WaitFor(t, "a picture", func() bool {
		_, err := c.Capture(t.Context())
		return err == nil
	})
	frames := 0
	err := c.Preview(t.Context(), func([]byte) error {
		if frames++; frames == 3 {
			r.change(func(r *recorded) { r.gone = fmt.Errorf("ENODEV: %w", device.ErrOffline) })
		}
		return nil
	})
	if !errors.Is(err, device.ErrOffline) {
		t.Errorf("the preview ended with %v", err)
	}
	if err := <-ended; !errors.Is(err, device.ErrOffline) {
		t.Errorf("the run ended with %v", err)
	}
	if _, err := c.Capture(t.Context()); !errors.Is(err, device.ErrOffline) {
		t.Errorf("afterwards: got %v", err)
	}
}

func TestACameraInUseElsewhere(t *testing.T) {
	r := uvc()
	r.openErr = device.Temporary(fmt.Errorf("open: %w", port.ErrBusy))
	c := &Camera{log: enginetest.Log(), poll: time.Hour, now: time.Now}
	c.open = func(context.Context) (source, error) { return newUSB(r.open, settings{log: enginetest.Log()}) }
	if err := c.Run(t.Context(), &enginetest.Sink{}); !errors.Is(err, port.ErrBusy) {
		t.Errorf("got %v", err)
	}
}

func TestChoiceOfFormatAndSize(t *testing.T) {
	list := map[string][]image.Point{formatMJPEG: {{640, 480}, {4208, 3120}, {2592, 1944}}, formatYUYV: {{640, 480}}}
	sizes := func(format string) []image.Point { return list[format] }
	tests := []struct {
		name    string
		formats []string
		want    image.Point
		got     string
	}{
		{"the largest that isn't too large", []string{formatMJPEG}, image.Pt(3264, 2448), "mjpeg (2592,1944)"},
		{"exactly it", []string{formatMJPEG}, image.Pt(4208, 3120), "mjpeg (4208,3120)"},
		{"all are too large", []string{formatMJPEG}, image.Pt(320, 240), "mjpeg (640,480)"},
		{"the order of the profile", []string{formatYUYV, formatMJPEG}, image.Pt(4208, 3120), "yuyv (640,480)"},
		{"none", []string{"h264"}, image.Pt(640, 480), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			format, size, ok := choose(sizes, tt.formats, tt.want)
			got := ""
			if ok {
				got = fmt.Sprintf("%s %v", format, size)
			}
			if got != tt.got {
				t.Errorf("got %q, want %q", got, tt.got)
			}
		})
	}
}
