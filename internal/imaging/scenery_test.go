package imaging_test

import (
	"math"
	"math/rand/v2"
)

// field is smooth noise, or light, over a square, bilinear between its points.
type field struct {
	side int
	v    []float64
}

func newField(r *rand.Rand, side int) *field {
	f := &field{side: side, v: make([]float64, side*side)}
	for i := range f.v {
		f.v[i] = r.Float64()
	}
	return f
}

// at is the value at a place in parts; noise goes on beyond its edges.
func (f *field) at(x, y float64) float64 {
	x, y = x*float64(f.side), y*float64(f.side)
	fx, fy := math.Floor(x), math.Floor(y)
	u, v := x-fx, y-fy
	wrap := func(i int) int { return ((i % f.side) + f.side) % f.side }
	i, j := wrap(int(fx)), wrap(int(fy))
	i1, j1 := wrap(i+1), wrap(j+1)
	a := f.v[j*f.side+i] + (f.v[j*f.side+i1]-f.v[j*f.side+i])*u
	b := f.v[j1*f.side+i] + (f.v[j1*f.side+i1]-f.v[j1*f.side+i])*u
	return a + (b-a)*v
}

// surroundings sets the table, the things on it and the light.
func (s *scene) surroundings(w, h float64) {
	r := s.r
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	s.tables()
	s.shadowX, s.shadowY = between(-4, 4), between(-4, 4)
	s.shadowSoft, s.shadowDepth = between(1, 9), between(0.1, 0.5)
	if s.tableName == "white" {
		s.shadowDepth = between(0.2, 0.6)
	}
	// Things on the table, now and then below the sheet.
	for range r.IntN(4) {
		side := 1.0
		if r.Float64() < 0.5 {
			side = -1
		}
		x, y := side*(w/2+between(5, 60)), between(-h/2, h/2)
		if r.Float64() < 0.5 {
			x, y = between(-w/2, w/2), side*(h/2+between(5, 60))
		}
		a := between(0, math.Pi)
		length := between(0, 140)
		v := between(15, 230)
		s.things = append(s.things, thing{x, y, x + length*math.Cos(a), y + length*math.Sin(a), -between(3, 28), colour{v * between(0.6, 1), v, v * between(0.6, 1)}})
	}
	// Fingers that hold the sheet.
	if r.Float64() < 0.18 {
		for range 1 + r.IntN(2) {
			x, y := between(-w/2, w/2)*0.8, h/2
			if r.Float64() < 0.5 {
				x, y = w/2, between(-h/2, h/2)*0.8
			}
			if r.Float64() < 0.5 {
				x, y = -x, -y
			}
			k := between(4, 14)
			in := math.Hypot(x, y)
			skin := colour{between(170, 230), between(120, 170), between(95, 140)}
			s.things = append(s.things, thing{x - x/in*k, y - y/in*k, x + x/in*140, y + y/in*140, between(7, 10), skin})
		}
	}
	s.lights()
}

func (s *scene) lights() {
	r := s.r
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	const side = 96
	f := &field{side: side + 1, v: make([]float64, (side+1)*(side+1))}
	strength := between(0.7, 1.05)
	gradient, angle := between(0, 0.45), between(0, 2*math.Pi)
	vignette := between(0, 0.35)
	type shade struct{ x, y, a, soft, depth float64 }
	var shades []shade
	if r.Float64() < 0.45 {
		for range 1 + r.IntN(2) {
			shades = append(shades, shade{between(0.1, 0.9), between(0.1, 0.9), between(0, 2*math.Pi), between(0.015, 0.2), between(0.25, 0.55)})
		}
	}
	for j := range side + 1 {
		for i := range side + 1 {
			x, y := float64(i)/side, float64(j)/side
			l := strength * (1 - gradient*(0.5+0.7*((x-0.5)*math.Cos(angle)+(y-0.5)*math.Sin(angle))))
			l *= 1 - vignette*2*((x-0.5)*(x-0.5)+(y-0.5)*(y-0.5))
			for _, sh := range shades {
				d := (x-sh.x)*math.Cos(sh.a) + (y-sh.y)*math.Sin(sh.a)
				l *= 1 - sh.depth*min(max(0.5+d/sh.soft, 0), 1)
			}
			f.v[j*(side+1)+i] = l
		}
	}
	s.light = f
	cast := between(-0.1, 0.1)
	s.warm = colour{1 + cast, 1, 1 - cast}
}

