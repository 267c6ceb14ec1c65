package imaging

import (
	"math"
	"slices"
)

// side is what one side of a quad looks like.
type side struct {
	clear   float64    // part of its length that lies on an edge
	step    float64    // how surely its two sides differ, 0 to 1
	least   float64    // the same where they do so least
	inside  [3]float64 // the sheet along it
	outside [3]float64 // the table along it
	blue    float64    // the sheet's hue along most of it
	red     float64
	rough   float64 // how much the sheet's brightness changes along it
	beyond  float64 // how surely the edge ends at the corners
	bright  float64 // how much brighter the sheet is than the table
}

// side measures the side of a quad from a to b, with middle that of the quad.
func (f *finder) side(p *profile, a, b, middle Point) side {
	e := p.edge(a, b)
	return p.side(&e, middle)
}

// edge is what a side looks like without the colours beside it.
type edge struct {
	clear, beyond float64 // as in side
	from, to      int     // where it is, in steps of its line
}

func (p *profile) edge(a, b Point) edge {
	i, j := p.at(a), p.at(b)
	if j < i {
		i, j = j, i
	}
	// Corners are round, or bent: a little less than the whole.
	trim := (j - i) / 40
	e := edge{from: i + trim, to: j - trim}
	part := p.part(e.from, e.to)
	length := float64(e.to - e.from)
	if part.n < 5 || length < 10 {
		return edge{}
	}
	e.clear = float64(part.clear) / length
	reach := max(10, (j-i)/8)
	steep := part.steep / part.n
	e.beyond = (1 - goesOn(p.part(i-reach-3, i-3), steep)) * (1 - goesOn(p.part(j+3, j+reach+3), steep))
	return e
}

func (p *profile) side(e *edge, middle Point) side {
	if e.to == e.from {
		return side{}
	}
	s := side{clear: e.clear, beyond: e.beyond}
	in := p.inner(middle)
	part := p.part(e.from, e.to)
	s.colours(&part, in)
	s.parts(p, e.from, e.to, in)
	return s
}

// inner is which side of a line q lies on: 0 or 1, as in sums.
func (p *profile) inner(q Point) int {
	if p.distance(q.X, q.Y) < 0 {
		return 1
	}
	return 0
}

// colours measures what lies on the sides of a part of a line, in being that
// of the sheet.
func (s *side) colours(part *sums, in int) {
	n := float64(part.n)
	for c := range 3 {
		s.inside[c] = float64(part.side[in][c]) / n
		s.outside[c] = float64(part.side[1-in][c]) / n
	}
	s.bright = s.inside[0] - s.outside[0]
	s.rough = math.Sqrt(max(float64(part.bright2[in])/n-s.inside[0]*s.inside[0], 0))
}

// What of a difference between the two sides of a line is noise.
const stepNoise = 2

// stepped is how surely the two sides of a part of a line differ, 0 to 1.
func (s *sums) stepped(noise float64) float64 {
	n := float64(s.n)
	var mean float64
	for _, sum := range s.diff {
		d := float64(sum) / n
		mean += d * d
	}
	deviation := math.Sqrt(max(float64(s.square)/n-mean, 0))
	step := math.Sqrt(mean) / (deviation + noise)
	return step / (step + 0.7)
}

// parts measures a side by parts. Its two sides needn't differ in the same way
// everywhere, such as along a coloured head and the paper below it, or in the
// light and in a shadow; and one part may be covered.
func (s *side) parts(p *profile, a, b, in int) {
	const parts = 5
	var steps, blue, red [parts]float64
	n := 0
	for i := range parts {
		part := p.part(a+(b-a)*i/parts, a+(b-a)*(i+1)/parts)
		if part.n < 2 {
			continue
		}
		steps[n] = part.stepped(stepNoise)
		s.step += steps[n]
		var c [3]float64
		for k := range c {
			c[k] = float64(part.side[in][k] / part.n)
		}
		blue[n], red[n] = hue(&c)
		n++
	}
	if n < 2 {
		s.least = s.step
		s.blue, s.red = hue(&s.inside)
		return
	}
	slices.Sort(steps[:n])
	slices.Sort(blue[:n])
	slices.Sort(red[:n])
	s.step, s.least = s.step/float64(n), steps[1]
	s.blue, s.red = blue[n/2], red[n/2]
}

// shadow tells that a side may be the edge of a shadow on the table: what is
// inside is darker, but of the same colour.
func (s *side) shadow() bool {
	ib, ir := hue(&s.inside)
	ob, or := hue(&s.outside)
	return s.bright < -2 && math.Hypot(ib-ob, ir-or) < 0.05
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
