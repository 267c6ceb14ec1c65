package imaging

import (
	"context"
	"math"
)

// warp draws a page of width × height pixels, whose places in parts m takes to
// pixels of src. What lies outside of src is white. grey leaves the colours out.
func warp(ctx context.Context, src *planes, m *matrix, width, height int, grey bool) (*planes, error) {
	dst := &planes{width: width, height: height, stride: width, y: make([]byte, width*height)}
	in := plane{src.y, src.width, src.height, src.stride}
	if err := in.warp(ctx, dst.y, width, height, m, 255); err != nil {
		return nil, err
	}
	if grey || src.cb == nil {
		return dst, nil
	}
	dst.shiftX, dst.shiftY, dst.colour = 1, 1, (width+1)/2
	cw, ch := (width+1)/2, (height+1)/2
	dst.cb, dst.cr = make([]byte, cw*ch), make([]byte, cw*ch)
	// One more than half of an odd size lies half outside.
	wide, high := float64(2*cw)/float64(width), float64(2*ch)/float64(height)
	fromColour := matrix{wide, 0, 0, 0, high, 0, 0, 0, 1}
	x, y := 1/float64(int(1)<<src.shiftX), 1/float64(int(1)<<src.shiftY)
	toColour := matrix{x, 0, 0, 0, y, 0, 0, 0, 1}
	mc := toColour.after(m)
	mc = mc.after(&fromColour)
	cws, chs := (src.width+1<<src.shiftX-1)>>src.shiftX, (src.height+1<<src.shiftY-1)>>src.shiftY
	for _, c := range []struct{ from, to []byte }{{src.cb, dst.cb}, {src.cr, dst.cr}} {
		in := plane{c.from, cws, chs, src.colour}
		if err := in.warp(ctx, c.to, cw, ch, &mc, 128); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// plane is one channel.
type plane struct {
	pix                   []byte
	width, height, stride int
}

// run is how many pixels of a row are placed by one straight step; the error
// against the true perspective is far below a pixel.
const run = 16

func (s *plane) warp(ctx context.Context, dst []byte, width, height int, m *matrix, outside byte) error {
	const one = 1 << 16
	du := 1 / float64(width)
	lastX, lastY := (s.width-1)*one, (s.height-1)*one
	for y := range height {
		if y%64 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		v := (float64(y) + 0.5) / float64(height)
		row := dst[y*width : (y+1)*width]
		at := m.apply(Point{du / 2, v})
		for x := 0; x < width; x += run {
			n := min(run, width-x)
			end := m.apply(Point{(float64(x+n) + 0.5) * du, v})
			if !placed(at) || !placed(end) {
				fill(row[x:x+n], outside)
				at = end
				continue
			}
			fx, fy := int((at.X-0.5)*one), int((at.Y-0.5)*one)
			dx, dy := int((end.X-at.X)*one)/n, int((end.Y-at.Y)*one)/n
			at = end
			toX, toY := fx+n*dx, fy+n*dy
			if min(fx, toX) >= 0 && max(fx, toX) < lastX && min(fy, toY) >= 0 && max(fy, toY) < lastY {
				s.line(row[x:x+n], fx, fy, dx, dy)
			} else {
				s.edge(row[x:x+n], fx, fy, dx, dy, outside)
			}
		}
	}
	return nil
}

// placed tells that p is a place that fixed-point figures can hold.
func placed(p Point) bool {
	const far = 1 << 20
	return math.Abs(p.X) < far && math.Abs(p.Y) < far
}

func fill(row []byte, value byte) {
	for i := range row {
		row[i] = value
	}
}

// line draws a run that lies inside, between four pixels each.
func (s *plane) line(row []byte, fx, fy, dx, dy int) {
	pix, stride := s.pix, s.stride
	for i := range row {
		p := (fy>>16)*stride + fx>>16
		u, v := fx>>8&255, fy>>8&255
		top, bottom := pix[p:p+2:p+2], pix[p+stride:p+stride+2:p+stride+2]
		a := int(top[0])<<8 + (int(top[1])-int(top[0]))*u
		b := int(bottom[0])<<8 + (int(bottom[1])-int(bottom[0]))*u
		row[i] = byte((a<<8 + (b-a)*v + 1<<15) >> 16)
		fx += dx
		fy += dy
	}
}

// edge draws a run that lies outside in part.
func (s *plane) edge(row []byte, fx, fy, dx, dy int, outside byte) {
	const beyond = 1 << 16 // the last pixel's own half, and half more
	for i := range row {
		switch {
		case fx < -beyond || fy < -beyond || fx > (s.width-1)<<16+beyond || fy > (s.height-1)<<16+beyond:
			row[i] = outside
		default:
			x, y := min(max(fx, 0)>>16, s.width-1), min(max(fy, 0)>>16, s.height-1)
			x1, y1 := min(x+1, s.width-1), min(y+1, s.height-1)
			u, v := max(fx, 0)>>8&255, max(fy, 0)>>8&255
			at := func(x, y int) int { return int(s.pix[y*s.stride+x]) }
			a := at(x, y)<<8 + (at(x1, y)-at(x, y))*u
			b := at(x, y1)<<8 + (at(x1, y1)-at(x, y1))*u
			row[i] = byte((a<<8 + (b-a)*v + 1<<15) >> 16)
		}
		fx += dx
		fy += dy
	}
}

// halved is p with half the width and height, so that drawing it much smaller
// doesn't leave pixels out.
func (p *planes) halved() *planes {
	h := &planes{width: p.width / 2, height: p.height / 2, shiftX: p.shiftX, shiftY: p.shiftY}
	h.stride = h.width
	h.y = half(p.y, p.stride, h.width, h.height, 2, 2)
	if p.cb == nil {
		return h
	}
	// The colours keep their size where they have fewer pixels already.
	stepX, stepY := 2, 2
	if p.shiftX > 0 {
		stepX, h.shiftX = 1, p.shiftX-1
	}
	if p.shiftY > 0 {
		stepY, h.shiftY = 1, p.shiftY-1
	}
	h.colour = (h.width + 1<<h.shiftX - 1) >> h.shiftX
	rows := (h.height + 1<<h.shiftY - 1) >> h.shiftY
	if stepX == 1 && stepY == 1 {
		h.cb, h.cr, h.colour = p.cb, p.cr, p.colour
		return h
	}
	h.cb = half(p.cb, p.colour, h.colour, rows, stepX, stepY)
	h.cr = half(p.cr, p.colour, h.colour, rows, stepX, stepY)
	return h
}

// half averages stepX × stepY samples into one.
func half(pix []byte, stride, width, height, stepX, stepY int) []byte {
	out := make([]byte, width*height)
	for y := range height {
		top := pix[y*stepY*stride:]
		bottom := top
		if stepY == 2 {
			bottom = pix[(y*2+1)*stride:]
		}
		row := out[y*width : (y+1)*width]
		for x := range row {
			i := x * stepX
			j := i + stepX - 1
			row[x] = byte((int(top[i]) + int(top[j]) + int(bottom[i]) + int(bottom[j]) + 2) >> 2)
		}
	}
	return out
}