// tables picks what the sheet lies on.
func (s *scene) tables() {
	r := s.r
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	noise, fine := newField(r, 64), newField(r, 128)
	kinds := []string{"wood", "wood", "dark", "white", "checks", "stripes", "cloth", "marble", "mat"}
	s.tableName = kinds[r.IntN(len(kinds))]
	a := between(0, math.Pi)
	ca, sa := math.Cos(a), math.Sin(a)
	switch s.tableName {
	case "wood":
		tones := []colour{{196, 152, 104}, {120, 82, 52}, {222, 196, 160}, {150, 100, 70}, {90, 62, 45}}
		base := tones[r.IntN(len(tones))]
		plank, contrast := between(70, 160), between(0.08, 0.35)
		s.table = func(x, y float64) colour {
			u, v := x*ca+y*sa, -x*sa+y*ca
			n := math.Floor(v / plank)
			tone := 1 + 0.16*(noise.at(n*0.37, n*0.73)-0.5)
			g := fine.at(u/900+n*0.3, v/45)*0.7 + noise.at(u/260, v/22+n*0.1)*0.3
			c := base.times(tone * (1 + contrast*(g-0.5)*2))
			if e := v/plank - n; e < 1.2/plank {
				c = c.times(0.55)
			}
			return c
		}
	case "dark":
		v := between(18, 75)
		base := colour{v * between(0.85, 1.1), v, v * between(0.85, 1.2)}
		s.table = func(x, y float64) colour { return base.times(0.85 + 0.3*fine.at(x/160, y/160)) }
	case "white":
		v := between(205, 238)
		base := colour{v, v * between(0.97, 1), v * between(0.93, 1)}
		s.table = func(x, y float64) colour { return base.times(0.985 + 0.03*noise.at(x/500, y/500)) }
	case "checks", "stripes":
		one := colour{between(60, 240), between(60, 240), between(60, 240)}
		two := mix(one, colour{between(20, 250), between(20, 250), between(20, 250)}, between(0.25, 1))
		w := between(8, 60)
		stripes := s.tableName == "stripes"
		s.table = func(x, y float64) colour {
			u, v := x*ca+y*sa, -x*sa+y*ca
			i := int(math.Floor(v / w))
			if !stripes {
				i += int(math.Floor(u / w))
			}
			if i&1 == 0 {
				return one
			}
			return two
		}
	case "cloth":
		base := colour{between(40, 200), between(40, 200), between(40, 200)}
		s.table = func(x, y float64) colour {
			u, v := x*ca+y*sa, -x*sa+y*ca
			return base.times(0.9 + 0.08*math.Sin(u*3.1) + 0.08*math.Sin(v*2.7) + 0.2*(noise.at(u/300, v/300)-0.5))
		}
	case "marble":
		v := between(120, 225)
		base := colour{v, v, v * between(0.93, 1.03)}
		vein := between(0.2, 0.6)
		s.table = func(x, y float64) colour {
			n := noise.at(x/700, y/700) + 0.5*noise.at(x/250, y/250)
			return base.times(1 - vein*math.Pow(1-math.Abs(math.Sin(n*7)), 6) - 0.1*fine.at(x/90, y/90))
		}
	case "mat":
		// A writing mat that ends somewhere, on a desk.
		mat := colour{between(20, 120), between(40, 140), between(50, 170)}
		desk := colour{between(120, 230), between(110, 210), between(90, 190)}
		left, top := between(130, 300), between(170, 330)
		s.table = func(x, y float64) colour {
			c := mat
			if math.Abs(x) > left || math.Abs(y) > top {
				c = desk
			}
			return c.times(0.95 + 0.1*fine.at(x/200, y/200))
		}
	}
}

