package kiosk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/pdf"
)

// Forms of the guides on paper: the empty one to fill in by hand, or how
// somebody made up filled it in. A guide has them as text, a gap a line
// (姓名：张三); here they are drawn on A4, also while the hall is away. Or they are
// files, which the hall keeps: see samplefiles.go.

// Measures of a printed form, in millimetres and points.
const (
	formMargin = 18.0
	formLabel  = 48.0
	formRow    = 11.0
	formLine   = 6.0
	formBottom = 297 - 22.0
	formWidth  = 210 - 2*formMargin
	formQR     = 20.0
)

var (
	formShade = pdf.Colour{243, 246, 250}
	formRule  = pdf.Colour{120, 132, 150}
	formHand  = pdf.Colour{24, 62, 140} // what the made-up person wrote
)

// printForm prints a form of an item on the page printer, once.
func (k *Kiosk) printForm(ctx context.Context, key string, ask link.PaperPrint) (any, error) {
	data, err := k.guides.read(ctx)
	if data == nil {
		return nil, errors.Join(agent.Refuse(http.StatusServiceUnavailable, "paper.unknown", "样表暂时读不到，请稍后再试"), err)
	}
	g, err := guideOf(data, ask.Item)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(g.Item.Materials, func(m guideMaterial) bool { return m.ID == ask.Form })
	if i < 0 {
		return nil, agent.Refuse(http.StatusNotFound, "paper.unknown", "没有这份样表")
	}
	m := g.Item.Materials[i]
	form := m.Blank
	if ask.Filled {
		form = m.Sample
	}
	var file []byte
	if form.Text == "" && form.URL != "" {
		file, err = k.sampleFiles.sheet(ctx, form.URL, m.Name)
	} else {
		file, err = drawForm(g, m, ask.Filled)
	}
	if err != nil {
		return nil, err
	}
	job := device.PageJob{Job: "form/" + key, Title: "sample form", PDF: file}
	return link.Answer{}, k.agent.PrintPDF(ctx, "", job)
}

// drawForm draws a form of a guide as a PDF.
func drawForm(g guideItem, m guideMaterial, filled bool) ([]byte, error) {
	text, mark := m.Blank.Text, "空白表格"
	if filled {
		text, mark = m.Sample.Text, "填写示例，人物、单位均为虚构"
	}
	title, rows := formRows(text)
	if title == "" {
		return nil, agent.Refuse(http.StatusNotFound, "paper.unknown", "没有这份样表")
	}
	f := &formSheet{doc: pdf.New(pdf.Options{Title: title, Footer: func(page, pages int) string {
		return fmt.Sprintf("%s  %s  %d/%d", g.Name, mark, page, pages)
	}})}
	f.page()
	f.head(title, g)
	for _, r := range rows {
		f.row(r, filled)
	}
	if m.Fill != "" {
		f.note("填写说明：" + m.Fill)
	}
	var out bytes.Buffer
	if err := f.doc.Output(&out); err != nil {
		return nil, fmt.Errorf("draw form: %w", err)
	}
	return out.Bytes(), nil
}

// formRows reads a form's text: its title, then a gap a line, label and value.
// A line without a colon is a remark: its label is empty.
func formRows(text string) (title string, rows [][2]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch label, value, gap := strings.Cut(line, "："); {
		case line == "":
		case title == "":
			title = line
		case gap:
			rows = append(rows, [2]string{label, value})
		default:
			rows = append(rows, [2]string{"", line})
		}
	}
	return title, rows
}

// formSheet lays a form out, page after page.
type formSheet struct {
	doc *pdf.Document
	y   float64
}

func (f *formSheet) page() {
	f.doc.AddPage(pdf.A4)
	f.y = formMargin
}

func (f *formSheet) room(height float64) {
	if f.y+height > formBottom {
		f.page()
	}
}

// head is the title, with the guide's code beside it.
func (f *formSheet) head(title string, g guideItem) {
	width := formWidth
	if g.Item.URL != "" {
		f.doc.QR(210-formMargin-formQR, f.y, formQR, g.Item.URL)
		width -= formQR + 4
	}
	f.doc.Font(17, pdf.Black)
	f.y = f.doc.Wrap(formMargin, f.y, width, 9, title)
	f.doc.Font(9, formRule)
	f.y = f.doc.Wrap(formMargin, f.y, width, 5, g.Name)
	f.y = max(f.y, formMargin+formQR) + 4
	f.doc.Line(formMargin, f.y, 210-formMargin, f.y, 0.4, formRule)
}

func (f *formSheet) row(r [2]string, filled bool) {
	if r[0] == "" {
		f.note(r[1])
		return
	}
	f.doc.Font(10.5, pdf.Black)
	lines := max(len(f.doc.Lines(r[0], formLabel-6)), len(f.doc.Lines(r[1], formWidth-formLabel-6)))
	height := max(formRow, float64(lines)*formLine+5)
	f.room(height)
	f.doc.Fill(formMargin, f.y+0.2, formLabel, height-0.4, formShade) // between its lines
	f.doc.Wrap(formMargin+3, f.y+2.5, formLabel-6, formLine, r[0])
	if filled {
		f.doc.Font(10.5, formHand)
	}
	f.doc.Wrap(formMargin+formLabel+3, f.y+2.5, formWidth-formLabel-6, formLine, r[1])
	for _, x := range []float64{formMargin, formMargin + formLabel, 210 - formMargin} {
		f.doc.Line(x, f.y, x, f.y+height, 0.2, formRule)
	}
	f.y += height
	f.doc.Line(formMargin, f.y, 210-formMargin, f.y, 0.2, formRule)
}

func (f *formSheet) note(text string) {
	f.doc.Font(9.5, formRule)
	height := float64(len(f.doc.Lines(text, formWidth)))*5.2 + 4
	f.room(height)
	f.doc.Wrap(formMargin, f.y+3, formWidth, 5.2, text)
	f.y += height
}
