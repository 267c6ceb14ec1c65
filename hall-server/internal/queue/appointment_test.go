package queue_test

import (
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestAnAppointmentInItsSlotGoesBeforeWalkIns(t *testing.T) {
	h := newHall(t, allRules)
	walkIn := h.take("tax") // due 09:20
	h.pass(15 * time.Minute)
	booked := h.checkIn(h.bookFor("b1", "tax", h.now.Add(10*time.Minute), h.now.Add(20*time.Minute)))
	if booked.Slot != morning.Add(25*time.Minute) || booked.Due != booked.Slot || booked.Promise.Ahead != 1 {
		t.Errorf("before its slot it has slot %d, due %d, %d ahead", booked.Slot, booked.Due, booked.Promise.Ahead)
	}
	ahead := func() int { return h.s.Ahead("tax", booked.Due, h.now) }
	if got := ahead(); got != 2 {
		t.Errorf("a newcomer has %d ahead, want 2", got)
	}
	if got := h.callNext("1"); got != walkIn {
		t.Errorf("before the slot came %s, want the walk-in", got.Number)
	}
	h.verb(queue.VerbPutBack, walkIn)
	h.pass(10 * time.Minute)
	called := h.callNext("1")
	if called != booked || called.Reason.Rule != queue.RuleSlot {
		t.Errorf("in the slot came %s by %s", called.Number, called.Reason.Rule)
	}
}

func TestCheckInHasAWindowOfTime(t *testing.T) {
	slot := morning.Add(2 * time.Hour)
	for _, tt := range []struct {
		name   string
		at     time.Duration // after the slot begins
		early  bool
		booked bool
	}{
		{"much too early", -2 * time.Hour, true, false},
		{"a moment too early", -30*time.Minute - time.Millisecond, true, false},
		{"just early enough", -30 * time.Minute, false, true},
		{"in the slot", 5 * time.Minute, false, true},
		{"just in time", 25 * time.Minute, false, true},
		{"a moment late", 25*time.Minute + time.Millisecond, false, false},
		{"hours late", 3 * time.Hour, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, allRules)
			id := h.bookFor("b1", "tax", slot, slot.Add(15*time.Minute))
			h.now = slot.Add(tt.at)
			if tt.early {
				r := h.refusal(queue.CheckIn{Appointment: id, ID: "x"}, queue.Conflict, "appointment.early")
				if r.Vars["from"] != "10:30" || r.State != "booked" {
					t.Errorf("refusal %+v doesn't say from when", r)
				}
				return
			}
			got := h.checkIn(id)
			if (got.Slot != 0) != tt.booked || got.Since != h.now || got.Channel != queue.ChannelAppointment || got.Appointment != id {
				t.Errorf("ticket %+v, want one in the slot: %v", got, tt.booked)
			}
			if want := h.now.Add(20 * time.Minute); !tt.booked && got.Due != want {
				t.Errorf("late, it is due at %s, want as a walk-in at %s", got.Due.Std(), want.Std())
			}
		})
	}
}

func TestAnAppointmentIsFoundByItsHolderAndItsCode(t *testing.T) {
	h := newHall(t, allRules)
	later := h.bookFor("b2", "tax", h.now.Add(3*time.Hour), h.now.Add(4*time.Hour))
	h.do(queue.BookAppointment{Appointment: queue.Appointment{
		ID: "b1", Service: "card", From: h.now.Add(time.Hour), To: h.now.Add(2 * time.Hour), Keys: []string{"b2", "phone"},
	}})
	check := func() {
		t.Helper()
		var ids []string
		for _, a := range h.s.AppointmentsOf("b2") {
			ids = append(ids, string(a.ID))
		}
		if strings.Join(ids, " ") != "b1 b2" || len(h.s.AppointmentsOf("phone")) != 1 || len(h.s.AppointmentsOf("")) != 0 {
			t.Errorf("found %v by the document, want b1 b2", ids)
		}
		if a := h.s.AppointmentWith("code-b2"); a == nil || a.ID != later || h.s.AppointmentWith("nope") != nil {
			t.Errorf("found %+v by the code", a)
		}
	}
	check()
	h.restart()
	check()
	moved := *h.s.Appointments[later]
	moved.Code, moved.Keys = "new-code", []string{"b2"}
	h.do(queue.ImportAppointments{List: []queue.Appointment{moved}})
	if h.s.AppointmentWith("code-b2") != nil || h.s.AppointmentWith("new-code") == nil {
		t.Error("the old code still leads there")
	}
}

