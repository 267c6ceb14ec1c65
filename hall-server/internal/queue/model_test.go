package queue_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
)

// model is the queue's rules once more, as plainly as they can be said: maps,
// full scans, no index and no event. Each method does a command and returns the
// code of the refusal, or "". It is slow and has nothing to keep in step.
type model struct {
	conf    queue.Config
	loc     *time.Location
	now     queue.Time
	day     queue.Day
	tickets map[queue.TicketID]*visit
	windows map[queue.WindowID]*queue.Window
	booked  map[queue.AppointmentID]*queue.Appointment
	next    map[queue.SeriesID]int
	given   map[string]bool
	learned map[queue.ServiceID]*queue.Learned
}

// visit is a ticket with a stop-watch.
type visit struct {
	queue.Ticket
	first          queue.ServiceID // it was taken for
	at             queue.Time      // since when it is in its state
	begun          bool            // its present service has
	waited, served queue.Time      // since the watch was read
}

func newModel() *model {
	return &model{
		windows: map[queue.WindowID]*queue.Window{}, booked: map[queue.AppointmentID]*queue.Appointment{},
	}
}

func (m *model) openDay(day queue.Day) {
	m.day = day
	m.tickets = map[queue.TicketID]*visit{}
	m.next, m.given = map[queue.SeriesID]int{}, map[string]bool{}
	m.learned = map[queue.ServiceID]*queue.Learned{}
	for _, w := range m.windows {
		w.Served, w.ServiceMs, w.Turns = 0, 0, nil
	}
}

// do does cmd at m.now.
func (m *model) do(cmd queue.Command) string {
	switch c := cmd.(type) {
	case queue.TakeTicket:
		return m.take(c, nil)
	case queue.AdoptTicket:
		return m.adopt(c)
	case queue.CallNext:
		return m.callNext(c)
	case queue.CallTicket:
		return m.callTicket(c)
	case queue.TicketCommand:
		return m.plain(c)
	case queue.Finish:
		return m.finish(c)
	case queue.Cancel:
		return m.cancel(c)
	case queue.Rate:
		return m.rate(c)
	case queue.Transfer:
		return m.transfer(c)
	case queue.Park:
		return m.park(c)
	case queue.Resume:
		return m.resume(c)
	case queue.Rejoin:
		return m.rejoin(c)
	case queue.Note:
		return m.note(c)
	case queue.SeeMaterials:
		return m.seeMaterials(c)
	case queue.Delay:
		return m.delay(c)
	case queue.Reprint:
		return m.reprint(c)
	case queue.RecordPrint:
		v := m.tickets[c.Ticket]
		if v == nil {
			return "ticket.unknown"
		}
		v.Print = c.Outcome
		return ""
	default:
		return m.doMore(cmd)
	}
}

func (m *model) doMore(cmd queue.Command) string {
	switch c := cmd.(type) {
	case queue.BookAppointment:
		return m.book(c.Appointment)
	case queue.ImportAppointments:
		return m.imports(c.List)
	case queue.CheckIn:
		return m.checkIn(c)
	case queue.CancelAppointment:
		return m.cancelAppointment(c)
	case queue.SetStrategy:
		return m.setStrategy(c)
	case queue.SignIn:
		return m.signIn(c)
	case queue.SignOut:
		return m.leave(c.Window, func(w *queue.Window) { w.Staff, w.StaffName, w.Paused, w.Text = "", "", false, "" })
	case queue.Pause:
		return m.leave(c.Window, func(w *queue.Window) { w.Paused, w.Text = true, c.Text })
	case queue.Continue:
		return m.unpause(c)
	case queue.Configure:
		return m.configure(c.Config)
	case queue.EndDay:
		return m.endDay(c)
	case queue.Tick:
		return m.tick()
	default:
		return fmt.Sprintf("no model of %T", cmd)
	}
}

// list are the day's tickets that keep passes, by arrival.
func (m *model) list(keep func(*visit) bool) []*visit {
	var out []*visit
	for _, v := range m.tickets {
		if keep(v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b *visit) int { return cmp.Compare(a.Arrival, b.Arrival) })
	return out
}

