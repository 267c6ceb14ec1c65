package fonts

import (
	"fmt"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Face draws text of one size with all fonts there are: a font.Face for
// font.Drawer. Not safe for concurrent use.
type Face struct {
	font.Face // the built-in font's, whose lines the others stand on
	size      float64
	buffer    sfnt.Buffer
	others    map[*sfnt.Font]font.Face
	// known are the fonts of characters that were looked for; nil is none.
	known map[rune]*sfnt.Font
}

// NewFace is a face for characters size dots high.
func NewFace(size float64) (*Face, error) {
	f, err := SansSCOutlines()
	if err != nil {
		return nil, err
	}
	face, err := faceOf(f, size)
	if err != nil {
		return nil, err
	}
	return &Face{Face: face, size: size, others: map[*sfnt.Font]font.Face{f: face}, known: make(map[rune]*sfnt.Font)}, nil
}

func faceOf(f *sfnt.Font, size float64) (font.Face, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return nil, fmt.Errorf("draw text: %w", err)
	}
	return face, nil
}

// Has tells whether any font has r.
func (f *Face) Has(r rune) bool { return f.find(r) != nil }

// Thin tells whether r is drawn with thin strokes; see Thin.
func (f *Face) Thin(r rune) bool {
	found := f.find(r)
	return found != nil && Thin(found)
}

// find is the font that has r; nil if none has it.
func (f *Face) find(r rune) *sfnt.Font {
	found, ok := f.known[r]
	if !ok {
		found, _ = Find(&f.buffer, r)
		f.known[r] = found
	}
	return found
}

// of is the face of the font that has r, the built-in one's if none has it.
func (f *Face) of(r rune) font.Face {
	found := f.find(r)
	if found == nil {
		return f.Face
	}
	face, ok := f.others[found]
	if !ok {
		var err error
		if face, err = faceOf(found, f.size); err != nil {
			return f.Face
		}
		f.others[found] = face
	}
	return face
}

// Glyph is r as it is drawn at dot.
func (f *Face) Glyph(dot fixed.Point26_6, r rune) (image.Rectangle, image.Image, image.Point, fixed.Int26_6, bool) {
	return f.of(r).Glyph(dot, r)
}

// GlyphBounds is the room that r takes.
func (f *Face) GlyphBounds(r rune) (fixed.Rectangle26_6, fixed.Int26_6, bool) {
	return f.of(r).GlyphBounds(r)
}

// GlyphAdvance is how far r moves on.
func (f *Face) GlyphAdvance(r rune) (fixed.Int26_6, bool) { return f.of(r).GlyphAdvance(r) }

// Kern is how much closer two characters stand; those of two fonts don't.
func (f *Face) Kern(before, after rune) fixed.Int26_6 {
	if face := f.of(before); face == f.of(after) {
		return face.Kern(before, after)
	}
	return 0
}
