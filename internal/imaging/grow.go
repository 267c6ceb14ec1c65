package imaging

import "math"

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

// grown is the likeliest sheet. What looks most like one may be a part of it:
// the frame of a certificate, or what a shadow or a coloured head leaves. So
// the best gives way to a good one around it that has sides in common with it,
// or has paper between.
func (f *finder) grown(quads []quad) quad {
	best := quads[0]
	for grows := true; grows; {
		grows = false
		for _, q := range quads {
			if area(&q.corners) < 1.02*area(&best.corners) || !q.around(&best) || !f.paperUpTo(&q, &best) {
				continue
			}
			least := 0.6 // part of the best score
			switch {
			case common(&q, &best) >= 2:
				if !f.goesOnTo(&q, &best) {
					continue
				}
				least = 0.4
			case !f.paperBetween(&best, &q):
				continue
			}
			if q.score >= least*quads[0].score {
				best, grows = q, true
				break
			}
		}
	}
	return best
}

// paperUpTo tells that the sides of q that it doesn't have in common with inner
// are seen, and are not the edge of its shadow.
func (f *finder) paperUpTo(q, inner *quad) bool {
	middle := q.middle()
	for i := range 4 {
		a, b := q.corners[i], q.corners[(i+1)%4]
		if inner.has(a, b) {
			continue
		}
		l := &f.lines[q.sides[i]]
		if s := f.side(l, a, b, middle); l.rim || s.clear < 0.75 || s.step < 0.6 || s.shadow() {
			return false
		}
	}
	return true
}

// goesOnTo tells that the sides that q and inner have in common go on where q
// is longer, as clearly as before.
func (f *finder) goesOnTo(q, inner *quad) bool {
	middle := q.middle()
	for i := range 4 {
		a, b := q.corners[i], q.corners[(i+1)%4]
		if !inner.has(a, b) {
			continue
		}
		p := &f.lines[q.sides[i]]
		from, to := min(p.at(a), p.at(b)), max(p.at(a), p.at(b))
		low, high := to, from
		for j := range 4 {
			c, d := inner.corners[j], inner.corners[(j+1)%4]
			if near(p, c) && near(p, d) {
				low, high = min(p.at(c), p.at(d)), max(p.at(c), p.at(d))
			}
		}
		if !ongoing(p, middle, low, high, from, low-2) || !ongoing(p, middle, low, high, high+2, to) {
			return false
		}
	}
	return true
}

// ongoing tells that an edge known from low to high is there from from to to
// as well.
func ongoing(p *profile, middle Point, low, high, from, to int) bool {
	const short = 4
	if to-from < short {
		return true
	}
	known, more := p.part(low, high), p.part(from+1, to-1)
	if known.n == 0 || more.n < short/2 {
		return true // outside of the picture
	}
	var before, behind side
	in := p.side(middle)
	before.colours(&known, in)
	behind.colours(&more, in)
	if behind.shadow() && before.bright > 0 {
		return false
	}
	return more.clear > 0.75*more.n && behind.step > 0.7 && more.steep/more.n > 0.12*known.steep/known.n
}

func near(p *profile, q Point) bool { return math.Abs(p.distance(q.X, q.Y)) < 5 }

// around tells that o lies in q.
func (q *quad) around(o *quad) bool {
	const tolerance = 4
	for _, c := range o.corners {
		if depth(&q.corners, c) < -tolerance {
			return false
		}
	}
	return true
}

// depth is how far inside of c a place is: below 0 outside.
func depth(c *Corners, p Point) float64 {
	least := math.Inf(1)
	for i := range c {
		a, b := c[i], c[(i+1)%4]
		least = min(least, ((b.X-a.X)*(p.Y-a.Y)-(b.Y-a.Y)*(p.X-a.X))/max(distance(a, b), 1e-9))
	}
	return least
}

// common is how many sides two quads share.
func common(q, o *quad) (n int) {
	for i := range 4 {
		if o.has(q.corners[i], q.corners[(i+1)%4]) {
			n++
		}
	}
	return n
}

// has tells that a side of q is on the way from a to b.
func (q *quad) has(a, b Point) bool {
	const near = 5
	l := through(a, b)
	for i := range 4 {
		c, d := q.corners[i], q.corners[(i+1)%4]
		if math.Abs(l.distance(c.X, c.Y)) < near && math.Abs(l.distance(d.X, d.Y)) < near {
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

// paperBetween tells that between the sides of two quads, one in the other, is
// what lies along the outer one's sides: paper, as around a frame or a picture
// that is printed on it. A sheet is brighter than what it lies on, so the inner
// one must not be.
func (f *finder) paperBetween(inner, outer *quad) bool {
	const samples, least = 24, 2.5
	var paper [3]float64
	middle := outer.middle()
	for i := range 4 {
		s := f.side(&f.lines[outer.sides[i]], outer.corners[i], outer.corners[(i+1)%4], middle)
		for c := range paper {
			paper[c] += s.inside[c] / 4
		}
	}
	alike, n := 0, 0
	for i := range 4 {
		a, b := inner.corners[i], inner.corners[(i+1)%4]
		l := through(a, b)
		for k := range samples {
			t := (float64(k) + 0.5) / samples
			x, y := a.X+(b.X-a.X)*t, a.Y+(b.Y-a.Y)*t
			// Outwards as far as half of the way, as the outer side is soft.
			gap := min(depth(&outer.corners, Point{x, y})/2, 10)
			if gap < least {
				continue
			}
			out, ok := f.colour(x+gap*l.cos, y+gap*l.sin)
			in, ok2 := f.colour(x-6*l.cos, y-6*l.sin)
			if !ok || !ok2 {
				continue
			}
			n++
			if in[0] < 1.2*out[0] && samePaper(&out, &paper) {
				alike++
			}
		}
	}
	return n >= samples && float64(alike) > 0.6*float64(n)
}

// samePaper tells that two colours may be one paper in uneven light.
func samePaper(a, b *[3]float64) bool {
	ab, ar := hue(a)
	bb, br := hue(b)
	bright := a[0] / max(b[0], 1)
	return bright > 0.65 && bright < 1.5 && math.Hypot(ab-bb, ar-br) < 0.06
}

// colour is that of a place: brightness, blueness, redness.
func (f *finder) colour(x, y float64) (c [3]float64, ok bool) {
	if !f.inside(x, y, 0) {
		return c, false
	}
	k := int(y)*f.m.width + int(x)
	return [3]float64{float64(f.paper[0][k]), float64(f.paper[1][k]), float64(f.paper[2][k])}, true
}
