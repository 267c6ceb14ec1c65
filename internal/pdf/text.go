package pdf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/fonts"
)

// missing stands for a character that no font has.
const missing = '〓'

// point is how many millimetres a point is.
const point = 25.4 / 72

// The part of the size by which letters stand above their line.
const ascent = 0.88

// piece is text that is drawn in one way.
type piece struct {
	text string
	// glyph is drawn from its outlines instead; text is what it stands for.
	glyph sfnt.GlyphIndex
	font  *sfnt.Font
	// small is a code point behind a missing character.
	small bool
}

// smallPart is the size of a code point, in parts of the text's.
const smallPart = 0.55

// pieces takes text apart. Control characters become spaces, and marks that
// choose a variant of the character before them (IVS) are left out, as the
// character itself is drawn.
func (d *Document) pieces(text string) []piece {
	var out []piece
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			out = append(out, piece{text: plain.String()})
			plain.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Variation_Selector, r) || r == '\u200B' || r == '\uFEFF':
			continue
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			r = ' '
		}
		face, index := fonts.Find(&d.buffer, r)
		switch {
		case face == nil:
			plain.WriteRune(missing)
			flush()
			out = append(out, piece{text: fmt.Sprintf("%U", r), small: true})
		case r >= 0xFFFF || face != d.outline:
			flush()
			out = append(out, piece{text: string(r), glyph: index, font: face})
		default:
			plain.WriteRune(r)
		}
	}
	flush()
	return out
}

// Width is how wide text is in millimetres, in the font set.
func (d *Document) Width(text string) (width float64) {
	d.do("measure text", func() error {
		if err := d.font(); err != nil {
			return err
		}
		for _, p := range d.pieces(text) {
			width += d.width(&p)
		}
		return nil
	})
	return width
}

func (d *Document) width(p *piece) float64 {
	switch {
	case p.small:
		return d.pdf.GetStringWidth(p.text) * smallPart
	case p.glyph != 0:
		units := p.font.UnitsPerEm()
		advance, err := p.font.GlyphAdvance(&d.buffer, p.glyph, fixed.Int26_6(units)<<6, font.HintingNone)
		if err != nil {
			advance = fixed.Int26_6(units) << 6
		}
		return float64(advance) / 64 / float64(units) * d.size * point
	}
	return d.pdf.GetStringWidth(p.text)
}

// Text writes one line with its letters standing on y.
func (d *Document) Text(x, y float64, text string) {
	d.drawn("write text", func() error {
		if err := d.font(); err != nil {
			return err
		}
		for _, p := range d.pieces(text) {
			width := d.width(&p)
			switch {
			case p.small:
				d.pdf.SetFontSize(d.size * smallPart)
				d.pdf.Text(x, d.down(y), p.text)
				d.pdf.SetFontSize(d.size)
			case p.glyph != 0:
				if err := d.draw(x, y, &p); err != nil {
					return err
				}
			default:
				d.pdf.Text(x, d.down(y), p.text)
			}
			x += width
		}
		return nil
	})
}

// outlines fills the outlines of a glyph in the colour of the text. at places a
// point of it, in ems from the glyph's origin to the right and down.
func (d *Document) outlines(f *sfnt.Font, glyph sfnt.GlyphIndex, at func(em, down float64) (x, y float64)) error {
	units := f.UnitsPerEm()
	segments, err := f.LoadGlyph(&d.buffer, glyph, fixed.Int26_6(units)<<6, nil)
	if err != nil {
		return err
	}
	scale := 1 / float64(units) / 64
	place := func(p fixed.Point26_6) (float64, float64) { return at(float64(p.X)*scale, float64(p.Y)*scale) }
	d.pdf.SetFillColor(int(d.colour[0]), int(d.colour[1]), int(d.colour[2]))
	var fromX, fromY float64
	for i, s := range segments {
		toX, toY := place(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				d.pdf.ClosePath()
			}
			d.pdf.MoveTo(toX, toY)
		case sfnt.SegmentOpLineTo:
			d.pdf.LineTo(toX, toY)
		case sfnt.SegmentOpQuadTo:
			// PDF knows cubic curves only.
			cx, cy := toX, toY
			toX, toY = place(s.Args[1])
			d.pdf.CurveBezierCubicTo(fromX+(cx-fromX)*2/3, fromY+(cy-fromY)*2/3, toX+(cx-toX)*2/3, toY+(cy-toY)*2/3, toX, toY)
		case sfnt.SegmentOpCubeTo:
			c1x, c1y := toX, toY
			c2x, c2y := place(s.Args[1])
			toX, toY = place(s.Args[2])
			d.pdf.CurveBezierCubicTo(c1x, c1y, c2x, c2y, toX, toY)
		}
		fromX, fromY = toX, toY
	}
	if len(segments) > 0 {
		d.pdf.ClosePath()
		d.pdf.DrawPath("F")
	}
	return d.pdf.Error()
}

