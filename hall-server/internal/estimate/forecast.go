package estimate

import (
	"slices"

	"smarthall/hall-server/internal/queue"
)

// Wait is how long somebody will wait until the call, from the moment of the
// forecast on, in minutes: each value isn't exceeded with that many per cent.
type Wait struct {
	P10, P50, P80, P90 float64
	// None says that no window is open, nor will one open by plan: then there
	// are no numbers.
	None bool
}

// Outlook is a forecast for a whole hall.
type Outlook struct {
	At  queue.Time
	Day queue.Day
	// Tickets are those that waited, Services are whoever would take a ticket
	// now.
	Tickets  map[queue.TicketID]Wait
	Services map[queue.ServiceID]Newcomer
}

// Newcomer is what somebody would be told who took a ticket.
type Newcomer struct {
	Wait
	// Ahead is how many stood before, Pace how much longer each further one would
	// make it, in minutes.
	Ahead int
	Pace  float64
}

// learned is from how many services on the hall is played forward; until then
// it is reckoned as (n+1)/(sμ) with abandonment.
const learned = 30

// Forecast plays the queue forward from now. The same seed gives the same
// outlook; a seed holds for a day, so that outlooks of one day differ by what
// happened and not by chance.
func Forecast(s *queue.State, m *Model, now queue.Time, seed uint64) Outlook {
	out := takeScene(s, now, m.rosterOf(now)).play(m, seed)
	out.Day = s.Day
	return out
}

// play is Forecast without the state.
func (sc *scene) play(m *Model, seed uint64) Outlook {
	if sc.forward == nil {
		return sc.reckon()
	}
	m.Fit()
	p := newPlayer(sc, m, seed)
	for d := range draws {
		p.draw(d)
	}
	return p.outlook()
}

// reckon is the outlook of a crowd: plain answers for newcomers.
func (sc *scene) reckon() Outlook {
	out := Outlook{At: sc.at, Services: make(map[queue.ServiceID]Newcomer, len(sc.conf.Services))}
	for at := range sc.conf.Services {
		r := &sc.rough[at]
		n := Newcomer{Wait: r.wait(r.waiting), Ahead: r.waiting}
		n.Pace = r.mean / float64(max(r.open, 1))
		out.Services[sc.conf.Services[at].ID] = n
	}
	return out
}

// outlook sums the draws up.
func (p *player) outlook() Outlook {
	sc := p.scene
	tickets := sc.forward.Tickets()
	out := Outlook{
		At: sc.at, Tickets: make(map[queue.TicketID]Wait, len(tickets)),
		Services: make(map[queue.ServiceID]Newcomer, len(sc.conf.Services)),
	}
	row := func(i int) Wait { return quantilesOf(p.calls[i*draws : (i+1)*draws]) }
	for i := range tickets {
		at := p.tickets[i].service
		out.Tickets[tickets[i].ID] = p.wait(at, sc.ahead[i], row(i))
	}
	for at := range sc.conf.Services {
		r := &sc.rough[at]
		n := Newcomer{Wait: p.wait(at, r.waiting, row(len(tickets)+at)), Ahead: r.waiting}
		if !n.None {
			n.Pace = p.pace(at, &n)
		}
		out.Services[sc.conf.Services[at].ID] = n
	}
	return out
}

// wait is w, or what stands for it.
func (p *player) wait(service, ahead int, w Wait) Wait {
	r := &p.scene.rough[service]
	if r.open == 0 && !r.opens {
		return Wait{None: true}
	}
	if r.open > 0 && p.model.seen < learned {
		return r.wait(ahead)
	}
	return w
}

// pace is what one more ticket adds to n's wait.
func (p *player) pace(service int, n *Newcomer) float64 {
	const enough = 3
	if n.Ahead >= enough {
		return n.P50 / float64(n.Ahead+1)
	}
	r := &p.scene.rough[service]
	return r.mean / float64(max(r.open, 1))
}

// quantilesOf sorts row. A wait that may never end has no numbers.
func quantilesOf(row []float32) Wait {
	slices.Sort(row)
	at := func(q float64) float64 {
		x := q*(draws+1) - 1
		i := int(x)
		lo, hi := float64(row[i]), float64(row[min(i+1, draws-1)])
		return lo + (hi-lo)*(x-float64(i))
	}
	w := Wait{P10: at(0.1), P50: at(0.5), P80: at(0.8), P90: at(0.9)}
	if w.P50 > longest {
		return Wait{None: true}
	}
	w.P80, w.P90 = min(w.P80, longest), min(w.P90, longest)
	return w
}

// longest is the longest wait that is told, in minutes; endless is beyond all of
// them.
const (
	longest = 8 * 60
	endless = 1 << 20
)
