package form

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"smarthall/internal/pdf"
)

// Measures of the printed form, in millimetres.
const (
	printMargin = 16.0
	printWidth  = 210 - 2*printMargin
	printBottom = 297 - 14.0
	printLine   = 5.4
	printLabel  = 34.0
	printPad    = 1.6
	printText   = 10.0 // points
	printSmall  = 8.5
)

var (
	printBlue  = pdf.Colour{11, 92, 173}
	printShade = pdf.Colour{243, 246, 250}
	printRule  = pdf.Colour{150, 163, 181}
)

// Head is what stands around a printed form.
type Head struct {
	// Title is that of the form where it is empty; Number is the case's.
	Title, Number string
	// Link is what the QR code leads to; empty: there is none.
	Link string
	// Printed is the day on the foot.
	Printed time.Time
}

// printing bounds how many forms are printed at a time: each takes some tens of
// megabytes while it lasts.
var printing = make(chan struct{}, 2)

// printWait is how long a request waits for its turn.
const printWait = 10 * time.Second

// Print writes a filled form as a PDF.
func (s *Service) Print(ctx context.Context, w io.Writer, f *Form, values Values, answers Answers, head Head) error {
	return s.printed(ctx, w, f, head, f.Lines(values, answers, s.Store.Now()), false)
}

// PrintBlank writes an empty form to be filled in by hand (ON-22): with every
// field, also those that are there in some cases only.
func (s *Service) PrintBlank(ctx context.Context, w io.Writer, f *Form, head Head) error {
	list := make([]Filled, len(f.Parts))
	for i, p := range f.Parts {
		list[i].Title = p.Title
		if p.When != nil {
			list[i].Title += "（有此情形的填写）"
		}
		for _, in := range p.Fields {
			list[i].Lines = append(list[i].Lines, in.blank())
		}
	}
	return s.printed(ctx, w, f, head, list, true)
}

// blank is a field as it is filled in by hand.
func (in *Input) blank() Line {
	l := in.line(nil)
	switch {
	case in.Widget == Note:
	case in.When != nil:
		l.Label += "（视情形）"
	case in.Required:
		l.Label += " *"
	}
	switch in.Widget {
	case Choice, Several:
		for i, o := range in.Options {
			if i > 0 {
				l.Text += "　"
			}
			l.Text += "□ " + o.Label
		}
	case YesNo:
		l.Text = "□ 是　□ 否"
	case Table:
		for range max(in.MinRows, 3) {
			l.Rows = append(l.Rows, make([]string, len(in.Columns)))
		}
	case Person:
		l.Text = "姓名　　　　　　身份证号码　　　　　　　　　　　电话"
	case Date:
		l.Text = "　　　　年　　　月　　　日"
	case LongText:
		l.Text = "\n\n"
	}
	return l
}

