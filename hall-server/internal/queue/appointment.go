package queue

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// AppointmentID names an appointment for ever; whoever books it makes it.
type AppointmentID string

// AppointmentState is where an appointment is in its life.
type AppointmentState string

// The states of an appointment. The last four are final; missed and unserved
// count against the credit of whoever booked (AP-10).
const (
	AppointmentBooked    AppointmentState = "booked"
	AppointmentCheckedIn AppointmentState = "checked-in"
	AppointmentServed    AppointmentState = "served"
	AppointmentMissed    AppointmentState = "missed"   // never checked in
	AppointmentUnserved  AppointmentState = "unserved" // took a ticket and wasn't served
	AppointmentCancelled AppointmentState = "cancelled"
)

// AppointmentStates lists every state.
func AppointmentStates() []AppointmentState {
	return []AppointmentState{
		AppointmentBooked, AppointmentCheckedIn, AppointmentServed, AppointmentMissed, AppointmentUnserved, AppointmentCancelled,
	}
}

// Appointment is a booked visit.
type Appointment struct {
	ID AppointmentID `json:"id"`
	// Code is what the holder was told (预约码); a QR code says the same.
	Code    string    `json:"code,omitempty"`
	Service ServiceID `json:"service"`
	Day     Day       `json:"day"`
	// From and To are the slot.
	From Time `json:"from"`
	To   Time `json:"to"`
	// Person is the holder. Keys are all that recognises the holder: of the
	// identity document, of the phone.
	Person Person   `json:"person,omitzero"`
	Keys   []string `json:"keys,omitempty"`
	// Via is the channel it was booked by: portal, app, wechat, phone …
	Via   string           `json:"via,omitempty"`
	State AppointmentState `json:"state"`
	// Ticket is the one it was checked in with.
	Ticket TicketID `json:"ticket,omitempty"`
	Reason string   `json:"reason,omitempty"`

	minute int // of From, after midnight in the hall
}

// bookings are the ways to find an appointment.
type bookings struct {
	days  map[dayService][]*Appointment
	keys  map[string][]*Appointment
	codes map[string]*Appointment
}

type dayService struct {
	day     Day
	service ServiceID
}

func newBookings() bookings {
	return bookings{
		days: make(map[dayService][]*Appointment), keys: make(map[string][]*Appointment), codes: make(map[string]*Appointment),
	}
}

// indexAppointments makes the ways to find an appointment anew.
func (s *State) indexAppointments() {
	s.booked = newBookings()
	for _, id := range slices.Sorted(maps.Keys(s.Appointments)) {
		s.booked.add(s.Appointments[id])
	}
	s.placeAppointments()
}

// placeAppointments tells every appointment its minute, by the hall's time zone.
func (s *State) placeAppointments() {
	if s.Config == nil {
		return
	}
	for _, a := range s.Appointments {
		a.minute = s.Config.Minute(a.From)
	}
}

func (b *bookings) add(a *Appointment) {
	at := dayService{a.Day, a.Service}
	b.days[at] = append(b.days[at], a)
	for _, key := range a.Keys {
		b.keys[key] = append(b.keys[key], a)
	}
	if a.Code != "" {
		b.codes[a.Code] = a
	}
}

func (b *bookings) remove(a *Appointment) {
	is := func(o *Appointment) bool { return o.ID == a.ID }
	at := dayService{a.Day, a.Service}
	b.days[at] = slices.DeleteFunc(b.days[at], is)
	for _, key := range a.Keys {
		b.keys[key] = slices.DeleteFunc(b.keys[key], is)
	}
	if o := b.codes[a.Code]; o != nil && is(o) {
		delete(b.codes, a.Code)
	}
}

// put adds a, or replaces the one with its id.
func (s *State) put(a Appointment) {
	if old := s.Appointments[a.ID]; old != nil {
		s.booked.remove(old)
	}
	if s.Config != nil {
		a.minute = s.Config.Minute(a.From)
	}
	s.Appointments[a.ID] = &a
	s.booked.add(&a)
}

// AppointmentsOf lists the appointments of whoever key recognises, by slot.
func (s *State) AppointmentsOf(key string) []*Appointment {
	if key == "" {
		return nil
	}
	return bySlot(s.booked.keys[key])
}

// AppointmentWith returns the appointment with code, or nil.
func (s *State) AppointmentWith(code string) *Appointment { return s.booked.codes[code] }

// ListAppointments lists those of day, by slot; an empty day means all.
func (s *State) ListAppointments(day Day) []*Appointment {
	out := make([]*Appointment, 0, len(s.Appointments))
	for _, a := range s.Appointments {
		if day == "" || a.Day == day {
			out = append(out, a)
		}
	}
	return bySlot(out)
}

