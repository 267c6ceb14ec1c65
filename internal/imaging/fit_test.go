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
// photograph's candidates. It then prints the slope and the offset that make
// the sum a confidence.
//
//	go test -run Weights -fit 6 -timeout 2h ./internal/imaging
func TestWeights(t *testing.T) {
	if *fitted == 0 {
		t.Skip("takes half an hour")
	}
	const px = 2.9e6
	var all, every []choice
	for s := range *fitted {
		for n := range uint64(200) {
			c := choiceOf(t, photograph(t, s+1, n, px))
			every = append(every, c)
			if c.any {
				all = append(all, c)
			}
			if n < 16 {
				c = choiceOf(t, expose(t, s+1, n, px, true))
				clear(c.right) // there is nothing to be found
				every = append(every, c)
			}
		}
	}
	w := weights(all)
	slope, offset := certainty(every, w)
	fmt.Printf("%.2f, confidence %.3f, %.2f\n", w, slope, offset)
}

// choiceOf are the candidates of p.
func choiceOf(t *testing.T, p *photo) (c choice) {
	candidates, err := imaging.Candidates(t.Context(), p.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range candidates {
		c.traits = append(c.traits, o.Traits)
		c.right = append(c.right, p.off(o.Corners) <= 1)
		c.any = c.any || p.off(o.Corners) <= 1
	}
	return c
}

// certainty fits how probable it is that what is picked is right: 1/(1+e^-v)
// for v = slope·sum - offset. One that is wrong counts like three that are
// right, as there are few.
func certainty(all []choice, w []float64) (slope, offset float64) {
	const rounds, rate, wrong = 20_000, 2, 3
	const scale = 10 // sums are some tens
	for range rounds {
		var a, b, total float64
		for i := range all {
			sum, right, ok := all[i].pick(w)
			if !ok {
				continue
			}
			want, weight := 0.0, float64(wrong)
			if right {
				want, weight = 1, 1
			}
			d := weight * (1/(1+math.Exp(offset-slope*sum/scale)) - want)
			a, b, total = a+d*sum/scale, b-d, total+weight
		}
		slope, offset = slope-rate*a/total, offset-rate*b/total
	}
	return slope / scale, offset
}

// pick is the likeliest candidate: what it is worth and whether it is right.
func (c *choice) pick(w []float64) (sum float64, right, ok bool) {
	sum = math.Inf(-1)
	for i, t := range c.traits {
		one := 0.0
		for j := range w {
			one += w[j] * t[j]
		}
		if one > sum {
			sum, right, ok = one, c.right[i], true
		}
	}
	return sum, right, ok
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
