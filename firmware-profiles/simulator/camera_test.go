package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const documentCamera = "generic/document-camera"

// small pictures keep the tests quick.
func small(c *simulator.Config) {
	c.Params = map[string]string{"still": "800x600", "preview": "160x120"}
}

func asCamera(t *testing.T, d device.Device) device.Camera {
	t.Helper()
	c, ok := d.(device.Camera)
	if !ok {
		t.Fatalf("%T is no camera", d)
	}
	return c
}

func decode(t *testing.T, jpg []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(jpg))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// bright is the share of pixels that look like paper.
func bright(img image.Image) float64 {
	n, all := 0, 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 4 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 4 {
			all++
			if g, ok := color.GrayModel.Convert(img.At(x, y)).(color.Gray); ok && g.Y > 150 {
				n++
			}
		}
	}
	return float64(n) / float64(all)
}

func TestACameraTakesAPictureOfWhatLiesUnderIt(t *testing.T) {
	t.Parallel()
	sim := start(t, documentCamera, "tcp", small)
	d := open(t, sim)
	waitState(t, run(t, d), device.Online)
	cam := asCamera(t, d)

	img, err := cam.Capture(within(t, time.Minute))
	must(t, err)
	bare := decode(t, img.JPEG)
	if got := bare.Bounds().Size(); got != image.Pt(800, 600) {
		t.Errorf("size %v", got)
	}
	if share := bright(bare); share > 0.02 {
		t.Errorf("the bare desk has %.0f %% of paper", 100*share)
	}
	must(t, sim.LaySheet("form-a4"))
	img, err = cam.Capture(within(t, time.Minute))
	must(t, err)
	// A4 covers 0.41 of the desk that a camera for A3 sees.
	if share := bright(decode(t, img.JPEG)); share < 0.3 || share > 0.45 {
		t.Errorf("with a form, %.0f %% look like paper", 100*share)
	}
	if img.DPI != 0 || img.Time.IsZero() {
		t.Errorf("got %d dpi at %v", img.DPI, img.Time)
	}
	must(t, sim.TakeSheet())
	img, err = cam.Capture(within(t, time.Minute))
	must(t, err)
	if share := bright(decode(t, img.JPEG)); share > 0.02 {
		t.Errorf("the sheet is still there: %.2f", share)
	}
}

func TestAPreviewShowsTheSheetThatIsLaidMeanwhile(t *testing.T) {
	t.Parallel()
	sim := start(t, documentCamera, "tcp", small)
	d := open(t, sim)
	waitState(t, run(t, d), device.Online)
	frames, papers := 0, 0
	enough := errors.New("seen enough")
	err := asCamera(t, d).Preview(within(t, time.Minute), func(jpg []byte) error {
		img := decode(t, jpg)
		if img.Bounds().Size() != image.Pt(160, 120) {
			t.Errorf("a frame of %v", img.Bounds().Size())
		}
		if frames++; frames == 2 {
			must(t, sim.LaySheet("plan-a3"))
		}
		if bright(img) > 0.5 {
			papers++
		}
		// The preview goes on while a picture is taken.
		if papers == 2 {
			if _, err := asCamera(t, d).Capture(t.Context()); err != nil {
				t.Errorf("capture while previewing: %v", err)
			}
		}
		if papers == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("got %v after %d frames", err, frames)
	}
}

func TestACodeOnTheSheetCanBeReadFromThePicture(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("zbarimg (package zbar-tools) is not installed")
	}
	sim := start(t, documentCamera, "tcp", func(c *simulator.Config) { c.Params = map[string]string{"still": "1600x1200"} })
	d := open(t, sim)
	waitState(t, run(t, d), device.Online)
	must(t, sim.LaySheet("form-a4"))
	img, err := asCamera(t, d).Capture(within(t, time.Minute))
	must(t, err)
	file := filepath.Join(t.TempDir(), "form.jpg")
	must(t, os.WriteFile(file, img.JPEG, 0o600))
	out, err := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", file).Output()
	must(t, err)
	if !strings.Contains(string(out), "SH-FORM-A4-0001") {
		t.Errorf("read %q", out)
	}
}

