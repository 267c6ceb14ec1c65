package sane_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/sane"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scanner is the engine's device for a port.
func scanner(t *testing.T, port string) device.DocumentScanner {
	t.Helper()
	p := &profile.Profile{ID: "test/sane", Engine: profile.EngineSANE, Class: device.ClassDocumentScanner}
	d, err := sane.New(p, device.Config{ID: "scanner", Port: port}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	s, ok := d.(device.DocumentScanner)
	if !ok {
		t.Fatalf("%T is no document scanner", d)
	}
	return s
}

// backend is SANE's own test backend, whose settings are conf.
func backend(t *testing.T, conf string) device.DocumentScanner {
	t.Helper()
	if _, err := exec.LookPath("scanimage"); err != nil {
		t.Skip("scanimage (package sane-utils) is not installed")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "dll.conf"), "test\n")
	write(t, filepath.Join(dir, "test.conf"), "number_of_devices 1\nmode Gray\ntest-picture \"Grid\"\n"+conf)
	t.Setenv("SANE_CONFIG_DIR", dir)
	return scanner(t, "sane:test:0")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// running runs d until the test ends.
func running(t *testing.T, d device.Device) *enginetest.Sink {
	t.Helper()
	sink := &enginetest.Sink{}
	enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "the scanner to be online", func() bool { return sink.Last().State == device.Online })
	return sink
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// leavesNothing checks, when the test ends, that no page of d is left behind.
func leavesNothing(t *testing.T, d device.Device) {
	t.Helper()
	dir := t.TempDir()
	sane.Scratch(d, dir)
	t.Cleanup(func() {
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

func TestAPageFromTheGlass(t *testing.T) {
	d := backend(t, "")
	leavesNothing(t, d)
	running(t, d)
	var pages []device.Image
	n, err := d.Scan(within(t, enginetest.Patience), device.ScanSettings{DPI: 100, Grey: true}, func(img device.Image) error {
		pages = append(pages, img)
		return nil
	})
	if err != nil || n != 1 || len(pages) != 1 {
		t.Fatalf("got %d, %v", n, err)
	}
	img, err := jpeg.Decode(bytes.NewReader(pages[0].JPEG))
	if err != nil {
		t.Fatal(err)
	}
	// The test backend's glass is 200 mm square.
	if got := img.Bounds().Size(); got.X < 780 || got.X > 795 || got.Y < 780 || got.Y > 795 || pages[0].DPI != 100 {
		t.Errorf("got %v at %d dpi", got, pages[0].DPI)
	}
}

func TestTheFeederGivesTenPagesAndIsEmptyThen(t *testing.T) {
	d := backend(t, "")
	running(t, d)
	feeder := device.ScanSettings{Source: device.SourceFeeder, DPI: 50, Grey: true}
	n, err := d.Scan(within(t, enginetest.Patience), feeder, func(device.Image) error { return nil })
	if err != nil || n != 10 {
		t.Errorf("got %d, %v", n, err)
	}
	enough := errors.New("enough")
	seen := 0
	n, err = d.Scan(within(t, enginetest.Patience), feeder, func(device.Image) error {
		if seen++; seen == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 2 {
		t.Errorf("stopped by the caller: got %d, %v", n, err)
	}
	feeder.TwoSided = true
	var unable *sheet.Unable
	if _, err := d.Scan(t.Context(), feeder, nil); !errors.As(err, &unable) {
		t.Errorf("both sides: got %v", err)
	}
}

// scanFailing scans until the scanner says why it fails. SANE's test driver
// sometimes hangs then instead: it kills its reading process with a signal that
// this may get before it has set how to take it.
func scanFailing(t *testing.T, d device.DocumentScanner) (n int, err error) {
	t.Helper()
	for range 5 {
		n, err = d.Scan(within(t, 8*time.Second), device.ScanSettings{DPI: 50}, func(device.Image) error { return nil })
		if !errors.Is(err, device.ErrTimeout) {
			break
		}
	}
	return n, err
}

func TestExitCodesSayWhatIsWrong(t *testing.T) {
	tests := []struct {
		status, words string
		want          error
	}{
		{"SANE_STATUS_JAMMED", "进纸器卡纸", device.ErrJam},
		{"SANE_STATUS_NO_DOCS", "进纸器里没有纸", device.ErrNoPaper},
		{"SANE_STATUS_COVER_OPEN", "扫描仪盖板未合上", device.ErrCoverOpen},
		{"SANE_STATUS_DEVICE_BUSY", "扫描仪正被别的程序使用，请稍后再试", device.ErrFault},
		{"SANE_STATUS_IO_ERROR", "打不开扫描仪，请检查电源、数据线和名称", device.ErrOffline},
		{"SANE_STATUS_ACCESS_DENIED", "没有使用扫描仪的权限，请把当前用户加入 scanner 组", device.ErrFault},
		{"SANE_STATUS_NO_MEM", "扫描仪没有完成扫描", device.ErrFault},
	}
	for _, tt := range tests {
		t.Run(tt.status, func(t *testing.T) {
			d := backend(t, "read-status-code \""+tt.status+"\"\n")
			running(t, d)
			n, err := scanFailing(t, d)
			if n != 0 || !errors.Is(err, tt.want) {
				t.Errorf("got %d, %v", n, err)
			}
			var e device.Explainer
			if !errors.As(err, &e) || e.Explain() != tt.words {
				t.Errorf("%v is explained as %v", err, e)
			}
		})
	}
}

func TestAScannerThatIsntThereIsOffline(t *testing.T) {
	backend(t, "")
	err := scanner(t, "sane:test:77").Run(t.Context(), &enginetest.Sink{})
	if !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
}

// script is a program in scanimage's place. It gets the arguments as $*, and
// can ask "$batch" for the page to write.
func script(t *testing.T, d device.Device, scan string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scanimage")
	text := `#!/bin/sh
case "$*" in *-A*) echo "    --source Flatbed|ADF [Flatbed]"; exit 0;; esac
for a in "$@"; do case "$a" in --batch=*) batch="${a#--batch=}";; esac; done
dir=$(dirname "$batch")
` + scan
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil { //nolint:gosec // it has to be run
		t.Fatal(err)
	}
	sane.Use(d, file)
}

func TestAProgramThatHangsIsEndedInTime(t *testing.T) {
	began := time.Now()
	for _, patience := range []time.Duration{100 * time.Millisecond, time.Minute} {
		d := scanner(t, "sane:")
		leavesNothing(t, d)
		script(t, d, "exec sleep 60\n")
		sane.Hurry(d, patience, time.Minute)
		running(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		want := device.ErrTimeout
		if patience == time.Minute {
			want = context.Canceled
			time.AfterFunc(50*time.Millisecond, cancel)
		}
		if _, err := d.Scan(ctx, device.ScanSettings{}, nil); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		cancel()
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAProgramThatLies(t *testing.T) {
	tests := []struct {
		name, scan string
		source     device.Source
		want       error
	}{
		{"names a file elsewhere", "echo /etc/passwd; exit 0\n", device.SourceFlatbed, device.ErrFault},
		{"names a page that isn't there", "echo \"$dir/page-1.jpg\"; exit 0\n", device.SourceFlatbed, os.ErrNotExist},
		{"writes no picture", "echo nothing >\"$dir/page-1.jpg\"; echo \"$dir/page-1.jpg\"; exit 0\n", device.SourceFlatbed, device.ErrFrame},
		{"gives no page from an empty feeder and calls it success", "exit 0\n", device.SourceFeeder, device.ErrNoPaper},
		{"babbles without end of line", "head -c 300000 /dev/zero; exit 6\n", device.SourceFlatbed, device.ErrJam},
		{"crashes", "kill -SEGV $$\n", device.SourceFlatbed, device.ErrFault},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := scanner(t, "sane:")
			script(t, d, tt.scan)
			running(t, d)
			n, err := d.Scan(within(t, enginetest.Patience), device.ScanSettings{Source: tt.source}, func(device.Image) error { return nil })
			if n != 0 || !errors.Is(err, tt.want) {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
}

func TestAScannerThatVanishesEndsTheRun(t *testing.T) {
	d := scanner(t, "sane:")
	script(t, d, "exit 0\n")
	sane.Hurry(d, time.Second, 20*time.Millisecond)
	sink := &enginetest.Sink{}
	stop := enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "online", func() bool { return sink.Last().State == device.Online })
	file := filepath.Join(t.TempDir(), "scanimage")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho 'scanimage: open of device failed: Invalid argument' >&2\nexit 1\n"), 0o700); err != nil { //nolint:gosec // it has to be run
		t.Fatal(err)
	}
	if _, err := d.Scan(t.Context(), device.ScanSettings{Paper: "A5"}, nil); err == nil {
		t.Error("a paper that doesn't exist was scanned")
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	sane.Use(d, file) // nothing runs now
	if err := d.Run(within(t, enginetest.Patience), sink); !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
	sane.Use(d, filepath.Join(t.TempDir(), "missing"))
	if err := d.Run(within(t, enginetest.Patience), sink); err == nil || errors.Is(err, device.ErrOffline) {
		t.Errorf("no program: got %v", err)
	}
}

func TestPortsThatAreNone(t *testing.T) {
	p := &profile.Profile{ID: "test/sane"}
	for _, port := range []string{"test:0", "/dev/usb/scanner0", "sane:a\nb"} {
		if _, err := sane.New(p, device.Config{Port: port}, enginetest.Log()); err == nil || !strings.Contains(err.Error(), "scanner port") {
			t.Errorf("%q: got %v", port, err)
		}
	}
}
