package queue

import "slices"

// Forward is a copy of who waits, to play the queue forward with the same code
// that picks the next ticket. It is for estimates: nothing it does reaches the
// State it came from, and it may be used after the State has moved on. Not safe
// for concurrent use.
//
// Beside the tickets that wait stands one newcomer for each service: whoever
// would take a ticket now. A newcomer that is called takes nobody's turn, so
// that it only shows when a ticket in its place would be called.
type Forward struct {
	line      line
	windows   []ForwardWindow
	staffed   map[WindowID]bool
	tickets   []Ticket
	newcomers []Ticket // by the place of the service
	present   []bool   // which newcomers haven't been called
	services  []int    // by the place of the ticket
	returning []Ticket
	coming    []Coming
	arrivals  uint64  // given out so far
	lowest    uint64  // of the arrivals of tickets
	places    []int32 // in tickets, by arrival from lowest on; -1 is none
	// lag is by how much a walk-in of the lane can be due after it came, at most.
	lag []Time
	// as they were, for Reset
	overtaken []int
	turns     []map[string]int
	lanes     []lane
	// rooms are the beginnings of the lists: taking out the first moves on in
	// them.
	rooms []lane
}

// ForwardWindow is a window that takes part.
type ForwardWindow struct {
	Config   *WindowConfig
	strategy *Strategy
	turns    map[string]int
}

// Coming is an appointment of the open day that hasn't checked in yet.
type Coming struct {
	ID       AppointmentID
	Service  ServiceID
	From, To Time
}

// Forward copies who waits at now. Every window of the configuration that isn't
// disabled takes part, in its order; whoever plays decides when each calls.
func (s *State) Forward(now Time) *Forward {
	n := len(s.Config.Services)
	f := &Forward{staffed: make(map[WindowID]bool, len(s.Windows)), arrivals: s.Arrivals, lag: make([]Time, n)}
	for id := range s.Windows {
		f.staffed[id] = s.staffed(id)
	}
	f.line = newLine(s.Config, func(id WindowID) bool { return f.staffed[id] })
	for i := range s.Config.Windows {
		conf := &s.Config.Windows[i]
		if w := s.Windows[conf.ID]; !conf.Disabled && w != nil {
			f.windows = append(f.windows, ForwardWindow{Config: conf, strategy: s.Strategy(conf.ID)})
			f.turns = append(f.turns, w.Turns)
		}
	}
	f.copyTickets(s)
	f.newcomers, f.present = make([]Ticket, n), make([]bool, n)
	for i := range f.newcomers {
		f.newcomers[i] = *s.Newcomer(s.Config.Services[i].ID, now)
		f.newcomers[i].Arrival += uint64(i)
		f.Add(&f.newcomers[i])
	}
	f.lanes = make([]lane, n)
	f.rooms = make([]lane, n)
	for i, l := range f.line.lanes {
		f.lanes[i] = lane{walkIns: slices.Clone(l.walkIns), booked: slices.Clone(l.booked), bounded: l.bounded, picky: l.picky}
		f.rooms[i] = lane{walkIns: slices.Grow(l.walkIns, moreComing), booked: slices.Grow(l.booked, moreComing)}
	}
	for t := range s.parked {
		if t.Until != 0 {
			f.returning = append(f.returning, bare(t))
		}
	}
	slices.SortFunc(f.returning, func(a, b Ticket) int { return byArrival(&a, &b) })
	for i := range s.Config.Services {
		for _, a := range s.booked.days[dayService{s.Day, s.Config.Services[i].ID}] {
			if a.State == AppointmentBooked {
				f.coming = append(f.coming, Coming{ID: a.ID, Service: a.Service, From: a.From, To: a.To})
			}
		}
	}
	f.Reset()
	return f
}

// moreComing is how many more there is room for in each list.
const moreComing = 32

// bare is t without the parts that grow.
func bare(t *Ticket) Ticket {
	out := *t
	out.Periods, out.Acks = nil, nil
	return out
}

