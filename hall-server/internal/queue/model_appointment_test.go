package queue_test

import (
	"reflect"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
)

// wrong is what keeps a from being an appointment.
func (m *model) wrong(a *queue.Appointment) string {
	switch {
	case a.ID == "":
		return "appointment.id"
	case m.service(a.Service) == nil:
		return "service.unknown"
	case a.From <= 0 || a.To < a.From || a.To.Sub(a.From) > 24*time.Hour || a.From.Sub(m.now) > 366*24*time.Hour:
		return "appointment.slot"
	}
	for id, o := range m.booked {
		if id != a.ID && a.Code != "" && o.Code == a.Code {
			return "appointment.code"
		}
	}
	a.Day = m.dayOf(a.From)
	return ""
}

func (m *model) book(a queue.Appointment) string {
	if m.booked[a.ID] != nil {
		return "appointment.id"
	}
	if code := m.wrong(&a); code != "" {
		return code
	}
	service := m.service(a.Service)
	switch {
	case a.To < m.now || a.Day < m.day:
		return "appointment.past"
	case service.Closed != "":
		return "service.closed"
	}
	for _, key := range a.Keys {
		for _, o := range m.booked {
			t := m.tickets[o.Ticket]
			pending := o.State == queue.AppointmentBooked && o.Day >= m.day || t != nil && t.State.Live()
			if slices.Contains(o.Keys, key) && o.Service == a.Service && pending {
				return "appointment.has-one"
			}
		}
		if m.bookedOut(key, service, a.Day) {
			return "quota.person"
		}
	}
	if m.full(service, a.Day, a.From) {
		return "quota.full"
	}
	a.State, a.Ticket, a.Reason = queue.AppointmentBooked, "", ""
	m.booked[a.ID] = &a
	return ""
}

// bookedOut tells whether the person's tickets and bookings on day are all that
// a day allows.
func (m *model) bookedOut(key string, service *queue.Service, day queue.Day) bool {
	of, all := 0, 0
	count := func(s queue.ServiceID) {
		all++
		if s == service.ID {
			of++
		}
	}
	for _, v := range m.tickets {
		if day == m.day && v.Person.Key == key && !v.unused() {
			count(v.first)
		}
	}
	for _, o := range m.booked {
		if o.Day == day && o.State == queue.AppointmentBooked && slices.Contains(o.Keys, key) {
			count(o.Service)
		}
	}
	most := m.conf.Rules.PersonDaily
	return service.PersonDaily > 0 && of >= service.PersonDaily || most > 0 && all >= most
}

func (m *model) imports(list []queue.Appointment) string {
	var put []queue.Appointment
	for i, a := range list {
		if code := m.wrong(&a); code != "" {
			return code
		}
		for _, o := range list[:i] {
			if o.ID == a.ID {
				return "appointment.id"
			}
			if a.Code != "" && o.Code == a.Code {
				return "appointment.code"
			}
		}
		if a.State != queue.AppointmentCancelled {
			a.State = queue.AppointmentBooked
		}
		a.Ticket = ""
		if old := m.booked[a.ID]; a.Day >= m.day && (old == nil || old.State == queue.AppointmentBooked) {
			put = append(put, a)
		}
	}
	for _, a := range put {
		m.booked[a.ID] = &a
	}
	return ""
}

func (m *model) checkIn(c queue.CheckIn) string {
	a := m.booked[c.Appointment]
	if a == nil {
		return "appointment.unknown"
	}
	early, late := a.From.Add(-m.conf.Rules.CheckInEarly), a.To.Add(m.conf.Rules.CheckInLate)
	switch {
	case a.State == queue.AppointmentCheckedIn:
		return ""
	case a.State != queue.AppointmentBooked:
		return "appointment.used"
	case a.Day != m.day:
		return "appointment.other-day"
	case m.now < early:
		return "appointment.early"
	}
	take := queue.TakeTicket{
		ID: c.ID, Service: a.Service, Channel: queue.ChannelAppointment, Person: a.Person, Priority: c.Priority,
		Age: c.Age, Authoriser: c.Authoriser, Silent: c.Silent, Kiosk: c.Kiosk, Minutes: c.Minutes,
	}
	if m.now <= late {
		take.Slot = a.From
	}
	return m.take(take, a)
}

func (m *model) cancelAppointment(c queue.CancelAppointment) string {
	a := m.booked[c.Appointment]
	switch {
	case a == nil:
		return "appointment.unknown"
	case a.State == queue.AppointmentCancelled:
		return ""
	case a.State != queue.AppointmentBooked:
		return "appointment.used"
	}
	a.State, a.Reason = queue.AppointmentCancelled, c.Reason
	return ""
}

