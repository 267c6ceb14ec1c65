package receipt

import "golang.org/x/text/encoding/simplifiedchinese"

// Kind is what a step of the decoder did.
type Kind int

// The kinds of step.
const (
	// Nothing was printed: a setting, a character in the line buffer, noise.
	Nothing Kind = iota
	// Printed moved paper: Event.Line is on it.
	Printed
	// CutOff parted the paper: Event.Cut says how.
	CutOff
	// Asked wants an answer in turn (GS r): Event.Query is its number.
	Asked
)

// Event is the outcome of one step.
type Event struct {
	Kind  Kind
	Line  Line
	Cut   string
	Query byte
}

// Decoder executes ESC/POS commands, one step at a time, so that a printer
// can stop anywhere when its paper ends. The zero value is not ready; use
// NewDecoder.
type Decoder struct {
	columns   int
	widthDots int

	// powerOn is whether the printer is in Chinese mode when it is switched on.
	powerOn  bool
	ansi     bool // there is no Chinese font, and no FS command
	chinese  bool
	fourByte bool
	width    int // magnifications, 1 to 8
	height   int
	wide     bool // FS W, FS !: Chinese characters twice as large
	bold     bool
	align    Align

	line    []rune
	used    int // columns of the line in use
	lineMag int // largest magnification on the line
	lineFat bool

	qr       qrSettings
	raster   *raster
	graphics *Line // stored by GS 8 L, until it is printed
	skip     int   // bytes of a block that still have to be passed over
	feeds    int   // empty lines that ESC d still owes

	// Unknown counts the commands that no printer of this kind has.
	Unknown int
}

// NewDecoder returns the decoder of a printer that was just switched on:
// Chinese mode is off, as on the printers that need FS & most, unless
// StartChinese is called.
func NewDecoder(columns, widthDots int) *Decoder {
	d := &Decoder{columns: columns, widthDots: widthDots}
	d.reset()
	return d
}

// StartChinese makes it a printer that is in Chinese mode when it is switched
// on, and after ESC @.
func (d *Decoder) StartChinese() { d.powerOn, d.chinese = true, true }

// NoChinese makes it a printer without a Chinese font, which knows no command
// that begins with FS.
func (d *Decoder) NoChinese() { d.ansi = true }

// FourBytes gives it a font of all of GB18030.
func (d *Decoder) FourBytes() { d.fourByte = true }

// reset is ESC @.
func (d *Decoder) reset() {
	d.chinese, d.wide, d.bold = d.powerOn, false, false
	d.width, d.height = 1, 1
	d.align = Left
	d.line, d.used, d.lineMag, d.lineFat = nil, 0, 1, false
	d.qr = qrSettings{unit: 3, level: 0x30}
	d.graphics = nil
}

// Step executes what p begins with and returns how many bytes that took; 0
// means that p ends too early and more has to come. An event may come with
// no bytes taken only if Event.Kind isn't Nothing.
func (d *Decoder) Step(p []byte) (int, Event) {
	switch {
	case d.feeds > 0:
		d.feeds--
		return 0, d.newLine()
	case d.skip > 0:
		n := min(d.skip, len(p))
		d.skip -= n
		return n, Event{}
	case d.raster != nil:
		return d.rasterStep(p)
	case len(p) == 0:
		return 0, Event{}
	}
	switch b := p[0]; {
	case b == 0x0A:
		return 1, d.newLine()
	case b == 0x10 || b == 0x1B || b == 0x1C || b == 0x1D:
		return d.command(p)
	case b < 0x20 || b == 0x7F:
		return 1, Event{} // CR and the rest don't print
	case b < 0x80:
		return d.char(1, rune(b), 1)
	case !d.chinese:
		return d.char(1, '\uFFFD', 1) // a character of some western code page
	}
	if len(p) < 2 {
		return 0, Event{}
	}
	if d.fourByte && p[1] >= '0' && p[1] <= '9' {
		if len(p) < 4 {
			return 0, Event{}
		}
		return d.char(4, wide(p[:4]), 2)
	}
	return d.char(2, wide(p[:2]), 2)
}

// wide is the character that GB18030 writes as code; what the font doesn't
// have is printed as a box.
func wide(code []byte) rune {
	s, err := simplifiedchinese.GB18030.NewDecoder().String(string(code))
	r := []rune(s)
	if err != nil || len(r) != 1 || r[0] == '\uFFFD' {
		return '□'
	}
	return r[0]
}

// char puts r into the line, which took n bytes. A full line prints first and
// takes no byte, as on a real printer.
func (d *Decoder) char(n int, r rune, columns int) (int, Event) {
	width := columns * d.width
	if columns == 2 && d.wide && d.width == 1 {
		width *= 2
	}
	if d.used > 0 && d.used+width > d.columns {
		return 0, d.newLine()
	}
	if d.used == 0 {
		d.lineMag, d.lineFat = 1, false
	}
	d.line = append(d.line, r)
	d.used += width
	d.lineMag = max(d.lineMag, d.width, d.height)
	d.lineFat = d.lineFat || d.bold
	return n, Event{}
}

// newLine prints the line buffer.
func (d *Decoder) newLine() Event {
	l := Line{Text: string(d.line), Size: d.lineMag, Bold: d.lineFat, Align: d.align}
	if d.used == 0 {
		l.Size, l.Bold = max(d.width, d.height), d.bold
	}
	d.line, d.used = nil, 0
	return Event{Kind: Printed, Line: l}
}

// flushLine prints what stands in the buffer before an image or a cut. That
// takes no bytes: the command follows in the next step.
func (d *Decoder) flushLine() (Event, bool) {
	if d.used == 0 {
		return Event{}, false
	}
	return d.newLine(), true
}
