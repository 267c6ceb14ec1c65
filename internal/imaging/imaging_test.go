package imaging_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"smarthall/internal/imaging"
)

func TestSheetsAreFound(t *testing.T) {
	measures(t)
	// A floor for 22 sheets of their own seed, small ones for the time's sake;
	// the benchmark measures 200 of full size.
	const sheets, least, pixels = uint64(22), 20, 7e5
	var off []float64
	right := 0
	for n := range sheets {
		p := photograph(t, 7, n, pixels)
		corners, confidence, err := imaging.Find(t.Context(), p.file)
		if err != nil {
			t.Fatal(err)
		}
		e := p.off(corners)
		off = append(off, e)
		if e <= 1 {
			right++
		} else {
			t.Logf("sheet %d (%s on %s): %.2f %% off, confidence %.2f", n, p.paper, p.background, e, confidence)
		}
	}
	slices.Sort(off)
	if median := off[len(off)/2]; right < least || median > 0.25 {
		t.Errorf("%d of %d within 1 %% of the diagonal, median %.2f %%", right, sheets, median)
	}
}

func TestTableWithoutASheetIsLeftWhole(t *testing.T) {
	measures(t)
	wrong := 0
	const tables, most = uint64(10), 1
	for n := range tables {
		p := expose(t, 8, n, 3e5, true)
		page, err := imaging.Process(t.Context(), p.file, imaging.Edit{})
		if err != nil {
			t.Fatal(err)
		}
		if page.Found {
			t.Logf("table %d (%s): a sheet with confidence %.2f", n, p.background, page.Confidence)
			wrong++
		} else if page.Corners != (imaging.Corners{{X: 0, Y: 0}, {X: 1, Y: 0}, {X: 1, Y: 1}, {X: 0, Y: 1}}) {
			t.Errorf("table %d: cut to %v without a sheet", n, page.Corners)
		}
	}
	if wrong > most {
		t.Errorf("%d of %d tables became sheets", wrong, tables)
	}
}

