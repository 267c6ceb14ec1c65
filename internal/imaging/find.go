package imaging

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// finder looks for a sheet on a small copy of a picture: lines that may be its
// sides, then the sets of four that look most like a sheet, then the sides that
// these lack, and last the likeliest of them all.
type finder struct {
	m            *small
	paper        [3][]float32 // the channels without thin strokes
	raw, cleared *edges
	threshold    float32      // what is a clear edge
	busy         []float32    // which part of the neighbourhood is edges
	mixed        [][3]float32 // the channels of a pixel together, as they count for edges
	lines        []profile
}

// The most lines that are looked at.
const mostLines = 54

// find looks for the sheet. See Find.
func (s *source) find(ctx context.Context) (Corners, float64, error) {
	f := newFinder(s.shrunk())
	if f == nil {
		return whole, 0, nil
	}
	if ctx.Err() != nil {
		return Corners{}, 0, context.Cause(ctx)
	}
	quads := f.quads()
	if ctx.Err() != nil {
		return Corners{}, 0, context.Cause(ctx)
	}
	if len(quads) == 0 {
		return whole, 0, nil
	}
	best, worth := f.likeliest(quads)
	corners := f.refined(&best)
	w, h := float64(f.m.width), float64(f.m.height)
	corners = inOrder(corners)
	for i := range corners {
		corners[i] = Point{corners[i].X / w, corners[i].Y / h}
	}
	if !corners.sensible() {
		return whole, 0, nil
	}
	return corners, confidence(worth), nil
}

func newFinder(m *small) *finder {
	const least = 24
	if m.width < least || m.height < least {
		return nil
	}
	m.soften()
	f := &finder{m: m}
	f.mixed = make([][3]float32, m.width*m.height)
	for i := range f.mixed {
		for c, weight := range weights {
			f.mixed[i][c] = weight * m.channels[c][i]
		}
	}
	f.paper = m.channels
	f.paper[0] = cleared(m.channels[0], m.width, m.height, 2)
	f.raw, f.cleared = edgesOf(m, m.channels[0]), edgesOf(m, f.paper[0])
	f.threshold = max(2.2, min(3*f.cleared.noise, 10))
	f.busy = make([]float32, len(f.cleared.strength))
	for i, s := range f.cleared.strength {
		if s > f.threshold {
			f.busy[i] = 1
		}
	}
	f.busy = smooth(f.busy, m.width, m.height, 6)
	for _, l := range append(linesOf(f.raw, f.cleared, mostLines), f.outlines()...) {
		l = f.settled(l)
		if !slices.ContainsFunc(f.lines, func(o profile) bool { return o.same(l) }) {
			f.lines = append(f.lines, f.look(l))
		}
	}
	w, h := float64(m.width), float64(m.height)
	for _, l := range []line{{cos: 1, rho: 1}, {cos: 1, rho: w - 2}, {sin: 1, rho: 1}, {sin: 1, rho: h - 2}} {
		l.rim = true
		f.lines = append(f.lines, f.look(l))
	}
	return f
}

// pair are two lines that may be opposite sides.
type pair struct {
	a, b  int
	angle float64 // of both together, 0 to π
}

