package pdf

import (
	"errors"
	"math"

	"smarthall/internal/fonts"
)

// Seal is the picture of an official seal (印章): a red circle with the office's
// name around a star, and what the seal is for below it. It lets what lies
// under it show through. A picture proves nothing: whoever wants to know
// verifies the document's signature.
type Seal struct {
	// Around is the office's name, Below such as 行政审批专用章.
	Around, Below string
}

// The measures of a seal, in parts of its diameter. An office of a county has
// one of 42 mm (国发〔1999〕25号).
const (
	sealRing   = 0.024 // width of the circle
	sealLetter = 0.115 // largest letters around
	sealGap    = 0.030 // between circle and letters
	sealStar   = 0.160 // radius of the star
	sealBelow  = 0.074 // letters below the star
	sealArc    = 1.2 * math.Pi
)

// sealRed is the colour of the ink.
var sealRed = Colour{204, 22, 28}

// maxSeal bounds the letters around a seal.
const maxSeal = 40

// Seal draws a seal with its centre at x, y and a diameter in millimetres.
func (d *Document) Seal(x, y, diameter float64, s Seal) {
	size, colour := d.size, d.colour
	d.drawn("draw seal", func() error {
		if err := d.font(); err != nil {
			return err
		}
		around := []rune(s.Around)
		if len(around) == 0 || len(around) > maxSeal {
			return errors.New("a seal needs the name of an office")
		}
		d.colour = sealRed
		d.pdf.SetAlpha(0.82, "Multiply")
		defer d.pdf.SetAlpha(1, "Normal")
		d.ring(x, y, diameter)
		d.star(x, y, diameter*sealStar)
		return d.around(x, y, diameter, around)
	})
	if s.Below != "" {
		d.Font(diameter*sealBelow/point, sealRed)
		d.Cell(x-diameter/2, y+diameter*0.2, diameter, diameter*0.12, s.Below, Centre)
	}
	d.Font(size, colour)
}

// ring draws the circle.
func (d *Document) ring(x, y, diameter float64) {
	d.pdf.SetDrawColor(int(sealRed[0]), int(sealRed[1]), int(sealRed[2]))
	d.pdf.SetLineWidth(diameter * sealRing)
	d.pdf.Circle(x, d.down(y), diameter/2-diameter*sealRing/2, "D")
}

// star fills a five-pointed star that stands on two points.
func (d *Document) star(x, y, radius float64) {
	// The inner corners of a pentagram lie on this part of its radius.
	inner := radius * math.Sin(math.Pi/10) / math.Sin(7*math.Pi/10)
	d.pdf.SetFillColor(int(sealRed[0]), int(sealRed[1]), int(sealRed[2]))
	for i := range 10 {
		r := radius
		if i%2 == 1 {
			r = inner
		}
		angle := float64(i) * math.Pi / 5
		px, py := x+r*math.Sin(angle), d.down(y-r*math.Cos(angle))
		if i == 0 {
			d.pdf.MoveTo(px, py)
		} else {
			d.pdf.LineTo(px, py)
		}
	}
	d.pdf.ClosePath()
	d.pdf.DrawPath("F")
}

// around writes letters along the circle, upright to it.
func (d *Document) around(x, y, diameter float64, letters []rune) error {
	letter := min(diameter*sealLetter, sealArc*diameter*0.38/float64(len(letters))*0.92)
	middle := diameter/2 - diameter*(sealRing+sealGap) - diameter*sealLetter/2
	step := min(sealArc/float64(max(len(letters)-1, 1)), math.Pi/6)
	angle := -step * float64(len(letters)-1) / 2
	for _, r := range letters {
		f, glyph := fonts.Find(&d.buffer, r)
		if f == nil {
			f, glyph = fonts.Find(&d.buffer, missing)
		}
		sin, cos := math.Sincos(angle)
		err := d.outlines(f, glyph, func(em, down float64) (float64, float64) {
			// Chinese characters are as wide as high, their middle 0.38 above
			// the line.
			along, out := (em-0.5)*letter, middle-(down+ascent-0.5)*letter
			return x + out*sin + along*cos, d.down(y - out*cos + along*sin)
		})
		if err != nil {
			return err
		}
		angle += step
	}
	return nil
}
