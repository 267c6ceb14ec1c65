package estimate

import (
	"smarthall/hall-server/internal/queue"
)

// Learn takes the next event of the log. Tickets that were taken before the
// first event teach nothing.
func (m *Model) Learn(e queue.Event, at queue.Time) {
	if !m.begun { // the log began within a day
		m.begun = true
		m.plan(at)
	}
	switch e := e.(type) {
	case queue.HallConfigured:
		m.configure(&e.Config)
	case queue.DayOpened:
		m.newDay(at)
	case queue.WindowSignedIn:
		m.open(e.Window, at)
	case queue.WindowContinued:
		m.open(e.Window, at)
	case queue.WindowPaused:
		m.close(e.Window, at, false, false)
	case queue.WindowSignedOut:
		m.close(e.Window, at, true, e.DayEnd)
	case queue.AppointmentEnded:
		if e.State == queue.AppointmentMissed {
			m.stayedAway++
		}
	case queue.TicketTaken:
		m.take(e, at)
	default:
		if v := m.visits[queue.TicketOf(e)]; v != nil {
			m.learnTicket(v, e, at)
		}
	}
}

func (m *Model) take(e queue.TicketTaken, at queue.Time) {
	if e.Taken != 0 {
		at = min(e.Taken, at)
	}
	m.visits[e.Ticket] = &visit{service: e.Service, state: queue.Waiting, since: at, taken: at}
	m.waiting[e.Service]++
	if e.Appointment != "" {
		m.came++
		if e.Slot != 0 {
			x := minutesOf(at - e.Slot)
			m.slots, m.offsets, m.offsets2 = m.slots+1, m.offsets+x, m.offsets2+x*x
		}
		return
	}
	m.service(e.Service).today[m.minute(at)/30]++
	m.taken++
	if e.Priority != "" {
		m.classes[e.Priority]++
	}
}

func (m *Model) learnTicket(v *visit, e queue.Event, at queue.Time) {
	switch e := e.(type) {
	case queue.TicketCalled:
		m.called(v, e, at)
	case queue.ServiceStarted:
		m.outcome(v, false)
		m.arrive.add(minutesOf(at-v.since), leastTime)
		m.enter(v, queue.Serving, at)
	case queue.TicketMissed:
		m.outcome(v, true)
		m.miss.add(minutesOf(at-v.since), leastTime)
		m.leaveWindow(v, at)
		m.enter(v, queue.Missed, at)
	case queue.TicketPutBack:
		m.leaveWindow(v, at)
		m.enter(v, queue.Waiting, at)
	case queue.ServiceFinished:
		m.serviceOver(v, at)
		m.enter(v, queue.Finished, at)
	case queue.TicketTransferred:
		m.serviceOver(v, at)
		v.service, v.served = e.Service, 0
		m.enter(v, queue.Waiting, at)
	case queue.TicketParked:
		if v.state == queue.Serving {
			v.served += at - v.since
		}
		m.leaveWindow(v, at)
		m.enter(v, queue.Parked, at)
	case queue.TicketResumed:
		v.clerk, v.window = e.Clerk, e.Window
		m.enter(v, queue.Serving, at)
	case queue.TicketReturned, queue.TicketRejoined:
		m.enter(v, queue.Waiting, at)
	case queue.TicketCancelled:
		if v.state == queue.Waiting {
			m.cancels++
		}
		m.enter(v, queue.Cancelled, at)
	case queue.TicketExpired, queue.TicketClosed:
		m.enter(v, queue.Expired, at)
	}
}

// enter takes v into its next state.
func (m *Model) enter(v *visit, to queue.TicketState, at queue.Time) {
	if v.state == queue.Waiting {
		m.waiting[v.service]--
		m.waited += minutesOf(at - v.since)
	}
	v.state, v.since = to, at
	if to == queue.Waiting {
		m.waiting[v.service]++
	}
}

func (m *Model) called(v *visit, e queue.TicketCalled, at queue.Time) {
	w := m.window(e.Window)
	if gap := at - w.free; w.free != 0 && gap.Sub(0) <= longestGap {
		m.gap.add(minutesOf(gap), leastTime)
	}
	w.free = 0
	v.clerk, v.window = e.Clerk, e.Window
	m.enter(v, queue.Called, at)
}

// outcome notes whether somebody who was called came.
func (m *Model) outcome(v *visit, missed bool) {
	s, b := m.service(v.service), waitBucket(minutesOf(v.since-v.taken))
	s.calls++
	m.callsByWait[b]++
	if missed {
		s.misses++
		m.missesByWait[b]++
	}
	m.fresh = false
}

