package imaging_test

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"smarthall/internal/imaging"
)

// place is a colour in a drawing: of the table by pixels from the middle of the
// sheet, along its sides; of the sheet by parts of its width and height.
type place func(x, y float64) color.RGBA

// drawn is a sheet of w × h pixels on a table, turned by an angle in degrees,
// with a little noise. There is no sheet if sheet is nil.
func drawn(t *testing.T, w, h, degrees float64, table, sheet place) *photo {
	t.Helper()
	const width, height = 640, 480
	r := rand.New(rand.NewPCG(3, 5))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	at := func(x, y float64) imaging.Point {
		return imaging.Point{X: width/2 + x*cos - y*sin, Y: height/2 + x*sin + y*cos}
	}
	for j := range height {
		for i := range width {
			dx, dy := float64(i)+0.5-width/2, float64(j)+0.5-height/2
			x, y := dx*cos+dy*sin, -dx*sin+dy*cos
			c := table(x, y)
			if u, v := x/w+0.5, y/h+0.5; sheet != nil && u >= 0 && u < 1 && v >= 0 && v < 1 {
				c = sheet(u, v)
			}
			n := r.IntN(7) - 3
			shade := func(v uint8) uint8 { return uint8(min(max(int(v)+n, 0), 255)) }
			img.SetRGBA(i, j, color.RGBA{shade(c.R), shade(c.G), shade(c.B), 255})
		}
	}
	return &photo{
		file: jpegOf(t, img), width: width, height: height,
		corners: imaging.Corners{at(-w/2, -h/2), at(w/2, -h/2), at(w/2, h/2), at(-w/2, h/2)},
	}
}

func plainTable(v uint8) place {
	return func(float64, float64) color.RGBA { return color.RGBA{v, v, v, 255} }
}

// striped is a table of stripes that slant against the sheet.
func striped(a, b color.RGBA) place {
	return func(x, y float64) color.RGBA {
		if int(math.Floor((0.8*x+0.6*y)/34))%2 == 0 {
			return a
		}
		return b
	}
}

func TestSheetIsFoundAsAWhole(t *testing.T) {
	paper := color.RGBA{235, 233, 228, 255}
	bare := func(float64, float64) color.RGBA { return paper }
	headed := func(head color.RGBA) place {
		return func(_, v float64) color.RGBA {
			if v < 0.07 {
				return head
			}
			return paper
		}
	}
	framed := func(u, v float64) color.RGBA {
		if d := min(u, 1-u, v*1.41, (1-v)*1.41); d > 0.04 && d < 0.06 {
			return color.RGBA{60, 60, 62, 255}
		}
		return paper
	}
	blue, brown := color.RGBA{60, 90, 190, 255}, color.RGBA{90, 70, 80, 255}
	tests := []struct {
		name          string
		width, height float64
		table, sheet  place
	}{
		{"with a coloured head", 280, 396, plainTable(60), headed(color.RGBA{40, 90, 170, 255})},
		{"with a head nearly as dark as the table", 280, 396, plainTable(40), headed(color.RGBA{90, 30, 60, 255})},
		{"with a frame printed near its edge", 280, 396, plainTable(120), framed},
		{"small, on stripes", 105, 190, striped(blue, brown), bare},
	}
	if slowly {
		tests = tests[:1]
	}
	for _, test := range tests {
		p := drawn(t, test.width, test.height, 8, test.table, test.sheet)
		corners, confidence, err := imaging.Find(t.Context(), p.file)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if off := p.off(corners); off > 1 || confidence < imaging.SureEnough {
			t.Errorf("%s: %.2f %% off, confidence %.2f", test.name, off, confidence)
		}
	}
}

func TestStripesAreNoSheet(t *testing.T) {
	p := drawn(t, 1, 1, 8, striped(color.RGBA{190, 170, 90, 255}, color.RGBA{90, 70, 80, 255}), nil)
	corners, confidence, err := imaging.Find(t.Context(), p.file)
	if err != nil {
		t.Fatal(err)
	}
	if confidence >= imaging.SureEnough {
		t.Errorf("a sheet at %v with confidence %.2f", corners, confidence)
	}
}
