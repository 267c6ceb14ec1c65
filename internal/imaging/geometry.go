package imaging

import "math"

// size is that of a paper in millimetres, upright.
type size struct{ width, height float64 }

var sizes = map[Paper]size{
	PaperA4:   {210, 297},
	PaperA3:   {297, 420},
	PaperCard: {53.98, 85.6}, // ISO/IEC 7810 ID-1
}

const inch = 25.4 // millimetres

// matrix takes places of one plane to those of another (a homography).
type matrix [9]float64

func (m *matrix) apply(p Point) Point {
	w := m[6]*p.X + m[7]*p.Y + m[8]
	return Point{(m[0]*p.X + m[1]*p.Y + m[2]) / w, (m[3]*p.X + m[4]*p.Y + m[5]) / w}
}

// after is what m makes of what n made.
func (m *matrix) after(n *matrix) matrix {
	var r matrix
	for i := range 3 {
		for j := range 3 {
			r[3*i+j] = m[3*i]*n[j] + m[3*i+1]*n[3+j] + m[3*i+2]*n[6+j]
		}
	}
	return r
}

// square takes the unit square to c. It is the closed form of Heckbert,
// "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3.
func square(c *Corners) matrix {
	sumX := c[0].X - c[1].X + c[2].X - c[3].X
	sumY := c[0].Y - c[1].Y + c[2].Y - c[3].Y
	x1, y1 := c[1].X-c[2].X, c[1].Y-c[2].Y
	x2, y2 := c[3].X-c[2].X, c[3].Y-c[2].Y
	det := x1*y2 - x2*y1
	g, h := (sumX*y2-x2*sumY)/det, (x1*sumY-sumX*y1)/det
	return matrix{
		c[1].X - c[0].X + g*c[1].X, c[3].X - c[0].X + h*c[3].X, c[0].X,
		c[1].Y - c[0].Y + g*c[1].Y, c[3].Y - c[0].Y + h*c[3].Y, c[0].Y,
		g, h, 1,
	}
}

// turned are the corners of a page that is turned clockwise by quarters.
func (c Corners) turned(quarters int) Corners {
	quarters = ((quarters % 4) + 4) % 4
	var r Corners
	for i := range c {
		r[(i+quarters)%4] = c[i]
	}
	return r
}

// scaled are corners of parts in pixels.
func (c Corners) scaled(width, height float64) Corners {
	for i := range c {
		c[i] = Point{c[i].X * width, c[i].Y * height}
	}
	return c
}

// each is what f makes of every corner.
func (c Corners) each(f func(Point) Point) Corners {
	for i := range c {
		c[i] = f(c[i])
	}
	return c
}

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// sides are the longer of the two opposite sides of c.
func (c *Corners) sides() (width, height float64) {
	return max(distance(c[0], c[1]), distance(c[3], c[2])), max(distance(c[0], c[3]), distance(c[1], c[2]))
}

// vector is a direction in front of the camera.
type vector [3]float64

