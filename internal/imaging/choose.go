package imaging

import "math"

// What looks most like a sheet at first may be a part of one, such as the frame
// of a certificate or what a shadow or a coloured head leaves, or a sheet with a
// bit of the table. So the likeliest are weighed against each other once more,
// by what would take too long to look at for all.

// The traits that tell a sheet from what only looks like one.
const (
	clearMean  = iota // how far the sides lie on edges, see side.clear: logarithm
	clearLeast        // the same of the worst side
	steepMean         // how steep these edges are: logarithm
	endsMean          // how surely they end at the corners, see side.beyond: logarithm
	onward            // how surely the sheet goes on behind one of its sides, see continues
	onwardToo         // and behind another one
	partMean          // how surely the two sides of a side differ, see side.step
	partLeast         // the same of the worst side
	partWorst         // the same of its worst part
	nearMean          // how surely they differ close to the edge, where faint ones do
	nearLeast         // the same of the worst side
	nearSecond        // and of the second worst, as one may be covered
	wideMean          // how surely they differ well away from the edge, unlike those of a printed frame
	wideLeast         // the same of the worst side
	wideSecond        // and of the second worst
	darker            // how many sides are darker inside than outside
	shadows           // how many of them may be shadows
	brighter          // how much brighter it is inside
	colours           // how much the colours differ from side to side, see unlike
	rough             // how much the brightness changes along a side
	busy              // how much is printed inside
	large             // area: logarithm
	likeA4            // how near the proportions of A4 and A3 are
	likeCard          // and those of a card
	skewed            // how far it is from a rectangle seen by any usual lens
	judged            // the first score: logarithm
	traitCount
)

type traits [traitCount]float64

// worth are how much each trait counts. TestWeights fits them; these come from
// 1,230 photographs of the seeds 1 to 4 and 21 to 24, and what confidence makes
// of their sum from 93 tables without a sheet as well.
var worth = traits{
	clearMean:  22.85,
	clearLeast: 7.38,
	steepMean:  0.73,
	endsMean:   6.56,
	onward:     -7.76,
	onwardToo:  2.99,
	partMean:   -6.52,
	partLeast:  3.91,
	partWorst:  2.19,
	nearMean:   -3.70,
	nearLeast:  8.00,
	nearSecond: -0.55,
	wideMean:   2.95,
	wideLeast:  4.37,
	wideSecond: 4.84,
	darker:     0.51,
	shadows:    -3.50,
	brighter:   2.72,
	colours:    3.22,
	rough:      -5.71,
	busy:       3.84,
	large:      3.21,
	likeA4:     4.58,
	likeCard:   2.13,
	skewed:     -29.97,
	judged:     4.90,
}

// What confidence makes a figure from 0 to 1 of.
const sureSlope, sureLeast = 0.328, 2.52

// likeliest is the one of quads, of which there is at least one, whose traits
// are worth most, and how much that is.
func (f *finder) likeliest(quads []quad) (best quad, most float64) {
	most = math.Inf(-1)
	for i := range quads {
		t := f.traits(&quads[i])
		if sum := t.sum(); sum > most {
			best, most = quads[i], sum
		}
	}
	return best, most
}

// sum is what t is worth.
func (t *traits) sum() (sum float64) {
	for k, w := range worth {
		sum += w * t[k]
	}
	return sum
}

// confidence makes what the likeliest sheet is worth the probability that it is
// one, and found right. TestWeights fits it, to tables without a sheet as well.
func confidence(sum float64) float64 { return 1 / (1 + math.Exp(-(sureSlope*sum - sureLeast))) }

