package screen

import (
	"fmt"
	"image"
	"math"
	"strings"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
	"golang.org/x/text/encoding/simplifiedchinese"

	"smarthall/internal/fonts"
)

// Cards of LED strips draw with a font of their own: 16 dots high, 8 wide for
// ASCII and 16 for every other character of GB2312.
const (
	dotHeight = 16
	dotNarrow = 8
	dotWide   = 16
	// replacement stands for what the card's font doesn't have.
	replacement = '〓'
)

// Bounds of a strip, in dots.
const (
	MaxStripWidth  = 1024
	MaxStripHeight = 64
	// MaxStripAreas is how many areas a page of a strip has at most; an area is
	// at least as high as a character and as wide as a digit.
	MaxStripAreas = 4
	MinAreaWidth  = dotNarrow
	MinAreaHeight = dotHeight
)

// Shown is text as a strip's card understands it: control characters are
// spaces, a backslash (which begins the card's own codes) is a slash, and what
// GB2312 lacks is 〓.
func Shown(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case r < 0x20 || r == 0x7F:
			return ' '
		case r < 0x7F:
			return r
		}
		b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r)))
		if err != nil || len(b) != 2 || b[0] < 0xA1 || b[0] > 0xF7 || b[1] < 0xA1 {
			return replacement
		}
		return r
	}, text)
}

// Width is how many dots a text takes in one line.
func Width(text string) int {
	w := 0
	for _, r := range Shown(text) {
		w += cell(r)
	}
	return w
}

func cell(r rune) int {
	if r < 0x7F {
		return dotNarrow
	}
	return dotWide
}

// Dots is a picture of a strip: rows from top to bottom, # for a dot that
// shines and . for one that doesn't.
type Dots struct {
	Width  int      `json:"width" doc:"Of the rows, in dots; wider than the strip if the text runs"`
	Height int      `json:"height"`
	Rows   []string `json:"rows" doc:"From top to bottom, # for a dot that shines"`
	Text   string   `json:"text" doc:"What the card is sent; 〓 stands for characters that its font lacks"`
	Runs   bool     `json:"runs" doc:"The text is wider than the strip and runs to the left"`
}

// Draw draws a text on a strip: from the left upper corner, as cards do. A text
// that is wider than the strip is drawn whole, for it runs. The shapes are Noto
// Sans SC's; the places of the characters are the card's.
func Draw(text string, width, height int) (Dots, error) {
	text = Shown(text)
	d := Dots{Width: width, Height: height, Text: text}
	if w := Width(text); w > width {
		d.Width, d.Runs = w, true
	}
	outlines, err := fonts.SansSCOutlines()
	if err != nil {
		return Dots{}, fmt.Errorf("draw strip: %w", err)
	}
	picture := image.NewAlpha(image.Rect(0, 0, d.Width, max(height, dotHeight)))
	pen := pen{font: outlines}
	x := 0
	for _, r := range text {
		if err := pen.draw(picture, r, x); err != nil {
			return Dots{}, fmt.Errorf("draw strip: %w", err)
		}
		x += cell(r)
	}
	for y := range height {
		row := make([]byte, d.Width)
		for x := range row {
			row[x] = '.'
			if picture.AlphaAt(x, y).A > shine {
				row[x] = '#'
			}
		}
		d.Rows = append(d.Rows, string(row))
	}
	return d, nil
}

// shine is how much of a dot a stroke must cover to light it, of 255: thin
// strokes of a small outline cover no dot whole.
const shine = 96

// pen draws characters into cells.
type pen struct {
	font   *sfnt.Font
	buffer sfnt.Buffer
}

// draw puts a character at x. Narrow ones are drawn as wide as their cell.
func (p *pen) draw(dst *image.Alpha, r rune, x int) error {
	glyph, err := p.font.GlyphIndex(&p.buffer, r)
	if err != nil || glyph == 0 {
		return err
	}
	const size = 15
	segments, err := p.font.LoadGlyph(&p.buffer, glyph, fixed.I(size), nil)
	if err != nil {
		return err
	}
	advance, err := p.font.GlyphAdvance(&p.buffer, glyph, fixed.I(size), 0)
	if err != nil {
		return err
	}
	width := float32(cell(r))
	wide := float32(advance) / 64
	squeeze := float32(math.Min(1, float64(width/wide)))
	left := (width - wide*squeeze) / 2
	const baseline = 13
	at := func(q fixed.Point26_6) (float32, float32) {
		return left + float32(q.X)/64*squeeze, baseline + float32(q.Y)/64
	}
	raster := vector.NewRasterizer(int(width), dotHeight)
	for _, s := range segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		cx, cy := at(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			raster.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			raster.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			raster.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	raster.ClosePath()
	raster.Draw(dst, image.Rect(x, 0, x+int(width), dotHeight), image.Opaque, image.Point{})
	return nil
}