// endAppointments says what became of today's, after the tickets have ended.
func (m *model) endAppointments() {
	for _, a := range m.booked {
		switch {
		case a.Day != m.day:
		case a.State == queue.AppointmentBooked:
			a.State, a.Reason = queue.AppointmentMissed, ""
		case a.State != queue.AppointmentCheckedIn:
		case m.tickets[a.Ticket].State == queue.Cancelled:
			a.State, a.Reason = queue.AppointmentCancelled, ""
		case m.tickets[a.Ticket].State == queue.Expired:
			a.State, a.Reason = queue.AppointmentUnserved, ""
		default:
			a.State, a.Reason = queue.AppointmentServed, ""
		}
	}
}

// compare checks that s is what the model says.
func (m *model) compare(t fataler, s *queue.State) {
	t.Helper()
	if s.Day != m.day || len(s.Tickets) != len(m.tickets) || len(s.Windows) != len(m.windows) || len(s.Appointments) != len(m.booked) {
		t.Fatalf("the state has day %s, %d tickets, %d windows, %d appointments, the model %s, %d, %d, %d", s.Day, len(s.Tickets),
			len(s.Windows), len(s.Appointments), m.day, len(m.tickets), len(m.windows), len(m.booked))
	}
	for id, v := range m.tickets {
		if got, want := s.Tickets[id], &v.Ticket; got == nil || !alike(t, got, want) {
			t.Fatalf("ticket %s is\n%s\nthe model says\n%s", id, toJSON(t, got), toJSON(t, want))
		}
	}
	for id, w := range m.windows {
		if got, want := plainWindow(s.Windows[id]), plainWindow(w); !alike(t, got, want) {
			t.Fatalf("window %s is\n%s\nthe model says\n%s", id, toJSON(t, got), toJSON(t, want))
		}
	}
	for id, a := range m.booked {
		if got := s.Appointments[id]; got == nil || !alike(t, got, a) {
			t.Fatalf("appointment %s is\n%s\nthe model says\n%s", id, toJSON(t, got), toJSON(t, a))
		}
	}
	if got, want := toJSON(t, s.Learned), toJSON(t, m.learned); got != want {
		t.Fatalf("the day learned\n%s\nthe model says\n%s", got, want)
	}
	if got, want := toJSON(t, s.Next), toJSON(t, m.next); got != want && len(s.Next)+len(m.next) > 0 {
		t.Fatalf("the next numbers are\n%s\nthe model says\n%s", got, want)
	}
	m.compareLists(t, s)
}

// alike tells whether a and b are the same; a list that is empty is none.
func alike(t fataler, a, b any) bool { return reflect.DeepEqual(a, b) || toJSON(t, a) == toJSON(t, b) }

// compareLists checks what the state keeps beside its tickets.
func (m *model) compareLists(t fataler, s *queue.State) {
	t.Helper()
	for score := 1; score <= 5; score++ {
		want := len(m.list(func(v *visit) bool { return v.Score == score }))
		if got := s.Scored(score); got != want {
			t.Fatalf("%d tickets counted with score %d, the model says %d", got, score, want)
		}
	}
	for _, outcome := range []string{"printed", "failed"} {
		want := len(m.list(func(v *visit) bool { return v.Print == outcome }))
		if got := s.Printed(outcome); got != want {
			t.Fatalf("%d tickets counted as %s, the model says %d", got, outcome, want)
		}
	}
	for i := range m.conf.Services {
		service := &m.conf.Services[i]
		var got, want []string
		for _, t := range s.Waiting(service.ID) {
			got = append(got, t.Number)
		}
		for _, v := range m.waiting(service.ID) {
			want = append(want, v.Number)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v queue for %s, the model says %v", got, service.ID, want)
		}
		for _, state := range queue.States() {
			want := len(m.list(func(v *visit) bool { return v.Service == service.ID && v.State == state }))
			if got := s.Count(service.ID, state); got != want {
				t.Fatalf("%d tickets of %s counted %s, the model says %d", got, service.ID, state, want)
			}
		}
		for _, q := range service.Quotas {
			for _, day := range []queue.Day{m.day, m.dayOf(m.now.Add(24 * time.Hour))} {
				if got, want := s.Used(service.ID, day, q), m.used(service.ID, day, q); got != want {
					t.Fatalf("%d places of %s %v used on %s, the model says %d", got, service.ID, q, day, want)
				}
			}
		}
		if got := s.Closed(service.ID) != ""; got != m.closed(service) {
			t.Fatalf("service %s is closed: %v, the model says %v", service.ID, got, !got)
		}
	}
}

// plainWindow is w without the time of its last change and credits of zero.
func plainWindow(w *queue.Window) *queue.Window {
	if w == nil {
		return nil
	}
	out := *w
	out.Since, out.Turns = 0, nil
	for class, credit := range w.Turns {
		if credit == 0 {
			continue
		}
		if out.Turns == nil {
			out.Turns = map[string]int{}
		}
		out.Turns[class] = credit
	}
	return &out
}
