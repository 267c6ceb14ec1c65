package statistics

import (
	"fmt"

	"smarthall/hall-server/internal/queue"
)

// Fold follows a hall's log, event by event, and keeps the visits that changed
// until Take asks for them. It is not safe for concurrent use.
//
// The same log gives the same visits, however often Take is called in between.
type Fold struct {
	state *queue.State
	// touched are tickets of state whose visits changed; done are visits that
	// can't be made later, because the state they need goes away.
	touched map[queue.TicketID]struct{}
	order   []queue.TicketID // of touched
	done    []Visit
	opened  bool
}

// NewFold returns a fold that goes on from state, which it owns from then on;
// nil is a hall before its first event.
func NewFold(state *queue.State) *Fold {
	if state == nil {
		state = queue.NewState()
	}
	return &Fold{state: state, touched: make(map[queue.TicketID]struct{})}
}

// Apply folds the events of one record. An event that doesn't fit is a broken
// log; the fold can't go on after it.
func (f *Fold) Apply(events []queue.Event, at queue.Time) error {
	for _, e := range events {
		switch e.(type) {
		case queue.DayOpened, queue.HallConfigured:
			// A new day's state has no old tickets; a new configuration has other
			// targets and zones than those that held when they changed.
			f.finish()
		}
		if err := queue.Apply(f.state, e, at); err != nil {
			return fmt.Errorf("fold statistics: %w", err)
		}
		if _, ok := e.(queue.DayOpened); ok {
			f.opened = true
		}
		if id := queue.TicketOf(e); id != "" {
			f.touch(id)
		}
	}
	return nil
}

func (f *Fold) touch(id queue.TicketID) {
	if _, ok := f.touched[id]; !ok {
		f.touched[id] = struct{}{}
		f.order = append(f.order, id)
	}
}

// finish makes the visits of what was touched.
func (f *Fold) finish() {
	f.done = append(f.done, f.visits(len(f.order))...)
}

// visits makes the visits of the first n that were touched.
func (f *Fold) visits(n int) []Visit {
	out := make([]Visit, 0, n)
	for _, id := range f.order[:n] {
		delete(f.touched, id)
		if t := f.state.Tickets[id]; t != nil && f.state.Config != nil {
			out = append(out, VisitOf(f.state, t))
		}
	}
	f.order = f.order[n:]
	if len(f.order) == 0 {
		f.order = nil
	}
	return out
}

// Take returns at most n visits that changed since they were last taken. A
// ticket may come twice; the later visit holds.
func (f *Fold) Take(n int) []Visit {
	if len(f.done) > 0 {
		n = min(n, len(f.done))
		out := f.done[:n:n]
		f.done = f.done[n:]
		return out
	}
	return f.visits(min(n, len(f.order)))
}

// Skip forgets what changed so far: it has been taken at an earlier time.
func (f *Fold) Skip() {
	clear(f.touched)
	f.order, f.done, f.opened = nil, nil, false
}

// Pending is how many visits wait for Take.
func (f *Fold) Pending() int { return len(f.done) + len(f.order) }

// Opened tells whether a business day began since it was last asked: the state
// is at its smallest then and a good one to go on from.
func (f *Fold) Opened() bool {
	was := f.opened
	f.opened = false
	return was
}

// State is the hall as far as it was folded. It belongs to the fold.
func (f *Fold) State() *queue.State { return f.state }
