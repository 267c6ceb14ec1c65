package simulator

import (
	"hash/fnv"
	"image"
	"image/color"
	"math"
)

// scene is a desk seen from a camera above it. Its lengths are millimetres
// around the middle of the picture.
type scene struct {
	width, height int     // of the picture in pixels
	field         float64 // width of the desk that the picture shows
}

// tilt is how much nearer the desk's front edge looks than its back: no arm
// holds a camera quite straight.
const tilt = 0.00022 // per millimetre

// photograph takes the picture of a sheet on the desk, or of the bare desk.
// The same sheet always lies a little askew in the same way.
func (sc scene) photograph(s *sheet) *image.RGBA {
	dots := float64(sc.width) / sc.field
	out := image.NewRGBA(image.Rect(0, 0, sc.width, sc.height))
	var lying *placed
	if s != nil {
		lying = place(*s, sc.field, sc.field*float64(sc.height)/float64(sc.width))
		lying.img, lying.dots = s.render(dots), dots
	}
	reach := math.Hypot(float64(sc.width), float64(sc.height)) / 2 / dots
	noise := uint32(2463534242)
	for py := range sc.height {
		row := out.Pix[py*out.Stride:]
		y0 := (float64(py) - float64(sc.height)/2) / dots
		near := 1 / (1 + tilt*y0)
		for px := range sc.width {
			x0 := (float64(px) - float64(sc.width)/2) / dots
			x, y := x0*near, y0*near
			r, g, b := deskAt(x, y)
			if lying != nil {
				r, g, b = lying.over(x, y, r, g, b)
			}
			light := 1.02 + 0.0003*x0 - 0.24*(x0*x0+y0*y0)/(reach*reach)
			noise ^= noise << 13
			noise ^= noise >> 17
			noise ^= noise << 5
			grain := float64(noise%7) - 3
			row[4*px] = clamp(r*light + grain)
			row[4*px+1] = clamp(g*light + grain)
			row[4*px+2] = clamp(b*light + grain)
			row[4*px+3] = 255
		}
	}
	return out
}

func clamp(v float64) uint8 { return uint8(max(0, min(255, v))) }

// deskAt is the colour of a dark wooden desk.
func deskAt(x, y float64) (r, g, b float64) {
	vein := 7 * math.Sin(0.35*y+2.2*math.Sin(0.011*x))
	return 96 + vein, 78 + vein, 64 + 0.8*vein
}

// placed is a sheet where it lies.
type placed struct {
	sheet    sheet
	img      *image.RGBA
	dots     float64
	cx, cy   float64 // its middle
	sin, cos float64 // of its turn
}

// place lays a sheet as a person does: nearly straight and nearly in the
// middle, sideways if it doesn't fit upright.
func place(s sheet, width, height float64) *placed {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.ID)) // never fails
	n := h.Sum32()
	angle := (float64(n%61) - 30) / 10 // -3° to 3°
	if s.Height > height && s.Width <= height {
		angle += 90
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	return &placed{sheet: s, sin: sin, cos: cos, cx: float64(n>>8%9) - 4, cy: float64(n>>16%7) - 3}
}

// over is the sheet's colour at a place of the desk, or the desk's, in the
// sheet's shadow or not.
func (p *placed) over(x, y, r, g, b float64) (_, _, _ float64) {
	dx, dy := x-p.cx, y-p.cy
	sx, sy := dx*p.cos+dy*p.sin+p.sheet.Width/2, dy*p.cos-dx*p.sin+p.sheet.Height/2
	if sx >= 0 && sy >= 0 && sx < p.sheet.Width && sy < p.sheet.Height {
		return sample(p.img, sx*p.dots, sy*p.dots)
	}
	out := max(-sx, sx-p.sheet.Width, -sy, sy-p.sheet.Height)
	if out < 3 {
		dark := 0.7 + 0.1*out
		return r * dark, g * dark, b * dark
	}
	return r, g, b
}

// sample reads a picture between its pixels.
func sample(img *image.RGBA, x, y float64) (r, g, b float64) {
	x, y = max(0, x-0.5), max(0, y-0.5)
	x0, y0 := int(x), int(y)
	fx, fy := x-float64(x0), y-float64(y0)
	size := img.Rect.Size()
	x0, y0 = min(x0, size.X-1), min(y0, size.Y-1)
	x1, y1 := min(x0+1, size.X-1), min(y0+1, size.Y-1)
	a, c := img.Pix[y0*img.Stride+4*x0:], img.Pix[y0*img.Stride+4*x1:]
	d, e := img.Pix[y1*img.Stride+4*x0:], img.Pix[y1*img.Stride+4*x1:]
	at := func(i int) float64 {
		top := float64(a[i])*(1-fx) + float64(c[i])*fx
		return top*(1-fy) + (float64(d[i])*(1-fx)+float64(e[i])*fx)*fy
	}
	return at(0), at(1), at(2)
}

// flat is a sheet as a scanner sees it: straight, on the white of the lid,
// width by height pixels, turned if it fits only sideways.
func flat(s *sheet, width, height int, dots float64, grey bool) image.Image {
	lid := color.RGBA{244, 244, 242, 255}
	var img *image.RGBA
	turned := false
	if s != nil {
		img = s.render(dots)
		turned = img.Rect.Dx() > width+2 && img.Rect.Dy() <= width+2
	}
	at := func(x, y int) color.RGBA {
		if img == nil {
			return lid
		}
		if turned { // clockwise: its left edge comes first
			x, y = y, img.Rect.Dy()-1-x
		}
		if !(image.Point{X: x, Y: y}).In(img.Rect) {
			return lid
		}
		return img.RGBAAt(x, y)
	}
	if grey {
		out := image.NewGray(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				c := at(x, y)
				out.Pix[y*out.Stride+x] = uint8((299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000)
			}
		}
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			out.SetRGBA(x, y, at(x, y))
		}
	}
	return out
}
