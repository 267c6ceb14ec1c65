package waymap

import (
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/fonts"
)

// pen writes. Not safe for concurrent use.
type pen struct {
	font *sfnt.Font
	buf  sfnt.Buffer
}

func newPen() (*pen, error) {
	f, err := fonts.SansSCOutlines()
	if err != nil {
		return nil, err
	}
	return &pen{font: f}, nil
}

// middle is how far above the baseline the middle of the letters is, in shares
// of their size.
const middle = 0.36

// width is how long a text is, in dots.
func (p *pen) width(text string, size float32) (sum float32) {
	for _, r := range text {
		_, advance := p.glyph(r, size)
		sum += advance
	}
	return sum
}

// glyph is a character of the font, or its box for one that it lacks, and how
// far it moves on.
func (p *pen) glyph(r rune, size float32) (sfnt.GlyphIndex, float32) {
	i, err := p.font.GlyphIndex(&p.buf, r)
	if err != nil {
		return 0, 0
	}
	advance, err := p.font.GlyphAdvance(&p.buf, i, fixed.Int26_6(size*64), font.HintingNone)
	if err != nil {
		return 0, 0
	}
	return i, float32(advance) / 64
}

// box is the room that a text takes around its middle.
func (p *pen) box(text string, at dot, size float32) box {
	wide := p.width(text, size)/2 + 3
	return box{at.x - wide, at.y - size/2 - 2, at.x + wide, at.y + size/2 + 2}
}

// write writes a text around its middle.
func (p *pen) write(c *canvas, text string, at dot, size float32, ink func(x, y int) bool) {
	b := p.box(text, at, size)
	c.fill(box{b.x0 - size, b.y0 - size, b.x1 + size, b.y1 + size}, ink, func(move dot) {
		base := dot{x: b.x0 + 3, y: at.y + size*middle}.plus(move)
		for _, r := range text {
			i, advance := p.glyph(r, size)
			if outline, err := p.font.LoadGlyph(&p.buf, i, fixed.Int26_6(size*64), nil); err == nil {
				c.trace(outline, base)
			}
			base.x += advance
		}
	})
}

// trace adds a character's outline that stands on base.
func (c *canvas) trace(outline sfnt.Segments, base dot) {
	at := func(q fixed.Point26_6) (x, y float32) { return base.x + float32(q.X)/64, base.y + float32(q.Y)/64 }
	for _, seg := range outline {
		ax, ay := at(seg.Args[0])
		bx, by := at(seg.Args[1])
		cx, cy := at(seg.Args[2])
		switch seg.Op {
		case sfnt.SegmentOpMoveTo:
			c.raster.ClosePath()
			c.raster.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			c.raster.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			c.raster.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			c.raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	c.raster.ClosePath()
}
