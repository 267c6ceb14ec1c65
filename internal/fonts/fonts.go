// Package fonts carries the typefaces that programs draw with where no browser
// does: PDFs, labels and the rare characters of ticket printers. `make` copies
// them here from their npm package, with their licence (OFL 1.1). What they lack
// comes from the machine's own fonts where it has some (package rare).
package fonts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/image/font/sfnt"

	"smarthall/internal/fonts/rare"
)

//go:embed all:dist
var dist embed.FS

// ErrMissing says that the program was built without the font, which `make
// build` puts in.
var ErrMissing = errors.New("built without fonts: run make build")

// SansSC is the file of Noto Sans SC Regular, a TrueType font with Latin and
// over 30,000 Chinese characters, some of them beyond the Basic Multilingual
// Plane. Nobody changes what it returns.
var SansSC = sync.OnceValues(func() ([]byte, error) {
	data, err := dist.ReadFile("dist/NotoSansSC.ttf")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	return data, err
})

// SansSCOutlines is SansSC parsed. It may be shared; every goroutine brings its
// own sfnt.Buffer.
var SansSCOutlines = sync.OnceValues(func() (*sfnt.Font, error) {
	data, err := SansSC()
	if err != nil {
		return nil, err
	}
	f, err := sfnt.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("parse Noto Sans SC: %w", err)
	}
	return f, nil
})

// Find is the font that draws r, the built-in one before those that the machine
// has for rare characters, and r's glyph there; nil if none has it.
func Find(b *sfnt.Buffer, r rune) (*sfnt.Font, sfnt.GlyphIndex) {
	if f, err := SansSCOutlines(); err == nil {
		if i, err := f.GlyphIndex(b, r); err == nil && i != 0 {
			return f, i
		}
	}
	if f, i := rare.Find(b, r); f != nil {
		return f.Font, i
	}
	return nil, 0
}

// Thin tells whether the strokes of f may be less than a dot wide in small type
// (宋体, as nearly all fonts for rare characters are), so that whoever draws in
// black and white takes less for black.
func Thin(f *sfnt.Font) bool {
	own, err := SansSCOutlines()
	return err != nil || f != own
}
