package estimate

import (
	"maps"
	"math"
	"slices"

	"smarthall/hall-server/internal/queue"
)

// Outcome is what a ticket was told first and how long it then waited.
type Outcome struct {
	Ticket  queue.TicketID
	Day     queue.Day
	Service queue.ServiceID
	// Hour of the hall's day in which it was told.
	Hour int
	// At is when it was told Wait, in minutes from then on.
	At   queue.Time
	Wait Wait
	// Waited is the time from At to the first call, in minutes; below 0 while it
	// waits.
	Waited float64
}

// Accuracy is how good promises were. Its errors are those of the middle of what
// was forecast (P50), but for UnderBy5, which is about the single figure of the
// promise (P80).
type Accuracy struct {
	// N is the number of tickets.
	N int
	// Mean is how long they waited, MAE by how much the forecast was wrong, Bias
	// by how much it was too long; averages in minutes.
	Mean, MAE, Bias float64
	// WAPE is the sum of the errors as a part of the sum of the waits.
	WAPE float64
	// Within is the share with an error of at most 5 minutes or a quarter of the
	// wait, whichever is more.
	Within float64
	// UnderBy5 is the share that waited more than 5 minutes longer than promised.
	UnderBy5 float64
	// Coverage is the share that was called within the 80 % range, P10 to P90.
	Coverage float64
}

// Score sums outcomes up. The zero value is ready.
type Score struct {
	n                                           int
	waited, wrong, bias, within, under, covered float64
}

// halfMinute is the resolution of what is promised: whole minutes.
const halfMinute = 0.5

// Add counts o, if its wait is over and it was given numbers.
func (s *Score) Add(o *Outcome) {
	if o.Waited < 0 || o.Wait.None {
		return
	}
	wrong := math.Abs(o.Wait.P50 - o.Waited)
	s.n++
	s.waited += o.Waited
	s.wrong += wrong
	s.bias += o.Wait.P50 - o.Waited
	if wrong <= max(5, o.Waited/4) {
		s.within++
	}
	if o.Waited > o.Wait.P80+5 {
		s.under++
	}
	if o.Waited >= o.Wait.P10-halfMinute && o.Waited <= o.Wait.P90+halfMinute {
		s.covered++
	}
}

// Accuracy is the result; the zero value if there was nothing.
func (s *Score) Accuracy() Accuracy {
	if s.n == 0 {
		return Accuracy{}
	}
	n := float64(s.n)
	a := Accuracy{
		N: s.n, Mean: s.waited / n, MAE: s.wrong / n, Bias: s.bias / n,
		Within: s.within / n, UnderBy5: s.under / n, Coverage: s.covered / n,
	}
	if s.waited > 0 {
		a.WAPE = s.wrong / s.waited
	}
	return a
}

// Report is how good promises were, in all and by service and hour.
type Report struct {
	Total Accuracy
	// Services are sorted by their ids.
	Services []ServiceReport
}

// ServiceReport is the part of one service.
type ServiceReport struct {
	Service queue.ServiceID
	Total   Accuracy
	// Hours are those in which somebody was promised a wait that came true.
	Hours []HourReport
}

// HourReport is the part of one hour of the day.
type HourReport struct {
	Hour     int
	Accuracy Accuracy
}

// Reporter sums outcomes up to a Report. The zero value is ready.
type Reporter struct {
	total Score
	parts map[queue.ServiceID]*[25]Score // the hours, then the service itself
}

// Add counts o.
func (r *Reporter) Add(o *Outcome) {
	if r.parts == nil {
		r.parts = make(map[queue.ServiceID]*[25]Score)
	}
	p := r.parts[o.Service]
	if p == nil {
		p = new([25]Score)
		r.parts[o.Service] = p
	}
	r.total.Add(o)
	p[24].Add(o)
	if o.Hour >= 0 && o.Hour < 24 {
		p[o.Hour].Add(o)
	}
}

// Report is the result.
func (r *Reporter) Report() Report {
	out := Report{Total: r.total.Accuracy()}
	for _, id := range slices.Sorted(maps.Keys(r.parts)) {
		p := r.parts[id]
		if p[24].n == 0 {
			continue
		}
		s := ServiceReport{Service: id, Total: p[24].Accuracy()}
		for h := range 24 {
			if p[h].n > 0 {
				s.Hours = append(s.Hours, HourReport{Hour: h, Accuracy: p[h].Accuracy()})
			}
		}
		out.Services = append(out.Services, s)
	}
	return out
}
