package waymap

import (
	"image"
	"math"
	"slices"

	"golang.org/x/image/vector"

	"smarthall/internal/link"
)

// dot is a spot of the picture.
type dot struct{ x, y float32 }

func (d dot) plus(o dot) dot       { return dot{d.x + o.x, d.y + o.y} }
func (d dot) minus(o dot) dot      { return dot{d.x - o.x, d.y - o.y} }
func (d dot) times(by float32) dot { return dot{d.x * by, d.y * by} }
func (d dot) length() float32      { return float32(math.Hypot(float64(d.x), float64(d.y))) }
func abs(n float32) float32        { return float32(math.Abs(float64(n))) }
func turned(d dot, turn float64) dot { // clockwise, in degrees
	sin, cos := math.Sincos(turn * math.Pi / 180)
	return dot{d.x*float32(cos) - d.y*float32(sin), d.x*float32(sin) + d.y*float32(cos)}
}

// grown is a shape made larger around its middle.
func grown(shape []dot, by float32) []dot {
	var middle dot
	for _, p := range shape {
		middle = middle.plus(p.times(1 / float32(len(shape))))
	}
	out := make([]dot, len(shape))
	for i, p := range shape {
		out[i] = middle.plus(p.minus(middle).times(by))
	}
	return out
}

// box is a part of the picture with straight sides.
type box struct{ x0, y0, x1, y1 float32 }

func (b box) ring() []dot { return []dot{{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}} }

func (b box) meets(o box) bool { return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1 }

// inks that fill a shape.
func black(int, int) bool { return true }
func white(int, int) bool { return false }

// canvas is a picture of dots. Shapes are drawn over what is there.
type canvas struct {
	width, rows int
	dots        []bool // black ones
	kept        []box  // where nothing else may be written
	raster      vector.Rasterizer
}

func newCanvas(width, rows int) *canvas {
	return &canvas{width: width, rows: rows, dots: make([]bool, width*rows)}
}

// half is the coverage from which a dot takes a shape's ink, of 255.
const half = 0x70

// far bounds what lies beside the picture, in dots.
const far = 4000

// paint fills a shape that closes by itself. One with a corner that is no number
// isn't there.
func (c *canvas) paint(shape []dot, ink func(x, y int) bool) {
	if slices.ContainsFunc(shape, func(p dot) bool { return math.IsNaN(float64(p.x + p.y)) }) {
		return
	}
	c.fill(bounds(shape), ink, func(move dot) {
		for i, p := range shape {
			p = dot{min(max(p.x, -far), far), min(max(p.y, -far), far)}.plus(move)
			if i == 0 {
				c.raster.MoveTo(p.x, p.y)
			} else {
				c.raster.LineTo(p.x, p.y)
			}
		}
		c.raster.ClosePath()
	})
}

// fill gives ink to what outline draws, moved as it is told; it lies within b.
func (c *canvas) fill(b box, ink func(x, y int) bool, outline func(move dot)) {
	area := image.Rect(int(b.x0)-1, int(b.y0)-1, int(b.x1)+2, int(b.y1)+2).Intersect(image.Rect(0, 0, c.width, c.rows))
	if area.Empty() {
		return
	}
	c.raster.Reset(area.Dx(), area.Dy())
	outline(dot{float32(-area.Min.X), float32(-area.Min.Y)})
	mask := image.NewAlpha(c.raster.Bounds())
	c.raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for y := range area.Dy() {
		row := c.dots[(y+area.Min.Y)*c.width+area.Min.X:]
		for x, a := range mask.Pix[y*mask.Stride : y*mask.Stride+area.Dx()] {
			if a >= half {
				row[x] = ink(x+area.Min.X, y+area.Min.Y)
			}
		}
	}
}

func bounds(shape []dot) box {
	b := box{far, far, -far, -far}
	for _, p := range shape {
		b = box{min(b.x0, p.x), min(b.y0, p.y), max(b.x1, p.x), max(b.y1, p.y)}
	}
	return box{max(b.x0, -far), max(b.y0, -far), min(b.x1, far), min(b.y1, far)}
}

// disc fills a circle.
func (c *canvas) disc(at dot, radius float32, ink func(x, y int) bool) {
	shape := make([]dot, 24)
	for i := range shape {
		shape[i] = at.plus(turned(dot{x: radius}, float64(i)*360/float64(len(shape))))
	}
	c.paint(shape, ink)
}

// dash is how long dashes and the gaps between them are, in dots.
const dash = 7

// stroke draws a line in black, maybe of dashes.
func (c *canvas) stroke(line []dot, wide float32, dashed bool) {
	if !dashed {
		c.strokeIn(line, wide, black)
		return
	}
	for i := 1; i < len(line); i++ {
		along := line[i].minus(line[i-1])
		length := min(along.length(), 2*far)
		for at := float32(0); at < length; at += 2 * dash {
			c.bar(line[i-1].plus(along.times(at/length)), line[i-1].plus(along.times(min(at+dash, length)/length)), wide, black)
		}
	}
}

// strokeIn draws a line with round corners and ends.
func (c *canvas) strokeIn(line []dot, wide float32, ink func(x, y int) bool) {
	for i, p := range line {
		if i > 0 {
			c.bar(line[i-1], p, wide, ink)
		}
		if wide > 2 {
			c.disc(p, wide/2, ink)
		}
	}
}

func (c *canvas) bar(from, to dot, wide float32, ink func(x, y int) bool) {
	along := to.minus(from)
	length := along.length()
	if length == 0 {
		return
	}
	side := dot{-along.y, along.x}.times(wide / 2 / length)
	c.paint([]dot{from.plus(side), to.plus(side), to.minus(side), from.minus(side)}, ink)
}

// keep has nothing else written in b.
func (c *canvas) keep(b box) { c.kept = append(c.kept, b) }

// keepLine keeps what lies along a line.
func (c *canvas) keepLine(line []dot, beside float32) {
	for i := 1; i < len(line); i++ {
		along := line[i].minus(line[i-1])
		n := int(along.length()/beside) + 1
		for k := range n + 1 {
			p := line[i-1].plus(along.times(float32(k) / float32(n)))
			c.keep(box{p.x - beside, p.y - beside, p.x + beside, p.y + beside})
		}
	}
}

// taken tells whether something is kept in b, has whether b is in the picture.
func (c *canvas) taken(b box) bool {
	for _, k := range c.kept {
		if k.meets(b) {
			return true
		}
	}
	return false
}

func (c *canvas) has(b box) bool {
	return b.x0 >= 0 && b.y0 >= 0 && b.x1 <= float32(c.width) && b.y1 <= float32(c.rows)
}

// picture is the canvas as printers take it.
func (c *canvas) picture() link.PrintPicture {
	stride := (c.width + 7) / 8
	p := link.PrintPicture{Width: c.width, Dots: make([]byte, stride*c.rows)}
	for i, black := range c.dots {
		if black {
			x, y := i%c.width, i/c.width
			p.Dots[y*stride+x/8] |= 0x80 >> (x % 8)
		}
	}
	return p
}
