package webpad

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Bounds of a signature that a page may send.
const (
	minField   = 40 // units
	maxField   = 4096
	maxStrokes = 400
	maxPoints  = 12000
	maxMillis  = 10 * 60 * 1000
	// shortest is the least way of the pen, in units, that is more than a dot.
	shortest = 20
	// maxPixels bounds the longer side of the picture.
	maxPixels = 1200
)

// errSignature says that a signature can't be one.
var errSignature = errors.New("not a signature")

// readSignature checks a page's signature. The picture isn't drawn yet.
func readSignature(in link.PadSignature) (device.Signature, error) {
	if in.Width < minField || in.Width > maxField || in.Height < minField || in.Height > maxField {
		return device.Signature{}, fmt.Errorf("field of %d by %d: %w", in.Width, in.Height, errSignature)
	}
	if len(in.Strokes) == 0 || len(in.Strokes) > maxStrokes {
		return device.Signature{}, fmt.Errorf("%d strokes: %w", len(in.Strokes), errSignature)
	}
	s := device.Signature{Width: in.Width, Height: in.Height}
	points, way := 0, 0.0
	for _, flat := range in.Strokes {
		points += len(flat) / 4
		if len(flat) == 0 || len(flat)%4 != 0 || points > maxPoints {
			return device.Signature{}, fmt.Errorf("%d numbers in a stroke: %w", len(flat), errSignature)
		}
		stroke := make(device.Stroke, 0, len(flat)/4)
		for i := 0; i < len(flat); i += 4 {
			pt := device.StrokePoint{X: flat[i], Y: flat[i+1], T: flat[i+2], Pressure: flat[i+3]}
			if !within(pt.X, in.Width) || !within(pt.Y, in.Height) || !within(pt.T, maxMillis) || !within(pt.Pressure, 255) {
				return device.Signature{}, fmt.Errorf("point out of bounds: %w", errSignature)
			}
			if n := len(stroke); n > 0 {
				way += math.Hypot(float64(pt.X-stroke[n-1].X), float64(pt.Y-stroke[n-1].Y))
			}
			stroke = append(stroke, pt)
		}
		s.Strokes = append(s.Strokes, stroke)
	}
	if way < shortest {
		return device.Signature{}, fmt.Errorf("the pen hardly moved: %w", errSignature)
	}
	return s, nil
}

func within(n, most int) bool { return n >= 0 && n <= most }

// Pen widths in pixels of the picture.
const (
	thin   = 1.6
	normal = 3.2
	thick  = 5.6
)

// penWidth is how wide a pressure draws.
func penWidth(pressure int) float64 {
	if pressure == 0 {
		return normal
	}
	return thin + (thick-thin)*float64(pressure)/255
}

// picture is a signature's PNG: black on transparent.
func picture(s device.Signature) ([]byte, error) {
	scale := math.Min(1, float64(maxPixels)/float64(max(s.Width, s.Height)))
	w, h := int(math.Ceil(float64(s.Width)*scale)), int(math.Ceil(float64(s.Height)*scale))
	r := vector.NewRasterizer(w, h)
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	for _, stroke := range s.Strokes {
		for i, to := range stroke {
			from := stroke[max(0, i-1)]
			segment(r, dotOf(from, scale), dotOf(to, scale))
		}
	}
	r.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	out := image.NewNRGBA(mask.Bounds())
	draw.DrawMask(out, out.Bounds(), image.NewUniform(color.Black), image.Point{}, mask, image.Point{}, draw.Src)
	var buf bytes.Buffer
	if err := png.Encode(&buf, out); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// dot is a round mark of the pen.
type dot struct{ x, y, radius float64 }

func dotOf(p device.StrokePoint, scale float64) dot {
	return dot{float64(p.X) * scale, float64(p.Y) * scale, penWidth(p.Pressure) / 2}
}

// segment draws the pen's way between two dots. All its outlines turn the same
// way, so that where they overlap they add up and never cancel out.
func segment(r *vector.Rasterizer, a, b dot) {
	circle(r, b)
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return
	}
	nx, ny := -(b.y-a.y)/length, (b.x-a.x)/length
	r.MoveTo(float32(a.x+nx*a.radius), float32(a.y+ny*a.radius))
	r.LineTo(float32(b.x+nx*b.radius), float32(b.y+ny*b.radius))
	r.LineTo(float32(b.x-nx*b.radius), float32(b.y-ny*b.radius))
	r.LineTo(float32(a.x-nx*a.radius), float32(a.y-ny*a.radius))
	r.ClosePath()
}

// corners is how many make a dot look round.
const corners = 12

func circle(r *vector.Rasterizer, d dot) {
	r.MoveTo(float32(d.x+d.radius), float32(d.y))
	for i := 1; i < corners; i++ {
		sin, cos := math.Sincos(-2 * math.Pi * float64(i) / corners)
		r.LineTo(float32(d.x+cos*d.radius), float32(d.y+sin*d.radius))
	}
	r.ClosePath()
}
