package label

import (
	"errors"
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"

	"smarthall/internal/device"
)

// Plan is a label in dots, its left upper corner at 0, 0.
type Plan struct {
	Media    Media
	Width    int
	Height   int
	Pictures []Picture
	// Bar is a Code 128, QR a QR code that the printer draws; nil for none, and
	// where they are part of a picture.
	Bar    *Bar
	QR     *QR
	Copies int
}

// Picture is a bitmap and its place.
type Picture struct {
	X, Y int
	Bitmap
}

// Bar is a Code 128 without text; Module is its thinnest bar.
type Bar struct {
	X, Y, Module, Height int
	Data                 string
}

// QR is a QR code of level M; Cell is the size of its squares.
type QR struct {
	X, Y, Cell int
	Data       string
}

// Bounds of what a label may ask for.
const (
	maxCopies = 99
	maxCode   = 80
	maxQR     = 300
	maxText   = 2000 // bytes of title and lines
)

// Lay places a label on a paper. It refuses, with ErrSize, a label whose codes
// would come out too small to be scanned, and what no code can hold. A QR code
// that has no room beside a barcode is left out; text that has none is cut, and
// ends with an ellipsis.
func Lay(l device.Label, m Media) (Plan, error) {
	plan, err := lay(l, m)
	if errors.Is(err, ErrSize) && l.Code != "" && l.QR != "" {
		l.QR = ""
		plan, err = lay(l, m)
	}
	return plan, err
}

func lay(l device.Label, m Media) (Plan, error) {
	p := planner{media: m, plan: Plan{Media: m, Width: m.Dots(m.WidthMM), Height: m.Dots(m.HeightMM), Copies: max(l.Copies, 1)}}
	if err := check(l); err != nil {
		return Plan{}, err
	}
	p.margin = m.tenths(15)
	p.picture = NewBitmap(p.plan.Width, p.plan.Height)
	bottom, err := p.bar(l.Code)
	if err != nil {
		return Plan{}, err
	}
	right, err := p.qr(l.QR, bottom)
	if err != nil {
		return Plan{}, err
	}
	if err := p.text(l, right, bottom); err != nil {
		return Plan{}, err
	}
	p.plan.Pictures = inked(p.picture)
	return p.plan, nil
}

// check refuses what is no label.
func check(l device.Label) error {
	size := len(l.Title)
	for _, line := range l.Lines {
		size += len(line)
	}
	switch {
	case l.Copies < 0 || l.Copies > maxCopies:
		return fmt.Errorf("%d copies of a label: %w", l.Copies, device.ErrFrame)
	case len(l.Code) > maxCode, len(l.QR) > maxQR, size > maxText:
		return fmt.Errorf("lay out a label: %w", ErrSize)
	case strings.ContainsFunc(l.Code, func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Errorf("a label's code isn't printable ASCII: %w", device.ErrFrame)
	}
	return nil
}

// planner fills a plan.
type planner struct {
	media   Media
	plan    Plan
	margin  int
	picture Bitmap // what isn't drawn by the printer
}

// Plain tells whether a code's text holds nothing that any printer language
// gives a meaning to. Other codes are drawn by us, so that no data can become
// a command.
func Plain(data string) bool {
	for _, r := range data {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
		case strings.ContainsRune("-.:/?=&+%#@", r):
		default:
			return false
		}
	}
	return data != ""
}

// bar places the Code 128 at the foot, its text below it, and returns where the
// free room above ends.
func (p *planner) bar(data string) (bottom int, err error) {
	if data == "" {
		return p.plan.Height - p.margin, nil
	}
	code, err := code128.Encode(data)
	if err != nil {
		return 0, fmt.Errorf("encode a label's code: %w: %w", device.ErrFrame, err)
	}
	modules := code.Bounds().Dx()
	// Thinner bars than a quarter of a millimetre aren't read by every scanner;
	// a quiet zone of ten bars belongs to the code.
	module, least := 0, (p.media.DPI*10+1015)/1016
	for try := least; try <= 4*least && (modules+20)*try <= p.plan.Width; try++ {
		module = try
	}
	if module == 0 {
		return 0, fmt.Errorf("place a code of %d characters: %w", len(data), ErrSize)
	}
	caption, err := newPen(p.media.tenths(28))
	if err != nil {
		return 0, err
	}
	height := min(max(p.plan.Height/4, p.media.Dots(5)), p.media.Dots(12))
	x := (p.plan.Width - modules*module) / 2
	y := p.plan.Height - p.margin - caption.lineHeight() - height
	if y < p.margin {
		return 0, fmt.Errorf("place a code: %w", ErrSize)
	}
	if Plain(data) {
		p.plan.Bar = &Bar{X: x, Y: y, Module: module, Height: height, Data: data}
	} else {
		for i := range modules {
			if code.At(i, 0) == color.Black {
				p.picture.Fill(x+i*module, y, module, height)
			}
		}
	}
	text := caption.clean(data)
	caption.draw(p.picture, text, max((p.plan.Width-caption.width(text))/2, 0), y+height+p.media.tenths(3))
	return y - p.media.Dots(1), nil
}