func TestPhotographBecomesAPage(t *testing.T) {
	measures(t)
	p := photograph(t, 1, 9, 1e6) // A4 on wood
	page, err := imaging.Process(t.Context(), p.file, imaging.Edit{MaxBytes: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	img := decoded(t, page.JPEG)
	if !page.Found || page.Paper != imaging.PaperA4 || p.off(page.Corners) > 0.5 {
		t.Errorf("found %t, %s, %.2f %% off", page.Found, page.Paper, p.off(page.Corners))
	}
	if w, h := img.Bounds().Dx(), img.Bounds().Dy(); w != page.Width || h != page.Height || math.Abs(float64(h)/float64(w)-math.Sqrt2) > 0.005 {
		t.Errorf("%d × %d pixels, told %d × %d", w, h, page.Width, page.Height)
	}
	if want := float64(page.Height) / 297 * 25.4; math.Abs(float64(page.DPI)-want) > 1 {
		t.Errorf("%d dpi, want %.0f", page.DPI, want)
	}
	if got := int(binary.BigEndian.Uint16(page.JPEG[14:])); string(page.JPEG[6:10]) != "JFIF" || got != page.DPI {
		t.Errorf("the file tells %d dpi, the page %d", got, page.DPI)
	}
	// The margins are bare: white paper now, whatever the light was.
	for _, at := range [][2]float64{{0.03, 0.5}, {0.97, 0.5}, {0.5, 0.015}} {
		if l := luma(img, at[0], at[1]); l < 225 {
			t.Errorf("paper at %v has brightness %d", at, l)
		}
	}
}

func decoded(t testing.TB, file []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// luma is how bright a place is.
func luma(img image.Image, x, y float64) uint8 {
	b := img.Bounds()
	return color.GrayModel.Convert(img.At(int(x*float64(b.Dx())), int(y*float64(b.Dy())))).(color.Gray).Y
}

// quarters is a picture of four grey quarters: top left 40, top right 100,
// bottom right 160, bottom left 220.
func quarters(width, height int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := [2][2]uint8{{40, 100}, {220, 160}}[y*2/height][x*2/width]
			m.SetGray(x, y, color.Gray{Y: v})
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// layout reads the four quarters of a page.
func layout(img image.Image) string {
	name := map[int]string{40: "A", 100: "B", 160: "C", 220: "D"}
	out := ""
	for _, at := range [4][2]float64{{0.25, 0.25}, {0.75, 0.25}, {0.75, 0.75}, {0.25, 0.75}} {
		l := int(luma(img, at[0], at[1]))
		best := 40
		for v := range name {
			if max(l-v, v-l) < max(l-best, best-l) {
				best = v
			}
		}
		out += name[best]
	}
	return out
}

// plain are the edits that change nothing.
func plain() imaging.Edit {
	return imaging.Edit{Sheet: imaging.SheetWhole, Paper: imaging.PaperFree, KeepLight: true}
}

func TestEXIFOrientationIsHonoured(t *testing.T) {
	// What an upright "ABCD" looks like to a camera held so; source: the figure
	// in CIPA DC-008, 4.6.4.
	stored := []string{1: "ABCD", 2: "BADC", 3: "CDAB", 4: "DCBA", 5: "ADCB", 6: "BCDA", 7: "CBAD", 8: "DABC"}
	for o := 1; o <= 8; o++ {
		w, h := 300, 200
		if o >= 5 {
			w, h = h, w
		}
		m := quarters(w, h)
		level := map[byte]uint8{'A': 40, 'B': 100, 'C': 160, 'D': 220}
		for y := range h {
			for x := range w {
				at := [2][2]int{{0, 1}, {3, 2}}[y*2/h][x*2/w]
				m.SetGray(x, y, color.Gray{Y: level[stored[o][at]]})
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			page, err := imaging.Process(t.Context(), withEXIF(jpegOf(t, m), order, o), plain())
			if err != nil {
				t.Fatal(err)
			}
			if got := layout(decoded(t, page.JPEG)); got != "ABCD" || page.Width != 300 || page.Height != 200 {
				t.Errorf("orientation %d, %v: %s, %d × %d", o, order, got, page.Width, page.Height)
			}
		}
	}
}

// withEXIF puts a directory with an orientation into a JPEG.
func withEXIF(file []byte, order binary.AppendByteOrder, orientation int) []byte {
	head := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		head = "MM\x00*"
	}
	tiff := order.AppendUint32([]byte(head), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]int{{0x0100, 1}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, uint16(e[0]))
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, uint16(e[1]))
		tiff = append(tiff, 0, 0)
	}
	tiff = order.AppendUint32(tiff, 8) // the next directory is this one again
	exif := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1}, byte((len(exif)+2)>>8), byte(len(exif)+2))
	return append(append(out, exif...), file[2:]...)
}

func TestEditsByHand(t *testing.T) {
	src := jpegOf(t, quarters(320, 240))
	half := imaging.Corners{{X: 0.5, Y: 0}, {X: 1, Y: 0}, {X: 1, Y: 1}, {X: 0.5, Y: 1}}
	tests := []struct {
		name          string
		edit          func(e *imaging.Edit)
		want          string
		width, height int
	}{
		{"nothing", func(*imaging.Edit) {}, "ABCD", 320, 240},
		{"a quarter clockwise", func(e *imaging.Edit) { e.Rotate = 90 }, "DABC", 240, 320},
		{"half a turn", func(e *imaging.Edit) { e.Rotate = 180 }, "CDAB", 320, 240},
		{"a quarter back", func(e *imaging.Edit) { e.Rotate = -90 }, "BCDA", 240, 320},
		{"a whole turn and a quarter", func(e *imaging.Edit) { e.Rotate = 450 }, "DABC", 240, 320},
		{"crop the left half", func(e *imaging.Edit) { e.Crop = &imaging.Rect{Width: 0.5, Height: 1} }, "AADD", 160, 240},
		{"crop after turning", func(e *imaging.Edit) { e.Rotate, e.Crop = 90, &imaging.Rect{Width: 0.5, Height: 1} }, "DDCC", 120, 320},
		{"corners", func(e *imaging.Edit) { e.Corners = &half }, "BBCC", 160, 240},
	}
	for _, test := range tests {
		e := plain()
		test.edit(&e)
		page, err := imaging.Process(t.Context(), src, e)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got := layout(decoded(t, page.JPEG)); got != test.want || math.Abs(float64(page.Width-test.width)) > 4 || math.Abs(float64(page.Height-test.height)) > 4 {
			t.Errorf("%s: %s, %d × %d, want %s, %d × %d", test.name, got, page.Width, page.Height, test.want, test.width, test.height)
		}
		again, err := imaging.Process(t.Context(), src, e)
		if err != nil || !bytes.Equal(again.JPEG, page.JPEG) {
			t.Errorf("%s: not the same the second time: %v", test.name, err)
		}
	}
}

