package queue

import (
	"slices"
	"sort"
)

// line is who waits, service by service: what a strategy picks from. State
// keeps the true one, Forward plays with a copy.
type line struct {
	conf  *Config
	lanes []lane // by the place of the service in conf.Services
	// open tells whether a window that a ticket was transferred to has a clerk.
	open func(WindowID) bool
}

// lane is the queue of one service, sorted by before. People with a booked slot
// stand beside those without one.
type lane struct {
	walkIns, booked []*Ticket
	// bounded counts those that may not be overtaken any more, picky those that
	// not every window may call at every time.
	bounded, picky int
}

func (l *lane) list(t *Ticket) *[]*Ticket {
	if t.booked() {
		return &l.booked
	}
	return &l.walkIns
}

func newLine(conf *Config, open func(WindowID) bool) line {
	return line{conf: conf, lanes: make([]lane, len(conf.Services)), open: open}
}

func (l *line) lane(service ServiceID) *lane {
	if l.conf == nil {
		return nil
	}
	i, ok := l.conf.places[service]
	if !ok {
		return nil
	}
	return &l.lanes[i]
}

func (l *line) add(t *Ticket) {
	lane := l.lane(t.Service)
	list := lane.list(t)
	*list = slices.Insert(*list, place(*list, t), t)
	l.note(lane, t, 1)
}

func (l *line) remove(t *Ticket) {
	lane := l.lane(t.Service)
	list := lane.list(t)
	i := place(*list, t)
	*list = slices.Delete(*list, i, i+1)
	l.note(lane, t, -1)
}

// note counts t in its lane, or takes that back.
func (l *line) note(lane *lane, t *Ticket, n int) {
	if t.Overtaken >= l.conf.Rules.Overtaking {
		lane.bounded += n
	}
	if t.For != "" || t.NotBefore != 0 {
		lane.picky += n
	}
}

// waiting is who waits for service, in the order of their target times.
func (l *line) waiting(service ServiceID) []*Ticket {
	lane := l.lane(service)
	switch {
	case lane == nil:
		return nil
	case len(lane.booked) == 0:
		return lane.walkIns
	case len(lane.walkIns) == 0:
		return lane.booked
	}
	out := make([]*Ticket, 0, len(lane.walkIns)+len(lane.booked))
	walkIns, booked := lane.walkIns, lane.booked
	for len(walkIns) > 0 && len(booked) > 0 {
		if booked[0].before(walkIns[0]) {
			out, booked = append(out, booked[0]), booked[1:]
		} else {
			out, walkIns = append(out, walkIns[0]), walkIns[1:]
		}
	}
	return append(append(out, booked...), walkIns...)
}

// count is how many wait for service.
func (l *line) count(service ServiceID) int {
	lane := l.lane(service)
	if lane == nil {
		return 0
	}
	return len(lane.walkIns) + len(lane.booked)
}

// ahead is how many would be called before t, which is not in the line, if one
// window served t's service alone at now.
func (l *line) ahead(t *Ticket, now Time) int {
	lane := l.lane(t.Service)
	if lane == nil {
		return 0
	}
	n, inSlot := 0, t.booked() && t.Slot <= now
	for _, o := range lane.booked {
		// Whoever is in the slot goes before all who aren't.
		if began := o.Slot <= now; began && !inSlot || began == inSlot && o.before(t) {
			n++
		}
	}
	if inSlot {
		return n
	}
	return n + place(lane.walkIns, t)
}

// callable tells whether w may call t at now: not while the citizen asked for
// time, nor while the window that t was transferred to has a clerk.
func (l *line) callable(t *Ticket, w WindowID, now Time) bool {
	return t.NotBefore <= now && (t.For == "" || t.For == w || !l.open(t.For))
}

// candidates is how many at places w could call.
func (l *line) candidates(places []int, w WindowID, now Time) int {
	n := 0
	for _, i := range places {
		lane := &l.lanes[i]
		n += len(lane.walkIns) + len(lane.booked)
		if lane.picky == 0 {
			continue
		}
		for _, list := range [][]*Ticket{lane.walkIns, lane.booked} {
			for _, t := range list {
				if !l.callable(t, w, now) {
					n--
				}
			}
		}
	}
	return n
}

// first is the first of list that w may call.
func (l *line) first(list []*Ticket, w WindowID, now Time) *Ticket {
	for _, t := range list {
		if l.callable(t, w, now) {
			return t
		}
	}
	return nil
}

// overtake counts the call of t at conf, when it is no longer in the line,
// against everyone who came before it and could have been called there.
func (l *line) overtake(t *Ticket, conf *WindowConfig, now Time) {
	for _, i := range conf.reach(t.Service) {
		lane := &l.lanes[i]
		lane.bounded += l.pass(lane.walkIns, t, conf.ID, now)
		lane.bounded += l.pass(lane.booked, t, conf.ID, now)
	}
}

// pass counts t against those in list and returns how many reached the bound.
func (l *line) pass(list []*Ticket, t *Ticket, w WindowID, now Time) (reached int) {
	for _, o := range list {
		if o.senior(t) && l.callable(o, w, now) {
			o.Overtaken++
			if o.Overtaken == l.conf.Rules.Overtaking {
				reached++
			}
		}
	}
	return reached
}

// place is where t stands, or would stand, in list.
func place(list []*Ticket, t *Ticket) int {
	// The usual newcomer is due last, and whoever is called is due first.
	n := len(list)
	if n == 0 || list[n-1].before(t) {
		return n
	}
	if list[0] == t {
		return 0
	}
	// With slices.BinarySearchFunc t would be moved to the heap.
	return sort.Search(n, func(i int) bool {
		o := list[i]
		return o == t || o.ID == t.ID || !o.before(t)
	})
}