func bySlot(as []*Appointment) []*Appointment {
	as = slices.Clone(as)
	slices.SortFunc(as, func(a, b *Appointment) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	return as
}

// refuse is a refusal that names a.
func (a *Appointment) refuse(kind Kind, code string, vars ...string) *Refusal {
	r := Refuse(kind, code, append(vars, "appointment", string(a.ID))...)
	r.State = string(a.State)
	return r
}

// Limits of appointments.
const (
	maxAppointments = 200_000
	maxImport       = 5_000
	maxKeys         = 4
	maxAhead        = 366 // days
)

// checkAppointment refuses what can't be an appointment.
func (s *State) checkAppointment(a *Appointment, now Time) error {
	switch {
	case a.ID == "" || len(a.ID) > maxName:
		return Refuse(Invalid, "appointment.id", "appointment", string(a.ID))
	case s.Config.Service(a.Service) == nil:
		return Refuse(Invalid, "service.unknown", "service", string(a.Service), "appointment", string(a.ID))
	case a.From <= 0 || a.To < a.From || a.From > now+maxAhead*24*3600*1000 || a.To-a.From > 24*3600*1000:
		return Refuse(Invalid, "appointment.slot", "appointment", string(a.ID))
	case len(a.Keys) > maxKeys || slices.ContainsFunc(a.Keys, func(key string) bool { return len(key) > maxText }):
		return Refuse(Invalid, "person.invalid", "appointment", string(a.ID))
	case !a.Person.fits() || max(len(a.Code), len(a.Via)) > maxName || utf8.RuneCountInString(a.Reason) > maxText:
		return Refuse(Invalid, "person.invalid", "appointment", string(a.ID))
	}
	if other := s.booked.codes[a.Code]; a.Code != "" && other != nil && other.ID != a.ID {
		return Refuse(Conflict, "appointment.code", "appointment", string(a.ID))
	}
	a.Day = s.Config.Day(a.From)
	return nil
}

// book is a booking made here: it needs a place, and a person holds only one
// appointment for a service until that is completed or cancelled (AP-06).
func (s *State) book(c BookAppointment, now Time) ([]Event, error) {
	a := c.Appointment
	if s.Appointments[a.ID] != nil {
		return nil, Refuse(Invalid, "appointment.id", "appointment", string(a.ID))
	}
	if err := s.checkAppointment(&a, now); err != nil {
		return nil, err
	}
	if a.To < now || a.Day < s.Day {
		return nil, Refuse(Invalid, "appointment.past")
	}
	service := s.Config.Service(a.Service)
	if service.Closed != "" {
		return nil, Refuse(Conflict, "service.closed", "service", string(a.Service), "why", service.Closed)
	}
	for _, key := range a.Keys {
		for _, o := range s.booked.keys[key] {
			if o.Service == a.Service && s.pending(o) {
				return nil, o.refuse(Conflict, "appointment.has-one")
			}
		}
		if most := s.bookedOut(key, service, a.Day); most > 0 {
			return nil, Refuse(Conflict, "quota.person", "daily", strconv.Itoa(most))
		}
	}
	if q := s.full(service, a.Day, a.From); q != nil {
		return nil, refuseFull(service.ID, q)
	}
	if len(s.Appointments) >= maxAppointments {
		return nil, Refuse(Unavailable, "appointment.too-many")
	}
	a.State, a.Ticket, a.Reason = AppointmentBooked, "", ""
	return []Event{AppointmentsPut{List: []Appointment{a}}}, nil
}

// pending tells whether a is neither completed nor cancelled.
func (s *State) pending(a *Appointment) bool {
	t := s.Tickets[a.Ticket]
	return a.State == AppointmentBooked && a.Day >= s.Day || t != nil && t.State.Live()
}

// bookedOut is the daily limit that the tickets and bookings on day of whoever
// key recognises have used up, or 0.
func (s *State) bookedOut(key string, service *Service, day Day) int {
	forService, inHall := 0, 0
	if day == s.Day {
		forService, inHall = s.uses.person[personService{key, service.ID}], s.uses.persons[key]
	}
	for _, o := range s.booked.keys[key] {
		if o.Day != day || o.State != AppointmentBooked {
			continue
		}
		inHall++
		if o.Service == service.ID {
			forService++
		}
	}
	if most := service.PersonDaily; most > 0 && forService >= most {
		return most
	}
	if most := s.Config.Rules.PersonDaily; most > 0 && inHall >= most {
		return most
	}
	return 0
}

// imports takes over what the platform booked: it has counted the places. An
// appointment that came before is updated as long as it wasn't used.
func (s *State) imports(c ImportAppointments, now Time) ([]Event, error) {
	if len(c.List) > maxImport || len(s.Appointments)+len(c.List) > maxAppointments {
		return nil, Refuse(Invalid, "appointment.too-many", "max", strconv.Itoa(maxImport))
	}
	var put []Appointment
	codes, ids := map[string]bool{}, map[AppointmentID]bool{}
	for _, a := range c.List {
		if err := s.checkAppointment(&a, now); err != nil {
			return nil, err
		}
		if ids[a.ID] {
			return nil, Refuse(Invalid, "appointment.id", "appointment", string(a.ID))
		}
		if a.Code != "" && codes[a.Code] {
			return nil, Refuse(Conflict, "appointment.code", "appointment", string(a.ID))
		}
		ids[a.ID], codes[a.Code] = true, true
		if a.State != AppointmentCancelled {
			a.State = AppointmentBooked
		}
		a.Ticket = ""
		old := s.Appointments[a.ID]
		if a.Day < s.Day || old != nil && (old.State != AppointmentBooked || same(old, &a)) {
			continue
		}
		put = append(put, a)
	}
	if len(put) == 0 {
		return nil, nil
	}
	return []Event{AppointmentsPut{List: put}}, nil
}

func same(a, b *Appointment) bool {
	x, y := *a, *b
	x.Keys, y.Keys = nil, nil
	return slices.Equal(a.Keys, b.Keys) && x.Code == y.Code && x.Service == y.Service && x.Day == y.Day && x.From == y.From &&
		x.To == y.To && x.Person == y.Person && x.Via == y.Via && x.State == y.State && x.Reason == y.Reason
}

func (s *State) cancelAppointment(c CancelAppointment) ([]Event, error) {
	a := s.Appointments[c.Appointment]
	if a == nil {
		return nil, Refuse(NotFound, "appointment.unknown", "appointment", string(c.Appointment))
	}
	if a.State == AppointmentCancelled {
		return nil, nil
	}
	if a.State != AppointmentBooked {
		return nil, a.refuse(Conflict, "appointment.used")
	}
	if utf8.RuneCountInString(c.Reason) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	return []Event{AppointmentEnded{Appointment: a.ID, State: AppointmentCancelled, Reason: c.Reason}}, nil
}

// checkIn takes the ticket of an appointment. Asked again it leads to the same
// ticket and no event.
func (s *State) checkIn(c CheckIn, now Time) ([]Event, error) {
	a := s.Appointments[c.Appointment]
	if a == nil {
		return nil, Refuse(NotFound, "appointment.unknown", "appointment", string(c.Appointment))
	}
	if a.State == AppointmentCheckedIn {
		return nil, nil
	}
	if a.State != AppointmentBooked {
		return nil, a.refuse(Conflict, "appointment.used")
	}
	if a.Day != s.Day {
		return nil, a.refuse(Conflict, "appointment.other-day", "day", string(a.Day))
	}
	rules := s.Config.Rules
	if opens := a.From.Add(-rules.CheckInEarly); now < opens {
		return nil, a.refuse(Conflict, "appointment.early", "from", s.clock(opens))
	}
	take := TakeTicket{
		ID: c.ID, Service: a.Service, Channel: ChannelAppointment, Person: a.Person, Priority: c.Priority, Age: c.Age,
		Authoriser: c.Authoriser, Kiosk: c.Kiosk, Silent: c.Silent, Minutes: c.Minutes, Low: c.Low, High: c.High,
		appointment: a,
	}
	if now <= a.To.Add(rules.CheckInLate) {
		take.Slot = a.From
	}
	return s.take(take, now)
}

// clock is t as a clock in the hall shows it.
func (s *State) clock(t Time) string { return t.Std().In(s.Config.loc).Format("15:04") }

// ReasonHallClosed is why an appointment of a day on which the hall never
// opened was cancelled: its holder couldn't have come. Pages put it into words.
const ReasonHallClosed = "hall-closed"

// skipAppointments cancels those of the days between the open one and day, on
// which the hall's server didn't run.
func (s *State) skipAppointments(day Day) []Event {
	var events []Event
	for _, a := range s.ListAppointments("") {
		if a.Day > s.Day && a.Day < day && a.State == AppointmentBooked {
			events = append(events, AppointmentEnded{Appointment: a.ID, State: AppointmentCancelled, Reason: ReasonHallClosed})
		}
	}
	return events
}

// endAppointments says what became of the open day's appointments, when its
// tickets have ended.
func (s *State) endAppointments(ended func(TicketID) TicketState) []Event {
	var events []Event
	for _, a := range s.ListAppointments(s.Day) {
		end := AppointmentEnded{Appointment: a.ID}
		switch {
		case a.State == AppointmentBooked:
			end.State = AppointmentMissed
		case a.State != AppointmentCheckedIn:
			continue
		default:
			switch ended(a.Ticket) {
			case Finished, Closed:
				end.State = AppointmentServed
			case Cancelled:
				end.State = AppointmentCancelled
			default:
				end.State = AppointmentUnserved
			}
		}
		events = append(events, end)
	}
	return events
}

func (s *State) applyEnded(e AppointmentEnded) {
	if a := s.Appointments[e.Appointment]; a != nil {
		a.State, a.Reason = e.State, e.Reason
	}
}

// forgetAppointments drops those of days before day.
func (s *State) forgetAppointments(day Day) {
	for id, a := range s.Appointments {
		if a.Day < day {
			s.booked.remove(a)
			delete(s.Appointments, id)
		}
	}
}
