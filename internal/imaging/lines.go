package imaging

import (
	"cmp"
	"math"
	"slices"
)

// edges are how steeply a small picture changes, across and down, where it does
// so most in one of its channels.
type edges struct {
	width, height int
	x, y          []float32
	strength      []float32
	noise         float32 // what is usual
}

// weights are how much a change in each channel counts.
var weights = [3]float32{1, 1.6, 1.6}

// edgesOf measures m, whose paper was cleared of thin strokes or not.
func edgesOf(m *small, luma []float32) *edges {
	e := &edges{width: m.width, height: m.height}
	n := m.width * m.height
	e.x, e.y, e.strength = make([]float32, n), make([]float32, n), make([]float32, n)
	w := m.width
	for i, c := range [3][]float32{luma, m.channels[1], m.channels[2]} {
		for y := 1; y < m.height-1; y++ {
			for x := 1; x < w-1; x++ {
				k := y*w + x
				// Scharr's weights keep the direction true.
				a, b, d := c[k-w-1], c[k-w], c[k-w+1]
				l, r := c[k-1], c[k+1]
				f, g, h := c[k+w-1], c[k+w], c[k+w+1]
				gx := (3*(d+h-a-f) + 10*(r-l)) / 32 * weights[i]
				gy := (3*(f+h-a-d) + 10*(g-b)) / 32 * weights[i]
				if s := gx*gx + gy*gy; s > e.strength[k] {
					e.x[k], e.y[k], e.strength[k] = gx, gy, s
				}
			}
		}
	}
	for i, s := range e.strength {
		e.strength[i] = float32(math.Sqrt(float64(s)))
	}
	e.noise = usual(e.strength)
	return e
}

// usual is about the median of values.
func usual(values []float32) float32 {
	const every = 17
	some := make([]float32, 0, len(values)/every+1)
	for i := 0; i < len(values); i += every {
		some = append(some, values[i])
	}
	return percentile(some, 0.5)
}

// line is all places with x·cos + y·sin = rho.
type line struct {
	cos, sin, rho float64
	votes         float64
	rim           bool // a side of the picture itself
}

func (l *line) distance(x, y float64) float64 { return x*l.cos + y*l.sin - l.rho }

// meet is where two lines cross.
func meet(a, b *line) (Point, bool) {
	det := a.cos*b.sin - a.sin*b.cos
	if math.Abs(det) < 0.2 {
		return Point{}, false
	}
	return Point{(a.rho*b.sin - b.rho*a.sin) / det, (b.rho*a.cos - a.rho*b.cos) / det}, true
}

// The resolution of the search for lines.
const (
	angles   = 360 // over a turn: an edge from dark to bright is another one than back
	spread2  = 3   // how many steps an edge's direction may be wrong
	rhoWidth = 1.5 // pixels
)

// ballot is where edges vote for the lines that they may lie on.
type ballot struct {
	votes    []float32
	sums     []float32 // of neighbouring places
	rhos     int
	offset   float64
	cos, sin [angles]float64
}

func newBallot(width, height int) *ballot {
	b := &ballot{offset: math.Hypot(float64(width), float64(height))}
	b.rhos = int(2*b.offset/rhoWidth) + 3
	b.votes, b.sums = make([]float32, angles*b.rhos), make([]float32, angles*b.rhos)
	for i := range angles {
		b.sin[i], b.cos[i] = math.Sincos(float64(i) * 2 * math.Pi / angles)
	}
	return b
}

// reset takes all votes back.
func (b *ballot) reset() {
	clear(b.votes)
	clear(b.sums)
}

