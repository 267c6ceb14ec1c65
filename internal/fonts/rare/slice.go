package rare

import (
	"fmt"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// unitsPerEm are those of the fonts made here: a power of two.
const unitsPerEm = 1024

// Slice is a TrueType font of the characters from first to last that this
// machine's fonts have and pages may have. It is made from their outlines,
// whatever the format they are kept in. It fails if there are none.
func Slice(first, last rune) ([]byte, error) {
	m := maker{glyphs: []glyph{{advance: unitsPerEm}}} // the first stands for what is missing
	var b sfnt.Buffer
	for r := first; r <= last; r++ {
		f, i, ok := free(&b, r)
		if !ok {
			continue
		}
		g, err := outline(&b, f.Font, i)
		if err != nil {
			return nil, fmt.Errorf("outline of %U in %s: %w", r, f.File, err)
		}
		m.runes = append(m.runes, r)
		m.glyphs = append(m.glyphs, g)
	}
	if len(m.runes) == 0 {
		return nil, errNoFile
	}
	return m.file(), nil
}

// point is one of a contour, in units from the origin to the right and up.
type point struct {
	x, y int16
	on   bool // on the curve, else a control point
}

// glyph is a character's shape.
type glyph struct {
	contours [][]point
	advance  int
}

// outline takes a glyph out of a font.
func outline(b *sfnt.Buffer, f *sfnt.Font, i sfnt.GlyphIndex) (glyph, error) {
	const ppem = unitsPerEm << 6
	advance, err := f.GlyphAdvance(b, i, ppem, font.HintingNone)
	if err != nil {
		return glyph{}, err
	}
	segments, err := f.LoadGlyph(b, i, ppem, nil)
	if err != nil {
		return glyph{}, err
	}
	g := glyph{advance: min(max(advance.Round(), 0), math.MaxUint16)}
	var contour []point
	end := func() {
		if n := len(contour); n > 1 && contour[0] == contour[n-1] {
			contour = contour[:n-1]
		}
		if len(contour) > 2 {
			g.contours = append(g.contours, contour)
		}
		contour = nil
	}
	var from fixed.Point26_6
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			end()
			contour = append(contour, place(s.Args[0], true))
			from = s.Args[0]
		case sfnt.SegmentOpLineTo:
			contour = append(contour, place(s.Args[0], true))
			from = s.Args[0]
		case sfnt.SegmentOpQuadTo:
			contour = append(contour, place(s.Args[0], false), place(s.Args[1], true))
			from = s.Args[1]
		case sfnt.SegmentOpCubeTo:
			contour = append(contour, quadratic(from, s.Args[0], s.Args[1], s.Args[2])...)
			from = s.Args[2]
		}
	}
	end()
	return g, nil
}

// place is p, which counts downwards.
func place(p fixed.Point26_6, on bool) point {
	return point{clamp(p.X.Round()), clamp(-p.Y.Round()), on}
}

func clamp(v int) int16 { return int16(min(max(v, math.MinInt16/2), math.MaxInt16/2)) }

// quadratic is a cubic curve as four of TrueType's, without its first point.
func quadratic(p0, p1, p2, p3 fixed.Point26_6) (out []point) {
	const parts = 4
	x := [4]float64{float64(p0.X), float64(p1.X), float64(p2.X), float64(p3.X)}
	y := [4]float64{float64(p0.Y), float64(p1.Y), float64(p2.Y), float64(p3.Y)}
	for n := range parts {
		from, to := float64(n)/parts, float64(n+1)/parts
		cx, ax := part(&x, from, to)
		cy, ay := part(&y, from, to)
		out = append(out, place(units(cx, cy), false), place(units(ax, ay), true))
	}
	return out
}

func units(x, y float64) fixed.Point26_6 {
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(x)), Y: fixed.Int26_6(math.Round(y))}
}

// part is one coordinate of a part of a cubic curve: the control point of the
// quadratic curve nearest to it, and its end.
func part(p *[4]float64, from, to float64) (control, end float64) {
	at := func(t float64) (place, slope float64) {
		s := 1 - t
		place = s*s*s*p[0] + 3*s*s*t*p[1] + 3*s*t*t*p[2] + t*t*t*p[3]
		slope = 3 * (s*s*(p[1]-p[0]) + 2*s*t*(p[2]-p[1]) + t*t*(p[3]-p[2]))
		return place, slope
	}
	a, leaving := at(from)
	b, coming := at(to)
	// The part's own control points are a third of its slopes away.
	third := (to - from) / 3
	return (3*(a+leaving*third+b-coming*third) - a - b) / 4, b
}