// qr places the QR code at the right, above bottom, and returns where the free
// room left of it ends.
func (p *planner) qr(data string, bottom int) (right int, err error) {
	right = p.plan.Width - p.margin
	if data == "" {
		return right, nil
	}
	code, err := qr.Encode(data, qr.M, qr.Unicode)
	if err != nil {
		return 0, fmt.Errorf("encode a label's QR code: %w: %w", ErrSize, err)
	}
	modules := code.Bounds().Dx()
	// Squares of a quarter of a millimetre; four white ones around belong to it.
	cell, least := 0, (p.media.DPI*10+1015)/1016
	for try := least; try <= 4*least && (modules+8)*try <= min(bottom, p.plan.Width*9/20); try++ {
		cell = try
	}
	if cell == 0 {
		return 0, fmt.Errorf("place a QR code of %d bytes: %w", len(data), ErrSize)
	}
	x, y := p.plan.Width-(modules+4)*cell, 4*cell
	if p.media.NativeQR && Plain(data) {
		p.plan.QR = &QR{X: x, Y: y, Cell: cell, Data: data}
	} else {
		for row := range modules {
			for col := range modules {
				if code.At(col, row) == color.Black {
					p.picture.Fill(x+col*cell, y+row*cell, cell, cell)
				}
			}
		}
	}
	return x - 4*cell, nil
}

// Heights of the title in tenths of a millimetre, the best first; lines are
// three quarters of it.
var titles = []int{60, 52, 45, 40, 35, 30}

// text writes title and lines into the room that is left, as large as they
// fit. Of what doesn't fit in the smallest type the end is cut, not the title.
func (p *planner) text(l device.Label, right, bottom int) error {
	if l.Title == "" && len(l.Lines) == 0 {
		return nil
	}
	for i, size := range titles {
		rows, err := p.rows(l, size, right-p.margin)
		if err != nil {
			return err
		}
		last := len(rows)
		for last > 0 && rows[last-1].bottom > bottom {
			last--
		}
		smallest := i == len(titles)-1
		if last < len(rows) && (!smallest || last == 0 || !rows[last-1].ends && rows[last-1].title) {
			continue
		}
		if last < len(rows) {
			rows[last-1].cut(right - p.margin)
		}
		for _, r := range rows[:last] {
			r.pen.draw(p.picture, r.text, p.margin, r.top)
		}
		return nil
	}
	return fmt.Errorf("place %d lines of text: %w", len(l.Lines)+1, ErrSize)
}

// row is one row of text and its place.
type row struct {
	pen         *pen
	text        string
	top, bottom int
	title       bool
	ends        bool // the last row of its line
}

// cut ends a row with an ellipsis.
func (r *row) cut(width int) {
	text := []rune(r.text)
	for len(text) > 0 && r.pen.width(string(text)+"…") > width {
		text = text[:len(text)-1]
	}
	r.text = string(text) + "…"
}

// rows are the title and the lines in a size, from the top down.
func (p *planner) rows(l device.Label, size, width int) ([]row, error) {
	head, err := newPen(p.media.tenths(size))
	if err != nil {
		return nil, err
	}
	body, err := newPen(p.media.tenths(max(size*3/4, 25)))
	if err != nil {
		return nil, err
	}
	var rows []row
	y := p.margin
	add := func(pen *pen, text string, title bool) {
		lines := pen.wrap(pen.clean(text), width)
		for i, line := range lines {
			rows = append(rows, row{pen: pen, text: line, top: y, bottom: y + pen.lineHeight(), title: title, ends: i == len(lines)-1})
			y += pen.lineHeight()
		}
	}
	add(head, l.Title, true)
	for _, line := range l.Lines {
		add(body, line, false)
	}
	return rows, nil
}

// inked cuts a bitmap into the bands of rows that hold black, so that white
// paper isn't sent.
func inked(b Bitmap) []Picture {
	var out []Picture
	begin := -1
	for y := 0; y <= b.Height; y++ {
		black := y < b.Height && strings.Trim(string(b.Rows[y*b.Stride:(y+1)*b.Stride]), "\x00") != ""
		switch {
		case black && begin < 0:
			begin = y
		case !black && begin >= 0:
			out = append(out, crop(b, begin, y))
			begin = -1
		}
	}
	return out
}

// crop is the rows from top to below bottom, without the white bytes at their
// sides.
func crop(b Bitmap, top, bottom int) Picture {
	left, right := b.Stride, 0
	for y := top; y < bottom; y++ {
		for i, dots := range b.Rows[y*b.Stride : (y+1)*b.Stride] {
			if dots != 0 {
				left, right = min(left, i), max(right, i+1)
			}
		}
	}
	out := Picture{X: left * 8, Y: top, Bitmap: NewBitmap((right-left)*8, bottom-top)}
	for y := range out.Height {
		copy(out.Rows[y*out.Stride:], b.Rows[(top+y)*b.Stride+left:(top+y)*b.Stride+right])
	}
	return out
}