// artwork is what is printed on a sheet.
type artwork struct {
	dots          float64 // per millimetre
	width, height int
	paper         colour
	ink           []uint8 // 0 is bare paper, 255 all of a pen's colour
	pen           []uint8
	pens          []colour
}

func (a *artwork) at(x, y float64) colour {
	x, y = x*a.dots-0.5, y*a.dots-0.5
	i, j := min(max(int(x), 0), a.width-2), min(max(int(y), 0), a.height-2)
	u, v := min(max(x-float64(i), 0), 1), min(max(y-float64(j), 0), 1)
	k := j*a.width + i
	top := float64(a.ink[k])*(1-u) + float64(a.ink[k+1])*u
	low := float64(a.ink[k+a.width])*(1-u) + float64(a.ink[k+a.width+1])*u
	d := (top*(1-v) + low*v) / 255
	if d == 0 {
		return a.paper
	}
	n := k
	for _, at := range [3]int{k + 1, k + a.width, k + a.width + 1} {
		if a.ink[at] > a.ink[n] {
			n = at
		}
	}
	return mix(a.paper, a.pens[a.pen[n]], d)
}

// rect prints a filled rectangle, in millimetres.
func (a *artwork) rect(x, y, w, h float64, pen uint8, ink float64) {
	x0, y0 := int(x*a.dots+0.5), int(y*a.dots+0.5)
	x1, y1 := max(int((x+w)*a.dots+0.5), x0+1), max(int((y+h)*a.dots+0.5), y0+1)
	for j := max(y0, 0); j < min(y1, a.height); j++ {
		for i := max(x0, 0); i < min(x1, a.width); i++ {
			a.ink[j*a.width+i], a.pen[j*a.width+i] = uint8(255*ink), pen
		}
	}
}

// character prints strokes in a square, as dense as Chinese ones are.
func (a *artwork) character(r *rand.Rand, x, y, size float64, pen uint8) {
	stroke := size * 0.085
	for range 3 + r.IntN(6) {
		p, q := r.Float64()*0.6*size, r.Float64()*0.8*size
		if r.Float64() < 0.55 {
			a.rect(x+p*0.5, y+q, size*(0.3+0.5*r.Float64()), stroke, pen, 0.9)
		} else {
			a.rect(x+q, y+p*0.5, stroke, size*(0.3+0.5*r.Float64()), pen, 0.9)
		}
	}
}

func (a *artwork) line(r *rand.Rand, x, y, width, size float64, pen uint8) {
	for p := 0.0; p+size <= width; p += size * 1.05 {
		if r.Float64() < 0.96 {
			a.character(r, x+p, y, size, pen)
		}
	}
}

func (a *artwork) frame(x, y, w, h, thick float64, pen uint8) {
	a.rect(x, y, w, thick, pen, 1)
	a.rect(x, y+h-thick, w, thick, pen, 1)
	a.rect(x, y, thick, h, pen, 1)
	a.rect(x+w-thick, y, thick, h, pen, 1)
}

// artwork prints a sheet of the given paper.
func (s *scene) artwork(paper string, w, h float64) *artwork {
	r := s.r
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	a := &artwork{dots: 5}
	a.width, a.height = int(w*a.dots)+1, int(h*a.dots)+1
	a.ink, a.pen = make([]uint8, a.width*a.height), make([]uint8, a.width*a.height)
	v := between(228, 252)
	a.paper = colour{v, v * between(0.98, 1), v * between(0.95, 1.01)}
	if r.Float64() < 0.1 {
		a.paper = colour{v, v * between(0.8, 1), v * between(0.75, 0.95)} // a coloured form
	}
	d := between(15, 70)
	dark := colour{between(20, 240), between(20, 200), between(20, 220)}
	a.pens = []colour{{d, d, d}, {205, 40, 45}, {40, 70, 150}, {150, 150, 155}, dark}
	switch paper {
	case "card":
		a.card(r, w, h, between)
	case "receipt":
		for y := 6.0; y < h-10; y += between(4, 6) {
			a.line(r, 5, y, between(20, w-12), 2.6, 0)
		}
		a.rect(w/2-14, h-38, 28, 28, 0, 0.5)
	default:
		a.form(r, w, h, between)
	}
	return a
}