// pairs are the lines that may be opposite sides.
func (f *finder) pairs() []pair {
	var out []pair
	for i := range f.lines {
		for j := range i {
			if p, ok := f.pair(i, j); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// pair is that of two lines, if they are nearly parallel and not too near.
func (f *finder) pair(i, j int) (pair, bool) {
	a, b := &f.lines[i].line, &f.lines[j].line
	if a.rim && b.rim {
		return pair{}, false
	}
	dot := a.cos*b.cos + a.sin*b.sin
	if math.Abs(dot) < 0.82 { // 35°
		return pair{}, false
	}
	w, h := float64(f.m.width), float64(f.m.height)
	// Where b crosses the foot of the middle on a.
	d := a.distance(w/2, h/2)
	gap := math.Abs(b.distance(w/2-d*a.cos, h/2-d*a.sin))
	if gap < 0.08*min(w, h) {
		return pair{}, false
	}
	sign := math.Copysign(1, dot)
	angle := math.Atan2(a.sin+sign*b.sin, a.cos+sign*b.cos)
	if angle < 0 {
		angle += math.Pi
	}
	return pair{i, j, angle}, true
}

// quads are the likeliest sheets, best first.
func (f *finder) quads() []quad {
	pairs := f.pairs()
	var best shortlist
	for i := range pairs {
		for j := range i {
			turn := math.Abs(pairs[i].angle - pairs[j].angle)
			if turn < math.Pi/4 || turn > math.Pi*3/4 {
				continue
			}
			f.consider(&best, &pairs[i], &pairs[j])
		}
	}
	f.complete(&best)
	return best
}

// shortlist are the likeliest sheets, best first.
type shortlist []quad

// consider takes the sheet of two pairs of sides into the list if it is one of
// the best.
func (f *finder) consider(best *shortlist, p, o *pair) {
	const keep = 64
	q, ok := f.quad(p, o)
	if !ok {
		return
	}
	b, least := *best, 0.0
	if len(b) == keep {
		least = b[keep-1].score
	}
	if q.score = f.judge(&q, least); q.score <= least {
		return
	}
	if i := slices.IndexFunc(b, q.like); i >= 0 {
		if b[i].score >= q.score {
			return
		}
		b = slices.Delete(b, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(b, q.score, func(b quad, score float64) int { return cmp.Compare(score, b.score) })
	b = slices.Insert(b, at, q)
	*best = b[:min(keep, len(b))]
}

// complete looks for sides that are too faint to be found alone: between the
// sides of the likeliest sheets, along the others.
func (f *finder) complete(best *shortlist) {
	type way struct{ a, b, along int }
	done := map[way]bool{}
	const rounds, most = 2, 10
	for range rounds {
		for _, q := range slices.Clone((*best)[:min(most, len(*best))]) {
			for i := range 4 {
				w := way{q.sides[(i+3)%4], q.sides[(i+1)%4], q.sides[i]}
				if w.a > w.b {
					w.a, w.b = w.b, w.a
				}
				if done[w] || f.lines[w.a].rim && f.lines[w.b].rim {
					continue
				}
				done[w] = true
				f.completed(best, w.a, w.b, &f.lines[w.along].line)
			}
		}
	}
}

// completed considers sheets between the lines a and b with a side that a sweep
// along l finds.
func (f *finder) completed(best *shortlist, a, b int, l *line) {
	across, ok := f.pair(a, b)
	if !ok {
		return
	}
	for _, found := range f.swept(&f.lines[a].line, &f.lines[b].line, l) {
		at := slices.IndexFunc(f.lines, func(o profile) bool { return o.same(found) })
		if at < 0 {
			at = len(f.lines)
			f.lines = append(f.lines, f.look(found))
		}
		for o := range f.lines {
			if o == at {
				continue
			}
			if p, ok := f.pair(at, o); ok {
				turn := math.Abs(p.angle - across.angle)
				if turn >= math.Pi/4 && turn <= math.Pi*3/4 {
					f.consider(best, &p, &across)
				}
			}
		}
	}
}

// quad makes the sheet of two pairs of sides, if it has the shape of one.
func (f *finder) quad(p, o *pair) (quad, bool) {
	q := quad{sides: [4]int{p.a, o.a, p.b, o.b}}
	for i := range q.sides {
		c, ok := meet(&f.lines[q.sides[(i+3)%4]].line, &f.lines[q.sides[i]].line)
		if !ok || !f.inside(c.X, c.Y, -0.04*float64(max(f.m.width, f.m.height))) {
			return q, false
		}
		q.corners[i] = c
	}
	if area(&q.corners) < 0 { // the other way around
		q.sides = [4]int{p.a, o.b, p.b, o.a}
		q.corners = Corners{q.corners[1], q.corners[0], q.corners[3], q.corners[2]}
	}
	return q, f.shaped(&q.corners)
}

// shaped tells that c could be a rectangle seen at an angle.
func (f *finder) shaped(c *Corners) bool {
	if area(c) < 0.015*float64(f.m.width*f.m.height) {
		return false
	}
	for i := range c {
		a, b, d := c[(i+3)%4], c[i], c[(i+1)%4]
		ux, uy, vx, vy := a.X-b.X, a.Y-b.Y, d.X-b.X, d.Y-b.Y
		lu, lv := math.Hypot(ux, uy), math.Hypot(vx, vy)
		if ux*vy-uy*vx > 0 || math.Abs(ux*vx+uy*vy) > 0.64*lu*lv { // dents; 50° to 130°
			return false
		}
		if opposite := distance(c[(i+2)%4], d); min(opposite, lu) < 0.4*max(opposite, lu) && i < 2 {
			return false
		}
		if min(lu, lv) < 0.12*max(lu, lv) {
			return false
		}
	}
	return true
}

// inOrder begins with the corner that is the top left when a sheet stands the
// nearest way to upright.
func inOrder(c Corners) Corners {
	best, first := math.Inf(1), 0
	for i := range c {
		// The angle of the upper side.
		a, b := c[i], c[(i+1)%4]
		e, d := c[(i+3)%4], c[(i+2)%4]
		if angle := math.Abs(math.Atan2(b.Y-a.Y+d.Y-e.Y, b.X-a.X+d.X-e.X)); angle < best {
			best, first = angle, i
		}
	}
	return Corners{c[first], c[(first+1)%4], c[(first+2)%4], c[(first+3)%4]}
}
