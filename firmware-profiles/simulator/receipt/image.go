package receipt

import (
	"image"
	"image/color"
	"image/png"
	"io"

	qrcode "github.com/skip2/go-qrcode"
)

// bitmap is packed dots: most significant bit at the left, 1 = black.
type bitmap struct {
	stride int // bytes per row
	rows   []byte
}

func (b bitmap) black(x, y int) bool {
	return b.rows[y*b.stride+x/8]&(0x80>>(x%8)) != 0
}

// height is the number of rows.
func (b bitmap) height() int {
	if b.stride == 0 {
		return 0
	}
	return len(b.rows) / b.stride
}

// raster is a GS v 0 block that is being received.
type raster struct {
	stride, rows int
	scaleX       int
	scaleY       int
	got          []byte
	stored       bool // kept until GS ( L prints it
}

// rasterHead begins a bitmap.
func (d *Decoder) rasterHead(p []byte) (int, Event) {
	if ev, pending := d.flushLine(); pending {
		return 0, ev
	}
	if len(p) < 3 {
		return 0, Event{}
	}
	if p[2] != 0x30 {
		d.Unknown++
		return 2, Event{}
	}
	if len(p) < 8 {
		return 0, Event{}
	}
	stride, rows := int(p[4])+int(p[5])<<8, int(p[6])+int(p[7])<<8
	size := stride * rows
	if size == 0 || stride*8 > 2*d.widthDots || size > maxBitmap {
		d.pass(size)
		return 8, Event{}
	}
	m := p[3] & 3
	d.raster = &raster{stride: stride, rows: rows, scaleX: 1 + int(m&1), scaleY: 1 + int(m>>1)}
	return 8, Event{}
}

// rasterStep takes bytes of the bitmap and prints it when it is whole.
func (d *Decoder) rasterStep(p []byte) (int, Event) {
	r := d.raster
	n := min(r.stride*r.rows-len(r.got), len(p))
	r.got = append(r.got, p[:n]...)
	if len(r.got) < r.stride*r.rows {
		return n, Event{}
	}
	d.raster = nil
	l := Line{
		Image: true, Align: d.align,
		Width: r.stride * 8, Height: r.rows,
		bitmap: bitmap{stride: r.stride, rows: r.got},
	}
	if r.scaleX*r.scaleY > 1 {
		l = scaled(l, r.scaleX, r.scaleY)
	}
	if r.stored {
		d.graphics = &l
		return n, Event{}
	}
	return n, Event{Kind: Printed, Line: l}
}

// pass counts a block that can't be printed and passes over its bytes; a size
// that no printer could hold is noise, behind which commands may follow.
func (d *Decoder) pass(size int) {
	d.Unknown++
	if size <= maxBitmap {
		d.skip = size
	}
}

// graphicsHead begins a bitmap that is stored first (GS 8 L, function 112).
func (d *Decoder) graphicsHead(p []byte) (int, Event) {
	const head = 17
	if len(p) < 3 {
		return 0, Event{}
	}
	if p[2] != 0x4C {
		d.Unknown++
		return 2, Event{}
	}
	if len(p) < head {
		return 0, Event{}
	}
	size := int(p[3]) + int(p[4])<<8 + int(p[5])<<16 + int(p[6])<<24
	stride, rows := (int(p[13])+int(p[14])<<8+7)/8, int(p[15])+int(p[16])<<8
	fits := stride*rows > 0 && stride*8 <= 2*d.widthDots && stride*rows <= maxBitmap
	if p[8] != 112 || !fits || size != stride*rows+head-7 {
		d.pass(max(0, size-(head-7)))
		return head, Event{}
	}
	d.raster = &raster{stride: stride, rows: rows, scaleX: clamp2(p[10]), scaleY: clamp2(p[11]), stored: true}
	return head, Event{}
}

// clamp2 is a magnification of 1 or 2.
func clamp2(n byte) int { return min(max(int(n), 1), 2) }

// printGraphics prints the stored bitmap (GS ( L, function 50) and forgets it.
func (d *Decoder) printGraphics(p []byte) (int, Event) {
	const size = 7
	if len(p) < size {
		return 0, Event{}
	}
	if d.graphics == nil || p[6] != 50 && p[6] != 2 {
		return size, Event{}
	}
	if ev, pending := d.flushLine(); pending {
		return 0, ev
	}
	l := *d.graphics
	d.graphics = nil
	l.Align = d.align
	return size, Event{Kind: Printed, Line: l}
}

