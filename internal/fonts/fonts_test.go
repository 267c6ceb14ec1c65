package fonts_test

import (
	"image"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/fonts"
	"smarthall/internal/fonts/rare/raretest"
)

func TestSansSCDrawsWhatHallsPrint(t *testing.T) {
	raretest.None(t)
	f, err := fonts.SansSCOutlines()
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	for _, r := range "A09·请取号㐂䶮龘𬭊〓" {
		if found, _ := fonts.Find(&b, r); found != f {
			t.Errorf("no glyph for %c (%U)", r, r)
		}
	}
	if found, _ := fonts.Find(&b, '𠮷'); found != nil {
		t.Error("U+20BB7 is there now: say so where rare characters are explained")
	}
}

func TestTheBuiltInFontGoesBeforeThoseOfTheMachine(t *testing.T) {
	raretest.Font(t)
	f, err := fonts.SansSCOutlines()
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	if found, _ := fonts.Find(&b, '𬭊'); found != f {
		t.Error("𬭊 changes its look on a machine with another font")
	}
	if found, _ := fonts.Find(&b, '𠮷'); found == nil || found == f {
		t.Error("𠮷 isn't taken from the machine's font")
	}
}

func TestAFaceDrawsALineOfManyFonts(t *testing.T) {
	raretest.Font(t)
	face, err := fonts.NewFace(32)
	if err != nil {
		t.Fatal(err)
	}
	const text = "王𠮷明"
	if width := font.MeasureString(face, text).Round(); width < 94 || width > 98 {
		t.Errorf("%s is %d dots wide, want about 96", text, width)
	}
	img := image.NewAlpha(image.Rect(0, 0, 96, 40))
	d := font.Drawer{Dst: img, Src: image.Opaque, Face: face, Dot: fixed.P(0, 30)}
	d.DrawString(text)
	for i := range 3 {
		ink := 0
		for y := range 40 {
			for x := i * 32; x < i*32+32; x++ {
				if img.AlphaAt(x, y).A > 127 {
					ink++
				}
			}
		}
		if ink < 60 {
			t.Errorf("character %d has %d dots", i+1, ink)
		}
	}
}
