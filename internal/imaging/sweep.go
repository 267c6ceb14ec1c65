package imaging

import (
	"cmp"
	"math"
	"slices"
)

// A sheet's side may be too faint for single places along it to tell an edge
// from noise: white paper on a white table, a coloured head on a table of its
// colour. Between two lines that may be sides, a sweep adds up all of what lies
// along the ways across, signs and all, so that noise and print cancel out and
// an edge doesn't.

// sweep is the picture between two lines as a grid: a row is a way across.
type sweep struct {
	rows    int
	a, b    Point // where row 0 begins and ends
	da, db  Point // from row to row
	patches []patch
	// slants are ways across that aren't level: how many rows each column is
	// away from the middle.
	slants [][columns]int
}

// patch are a few places along a row together.
type patch struct {
	n           float32    // how many of them lie in the picture
	sum, square [3]float32 // how the picture changes there down the rows, in each channel
}

// The grid of a sweep.
const (
	columns = 16
	places  = 4 // of a column
)

// swept are the likeliest sides between the lines a and b, roughly along l, the
// clearest first.
func (f *finder) swept(a, b, l *line) []line {
	s, ok := f.newSweep(a, b, l)
	if !ok {
		return nil
	}
	f.fill(s)
	const near, most = 4, 6
	var out []line
	var rows []float64
	for _, p := range s.peaks() {
		if slices.ContainsFunc(rows, func(row float64) bool { return math.Abs(row-p.row) < near }) {
			continue
		}
		rows = append(rows, p.row)
		c := Point{s.a.X + s.da.X*(p.row-p.slant), s.a.Y + s.da.Y*(p.row-p.slant)}
		d := Point{s.b.X + s.db.X*(p.row+p.slant), s.b.Y + s.db.Y*(p.row+p.slant)}
		if out = append(out, through(c, d)); len(out) == most {
			break
		}
	}
	return out
}

func (f *finder) newSweep(a, b, l *line) (*sweep, bool) {
	pa, ok := meet(a, l)
	pb, ok2 := meet(b, l)
	width := distance(pa, pb)
	const narrowest, least = 30, 8
	if !ok || !ok2 || width < narrowest {
		return nil, false
	}
	// Along a and b, by one pixel across l.
	step := func(o *line) Point {
		across := o.cos*l.sin - o.sin*l.cos
		return Point{-o.sin / across, o.cos / across}
	}
	s := &sweep{da: step(a), db: step(b)}
	// As far as the picture reaches from l.
	w, h := float64(f.m.width), float64(f.m.height)
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range [4]Point{{0, 0}, {w, 0}, {w, h}, {0, h}} {
		low, high = min(low, l.distance(c.X, c.Y)), max(high, l.distance(c.X, c.Y))
	}
	low = math.Floor(low)
	if s.rows = int(high - low); s.rows < least {
		return nil, false
	}
	s.a = Point{pa.X + s.da.X*low, pa.Y + s.da.Y*low}
	s.b = Point{pb.X + s.db.X*low, pb.Y + s.db.Y*low}
	const steepest, spacing = 0.05, 2 // part of the width; rows at the ends
	most := int(steepest*width) / spacing
	for i := -most; i <= most; i++ {
		var away [columns]int
		for u := range away {
			away[u] = int(math.Round(float64(i*spacing) * (float64(2*u+1)/columns - 1)))
		}
		s.slants = append(s.slants, away)
	}
	return s, true
}

// fill measures the patches of s.
func (f *finder) fill(s *sweep) {
	const n = columns * places
	// What counts most of a change: print and things aren't sides.
	const most = 8
	// The last four rows and how the picture changes in the middle of them.
	type pixel struct {
		known bool
		c     [3]float32
	}
	var rows [5][n]pixel
	s.patches = make([]patch, s.rows*columns)
	for row := range s.rows {
		r := float64(row)
		ax, ay := s.a.X+s.da.X*r, s.a.Y+s.da.Y*r
		dx, dy := (s.b.X+s.db.X*r-ax)/n, (s.b.Y+s.db.Y*r-ay)/n
		last := &rows[row%5]
		for u := range last {
			x, y := ax+dx*(float64(u)+0.5), ay+dy*(float64(u)+0.5)
			p := &last[u]
			if p.known = f.inside(x, y, 1); p.known {
				p.c = f.mixed[int(y)*f.m.width+int(x)]
			}
		}
		if row < 4 {
			continue
		}
		patches := s.patches[(row-2)*columns : (row-1)*columns]
		up2, up1, down1 := &rows[(row+1)%5], &rows[(row+2)%5], &rows[(row+4)%5]
		for u := range last {
			if !up2[u].known || !last[u].known {
				continue
			}
			c := &patches[u/places]
			c.n++
			for i := range 3 {
				d := (last[u].c[i] + down1[u].c[i] - up1[u].c[i] - up2[u].c[i]) / 2
				d = min(max(d, -most), most)
				c.sum[i] += d
				c.square[i] += d * d
			}
		}
	}
}

// peak is where a side may be.
type peak struct {
	row, slant float64 // in the middle; from there to the end of it
	sure       float64
}

// peaks are the rows with an edge along them, the clearest first.
func (s *sweep) peaks() []peak {
	const least = 5
	var out []peak
	for row := 1; row < s.rows-1; row++ {
		best, v := s.steepest(row)
		if v < least {
			continue
		}
		// The top of the parabola through three rows.
		before, after := s.sure(row-1, &s.slants[best]), s.sure(row+1, &s.slants[best])
		if before > v || after > v {
			continue // another row is the peak
		}
		off := 0.0
		if bend := before - 2*v + after; bend < 0 {
			off = min(max(0.5*(before-after)/bend, -0.5), 0.5)
		}
		out = append(out, peak{float64(row) + off, float64(2 * (best - len(s.slants)/2)), v})
	}
	slices.SortStableFunc(out, func(p, o peak) int { return cmp.Compare(o.sure, p.sure) })
	return out
}

// steepest is the slant at which there is most surely an edge along a row: the
// best of every other one, or one of those next to it.
func (s *sweep) steepest(row int) (best int, sure float64) {
	try := func(k int) {
		if k < 0 || k >= len(s.slants) {
			return
		}
		if v := s.sure(row, &s.slants[k]); v > sure {
			best, sure = k, v
		}
	}
	for k := 0; k < len(s.slants); k += 2 {
		try(k)
	}
	middle := best
	try(middle - 1)
	try(middle + 1)
	return best, sure
}

// sure is how surely there is an edge along a row that slants.
func (s *sweep) sure(row int, away *[columns]int) float64 {
	const noise, least = 0.5, 0.6 * columns * places
	var all patch
	for u, d := range away {
		r := row + d
		if r < 0 || r >= s.rows {
			continue
		}
		c := &s.patches[r*columns+u]
		all.n += c.n
		for i := range 3 {
			all.sum[i] += c.sum[i]
			all.square[i] += c.square[i]
		}
	}
	if all.n < least {
		return 0
	}
	var sure float32
	for i := range 3 {
		mean := all.sum[i] / all.n
		deviation := all.square[i]/all.n - mean*mean
		sure += mean * mean / (max(deviation, 0) + noise*noise)
	}
	return math.Sqrt(float64(sure * all.n))
}
