package imaging_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"smarthall/internal/imaging"
)

var fitted = flag.Uint64("fit", 0, "fit the finder's weights to the photographs of so many seeds, 200 each")

// TestWeights prints the weights of the traits that make the right sheet the
// likeliest most often: those of a logistic model that picks one of a
// photograph's candidates. Those in choose.go come from
//
//	go test -run Weights -fit 6 -timeout 2h ./internal/imaging
func TestWeights(t *testing.T) {
	if *fitted == 0 {
		t.Skip("takes half an hour")
	}
	var all []choice
	for s := range *fitted {
		for n := range uint64(200) {
			p := photograph(t, s+1, n, 2e6)
			candidates, err := imaging.Candidates(t.Context(), p.file)
			if err != nil {
				t.Fatal(err)
			}
			var c choice
			for _, o := range candidates {
				c.traits = append(c.traits, o.Traits)
				c.right = append(c.right, p.off(o.Corners) <= 1)
				c.any = c.any || p.off(o.Corners) <= 1
			}
			if c.any {
				all = append(all, c)
			}
		}
	}
	fmt.Printf("%.2f\n", weights(all))
}

// choice is one photograph: the candidates' traits, and which are right.
type choice struct {
	traits [][]float64
	right  []bool
	any    bool
}

// weights fits by gradient descent (Adam, Kingma and Ba 2015).
func weights(all []choice) []float64 {
	scale := spreads(all)
	n := len(scale)
	w, mean, square := make([]float64, n), make([]float64, n), make([]float64, n)
	const rounds, keep, keepSquare, shrink = 800, 0.9, 0.99, 0.002
	for round := 1; round <= rounds; round++ {
		slope := make([]float64, n)
		for i := range all {
			all[i].slope(w, scale, slope)
		}
		rate := 0.1
		if round > rounds/2 {
			rate = 0.02
		}
		for j := range w {
			g := slope[j]/float64(len(all)) + shrink*w[j]
			mean[j] = keep*mean[j] + (1-keep)*g
			square[j] = keepSquare*square[j] + (1-keepSquare)*g*g
			m, s := mean[j]/(1-math.Pow(keep, float64(round))), square[j]/(1-math.Pow(keepSquare, float64(round)))
			w[j] -= rate * m / (math.Sqrt(s) + 1e-6)
		}
	}
	for j := range w {
		w[j] /= scale[j]
	}
	return w
}

// slope adds how the loss of c, the logarithm of the chance that what is picked
// is right, changes with the weights.
func (c *choice) slope(w, scale, slope []float64) {
	chance := make([]float64, len(c.traits))
	top := math.Inf(-1)
	for i, t := range c.traits {
		for j := range w {
			chance[i] += w[j] * t[j] / scale[j]
		}
		top = max(top, chance[i])
	}
	var sum, right float64
	for i := range chance {
		chance[i] = math.Exp(chance[i] - top)
		sum += chance[i]
		if c.right[i] {
			right += chance[i]
		}
	}
	for i, t := range c.traits {
		d := chance[i] / sum
		if c.right[i] && right > 0 {
			d -= chance[i] / right
		}
		for j := range slope {
			slope[j] += d * t[j] / scale[j]
		}
	}
}

// spreads are the standard deviations of the traits.
func spreads(all []choice) []float64 {
	n := len(all[0].traits[0])
	sum, square, count := make([]float64, n), make([]float64, n), 0.0
	for _, c := range all {
		for _, t := range c.traits {
			count++
			for j, v := range t {
				sum[j] += v
				square[j] += v * v
			}
		}
	}
	for j := range sum {
		mean := sum[j] / count
		sum[j] = math.Sqrt(max(square[j]/count-mean*mean, 1e-9))
	}
	return sum
}
