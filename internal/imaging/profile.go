package imaging

import "math"

// profile is what lies along a line, summed up from its beginning, so that the
// figures of any part of it are one subtraction.
type profile struct {
	line
	// from is the first place, (dx, dy) one step on.
	fromX, fromY float64
	steps        int
	// sums has steps+1 entries.
	sums []sums
}

// sums of the steps before.
type sums struct {
	clear float32 // how many lie on an edge along the line
	steep float32 // how steep these are
	// n is how many lie in the picture with both sides.
	n float32
	// diff is the left side less the right in each channel, square its square
	// in brightness and colour together.
	diff   [3]float32
	square float32
	// side are the colours left and right of the line, bright2 their squared
	// brightness.
	side    [2][3]float32
	bright2 [2]float32
}

func (a *sums) add(b *sums) {
	a.clear += b.clear
	a.steep += b.steep
	a.n += b.n
	a.square += b.square
	for i := range 3 {
		a.diff[i] += b.diff[i]
		a.side[0][i] += b.side[0][i]
		a.side[1][i] += b.side[1][i]
	}
	a.bright2[0] += b.bright2[0]
	a.bright2[1] += b.bright2[1]
}

func (a sums) minus(b *sums) sums {
	a.clear -= b.clear
	a.steep -= b.steep
	a.n -= b.n
	a.square -= b.square
	for i := range 3 {
		a.diff[i] -= b.diff[i]
		a.side[0][i] -= b.side[0][i]
		a.side[1][i] -= b.side[1][i]
	}
	a.bright2[0] -= b.bright2[0]
	a.bright2[1] -= b.bright2[1]
	return a
}

// at is how far along the line p lies, in steps.
func (p *profile) at(q Point) int {
	return int(math.Round((q.X-p.fromX)*-p.sin + (q.Y-p.fromY)*p.cos))
}

// part sums up the steps between two places.
func (p *profile) part(a, b int) sums {
	a, b = min(max(a, 0), p.steps), min(max(b, 0), p.steps)
	if b < a {
		a, b = b, a
	}
	return p.sums[b].minus(&p.sums[a])
}

// The distance in pixels at which the two sides of a line are compared.
const aside = 4

// look walks along l through the picture.
func (f *finder) look(l line) profile {
	p := profile{line: l}
	w, h := float64(f.m.width), float64(f.m.height)
	// The foot of the middle, and from there back half a diagonal.
	d := l.distance(w/2, h/2)
	mx, my := w/2-d*l.cos, h/2-d*l.sin
	half := math.Ceil(math.Hypot(w, h)/2) + 1
	p.fromX, p.fromY = mx+half*l.sin, my-half*l.cos
	p.steps = int(2 * half)
	p.sums = make([]sums, p.steps+1)
	faint := f.faint(&p)
	for i := range p.steps {
		x, y := p.fromX-float64(i)*l.sin, p.fromY+float64(i)*l.cos
		one := f.step(&l, x, y)
		if one.n > 0 {
			one.clear = max(one.clear, faint[i])
		}
		p.sums[i+1] = p.sums[i]
		p.sums[i+1].add(&one)
	}
	return p
}

// faint is how clearly the two sides of a line differ around each of its steps,
// on the average of some: this shows edges too faint for a single place.
func (f *finder) faint(p *profile) []float32 {
	const near, half = 2, 8
	// The differences summed up, and how many there are.
	type total struct {
		d [3]float32
		n float32
	}
	totals := make([]total, p.steps+1)
	for i := range p.steps {
		x, y := p.fromX-float64(i)*p.sin, p.fromY+float64(i)*p.cos
		t := totals[i]
		lx, ly, rx, ry := x+near*p.cos, y+near*p.sin, x-near*p.cos, y-near*p.sin
		if f.inside(lx, ly, 0) && f.inside(rx, ry, 0) {
			l, r := int(ly)*f.m.width+int(lx), int(ry)*f.m.width+int(rx)
			for c := range 3 {
				t.d[c] += f.paper[c][l] - f.paper[c][r]
			}
			t.n++
		}
		totals[i+1] = t
	}
	clear := max(2, 3*f.cleared.noise)
	out := make([]float32, p.steps)
	for i := range out {
		a, b := &totals[max(i-half, 0)], &totals[min(i+half+1, p.steps)]
		n := b.n - a.n
		if n < half {
			continue
		}
		var square float32
		for c := range 3 {
			d := (b.d[c] - a.d[c]) / n
			square += d * d
		}
		out[i] = min(1, float32(math.Sqrt(float64(square)))/clear)
	}
	return out
}

// step measures one place on a line.
func (f *finder) step(l *line, x, y float64) (s sums) {
	if !f.inside(x, y, 1) {
		return s
	}
	if l.rim {
		s.clear, s.n = 0.5, 1
	} else {
		s.steep, s.n = f.steep(l, x, y), 1
		s.clear = min(1, s.steep/f.threshold)
	}
	lx, ly := x+aside*l.cos, y+aside*l.sin
	rx, ry := x-aside*l.cos, y-aside*l.sin
	// At the rim one side is missing; it counts as alike.
	leftIn, rightIn := f.inside(lx, ly, 0), f.inside(rx, ry, 0)
	if !leftIn {
		lx, ly = rx, ry
	}
	if !rightIn {
		rx, ry = lx, ly
	}
	if !leftIn && !rightIn {
		return sums{}
	}
	i, j := int(ly)*f.m.width+int(lx), int(ry)*f.m.width+int(rx)
	for c := range 3 {
		a, b := f.paper[c][i], f.paper[c][j]
		s.diff[c] = a - b
		s.side[0][c], s.side[1][c] = a, b
		s.square += (a - b) * (a - b)
	}
	s.bright2[0], s.bright2[1] = s.side[0][0]*s.side[0][0], s.side[1][0]*s.side[1][0]
	return s
}

func (f *finder) inside(x, y, margin float64) bool {
	return x >= margin && y >= margin && x < float64(f.m.width)-margin && y < float64(f.m.height)-margin
}

// steep is how steep an edge along l is at a place. The line may be two pixels
// off.
func (f *finder) steep(l *line, x, y float64) float32 {
	var best float32
	for d := -2.0; d <= 2; d++ {
		best = max(best, f.along(l, x+d*l.cos, y+d*l.sin))
	}
	return best
}

// along is how steep an edge at a place is, 0 if it doesn't run along l.
func (f *finder) along(l *line, x, y float64) float32 {
	i, j := int(x), int(y)
	if i < 1 || j < 1 || i >= f.m.width-1 || j >= f.m.height-1 {
		return 0
	}
	const most, about = 40, 0.9 // about 25°
	k := j*f.m.width + i
	var best float32
	for _, e := range [2]*edges{f.cleared, f.raw} {
		if s := abs(e.x[k]*float32(l.cos) + e.y[k]*float32(l.sin)); s > about*e.strength[k] {
			best = max(best, s)
		}
	}
	return min(best, most)
}

// colour is that of a place: brightness, blueness, redness.
func (f *finder) colour(x, y float64) (c [3]float64, ok bool) {
	if !f.inside(x, y, 0) {
		return c, false
	}
	k := int(y)*f.m.width + int(x)
	return [3]float64{float64(f.paper[0][k]), float64(f.paper[1][k]), float64(f.paper[2][k])}, true
}