func (s *Service) printed(ctx context.Context, w io.Writer, f *Form, head Head, list []Filled, blank bool) error {
	if ctx.Err() != nil {
		return ErrBusy.Because(context.Cause(ctx))
	}
	ctx, cancel := context.WithTimeout(ctx, printWait)
	defer cancel()
	select {
	case printing <- struct{}{}:
		defer func() { <-printing }()
	case <-ctx.Done():
		return ErrBusy.Because(context.Cause(ctx))
	}
	var out bytes.Buffer
	if err := write(&out, f, head, list, blank); err != nil {
		return fmt.Errorf("print form %s: %w", f.ID, err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// sheet lays a form out, page after page.
type sheet struct {
	doc *pdf.Document
	y   float64
}

func write(w io.Writer, f *Form, head Head, list []Filled, blank bool) error {
	title := head.Title
	if title == "" {
		title = f.Title
	}
	foot := fmt.Sprintf("第%d版", f.Version)
	if !head.Printed.IsZero() {
		foot += "  " + head.Printed.In(zone).Format("2006年1月2日") + "打印"
	}
	p := &sheet{doc: pdf.New(pdf.Options{Title: f.Title, Made: head.Printed, Footer: func(page, pages int) string {
		return fmt.Sprintf("%s  %s  %d/%d", clip(title, 60), foot, page, pages)
	}})}
	p.page()
	p.head(title, f, head, blank)
	for _, part := range list {
		p.part(part)
	}
	p.sign()
	return p.doc.Output(w)
}

func (p *sheet) page() {
	p.doc.AddPage(pdf.A4)
	p.y = printMargin
}

// room begins a new page unless there is room for height.
func (p *sheet) room(height float64) bool {
	if p.y+height <= printBottom {
		return false
	}
	p.page()
	return true
}

func (p *sheet) head(title string, f *Form, head Head, blank bool) {
	const side = 22.0
	width := printWidth
	if head.Link != "" {
		width -= side + 4
		p.doc.QR(printMargin+printWidth-side, p.y-2, side, head.Link)
	}
	p.doc.Font(18, pdf.Black)
	y := p.doc.Wrap(printMargin, p.y, width, 9, title)
	p.doc.Font(printSmall, pdf.Grey)
	if head.Number != "" {
		y = p.doc.Wrap(printMargin, y+1, width, printLine, "编号："+head.Number)
	}
	if blank && f.Intro != "" {
		y = p.doc.Wrap(printMargin, y+1, width, printLine, "带 * 的为必填项，请用黑色签字笔填写，“□”处打“√”。")
	}
	if head.Link != "" {
		y = max(y, p.y+side-2)
	}
	p.y = y + 3
}

func (p *sheet) part(part Filled) {
	p.room(22)
	p.doc.Fill(printMargin, p.y+0.8, 1.2, 4.6, printBlue)
	p.doc.Font(11.5, printBlue)
	p.doc.Cell(printMargin+3.5, p.y, printWidth, 6.2, part.Title, pdf.Left)
	p.y += 7.4
	p.rule(p.y)
	for i := 0; i < len(part.Lines); i++ {
		l := part.Lines[i]
		switch {
		case l.Head != nil:
			p.table(l)
		case l.Note:
			p.note(l)
		case l.width != Full && i+1 < len(part.Lines) && part.Lines[i+1].width != Full && part.Lines[i+1].Head == nil && !part.Lines[i+1].Note:
			p.row(l, part.Lines[i+1])
			i++
		default:
			p.row(l)
		}
	}
	p.y += 4
}

func (p *sheet) rule(y float64) {
	p.doc.Line(printMargin, y, printMargin+printWidth, y, 0.15, printRule)
}

// row draws one field, or two beside each other.
func (p *sheet) row(fields ...Line) {
	column := printWidth / float64(len(fields))
	label := printLabel
	if len(fields) > 1 {
		label = 30
	}
	lines := 1
	labels, texts := make([][]string, len(fields)), make([][]string, len(fields))
	for i, f := range fields {
		p.doc.Font(printSmall, pdf.Grey)
		labels[i] = p.doc.Lines(f.Label, label-2*printPad)
		p.doc.Font(printText, pdf.Black)
		texts[i] = p.doc.Lines(f.Text, column-label-2*printPad)
		lines = max(lines, len(labels[i]), len(texts[i]))
	}
	if len(fields) == 1 && lines > 30 {
		p.long(fields[0].Label, texts[0])
		return
	}
	height := float64(lines)*printLine + 2*printPad
	if p.room(height) {
		p.rule(p.y)
	}
	for i := range fields {
		x := printMargin + float64(i)*column
		p.doc.Fill(x, p.y+0.1, label, height-0.2, printShade)
		p.doc.Font(printSmall, pdf.Grey)
		p.lines(x+printPad, p.y+printPad, labels[i])
		p.doc.Font(printText, pdf.Black)
		p.lines(x+label+printPad, p.y+printPad, texts[i])
	}
	p.y += height
	p.rule(p.y)
}

// lines writes broken text.
func (p *sheet) lines(x, y float64, list []string) {
	for i, l := range list {
		p.doc.Cell(x, y+float64(i)*printLine, printWidth, printLine, l, pdf.Left)
	}
}

// long writes a text that may take pages.
func (p *sheet) long(label string, list []string) {
	p.room(4 * printLine)
	p.doc.Font(printSmall, pdf.Grey)
	p.doc.Cell(printMargin+printPad, p.y+printPad, printWidth, printLine, label, pdf.Left)
	p.y += printLine + printPad
	for _, l := range list {
		p.room(printLine)
		p.doc.Font(printText, pdf.Black)
		p.doc.Cell(printMargin+printLabel+printPad, p.y, printWidth, printLine, l, pdf.Left)
		p.y += printLine
	}
	p.y += printPad
	p.rule(p.y)
}

func (p *sheet) note(l Line) {
	p.doc.Font(printSmall, pdf.Grey)
	for _, line := range p.doc.Lines(l.Text, printWidth-2*printPad) {
		p.room(printLine)
		p.doc.Font(printSmall, pdf.Grey)
		p.doc.Cell(printMargin+printPad, p.y+0.6, printWidth, printLine, line, pdf.Left)
		p.y += printLine
	}
	p.y += 1.2
	p.rule(p.y)
}

// table draws rows; its heading stands on every page that it reaches.
func (p *sheet) table(l Line) {
	p.room(4 * printLine)
	p.doc.Font(printSmall, pdf.Grey)
	p.doc.Cell(printMargin+printPad, p.y+printPad/2, printWidth, printLine, l.Label, pdf.Left)
	p.y += printLine + printPad
	widths := p.widths(l)
	p.cells(widths, l.Head, true)
	if len(l.Rows) == 0 {
		p.cells(widths, make([]string, len(widths)), false)
	}
	for i, row := range l.Rows {
		if p.y+p.height(widths, row) > printBottom && p.y > printMargin+40 {
			p.page()
			p.rule(p.y)
			p.cells(widths, l.Head, true)
		}
		p.numbered(i+1, widths, row)
	}
}

// numbered draws a row with its number before it.
func (p *sheet) numbered(n int, widths []float64, row []string) {
	p.doc.Font(printSmall, pdf.Grey)
	p.doc.Cell(printMargin, p.y+printPad, printNumber, printLine, strconv.Itoa(n), pdf.Centre)
	p.cells(widths, row, false)
}

// printNumber is the width of the column with the rows' numbers.
const printNumber = 9.0

// widths gives every column what its texts want, in proportion.
func (p *sheet) widths(l Line) []float64 {
	p.doc.Font(printText, pdf.Black)
	wants, total := make([]float64, len(l.Head)), 0.0
	for i, h := range l.Head {
		wants[i] = p.doc.Width(h) + 2*printPad
		for _, row := range l.Rows {
			wants[i] = max(wants[i], min(p.doc.Width(clip(row[i], 60))+2*printPad, 60))
		}
		total += wants[i]
	}
	for i := range wants {
		wants[i] *= (printWidth - printNumber) / total
	}
	return wants
}

func (p *sheet) height(widths []float64, row []string) float64 {
	p.doc.Font(printText, pdf.Black)
	lines := 1
	for i, cell := range row {
		lines = max(lines, len(p.doc.Lines(cell, widths[i]-2*printPad)))
	}
	return float64(lines)*printLine + 2*printPad
}

// cells draws one row; one that is higher than the page goes on on the next.
func (p *sheet) cells(widths []float64, row []string, heading bool) {
	p.doc.Font(printText, pdf.Black)
	broken, left := make([][]string, len(row)), 1
	for i, cell := range row {
		broken[i] = p.doc.Lines(cell, widths[i]-2*printPad)
		left = max(left, len(broken[i]))
	}
	for {
		n := min(left, max(int((printBottom-p.y-2*printPad)/printLine), 1))
		p.slice(widths, broken, n, heading)
		for i := range broken {
			broken[i] = broken[i][min(n, len(broken[i])):]
		}
		if left -= n; left == 0 {
			return
		}
		p.page()
		p.rule(p.y)
	}
}

// slice draws the first n lines of every cell.
func (p *sheet) slice(widths []float64, broken [][]string, n int, heading bool) {
	height := float64(n)*printLine + 2*printPad
	colour := pdf.Black
	if heading {
		p.doc.Fill(printMargin, p.y+0.1, printWidth, height-0.2, printShade)
		colour = pdf.Grey
	}
	x := printMargin + printNumber
	for i := range broken {
		p.doc.Line(x, p.y, x, p.y+height, 0.1, printRule)
		p.doc.Font(printText, colour)
		p.lines(x+printPad, p.y+printPad, broken[i][:min(n, len(broken[i]))])
		x += widths[i]
	}
	p.y += height
	p.rule(p.y)
}

// sign leaves room for the applicant's hand.
func (p *sheet) sign() {
	p.room(16)
	p.doc.Font(printText, pdf.Black)
	p.doc.Cell(printMargin, p.y+4, printWidth/2, 8, "申请人（签名或盖章）：", pdf.Left)
	p.doc.Cell(printMargin+printWidth/2, p.y+4, printWidth/2, 8, "　　　　年　　　月　　　日", pdf.Right)
	p.y += 14
}
