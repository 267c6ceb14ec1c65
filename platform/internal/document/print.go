package document

import (
	"context"
	"fmt"
	"io"
	"time"

	"smarthall/internal/pdf"
)

// Measures of a printed document in millimetres, near to GB/T 9704.
const (
	printLeft    = 28.0
	printWidth   = 210 - printLeft - 26
	printTop     = 30.0
	printBottom  = 297 - 30.0
	printLine    = 9.0
	printRow     = 7.5
	printQR      = 26.0
	printSeal    = 42.0
	printClosing = 52.0 // room for the office's name, the day, seal and QR code
)

var (
	printGrey = pdf.Colour{90, 96, 104}
	printRule = pdf.Colour{120, 126, 134}
)

// printer lays a document out, page after page.
type printer struct {
	doc *pdf.Document
	y   float64
}

// PDF writes a document for paper.
func (s *Service) PDF(ctx context.Context, w io.Writer, id string) error {
	r, err := s.one(ctx, `WHERE id = $1`, id)
	if err != nil {
		return err
	}
	return s.print(w, r)
}

func (s *Service) print(w io.Writer, r row) error {
	c := r.content
	foot := c.Number
	if s.Demo {
		foot += "  演示文书，不具法律效力"
	}
	p := &printer{doc: pdf.New(pdf.Options{Title: c.Title, Made: r.doc.Created, Footer: func(page, pages int) string {
		return fmt.Sprintf("%s  %d/%d", foot, page, pages)
	}})}
	p.page()
	p.head(c)
	for _, b := range c.Body {
		if b.Text != "" {
			p.text("　　" + b.Text)
		}
		if len(b.Head) > 0 {
			p.table(b.Head, b.Rows)
		}
	}
	p.closing(c, s.address(c.Code))
	if r.doc.Withdrawn != "" {
		p.withdrawn(r.doc.Withdrawn)
	}
	if err := p.doc.Output(w); err != nil {
		return fmt.Errorf("print document: %w", err)
	}
	return nil
}

// address is where a document is verified.
func (s *Service) address(code string) string { return s.BaseURL + "/verify/" + code }

func (p *printer) page() {
	p.doc.AddPage(pdf.A4)
	p.y = printTop
}

// room begins a new page unless there are that many millimetres left.
func (p *printer) room(height float64) {
	if p.y+height > printBottom {
		p.page()
	}
}

func (p *printer) head(c content) {
	p.doc.Font(20, pdf.Black)
	p.doc.Cell(printLeft, p.y, printWidth, 12, c.Organisation.Name, pdf.Centre)
	p.doc.Font(22, pdf.Black)
	p.doc.Cell(printLeft, p.y+13, printWidth, 13, c.Title, pdf.Centre)
	p.doc.Font(11, pdf.Black)
	p.doc.Cell(printLeft, p.y+29, printWidth, 7, c.Number, pdf.Right)
	p.doc.Line(printLeft, p.y+38, printLeft+printWidth, p.y+38, 0.4, printRule)
	p.y += 44
	p.doc.Font(14, pdf.Black)
	p.text(c.Addressee + "：")
}

// text writes a paragraph, line after line, over as many pages as it takes.
func (p *printer) text(text string) {
	p.doc.Font(14, pdf.Black)
	for _, line := range p.doc.Lines(text, printWidth) {
		p.room(printLine)
		p.doc.Cell(printLeft, p.y, printWidth, printLine, line, pdf.Left)
		p.y += printLine
	}
	p.y += 1
}

// table writes rows below their head, which is repeated on each page.
func (p *printer) table(head []string, rows [][]string) {
	widths := columnWidths(p.doc, head, rows)
	p.y += 2
	p.row(widths, head, true)
	for _, cells := range rows {
		if p.y+p.height(widths, cells) > printBottom {
			p.page()
			p.row(widths, head, true)
		}
		p.row(widths, cells, false)
	}
	p.y += 4
}