// scaled is l with its dots doubled as GS v 0's mode says.
func scaled(l Line, sx, sy int) Line {
	stride := l.bitmap.stride * sx
	out := bitmap{stride: stride, rows: make([]byte, stride*l.Height*sy)}
	for y := range l.Height * sy {
		for x := range l.Width * sx {
			if l.bitmap.black(x/sx, y/sy) {
				out.rows[y*stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	l.bitmap, l.Width, l.Height = out, l.Width*sx, l.Height*sy
	return l
}

// qrSettings are what GS ( k sets before it prints.
type qrSettings struct {
	unit  int
	level byte
	data  []byte
	drawn *Line // the code that was drawn last; nil after a change
}

// maxStored is the most that GS ( k stores.
const maxStored = 7092

// block executes GS ( x, a command with a length.
func (d *Decoder) block(p []byte) (int, Event) {
	if len(p) < 5 {
		return 0, Event{}
	}
	n := int(p[3]) + int(p[4])<<8
	if p[2] == 0x4C && n == 2 {
		return d.printGraphics(p)
	}
	if p[2] != 0x6B || n < 2 || n > maxStored+3 {
		d.skip = n
		return 5, Event{}
	}
	if len(p) < 5+n {
		return 0, Event{}
	}
	body := p[5 : 5+n]
	if body[0] != 0x31 { // another kind of code than QR
		return 5 + n, Event{}
	}
	if body[1] != 0x51 {
		d.qr.drawn = nil
	}
	switch fn, args := body[1], body[2:]; fn {
	case 0x43:
		if len(args) > 0 && args[0] >= 1 && args[0] <= 16 {
			d.qr.unit = int(args[0])
		}
	case 0x45:
		if len(args) > 0 {
			d.qr.level = args[0]
		}
	case 0x50:
		if len(args) > 0 {
			d.qr.data = append([]byte(nil), args[1:]...)
		}
	case 0x51:
		if ev, pending := d.flushLine(); pending {
			return 0, ev
		}
		return 5 + n, d.printQR()
	}
	return 5 + n, Event{}
}

// printQR prints the stored code; without data, or with more than fits, a
// printer prints nothing.
func (d *Decoder) printQR() Event {
	if d.qr.drawn == nil {
		d.qr.drawn = &Line{}
		if dots, side := d.qr.draw(); dots.stride > 0 && side <= d.widthDots {
			*d.qr.drawn = Line{QR: string(d.qr.data), Width: side, Height: side, bitmap: dots}
		}
	}
	l := *d.qr.drawn
	if l.QR == "" {
		return Event{}
	}
	l.Align = d.align
	return Event{Kind: Printed, Line: l}
}

// draw is the stored code as dots, side by side; empty if no code holds it.
func (q qrSettings) draw() (dots bitmap, side int) {
	if len(q.data) == 0 {
		return bitmap{}, 0
	}
	level := map[byte]qrcode.RecoveryLevel{
		0x30: qrcode.Low, 0x31: qrcode.Medium, 0x32: qrcode.High, 0x33: qrcode.Highest,
	}[q.level]
	code, err := qrcode.New(string(q.data), level)
	if err != nil {
		return bitmap{}, 0
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	side = len(modules) * q.unit
	dots.stride = (side + 7) / 8
	dots.rows = make([]byte, dots.stride*side)
	for y := range side {
		for x := range side {
			if modules[y/q.unit][x/q.unit] {
				dots.rows[y*dots.stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return dots, side
}

// margin is the blank strip around each image of a rendered ticket, in dots.
const margin = 32

// WritePNG draws what is dots on the ticket, its QR codes and images, one
// below the other at their place across the paper; text is left out, for
// characters come from the printer's own font. Another program can decode the
// codes from it.
func (t Ticket) WritePNG(w io.Writer, widthDots int) error {
	height := margin
	for _, l := range t.Lines {
		if l.bitmap.stride > 0 {
			height += l.Height + margin
		}
	}
	img := image.NewPaletted(image.Rect(0, 0, widthDots, height), color.Palette{color.White, color.Black})
	top := margin
	for _, l := range t.Lines {
		if l.bitmap.stride == 0 {
			continue
		}
		draw(img, l, top)
		top += l.Height + margin
	}
	return png.Encode(w, img)
}

func draw(img *image.Paletted, l Line, top int) {
	left := 0
	switch l.Align {
	case Center:
		left = max(0, (img.Rect.Dx()-l.Width)/2)
	case Right:
		left = max(0, img.Rect.Dx()-l.Width)
	}
	for y := range l.Height {
		for x := range min(l.Width, img.Rect.Dx()-left) {
			if l.bitmap.black(x, y) {
				img.SetColorIndex(left+x, top+y, 1)
			}
		}
	}
}
