// Package labelview is the inside of a simulated label printer: bytes of TSPL
// or ZPL flow in, labels as they would look on paper come out. It draws what
// our engines send and what a technician's test label has, with code libraries
// of its own, so that another program can read the codes from its picture.
package labelview

import (
	"errors"
	"fmt"
	"image/png"
	"io"
	"time"

	"github.com/boombuler/barcode/code128"
	qrcode "github.com/skip2/go-qrcode"

	"smarthall/firmware-profiles/engine/label"
)

// Label is a printed label, or several that look the same.
type Label struct {
	// N counts the labels of a printer from 1.
	N  int       `json:"n"`
	At time.Time `json:"at"`
	// Copies came out with it.
	Copies int `json:"copies"`
	// WidthMM and HeightMM are the label's size.
	WidthMM  int `json:"widthMm"`
	HeightMM int `json:"heightMm"`
	// Texts were written with the printer's own font, Codes are the codes that it
	// drew itself.
	Texts []string `json:"texts,omitempty"`
	Codes []Code   `json:"codes,omitempty"`

	dots label.Bitmap
}

// Code is a code that the printer drew.
type Code struct {
	// Kind is code128 or qr.
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Blank tells whether nothing is on it.
func (l *Label) Blank() bool {
	for _, dots := range l.dots.Rows {
		if dots != 0 {
			return false
		}
	}
	return true
}

// WritePNG draws the label with a white rim, dot by dot.
func (l *Label) WritePNG(w io.Writer) error {
	const rim = 16
	out := label.NewBitmap(l.dots.Width+2*rim, l.dots.Height+2*rim)
	if l.dots.Rows != nil {
		out.Lay(l.dots, rim, rim)
	}
	return png.Encode(w, out.Image())
}

// Decoder reads one printer language.
type Decoder interface {
	// Step takes a command from the beginning of p and returns its length, 0 if
	// it isn't whole yet, and the label that it printed, if it did.
	Step(p []byte) (n int, printed *Label)
	// Reset drops the label that is being made.
	Reset()
}

// Limits, so that a flood can't fill the memory.
const (
	maxDots   = 2600 // of a label's side
	maxParts  = 100  // texts and codes
	maxLine   = 16 << 10
	maxBinary = 192 << 10
	maxSkip   = 4 << 20 // of a picture that is too large
	maxCopies = 999
)

// errDraw is a part that can't be drawn; a printer leaves it out.
var errDraw = errors.New("can't be drawn")

// canvas is the label that is being made.
type canvas struct {
	dpi  int
	make *Label
	// shared tells that a printed label has the same dots.
	shared bool
}

// paper is the dots of the label that is being made, to be burnt.
func (c *canvas) paper() label.Bitmap {
	b := &c.make.dots
	switch {
	case b.Rows == nil:
		*b = label.NewBitmap(b.Width, b.Height)
	case c.shared:
		b.Rows = append([]byte(nil), b.Rows...)
	}
	c.shared = false
	return *b
}

// dots are millimetres in dots.
func (c *canvas) dots(mm float64) int {
	if c.dpi == 203 {
		return int(mm * 8)
	}
	return int(mm * float64(c.dpi) / 25.4)
}

// begin clears the label; both sides are in dots.
func (c *canvas) begin(width, height int) {
	width, height = min(max(width, 8), maxDots), min(max(height, 8), maxDots)
	perMM := float64(c.dots(1000)) / 1000
	c.make = &Label{
		WidthMM: int(float64(width)/perMM + 0.5), HeightMM: int(float64(height)/perMM + 0.5),
		dots: label.Bitmap{Width: width, Height: height}, // its dots come with the first that is burnt
	}
	c.shared = false
}

// bar draws a Code 128.
func (c *canvas) bar(x, y, height, module int, data string) error {
	code, err := code128.Encode(data)
	if err != nil || module < 1 || module > 20 || len(c.make.Codes) >= maxParts {
		return fmt.Errorf("code 128: %w", errDraw)
	}
	dots := c.paper()
	for i := range code.Bounds().Dx() {
		if r, _, _, _ := code.At(i, 0).RGBA(); r == 0 {
			dots.Fill(x+i*module, y, module, height)
		}
	}
	c.make.Codes = append(c.make.Codes, Code{Kind: "code128", Text: data})
	return nil
}

// qr draws a QR code.
func (c *canvas) qr(x, y, cell int, level qrcode.RecoveryLevel, data string) error {
	code, err := qrcode.New(data, level)
	if err != nil || cell < 1 || cell > 20 || len(c.make.Codes) >= maxParts {
		return fmt.Errorf("qr code: %w", errDraw)
	}
	code.DisableBorder = true
	dots := c.paper()
	for row, cells := range code.Bitmap() {
		for col, black := range cells {
			if black {
				dots.Fill(x+col*cell, y+row*cell, cell, cell)
			}
		}
	}
	c.make.Codes = append(c.make.Codes, Code{Kind: "qr", Text: data})
	return nil
}

// text writes with the printer's own font, of which this is a likeness.
func (c *canvas) text(x, y, px int, text string) error {
	if px < 6 || px > 300 || len(text) > 200 || len(c.make.Texts) >= maxParts {
		return fmt.Errorf("text: %w", errDraw)
	}
	b, err := label.Text(text, px)
	if err != nil {
		return err
	}
	c.paper().Lay(b, x, y)
	c.make.Texts = append(c.make.Texts, text)
	return nil
}

// box draws a frame.
func (c *canvas) box(x, y, width, height, line int) {
	line = max(line, 1)
	dots := c.paper()
	dots.Fill(x, y, width, line)
	dots.Fill(x, y+height-line, width, line)
	dots.Fill(x, y, line, height)
	dots.Fill(x+width-line, y, line, height)
}

// print is the finished label.
func (c *canvas) print(copies int) *Label {
	done := *c.make
	done.Copies = min(max(copies, 1), maxCopies)
	c.shared = true
	done.Texts = append([]string(nil), done.Texts...)
	done.Codes = append([]Code(nil), done.Codes...)
	return &done
}
