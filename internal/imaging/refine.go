package imaging

import "math"

// refined moves the sides of q onto the edges near them, and returns where
// they meet.
func (f *finder) refined(q *quad) Corners {
	corners := q.corners
	for _, reach := range []float64{4, 2.5} {
		var sides [4]line
		for i := range sides {
			sides[i] = f.fitted(&f.lines[q.sides[i]].line, corners[i], corners[(i+1)%4], reach)
		}
		moved := corners
		for i := range sides {
			c, ok := meet(&sides[(i+3)%4], &sides[i])
			if !ok || distance(c, corners[i]) > 12 {
				return corners
			}
			moved[i] = c
		}
		corners = moved
	}
	return corners
}

// fitted is the line through the edge between two corners: the places of the
// steepest change along it, without those that lie elsewhere.
func (f *finder) fitted(l *line, a, b Point, reach float64) line {
	const most, clearly = 10, 0.5
	own := through(a, b)
	if l.rim {
		return own
	}
	n := max(12, int(distance(a, b)/3))
	place := func(i int) (t, x, y float64) {
		t = 0.04 + 0.92*float64(i)/float64(n-1)
		return t, a.X + (b.X-a.X)*t, a.Y + (b.Y-a.Y)*t
	}
	// Whether it gets brighter or darker across the side, if it does one of
	// them along the whole of it: the other edge of a thin shadow does the
	// opposite.
	var sum, all float64
	for i := range n {
		_, x, y := place(i)
		v := min(max(f.across(f.cleared, &own, x, y), -most), most)
		sum, all = sum+v, all+math.Abs(v)
	}
	sign := 0.0
	if math.Abs(sum) > clearly*all {
		sign = math.Copysign(1, sum)
	}
	spots := make([]spot, 0, n)
	for i := range n {
		t, x, y := place(i)
		if d, weight, ok := f.steepest(&own, x, y, reach, sign); ok {
			spots = append(spots, spot{t, d, weight})
		}
	}
	p, s, ok := fit(spots, reach)
	if !ok {
		return own
	}
	return moved(&own, a, b, p, p+s)
}

// spot is an edge beside a line: d from it at t of its length.
type spot struct{ t, d, weight float64 }

// fit is d = p + s·t through spots: first through all, then those near it count
// more and more.
func fit(spots []spot, reach float64) (p, s float64, ok bool) {
	for round := range 6 {
		var w, wt, wd, wtt, wtd float64
		width := max(0.5, reach/float64(1+round))
		for _, o := range spots {
			k := o.weight
			if round > 0 {
				off := (o.d - p - s*o.t) / width
				if off*off >= 1 {
					continue
				}
				k *= (1 - off*off) * (1 - off*off)
			}
			w, wt, wd, wtt, wtd = w+k, wt+k*o.t, wd+k*o.d, wtt+k*o.t*o.t, wtd+k*o.t*o.d
		}
		det := w*wtt - wt*wt
		if det < 1e-6*w*w || w == 0 {
			return 0, 0, false
		}
		p, s = (wd*wtt-wt*wtd)/det, (w*wtd-wt*wd)/det
	}
	return p, s, true
}

// moved is the line through a and b, moved across by da and db there.
func moved(l *line, a, b Point, da, db float64) line {
	return through(Point{a.X + da*l.cos, a.Y + da*l.sin}, Point{b.X + db*l.cos, b.Y + db*l.sin})
}

// settled moves a line that was voted for, which is a degree and a pixel or two
// off, onto the edge that it stands for.
func (f *finder) settled(l line) line {
	const reach, step = 3, 3
	w, h := float64(f.m.width), float64(f.m.height)
	d := l.distance(w/2, h/2)
	half := math.Hypot(w, h) / 2
	a := Point{w/2 - d*l.cos + half*l.sin, h/2 - d*l.sin - half*l.cos}
	b := Point{a.X - 2*half*l.sin, a.Y + 2*half*l.cos}
	var spots []spot
	for i := 0.0; i < 2*half; i += step {
		x, y := a.X-i*l.sin, a.Y+i*l.cos
		if !f.inside(x, y, 1) {
			continue
		}
		var best float32
		at := 0.0
		for o := -reach; o <= reach; o++ {
			if v := f.along(&l, x+float64(o)*l.cos, y+float64(o)*l.sin); v > best {
				best, at = v, float64(o)
			}
		}
		if best > f.threshold {
			spots = append(spots, spot{i / (2 * half), at, float64(min(best, 4*f.threshold))})
		}
	}
	const least = 15
	if len(spots) < least {
		return l
	}
	p, s, ok := fit(spots, reach)
	if !ok || math.Abs(p+s/2) > reach || math.Abs(s) > 0.06*2*half {
		return l
	}
	o := moved(&l, a, b, p, p+s)
	o.votes = l.votes
	return o
}

// through is the line through two places.
func through(a, b Point) line {
	d := max(distance(a, b), 1e-9)
	l := line{cos: (b.Y - a.Y) / d, sin: -(b.X - a.X) / d}
	l.rho = a.X*l.cos + a.Y*l.sin
	return l
}

// steepest is how far from a place, across l, the edge lies: one of the given
// sign, or any if it is 0.
func (f *finder) steepest(l *line, x, y, reach, sign float64) (d, weight float64, ok bool) {
	const step = 0.5
	var best, before, after, last float64
	at := 0.0
	found := false
	for i := -reach - step; i <= reach+step; i += step {
		c, r := f.across(f.cleared, l, x+i*l.cos, y+i*l.sin), f.across(f.raw, l, x+i*l.cos, y+i*l.sin)
		if sign == 0 {
			c, r = math.Abs(c), math.Abs(r)
		} else {
			c, r = sign*c, sign*r
		}
		v := max(c, 0.5*r)
		switch {
		case v > best && i >= -reach && i <= reach:
			best, before, at, found = v, last, i, true
			after = 0
		case found && i == at+step:
			after = v
		}
		last = v
	}
	if !found || best < 0.6*float64(f.threshold) {
		return 0, 0, false
	}
	// The top of the parabola through three measures.
	if bend := before - 2*best + after; bend < 0 {
		at += step * min(max(0.5*(before-after)/bend, -1), 1)
	}
	return at, math.Sqrt(best), true
}

// across is how steep the picture is across l at a place between pixels: above
// 0 where it gets brighter towards the outside.
func (f *finder) across(e *edges, l *line, x, y float64) float64 {
	x, y = x-0.5, y-0.5
	i, j := int(math.Floor(x)), int(math.Floor(y))
	if i < 1 || j < 1 || i >= e.width-2 || j >= e.height-2 {
		return 0
	}
	u, v := float32(x-float64(i)), float32(y-float64(j))
	k := j*e.width + i
	one := func(k int) float32 { return e.x[k]*float32(l.cos) + e.y[k]*float32(l.sin) }
	top := one(k)*(1-u) + one(k+1)*u
	low := one(k+e.width)*(1-u) + one(k+e.width+1)*u
	return float64(top*(1-v) + low*v)
}