// serviceOver notes a whole service.
func (m *Model) serviceOver(v *visit, at queue.Time) {
	took := max(minutesOf(v.served+at-v.since), leastTime)
	begun := at - v.served - (at - v.since)
	s := m.service(v.service)
	key := cellKey{m.serviceAt[v.service], m.clerk(v.clerk), m.minute(begun) / 60}
	s.ratios.add(took/m.usual(key), leastRatio)
	i, ok := m.cellAt[key]
	if !ok {
		i = len(m.cells)
		m.cellAt[key] = i
		m.cells = append(m.cells, cell{cellKey: key})
	}
	m.cells[i].n++
	m.cells[i].sum += took
	m.seen++
	m.fresh = false
	m.leaveWindow(v, at)
}

// leaveWindow notes that v's window is free, if somebody waits there.
func (m *Model) leaveWindow(v *visit, at queue.Time) {
	w := m.windows[v.window]
	if w == nil {
		return
	}
	w.free = 0
	for _, id := range w.services {
		if m.waiting[id] > 0 {
			w.free = at
			return
		}
	}
}

// open notes that a window takes part again.
func (m *Model) open(id queue.WindowID, at queue.Time) {
	w := m.window(id)
	if w.open {
		return
	}
	if w.away {
		m.back(w, minutesOf(at-w.since), true)
	}
	w.open, w.since, w.away, w.free = true, at, false, 0
}

// back notes how long w was away; it may never have come back.
func (m *Model) back(w *windowTrace, minutes float64, came bool) {
	if !w.gone {
		m.away.add(minutes, leastTime)
	} else if came {
		m.returns++
		m.left.add(minutes, leastTime)
	}
}

// close notes that a window stopped, planned or not; out tells that the clerk
// signed out.
func (m *Model) close(id queue.WindowID, at queue.Time, out, dayEnd bool) {
	w := m.window(id)
	w.free = 0
	if dayEnd {
		if w.away {
			m.back(w, minutesOf(at-w.since), false)
		}
		w.away = false
	}
	if w.away && out && !w.gone { // a pause became a farewell
		w.gone = true
		m.leaves++
	}
	if !w.open {
		return
	}
	m.openHours += minutesOf(at-w.since) / 60
	w.open, w.since = false, at
	if dayEnd || w.planned(at, m.minute(at)) {
		return
	}
	w.away, w.gone = true, out
	if out {
		m.leaves++
	} else {
		m.aways++
	}
}

// planned tells whether the window's hours are over, or nearly.
func (w *windowTrace) planned(at queue.Time, minute int) bool {
	if w.rostered {
		for _, d := range w.duties {
			if at >= d.From && at < d.To-timeOf(nearEnd) {
				return false
			}
		}
		return true
	}
	for _, h := range w.hours {
		if minute >= h.From && minute < h.To-nearEnd {
			return false
		}
	}
	return len(w.hours) > 0
}

// newDay lets what was learnt fade and forgets the tickets of the day before.
func (m *Model) newDay(at queue.Time) {
	for _, s := range m.services {
		s.calls, s.misses = s.calls*fadePerDay, s.misses*fadePerDay
		s.ratios.fade(fadePerDay)
		some := false
		for i := range s.past {
			some = some || s.today[i] > 0
			s.past[i] = (s.past[i] + s.today[i]) * fadePerDay
			s.today[i] = 0
		}
		if some {
			s.days++
		}
		s.days *= fadePerDay
	}
	for i := range m.cells {
		m.cells[i].n, m.cells[i].sum = m.cells[i].n*fadePerDay, m.cells[i].sum*fadePerDay
	}
	for _, t := range []*tally{&m.arrive, &m.miss, &m.gap, &m.away, &m.left} {
		t.fade(fadePerDay)
	}
	for _, x := range []*float64{
		&m.cancels, &m.waited, &m.aways, &m.leaves, &m.returns, &m.openHours, &m.came, &m.stayedAway, &m.offsets, &m.offsets2, &m.slots, &m.taken,
	} {
		*x *= fadePerDay
	}
	for i := range waitBuckets {
		m.missesByWait[i], m.callsByWait[i] = m.missesByWait[i]*fadePerDay, m.callsByWait[i]*fadePerDay
	}
	for id := range m.classes {
		m.classes[id] *= fadePerDay
	}
	for _, w := range m.windows {
		if w.away {
			m.back(w, min(minutesOf(at-w.since), longest), false)
		}
		w.open, w.away, w.since, w.free = false, false, at, 0
	}
	m.plan(at)
	clear(m.visits)
	clear(m.waiting)
	m.fresh = false
}