func (m *model) waiting(service queue.ServiceID) []*visit {
	out := m.list(func(v *visit) bool { return v.State == queue.Waiting && v.Service == service })
	slices.SortFunc(out, byDue)
	return out
}

func byDue(a, b *visit) int { return cmp.Or(cmp.Compare(a.Due, b.Due), bySeniority(a, b)) }

func bySeniority(a, b *visit) int {
	return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Arrival, b.Arrival))
}

func (m *model) service(id queue.ServiceID) *queue.Service {
	for i := range m.conf.Services {
		if m.conf.Services[i].ID == id {
			return &m.conf.Services[i]
		}
	}
	return nil
}

func (m *model) window(id queue.WindowID) *queue.WindowConfig {
	for i := range m.conf.Windows {
		if m.conf.Windows[i].ID == id {
			return &m.conf.Windows[i]
		}
	}
	return nil
}

func (m *model) shorten(class string) time.Duration {
	for _, p := range m.conf.Priorities {
		if p.ID == class {
			return p.Shorten
		}
	}
	return 0
}

func (m *model) dayOf(t queue.Time) queue.Day {
	return queue.Day(t.Std().Add(-m.conf.CutOff).In(m.loc).Format("2006-01-02"))
}

func (m *model) minute(t queue.Time) int {
	local := t.Std().In(m.loc)
	return local.Hour()*60 + local.Minute()
}

func (m *model) learn(id queue.ServiceID) *queue.Learned {
	if m.learned[id] == nil {
		m.learned[id] = &queue.Learned{}
	}
	return m.learned[id]
}

// move puts v into a state, reads its stop-watch and frees its window.
func (m *model) move(v *visit, to queue.TicketState) {
	switch v.State {
	case queue.Waiting, queue.Called:
		v.waited += m.now - v.at
	case queue.Serving:
		v.served += m.now - v.at
	}
	v.at, v.State = m.now, to
	v.Periods[len(v.Periods)-1].To = m.now
	atWindow := to == queue.Called || to == queue.Serving
	if !atWindow {
		for _, w := range m.windows {
			if w.Ticket == v.ID {
				w.Ticket = ""
			}
		}
	}
	switch {
	case atWindow || to == queue.Parked:
		v.Periods = append(v.Periods, queue.Period{State: to, Service: v.Service, Window: v.Window, Clerk: v.Clerk, From: m.now})
	case to == queue.Waiting || to == queue.Missed:
		v.Periods = append(v.Periods, queue.Period{State: to, Service: v.Service, From: m.now})
		if to == queue.Waiting {
			v.Window, v.Clerk = "", ""
		}
	default:
		v.Ended = m.now
	}
}

// begin: the person is at the window.
func (m *model) begin(v *visit) {
	m.move(v, queue.Serving)
	l := m.learn(v.Service)
	l.WaitMs += v.waited
	v.waited = 0
	if !v.begun {
		v.begun, v.Started = true, m.now
		l.Waits++
	}
}

// end: the service is over, v goes to state.
func (m *model) end(v *visit, to queue.TicketState) {
	l, w := m.learn(v.Service), m.windows[v.Window]
	m.move(v, to)
	l.Services++
	l.ServiceMs += v.served
	w.Served++
	w.ServiceMs += v.served
	v.served, v.begun, v.waited = 0, false, 0
}

func (m *model) configure(c queue.Config) string {
	for _, v := range m.tickets {
		if v.State.Live() && !slices.ContainsFunc(c.Services, func(s queue.Service) bool { return s.ID == v.Service }) {
			return "hall.service-in-use"
		}
	}
	for id, w := range m.windows {
		if w.Staff != "" && !slices.ContainsFunc(c.Windows, func(w queue.WindowConfig) bool { return w.ID == id && !w.Disabled }) {
			return "hall.window-in-use"
		}
	}
	m.conf = c
	m.loc, _ = time.LoadLocation(c.TimeZone)
	if m.day == "" {
		m.openDay(m.dayOf(m.now))
	}
	for id, w := range m.windows {
		if m.window(id) == nil {
			delete(m.windows, id)
		} else if w.Strategy != nil && !m.usable(w.Strategy) {
			w.Strategy = nil
		}
	}
	for _, w := range c.Windows {
		if m.windows[w.ID] == nil {
			m.windows[w.ID] = &queue.Window{ID: w.ID}
		}
	}
	for _, v := range m.tickets {
		if w := m.window(v.For); w == nil || !slices.Contains(w.Services, v.Service) {
			v.For = ""
		}
	}
	return ""
}

