package simulator

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	qrcode "github.com/skip2/go-qrcode"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/fonts"
)

// SheetView is a sheet of paper that can be laid under a camera or into a
// scanner.
type SheetView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Width and Height are in millimetres.
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// sheet is a specimen. Whoever stands on one is made up.
type sheet struct {
	SheetView
	draw func(p *pen)
}

// Specimens are the sheets that every simulated camera and scanner has at
// hand.
func Specimens() []SheetView {
	out := make([]SheetView, len(specimens))
	for i, s := range specimens {
		out[i] = s.SheetView
	}
	return out
}

// specimens in the order of the console.
var specimens = []sheet{
	{SheetView{"form-a4", "办事申请表（A4）", 210, 297}, drawForm},
	{SheetView{"licence-a4", "营业执照（A4 横版）", 297, 210}, drawLicence},
	{SheetView{"letter-a4", "情况说明（A4）", 210, 297}, drawLetter},
	{SheetView{"card-copy-a4", "证件复印件（A4）", 210, 297}, drawCardCopy},
	{SheetView{"plan-a3", "平面图（A3 横版）", 420, 297}, drawPlan},
	{SheetView{"slip", "缴费小票（80 毫米）", 80, 150}, drawSlip},
	{SheetView{"blank-a4", "白纸（A4）", 210, 297}, func(*pen) {}},
}

// specimen is the sheet with an id.
func specimen(id string) (sheet, bool) {
	for _, s := range specimens {
		if s.ID == id {
			return s, true
		}
	}
	return sheet{}, false
}

// render draws the sheet at a resolution in dots per millimetre.
func (s sheet) render(dots float64) *image.RGBA {
	w, h := int(math.Round(s.Width*dots)), int(math.Round(s.Height*dots))
	p := &pen{img: image.NewRGBA(image.Rect(0, 0, w, h)), dots: dots, faces: map[float64]font.Face{}}
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(paperWhite), image.Point{}, draw.Src)
	s.draw(p)
	for _, f := range p.faces {
		_ = f.Close() // holds no file
	}
	return p.img
}

// Colours of paper and ink.
var (
	paperWhite = color.RGBA{250, 249, 245, 255}
	ink        = color.RGBA{28, 28, 32, 255}
	penBlue    = color.RGBA{32, 52, 140, 255}
	sealRed    = color.RGBA{205, 40, 38, 255}
	fadedInk   = color.RGBA{110, 110, 116, 255}
	fadedGrey  = color.RGBA{222, 222, 220, 255}
)

// pen draws on a sheet; all its lengths are millimetres from the left upper
// corner.
type pen struct {
	img   *image.RGBA
	dots  float64 // per millimetre
	faces map[float64]font.Face
}

func (p *pen) px(mm float64) int { return int(math.Round(mm * p.dots)) }

// face is the typeface in a size, or nil where the program has no font.
func (p *pen) face(size float64) font.Face {
	if f, ok := p.faces[size]; ok {
		return f
	}
	outlines, err := fonts.SansSCOutlines()
	if err != nil {
		return nil
	}
	f, err := opentype.NewFace(outlines, &opentype.FaceOptions{Size: size * p.dots, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil
	}
	p.faces[size] = f
	return f
}

// text writes s with its baseline at y. A program without fonts draws a bar
// for each character.
func (p *pen) text(x, y, size float64, c color.Color, s string) {
	f := p.face(size)
	if f == nil {
		for range s {
			p.fill(x, y-0.7*size, 0.8*size, 0.6*size, c)
			x += size
		}
		return
	}
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(c), Face: f, Dot: fixed.P(p.px(x), p.px(y))}
	d.DrawString(s)
}

// centred writes s around x.
func (p *pen) centred(x, y, size float64, c color.Color, s string) {
	w := size * float64(len([]rune(s)))
	if f := p.face(size); f != nil {
		w = float64(font.MeasureString(f, s)) / 64 / p.dots
	}
	p.text(x-w/2, y, size, c, s)
}

// fill paints a rectangle.
func (p *pen) fill(x, y, w, h float64, c color.Color) {
	r := image.Rect(p.px(x), p.px(y), max(p.px(x+w), p.px(x)+1), max(p.px(y+h), p.px(y)+1))
	draw.Draw(p.img, r, image.NewUniform(c), image.Point{}, draw.Over)
}

// box draws a frame.
func (p *pen) box(x, y, w, h, line float64, c color.Color) {
	p.fill(x, y, w, line, c)
	p.fill(x, y+h-line, w, line, c)
	p.fill(x, y, line, h, c)
	p.fill(x+w-line, y, line, h, c)
}

// seal stamps a round red seal around x, y, half transparent as ink is.
func (p *pen) seal(x, y, radius float64) {
	red := sealRed
	for py := p.px(y - radius); py <= p.px(y+radius); py++ {
		for px := p.px(x - radius); px <= p.px(x+radius); px++ {
			dx, dy := float64(px)/p.dots-x, float64(py)/p.dots-y
			r := math.Hypot(dx, dy)
			// A ring, and a star's five rays within it.
			ray := radius * (0.16 + 0.22*math.Pow(math.Abs(math.Cos(2.5*math.Atan2(dx, -dy))), 6))
			if (r < radius && r > 0.92*radius) || r < ray {
				at := p.img.RGBAAt(px, py)
				p.img.SetRGBA(px, py, color.RGBA{mix(at.R, red.R, 0.8), mix(at.G, red.G, 0.8), mix(at.B, red.B, 0.8), 255})
			}
		}
	}
}

func mix(a, b uint8, share float64) uint8 { return uint8(float64(a)*(1-share) + float64(b)*share) }

// code draws a QR code of the given width.
func (p *pen) code(x, y, width float64, text string) {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return // the texts are short
	}
	q.DisableBorder = true
	bits := q.Bitmap()
	cell := width / float64(len(bits))
	for row, line := range bits {
		for col, dark := range line {
			if dark {
				p.fill(x+float64(col)*cell, y+float64(row)*cell, cell, cell, ink)
			}
		}
	}
}