func TestEditsThatMakeNoSenseAreRefused(t *testing.T) {
	src := jpegOf(t, quarters(64, 64))
	crossed := imaging.Corners{{X: 0, Y: 0}, {X: 1, Y: 1}, {X: 1, Y: 0}, {X: 0, Y: 1}}
	sliver := imaging.Corners{{X: 0, Y: 0}, {X: 1, Y: 0}, {X: 1, Y: 0.00001}, {X: 0, Y: 0.00001}}
	nan := imaging.Corners{{X: math.NaN()}, {X: 1, Y: 0}, {X: 1, Y: 1}, {X: 0, Y: 1}}
	for name, e := range map[string]imaging.Edit{
		"crossed corners": {Corners: &crossed},
		"no area":         {Corners: &sliver},
		"no number":       {Corners: &nan},
		"45 degrees":      {Rotate: 45},
		"crop outside":    {Crop: &imaging.Rect{X: 0.5, Width: 0.6, Height: 1}},
		"crop of nothing": {Crop: &imaging.Rect{}},
		"crop of NaN":     {Crop: &imaging.Rect{Width: math.NaN(), Height: 1}},
		"mode":            {Mode: "sepia"},
		"paper":           {Paper: "B5"},
		"sheet":           {Sheet: "table"},
		"brightness":      {Brightness: 101},
		"no bytes":        {MaxBytes: 100},
		"dpi":             {DPI: 5000},
	} {
		if _, err := imaging.Process(t.Context(), src, e); !errors.Is(err, imaging.ErrEdit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPageIsNeverLargerThanAsked(t *testing.T) {
	measures(t)
	r := rand.New(rand.NewPCG(1, 1))
	noise := image.NewGray(image.Rect(0, 0, 500, 700))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.IntN(256))
	}
	sheet := photograph(t, 1, 9, 6e5).file
	for _, most := range []int{imaging.LeastBytes, 30_000, 150_000} {
		for name, src := range map[string][]byte{"noise": jpegOf(t, noise), "sheet": sheet} {
			page, err := imaging.Process(t.Context(), src, imaging.Edit{MaxBytes: most})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.JPEG) > most {
				t.Errorf("%s: %d bytes of %d", name, len(page.JPEG), most)
			}
			if c := decoded(t, page.JPEG).Bounds(); c.Dx() != page.Width || c.Dy() != page.Height {
				t.Errorf("%s: %v is told as %d × %d", name, c, page.Width, page.Height)
			}
			// What was asked for is used: not a poor page in much room.
			if len(page.JPEG) < most/3 && page.Quality < 85 {
				t.Errorf("%s: %d bytes of %d with quality %d", name, len(page.JPEG), most, page.Quality)
			}
		}
	}
}

