// Package fonts carries the typefaces that programs draw with where no browser
// does: PDFs, labels and the rare characters of ticket printers. `make` copies
// them here from their npm package, with their licence (OFL 1.1).
package fonts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/image/font/sfnt"
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

// Has tells whether f can draw r.
func Has(f *sfnt.Font, b *sfnt.Buffer, r rune) bool {
	i, err := f.GlyphIndex(b, r)
	return err == nil && i != 0
}
