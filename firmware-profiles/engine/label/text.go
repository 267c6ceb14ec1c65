package label

import (
	"image"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/fonts"
)

// geta stands for a character that no font has, so that a name is never
// shortened unseen.
const geta = '〓'

// darkness is how much of a dot a stroke must cover to burn it, of 255. Thin
// strokes of small Chinese characters stay whole.
const darkness = 105

// thinDarkness is the same for fonts whose strokes are thinner than a dot.
const thinDarkness = 64

// pen draws text of one size. Not safe for concurrent use.
type pen struct {
	face *fonts.Face
	px   int
}

// newPen is a pen for characters px dots high.
func newPen(px int) (*pen, error) {
	face, err := fonts.NewFace(float64(px))
	if err != nil {
		return nil, err
	}
	return &pen{face: face, px: px}, nil
}

// lineHeight is the distance of two lines in dots.
func (p *pen) lineHeight() int { return p.px * 5 / 4 }

// clean is text as it is drawn: one line, no control characters, 〓 for what
// every font lacks.
func (p *pen) clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case !p.face.Has(r):
			return geta
		}
		return r
	}, text)
}

// width is how many dots a text takes.
func (p *pen) width(text string) int { return font.MeasureString(p.face, text).Ceil() }

// wrap cuts a clean text into lines of at most width dots. A word of ASCII
// isn't torn if it fits into a line.
func (p *pen) wrap(text string, width int) []string {
	var lines []string
	rest := []rune(strings.TrimSpace(text))
	for len(rest) > 0 {
		n := p.fit(rest, width)
		if n < len(rest) {
			n = parted(rest, n)
		}
		lines = append(lines, strings.TrimRight(string(rest[:n]), " "))
		rest = []rune(strings.TrimLeft(string(rest[n:]), " "))
	}
	return lines
}

// fit counts the characters that fit into width, at least one.
func (p *pen) fit(text []rune, width int) int {
	used := fixed.Int26_6(0)
	for i, r := range text {
		advance, _ := p.face.GlyphAdvance(r) // every character of a clean text has one
		if used += advance; used.Ceil() > width && i > 0 {
			return i
		}
	}
	return len(text)
}

// parted moves a break before n to where the text may be parted.
func parted(text []rune, n int) int {
	word := func(r rune) bool { return r > ' ' && r < unicode.MaxASCII }
	at := n
	for at > 1 && word(text[at]) && word(text[at-1]) {
		at--
	}
	if at <= 1 {
		return n
	}
	return at
}

// draw burns one line of clean text with its left upper corner at a place.
func (p *pen) draw(b Bitmap, text string, x, y int) {
	width := p.width(text) + p.px
	plain, thin := image.NewAlpha(image.Rect(0, 0, width, p.lineHeight())), image.NewAlpha(image.Rect(0, 0, width, p.lineHeight()))
	d := font.Drawer{Src: image.Opaque, Face: p.face, Dot: fixed.P(0, p.px)}
	for _, r := range text {
		d.Dst = plain
		if p.face.Thin(r) {
			d.Dst = thin
		}
		d.DrawString(string(r))
	}
	for i, dark := range plain.Pix {
		if dark >= darkness || thin.Pix[i] >= thinDarkness {
			b.Burn(x+i%plain.Stride, y+i/plain.Stride)
		}
	}
}

// Text is one line of text px dots high as a bitmap.
func Text(text string, px int) (Bitmap, error) {
	p, err := newPen(px)
	if err != nil {
		return Bitmap{}, err
	}
	text = p.clean(text)
	b := NewBitmap(p.width(text)+1, p.lineHeight())
	p.draw(b, text, 0, 0)
	return b, nil
}
