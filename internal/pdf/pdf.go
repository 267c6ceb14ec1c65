// Package pdf makes PDFs: case materials from scanned pages (Pages), and
// documents with Chinese text, pictures and QR codes (Document).
//
// Text is set in Noto Sans SC, of which only the characters used are embedded.
// Every character comes out: what the PDF library can't carry (all beyond the
// Basic Multilingual Plane, as many rare names are) and what only a font of the
// machine has (package rare) is drawn from outlines, still found by search and
// copy; what no font has is 〓 with its code point behind it.
//
// Measures are millimetres from the top left of a page; font sizes are points.
// A Document belongs to one goroutine and takes some 30 MB while it has text,
// so callers limit how many are made at a time.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/jung-kurt/gofpdf"
	"github.com/skip2/go-qrcode"
	"golang.org/x/image/font/sfnt"

	"smarthall/internal/fonts"
)

// Size is that of a page in millimetres.
type Size struct{ Width, Height float64 }

// The sizes of paper.
var (
	A4 = Size{210, 297}
	A3 = Size{297, 420}
)

// Across is s lying on its long side.
func (s Size) Across() Size { return Size{max(s.Width, s.Height), min(s.Width, s.Height)} }

// Colour is red, green and blue.
type Colour [3]uint8

// The colours of text.
var (
	Black = Colour{16, 24, 36}
	Grey  = Colour{94, 108, 130}
)

// Align is where text stands in its cell.
type Align int

// The alignments. The zero value is Left.
const (
	Left Align = iota
	Centre
	Right
)

// Options are for a new Document.
type Options struct {
	// Title is what readers show in their window. It holds no personal data:
	// search engines and mail programs show it too.
	Title string
	// Made is the date in the file; zero is none of ours, 2000-01-01, so that
	// the same content gives the same file.
	Made time.Time
	// Footer is the small line at the foot of each page; nil is none.
	Footer func(page, pages int) string
}

// Document is a PDF in the making. The first error is kept and told by Output;
// what follows it does nothing.
type Document struct {
	pdf     *gofpdf.Fpdf
	options Options
	pages   []Size
	page    int // the one drawn on, from 1
	outline *sfnt.Font
	buffer  sfnt.Buffer
	size    float64 // of the font, in points
	colour  Colour
	images  int
	err     error
}

// New begins a document without pages.
func New(o Options) *Document {
	f := gofpdf.New("P", "mm", "A4", "")
	f.SetMargins(0, 0, 0)
	f.SetCellMargin(0)
	f.SetAutoPageBreak(false, 0)
	f.SetCatalogSort(true)
	made := o.Made
	if made.IsZero() {
		made = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetProducer("Smart Hall", true)
	if o.Title != "" {
		f.SetTitle(basic(o.Title), true)
	}
	return &Document{pdf: f, options: o, size: 10.5, colour: Black}
}

// basic is text with 〓 for what the library's metadata can't hold.
func basic(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		if r > 0xFFFF {
			runes[i] = missing
		}
	}
	return string(runes)
}

// AddPage begins a page.
func (d *Document) AddPage(s Size) {
	d.do("add page", func() error {
		if !(s.Width >= 10 && s.Height >= 10 && s.Width <= 5000 && s.Height <= 5000) {
			return fmt.Errorf("%.0f mm × %.0f mm is no page", s.Width, s.Height)
		}
		d.pdf.AddPageFormat("P", gofpdf.SizeType{Wd: s.Width, Ht: s.Height})
		d.pages = append(d.pages, s)
		d.page = len(d.pages)
		return nil
	})
}

// PageSize is that of the page drawn on.
func (d *Document) PageSize() Size {
	if d.page == 0 {
		return Size{}
	}
	return d.pages[d.page-1]
}

// Font sets the size in points and the colour of the text that follows.
func (d *Document) Font(points float64, c Colour) { d.size, d.colour = points, c }

// Line draws a line of the given width.
func (d *Document) Line(x1, y1, x2, y2, width float64, c Colour) {
	d.drawn("draw line", func() error {
		d.pdf.SetDrawColor(int(c[0]), int(c[1]), int(c[2]))
		d.pdf.SetLineWidth(width)
		d.pdf.Line(x1, d.down(y1), x2, d.down(y2))
		return nil
	})
}