func TestModes(t *testing.T) {
	measures(t)
	p := photograph(t, 1, 9, 5e5)
	for _, mode := range []imaging.Mode{imaging.ModeGrey, imaging.ModeBlackWhite} {
		page, err := imaging.Process(t.Context(), p.file, imaging.Edit{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		g, ok := decoded(t, page.JPEG).(*image.Gray)
		if !ok {
			t.Fatalf("%s: not a grey JPEG", mode)
		}
		between := 0
		for _, v := range g.Pix {
			if v > 60 && v < 195 {
				between++
			}
		}
		if part := float64(between) / float64(len(g.Pix)); mode == imaging.ModeBlackWhite && part > 0.08 {
			t.Errorf("%.0f %% is neither black nor white", 100*part)
		}
	}
}

func TestUnevenLightIsEvenedOut(t *testing.T) {
	measures(t)
	m := image.NewGray(image.Rect(0, 0, 800, 1130))
	for y := range 1130 {
		for x := range 800 {
			v := 90 + 130*x/800 // from a dark side to a bright one
			if y%40 < 8 && x%20 < 12 {
				v /= 4 // print
			}
			m.SetGray(x, y, color.Gray{Y: uint8(v)})
		}
	}
	src := jpegOf(t, m)
	for _, keep := range []bool{false, true} {
		e := plain()
		e.KeepLight = keep
		page, err := imaging.Process(t.Context(), src, e)
		if err != nil {
			t.Fatal(err)
		}
		img := decoded(t, page.JPEG)
		dark, bright := luma(img, 0.05, 0.52), luma(img, 0.96, 0.52)
		if even := dark > 235 && bright > 235; even == keep {
			t.Errorf("keep %t: paper of brightness %d to %d", keep, dark, bright)
		}
	}
}

func TestScanIsLevelled(t *testing.T) {
	measures(t)
	for _, angle := range []float64{-4.5, 0, 0.6} {
		m := image.NewGray(image.Rect(0, 0, 1654, 2339))
		sin, cos := math.Sincos(angle * math.Pi / 180)
		for y := range 2339 {
			for x := range 1654 {
				u, v := float64(x-827)*cos+float64(y-1170)*sin, -float64(x-827)*sin+float64(y-1170)*cos
				l := uint8(245)
				if math.Mod(v+5000, 50) < 22 && math.Mod(u+5000, 26) < 16 && math.Abs(u) < 600 && math.Abs(v) < 900 {
					l = 30
				}
				m.SetGray(x, y, color.Gray{Y: l})
			}
		}
		page, err := imaging.Process(t.Context(), jpegOf(t, m), imaging.Edit{Sheet: imaging.SheetScan, SourceDPI: 200})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(page.Skew-angle) > 0.15 {
			t.Errorf("skew of %.2f°, want %.2f°", page.Skew, angle)
		}
		if page.Paper != imaging.PaperA4 || page.DPI != 200 {
			t.Errorf("%s at %d dpi", page.Paper, page.DPI)
		}
	}
}

func TestPaperOfKnownResolution(t *testing.T) {
	tests := []struct {
		name          string
		width, height int
		edit          imaging.Edit
		want          imaging.Paper
		dpi           int
	}{
		{"A4 of 200 dpi", 1654, 2339, imaging.Edit{SourceDPI: 200}, imaging.PaperA4, 200},
		{"A3 of 200 dpi", 3307, 2339, imaging.Edit{SourceDPI: 200}, imaging.PaperA3, 200},
		{"A4 of 300 dpi is made smaller", 2480, 3508, imaging.Edit{SourceDPI: 300}, imaging.PaperA4, 200},
		{"something else", 1000, 1000, imaging.Edit{SourceDPI: 100}, imaging.PaperFree, 100},
		{"a camera's A4 proportions", 1240, 1754, imaging.Edit{}, imaging.PaperA4, 150},
		{"told to be A3", 1240, 1754, imaging.Edit{Paper: imaging.PaperA3}, imaging.PaperA3, 106},
		{"of no known size", 1000, 1000, imaging.Edit{}, imaging.PaperFree, 0},
	}
	for _, test := range tests {
		e := test.edit
		e.Sheet = imaging.SheetWhole
		page, err := imaging.Process(t.Context(), jpegOf(t, quarters(test.width, test.height)), e)
		if err != nil {
			t.Fatal(err)
		}
		if page.Paper != test.want || math.Abs(float64(page.DPI-test.dpi)) > 1 {
			t.Errorf("%s: %s at %d dpi", test.name, page.Paper, page.DPI)
		}
	}
}
