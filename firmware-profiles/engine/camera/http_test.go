package camera

import (
	"errors"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// soon is how long tests wait for a camera that never answers.
const soon = 500 * time.Millisecond

// model is a profile whose camera has its picture at /shot and, with a stream,
// at /live, and is waited for so long.
func model(stream string, wait time.Duration) *profile.Profile {
	p := &profile.Profile{ID: "test/camera", Engine: profile.EngineCamera, Class: device.ClassCamera}
	p.Caps = profile.Caps{Still: "800x600", Preview: "160x120", Formats: []string{formatMJPEG}, Paper: device.PaperA4}
	p.Transports = []profile.Transport{{Kind: profile.HTTP, Port: 80, Path: "/shot", Stream: stream}}
	p.Timing = profile.Timing{Read: profile.Duration(wait), Reply: profile.Duration(wait), Pace: profile.Duration(time.Millisecond)}
	return p
}

// over is the camera that a handler plays.
func over(t *testing.T, stream string, wait time.Duration, h http.HandlerFunc) *Camera {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d, err := New(model(stream, wait), device.Config{ID: "camera", Port: server.URL}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	c, ok := d.(*Camera)
	if !ok {
		t.Fatalf("%T", d)
	}
	sink := &enginetest.Sink{}
	enginetest.Start(t, c, sink)
	enginetest.WaitFor(t, "the camera to be online", func() bool { return sink.Last().State == device.Online })
	return c
}

// onlyShots answers HEAD and lets shot answer GET of the picture.
func onlyShots(shot http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed) // as some cameras do
			return
		}
		if r.URL.Path != "/shot" {
			http.NotFound(w, r)
			return
		}
		shot(w, r)
	}
}

func TestAnswersThatAreNoPicture(t *testing.T) {
	tests := []struct {
		name string
		shot http.HandlerFunc
		want error
	}{
		{"an error page", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) }, device.ErrFault},
		{"busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, device.ErrFault},
		{"sent elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, device.ErrFault},
		{"text", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>login</html>") }, device.ErrFrame},
		{"half a picture with a lie about its length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(photo(image.Pt(64, 48), 9)[:300])
		}, device.ErrOffline},
		{"nothing in time", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, device.ErrTimeout},
		{"a picture that drips", func(w http.ResponseWriter, r *http.Request) {
			for _, b := range photo(image.Pt(64, 48), 9) {
				if _, err := w.Write([]byte{b}); err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				select {
				case <-r.Context().Done():
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}, device.ErrTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wait := enginetest.Patience
			if errors.Is(tt.want, device.ErrTimeout) {
				wait = soon
			}
			c := over(t, "", wait, onlyShots(tt.shot))
			if _, err := c.Capture(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAPictureThatComesByteByByte(t *testing.T) {
	c := over(t, "", enginetest.Patience, onlyShots(func(w http.ResponseWriter, _ *http.Request) {
		for _, b := range photo(image.Pt(64, 48), 9) {
			if _, err := w.Write([]byte{b}); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}))
	img, err := c.Capture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if size, err := sheet.Size(img.JPEG); err != nil || size != image.Pt(64, 48) {
		t.Errorf("got %v, %v", size, err)
	}
}

func TestACameraWithoutStreamIsPreviewedByPicturesMadeSmall(t *testing.T) {
	c := over(t, "", enginetest.Patience, onlyShots(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(photo(image.Pt(800, 600), 9)) }))
	n, done := 0, errors.New("done")
	err := c.Preview(t.Context(), func(jpg []byte) error {
		if size, err := sheet.Size(jpg); err != nil || size != image.Pt(160, 120) {
			t.Errorf("got %v, %v", size, err)
		}
		if n++; n == 3 {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Error(err)
	}
}

// stream answers /live with a multipart of the given parts, and then waits.
func stream(kind string, parts ...[]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/live" {
			return
		}
		w.Header().Set("Content-Type", kind)
		for _, p := range parts {
			fmt.Fprintf(w, "--frame\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n", p)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(3 * time.Millisecond) // more than half the pace
		}
		<-r.Context().Done()
	}
}

func TestStreams(t *testing.T) {
	good := photo(image.Pt(160, 120), 9)
	tests := []struct {
		name   string
		answer http.HandlerFunc
		frames int
		want   error
	}{
		{"broken frames are passed over, a stall ends it", stream("multipart/x-mixed-replace; boundary=frame", good, []byte("junk"), good, good[:90], good), 2, device.ErrTimeout},
		{"the boundary may have its dashes", stream("multipart/x-mixed-replace;boundary=--frame", good, good), 1, device.ErrTimeout},
		{"no multipart", stream("text/html", good), 0, device.ErrFrame},
		{"no such page", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/live" {
				http.NotFound(w, r)
			}
		}, 0, device.ErrFault},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := over(t, "/live", 4*soon, tt.answer)
			n := 0
			err := c.Preview(t.Context(), func([]byte) error { n++; return nil })
			if !errors.Is(err, tt.want) || n < tt.frames {
				t.Errorf("%d frames, %v", n, err)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	tests := []struct{ port, want string }{
		{"http://192.0.2.7", ""},
		{"http://192.0.2.7:8080/snapshot", ""},
		{"/dev/video0", ""},
		{"tcp://192.0.2.7:80", "neither http"},
		{"http://", "neither http"},
		{"http://user:secret@192.0.2.7", "password"},
	}
	for _, tt := range tests {
		t.Run(tt.port, func(t *testing.T) {
			_, err := New(model("", soon), device.Config{ID: "camera", Port: tt.port}, enginetest.Log())
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error tells the password")
			}
		})
	}
}
