package licence

import (
	"context"
	"fmt"
	"io"
	"time"

	"smarthall/internal/pdf"
)

// Measures of a printed licence, A4 across, in millimetres.
const (
	printEdge  = 12.0
	printLabel = 62.0
	printLeft  = 40.0
	printWidth = 297 - 2*printLeft
	printLine  = 9.2
	printQR    = 30.0
	printSeal  = 42.0
	printFoot  = 148.0 // where issuer, seal and QR code stand
)

var (
	printGold = pdf.Colour{176, 141, 70}
	printPale = pdf.Colour{250, 246, 236}
	printGrey = pdf.Colour{96, 96, 96}
)

// PDF writes a licence for screens and paper. Whether the caller may have it is
// for whoever calls to find out.
func (s *Service) PDF(ctx context.Context, w io.Writer, id string) error {
	l, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	if err != nil {
		return err
	}
	return s.print(w, l)
}

func (s *Service) print(w io.Writer, l Licence) error {
	doc := pdf.New(pdf.Options{Title: l.Name, Made: l.Issued})
	doc.AddPage(pdf.A4.Across())
	frame(doc)
	doc.Font(34, pdf.Black)
	doc.Cell(printEdge, 30, 297-2*printEdge, 16, l.Name, pdf.Centre)
	doc.Font(11, printGrey)
	doc.Cell(printLeft, 50, printWidth, 6, "编号："+l.Number, pdf.Centre)
	y := facts(doc, l.Lines, 64)
	if y < printFoot-printLine {
		doc.Font(13, printGrey)
		doc.Cell(printLeft, y, printLabel-4, printLine, "有效期", pdf.Left)
		doc.Font(13, pdf.Black)
		doc.Cell(printLeft+printLabel, y, printWidth-printLabel, printLine, validity(l), pdf.Left)
	}
	foot(doc, l, s.address(l.Code))
	if s.Demo {
		doc.Font(9, printGrey)
		doc.Cell(printEdge, 210-printEdge-9, 297-2*printEdge, 5, "演示环境签发，不具法律效力", pdf.Centre)
	}
	if l.State != Valid {
		doc.Font(60, pdf.Colour{200, 60, 60})
		doc.Cell(printEdge, 96, 297-2*printEdge, 24, l.State.Word(), pdf.Centre)
	}
	if err := doc.Output(w); err != nil {
		return fmt.Errorf("print a licence: %w", err)
	}
	return nil
}

// address is where a licence is verified.
func (s *Service) address(code string) string { return s.BaseURL + "/licences/verify/" + code }

// frame draws the edge of the page.
func frame(doc *pdf.Document) {
	doc.Fill(printEdge, printEdge, 297-2*printEdge, 210-2*printEdge, printPale)
	for _, edge := range []struct{ in, width float64 }{{0, 1.6}, {2.6, 0.4}} {
		x1, y1, x2, y2 := printEdge+edge.in, printEdge+edge.in, 297-printEdge-edge.in, 210-printEdge-edge.in
		doc.Line(x1, y1, x2, y1, edge.width, printGold)
		doc.Line(x2, y1, x2, y2, edge.width, printGold)
		doc.Line(x2, y2, x1, y2, edge.width, printGold)
		doc.Line(x1, y2, x1, y1, edge.width, printGold)
	}
}

// facts writes what the licence states, and returns where it ended. What has no
// room is cut: the signed content holds it whole.
func facts(doc *pdf.Document, list []Line, y float64) float64 {
	for _, line := range list {
		doc.Font(13, pdf.Black)
		rows := doc.Lines(line.Text, printWidth-printLabel)
		rows = rows[:min(len(rows), 3)]
		if y+float64(len(rows))*printLine > printFoot {
			return y
		}
		doc.Font(13, printGrey)
		doc.Cell(printLeft, y, printLabel-4, printLine, line.Label, pdf.Left)
		doc.Font(13, pdf.Black)
		for _, row := range rows {
			doc.Cell(printLeft+printLabel, y, printWidth-printLabel, printLine, row, pdf.Left)
			y += printLine
		}
	}
	return y
}

// foot writes who issued it and when, under the seal, and how to verify it.
func foot(doc *pdf.Document, l Licence, address string) {
	doc.QR(printLeft, printFoot, printQR, address)
	doc.Font(8, printGrey)
	doc.Cell(printLeft+printQR+4, printFoot+8, 110, 5, "扫码核验证照状态", pdf.Left)
	doc.Cell(printLeft+printQR+4, printFoot+14, 110, 5, "证照标识", pdf.Left)
	doc.Cell(printLeft+printQR+4, printFoot+19, 120, 5, l.Identifier, pdf.Left)
	const width = 84.0
	x := printLeft + printWidth - width
	doc.Font(14, pdf.Black)
	doc.Cell(x, printFoot+8, width, 9, "发证机关："+l.Body.Name, pdf.Centre)
	doc.Cell(x, printFoot+17, width, 9, dayWords(l.From), pdf.Centre)
	doc.Seal(x+width/2, printFoot+16, printSeal, pdf.Seal{Around: l.Body.Name, Below: "行政审批专用章"})
}

// validity is how long a licence is valid, in words.
func validity(l Licence) string {
	if l.Until == "" {
		return dayWords(l.From) + "起长期有效"
	}
	return dayWords(l.From) + "至" + dayWords(l.Until)
}

// dayWords is 2026-11-22 as 2026年11月22日.
func dayWords(day string) string {
	t, err := time.Parse(layout, day)
	if err != nil {
		return day
	}
	return t.Format("2006年1月2日")
}
