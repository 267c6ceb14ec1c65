package simulator_test

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const netScanner = "generic/escl-a4"

func asScanner(t *testing.T, d device.Device) device.DocumentScanner {
	t.Helper()
	s, ok := d.(device.DocumentScanner)
	if !ok {
		t.Fatalf("%T is no document scanner", d)
	}
	return s
}

// coarse keeps scans quick.
var coarse = device.ScanSettings{Source: device.SourceFlatbed, DPI: 100, Grey: true}

// scanner is a running scanner of a profile and its other side.
func runScanner(t *testing.T, profile string, change ...func(*simulator.Config)) (*simulator.Device, device.DocumentScanner, *sink) {
	t.Helper()
	sim := start(t, profile, "tcp", change...)
	d := open(t, sim)
	s := run(t, d)
	waitState(t, s, device.Online)
	return sim, asScanner(t, d), s
}

// collect is the pages of one scan.
func collect(t *testing.T, d device.DocumentScanner, settings device.ScanSettings) ([]device.Image, error) {
	t.Helper()
	var pages []device.Image
	n, err := d.Scan(within(t, time.Minute), settings, func(img device.Image) error {
		pages = append(pages, img)
		return nil
	})
	if n != len(pages) {
		t.Errorf("Scan says %d pages and gave %d", n, len(pages))
	}
	return pages, err
}

func TestTheGlassIsScannedInTheSizeAndColourAskedFor(t *testing.T) {
	t.Parallel()
	sim, d, _ := runScanner(t, "generic/escl-a3")
	must(t, sim.LaySheet("plan-a3"))
	tests := []struct {
		name     string
		settings device.ScanSettings
		want     image.Point
		dpi      int
		colour   bool
	}{
		{"A4 grey at 100 dpi", coarse, image.Pt(826, 1169), 100, false},
		{"A3 in colour at 150 dpi", device.ScanSettings{Paper: device.PaperA3, DPI: 150}, image.Pt(1754, 2480), 150, true},
		{"a resolution between two is the finer", device.ScanSettings{DPI: 120, Grey: true}, image.Pt(1240, 1754), 150, false},
		{"more than it can is the finest", device.ScanSettings{DPI: 600, Grey: true}, image.Pt(2480, 3508), 300, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pages, err := collect(t, d, tt.settings)
			must(t, err)
			if len(pages) != 1 || pages[0].DPI != tt.dpi {
				t.Fatalf("got %d pages, %d dpi", len(pages), pages[0].DPI)
			}
			img := decode(t, pages[0].JPEG)
			if img.Bounds().Size() != tt.want {
				t.Errorf("size %v, want %v", img.Bounds().Size(), tt.want)
			}
			if _, grey := img.(*image.Gray); grey == tt.colour {
				t.Errorf("grey is %t", grey)
			}
		})
	}
}

func TestTheFeederGivesEverySheetAndThenIsEmpty(t *testing.T) {
	t.Parallel()
	sim, d, s := runScanner(t, netScanner)
	feeder := coarse
	feeder.Source = device.SourceFeeder
	must(t, sim.FeedSheets([]string{"form-a4", "letter-a4"}))
	pages, err := collect(t, d, feeder)
	must(t, err)
	if len(pages) != 2 {
		t.Errorf("%d pages", len(pages))
	}
	_, err = collect(t, d, feeder)
	wantErr(t, err, device.ErrNoPaper)
	if s.last() != device.Online {
		t.Errorf("an empty feeder is %s", s.last())
	}
	must(t, sim.FeedSheets([]string{"form-a4", "letter-a4"}))
	feeder.TwoSided = true
	pages, err = collect(t, d, feeder)
	must(t, err)
	if len(pages) != 4 {
		t.Errorf("%d pages of two sheets from both sides", len(pages))
	}
}