func TestABrokenPictureIsRefusedAndTheNextIsFine(t *testing.T) {
	t.Parallel()
	sim := start(t, documentCamera, "tcp", small)
	d := open(t, sim)
	s := run(t, d)
	waitState(t, s, device.Online)
	must(t, sim.Garbage())
	_, err := asCamera(t, d).Capture(within(t, time.Minute))
	wantErr(t, err, device.ErrFrame)
	_, err = asCamera(t, d).Capture(within(t, time.Minute))
	must(t, err)
	if s.last() != device.Online {
		t.Errorf("state %s after a broken picture", s.last())
	}
}

func TestACameraThatHangsIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	sim := start(t, documentCamera, "tcp", small)
	d := open(t, sim)
	waitState(t, run(t, d), device.Online)
	sim.Stall()
	began := time.Now()
	_, err := asCamera(t, d).Capture(within(t, 100*time.Millisecond))
	wantErr(t, err, device.ErrTimeout)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = asCamera(t, d).Capture(ctx)
	wantErr(t, err, context.Canceled)
	sim.Resume()
	_, err = asCamera(t, d).Capture(within(t, time.Minute))
	must(t, err)
}

func TestAnUnpluggedCameraIsOfflineAndComesBack(t *testing.T) {
	t.Parallel()
	sim := start(t, documentCamera, "tcp", small)
	d := open(t, sim)
	s := run(t, d)
	waitState(t, s, device.Online)
	ended := make(chan error, 1)
	seen := make(chan struct{}, 100)
	go func() {
		ended <- asCamera(t, d).Preview(context.WithoutCancel(t.Context()), func([]byte) error {
			select {
			case seen <- struct{}{}:
			default:
			}
			return nil
		})
	}()
	<-seen
	sim.Unplug()
	if err := <-ended; !errors.Is(err, device.ErrOffline) {
		t.Errorf("the preview ended with %v", err)
	}
	waitState(t, s, device.Offline)
	_, err := asCamera(t, d).Capture(within(t, time.Second))
	wantErr(t, err, device.ErrOffline)
	must(t, sim.Plug())
	waitState(t, s, device.Online)
	waitFor(t, "a picture", func() bool {
		_, err := asCamera(t, d).Capture(within(t, time.Minute))
		return err == nil
	})
}

func TestTheConsoleLaysSheetsAndShowsThem(t *testing.T) {
	t.Parallel()
	sim := start(t, documentCamera, "tcp", small)
	server := httptest.NewServer(simulator.NewConsole([]*simulator.Device{sim}, slog.New(slog.DiscardHandler)).Handler(nil))
	t.Cleanup(server.Close)
	post := func(action, body string) int {
		t.Helper()
		res, err := http.Post(server.URL+"/api/devices/sim/"+action, "application/json", strings.NewReader(body)) //nolint:noctx // ends with the server
		must(t, err)
		must(t, res.Body.Close())
		return res.StatusCode
	}
	if got := post("lay-sheet", `{"sheet":"licence-a4"}`); got != http.StatusNoContent {
		t.Fatalf("lay-sheet: %d", got)
	}
	v := sim.Snapshot()
	if v.Sheet == nil || v.Sheet.ID != "licence-a4" || len(v.Sheets) != len(simulator.Specimens()) {
		t.Errorf("the view has %+v of %d sheets", v.Sheet, len(v.Sheets))
	}
	res, err := http.Get(server.URL + "/api/devices/sim/photo.jpg") //nolint:noctx // as above
	must(t, err)
	img, err := jpeg.Decode(res.Body)
	must(t, err)
	must(t, res.Body.Close())
	if bright(img) < 0.3 {
		t.Error("the photo shows no sheet")
	}
	if got := post("lay-sheet", `{"sheet":"none such"}`); got != http.StatusUnprocessableEntity {
		t.Errorf("an unknown sheet: %d", got)
	}
	if got := post("take-sheet", `{}`); got != http.StatusNoContent || sim.Snapshot().Sheet != nil {
		t.Errorf("take-sheet: %d", got)
	}
}
