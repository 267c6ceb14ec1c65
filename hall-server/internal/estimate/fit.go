package estimate

import (
	"math"

	"smarthall/hall-server/internal/queue"
)

// fitted is what Forecast draws from. All times are in minutes.
type fitted struct {
	services []serviceFit // as Model.services
	clerks   []factor     // by clerk
	// pairs are the further factors of a clerk in one service, hours those of the
	// hour of day in one service.
	pairs map[[2]int]float64
	hours [][24]float64

	arriveMean, missMean, gapMean, awayMean, leftMean      float64
	arriveShape, missShape, gapShape, awayShape, leftShape shape
	cancelRate                                             float64 // a minute of waiting
	awayRate                                               float64 // a minute open
	// leaves is the share of clerks who go away by signing out, returns the share
	// of those who come back.
	leaves, returns          float64
	comes                    float64 // probability of an appointment
	offsetMean, offsetSpread float64
	missByWait               [waitBuckets]float64 // factors
	newClerk                 float64              // spread of an unknown clerk's factor
}

// serviceFit is what is known of one service.
type serviceFit struct {
	mean  float64
	shape shape
	// unsure is the relative standard error of mean.
	unsure float64
	miss   float64
}

// factor multiplies a mean; unsure is its standard error.
type factor struct{ value, unsure float64 }

// What is believed before anything was seen. A weight is how many observations
// the belief is worth.
const (
	priorServices = 5    // weight of the configured service time
	priorSpread   = 0.6  // of service times, as the deviation of the logarithm
	priorClerk    = 0.2  // standard deviation between clerks
	priorPair     = 0.12 // of a clerk between services
	priorHour     = 0.08 // between hours of the day
	priorArrive   = 0.4  // minutes from a call to the window
	priorMiss     = 1.5  // minutes until a no-show is declared
	priorGap      = 0.2  // minutes between two tickets
	priorAway     = 15.0 // minutes of a pause
	priorLeft     = 40.0 // minutes from signing out to coming back
	priorReturns  = 0.4  // share of those who sign out within their hours and come back
	priorLate     = 4.0  // minutes after the hours' begin
	priorOnDuty   = 0.9  // share of windows that open in their hours
	priorMisses   = 0.06 // share of calls without anybody
	priorComes    = 0.8  // share of appointments that come
	priorOffset   = -10.0
)

// Fit brings what Forecast draws from up to date. It need not follow every
// event: what one service teaches is little.
func (m *Model) Fit() {
	if m.fresh {
		return
	}
	m.fresh = true
	f := fitted{}
	m.fitServices(&f)
	m.fitPeople(&f)
	m.fitted = f
}

// usual is the mean of a service by a clerk in an hour, as fitted last.
func (m *Model) usual(k cellKey) float64 {
	f := &m.fitted
	if k.service >= len(f.services) {
		return m.expected1(k.service)
	}
	x := f.services[k.service].mean * f.hours[k.service][k.hour]
	if k.clerk >= 0 && k.clerk < len(f.clerks) {
		x *= f.clerks[k.clerk].value
		if p, ok := f.pairs[[2]int{k.service, k.clerk}]; ok {
			x *= p
		}
	}
	return x
}

func (m *Model) expected1(service int) float64 {
	if x, ok := m.expected[m.services[service].id]; ok {
		return x
	}
	return 5
}

// fitServices explains service times as mean of the service × clerk × clerk in
// this service × hour of day, each factor shrunk to 1 by empirical Bayes: the
// less was seen and the less such factors differ, the nearer.
func (m *Model) fitServices(f *fitted) {
	ns, nc := len(m.services), len(m.clerkAt)
	f.services, f.clerks, f.hours = make([]serviceFit, ns), make([]factor, nc), make([][24]float64, ns)
	cv2, weight := 0.0, 0.0
	for i, s := range m.services {
		median := math.Exp(-priorSpread * priorSpread / 2)
		f.services[i].shape = s.ratios.shape(median, priorSpread, 12, leastRatio)
		f.services[i].mean = m.expected1(i)
		cv2, weight = cv2+f.services[i].shape.cv2()*(s.ratios.n+1), weight+s.ratios.n+1
		for h := range f.hours[i] {
			f.hours[i][h] = 1
		}
	}
	cv2 = max(cv2/max(weight, 1), 0.05)
	for c := range f.clerks {
		f.clerks[c].value = 1
	}
	pairs, hours := make([]float64, ns*nc), make([]float64, ns*24)
	fill(pairs, 1)
	fill(hours, 1)
	all := newGroups(max(ns*nc, ns*24, nc, 24))
	for range 3 {
		m.fitMeans(f, pairs, hours)
		f.newClerk = all.fit(nc, cv2, priorClerk, m.cells, func(c *cell) (int, float64) {
			return c.clerk, f.services[c.service].mean * pairs[c.service*nc+c.clerk] * hours[c.service*24+c.hour]
		}, func(i int, v, unsure float64) { f.clerks[i] = factor{v, unsure} })
		all.fit(ns*nc, cv2, priorPair, m.cells, func(c *cell) (int, float64) {
			return c.service*nc + c.clerk, f.services[c.service].mean * f.clerks[c.clerk].value * hours[c.service*24+c.hour]
		}, func(i int, v, _ float64) { pairs[i] = v })
		all.fit(ns*24, cv2, priorHour, m.cells, func(c *cell) (int, float64) {
			return c.service*24 + c.hour, f.services[c.service].mean * f.clerks[c.clerk].value * pairs[c.service*nc+c.clerk]
		}, func(i int, v, _ float64) { hours[i] = v })
	}
	m.fitMeans(f, pairs, hours)
	f.pairs = make(map[[2]int]float64)
	for i := range ns {
		f.services[i].unsure = math.Sqrt(cv2 / (m.services[i].ratios.n + priorServices))
		copy(f.hours[i][:], hours[i*24:])
		for c := range nc {
			if x := pairs[i*nc+c]; x != 1 {
				f.pairs[[2]int{i, c}] = x
			}
		}
	}
}