// Fill fills a rectangle.
func (d *Document) Fill(x, y, width, height float64, c Colour) {
	d.drawn("fill", func() error {
		d.pdf.SetFillColor(int(c[0]), int(c[1]), int(c[2]))
		d.pdf.Rect(x, d.down(y), width, height, "F")
		return nil
	})
}

// Image draws a JPEG or PNG into a rectangle, whatever its proportions. A JPEG
// is embedded as it is.
func (d *Document) Image(x, y, width, height float64, file []byte) {
	d.drawn("draw picture", func() error {
		kind := "JPG"
		if bytes.HasPrefix(file, []byte("\x89PNG")) {
			kind = "PNG"
		}
		d.images++
		name := fmt.Sprint("picture ", d.images)
		options := gofpdf.ImageOptions{ImageType: kind}
		d.pdf.RegisterImageOptionsReader(name, options, bytes.NewReader(file))
		d.pdf.ImageOptions(name, x, d.down(y), width, height, false, options, 0, "")
		return d.pdf.Error()
	})
}

// QR draws a QR code (level M) of text, with the white around it that readers
// need, into a square.
func (d *Document) QR(x, y, side float64, text string) {
	d.drawn("draw QR code", func() error {
		code, err := qrcode.New(text, qrcode.Medium)
		if err != nil {
			return err
		}
		dots := code.Bitmap()
		dot := side / float64(len(dots))
		d.pdf.SetFillColor(255, 255, 255)
		d.pdf.Rect(x, d.down(y), side, side, "F")
		d.pdf.SetFillColor(0, 0, 0)
		for i, row := range dots {
			for from := 0; from < len(row); {
				to := from
				for to < len(row) && row[to] {
					to++
				}
				if to > from {
					d.pdf.Rect(x+float64(from)*dot, d.down(y+float64(i)*dot), float64(to-from)*dot, dot*1.02, "F")
				}
				from = to + 1
			}
		}
		return nil
	})
}

// Output writes the document. It can't be drawn on afterwards.
func (d *Document) Output(w io.Writer) error {
	if d.err == nil && len(d.pages) == 0 {
		d.err = errors.New("make PDF: no pages")
	}
	d.footers()
	d.do("write", func() error { return d.pdf.Output(w) })
	return d.err
}

// footers writes the line at the foot of each page, now that their number is
// known.
func (d *Document) footers() {
	if d.options.Footer == nil || d.err != nil {
		return
	}
	size, colour, page := d.size, d.colour, d.page
	for i, s := range d.pages {
		d.page = i + 1
		d.pdf.SetPage(d.page)
		// The library leaves a font out that it wrote last, on another page.
		if d.outline != nil {
			d.pdf.SetFontSize(1)
		}
		d.Font(7, Grey)
		d.Cell(footerMargin, s.Height-footerHeight, s.Width-2*footerMargin, footerHeight-1.5, d.options.Footer(d.page, len(d.pages)), Centre)
	}
	d.size, d.colour, d.page = size, colour, page
	d.pdf.SetPage(page)
}

// Where the footer stands.
const (
	footerMargin = 10.0
	footerHeight = 6.0
)

// drawn does what needs a page.
func (d *Document) drawn(what string, f func() error) {
	d.do(what, func() error {
		if d.page == 0 {
			return errors.New("no page yet")
		}
		return f()
	})
}

// do runs f unless something failed before. The library panics at what it can't
// do: that is an error here.
func (d *Document) do(what string, f func() error) {
	if d.err != nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			d.err = fmt.Errorf("make PDF: %s: %v", what, p)
		}
	}()
	err := f()
	if err == nil {
		err = d.pdf.Error()
	}
	if err != nil {
		d.err = fmt.Errorf("make PDF: %s: %w", what, err)
	}
}

// down is a place on the page drawn on, as the library counts: it measures
// all pages from the foot of the last one that was added.
func (d *Document) down(y float64) float64 {
	_, last := d.pdf.GetPageSize()
	return y + last - d.PageSize().Height
}

// font makes the font ready: a document without text has none.
func (d *Document) font() error {
	if d.outline == nil {
		file, err := fonts.SansSC()
		if err != nil {
			return err
		}
		if d.outline, err = fonts.SansSCOutlines(); err != nil {
			return err
		}
		d.pdf.AddUTF8FontFromBytes("text", "", file)
	}
	d.pdf.SetFont("text", "", math.Max(d.size, 0.5))
	d.pdf.SetTextColor(int(d.colour[0]), int(d.colour[1]), int(d.colour[2]))
	return d.pdf.Error()
}
