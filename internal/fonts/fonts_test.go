package fonts_test

import (
	"testing"

	"golang.org/x/image/font/sfnt"

	"smarthall/internal/fonts"
)

func TestSansSCDrawsWhatHallsPrint(t *testing.T) {
	f, err := fonts.SansSCOutlines()
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	for _, r := range "A09·请取号㐂䶮龘𬭊〓" {
		if !fonts.Has(f, &b, r) {
			t.Errorf("no glyph for %c (%U)", r, r)
		}
	}
	if fonts.Has(f, &b, '𠮷') {
		t.Error("U+20BB7 is there now: say so where rare characters are explained")
	}
}