func fill(xs []float64, x float64) {
	for i := range xs {
		xs[i] = x
	}
}

// fitMeans sets the services' means, given the factors.
func (m *Model) fitMeans(f *fitted, pairs, hours []float64) {
	nc := len(f.clerks)
	sums, exposures := make([]float64, len(f.services)), make([]float64, len(f.services))
	for i := range m.cells {
		c := &m.cells[i]
		sums[c.service] += c.sum
		exposures[c.service] += c.n * f.clerks[c.clerk].value * pairs[c.service*nc+c.clerk] * hours[c.service*24+c.hour]
	}
	for i := range f.services {
		f.services[i].mean = (sums[i] + priorServices*m.expected1(i)) / (exposures[i] + priorServices)
	}
}

// groups is room for fitting the factors of one kind.
type groups struct{ n, sum, expected []float64 }

func newGroups(n int) *groups {
	return &groups{make([]float64, n), make([]float64, n), make([]float64, n)}
}

// fit estimates the factors of groups 0 to size-1: group says to which one a
// cell belongs and what would be its mean without the factor. It returns the
// standard deviation between groups.
func (g *groups) fit(size int, cv2, prior float64, cells []cell, group func(*cell) (int, float64), set func(i int, value, unsure float64)) float64 {
	n, sum, expected := g.n[:size], g.sum[:size], g.expected[:size]
	fill(n, 0)
	fill(sum, 0)
	fill(expected, 0)
	for i := range cells {
		at, mean := group(&cells[i])
		n[at] += cells[i].n
		sum[at] += cells[i].sum
		expected[at] += cells[i].n * mean
	}
	// The spread between groups is what noise doesn't explain, by the method of
	// moments, with a prior worth ten groups of a hundred each.
	spread2, weight := prior*prior*1000, 1000.0
	for i := range n {
		if expected[i] > 0 {
			r := sum[i]/expected[i] - 1
			spread2 += n[i]*r*r - cv2
			weight += n[i]
		}
	}
	spread2 = max(spread2/weight, prior*prior/16)
	for i := range n {
		value := 1.0
		if expected[i] > 0 {
			value += (sum[i]/expected[i] - 1) * n[i] / (n[i] + cv2/spread2)
		}
		set(i, max(value, 0.2), math.Sqrt(spread2*cv2/(cv2+n[i]*spread2)))
	}
	return math.Sqrt(spread2)
}

// fitPeople fits all that isn't a service time.
func (m *Model) fitPeople(f *fitted) {
	f.arriveMean, f.missMean = m.arrive.mean(priorArrive, 10), m.miss.mean(priorMiss, 5)
	f.gapMean, f.awayMean = m.gap.mean(priorGap, 20), m.away.mean(priorAway, 3)
	f.arriveShape = m.arrive.shape(priorArrive*0.8, 0.7, 10, leastTime)
	f.missShape = m.miss.shape(priorMiss*0.9, 0.5, 5, leastTime)
	f.gapShape = m.gap.shape(priorGap*0.8, 0.7, 20, leastTime)
	f.awayShape = m.away.shape(priorAway*0.7, 0.9, 3, leastTime)
	f.leftMean, f.leftShape = m.left.mean(priorLeft, 2), m.left.shape(priorLeft*0.7, 0.8, 3, leastTime)
	f.leaves = (m.leaves + 0.1) / (m.leaves + m.aways + 3)
	f.returns = (m.returns + 3*priorReturns) / (m.leaves + 3)
	f.cancelRate = (m.cancels + 0.5) / (m.waited + 600)
	f.awayRate = (m.aways + m.leaves + 0.5) / (m.openHours + 5) / 60
	f.comes = (m.came + priorComes*10) / (m.came + m.stayedAway + 10)
	n := m.slots + 5
	f.offsetMean = (m.offsets + 5*priorOffset) / n
	f.offsetSpread = math.Sqrt(max((m.offsets2+5*(priorOffset*priorOffset+64))/n-f.offsetMean*f.offsetMean, 4))
	var calls, misses float64
	for _, s := range m.services {
		calls, misses = calls+s.calls, misses+s.misses
	}
	share := (misses + 30*priorMisses) / (calls + 30)
	for i, s := range m.services {
		f.services[i].miss = (s.misses + 20*share) / (s.calls + 20)
	}
	for b := range f.missByWait {
		f.missByWait[b] = (m.missesByWait[b] + 5) / (m.callsByWait[b]*share + 5)
	}
}

// missChance is the probability that nobody comes who has waited so long.
func (f *fitted) missChance(service int, waited float64) float64 {
	return min(f.services[service].miss*f.missByWait[waitBucket(waited)], 0.9)
}

// arrivals is the expected number of walk-ins of service in a minute of the
// half hour with the given place, on a day that is like today.
func (m *Model) arrivals(service queue.ServiceID, half, now int) float64 {
	i, ok := m.serviceAt[service]
	if !ok || half < 0 || half >= halfHours {
		return 0
	}
	s := m.services[i]
	if s.days < 0.5 { // the first day: as in the last hour
		return (s.today[now] + s.today[max(now-1, 0)]) / 60
	}
	var seen, expected float64
	for h := range now {
		seen, expected = seen+s.today[h], expected+s.past[h]/s.days
	}
	return s.past[half] / s.days * (seen + 10) / (expected + 10) / 30
}
