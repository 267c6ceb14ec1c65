package imaging

import (
	"math"
	"slices"
)

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
	for i := range p.steps {
		x, y := p.fromX-float64(i)*l.sin, p.fromY+float64(i)*l.cos
		one := f.step(&l, x, y)
		p.sums[i+1] = p.sums[i]
		p.sums[i+1].add(&one)
	}
	return p
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

// quad is four sides that may be a sheet, in the order of its corners: the side
// before corner 0 is that of 3 to 0.
type quad struct {
	corners Corners // in pixels of the small picture
	sides   [4]int  // which lines: from corner i to corner i+1
	score   float64
}

// side is what one side of a quad looks like.
type side struct {
	clear   float64    // part of its length that lies on an edge
	step    float64    // how surely its two sides differ
	inside  [3]float64 // the sheet along it
	outside [3]float64 // the table along it
	rough   float64    // how much the sheet's brightness changes along it
	beyond  float64    // how surely the edge ends at the corners
	bright  float64    // how much brighter the sheet is than the table
}

func (f *finder) side(p *profile, a, b, middle Point) side {
	i, j := p.at(a), p.at(b)
	if j < i {
		i, j = j, i
	}
	// Corners are round, or bent: a little less than the whole.
	trim := (j - i) / 40
	part := p.part(i+trim, j-trim)
	length := float64(j - i - 2*trim)
	if part.n < 5 || length < 10 {
		return side{}
	}
	s := side{clear: float64(part.clear) / length}
	s.colours(&part, p.side(middle))
	reach := max(10, (j-i)/8)
	steep := part.steep / part.n
	s.beyond = (1 - goesOn(p.part(i-reach-3, i-3), steep)) * (1 - goesOn(p.part(j+3, j+reach+3), steep))
	return s
}

// side is which side of a line q lies on: 0 or 1, as in sums.
func (p *profile) side(q Point) int {
	if p.distance(q.X, q.Y) < 0 {
		return 1
	}
	return 0
}

// colours measures what lies on the sides of a part of a line, in being that
// of the sheet.
func (s *side) colours(part *sums, in int) {
	n := float64(part.n)
	var mean float64
	for c := range 3 {
		d := float64(part.diff[c]) / n
		mean += d * d
		s.inside[c] = float64(part.side[in][c]) / n
		s.outside[c] = float64(part.side[1-in][c]) / n
	}
	deviation := math.Sqrt(max(float64(part.square)/n-mean, 0))
	s.step = math.Sqrt(mean) / (deviation + 2)
	s.bright = s.inside[0] - s.outside[0]
	s.rough = math.Sqrt(max(float64(part.bright2[in])/n-s.inside[0]*s.inside[0], 0))
}

// shadow tells that a side may be the edge of a shadow on the table: what is
// inside is darker, but of the same colour.
func (s *side) shadow() bool {
	ib, ir := hue(&s.inside)
	ob, or := hue(&s.outside)
	return s.bright < -2 && math.Hypot(ib-ob, ir-or) < 0.05
}

// smooth prefers sheets that are bare but for thin strokes to patterns.
func (f *finder) smooth(c *Corners) float64 {
	const samples = 6
	m := square(c)
	var busy float32
	for i := range samples {
		for j := range samples {
			p := m.apply(Point{(float64(i) + 0.5) / samples, (float64(j) + 0.5) / samples})
			if f.inside(p.X, p.Y, 0) {
				busy += f.busy[int(p.Y)*f.m.width+int(p.X)]
			}
		}
	}
	return math.Exp(-2 * float64(busy) / (samples * samples))
}

// goesOn is how much it counts that an edge goes on behind a corner: the sides
// of a part of a sheet do, such as that up to a shadow.
func goesOn(s sums, steep float32) float64 {
	if s.n < 4 || steep == 0 {
		return 0
	}
	const textured, sure, most = 0.35, 0.8, 0.4
	return most * min(max((float64(s.steep/s.n/steep)-textured)/(sure-textured), 0), 1)
}

// judge is how much a quad looks like a sheet; 0 is not at all.
func (f *finder) judge(q *quad) float64 {
	middle := q.middle()
	var sides [4]side
	score, weakest := 1.0, 1.0
	for i := range sides {
		s := f.side(&f.lines[q.sides[i]], q.corners[i], q.corners[(i+1)%4], middle)
		sides[i] = s
		if s.clear < 0.35 {
			return 0
		}
		step := s.step / (s.step + 0.7)
		one := s.clear * s.clear * (0.35 + 0.65*step) * s.beyond
		switch {
		case s.shadow():
			one *= 0.6
		case s.bright < 0:
			one *= 0.65
		}
		score *= one
		weakest = min(weakest, one)
	}
	score = math.Pow(score, 0.25)*0.7 + weakest*0.3
	return score * alike(&sides) * f.sized(q) * f.smooth(&q.corners) * f.proportioned(&q.corners)
}

// alike tells how far the sheet looks the same along its sides: paper has one
// colour, and its brightness changes slowly. One side may be another, as that
// along a coloured head is.
func alike(sides *[4]side) float64 {
	var blue, red [4]float64
	rough := 0.0
	for i := range sides {
		s := &sides[i]
		blue[i], red[i] = hue(&s.inside)
		rough += s.rough / max(s.inside[0], 20) / 4
	}
	b, r := middle(blue), middle(red)
	var off [4]float64
	for i := range off {
		off[i] = math.Hypot(blue[i]-b, red[i]-r)
	}
	slices.Sort(off[:])
	colours := off[2] + 0.15*min(off[3], 0.3)
	colours /= 0.12
	return 1 / (1 + colours*colours) / (1 + math.Pow(rough/0.45, 4))
}

// hue is how blue and how red a colour is, however much light there is.
func hue(c *[3]float64) (blue, red float64) {
	l := max(c[0], 20)
	return (c[1] - 128) / l, (c[2] - 128) / l
}

// middle is the median of four.
func middle(v [4]float64) float64 {
	slices.Sort(v[:])
	return (v[1] + v[2]) / 2
}

// sized prefers large sheets, as inner frames are smaller than their paper.
func (f *finder) sized(q *quad) float64 {
	return math.Pow(area(&q.corners)/float64(f.m.width*f.m.height), 0.13)
}

// proportioned prefers the proportions of A4 and A3, which most sheets have.
func (f *finder) proportioned(c *Corners) float64 {
	const other, near = 0.85, 0.1
	a := aspect(c, float64(f.m.width), float64(f.m.height))
	off := math.Abs(max(a, 1/a)/math.Sqrt2-1) / near
	return other + (1-other)/(1+off*off)
}

func area(c *Corners) float64 {
	var sum float64
	for i := range c {
		j := (i + 1) % 4
		sum += c[i].X*c[j].Y - c[j].X*c[i].Y
	}
	return sum / 2
}
