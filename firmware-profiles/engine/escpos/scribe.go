package escpos

import (
	"fmt"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"smarthall/internal/fonts"
)

const (
	// inkFrom is the coverage from which a dot is black, of 255: somewhat less
	// than half, for thin strokes of 3 mm type must not break.
	inkFrom = 0x60
	// thinFrom is the same for fonts whose strokes are thinner than a dot: one
	// that lies on two rows covers some third of each.
	thinFrom = 0x40
	// baseline is where the font's characters stand, in percent of the type's
	// height from the top.
	baseline = 88
	// codeColumns is the room for a code point in small type.
	codeColumns = 3
)

// scribe draws lines of text for printers whose own font lacks a character. It
// draws to the printer's grid, so that such a line looks like its neighbours.
// Not safe for concurrent use.
type scribe struct {
	buf  sfnt.Buffer
	unit int // dots of a column at the normal size
}

// newScribe returns nil if the model prints no bitmaps, or if the program was
// built without a font.
func newScribe(caps Caps) *scribe {
	if !caps.DrawRare || caps.Columns <= 0 {
		return nil
	}
	if _, err := fonts.SansSCOutlines(); err != nil {
		return nil
	}
	return &scribe{unit: caps.WidthDots / caps.Columns}
}

// has tells whether the scribe can draw r.
func (s *scribe) has(r rune) bool {
	f, _ := fonts.Find(&s.buf, r)
	return f != nil
}

// draw is a line of cells as dots.
func (s *scribe) draw(line []cell, size int, bold bool) dots {
	columns := 0
	for _, c := range line {
		columns += int(c.n)
	}
	em := 2 * s.unit * size
	d := newDots(columns*s.unit*size, max(lineDots, em+lineDots-2*s.unit))
	ink := pens{vector.NewRasterizer(d.stride*8, d.rows), vector.NewRasterizer(d.stride*8, d.rows)}
	left := 0
	for _, c := range line {
		width := int(c.n) * s.unit * size
		if c.unknown == 0 {
			s.glyph(&ink, c.r, place{left: left, width: width, em: em})
		} else {
			s.glyph(&ink, c.r, place{left: left, width: em, em: em})
			s.code(&ink, c.unknown, left+em, em)
		}
		left += width
	}
	d.burn(ink.plain, inkFrom, bold)
	d.burn(ink.thin, thinFrom, bold)
	return d
}

// pens are for fonts of ordinary and of thin strokes.
type pens struct{ plain, thin *vector.Rasterizer }

// burn blackens the dots of which a drawing covers at least from, of 255.
func (d *dots) burn(ink *vector.Rasterizer, from uint8, bold bool) {
	mask := image.NewAlpha(ink.Bounds())
	ink.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for y := range d.rows {
		row := mask.Pix[y*mask.Stride : (y+1)*mask.Stride]
		for x, a := range row {
			if a >= from || bold && x > 0 && row[x-1] >= from {
				d.data[y*d.stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
}

// code writes a code point at half the size into codeColumns, on the baseline.
func (s *scribe) code(ink *pens, r rune, left, em int) {
	text := fmt.Sprintf("%04X", r)
	room := codeColumns * em / 2
	for i, digit := range text {
		from, to := i*room/len(text), (i+1)*room/len(text)
		s.glyph(ink, digit, place{left: left + from, width: to - from, em: em / 2, drop: em / 2})
	}
}

// place is where a character stands, in dots.
type place struct {
	left, width int
	em          int // the type's height
	drop        int // how far below the top it stands
}

// glyph adds a character's outline, in the middle of its place and squeezed
// into it if need be. What no font has stays blank.
func (s *scribe) glyph(pens *pens, r rune, p place) {
	f, i := fonts.Find(&s.buf, r)
	if f == nil {
		return
	}
	ink := pens.plain
	if fonts.Thin(f) {
		ink = pens.thin
	}
	ppem := fixed.I(p.em)
	advance, err := f.GlyphAdvance(&s.buf, i, ppem, font.HintingNone)
	if err != nil || advance <= 0 {
		return
	}
	outline, err := f.LoadGlyph(&s.buf, i, ppem, nil)
	if err != nil {
		return
	}
	wide := float32(advance) / 64
	squeeze := min(1, float32(p.width)/wide)
	x0 := float32(p.left) + (float32(p.width)-wide*squeeze)/2
	y0 := float32(p.drop) + float32(p.em*baseline)/100
	at := func(q fixed.Point26_6) (x, y float32) {
		return x0 + float32(q.X)/64*squeeze, y0 + float32(q.Y)/64
	}
	for _, seg := range outline {
		ax, ay := at(seg.Args[0])
		bx, by := at(seg.Args[1])
		cx, cy := at(seg.Args[2])
		switch seg.Op {
		case sfnt.SegmentOpMoveTo:
			ink.ClosePath()
			ink.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			ink.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			ink.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			ink.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	ink.ClosePath()
}
