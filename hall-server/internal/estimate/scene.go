package estimate

import (
	"math"
	"time"

	"smarthall/hall-server/internal/queue"
)

// scene is all that a forecast needs of the queue at one moment, copied, so
// that the queue may go on while it is played.
type scene struct {
	at       queue.Time
	midnight queue.Time
	conf     *queue.Config
	forward  *queue.Forward // nil if there are too many to play with
	windows  []sceneWindow  // as forward.Windows()
	// rough are the plain answers, by the place of the service; ahead is how many
	// stand before each ticket in its own queue, as forward.Tickets().
	rough []roughly
	ahead []int
	// opening is when tickets are given from now on; nil means always.
	opening []span
}

// sceneWindow is a window at that moment.
type sceneWindow struct {
	id    queue.WindowID
	clerk queue.StaffID
	// open, paused or neither: signed out; since then.
	open, paused bool
	since        queue.Time
	// ticket is the state of the ticket in front, or empty; then elapsed is how
	// long it has been so, in minutes.
	ticket  queue.TicketState
	service queue.ServiceID
	elapsed float64
	waited  float64
	// shift is when a clerk should be there; nil means whenever somebody is. next
	// is who should come first; empty if nobody knows.
	shift []span
	next  queue.StaffID
	// crowded tells that somebody waits whom it could call.
	crowded bool
}

// span is a part of the day.
type span struct{ from, to queue.Time }

// never is later than everything.
const never = queue.Time(math.MaxInt64)

// maxCrowd is how many may wait for the queue to be played forward: no hall has
// room for more, and a flood of tickets must not take the processor as well.
const maxCrowd = 3000

// takeScene copies s; roster is the day's.
func takeScene(s *queue.State, now queue.Time, roster Roster) *scene {
	sc := &scene{at: now, conf: s.Config, opening: openingOf(s.Config, now)}
	waiting := 0
	for i := range s.Config.Services {
		waiting += s.Count(s.Config.Services[i].ID, queue.Waiting)
	}
	if waiting > maxCrowd {
		sc.roughly(s)
		return sc
	}
	sc.forward = s.Forward(now)
	if day, err := time.ParseInLocation(time.DateOnly, string(s.Day), s.Config.Location()); err == nil {
		sc.midnight = queue.TimeOf(day)
	}
	for _, fw := range sc.forward.Windows() {
		w := s.Windows[fw.Config.ID]
		sw := sceneWindow{id: w.ID, clerk: w.Staff, open: w.Open(), paused: w.Paused && w.Staff != "", since: w.Since}
		if t := s.Tickets[w.Ticket]; t != nil {
			sw.ticket, sw.service = t.State, t.Service
			if t.State == queue.Serving {
				sw.elapsed = t.Served(now).Minutes()
			} else {
				sw.elapsed = minutesOf(now - t.CalledAt)
			}
			sw.waited = minutesOf(now-t.Taken) - sw.elapsed
		}
		for _, id := range fw.Config.Services {
			sw.crowded = sw.crowded || s.Count(id, queue.Waiting) > 0
		}
		spans, next, planned := sc.spansOf(fw.Config, roster)
		if planned {
			sw.shift, sw.next = sc.shift(spans, w.Open()), next
		}
		sc.windows = append(sc.windows, sw)
	}
	sc.roughly(s)
	sc.places(s)
	return sc
}

// tickets are those that wait, as far as the scene has them.
func (sc *scene) tickets() []queue.Ticket {
	if sc.forward == nil {
		return nil
	}
	return sc.forward.Tickets()
}

// shift is what is left of spans today, never nil. A window that is open outside
// of them stays so until the next ones are over.
func (sc *scene) shift(spans []span, open bool) []span {
	out := []span{}
	inside := false
	for _, s := range spans {
		if s.to > sc.at {
			inside = inside || s.from <= sc.at
			out = append(out, s)
		}
	}
	if open && !inside {
		if len(out) == 0 {
			return []span{{sc.at, never}}
		}
		out[0].from = sc.at
	}
	return out
}

// place is the place of service in the configuration; -1 if it isn't there.
func (sc *scene) place(service queue.ServiceID) int {
	for i := range sc.conf.Services {
		if sc.conf.Services[i].ID == service {
			return i
		}
	}
	return -1
}

// roughly is what the plain answer for one service needs.
type roughly struct {
	open, idle, waiting int
	mean                float64 // minutes
	// opens tells that a window will open by plan.
	opens bool
}

// roughly fills rough.
func (sc *scene) roughly(s *queue.State) {
	sc.rough = make([]roughly, len(sc.conf.Services))
	for i := range sc.conf.Services {
		id := sc.conf.Services[i].ID
		r := &sc.rough[i]
		r.open, r.idle = windows(s, id)
		r.mean, r.waiting = Mean(s, id).Minutes(), s.Count(id, queue.Waiting)
	}
	for i := range sc.windows {
		w := &sc.windows[i]
		if w.open || len(w.shift) == 0 || w.shift[0].from <= sc.at && len(w.shift) == 1 {
			continue
		}
		for _, id := range sc.forward.Windows()[i].Config.Services {
			if at := sc.place(id); at >= 0 {
				sc.rough[at].opens = true
			}
		}
	}
}

// places fills ahead.
func (sc *scene) places(s *queue.State) {
	places := make(map[queue.TicketID]int)
	for i := range sc.conf.Services {
		for at, t := range s.Waiting(sc.conf.Services[i].ID) {
			places[t.ID] = at
		}
	}
	tickets := sc.tickets()
	sc.ahead = make([]int, len(tickets))
	for i := range tickets {
		sc.ahead[i] = places[tickets[i].ID]
	}
}

// abandonedAfter is the patience that the plain answer reckons with: the mean
// time after which somebody who waits gives up, in minutes.
const abandonedAfter = 240

// wait is the plain answer behind ahead tickets: (n+1)/(sμ) with abandonment,
// where the k people who are before one leave the queue at the rate sμ + kθ.
func (r *roughly) wait(ahead int) Wait {
	if r.open == 0 {
		return Wait{None: true}
	}
	if ahead == 0 && r.idle > 0 {
		return Wait{}
	}
	rate := float64(r.open) / max(r.mean, 0.01)
	var mean, variance float64
	for k := range ahead + 1 {
		step := 1 / (rate + float64(k)/abandonedAfter)
		mean, variance = mean+step, variance+step*step
	}
	// The service time itself is only a guess.
	variance += 0.04 * mean * mean
	return Wait{
		P10: gamma(mean, variance, -1.2816), P50: gamma(mean, variance, 0),
		P80: gamma(mean, variance, 0.8416), P90: gamma(mean, variance, 1.2816),
	}
}

// gamma is a quantile of the gamma distribution, z that of the normal one, by
// Wilson and Hilferty.
func gamma(mean, variance, z float64) float64 {
	k := mean * mean / variance
	x := 1 - 1/(9*k) + z/(3*math.Sqrt(k))
	return mean * max(x, 0) * x * x
}
