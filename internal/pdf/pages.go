package pdf

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"math"
)

// Page is one page that was scanned or photographed.
type Page struct {
	// JPEG is embedded as it is.
	JPEG []byte
	// DPI is its resolution in dots per inch, 0 where nobody knows it: such a
	// page is put on A4, as large as it goes.
	DPI int
}

// Pages writes pages as one PDF, each on A4 or A3, upright or across, as its
// picture is. With o.Footer the pictures leave room for it.
func Pages(ctx context.Context, w io.Writer, pages []Page, o Options) error {
	d := New(o)
	for i := range pages {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := d.AddPicture(&pages[i]); err != nil {
			return fmt.Errorf("page %d: %w", i+1, err)
		}
	}
	return d.Output(w)
}

// AddPicture adds a page that shows p, and returns the first error of d.
func (d *Document) AddPicture(p *Page) error {
	c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
	if err != nil {
		return fmt.Errorf("read picture: %w", err)
	}
	if c.Width == 0 || c.Height == 0 {
		return fmt.Errorf("read picture: no pixels")
	}
	foot := 0.0
	if d.options.Footer != nil {
		foot = footerHeight
	}
	sheet, x, y, width, height := placed(float64(c.Width), float64(c.Height), p.DPI, foot)
	d.AddPage(sheet)
	d.Image(x, y, width, height, p.JPEG)
	return d.err
}

// placed finds the paper for a picture, and its place on it.
func placed(width, height float64, dpi int, foot float64) (sheet Size, x, y, w, h float64) {
	sheet = A4
	if dpi > 0 {
		w, h = width/float64(dpi)*25.4, height/float64(dpi)*25.4
		const tolerance = 1.03 // a page that is a little larger is still one
		if long, short := max(w, h), min(w, h); long > A4.Height*tolerance || short > A4.Width*tolerance {
			sheet = A3
		}
	}
	if width > height {
		sheet = sheet.Across()
	}
	roomX, roomY := sheet.Width, sheet.Height-foot
	if dpi == 0 {
		const margin = 10.0
		roomX, roomY = sheet.Width-2*margin, sheet.Height-2*margin
		// Not larger than 72 dpi: a small picture doesn't become a large blur.
		w, h = width/72*25.4, height/72*25.4
	}
	scale := min(1, roomX/w, roomY/h)
	if dpi > 0 && math.Abs(w/sheet.Width-1) < 0.03 && math.Abs(h/sheet.Height-1) < 0.03 {
		scale = min(roomX/w, roomY/h) // a whole page fills its paper
	}
	w, h = w*scale, h*scale
	return sheet, (sheet.Width - w) / 2, (sheet.Height - foot - h) / 2, w, h
}
