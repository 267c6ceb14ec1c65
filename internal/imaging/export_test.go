package imaging

import "context"

// Candidate is a sheet that was weighed against others.
type Candidate struct {
	Corners Corners // refined
	Traits  []float64
}

// Candidates are all that are weighed for a photograph.
func Candidates(ctx context.Context, src []byte) ([]Candidate, error) {
	s, err := decode(ctx, src)
	if err != nil {
		return nil, err
	}
	f := newFinder(s.shrunk())
	if f == nil {
		return nil, nil
	}
	var out []Candidate
	for _, q := range f.quads() {
		t := f.traits(&q)
		c := f.refined(&q).each(func(p Point) Point { return Point{p.X / float64(f.m.width), p.Y / float64(f.m.height)} })
		out = append(out, Candidate{c, t[:]})
	}
	return out, nil
}
