package imaging

import (
	"context"
	"fmt"
	"math"
)

// page makes the page that e, which was checked, asks for.
func (s *source) page(ctx context.Context, e Edit) (Page, error) {
	var p Page
	cut, err := s.cut(ctx, &e, &p)
	if err != nil {
		return Page{}, err
	}
	w, h := s.size()
	px := p.Corners.scaled(w, h)
	l := layoutOf(&px, w, h, cut, &e)
	out, err := s.draw(ctx, p.Corners, l, &e)
	if err != nil {
		return Page{}, err
	}
	if err := tone(ctx, out, &e); err != nil {
		return Page{}, err
	}
	p.Paper, p.DPI = l.paper, l.dpi
	if err := compress(ctx, &p, out, e.MaxBytes); err != nil {
		return Page{}, err
	}
	return p, nil
}

// size is that of the upright picture in pixels.
func (s *source) size() (width, height float64) {
	if s.turn.sideways() {
		return float64(s.height), float64(s.width)
	}
	return float64(s.width), float64(s.height)
}

// cut says what of the source becomes the page, and whether that is a sheet to
// be straightened.
func (s *source) cut(ctx context.Context, e *Edit, p *Page) (sheet bool, err error) {
	p.Corners = whole
	switch {
	case e.Corners != nil:
		p.Corners = *e.Corners
		return true, nil
	case e.Sheet == SheetScan:
		p.Skew = s.skew()
		p.Corners = s.tilted(p.Skew)
	case e.Sheet == SheetFind:
		corners, confidence, err := s.find(ctx)
		if err != nil {
			return false, err
		}
		p.Confidence = confidence
		if confidence >= SureEnough {
			p.Corners, p.Found = corners, true
		}
		return p.Found, nil
	}
	return false, nil
}

// tilted are the corners of the whole picture, turned clockwise around its
// middle by an angle in degrees.
func (s *source) tilted(degrees float64) Corners {
	if degrees == 0 {
		return whole
	}
	w, h := s.size()
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return whole.each(func(p Point) Point {
		x, y := (p.X-0.5)*w, (p.Y-0.5)*h
		return Point{0.5 + (x*cos-y*sin)/w, 0.5 + (x*sin+y*cos)/h}
	})
}

// draw straightens, turns and crops in one go.
func (s *source) draw(ctx context.Context, corners Corners, l layout, e *Edit) (*planes, error) {
	src := &s.planes
	raw := corners.each(s.turn.raw).scaled(float64(s.width), float64(s.height))
	// The corners' own shape, not the page's: it is what gets fewer pixels.
	w, h := raw.sides()
	if s.turn.sideways() {
		w, h = h, w
	}
	for min(w/float64(l.width), h/float64(l.height)) >= 2 && min(src.width, src.height) >= 4 {
		src = src.halved()
		w, h = w/2, h/2
		raw = raw.each(func(p Point) Point { return Point{p.X / 2, p.Y / 2} })
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
	}
	quarters := e.Rotate / 90
	raw = raw.turned(quarters)
	width, height := l.width, l.height
	if quarters%2 != 0 {
		width, height = height, width
	}
	m := square(&raw)
	for _, v := range m {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%w: corners don't make a sheet", ErrEdit)
		}
	}
	if c := e.Crop; c != nil {
		part := matrix{c.Width, 0, c.X, 0, c.Height, c.Y, 0, 0, 1}
		m = m.after(&part)
		width = max(1, int(math.Round(float64(width)*c.Width)))
		height = max(1, int(math.Round(float64(height)*c.Height)))
	}
	return warp(ctx, src, &m, width, height, e.Mode != ModeColour)
}
