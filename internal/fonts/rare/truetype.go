package rare

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
)

// maker writes a TrueType font (ISO/IEC 14496-22): glyphs[0] stands for what is
// missing, glyphs[i+1] is that of runes[i], which go upwards.
type maker struct {
	runes  []rune
	glyphs []glyph
}

// table is one of a font's tables.
type table []byte

func (t *table) u16(values ...int) {
	for _, v := range values {
		*t = binary.BigEndian.AppendUint16(*t, uint16(v))
	}
}

func (t *table) u32(values ...uint32) {
	for _, v := range values {
		*t = binary.BigEndian.AppendUint32(*t, v)
	}
}

// box is the room of a shape, in units.
type box struct{ left, bottom, right, top int }

func (b *box) add(p point) {
	b.left, b.bottom = min(b.left, int(p.x)), min(b.bottom, int(p.y))
	b.right, b.top = max(b.right, int(p.x)), max(b.top, int(p.y))
}

// room is the box of a glyph; that of a blank one is empty.
func (g *glyph) room() (b box) {
	if len(g.contours) == 0 {
		return b
	}
	first := g.contours[0][0]
	b = box{int(first.x), int(first.y), int(first.x), int(first.y)}
	for _, c := range g.contours {
		for _, p := range c {
			b.add(p)
		}
	}
	return b
}

// The lines of the type: where Chinese characters end above and below.
const (
	ascender  = unitsPerEm * 88 / 100
	descender = ascender - unitsPerEm
)