// draw fills the outlines of a glyph, marked as the text that it is, so that
// it is found and copied.
func (d *Document) draw(x, y float64, p *piece) error {
	scale := d.size * point
	y = d.down(y)
	var actual strings.Builder
	for _, unit := range utf16.Encode([]rune(p.text)) {
		fmt.Fprintf(&actual, "%04X", unit)
	}
	d.pdf.RawWriteStr("/Span <</ActualText <FEFF" + actual.String() + ">>> BDC")
	err := d.outlines(p.font, p.glyph, func(em, up float64) (float64, float64) { return x + em*scale, y + up*scale })
	if err != nil {
		return fmt.Errorf("draw %U: %w", []rune(p.text)[0], err)
	}
	// Readers take the marked text only where there is text: write some that
	// isn't painted.
	d.pdf.RawWriteStr("q 3 Tr")
	d.pdf.Text(x, y, string(missing))
	d.pdf.RawWriteStr("Q EMC")
	return d.pdf.Error()
}

// Cell writes one line into a rectangle, in the middle of its height,
// shortened to its width with an ellipsis.
func (d *Document) Cell(x, y, width, height float64, text string, align Align) {
	text = d.fit(text, width)
	switch own := d.Width(text); align {
	case Centre:
		x += (width - own) / 2
	case Right:
		x += width - own
	case Left:
	}
	// Chinese characters reach from 0.12 below their line to 0.88 above it.
	d.Text(x, y+height/2+(ascent-0.5)*d.size*point, text)
}

// fit is as much of text as width has room for.
func (d *Document) fit(text string, width float64) string {
	const rounding = 0.01
	if d.Width(text) <= width+rounding {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes)-1
	for low < high {
		middle := (low + high + 1) / 2
		if d.Width(string(runes[:middle])+"…") <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return string(runes[:max(low, 0)]) + "…"
}

// Wrap writes text from y down in lines no wider than width, line apart, and
// returns the y below the last. Chinese breaks anywhere but before marks that
// can't begin a line, Latin words and figures stay whole if they fit.
func (d *Document) Wrap(x, y, width, line float64, text string) float64 {
	for _, l := range d.Lines(text, width) {
		d.Text(x, y+line/2+(ascent-0.5)*d.size*point, l)
		y += line
	}
	return y
}

// Lines is text as Wrap breaks it.
func (d *Document) Lines(text string, width float64) []string {
	var out []string
	for _, paragraph := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		out = append(out, d.broken([]rune(paragraph), width)...)
	}
	return out
}

func (d *Document) broken(text []rune, width float64) []string {
	var out []string
	from, total := 0, 0.0
	for i := 0; i < len(text); i++ {
		w := d.Width(string(text[i]))
		if total += w; total <= width || i == from {
			continue
		}
		at := breakBefore(text, from, i)
		out = append(out, strings.TrimRight(string(text[from:at]), " "))
		for at < i && text[at] == ' ' {
			at++
		}
		from, total = at, d.Width(string(text[at:i+1]))
	}
	return append(out, string(text[from:]))
}

// breakBefore is where a line from from on ends that has no room for text[i].
func breakBefore(text []rune, from, i int) int {
	at := i
	for at > from+1 && !mayBreak(text[at-1], text[at]) {
		at--
	}
	if at <= from+1 && i > from+1 {
		return i // a word longer than a line
	}
	return at
}

// mayBreak tells whether a line may end between two characters.
func mayBreak(before, after rune) bool {
	const neverFirst, neverLast = "，。、；：？！）》】」』”’…·%％℃,.;:?!)]}", "（《【「『“‘([{￥¥"
	if strings.ContainsRune(neverFirst, after) || strings.ContainsRune(neverLast, before) {
		return false
	}
	latin := func(r rune) bool { return r < 0x2E80 && !unicode.IsSpace(r) }
	return !latin(before) || !latin(after)
}

// Has tells whether a font has r, so that a page may offer another way to
// write it.
func Has(r rune) (bool, error) {
	if _, err := fonts.SansSCOutlines(); err != nil {
		return false, err
	}
	var b sfnt.Buffer
	f, _ := fonts.Find(&b, r)
	return f != nil, nil
}
