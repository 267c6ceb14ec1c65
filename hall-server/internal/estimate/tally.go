package estimate

import "math"

// steps is into how many parts a shape divides the probability.
const steps = 64

// shape is the quantile function of a time as a multiple of its mean: element i
// is the value that is exceeded with probability 1 - i/steps.
type shape [steps + 1]float64

// at is the value that is not exceeded with probability u.
func (s *shape) at(u float64) float64 {
	x := u * steps
	i := min(int(x), steps-1)
	return s[i] + (s[i+1]-s[i])*(x-float64(i))
}

// below is the probability of a value up to x: the inverse of at.
func (s *shape) below(x float64) float64 {
	if x >= s[steps] {
		return 1
	}
	lo, hi := 0, steps
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s[mid] <= x {
			lo = mid
		} else {
			hi = mid
		}
	}
	if x <= s[lo] {
		return float64(lo) / steps
	}
	return (float64(lo) + (x-s[lo])/(s[hi]-s[lo])) / steps
}

// beyond is what is left on average, as a part of what has passed, of a time
// that is longer than any seen.
const beyond = 0.3

// rest is what is left of the time when elapsed of it has passed.
func (s *shape) rest(elapsed, u float64) float64 {
	if elapsed <= 0 {
		return s.at(u)
	}
	past := s.below(elapsed)
	if past > 1-0.5/steps {
		return -math.Log(1-u) * elapsed * beyond
	}
	return max(s.at(past+(1-past)*u)-elapsed, 0)
}

// cv2 is the squared coefficient of variation.
func (s *shape) cv2() float64 {
	var sum, squares float64
	for i := range steps {
		x := (s[i] + s[i+1]) / 2
		sum, squares = sum+x, squares+x*x
	}
	mean := sum / steps
	return squares/steps/(mean*mean) - 1
}

// Tallies count times in parts of an octave: bin b holds those from 2^(b/parts)
// times least on.
const (
	parts = 5
	bins  = 16 * parts
)

// tally is what was seen of one kind of time; old things count less and less.
type tally struct {
	n, sum float64
	bins   [bins]float64
}

func binOf(x, least float64) int {
	if x <= least {
		return 0
	}
	return min(int(math.Log2(x/least)*parts), bins-1)
}

// add notes a time x; least is the smallest that is told apart.
func (t *tally) add(x, least float64) {
	t.n++
	t.sum += x
	t.bins[binOf(x, least)]++
}

func (t *tally) fade(by float64) {
	t.n *= by
	t.sum *= by
	for i := range t.bins {
		t.bins[i] *= by
	}
}

// mean is the mean with a prior mean that weighs as much as weight times seen.
func (t *tally) mean(prior, weight float64) float64 {
	return (t.sum + prior*weight) / (t.n + weight)
}

// shape is the shape of what was seen, with a lognormal prior of the given
// spread (the standard deviation of the logarithm) around median.
func (t *tally) shape(median, spread, weight, least float64) shape {
	var cum [bins + 1]float64
	before := 0.0
	for b := range bins {
		// The prior's share of the bin up to its upper edge.
		edge := least * math.Exp2(float64(b+1)/parts)
		upTo := 0.5 * (1 + math.Erf(math.Log(edge/median)/(spread*math.Sqrt2)))
		if b == bins-1 {
			upTo = 1
		}
		cum[b+1] = cum[b] + t.bins[b] + weight*(upTo-before)
		before = upTo
	}
	var s shape
	total, b := cum[bins], 0
	for i := range s {
		// The ends are not 0 and 1: there a bin would say only its edge.
		want := total * min(max(float64(i)/steps, 0.25/steps), 1-0.25/steps)
		for b < bins-1 && cum[b+1] < want {
			b++
		}
		part := 0.5
		if inBin := cum[b+1] - cum[b]; inBin > 0 {
			part = (want - cum[b]) / inBin
		}
		s[i] = least * math.Exp2((float64(b)+part)/parts)
	}
	mean := 0.0
	for i := range steps {
		mean += (s[i] + s[i+1]) / 2 / steps
	}
	for i := range s {
		s[i] /= mean
	}
	return s
}