func (f *Forward) copyTickets(s *State) {
	n := 0
	for i := range s.line.lanes {
		n += len(s.line.lanes[i].walkIns) + len(s.line.lanes[i].booked)
	}
	f.tickets = make([]Ticket, 0, n)
	for i := range s.line.lanes {
		for _, list := range [][]*Ticket{s.line.lanes[i].walkIns, s.line.lanes[i].booked} {
			for _, t := range list {
				f.tickets = append(f.tickets, bare(t))
			}
		}
	}
	f.overtaken, f.services = make([]int, n), make([]int, n)
	f.lowest = s.Arrivals
	for i := range f.tickets {
		f.overtaken[i], f.services[i] = f.tickets[i].Overtaken, f.line.conf.places[f.tickets[i].Service]
		f.lowest = min(f.lowest, f.tickets[i].Arrival)
		f.Add(&f.tickets[i])
	}
	f.places = make([]int32, s.Arrivals-f.lowest+1)
	for i := range f.places {
		f.places[i] = -1
	}
	for i := range f.tickets {
		f.places[f.tickets[i].Arrival-f.lowest] = int32(i)
	}
}

// Reset puts everybody back to where they were at the beginning; tickets that
// Add brought are gone.
func (f *Forward) Reset() {
	for i, n := range f.overtaken {
		f.tickets[i].Overtaken = n
	}
	for i := range f.newcomers {
		f.newcomers[i].Overtaken, f.present[i] = 0, true
	}
	for i, l := range f.lanes {
		to := &f.line.lanes[i]
		to.walkIns = append(f.rooms[i].walkIns[:0], l.walkIns...)
		to.booked = append(f.rooms[i].booked[:0], l.booked...)
		to.bounded, to.picky = l.bounded, l.picky
	}
	for i := range f.windows {
		f.windows[i].turns = f.turns[i]
	}
}

// Windows are those that take part; Call names them by their place.
func (f *Forward) Windows() []ForwardWindow { return f.windows }

// Tickets are those that waited at the beginning.
func (f *Forward) Tickets() []Ticket { return f.tickets }

// Returning are parked tickets that come back by themselves, for Add at their
// time.
func (f *Forward) Returning() []Ticket { return f.returning }

// Coming are the open day's appointments that haven't checked in.
func (f *Forward) Coming() []Coming { return f.coming }

// NextArrival is the first Arrival that is free for tickets that Add brings.
func (f *Forward) NextArrival() uint64 { return f.arrivals + uint64(len(f.newcomers)) + 1 }

// Place is where t, which Call returned, stands in Tickets; -1 if it isn't one
// of them.
func (f *Forward) Place(t *Ticket) int {
	if t.Arrival < f.lowest || t.Arrival-f.lowest >= uint64(len(f.places)) {
		return -1
	}
	return int(f.places[t.Arrival-f.lowest])
}

// Newcomer is the place in Config.Services of the service that t, which Call
// returned, is the newcomer of; -1 if it is a ticket.
func (f *Forward) Newcomer(t *Ticket) int {
	if t.Arrival <= f.arrivals || t.Arrival > f.arrivals+uint64(len(f.newcomers)) {
		return -1
	}
	return int(t.Arrival - f.arrivals - 1)
}

// Waiting is how many wait for service, its newcomer not counted.
func (f *Forward) Waiting(service ServiceID) int {
	n := f.line.count(service)
	if i, ok := f.line.conf.places[service]; ok && f.present[i] {
		n--
	}
	return n
}

// Add brings a ticket that arrives later. t belongs to f until Reset.
func (f *Forward) Add(t *Ticket) {
	if i, ok := f.line.conf.places[t.Service]; ok {
		if !t.booked() {
			f.lag[i] = max(f.lag[i], t.Due-t.Since)
		}
		f.line.add(t)
	}
}