func TestBookingRefusals(t *testing.T) {
	slot := morning.Add(time.Hour)
	tests := []struct {
		name string
		edit func(*queue.Appointment)
		kind queue.Kind
		code string
	}{
		{"no id", func(a *queue.Appointment) { a.ID = "" }, queue.Invalid, "appointment.id"},
		{"an id that is taken", func(a *queue.Appointment) { a.ID = "old" }, queue.Invalid, "appointment.id"},
		{"an id that is too long", func(a *queue.Appointment) { a.ID = queue.AppointmentID(strings.Repeat("x", 61)) }, queue.Invalid, "appointment.id"},
		{"no such service", func(a *queue.Appointment) { a.Service = "nope" }, queue.Invalid, "service.unknown"},
		{"no time", func(a *queue.Appointment) { a.From, a.To = 0, 0 }, queue.Invalid, "appointment.slot"},
		{"an end before the beginning", func(a *queue.Appointment) { a.To = a.From - 1 }, queue.Invalid, "appointment.slot"},
		{"a slot of days", func(a *queue.Appointment) { a.To = a.From.Add(25 * time.Hour) }, queue.Invalid, "appointment.slot"},
		{"a slot in two years", func(a *queue.Appointment) { a.From += 2 * 366 * 86_400_000; a.To = a.From }, queue.Invalid, "appointment.slot"},
		{"a slot that is over", func(a *queue.Appointment) { a.From, a.To = morning-2, morning-1 }, queue.Invalid, "appointment.past"},
		{"a code that is another's", func(a *queue.Appointment) { a.Code = "code-old" }, queue.Conflict, "appointment.code"},
		{"five keys", func(a *queue.Appointment) { a.Keys = make([]string, 5) }, queue.Invalid, "person.invalid"},
		{"an endless key", func(a *queue.Appointment) { a.Keys = []string{strings.Repeat("k", 201)} }, queue.Invalid, "person.invalid"},
		{"an endless name", func(a *queue.Appointment) { a.Person.Name = strings.Repeat("长", 61) }, queue.Invalid, "person.invalid"},
		{"an endless phone", func(a *queue.Appointment) { a.Person.Phone = strings.Repeat("1", 61) }, queue.Invalid, "person.invalid"},
		{"a second one for the service", func(a *queue.Appointment) { a.Keys = []string{"phone", "old"} }, queue.Conflict, "appointment.has-one"},
		{"a closed service", func(a *queue.Appointment) { a.Service = "licence" }, queue.Conflict, "service.closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, allRules, func(c *queue.Config) { c.Services[2].Closed = "系统维护" })
			h.bookFor("old", "tax", slot, slot)
			a := queue.Appointment{ID: "b1", Service: "tax", From: slot, To: slot}
			tt.edit(&a)
			h.refuse(queue.BookAppointment{Appointment: a}, tt.kind, tt.code)
		})
	}
}

func TestCheckInRefusals(t *testing.T) {
	h := newHall(t, allRules)
	h.refuse(queue.CheckIn{Appointment: "nope", ID: "x"}, queue.NotFound, "appointment.unknown")
	h.refuse(queue.CancelAppointment{Appointment: "nope"}, queue.NotFound, "appointment.unknown")
	tomorrow := h.bookFor("b1", "tax", h.now.Add(24*time.Hour), h.now.Add(25*time.Hour))
	h.refuse(queue.CheckIn{Appointment: tomorrow, ID: "x"}, queue.Conflict, "appointment.other-day")
	given := h.bookFor("b2", "tax", h.now, h.now.Add(time.Hour))
	h.do(queue.CancelAppointment{Appointment: given, Reason: "有事"})
	h.nothing(queue.CancelAppointment{Appointment: given})
	h.refuse(queue.CheckIn{Appointment: given, ID: "x"}, queue.Conflict, "appointment.used")
	used := h.bookFor("b3", "tax", h.now, h.now.Add(time.Hour))
	h.checkIn(used)
	h.refuse(queue.CancelAppointment{Appointment: used}, queue.Conflict, "appointment.used")
	h.refuse(queue.CancelAppointment{Appointment: tomorrow, Reason: strings.Repeat("长", 201)}, queue.Invalid, "text.too-long")
	// The holder has a ticket for the service already.
	h.do(h.takeFor("b4"))
	h.refuse(queue.CheckIn{Appointment: h.bookFor("b4", "tax", h.now, h.now.Add(time.Hour)), ID: "x"}, queue.Conflict, "person.has-ticket")
}

func TestImportingAgainChangesOnlyWhatIsNotUsed(t *testing.T) {
	h := newHall(t, allRules, places(1))
	slot := morning.Add(time.Hour)
	list := []queue.Appointment{
		{ID: "b1", Service: "tax", From: slot, To: slot, Code: "1"},
		{ID: "b2", Service: "tax", From: slot, To: slot, Code: "2"}, // the platform has counted the places
		{ID: "old", Service: "tax", From: morning.Add(-48 * time.Hour), To: morning},
	}
	list[2].To = list[2].From
	imported := queue.ImportAppointments{List: list}
	h.do(imported)
	h.nothing(imported)
	if len(h.s.Appointments) != 2 || h.s.Appointments["b1"].State != queue.AppointmentBooked || h.s.Appointments["b1"].Day != "2026-11-23" {
		t.Errorf("imported %s", toJSON(t, h.s.Appointments))
	}
	h.now = slot
	ticket := h.checkIn("b1")
	list[0].State, list[1].State = queue.AppointmentCancelled, queue.AppointmentCancelled
	h.do(imported)
	if a := h.s.Appointments["b1"]; a.State != queue.AppointmentCheckedIn || a.Ticket != ticket.ID {
		t.Errorf("one that was used became %+v", a)
	}
	if got := h.s.Appointments["b2"].State; got != queue.AppointmentCancelled {
		t.Errorf("one that wasn't used is %s", got)
	}
}

