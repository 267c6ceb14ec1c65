package label_test

import (
	"errors"
	"image"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"

	"smarthall/firmware-profiles/engine/label"
	"smarthall/internal/device"
	"smarthall/internal/fonts/rare/raretest"
)

var media203 = label.Media{DPI: 203, WidthMM: 60, HeightMM: 40, GapMM: 2, Density: -1, After: "tear", NativeQR: true}

var visit = device.Label{
	Title: "E012 社会保险业务", Lines: []string{"申请人 王*", "受理 2026-11-22 10:15"},
	Code: "20261122E012", QR: "http://192.168.1.10:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG",
}

func lay(t *testing.T, l device.Label, m label.Media) label.Plan {
	t.Helper()
	p, err := label.Lay(l, m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// paper is a plan's pictures as they come out.
func paper(p label.Plan) image.Image {
	b := label.NewBitmap(p.Width, p.Height)
	for _, picture := range p.Pictures {
		b.Lay(picture.Bitmap, picture.X, picture.Y)
	}
	return b.Image()
}

func TestEverythingStaysOnTheLabel(t *testing.T) {
	for _, size := range [][2]int{{60, 40}, {40, 30}, {100, 150}, {50, 30}, {80, 60}} {
		for _, dpi := range []int{203, 300, 600} {
			m := media203
			m.DPI, m.WidthMM, m.HeightMM = dpi, size[0], size[1]
			p := lay(t, visit, m)
			for _, picture := range p.Pictures {
				if picture.X < 0 || picture.Y < 0 || picture.X+picture.Width > p.Width+7 || picture.Y+picture.Height > p.Height {
					t.Errorf("%v at %d dpi: a picture of %d×%d at %d,%d", size, dpi, picture.Width, picture.Height, picture.X, picture.Y)
				}
			}
			if p.Bar == nil || p.Bar.X < 10*p.Bar.Module || p.Bar.Y+p.Bar.Height > p.Height {
				t.Errorf("%v at %d dpi: the barcode is at %+v", size, dpi, p.Bar)
			}
			if p.Bar != nil && p.Bar.Module*254 < dpi/4*10 {
				t.Errorf("%v at %d dpi: bars of %d dots are too thin to be read", size, dpi, p.Bar.Module)
			}
			if p.QR != nil && p.QR.Y+37*p.QR.Cell > p.Bar.Y {
				t.Errorf("%v at %d dpi: the QR code %+v runs into the barcode %+v", size, dpi, p.QR, p.Bar)
			}
		}
	}
}

// Codes with characters that mean something to printers are drawn by us, and
// another program reads them.
func TestCodesThatArentPlainAreDrawn(t *testing.T) {
	l := device.Label{Code: `A"^~\1`, QR: "二维码 \"\r\n^XZ"}
	p := lay(t, l, media203)
	if p.Bar != nil || p.QR != nil {
		t.Fatalf("the printer is asked to draw %+v %+v", p.Bar, p.QR)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(paper(p))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := oned.NewCode128Reader().Decode(bits, nil); err != nil || got.GetText() != l.Code {
		t.Errorf("the barcode is read as %v: %v", got, err)
	}
	if got, err := zxqr.NewQRCodeReader().Decode(bits, nil); err != nil || got.GetText() != l.QR {
		t.Errorf("the QR code is read as %v: %v", got, err)
	}
}

func TestPlainTextsHaveNoMeaningInAnyLanguage(t *testing.T) {
	for _, text := range []string{"20261122E012", "http://hall:8080/t/01JD3Q8Y5?a=b&c=%20#x", "A-1.b@c+d"} {
		if !label.Plain(text) {
			t.Errorf("%q isn't plain", text)
		}
	}
	for _, text := range []string{"", `"`, "^XZ", "~HS", "a\nb", "\x1B!R", `\["]`, ">;", "_5E", "!105", "汉", "a b", "a,b", "{", "\x00"} {
		if label.Plain(text) {
			t.Errorf("%q is plain", text)
		}
	}
}

func TestALabelThatCantBeScannedIsRefused(t *testing.T) {
	small := media203
	small.WidthMM, small.HeightMM = 20, 15
	for name, tt := range map[string]struct {
		l    device.Label
		m    label.Media
		want error
	}{
		"barcode too wide":   {device.Label{Code: "01JD3Q8Y5ZK6X9V2B7N4M1C0HG"}, media203, label.ErrSize},
		"QR code too large":  {device.Label{QR: strings.Repeat("x", 250)}, small, label.ErrSize},
		"title too high":     {device.Label{Title: strings.Repeat("长", 60)}, small, label.ErrSize},
		"barcode not ASCII":  {device.Label{Code: "号12"}, media203, device.ErrFrame},
		"control characters": {device.Label{Code: "A\x1B"}, media203, device.ErrFrame},
		"too many copies":    {device.Label{Title: "x", Copies: 100}, media203, device.ErrFrame},
	} {
		if _, err := label.Lay(tt.l, tt.m); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheBarcodeComesFirst(t *testing.T) {
	m := media203
	m.WidthMM, m.HeightMM = 40, 20
	l := visit
	l.QR = strings.Repeat("x", 200)
	if p := lay(t, l, m); p.QR != nil || p.Bar == nil {
		t.Errorf("got QR %+v and barcode %+v", p.QR, p.Bar)
	}
	l.Lines = slicesOf("很长的一行说明文字，写不下的部分省略", 10)
	if p := lay(t, l, m); p.Bar == nil || len(p.Pictures) == 0 {
		t.Error("long text pushed the barcode off the label")
	}
}

func slicesOf(text string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = text
	}
	return out
}

func TestAMissingCharacterIsSeen(t *testing.T) {
	geta := paper(lay(t, device.Label{Title: "〓"}, media203))
	if missing := paper(lay(t, device.Label{Title: "\U0003FFFD"}, media203)); !cmp.Equal(missing, geta) {
		t.Error("a character without a glyph isn't drawn as 〓")
	}
	if rare := paper(lay(t, device.Label{Title: "䶮"}, media203)); cmp.Equal(rare, geta) {
		t.Error("䶮 is drawn as 〓")
	}
	drawn := func(r rune) label.Bitmap {
		t.Helper()
		b, err := label.Text(string(r), 48)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	raretest.None(t)
	if !cmp.Equal(drawn('𠮷'), drawn('〓')) {
		t.Error("𠮷 is drawn on a machine that has no font for it")
	}
	raretest.Font(t)
	for _, r := range "𠮷𠀀𤭢𪚥𩷶𣎴𪜈𫖯𫝀𫞩𬺈𬻿𭅺𮎳" {
		if cmp.Equal(drawn(r), drawn('〓')) {
			t.Errorf("%c is drawn as 〓", r)
		}
	}
}

// Whatever a label says, it is laid out or refused, and what is laid out stays
// on the paper.
func TestAnyLabelIsLaidOutOrRefused(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		out := make([]rune, rnd.IntN(n))
		for i := range out {
			out[i] = rune(rnd.IntN(0x3000))
		}
		return string(out)
	}
	for range 300 {
		m := media203
		m.WidthMM, m.HeightMM = 20+rnd.IntN(80), 15+rnd.IntN(80)
		l := device.Label{Title: text(20), Lines: []string{text(30), text(30)}, Code: text(12), QR: text(40), Copies: rnd.IntN(3)}
		p, err := label.Lay(l, m)
		if err != nil {
			if !errors.Is(err, label.ErrSize) && !errors.Is(err, device.ErrFrame) {
				t.Fatal(err)
			}
			continue
		}
		for _, picture := range p.Pictures {
			if picture.Y+picture.Height > p.Height || picture.X+picture.Width > p.Width+7 {
				t.Fatalf("%q leaves the label", l.Title)
			}
		}
	}
}