// Call takes out whom the window at that place calls at now; nil means nobody.
// One that calls by hand is taken to call by target time.
func (f *Forward) Call(window int, now Time) *Ticket {
	w := &f.windows[window]
	strategy := w.strategy
	if strategy.Kind == StrategyByHand {
		strategy = &dueDate
	}
	a := asking{window: w.Config, strategy: strategy, turns: w.turns, now: now}
	next := f.line.pick(a)
	if next.ticket == nil {
		return nil
	}
	if i := f.Newcomer(next.ticket); i >= 0 {
		f.remove(next.ticket, i) // it was never there
		f.present[i] = false
		return next.ticket
	}
	if strategy.Kind == StrategyRatio {
		next = f.pickAlone(a)
	}
	at := f.laneOf(next.ticket)
	f.remove(next.ticket, at)
	if next.turns != nil {
		w.turns = next.turns
	}
	f.overtake(next.ticket, at, w.Config, now)
	return next.ticket
}

// laneOf is the place of t's service.
func (f *Forward) laneOf(t *Ticket) int {
	if i := f.Place(t); i >= 0 {
		return f.services[i]
	}
	return f.line.conf.places[t.Service]
}

// remove is line.remove, which knows the lane and moves nobody up when the first
// goes.
func (f *Forward) remove(t *Ticket, at int) {
	lane := &f.line.lanes[at]
	list := lane.list(t)
	if (*list)[0] != t {
		f.line.remove(t)
		return
	}
	*list = (*list)[1:]
	f.line.note(lane, t, -1)
}

// pickAlone picks as if there were no newcomers: they would take part in the
// turns of a ratio.
func (f *Forward) pickAlone(a asking) choice {
	for i := range f.newcomers {
		if f.present[i] {
			f.line.remove(&f.newcomers[i])
		}
	}
	next := f.line.pick(a)
	for i := range f.newcomers {
		if f.present[i] {
			f.line.add(&f.newcomers[i])
		}
	}
	return next
}

// overtake is line.overtake, which looks only at those who can have come before
// t: walk-ins are sorted by target time, and lag says how late a target can be.
func (f *Forward) overtake(t *Ticket, at int, conf *WindowConfig, now Time) {
	reach := conf.places
	if !slices.Contains(reach, at) {
		reach = conf.helps
	}
	for _, i := range reach {
		lane := &f.line.lanes[i]
		lane.bounded += f.line.pass(dueBy(lane.walkIns, t.Since+f.lag[i]), t, conf.ID, now)
		lane.bounded += f.line.pass(lane.booked, t, conf.ID, now)
	}
}

// dueBy are those of list that are due by latest.
func dueBy(list []*Ticket, latest Time) []*Ticket {
	n := 0
	for n < len(list) && list[n].Due <= latest {
		n++
	}
	return list[:n]
}

// Newcomer is the ticket that somebody would get who took one for service at
// now, without a priority; nil if there is no such service.
func (s *State) Newcomer(service ServiceID, now Time) *Ticket {
	conf := s.Config.Service(service)
	if conf == nil {
		return nil
	}
	t := s.newcomer(&TakeTicket{Service: service, Channel: "card"}, conf, now)
	t.ID = TicketID("newcomer " + string(service))
	return &t
}

// Order is whom the window with id would call from now on, at most n, if it
// called alone.
func (s *State) Order(id WindowID, now Time, n int) []TicketID {
	conf := s.Config.Window(id)
	if conf == nil || conf.Disabled {
		return nil
	}
	f := s.Forward(now)
	i := slices.IndexFunc(f.windows, func(w ForwardWindow) bool { return w.Config == conf })
	out := make([]TicketID, 0, n)
	for len(out) < n {
		t := f.Call(i, now)
		if t == nil {
			break
		}
		if f.Newcomer(t) < 0 {
			out = append(out, t.ID)
		}
	}
	return out
}

// ByAge tells whether only age decides at w: whoever comes later and is due
// later is called later.
func (w *ForwardWindow) ByAge() bool {
	return w.strategy.Kind == StrategyDue || w.strategy.Kind == StrategyLongest || w.strategy.Kind == StrategyByHand
}