// traits measures q.
func (f *finder) traits(q *quad) traits {
	t := traits{clearLeast: 1, partLeast: 1, partWorst: 1, nearLeast: 1, nearSecond: 1, wideLeast: 1, wideSecond: 1}
	middle := q.middle()
	var sides [4]side
	for i := range sides {
		a, b := q.corners[i], q.corners[(i+1)%4]
		p := &f.lines[q.sides[i]]
		s := f.side(p, a, b, middle)
		sides[i] = s
		t[clearMean] += math.Log(s.clear+0.05) / 4
		t[clearLeast] = min(t[clearLeast], s.clear)
		t[steepMean] += math.Log(float64(p.part(p.at(a), p.at(b)).steep)/distance(a, b)+1) / 4
		t[endsMean] += math.Log(s.beyond) / 4
		t[partMean] += s.step / 4
		t[partLeast] = min(t[partLeast], s.step)
		t[partWorst] = min(t[partWorst], s.least)
		on := f.continues(q, i)
		t[onward], t[onwardToo] = max(t[onward], on), max(t[onwardToo], min(t[onward], on))
		near, wide := f.apart(a, b, 2.5, 0.5), f.apart(a, b, 9, 2)
		t[nearMean] += near / 4
		t[nearLeast], t[nearSecond] = lowest(t[nearLeast], t[nearSecond], near)
		t[wideMean] += wide / 4
		t[wideLeast], t[wideSecond] = lowest(t[wideLeast], t[wideSecond], wide)
		if s.bright < 0 {
			t[darker]++
		}
		if s.shadow() {
			t[shadows]++
		}
		t[brighter] += min(max(s.bright/max(s.inside[0], 20), -1), 1) / 4
	}
	t[colours], t[rough] = unlike(&sides)
	t[busy] = -math.Log(f.smooth(&q.corners)) / 2
	t[large] = math.Log(area(&q.corners) / float64(f.m.width*f.m.height))
	a4, card := f.off(&q.corners, PaperA4)/0.012, f.off(&q.corners, PaperCard)/0.02
	t[likeA4], t[likeCard] = 1/(1+a4*a4), 1/(1+card*card)
	t[skewed] = min(skew(&q.corners, float64(f.m.width), float64(f.m.height)), 0.5)
	t[judged] = math.Log(q.score)
	return t
}

// lowest are the lower two of three, where a is not above b.
func lowest(a, b, c float64) (first, second float64) {
	return min(a, c), min(b, max(a, c))
}

// apart is how surely a picture differs on both sides of the line from a to b,
// at a distance from it; noise is the difference that doesn't count.
func (f *finder) apart(a, b Point, distance, noise float64) float64 {
	const places, parts = 40, 5
	l := through(a, b)
	var s [parts]sums
	for i := range places {
		t := (float64(i) + 0.5) / places
		x, y := a.X+(b.X-a.X)*t, a.Y+(b.Y-a.Y)*t
		in, ok := f.colour(x-distance*l.cos, y-distance*l.sin)
		out, ok2 := f.colour(x+distance*l.cos, y+distance*l.sin)
		if !ok || !ok2 {
			continue
		}
		one := &s[i*parts/places]
		one.n++
		for c := range 3 {
			d := float32(in[c] - out[c])
			one.diff[c] += d
			one.square += d * d
		}
	}
	sum, n := 0.0, 0
	for i := range s {
		if s[i].n >= 2 {
			sum += s[i].stepped(noise)
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// continues is how surely the sheet goes on behind side i of q, as it does
// behind the lower edge of a coloured head or the line of a printed frame: the
// sides next to i then go on behind both corners.
func (f *finder) continues(q *quad, i int) float64 {
	const from, to = 3, 13 // pixels behind the corner
	beyond := func(corner, before Point) float64 {
		d := distance(corner, before)
		dx, dy := (corner.X-before.X)/d, (corner.Y-before.Y)/d
		a, b := Point{corner.X + from*dx, corner.Y + from*dy}, Point{corner.X + to*dx, corner.Y + to*dy}
		if !f.inside(b.X, b.Y, 1) {
			return 0
		}
		return f.apart(a, b, 2.5, 1)
	}
	return min(beyond(q.corners[i], q.corners[(i+3)%4]), beyond(q.corners[(i+1)%4], q.corners[(i+2)%4]))
}