// file is the whole font.
func (m *maker) file() []byte {
	glyf, loca, all, points, contours := m.outlines()
	var hmtx table
	widest := 0
	for i := range m.glyphs {
		hmtx.u16(m.glyphs[i].advance, m.glyphs[i].room().left)
		widest = max(widest, m.glyphs[i].advance)
	}
	var head, hhea, maxp, post table
	// Made at one and the same time, so that the same glyphs are the same file.
	head.u32(0x00010000, 0x00010000, 0, 0x5F0F3CF5)
	head.u16(0x000B, unitsPerEm)
	head.u32(0, 0xC0000000, 0, 0xC0000000)
	head.u16(all.left, all.bottom, all.right, all.top, 0, 8, 2, 1, 0)
	hhea.u32(0x00010000)
	hhea.u16(ascender, descender, 0, widest, all.left, 0, all.right, 1, 0, 0, 0, 0, 0, 0, 0, len(m.glyphs))
	maxp.u32(0x00010000)
	maxp.u16(len(m.glyphs), points, contours, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
	post.u32(0x00030000, 0)
	post.u16(-unitsPerEm/10, unitsPerEm/20)
	post.u32(0, 0, 0, 0, 0)
	// In the order of their names, as readers search for them.
	return assemble([]named{
		{"OS/2", m.metrics()},
		{"cmap", m.characters()},
		{"glyf", glyf},
		{"head", head},
		{"hhea", hhea},
		{"hmtx", hmtx},
		{"loca", loca},
		{"maxp", maxp},
		{"name", names()},
		{"post", post},
	})
}

// outlines writes the shapes, where each begins, and the most that any has.
func (m *maker) outlines() (glyf, loca table, all box, points, contours int) {
	for i := range m.glyphs {
		g := &m.glyphs[i]
		loca.u32(uint32(len(glyf)))
		if len(g.contours) == 0 {
			continue
		}
		b := g.room()
		all.add(point{x: int16(b.left), y: int16(b.bottom)})
		all.add(point{x: int16(b.right), y: int16(b.top)})
		glyf.u16(len(g.contours), b.left, b.bottom, b.right, b.top)
		n := 0
		for _, c := range g.contours {
			n += len(c)
			glyf.u16(n - 1)
		}
		points, contours = max(points, n), max(contours, len(g.contours))
		glyf.u16(0) // no instructions
		glyf = append(glyf, g.strokes()...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	loca.u32(uint32(len(glyf)))
	return glyf, loca, all, points, contours
}

// strokes are a glyph's points: flags, then the steps to the right, then up.
func (g *glyph) strokes() []byte {
	const onCurve, short, positive = 0x01, 0x02, 0x10 // of x; of y they are twice as large
	var flags, xs, ys table
	step := func(t *table, d int) (flag byte) {
		switch {
		case d == 0:
			return positive // the same as before
		case d > 0 && d < 256:
			*t = append(*t, byte(d))
			return short | positive
		case d < 0 && d > -256:
			*t = append(*t, byte(-d))
			return short
		}
		t.u16(d)
		return 0
	}
	x, y := 0, 0
	for _, c := range g.contours {
		for _, p := range c {
			flag := step(&xs, int(p.x)-x) | step(&ys, int(p.y)-y)<<1
			if p.on {
				flag |= onCurve
			}
			flags = append(flags, flag)
			x, y = int(p.x), int(p.y)
		}
	}
	return append(append(flags, xs...), ys...)
}

// characters says which glyph each character has (cmap, format 12).
func (m *maker) characters() (t table) {
	var groups table
	n := uint32(0)
	for i := 0; i < len(m.runes); {
		end := i
		for end+1 < len(m.runes) && m.runes[end+1] == m.runes[end]+1 {
			end++
		}
		groups.u32(uint32(m.runes[i]), uint32(m.runes[end]), uint32(i+1))
		n++
		i = end + 1
	}
	t.u16(0, 1, 3, 10) // Windows, all of Unicode
	t.u32(12)
	t.u16(12, 0)
	t.u32(uint32(16+len(groups)), 0, n)
	return append(t, groups...)
}

// metrics is the table OS/2, version 4: regular, for everybody, Chinese.
func (m *maker) metrics() (t table) {
	const third = unitsPerEm / 3
	t.u16(4, unitsPerEm, 400, 5, 0, third, third, 0, third, third, third, 0, third, unitsPerEm/20, third, 0)
	t = append(t, make([]byte, 10)...)       // panose
	t.u32(0, 1<<(59-32), 0, 0)               // CJK ideographs
	t = append(t, "hall"...)                 // who made it
	t.u16(0x40, 0xFFFF, 0xFFFF)              // regular; planes above the first
	t.u16(ascender, descender, 0)            // typographic lines
	t.u16(ascender, -descender)              // what Windows cuts at
	t.u32(0, 0)                              // code pages
	t.u16(unitsPerEm/2, ascender, 0, ' ', 1) // heights, and what stands for the missing
	return t
}

// names is the table name: no more than readers insist on.
func names() (t table) {
	texts := []struct {
		id   int
		text string
	}{{1, Family}, {2, "Regular"}, {4, Family}, {6, "RareHan"}}
	var data, records table
	for _, n := range texts {
		from := len(data)
		for _, unit := range utf16.Encode([]rune(n.text)) {
			data.u16(int(unit))
		}
		records.u16(3, 1, 0x0409, n.id, len(data)-from, from)
	}
	t.u16(0, len(texts), 6+len(records))
	return append(append(t, records...), data...)
}

// named is a table with its name.
type named struct {
	name string
	data table
}

// assemble puts tables into a file with their places and sums.
func assemble(tables []named) []byte {
	n := len(tables)
	power := bits.Len(uint(n)) - 1
	var head, body table
	head.u32(0x00010000)
	head.u16(n, 16<<power, power, 16*n-16<<power)
	headAt := 0
	for _, t := range tables {
		at := 12 + 16*n + len(body)
		if t.name == "head" {
			headAt = at
		}
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		head = append(head, t.name...)
		head.u32(sum(body[at-12-16*n:]), uint32(at), uint32(len(t.data)))
	}
	file := append(head, body...)
	binary.BigEndian.PutUint32(file[headAt+8:], 0xB1B0AFBA-sum(file))
	return file
}

// sum adds up big-endian words.
func sum(data []byte) (s uint32) {
	for ; len(data) >= 4; data = data[4:] {
		s += binary.BigEndian.Uint32(data)
	}
	return s
}
