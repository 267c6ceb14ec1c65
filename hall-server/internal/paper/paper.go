// Package paper lays a print job out as a ticket printer does: lines of the job
// flow in, and out come the rows of the paper with every character in its cell,
// the QR code with its modules, and the cut. It knows the printers' common
// grid, not their language: columns of half a Chinese character, a GB18030 font
// of two bytes, magnification by whole numbers.
package paper

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	qrcode "github.com/skip2/go-qrcode"
	"golang.org/x/text/encoding/simplifiedchinese"

	"smarthall/internal/link"
)

// Roll is a width of paper.
type Roll struct {
	// MM is how wide the paper is, in millimetres.
	MM int
	// Dots is the width that is printed on, at 8 dots a millimetre; Columns is
	// how many letters of normal size fit on it.
	Dots, Columns int
}

// The rolls in use.
var (
	Wide   = Roll{MM: 80, Dots: 576, Columns: 48}
	Narrow = Roll{MM: 58, Dots: 384, Columns: 32}
)

// Row is one row of the paper.
type Row struct {
	Kind string `json:"kind" enum:"text,rule,qr,feed,cut"`
	// Text is a row of text as it stands on the paper.
	Text string `json:"text,omitempty"`
	// Columns is how many columns of normal size it takes.
	Columns int    `json:"columns,omitempty"`
	Size    int    `json:"size,omitempty"`
	Bold    bool   `json:"bold,omitempty"`
	Align   string `json:"align,omitempty" enum:"left,center,right"`
	// Line is the line of the print job that it comes from, from 0.
	Line int `json:"line"`
	// Modules are a QR code's rows, 1 for black; Unit is how many dots a module
	// is wide.
	Modules []string `json:"modules,omitempty"`
	Unit    int      `json:"unit,omitempty"`
	// Feed is how many empty lines it is.
	Feed int `json:"feed,omitempty"`
	// Missing are characters that a printer may not have and prints as 〓.
	Missing string `json:"missing,omitempty"`
}

// ErrWide says that a QR code has more modules than the paper shows legibly.
var ErrWide = errors.New("the QR code doesn't fit on the paper")

// Layout is job on a roll.
func Layout(job *link.PrintJob, roll Roll) ([]Row, error) {
	var rows []Row
	for i := range job.Lines {
		l := &job.Lines[i]
		align := l.Align
		if align == "" {
			align = "left"
		}
		switch {
		case l.QR != "":
			row, err := code(l.QR, roll)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			row.Align, row.Line = align, i
			rows = append(rows, row)
		case l.Rule:
			rows = append(rows, Row{Kind: "rule", Columns: roll.Columns, Size: 1, Align: align, Line: i})
		case l.Feed > 0:
			rows = append(rows, Row{Kind: "feed", Feed: min(l.Feed, 255), Line: i})
		default:
			rows = append(rows, text(l, align, roll, i)...)
		}
	}
	return append(rows, Row{Kind: "cut", Line: len(job.Lines)}), nil
}

// text are the rows of a line of text.
func text(l *link.PrintLine, align string, roll Roll, line int) []Row {
	size := min(max(l.Size, 1), 4)
	var rows []Row
	for part := range strings.SplitSeq(l.Text, "\n") {
		cells := cellsOf(strings.TrimSuffix(part, "\r"))
		if len(cells) == 0 {
			rows = append(rows, Row{Kind: "text", Size: size, Bold: l.Bold, Align: align, Line: line})
		}
		for len(cells) > 0 {
			n := breakAt(cells, roll.Columns/size)
			rows = append(rows, rowOf(cells[:n], size, l.Bold, align, line))
			for cells = cells[n:]; len(cells) > 0 && cells[0].r == ' '; {
				cells = cells[1:]
			}
		}
	}
	return rows
}

func rowOf(cells []cell, size int, bold bool, align string, line int) Row {
	row := Row{Kind: "text", Size: size, Bold: bold, Align: align, Line: line}
	var said, missing strings.Builder
	for _, c := range cells {
		said.WriteRune(c.r)
		row.Columns += c.wide * size
		if c.missing {
			missing.WriteRune(c.r)
		}
	}
	row.Text, row.Missing = said.String(), missing.String()
	return row
}

// cell is a character on the paper, one column wide or two.
type cell struct {
	r       rune
	wide    int
	missing bool // in no two-byte font
}

// cellsOf puts a text into cells. Blanks of all kinds are spaces, and what only
// shapes its neighbours takes none.
func cellsOf(s string) []cell {
	encoder := simplifiedchinese.GB18030.NewEncoder()
	var cells []cell
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~':
			cells = append(cells, cell{r: r, wide: 1})
		case r == '\u00A0' || unicode.IsControl(r):
			cells = append(cells, cell{r: ' ', wide: 1})
		case r >= 0x200B && r <= 0x200F, r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF, r == 0x2060:
		case r == '¥':
			cells = append(cells, cell{r: '￥', wide: 2})
		default:
			code, err := encoder.String(string(r))
			cells = append(cells, cell{r: r, wide: 2, missing: err != nil || len(code) != 2 || r == utf8.RuneError})
		}
	}
	return cells
}

// closing are marks that begin no row.
const closing = "，。、；：？！）》」』】〉”’…,.;:?!)]}%"

// breakAt is how many cells make the next row: as many as fit, but no word that
// fits on a row is parted and no closing mark begins one.
func breakAt(cells []cell, columns int) int {
	fits, width := len(cells), 0
	for i, c := range cells {
		if width += c.wide; width > columns && i > 0 {
			fits = i
			break
		}
	}
	if fits == len(cells) {
		return fits
	}
	at := fits
	for at > 1 && strings.ContainsRune(closing, cells[at].r) {
		at--
	}
	for at > 1 && inWord(cells[at]) && inWord(cells[at-1]) {
		at--
	}
	if at <= 1 {
		return fits
	}
	return at
}

func inWord(c cell) bool {
	return c.wide == 1 && (unicode.IsLetter(c.r) || unicode.IsDigit(c.r) || c.r == '-' || c.r == '_')
}

// A QR code is aimed at 33 mm; its modules are no larger than 1 mm and no
// smaller than what phones read on thermal paper. Around it are four modules.
const (
	codeDots = 264
	maxUnit  = 8
	minUnit  = 3
	quiet    = 8
)

func code(said string, roll Roll) (Row, error) {
	q, err := qrcode.New(said, qrcode.Medium)
	if err != nil {
		return Row{}, fmt.Errorf("%w: %w", ErrWide, err)
	}
	q.DisableBorder = true
	modules := q.Bitmap()
	unit := min(max(codeDots/len(modules), minUnit), maxUnit)
	if (len(modules)+quiet)*unit > roll.Dots {
		return Row{}, ErrWide
	}
	row := Row{Kind: "qr", Unit: unit, Columns: len(modules) * unit * roll.Columns / roll.Dots}
	for _, line := range modules {
		bits := make([]byte, len(line))
		for x, black := range line {
			bits[x] = '0'
			if black {
				bits[x] = '1'
			}
		}
		row.Modules = append(row.Modules, string(bits))
	}
	return row, nil
}
