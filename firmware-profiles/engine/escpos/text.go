package escpos

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// geta is 〓 (U+3013) in GB18030: it stands for a character that the printer's
// font doesn't have, so that a name is never shortened unseen.
const geta = "\xA1\xFE"

// cell is one printed character: one column if it is a byte long, else two.
type cell struct {
	code [4]byte
	size uint8 // bytes of code
	n    uint8 // columns
	r    rune
	rare bool // the printer's font doesn't have it
	// unknown is set instead of r's own character if no font has it: the code
	// point stands behind the 〓.
	unknown rune
}

// Charset is what a printer's Chinese font knows, of GB18030: 0 means what has
// at most two bytes there.
type Charset uint8

// The fonts of printers.
const (
	TwoByte  Charset = iota // every character of two bytes (GBK)
	GB2312                  // those of GB/T 2312-1980 only
	FourByte                // all, four bytes included
	// NoChinese is a printer that knows no character beyond ASCII that could be
	// relied on: what lies there is some western code page.
	NoChinese
)

// has tells whether the font has the character that GB18030 writes as code.
func (c Charset) has(code []byte) bool {
	switch {
	case c == NoChinese:
		return false
	case len(code) == 4:
		return c == FourByte
	case len(code) != 2:
		return false
	case c == GB2312:
		// Rows 1 to 9 are signs, 16 to 87 characters; GBK fills the rest.
		row, cell := int(code[0])-0xA0, int(code[1])-0xA0
		return cell >= 1 && cell <= 94 && (row >= 1 && row <= 9 || row >= 16 && row <= 87)
	}
	return true
}

// charset turns text into what a printer's font can print. Not safe for
// concurrent use.
type charset struct {
	font    Charset
	enc     transform.Transformer
	scribe  *scribe // draws rare characters; nil if they can't be drawn
	cells   []cell
	missing []rune
}

func newCharset(font Charset, s *scribe) *charset {
	return &charset{font: font, enc: simplifiedchinese.GB18030.NewEncoder().Transformer, scribe: s}
}

// encode returns the cells of one line of text; they are valid until the next
// call. What can't be printed becomes 〓 and is kept in missing. Control
// characters never reach the printer, where they would be commands.
func (c *charset) encode(text string) []cell {
	c.cells = c.cells[:0]
	for _, r := range text {
		switch {
		case r >= 0x20 && r < 0x7F:
			c.cells = append(c.cells, cell{code: [4]byte{byte(r)}, size: 1, n: 1, r: r})
		case r == '\t' || r == '\u00A0' || unicode.IsControl(r):
			c.cells = append(c.cells, cell{code: [4]byte{' '}, size: 1, n: 1, r: ' '})
		case invisible(r):
		default:
			c.cells = append(c.cells, c.wide(r))
		}
	}
	return c.cells
}

// wide encodes a character beyond ASCII.
func (c *charset) wide(r rune) cell {
	if r == '¥' {
		r = '￥' // GB18030 has the narrow sign only in four bytes
	}
	var src [utf8.UTFMax]byte
	var dst [4]byte
	n := utf8.EncodeRune(src[:], r)
	n, _, err := c.enc.Transform(dst[:], src[:n], true)
	if err != nil || !c.font.has(dst[:n]) || r == utf8.RuneError {
		return c.rare(r)
	}
	return cell{code: dst, size: uint8(n), n: 2, r: r}
}

// rare is the cell of a character that the printer's font doesn't have.
func (c *charset) rare(r rune) cell {
	if c.scribe != nil && c.scribe.has(r) {
		return cell{n: 2, r: r, rare: true}
	}
	c.missing = append(c.missing, r)
	if c.scribe == nil && c.font == NoChinese {
		return cell{code: [4]byte{'?'}, size: 1, n: 1, r: '?'}
	}
	lost := cell{code: [4]byte{geta[0], geta[1]}, size: 2, n: 2, r: '〓'}
	if c.scribe != nil {
		lost.rare, lost.unknown, lost.n = true, r, 2+codeColumns
	}
	return lost
}

// invisible tells of joiners, variation selectors and byte order marks: they
// only shape their neighbours.
func invisible(r rune) bool {
	return r >= 0x200B && r <= 0x200F || r >= 0xFE00 && r <= 0xFE0F || r == 0xFEFF || r == 0x2060
}

// Characters that must not begin a line.
const noStart = "，。、；：？！）》」』】〉”’…,.;:?!)]}%"

// wrap cuts cells into lines of at most columns. A word of letters and digits
// that fits into a line isn't torn, and a line doesn't begin with a closing
// mark. columns is at least 2, or each character gets its own line.
func wrap(cells []cell, columns int, emit func([]cell)) {
	for len(cells) > 0 {
		n := fit(cells, columns)
		if n < len(cells) {
			n = breakBefore(cells, n)
		}
		emit(cells[:n])
		cells = cells[n:]
		for len(cells) > 0 && cells[0].r == ' ' {
			cells = cells[1:]
		}
	}
}

// fit counts the cells that fit into columns, at least one.
func fit(cells []cell, columns int) int {
	width := 0
	for i, c := range cells {
		width += int(c.n)
		if width > columns && i > 0 {
			return i
		}
	}
	return len(cells)
}

// breakBefore moves a break before n to where the text may be parted.
func breakBefore(cells []cell, n int) int {
	at := n
	for at > 1 && strings.ContainsRune(noStart, cells[at].r) {
		at--
	}
	for at > 1 && wordy(cells[at]) && wordy(cells[at-1]) {
		at--
	}
	if at <= 1 {
		return n // one long word, or nothing but marks
	}
	return at
}

func wordy(c cell) bool {
	return c.n == 1 && (unicode.IsLetter(c.r) || unicode.IsDigit(c.r) || c.r == '-' || c.r == '_')
}
