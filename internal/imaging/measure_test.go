package imaging_test

import (
	"math"

	"smarthall/internal/imaging"
)

// off is how far the worst corner found is from the truth, in parts of a
// hundred of the sheet's diagonal. Which corner is the first doesn't count.
func (p *photo) off(got imaging.Corners) float64 {
	best := math.Inf(1)
	for first := range 4 {
		worst := 0.0
		for i := range 4 {
			g, want := got[(i+first)%4], p.corners[i]
			worst = max(worst, math.Hypot(g.X*float64(p.width)-want.X, g.Y*float64(p.height)-want.Y))
		}
		best = min(best, worst)
	}
	return 100 * best / p.diagonal()
}
