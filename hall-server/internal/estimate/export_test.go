package estimate

import "smarthall/hall-server/internal/queue"

// Telling is a ticket's or a service's range over time.
type Telling struct{ telling }

// NewTelling tells w first at now.
func NewTelling(w Wait, now queue.Time, runs bool) *Telling {
	return &Telling{telling{wait: w, at: now, runs: runs}}
}

// Tell takes a new forecast.
func (t *Telling) Tell(w Wait, now queue.Time) Range { return t.tell(w, now) }

// Turned is when it was last told anew.
func (t *Telling) Turned() (at queue.Time, up bool) { return t.turned, t.up }

// Usual is the mean service time in minutes that m reckons with.
func (m *Model) Usual(service queue.ServiceID, clerk queue.StaffID, hour int) float64 {
	m.Fit()
	at, ok := m.clerkAt[clerk]
	if !ok {
		at = -1
	}
	return m.usual(cellKey{m.serviceAt[service], at, hour})
}

// Misses is the probability that nobody comes after a wait.
func (m *Model) Misses(service queue.ServiceID, waited float64) float64 {
	m.Fit()
	return m.fitted.missChance(m.serviceAt[service], waited)
}

// What chance is made of.
var (
	Normal = normal
	Name   = name
)

// Lots are the fortunes of one thing in all draws.
func Lots(key uint64) []float64 {
	out := make([]float64, draws)
	l := newLot(key)
	for d := range out {
		out[d] = l.at(d)
	}
	return out
}

// Strata is into how many parts fortunes fall.
const Strata = strata

// Times is a tally with its shape.
type Times struct{ tally }

// Add notes a time in minutes.
func (t *Times) Add(x float64) { t.add(x, leastTime) }

// Shape returns its quantile function, the inverse of that, and what is left.
func (t *Times) Shape() (at, below func(float64) float64, rest func(elapsed, u float64) float64) {
	s := t.shape(5, 0.7, 10, leastTime)
	return s.at, s.below, s.rest
}

// Leaves is how many clerks were learnt to have left within their hours.
func (m *Model) Leaves() float64 { return m.leaves }
