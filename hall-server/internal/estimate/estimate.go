// Package estimate says how long people will wait. The hall's events flow into a
// Model, which learns from them how long things take, and a queue.State into
// Forecast, which plays it forward many times with the queue's own choice of who
// is next; quantiles in minutes come out. A Forecaster keeps a forecast that is
// never old and turns it into ranges that people can read, and says afterwards
// how good they were. Where nothing was learnt yet, Minutes reckons.
//
// Forecasts are the same for the same state, model and seed. But for the
// Forecaster there is no I/O and no clock inside.
package estimate

import (
	"math"
	"time"

	"smarthall/hall-server/internal/queue"
)

// NoWindow is the answer while no window serves the service.
const NoWindow = -1

// learnedFrom is how many services of the day outweigh the configured time.
const learnedFrom = 5

// Minutes is the expected wait behind ahead tickets of service: (n+1)/(sμ) for
// n ahead, s open windows and 1/μ the mean service time, in whole minutes,
// rounded up. A ticket with nobody ahead and an idle window waits 0 minutes. It
// is NoWindow while no window is open.
func Minutes(s *queue.State, service queue.ServiceID, ahead int, _ queue.Time) int {
	open, idle := windows(s, service)
	if open == 0 {
		return NoWindow
	}
	if ahead == 0 && idle > 0 {
		return 0
	}
	wait := Mean(s, service) * time.Duration(ahead+1) / time.Duration(open)
	return int(math.Ceil(wait.Minutes()))
}

// Mean is the service time to reckon with: the day's own mean once it has seen
// enough, the configured one before.
func Mean(s *queue.State, service queue.ServiceID) time.Duration {
	if l := s.Learned[service]; l != nil && l.Services >= learnedFrom {
		return max(l.ServiceMs.Sub(0)/time.Duration(l.Services), time.Second)
	}
	if conf := s.Config.Service(service); conf != nil {
		return conf.Expected
	}
	return 0
}

// windows counts the open windows of service and those of them without a
// ticket in front.
func windows(s *queue.State, service queue.ServiceID) (open, idle int) {
	for i := range s.Config.Windows {
		conf := &s.Config.Windows[i]
		w := s.Windows[conf.ID]
		if conf.Disabled || !conf.Serves(service) || w == nil || !w.Open() {
			continue
		}
		open++
		if w.Ticket == "" {
			idle++
		}
	}
	return open, idle
}