// cast lets the edges vote: those along a ridge of strength only, each for the
// few lines across its direction, and strong ones not more than clear ones, so
// that a faint long edge wins against strong short ones. If among is not nil,
// only those there do.
func (b *ballot) cast(e *edges, among []bool) {
	least := max(1, min(2.2*e.noise, 6))
	for y := 2; y < e.height-2; y++ {
		for x := 2; x < e.width-2; x++ {
			k := y*e.width + x
			s := e.strength[k]
			if s < least || among != nil && !among[k] {
				continue
			}
			// The strongest across its own direction.
			step := 1
			if abs(e.y[k]) > abs(e.x[k]) {
				step = e.width
			}
			if s < e.strength[k-step] || s <= e.strength[k+step] {
				continue
			}
			angle := math.Atan2(float64(e.y[k]), float64(e.x[k]))
			weight := s / (s + 4*least)
			middle := int(math.Round(angle / (2 * math.Pi) * angles))
			for d := -spread2; d <= spread2; d++ {
				i := (middle + d + 2*angles) % angles
				rho := (float64(x)+0.5)*b.cos[i] + (float64(y)+0.5)*b.sin[i]
				b.votes[i*b.rhos+int((rho+b.offset)/rhoWidth)] += weight
			}
		}
	}
}

func abs(v float32) float32 { return max(v, -v) }

// addUp sums up the votes of neighbouring places.
func (b *ballot) addUp() {
	for i := range angles {
		before, after := (i+angles-1)%angles*b.rhos, (i+1)%angles*b.rhos
		for j := 1; j < b.rhos-1; j++ {
			v := b.votes[i*b.rhos+j]
			if v == 0 {
				continue
			}
			k := i*b.rhos + j
			b.sums[k] += v
			b.sums[k-1] += 0.6 * v
			b.sums[k+1] += 0.6 * v
			b.sums[before+j] += 0.3 * v
			b.sums[after+j] += 0.3 * v
		}
	}
}

// best are the lines with the most votes around them.
func (b *ballot) best(most int) []line {
	b.addUp()
	at := func(i, j int) float32 {
		if j < 0 || j >= b.rhos {
			return 0
		}
		return b.sums[(i+angles)%angles*b.rhos+j]
	}
	var out []line
	const nearAngle, nearRho = 3, 3
	for i := range angles {
		for j := range b.rhos {
			v := b.sums[i*b.rhos+j]
			if v < 8 {
				continue
			}
			peak := true
			for di := -nearAngle; di <= nearAngle && peak; di++ {
				for dj := -nearRho; dj <= nearRho; dj++ {
					o := at(i+di, j+dj)
					if o > v || o == v && (di < 0 || di == 0 && dj < 0) {
						peak = false
						break
					}
				}
			}
			if peak {
				out = append(out, line{cos: b.cos[i], sin: b.sin[i], rho: (float64(j)+0.5)*rhoWidth - b.offset, votes: float64(v)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Compare(b.votes, a.votes) })
	return out[:min(most, len(out))]
}

// linesOf are the lines that may be a sheet's sides. Half of them are sought
// where thin dark strokes were cleared away, such as text and the lines of
// forms; half in the picture as it is, since a white sheet on a white table
// shows itself by a thin shadow alone.
func linesOf(raw, cleared *edges, most int) []line {
	var out []line
	for i, e := range []*edges{cleared, raw} {
		b := newBallot(e.width, e.height)
		b.cast(e, nil)
		upTo := most * (i + 2) / 3
		for _, l := range b.best(most) {
			if len(out) < upTo && !slices.ContainsFunc(out, l.same) {
				out = append(out, l)
			}
		}
	}
	return out
}

// same tells that two lines are one for the search.
func (l *line) same(o line) bool {
	cos := l.cos*o.cos + l.sin*o.sin
	rho := o.rho
	if cos < 0 {
		cos, rho = -cos, -rho
	}
	return cos > 0.9994 && math.Abs(l.rho-rho) < 2.5 // 2°
}

// cleared is luma without dark strokes thinner than twice radius (a closing).
func cleared(luma []float32, width, height, radius int) []float32 {
	return spread(spread(luma, width, height, radius, true), width, height, radius, false)
}