// columnWidths shares the width by what the columns hold at most.
func columnWidths(doc *pdf.Document, head []string, rows [][]string) []float64 {
	doc.Font(11, pdf.Black)
	widths, sum := make([]float64, len(head)), 0.0
	for i := range head {
		widths[i] = doc.Width(head[i]) + 6
		for _, row := range rows {
			widths[i] = max(widths[i], min(doc.Width(row[i])+6, printWidth*0.6))
		}
		sum += widths[i]
	}
	for i := range widths {
		widths[i] *= printWidth / sum
	}
	return widths
}

// height is that of a row with all its lines.
func (p *printer) height(widths []float64, cells []string) float64 {
	p.doc.Font(11, pdf.Black)
	most := 1
	for i, cell := range cells {
		most = max(most, len(p.doc.Lines(cell, widths[i]-4)))
	}
	return float64(most)*5.6 + printRow - 5.6
}

func (p *printer) row(widths []float64, cells []string, head bool) {
	height := p.height(widths, cells)
	p.room(height)
	if head {
		p.doc.Fill(printLeft, p.y, printWidth, height, pdf.Colour{240, 242, 245})
	}
	x := printLeft
	for i, cell := range cells {
		p.doc.Font(11, pdf.Black)
		lines := p.doc.Lines(cell, widths[i]-4)
		y := p.y + (height-float64(len(lines))*5.6)/2
		for _, line := range lines {
			p.doc.Cell(x+2, y, widths[i]-4, 5.6, line, pdf.Left)
			y += 5.6
		}
		p.doc.Line(x, p.y, x, p.y+height, 0.2, printRule)
		x += widths[i]
	}
	p.doc.Line(x, p.y, x, p.y+height, 0.2, printRule)
	p.doc.Line(printLeft, p.y, x, p.y, 0.2, printRule)
	p.doc.Line(printLeft, p.y+height, x, p.y+height, 0.2, printRule)
	p.y += height
}

// closing writes who issued it and when, under the seal, and how to verify it.
func (p *printer) closing(c content, address string) {
	if c.Sign {
		p.room(printLine * 2)
		p.y += 3
		p.doc.Font(14, pdf.Black)
		p.doc.Cell(printLeft, p.y, printWidth, printLine, "申请人（签字）：＿＿＿＿＿＿＿＿　　　日期：＿＿＿＿＿＿＿＿", pdf.Left)
		p.y += printLine
	}
	p.room(printClosing)
	top := p.y + 6
	p.doc.QR(printLeft, top+8, printQR, address)
	p.doc.Font(9, printGrey)
	p.doc.Cell(printLeft, top+8+printQR, 70, 5, "扫码核验真伪", pdf.Left)
	p.doc.Cell(printLeft, top+13+printQR, 90, 5, "核验码 "+spaced(c.Code), pdf.Left)
	const width = 78.0
	x := printLeft + printWidth - width
	p.doc.Font(14, pdf.Black)
	p.doc.Cell(x, top+12, width, printLine, c.Organisation.Name, pdf.Centre)
	p.doc.Cell(x, top+12+printLine, width, printLine, dayWords(c.Day), pdf.Centre)
	p.doc.Seal(x+width/2, top+14+printLine/2+4, printSeal, pdf.Seal{Around: c.Organisation.Name, Below: "行政审批专用章"})
}

// withdrawn writes over the page that the document doesn't stand any more.
func (p *printer) withdrawn(reason string) {
	p.doc.Font(16, pdf.Colour{180, 0, 0})
	p.doc.Cell(printLeft, 14, printWidth, 10, "本文书已撤销："+reason, pdf.Centre)
}

// spaced is a code in groups of four.
func spaced(code string) string {
	out := ""
	for i := 0; i < len(code); i += 4 {
		if i > 0 {
			out += " "
		}
		out += code[i:min(i+4, len(code))]
	}
	return out
}

// dayWords is 2026-11-22 as 2026年11月22日.
func dayWords(day string) string {
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return day
	}
	return t.Format("2006年1月2日")
}
