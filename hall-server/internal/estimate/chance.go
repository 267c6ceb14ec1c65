package estimate

import (
	"hash/fnv"
	"math"
)

// draws is how often the queue is played forward. Each thing's fortune in the
// draws is a Latin hypercube: draw d falls into one of strata equal parts, each
// part at most once, in an order of its own. strata is prime, so that the
// orders of two things have nothing to do with each other.
const (
	draws  = 60
	strata = 61
)

// mix turns a number into one that looks random (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// name turns a text into a number that looks random.
func name(seed uint64, text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return mix(h.Sum64() ^ mix(seed))
}

// unit turns a number that looks random into one of [0, 1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }

// lot is the fortune of one thing. The same name draws the same lots, whatever
// else is played and whenever: what is shown must not jump because it was
// reckoned anew.
type lot struct {
	key  uint64
	a, b uint32
}

func newLot(key uint64) lot {
	return lot{key: key, a: 1 + uint32(key%(strata-1)), b: uint32(key >> 32 % strata)}
}

// at is the fortune in draw d, in (0, 1).
func (l lot) at(d int) float64 {
	stratum := (l.a*uint32(d) + l.b) % strata
	return (float64(stratum) + unit(mix(l.key+uint64(d)))) / strata
}

// normal is the quantile function of the standard normal distribution, by
// Acklam's rational approximation in its middle part and by logarithms in the
// tails; good to three digits, which is more than we know.
func normal(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) > 0.47 {
		t := math.Sqrt(-2 * math.Log(math.Min(p, 1-p)))
		z := t - (2.515517+0.802853*t+0.010328*t*t)/(1+1.432788*t+0.189269*t*t+0.001308*t*t*t)
		return math.Copysign(z, q)
	}
	r := q * q
	num := (((((-39.69683028665376*r+220.9460984245205)*r-275.9285104469687)*r+138.3577518672690)*r-30.66479806614716)*r + 2.506628277459239) * q
	den := ((((-54.47609879822406*r+161.5858368580409)*r-155.6989798598866)*r+66.80131188771972)*r-13.28068155288572)*r + 1
	return num / den
}