func TestAJamTellsAfterTheGoodPages(t *testing.T) {
	t.Parallel()
	sim, d, _ := runScanner(t, netScanner)
	feeder := coarse
	feeder.Source = device.SourceFeeder
	must(t, sim.JamAfterPages(2))
	pages, err := collect(t, d, feeder)
	wantErr(t, err, device.ErrJam)
	if len(pages) != 2 {
		t.Errorf("%d pages before the jam", len(pages))
	}
	_, err = collect(t, d, feeder)
	wantErr(t, err, device.ErrJam)
	must(t, sim.ClearJam())
	must(t, sim.OpenCover())
	_, err = collect(t, d, feeder)
	wantErr(t, err, device.ErrCoverOpen)
	must(t, sim.CloseCover())
	if pages, err = collect(t, d, feeder); err != nil || len(pages) != 1 {
		t.Errorf("after all is well: %d pages, %v", len(pages), err)
	}
}

func TestAWishThatCantBeFulfilledIsExplained(t *testing.T) {
	t.Parallel()
	_, d, _ := runScanner(t, netScanner)
	_, err := collect(t, d, device.ScanSettings{Paper: device.PaperA3})
	var unable *sheet.Unable
	if !errors.As(err, &unable) || unable.Explain() != "这台扫描仪放不下 A3 纸" || !errors.Is(err, device.ErrFault) {
		t.Errorf("got %v", err)
	}
}

func TestASlowScannerIsWaitedForAndABusyOneTold(t *testing.T) {
	t.Parallel()
	_, d, _ := runScanner(t, netScanner, func(c *simulator.Config) { c.PageTime = 300 * time.Millisecond })
	feeder := coarse
	feeder.Source = device.SourceFeeder
	pages, err := collect(t, d, feeder)
	must(t, err)
	if len(pages) != 3 {
		t.Errorf("%d pages", len(pages))
	}
}

func TestAScanThatIsCancelledFreesTheScanner(t *testing.T) {
	t.Parallel()
	_, d, _ := runScanner(t, netScanner)
	feeder := coarse
	feeder.Source = device.SourceFeeder
	stop := errors.New("enough")
	n, err := d.Scan(within(t, time.Minute), feeder, func(device.Image) error { return stop })
	if !errors.Is(err, stop) || n != 0 {
		t.Errorf("got %d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n, err = d.Scan(ctx, feeder, func(device.Image) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("got %d, %v", n, err)
	}
	if pages, err := collect(t, d, coarse); err != nil || len(pages) != 1 {
		t.Errorf("then: %d pages, %v", len(pages), err)
	}
}

func TestABrokenPageAHangAndAPulledPlug(t *testing.T) {
	t.Parallel()
	sim, d, s := runScanner(t, netScanner)
	must(t, sim.Garbage())
	_, err := collect(t, d, coarse)
	wantErr(t, err, device.ErrFrame)
	sim.Stall()
	_, err = d.Scan(within(t, 200*time.Millisecond), coarse, func(device.Image) error { return nil })
	wantErr(t, err, device.ErrTimeout)
	sim.Resume()
	sim.Unplug()
	_, err = collect(t, d, coarse)
	wantErr(t, err, device.ErrOffline)
	waitState(t, s, device.Offline)
	must(t, sim.Plug())
	waitState(t, s, device.Online)
	if pages, err := collect(t, d, coarse); err != nil || len(pages) != 1 {
		t.Errorf("plugged in again: %d pages, %v", len(pages), err)
	}
}

// An independent client of eSCL, Debian's sane-airscan, takes our simulated
// scanner for a real one.
func TestSaneAirscanScansFromTheSimulatedScanner(t *testing.T) {
	scanimage, err := exec.LookPath("scanimage")
	if err != nil {
		t.Skip("scanimage (package sane-utils) is not installed")
	}
	needAirscan(t)
	sim := start(t, netScanner, "tcp")
	must(t, sim.LaySheet("form-a4"))
	must(t, sim.FeedSheets([]string{"form-a4", "letter-a4", "blank-a4"}))
	dir := airscanOnly(t, "[devices]\n\"sim\" = "+sim.Port()+", eSCL\n")
	scan := func(args ...string) (string, error) {
		t.Helper()
		cmd := exec.CommandContext(within(t, 60*time.Second), scanimage, append([]string{"-d", "airscan:e0:sim"}, args...)...)
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := scan("--format=jpeg", "--resolution=100", "--mode=Gray", "--output-file=glass.jpg")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page, err := os.ReadFile(filepath.Join(dir, "glass.jpg"))
	must(t, err)
	if size := decode(t, page).Bounds().Size(); size.X < 820 || size.Y < 1165 {
		t.Errorf("the glass is %v", size)
	}
	out, err = scan("--format=jpeg", "--resolution=100", "--mode=Color", "--source=ADF", "--batch=page%d.jpg")
	pages, _ := filepath.Glob(filepath.Join(dir, "page*.jpg"))
	if len(pages) != 3 || !strings.Contains(out, "out of documents") {
		t.Errorf("the feeder gave %d pages, %v\n%s", len(pages), err, out)
	}
	must(t, sim.FeedSheets([]string{"form-a4"}))
	must(t, sim.Jam())
	if out, err = scan("--format=jpeg", "--resolution=100", "--source=ADF", "--output-file=jam.jpg"); err == nil || !strings.Contains(out, "jammed") {
		t.Errorf("a jam: %v\n%s", err, out)
	}
}

// airscanOnly lets SANE use sane-airscan only, which doesn't look around in the
// network. It returns the folder of the settings.
func airscanOnly(t *testing.T, devices string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "dll.conf"), []byte("airscan\n"), 0o600))
	conf := devices + "[options]\ndiscovery = disable\nws-discovery = off\n"
	must(t, os.WriteFile(filepath.Join(dir, "airscan.conf"), []byte(conf), 0o600))
	t.Setenv("SANE_CONFIG_DIR", dir)
	return dir
}

