package item

import (
	"fmt"
	"io"
	"strings"
	"time"

	"smarthall/internal/pdf"
)

// PrintText writes a blank form or a sample that is kept as text as a PDF to be
// printed and filled in: its lines as they stand, broken where they are too
// long. made is when the text was published.
func PrintText(w io.Writer, title, text string, made time.Time) error {
	const size, line = 11.0, 6.6
	p := &printer{doc: pdf.New(pdf.Options{Title: title, Made: made, Footer: func(page, pages int) string {
		return fmt.Sprintf("%s  %d/%d", clip(title, 100), page, pages)
	}})}
	p.page()
	p.doc.Font(16, pdf.Black)
	for _, part := range p.doc.Lines(title, printWidth) {
		p.doc.Cell(printMargin, p.y, printWidth, 9, part, pdf.Centre)
		p.y += 9
	}
	p.y += 4
	p.doc.Font(size, pdf.Black)
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if head, rest, _ := strings.Cut(text, "\n"); strings.TrimSpace(head) == strings.TrimSpace(title) {
		text = rest // many begin with their own title
	}
	for paragraph := range strings.Lines(text) {
		paragraph = strings.TrimRight(strings.ReplaceAll(paragraph, "\t", "    "), " \n")
		if paragraph == "" {
			p.y += line / 2
			continue
		}
		for _, part := range p.doc.Lines(paragraph, printWidth) {
			p.room(line)
			p.doc.Font(size, pdf.Black) // a new page begins without one
			p.doc.Text(printMargin, p.y+size*0.3528, part)
			p.y += line
		}
	}
	return p.doc.Output(w)
}
