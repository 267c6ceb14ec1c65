package queue

// uses counts what is used up of the day's quotas.
type uses struct {
	minutes map[ServiceID]*tally  // places of walk-ins, where there are quotas
	person  map[personService]int // tickets of a person for a service
	persons map[string]int        // and in the whole hall
	classes map[string]int        // tickets of a priority class
}

// tally counts by the minute of the day: a Fenwick tree, so that the sum over a
// period needs a few steps only.
type tally [minutesADay + 1]int

const minutesADay = 24 * 60

func (t *tally) add(minute, n int) {
	for i := minute + 1; i < len(t); i += i & -i {
		t[i] += n
	}
}

// in is the sum over h.
func (t *tally) in(h Hours) int { return t.below(h.To) - t.below(h.From) }

// below is the sum over the minutes before minute.
func (t *tally) below(minute int) int {
	n := 0
	for i := min(max(minute, 0), minutesADay); i > 0; i -= i & -i {
		n += t[i]
	}
	return n
}

func newUses() uses {
	return uses{
		minutes: make(map[ServiceID]*tally), person: make(map[personService]int),
		persons: make(map[string]int), classes: make(map[string]int),
	}
}

// add counts t, remove takes that back; a visit given up before it was ever
// called used nothing.
func (u *uses) add(c *Config, t *Ticket) {
	if !t.unused() {
		u.count(c, t, 1)
	}
}

func (u *uses) remove(c *Config, t *Ticket) { u.count(c, t, -1) }

// unused tells whether t gave its place back.
func (t *Ticket) unused() bool { return t.State == Cancelled && t.Calls == 0 }

func (u *uses) count(c *Config, t *Ticket, n int) {
	service := t.first()
	if t.Priority != "" {
		u.classes[t.Priority] += n
	}
	if t.Person.Key != "" {
		u.person[personService{t.Person.Key, service}] += n
		u.persons[t.Person.Key] += n
	}
	if conf := c.Service(service); conf == nil || len(conf.Quotas) == 0 || t.Appointment != "" {
		return // an appointment holds its place itself
	}
	if u.minutes[service] == nil {
		u.minutes[service] = new(tally)
	}
	u.minutes[service].add(c.Minute(t.Taken), n)
}

// first is the service that t was taken for.
func (t *Ticket) first() ServiceID {
	if len(t.Periods) > 0 && t.Periods[0].Service != "" {
		return t.Periods[0].Service
	}
	return t.Service
}

// recount counts everything anew, after an edit of the quotas.
func (s *State) recount() {
	s.uses = newUses()
	for _, t := range s.Tickets {
		s.uses.add(s.Config, t)
	}
}

// Used is how many places of q are taken on day for service: by walk-ins of the
// open day and by appointments.
func (s *State) Used(service ServiceID, day Day, q Quota) int {
	n := 0
	if walkIns := s.uses.minutes[service]; walkIns != nil && day == s.Day {
		n = walkIns.in(q.Hours)
	}
	for _, a := range s.booked.days[dayService{day, service}] {
		if q.has(a.minute) && s.holds(a) {
			n++
		}
	}
	return n
}

// holds tells whether a has a place: not when it was given up, by itself or by
// its ticket.
func (s *State) holds(a *Appointment) bool {
	if a.State == AppointmentCancelled || a.Ticket == "" {
		return a.State != AppointmentCancelled
	}
	t := s.Tickets[a.Ticket]
	return t == nil || !t.unused()
}

// full returns a quota of service that has no place at instant at, or nil.
func (s *State) full(service *Service, day Day, at Time) *Quota {
	if len(service.Quotas) == 0 {
		return nil
	}
	minute := s.Config.Minute(at)
	for i := range service.Quotas {
		if q := &service.Quotas[i]; q.has(minute) && s.Used(service.ID, day, *q) >= q.Places {
			return q
		}
	}
	return nil
}

// PlacesLeft is how many tickets of service may still be taken in the period of
// now; false means that there is no quota.
func (s *State) PlacesLeft(service ServiceID, now Time) (left int, limited bool) {
	conf := s.Config.Service(service)
	if conf == nil || len(conf.Quotas) == 0 {
		return 0, false
	}
	minute := s.Config.Minute(now)
	for _, q := range conf.Quotas {
		if !q.has(minute) {
			continue
		}
		free := max(q.Places-s.Used(service, s.Day, q), 0)
		if !limited || free < left {
			left, limited = free, true
		}
	}
	return left, limited
}

// Given is how many of today's tickets have the priority class with id.
func (s *State) Given(id string) int { return s.uses.classes[id] }
