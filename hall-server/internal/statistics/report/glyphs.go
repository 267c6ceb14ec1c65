package report

import (
	"encoding/binary"
	"errors"
	"strings"
)

// unknown stands for a character that the font doesn't have (〓).
const unknown = '〓'

// glyphs are the characters that a TrueType font has, of the basic plane: the
// PDF library has no others.
type glyphs struct {
	segments []segment
}

// segment is a run of characters with glyphs.
type segment struct{ from, to rune }

var errFont = errors.New("not a TrueType font with a character table")

// glyphsOf reads the character table (cmap, format 4) of a font.
func glyphsOf(font []byte) (glyphs, error) {
	table, ok := cmap(font)
	if !ok {
		return glyphs{}, errFont
	}
	u16 := binary.BigEndian.Uint16
	records := int(u16(table[2:]))
	for i := range records {
		at := 4 + 8*i
		if at+8 > len(table) {
			break
		}
		offset := int(binary.BigEndian.Uint32(table[at+4:]))
		if offset+14 > len(table) || u16(table[offset:]) != 4 {
			continue
		}
		sub := table[offset:]
		n := int(u16(sub[6:])) / 2
		if 16+8*n > len(sub) {
			return glyphs{}, errFont
		}
		var g glyphs
		for s := range n {
			to, from := rune(u16(sub[14+2*s:])), rune(u16(sub[16+2*n+2*s:]))
			if from <= to && from != 0xFFFF {
				g.segments = append(g.segments, segment{from, to})
			}
		}
		return g, nil
	}
	return glyphs{}, errFont
}

// cmap finds the character table.
func cmap(font []byte) ([]byte, bool) {
	if len(font) < 12 {
		return nil, false
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := 12 + 16*i
		if at+16 > len(font) {
			break
		}
		if string(font[at:at+4]) != "cmap" {
			continue
		}
		offset, size := int(binary.BigEndian.Uint32(font[at+8:])), int(binary.BigEndian.Uint32(font[at+12:]))
		if size < 4 || offset > len(font) || offset+size > len(font) {
			break
		}
		return font[offset : offset+size], true
	}
	return nil, false
}

// has tells whether there is a glyph for r.
func (g *glyphs) has(r rune) bool {
	low, high := 0, len(g.segments)
	for low < high {
		mid := (low + high) / 2
		switch s := g.segments[mid]; {
		case r < s.from:
			high = mid
		case r > s.to:
			low = mid + 1
		default:
			return true
		}
	}
	return false
}

// printable replaces what can't be drawn.
func (g *glyphs) printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF || !g.has(r) {
			return unknown
		}
		return r
	}, strings.ToValidUTF8(text, string(unknown)))
}