// usable tells whether every service that s names is there.
func (m *model) usable(s *queue.Strategy) bool {
	for class := range s.Weights {
		if class != queue.ClassAppointment && class != queue.ClassWalkIn && m.service(queue.ServiceID(class)) == nil {
			return false
		}
	}
	return !slices.ContainsFunc(s.Order, func(id queue.ServiceID) bool { return m.service(id) == nil })
}

func (m *model) endDay(c queue.EndDay) string {
	for _, v := range m.tickets {
		switch v.State {
		case queue.Waiting, queue.Called, queue.Missed:
			m.move(v, queue.Expired)
		case queue.Serving, queue.Parked:
			m.move(v, queue.Closed)
			v.Inaccurate = true
		}
	}
	for _, w := range m.windows {
		w.Staff, w.StaffName, w.Paused, w.Text = "", "", false, ""
	}
	m.endAppointments()
	if today := m.dayOf(m.now); c.Open && today > m.day {
		for id, a := range m.booked {
			if a.Day > m.day && a.Day < today && a.State == queue.AppointmentBooked {
				a.State, a.Reason = queue.AppointmentCancelled, queue.ReasonHallClosed
			}
			if a.Day < m.day {
				delete(m.booked, id)
			}
		}
		m.openDay(today)
	}
	return ""
}

func (m *model) tick() string {
	for _, v := range m.tickets {
		rules := m.conf.Rules
		if v.State == queue.Called && rules.NoShowAfter > 0 && v.Recalls >= rules.RecallLimit && m.now.Sub(v.LastCall) >= rules.NoShowAfter {
			m.move(v, queue.Missed)
		}
		if v.State == queue.Parked && v.Until != 0 && v.Until <= m.now {
			v.Parked, v.Until = "", 0
			m.move(v, queue.Waiting)
		}
	}
	return ""
}

func (m *model) signIn(c queue.SignIn) string {
	conf, w := m.window(c.Window), m.windows[c.Window]
	switch {
	case conf == nil:
		return "window.unknown"
	case c.Staff == "":
		return "staff.invalid"
	case conf.Disabled:
		return "window.disabled"
	case w.Staff == c.Staff:
		return ""
	case w.Staff != "":
		return "window.taken"
	}
	for _, o := range m.windows {
		if o.Staff == c.Staff {
			return "staff.elsewhere"
		}
	}
	w.Staff, w.StaffName = c.Staff, c.StaffName
	return ""
}

// leave is a clerk who goes, for now or for the day.
func (m *model) leave(id queue.WindowID, do func(*queue.Window)) string {
	w := m.windows[id]
	switch {
	case m.window(id) == nil:
		return "window.unknown"
	case w.Staff == "":
		return "window.signed-out"
	case w.Ticket != "":
		return "window.busy"
	}
	do(w)
	return ""
}

func (m *model) unpause(c queue.Continue) string {
	w := m.windows[c.Window]
	switch {
	case m.window(c.Window) == nil:
		return "window.unknown"
	case w.Staff == "":
		return "window.signed-out"
	case !w.Paused:
		return "window.not-paused"
	}
	w.Paused, w.Text = false, ""
	return ""
}

func (m *model) setStrategy(c queue.SetStrategy) string {
	if c.Strategy != nil && !m.usable(c.Strategy) {
		return "strategy.invalid"
	}
	for _, id := range c.Windows {
		if m.window(id) == nil {
			return "window.unknown"
		}
	}
	for id, w := range m.windows {
		if len(c.Windows) == 0 || slices.Contains(c.Windows, id) {
			w.Strategy, w.Turns = c.Strategy, nil
		}
	}
	return ""
}
