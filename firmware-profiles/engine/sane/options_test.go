package sane_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/firmware-profiles/engine/sane"
	"smarthall/internal/device"
)

const testBackend = `
All options specific to device ` + "`test:0'" + `:
  Scan Mode:
    --mode Gray|Color [Gray]
        Selects the scan mode (e.g., lineart, monochrome, or color).
    --depth 1|8|16 [8]
    --three-pass[=(yes|no)] [inactive]
    --resolution 1..1200dpi (in steps of 1) [50]
    --source Flatbed|Automatic Document Feeder [Flatbed]
  Geometry:
    -l 0..200mm (in steps of 1) [0]
    -x 0..200mm (in steps of 1) [80]
    -y 0..200mm (in steps of 1) [100]
`

// As sane-airscan lists a device with a duplex feeder.
const airscan = `
    --resolution 100|150|200|300dpi [100]
    --mode Color|Gray [Color]
    --source Flatbed|ADF|ADF Duplex [Flatbed]
    -x 0..215.9mm (in steps of 1) [210]
    -y 0..297.011mm (in steps of 1) [297.011]
`

func TestOptionsAreReadFromTheListOfADriver(t *testing.T) {
	tests := []struct {
		name, list string
		want       sane.Options
	}{
		{"test backend", testBackend, sane.Options{
			Modes: []string{"Gray", "Color"}, Sources: []string{"Flatbed", "Automatic Document Feeder"}, MinDPI: 1, MaxDPI: 1200, Width: 200, Height: 200,
		}},
		{"sane-airscan", airscan, sane.Options{
			Modes: []string{"Color", "Gray"}, Sources: []string{"Flatbed", "ADF", "ADF Duplex"}, DPI: []int{100, 150, 200, 300}, Width: 215.9, Height: 297.011,
		}},
		{"pixels instead of millimetres", "    -x 0..2550pel [2550]\n    --resolution auto||300dpi [300]\n", sane.Options{DPI: []int{300}}},
		{"nothing", "", sane.Options{}},
		{"numbers that are none", "    -x 0..9e9mm [1]\n    -y 0..-5mm [1]\n    --resolution 5..1dpi [3]\n", sane.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, sane.ParseOptions([]byte(tt.list))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestArgumentsFitTheDriver(t *testing.T) {
	tests := []struct {
		name, list string
		settings   device.ScanSettings
		want       string // or a part of the error
		dpi        int
	}{
		{"glass", airscan, device.ScanSettings{}, "--format=jpeg --source=Flatbed --mode=Color --resolution=200 -x 210 -y 297", 200},
		{"feeder, grey", airscan, device.ScanSettings{Source: device.SourceFeeder, Grey: true, DPI: 120}, "--format=jpeg --source=ADF --mode=Gray --resolution=150 -x 210 -y 297", 150},
		{"both sides", airscan, device.ScanSettings{Source: device.SourceFeeder, TwoSided: true}, "--format=jpeg --source=ADF Duplex --mode=Color --resolution=200 -x 210 -y 297", 200},
		{"A3 on a glass for A4", airscan, device.ScanSettings{Paper: device.PaperA3}, "A3 doesn't fit", 0},
		{"a glass that is a little small", testBackend, device.ScanSettings{DPI: 75}, "--format=jpeg --source=Flatbed --mode=Color --resolution=75 -x 200 -y 200", 75},
		{"a driver without choices", "", device.ScanSettings{}, "--format=jpeg", 0},
		{"a feeder that isn't there", "", device.ScanSettings{Source: device.SourceFeeder}, "no feeder", 0},
		{"a glass that isn't there", "    --source ADF Front|ADF Back|ADF Duplex [ADF Front]\n", device.ScanSettings{}, "no glass", 0},
		{"a paper that isn't there", "", device.ScanSettings{Paper: "A5"}, "no such size", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args, dpi, err := sane.Arguments(sane.ParseOptions([]byte(tt.list)), tt.settings)
			got := strings.Join(args, " ")
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tt.want) || dpi != tt.dpi || (err == nil && got != tt.want) {
				t.Errorf("got %q, %d dpi", got, dpi)
			}
		})
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add([]byte(testBackend))
	f.Add([]byte(airscan))
	f.Add([]byte("    --resolution 1e99..2e99dpi [0]\n    -x 0..0mm [0]\n"))
	f.Fuzz(func(t *testing.T, list []byte) {
		o := sane.ParseOptions(list)
		for _, dpi := range append(o.DPI, o.MaxDPI, o.MinDPI) {
			if dpi < 0 || dpi > 2400 {
				t.Errorf("a resolution of %d", dpi)
			}
		}
		for _, s := range []device.ScanSettings{{}, {Source: device.SourceFeeder, Grey: true}} {
			args, _, err := sane.Arguments(o, s)
			for _, a := range args {
				if err == nil && strings.ContainsAny(a, "\x00\n") {
					t.Skip() // exec refuses it
				}
			}
		}
	})
}