func (a vector) cross(b vector) vector {
	return vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func (a vector) dot(b vector) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// through is a·b as it is for the focal length whose square is f2.
func (a vector) through(b vector, f2 float64) float64 { return (a[0]*b[0]+a[1]*b[1])/f2 + a[2]*b[2] }

// axes are the upper and the left side of a sheet in space, in parts of the
// picture's longer side, but for the focal length, under the assumption that
// the optical axis goes through the middle of the picture. Source: Zhang and
// He, "Whiteboard scanning and image enhancement", 2007, equations 11 and 12.
func axes(c *Corners, width, height float64) (across, down vector) {
	unit := max(width, height)
	at := func(p Point) vector { return vector{(p.X - width/2) / unit, (p.Y - height/2) / unit, 1} }
	m1, m2, m3, m4 := at(c[0]), at(c[1]), at(c[3]), at(c[2])
	k2 := m1.cross(m4).dot(m3) / m2.cross(m4).dot(m3)
	k3 := m1.cross(m4).dot(m2) / m3.cross(m4).dot(m2)
	return vector{k2*m2[0] - m1[0], k2*m2[1] - m1[1], k2 - 1}, vector{k3*m3[0] - m1[0], k3*m3[1] - m1[1], k3 - 1}
}

// The focal length of a telephone is about 0.75 of the longer side, that of a
// document camera 0.8 to 2.
const usualFocus, leastFocus, mostFocus = 0.85, 0.55, 2.5

// aspect is the width of a sheet as a part of its height, from its corners in
// pixels of a picture of the given size. Perspective shortens the sides, so
// their lengths alone mislead: the corners tell the focal length, and with it
// the proportions. Source: as for axes, equations 20 and 21.
func aspect(c *Corners, width, height float64) float64 {
	across, down := axes(c, width, height)
	f2 := usualFocus * usualFocus
	// With hardly any perspective in one of the directions, its measure is noise.
	const measurable = 0.004
	if depth := across[2] * down[2]; math.Abs(depth) > measurable {
		f2 = min(max(-(across[0]*down[0]+across[1]*down[1])/depth, leastFocus*leastFocus), mostFocus*mostFocus)
	}
	a := math.Sqrt(across.through(across, f2) / down.through(down, f2))
	if !(a > 0.02 && a < 50) {
		w, h := c.sides()
		return w / max(h, 1)
	}
	return a
}

// skew is how far c is from a rectangle seen by any usual lens: the cosine of
// its angle, 0 for a right one.
func skew(c *Corners, width, height float64) float64 {
	across, down := axes(c, width, height)
	least := 1.0
	for _, focus := range []float64{0.6, 0.75, 0.95, 1.2, 1.6, 2.2} {
		f2 := focus * focus
		cos := across.through(down, f2) / math.Sqrt(across.through(across, f2)*down.through(down, f2))
		least = min(least, math.Abs(cos))
	}
	return least
}

// layout is the size of a page in the making.
type layout struct {
	width, height int
	paper         Paper
	dpi           int
}

// How far from the proportions of A4, and A3, a page may be to be taken for it:
// one that was straightened, and one that is as the scanner gave it.
const (
	nearStraightened = 0.06
	nearAsIs         = 0.03
)

// layoutOf says how many pixels the page of a sheet gets: as many as the source
// has for it, but at most e.DPI.
func layoutOf(c *Corners, width, height float64, straightened bool, e *Edit) layout {
	w, h := c.sides()
	if straightened {
		a := aspect(c, width, height)
		w, h = max(w, h*a), max(h, w/a)
	}
	paper := e.Paper
	if paper == PaperAuto {
		paper = paperOf(w, h, straightened, e.SourceDPI)
	}
	l := layout{paper: paper}
	var scale float64
	if s, ok := sizes[paper]; ok {
		if straightened {
			w, h = s.fit(w, h)
		}
		own := max(w, h) / (s.height / inch) // dots per inch that the source has
		scale = min(1, float64(e.DPI)/own)
		l.dpi = int(math.Round(own * scale))
	} else {
		switch {
		case e.SourceDPI > 0:
			scale = min(1, float64(e.DPI)/float64(e.SourceDPI))
			l.dpi = int(math.Round(float64(e.SourceDPI) * scale))
		default:
			scale = min(1, float64(e.DPI)*sizes[PaperA4].height/inch/max(w, h))
		}
	}
	l.width, l.height = max(1, int(math.Round(w*scale))), max(1, int(math.Round(h*scale)))
	return l
}

// fit gives a page of w × h pixels the proportions of s, without making it
// smaller.
func (s size) fit(w, h float64) (width, height float64) {
	ratio := s.height / s.width
	if h >= w {
		h = max(h, w*ratio)
		return h / ratio, h
	}
	w = max(w, h*ratio)
	return w, w / ratio
}

// paperOf guesses the paper from its proportions, and from its size where the
// source's resolution is known.
func paperOf(w, h float64, straightened bool, sourceDPI int) Paper {
	ratio := max(w, h) / max(min(w, h), 1)
	near := nearAsIs
	if straightened {
		near = nearStraightened
	}
	if math.Abs(ratio/math.Sqrt2-1) > near {
		return PaperFree
	}
	if sourceDPI == 0 {
		return PaperA4
	}
	const tolerance = 0.08
	long := max(w, h) / float64(sourceDPI) * inch
	for _, p := range []Paper{PaperA4, PaperA3} {
		if math.Abs(long/sizes[p].height-1) < tolerance {
			return p
		}
	}
	return PaperFree
}
