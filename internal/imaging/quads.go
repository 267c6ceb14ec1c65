package imaging

import (
	"math"
	"slices"
)

// quad is four sides that may be a sheet, in the order of its corners: the side
// before corner 0 is that of 3 to 0.
type quad struct {
	corners Corners // in pixels of the small picture
	sides   [4]int  // which lines: from corner i to corner i+1
	score   float64
}

// like tells that two quads are the same but for a few pixels.
func (q *quad) like(o quad) bool {
	const near = 5
	for i := range q.corners {
		same := true
		for j := range q.corners {
			if distance(q.corners[(i+j)%4], o.corners[j]) > near {
				same = false
				break
			}
		}
		if same {
			return true
		}
	}
	return false
}

// middle is the mean of the corners.
func (q *quad) middle() (p Point) {
	for _, c := range q.corners {
		p.X += c.X / 4
		p.Y += c.Y / 4
	}
	return p
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

// judge is how much a quad looks like a sheet; 0 is not at all, or not more than
// least.
func (f *finder) judge(q *quad, least float64) float64 {
	var edges [4]edge
	score, weakest := 1.0, 1.0
	for i := range edges {
		e := f.lines[q.sides[i]].edge(q.corners[i], q.corners[(i+1)%4])
		if e.clear < 0.35 {
			return 0
		}
		edges[i] = e
		one := e.clear * e.clear * e.beyond
		score *= one
		weakest = min(weakest, one)
	}
	shape := f.sized(q) * f.proportioned(&q.corners)
	if together(score, weakest)*shape <= least {
		return 0 // whatever the colours are
	}
	middle := q.middle()
	var sides [4]side
	score, weakest = 1, 1
	for i := range sides {
		s := f.lines[q.sides[i]].side(&edges[i], middle)
		one := s.clear * s.clear * (0.35 + 0.65*s.step) * s.beyond
		switch {
		case s.shadow():
			one *= 0.6
		case s.bright < 0:
			one *= 0.65
		}
		score *= one
		weakest = min(weakest, one)
		sides[i] = s
	}
	return together(score, weakest) * alike(&sides) * shape * f.smooth(&q.corners)
}

// together is the score of four sides from their product and the weakest.
func together(product, weakest float64) float64 { return math.Pow(product, 0.25)*0.7 + weakest*0.3 }

// alike tells how far the sheet looks the same along its sides.
func alike(sides *[4]side) float64 {
	colours, rough := unlike(sides)
	return 1 / (1 + colours*colours) / (1 + math.Pow(rough/0.45, 4))
}

// unlike tells how much the sheet's colours differ from side to side, and how
// much its brightness changes along them: paper has one colour, and its
// brightness changes slowly. One side may be another, as that along a coloured
// head is.
func unlike(sides *[4]side) (colours, rough float64) {
	var blue, red [4]float64
	for i := range sides {
		s := &sides[i]
		blue[i], red[i] = s.blue, s.red
		rough += s.rough / max(s.inside[0], 20) / 4
	}
	b, r := middle(blue), middle(red)
	var off [4]float64
	for i := range off {
		off[i] = math.Hypot(blue[i]-b, red[i]-r)
	}
	slices.Sort(off[:])
	return (off[2] + 0.15*min(off[3], 0.3)) / 0.12, rough
}

// sized prefers large sheets, as inner frames are smaller than their paper.
func (f *finder) sized(q *quad) float64 {
	return math.Pow(area(&q.corners)/float64(f.m.width*f.m.height), 0.13)
}

// proportioned prefers the proportions of A4 and A3, which most sheets have, and
// those of a card.
func (f *finder) proportioned(c *Corners) float64 {
	const other, near = 0.80, 0.04
	off := f.untrue(c) / near
	return other + (1-other)/(1+off*off)
}

// untrue is how far the proportions of c are from those of the nearest paper.
func (f *finder) untrue(c *Corners) float64 { return min(f.off(c, PaperA4), f.off(c, PaperCard)) }

// off is how far the proportions of c are from those of p, which may lie on its
// side.
func (f *finder) off(c *Corners, p Paper) float64 {
	a := aspect(c, float64(f.m.width), float64(f.m.height))
	return math.Abs(max(a, 1/a)/(sizes[p].height/sizes[p].width) - 1)
}

func area(c *Corners) float64 {
	var sum float64
	for i := range c {
		j := (i + 1) % 4
		sum += c[i].X*c[j].Y - c[j].X*c[i].Y
	}
	return sum / 2
}