func needAirscan(t *testing.T) {
	t.Helper()
	if found, _ := filepath.Glob("/usr/lib/*/sane/libsane-airscan.so*"); len(found) == 0 {
		t.Skip("package sane-airscan is not installed")
	}
}

// Our engine for SANE reaches the simulated scanner through scanimage and
// sane-airscan.
func TestAScannerWithASANEDriver(t *testing.T) {
	if _, err := exec.LookPath("scanimage"); err != nil {
		t.Skip("scanimage (package sane-utils) is not installed")
	}
	needAirscan(t)
	sim := start(t, netScanner, "tcp")
	airscanOnly(t, "")
	opener, err := all.Opener(slog.New(slog.DiscardHandler))
	must(t, err)
	opened, _, err := opener(device.Config{ID: "device", Profile: "generic/sane-a4", Port: "sane:airscan:escl:Simulator:" + sim.Port()})
	must(t, err)
	waitState(t, run(t, opened), device.Online)
	d := asScanner(t, opened)
	must(t, sim.LaySheet("form-a4"))
	pages, err := collect(t, d, coarse)
	must(t, err)
	if len(pages) != 1 || pages[0].DPI != 100 {
		t.Fatalf("got %d pages", len(pages))
	}
	if size := decode(t, pages[0].JPEG).Bounds().Size(); size.X < 820 || size.X > 830 || size.Y < 1160 {
		t.Errorf("size %v", size)
	}
	feeder := coarse
	feeder.Source = device.SourceFeeder
	if pages, err = collect(t, d, feeder); err != nil || len(pages) != 3 {
		t.Errorf("the feeder gave %d pages, %v", len(pages), err)
	}
	_, err = collect(t, d, feeder)
	wantErr(t, err, device.ErrNoPaper)
	must(t, sim.FeedSheets([]string{"form-a4"}))
	must(t, sim.Jam())
	_, err = collect(t, d, feeder)
	wantErr(t, err, device.ErrJam)
}