func TestAnImportWithAMistakeImportsNothing(t *testing.T) {
	slot := morning.Add(time.Hour)
	good := queue.Appointment{ID: "b1", Service: "tax", From: slot, To: slot, Code: "1"}
	for name, bad := range map[string]queue.Appointment{
		"an unknown service": {ID: "b2", Service: "nope", From: slot, To: slot},
		"the same id":        {ID: "b1", Service: "tax", From: slot, To: slot},
		"the same code":      {ID: "b2", Service: "tax", From: slot, To: slot, Code: "1"},
		"no slot":            {ID: "b2", Service: "tax"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, allRules)
			if _, err := h.try(queue.ImportAppointments{List: []queue.Appointment{good, bad}}); err == nil || len(h.s.Appointments) != 0 {
				t.Errorf("got %v and %d appointments", err, len(h.s.Appointments))
			}
		})
	}
	h := newHall(t, allRules)
	h.brisk = true
	h.refuse(queue.ImportAppointments{List: make([]queue.Appointment, 5001)}, queue.Invalid, "appointment.too-many")
}

func TestTheDaysEndSaysWhatBecameOfAppointments(t *testing.T) {
	h := newHall(t, allRules)
	soon := h.now.Add(10 * time.Minute)
	want := map[queue.AppointmentID]queue.AppointmentState{
		h.bookFor("missed", "tax", soon, soon):                                         queue.AppointmentMissed,
		h.bookFor("served", "tax", soon, soon):                                         queue.AppointmentServed,
		h.bookFor("unserved", "tax", soon, soon):                                       queue.AppointmentUnserved,
		h.bookFor("gave-up", "tax", soon, soon):                                        queue.AppointmentCancelled,
		h.bookFor("in-service", "tax", soon, soon):                                     queue.AppointmentServed,
		h.bookFor("tomorrow", "tax", h.now.Add(24*time.Hour), h.now.Add(24*time.Hour)): queue.AppointmentBooked,
	}
	bring := func(id queue.AppointmentID, w queue.WindowID) *queue.Ticket {
		ticket := h.checkIn(id)
		if w != "" {
			h.do(queue.CallTicket{Window: w, Ticket: ticket.ID})
		}
		return ticket
	}
	h.serve(bring("served", "1"))
	h.verb(queue.VerbNoShow, bring("unserved", "1"))
	h.do(queue.Cancel{Ticket: bring("gave-up", "").ID})
	h.verb(queue.VerbArrive, bring("in-service", "2"))
	h.pass(24 * time.Hour)
	h.do(queue.EndDay{Open: true})
	for id, state := range want {
		if a := h.s.Appointments[id]; a == nil || a.State != state {
			t.Errorf("%s became %+v, want %s", id, a, state)
		}
	}
	h.pass(24 * time.Hour)
	h.do(queue.EndDay{Open: true})
	if len(h.s.ListAppointments("")) != 1 {
		t.Errorf("%d appointments are kept, want yesterday's only", len(h.s.Appointments))
	}
}

func TestAClockThatWasWrongForgetsNoAppointment(t *testing.T) {
	h := newHall(t, allRules)
	h.bookFor("b1", "tax", h.now.Add(24*time.Hour), h.now.Add(24*time.Hour))
	right := h.now
	h.pass(40 * 24 * time.Hour)
	h.do(queue.EndDay{Open: true}) // the clock ran away
	h.do(queue.EndDay{})
	h.now = right.Add(time.Minute)
	h.do(queue.AcceptClock{})
	if h.s.Day != "2026-11-23" || h.s.Appointments["b1"] == nil {
		t.Errorf("on %s tomorrow's appointment is %+v", h.s.Day, h.s.Appointments["b1"])
	}
}

// TestADayOnWhichTheHallNeverOpenedIsNobodysFault: it must not count against
// the credit of whoever booked.
func TestADayOnWhichTheHallNeverOpenedIsNobodysFault(t *testing.T) {
	h := newHall(t)
	from := h.now.Add(26 * time.Hour)
	h.do(queue.BookAppointment{Appointment: queue.Appointment{ID: "tomorrow", Service: "tax", From: from, To: from.Add(time.Hour)}})
	h.pass(3 * 24 * time.Hour)
	h.do(queue.EndDay{Open: true})
	if a := h.s.Appointments["tomorrow"]; a == nil || a.State != queue.AppointmentCancelled || a.Reason != queue.ReasonHallClosed {
		t.Errorf("got %+v", a)
	}
}
