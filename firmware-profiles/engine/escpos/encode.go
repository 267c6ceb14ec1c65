package escpos

import (
	"fmt"
	"slices"
	"strings"

	"smarthall/internal/device"
)

// Caps is what a printer model can do, from its profile's caps.
type Caps struct {
	// WidthDots is the printable width: 576 for 80 mm paper, 384 for 58 mm.
	WidthDots int
	// Columns is how many ASCII characters of normal size fit into a line; a
	// Chinese character takes two.
	Columns int
	// Cut is the cutter's best ability.
	Cut Cut
	// NativeQR printers draw QR codes themselves; others get a bitmap.
	NativeQR bool
	// Confirm printers answer GS r in the order of printing, which tells that
	// all before it is on paper.
	Confirm bool
	// NearEnd printers have a sensor for paper that runs low.
	NearEnd bool
	// JamByBit2 printers report a paper jam by bit 2 of DLE EOT 3.
	JamByBit2 bool
	// Charset is what its Chinese font knows.
	Charset Charset
	// DrawRare has a line with a character that the printer's font lacks sent
	// as a bitmap; else it becomes 〓.
	DrawRare bool
	// Pictures are printed; else they are left out.
	Pictures bool
	// BandRows bounds the rows of one bitmap command, so that cheap buffers
	// don't overflow; 0 means 128.
	BandRows int
}

// Cut is an ability to cut paper.
type Cut string

// The cutters.
const (
	CutNone    Cut = "none"
	CutPartial Cut = "partial"
	CutFull    Cut = "full"
)

// Band is a part of a ticket that is written at once. Real-time status
// requests are sent between bands only, never inside a bitmap.
type Band struct {
	Data []byte
	// Binary bands hold a length-counted block: cut short, they swallow what
	// follows.
	Binary bool
}

// Ticket is an encoded document.
type Ticket struct {
	Bands []Band
	// Missing are the characters that became 〓, because no font has them.
	Missing []rune
	// Dots is about how long the paper is; see dotsPerMM.
	Dots int
}

// Bytes is the whole ticket as it goes over the line.
func (t Ticket) Bytes() []byte {
	n := 0
	for _, b := range t.Bands {
		n += len(b.Data)
	}
	out := make([]byte, 0, n)
	for _, b := range t.Bands {
		out = append(out, b.Data...)
	}
	return out
}

const (
	textBand    = 512 // bytes of text commands after which a new band begins
	maxLineText = 4096
	lineDots    = 30 // default line spacing of Epson-type printers
	tearOffFeed = 6  // lines between the head and the tear bar
)

// The commands, by their names in Epson's reference.
var (
	cmdInit       = []byte{0x1B, 0x40}                   // ESC @
	cmdChinese    = []byte{0x1C, 0x26}                   // FS &
	cmdCutFeed    = []byte{0x1D, 0x56, 0x42, 0x00}       // GS V 66 0: feed to the cutter, partial cut
	cmdCutFull    = []byte{0x1B, 0x64, 5, 0x1D, 0x56, 0} // ESC d 5, GS V 0
	cmdPaperQuery = []byte{0x1D, 0x72, 0x01}             // GS r 1
)

// Encode renders doc for a printer of these abilities. It refuses a QR text
// that no QR code holds, a picture that is wider than the paper, and a document
// line that is none of text, QR, feed, rule and picture.
func Encode(doc device.Document, caps Caps) (Ticket, error) {
	e := newEncoder(caps)
	e.put(cmdInit...)
	e.chineseMode()
	for i, line := range doc.Lines {
		if err := e.line(line); err != nil {
			return Ticket{}, fmt.Errorf("encode line %d of the ticket: %w", i+1, err)
		}
	}
	e.cut()
	e.flush(false)
	return Ticket{Bands: e.bands, Missing: e.chars.missing, Dots: e.dots}, nil
}

// encoder collects the bands of one ticket and remembers what the printer is
// set to, so that a setting is sent only when it changes.
type encoder struct {
	caps  Caps
	chars *charset
	out   []byte
	bands []Band
	dots  int

	size  int
	bold  bool
	align device.Align
}

func newEncoder(caps Caps) *encoder {
	return &encoder{caps: caps, chars: newCharset(caps.Charset, newScribe(caps)), out: make([]byte, 0, textBand), size: 1}
}

func (e *encoder) put(p ...byte) { e.out = append(e.out, p...) }

// chineseMode turns the printer's Chinese font on. A printer without one gets
// no such command: some print its second byte.
func (e *encoder) chineseMode() {
	if e.caps.Charset != NoChinese {
		e.put(cmdChinese...)
	}
}

// flush ends the band.
func (e *encoder) flush(binary bool) {
	if len(e.out) == 0 {
		return
	}
	e.bands = append(e.bands, Band{Data: e.out, Binary: binary})
	e.out = make([]byte, 0, textBand)
}

func (e *encoder) line(l device.Line) error {
	e.setAlign(l.Align)
	switch {
	case l.Picture != nil:
		return e.picture(l.Picture)
	case l.QR != "":
		return e.qr(l.QR)
	case l.Rule:
		e.style(1, false)
		e.text(strings.Repeat("-", e.caps.Columns), 1)
	case l.Feed > 0:
		n := min(l.Feed, 255)
		e.put(0x1B, 0x64, byte(n)) // ESC d
		e.dots += n * lineDots
	case len(l.Text) > maxLineText:
		return fmt.Errorf("text of %d bytes: %w", len(l.Text), device.ErrFrame)
	default:
		size := min(max(l.Size, 1), 4)
		e.style(size, l.Bold)
		for text := range strings.SplitSeq(l.Text, "\n") {
			e.text(strings.TrimSuffix(text, "\r"), size)
		}
	}
	return nil
}

func (e *encoder) style(size int, bold bool) {
	if size != e.size {
		e.size = size
		s := byte(size - 1)
		e.put(0x1D, 0x21, s<<4|s) // GS !
	}
	if bold != e.bold {
		e.bold = bold
		var n byte
		if bold {
			n = 1
		}
		e.put(0x1B, 0x45, n) // ESC E
	}
}

func (e *encoder) setAlign(a device.Align) {
	if a < device.Left || a > device.Right {
		a = device.Left
	}
	if a != e.align {
		e.align = a
		e.put(0x1B, 0x61, byte(a)) // ESC a
	}
}

// text prints text, on as many lines as it takes; an empty one is one line.
func (e *encoder) text(text string, size int) {
	cells := e.chars.encode(text)
	if len(cells) == 0 {
		e.endLine(size)
		return
	}
	wrap(cells, e.caps.Columns/size, func(line []cell) {
		if slices.ContainsFunc(line, func(c cell) bool { return c.rare }) {
			e.raster(e.chars.scribe.draw(line, size, e.bold))
			return
		}
		for _, c := range line {
			e.put(c.code[:c.size]...)
		}
		e.endLine(size)
	})
}

func (e *encoder) endLine(size int) {
	e.put(0x0A)
	e.dots += max(lineDots, 24*size+6)
	if len(e.out) >= textBand {
		e.flush(false)
	}
}

// cut ends the ticket: cut off, or fed far enough to be torn off.
func (e *encoder) cut() {
	e.setAlign(device.Left)
	switch e.caps.Cut {
	case CutPartial:
		e.put(cmdCutFeed...)
	case CutFull:
		e.put(cmdCutFull...)
	default:
		e.put(0x1B, 0x64, tearOffFeed)
	}
	e.dots += tearOffFeed * lineDots
}