func (a *artwork) card(r *rand.Rand, w, h float64, between func(a, b float64) float64) {
	a.paper = colour{between(190, 235), between(205, 240), between(215, 245)}
	if r.Float64() < 0.2 {
		a.paper = colour{between(60, 220), between(60, 220), between(60, 220)}
	}
	for y := 7.0; y < h-14; y += 8 {
		a.line(r, 6, y, between(20, 42), 3, 0)
	}
	a.line(r, 6, h-9, w-24, 3.2, 0)
	a.rect(w-32, 8, 25, 31, 3, 0.8)
	a.rect(w-25, 13, 11, 13, 0, 0.5)
}

func (a *artwork) form(r *rand.Rand, w, h float64, between func(a, b float64) float64) {
	margin := between(12, 28)
	y := margin
	if r.Float64() < 0.25 {
		// A certificate: a frame near the edge, thin or wide.
		a.frame(margin*0.45, margin*0.45, w-margin*0.9, h-margin*0.9, between(0.4, 5), uint8(r.IntN(5)))
	}
	if r.Float64() < 0.2 {
		a.rect(0, 0, w, between(8, 30), 4, 1) // a coloured head, up to the edge
		y += 15
	}
	a.line(r, w*0.28, y, w*0.44, 7, uint8(r.IntN(2)))
	y += 16
	size := between(3, 4.6)
	for y < h-margin-10 {
		switch {
		case r.Float64() < 0.12 && y < h*0.6:
			rows, row := 3+r.IntN(9), between(7, 14)
			for i := range rows {
				if y+float64(i+1)*row > h-margin {
					break
				}
				a.frame(margin, y+float64(i)*row, w-2*margin, row, 0.35, 0)
				a.rect(margin+(w-2*margin)*0.3, y+float64(i)*row, 0.35, row, 0, 1)
				a.line(r, margin+3, y+float64(i)*row+row*0.3, (w-2*margin)*0.22, size, 0)
				a.line(r, margin+(w-2*margin)*0.33, y+float64(i)*row+row*0.3, (w-2*margin)*between(0.1, 0.6), size, 2)
			}
			y += float64(rows+1) * row
		case r.Float64() < 0.04 && y < h*0.6:
			a.rect(margin, y, between(40, w-2*margin), 55, 3, between(0.3, 1)) // a picture
			y += 60
		case r.Float64() < 0.06:
			y += between(5, 60)
		default:
			a.line(r, margin, y, (w-2*margin)*between(0.5, 1), size, 0)
			y += size * 1.7
		}
	}
	if r.Float64() < 0.5 {
		a.stamp(w*between(0.55, 0.75), h*between(0.6, 0.85), between(16, 22))
	}
}

// stamp prints a red ring with something in it.
func (a *artwork) stamp(x, y, radius float64) {
	for t := 0.0; t < 2*math.Pi; t += 0.012 {
		a.rect(x+radius*math.Cos(t), y+radius*math.Sin(t), 1.1, 1.1, 1, 0.8)
	}
	for t := 0.3; t < 2*math.Pi; t += 0.5 {
		a.rect(x+0.75*radius*math.Cos(t)-1.5, y+0.75*radius*math.Sin(t)-1.5, 3, 3, 1, 0.7)
	}
	a.rect(x-3, y-3, 6, 6, 1, 0.8)
}
