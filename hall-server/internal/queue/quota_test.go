package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func (h *hall) used(service queue.ServiceID) int {
	return h.s.Used(service, h.s.Day, h.s.Config.Service(service).Quotas[0])
}

func TestAPeriodHasItsOwnPlaces(t *testing.T) {
	h := newHall(t, func(c *queue.Config) {
		c.Services[0].Quotas = []queue.Quota{
			{Hours: queue.Hours{From: 0, To: 24 * 60}, Places: 5},
			{Hours: queue.Hours{From: 9 * 60, To: 10 * 60}, Places: 2},
			{Hours: queue.Hours{From: 10 * 60, To: 11 * 60}, Places: 2},
		}
	})
	full := queue.TakeTicket{ID: "x", Service: "tax", Channel: "name"}
	h.take("tax")
	h.take("tax")
	r := h.refusal(full, queue.Conflict, "quota.full")
	if r.Vars["places"] != "2" || r.Vars["from"] != "09:00" || r.Vars["to"] != "10:00" {
		t.Errorf("refusal says %v, want the period", r.Vars)
	}
	h.now = morning.Add(time.Hour - time.Millisecond)
	h.refuse(full, queue.Conflict, "quota.full")
	h.now = morning.Add(time.Hour)
	h.take("tax")
	h.take("tax")
	h.refuse(full, queue.Conflict, "quota.full")
	h.now = morning.Add(2 * time.Hour) // a period without a quota of its own
	h.take("tax")
	if r := h.refusal(full, queue.Conflict, "quota.full"); r.Vars["places"] != "5" {
		t.Errorf("refusal says %v, want the day's 5", r.Vars)
	}
	h.take("card") // another service
	h.pass(24 * time.Hour)
	h.do(queue.EndDay{Open: true})
	h.take("tax")
}

func TestWalkInsAndAppointmentsDrawOnOneCapacity(t *testing.T) {
	h := newHall(t, allRules, places(2))
	booked := h.bookFor("b1", "tax", h.now, h.now.Add(time.Hour))
	h.take("tax")
	h.refuse(queue.TakeTicket{ID: "x", Service: "tax", Channel: "name"}, queue.Conflict, "quota.full")
	h.refuse(queue.BookAppointment{Appointment: queue.Appointment{ID: "b2", Service: "tax", From: h.now, To: h.now}}, queue.Conflict, "quota.full")
	h.checkIn(booked) // has its place already
	if got := h.used("tax"); got != 2 {
		t.Errorf("%d places used, want 2", got)
	}
	h.bookFor("b3", "tax", h.now.Add(24*time.Hour), h.now.Add(24*time.Hour)) // tomorrow is free
}

func TestAPlaceComesBackOnlyWhenGivenUpBeforeTheCall(t *testing.T) {
	h := newHall(t, allRules, places(1))
	take := queue.TakeTicket{ID: "again", Service: "tax", Channel: "name"}
	for i, giveUp := range []func(){
		func() { h.do(queue.Cancel{Ticket: h.take("tax").ID}) },
		func() { h.do(queue.CancelAppointment{Appointment: h.bookFor("b1", "tax", h.now, h.now)}) },
		func() { h.do(queue.Cancel{Ticket: h.checkIn(h.bookFor("b2", "tax", h.now, h.now)).ID}) },
	} {
		giveUp()
		if got := h.used("tax"); got != 0 {
			t.Errorf("%d: %d places used, want 0", i, got)
		}
		h.restart()
		if got := h.used("tax"); got != 0 {
			t.Errorf("%d: %d places used after a restart, want 0", i, got)
		}
	}
	missed := h.take("tax")
	h.callNext("1")
	h.verb(queue.VerbNoShow, missed)
	h.do(queue.Cancel{Ticket: missed.ID})
	h.refuse(take, queue.Conflict, "quota.full")
	h.restart()
	h.refuse(take, queue.Conflict, "quota.full")
}

func TestAPersonHasADailyQuotaPerServiceAndInTheHall(t *testing.T) {
	h := newHall(t, func(c *queue.Config) {
		c.Services[0].PersonDaily, c.Rules.PersonDaily, c.Rules.OneLiveTicket = 2, 3, false
	})
	for range 2 {
		h.do(h.takeFor("p1"))
	}
	if r := h.refusal(h.takeFor("p1"), queue.Conflict, "quota.person"); r.Vars["daily"] != "2" {
		t.Errorf("refusal says %v, want the service's 2", r.Vars)
	}
	card := func() queue.TakeTicket {
		c := h.takeFor("p1")
		c.Service = "card"
		return c
	}
	h.do(card())
	if r := h.refusal(card(), queue.Conflict, "quota.person"); r.Vars["daily"] != "3" {
		t.Errorf("refusal says %v, want the hall's 3", r.Vars)
	}
	h.do(h.takeFor("p2"))
	for range 5 {
		h.take("tax") // strangers aren't counted
	}
	h.do(queue.Cancel{Ticket: "t1"})
	h.do(card())
}

// TestBookingsDrawOnThePersonsDailyQuota: who has had the day's tickets gets no
// more by booking.
func TestBookingsDrawOnThePersonsDailyQuota(t *testing.T) {
	h := newHall(t, allRules, func(c *queue.Config) { c.Services[0].PersonDaily, c.Rules.PersonDaily = 1, 2 })
	book := func(id string, service queue.ServiceID, day int) queue.BookAppointment {
		from := h.now.Add(time.Duration(24*day) * time.Hour)
		return queue.BookAppointment{Appointment: queue.Appointment{
			ID: queue.AppointmentID(id), Service: service, From: from, To: from.Add(time.Hour), Keys: []string{"p1"},
		}}
	}
	walkIn := h.takeFor("p1")
	h.do(walkIn)
	h.do(queue.CallTicket{Window: "2", Ticket: walkIn.ID})
	h.verb(queue.VerbArrive, h.s.Tickets[walkIn.ID])
	h.do(queue.Finish{Ticket: walkIn.ID})
	if r := h.refusal(book("a1", "tax", 0), queue.Conflict, "quota.person"); r.Vars["daily"] != "1" {
		t.Errorf("refusal says %v, want the service's 1", r.Vars)
	}
	h.do(book("a2", "card", 0))
	h.do(book("a3", "tax", 1))
}

// TestNoSecondBookingWhileTheVisitGoesOn: checking in doesn't complete it.
func TestNoSecondBookingWhileTheVisitGoesOn(t *testing.T) {
	h := newHall(t, allRules)
	first := h.bookFor("p1", "tax", h.now, h.now.Add(time.Hour))
	ticket := h.checkIn(first)
	next := queue.BookAppointment{Appointment: queue.Appointment{
		ID: "next", Service: "tax", From: h.now.Add(48 * time.Hour), To: h.now.Add(49 * time.Hour), Keys: h.s.Appointments[first].Keys,
	}}
	h.refuse(next, queue.Conflict, "appointment.has-one")
	h.do(queue.CallTicket{Window: "2", Ticket: ticket.ID})
	h.verb(queue.VerbArrive, ticket)
	h.do(queue.Finish{Ticket: ticket.ID})
	h.do(next)
}

func TestStaffMayExceedWithAReasonThatIsRecorded(t *testing.T) {
	h := newHall(t, places(1), func(c *queue.Config) { c.Services[0].PersonDaily, c.Rules.OneLiveTicket = 1, false })
	h.do(h.takeFor("p1"))
	cmd := h.takeFor("p1")
	cmd.Exceed = "外地群众,当天返程"
	events := h.do(cmd)
	if got := events[0].(queue.TicketTaken).Exceed; got != cmd.Exceed {
		t.Errorf("recorded %q", got)
	}
	if got := h.used("tax"); got != 2 {
		t.Errorf("%d places used, want 2: an exceeding ticket counts", got)
	}
	cmd.ID, cmd.Exceed = "x", strings.Repeat("长", 201)
	h.refuse(cmd, queue.Invalid, "text.too-long")
}

func TestAnEditOfTheQuotasCountsAnew(t *testing.T) {
	h := newHall(t)
	for range 3 {
		h.take("tax")
	}
	conf := config()
	places(4)(&conf)
	h.do(queue.Configure{Config: conf})
	h.take("tax")
	h.refuse(queue.TakeTicket{ID: "x", Service: "tax", Channel: "name"}, queue.Conflict, "quota.full")
	if left, limited := h.s.PlacesLeft("tax", h.now); left != 0 || !limited {
		t.Errorf("%d places left (%v), want none", left, limited)
	}
	if _, limited := h.s.PlacesLeft("card", h.now); limited {
		t.Error("a service without a quota has one")
	}
}

// classes are the ways to a priority: by age, by an authoriser, with a quota.
func classes(c *queue.Config) {
	c.Priorities = []queue.PriorityConfig{
		{ID: "elderly", Shorten: 10 * time.Minute, Age: 70},
		{ID: "disabled", Shorten: 15 * time.Minute, Authorise: true},
		{ID: "green", Shorten: 30 * time.Minute, Authorise: true, Daily: 2},
		{ID: "children", Shorten: 5 * time.Minute},
	}
}

func TestPriorityByAgeByAuthoriserOrByNeither(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(*queue.TakeTicket)
		class  string
		kind   queue.Kind
		refuse string
	}{
		{"seventy by the card", func(c *queue.TakeTicket) { c.Age = 70 }, "elderly", 0, ""},
		{"sixty-nine", func(c *queue.TakeTicket) { c.Age = 69 }, "", 0, ""},
		{"asked for at seventy", func(c *queue.TakeTicket) { c.Age, c.Priority = 70, "elderly" }, "elderly", 0, ""},
		{"asked for without a card", func(c *queue.TakeTicket) { c.Priority = "elderly" }, "", queue.Forbidden, "priority.unauthorised"},
		{"asked for too young", func(c *queue.TakeTicket) { c.Age, c.Priority = 40, "elderly" }, "", queue.Forbidden, "priority.unauthorised"},
		{"vouched for", func(c *queue.TakeTicket) { c.Priority, c.Authoriser = "elderly", "chief" }, "elderly", 0, ""},
		{"disabled, nobody vouches", func(c *queue.TakeTicket) { c.Priority = "disabled" }, "", queue.Forbidden, "priority.unauthorised"},
		{"disabled, vouched for", func(c *queue.TakeTicket) { c.Priority, c.Authoriser = "disabled", "chief" }, "disabled", 0, ""},
		{"with children, anybody may say so", func(c *queue.TakeTicket) { c.Priority = "children" }, "children", 0, ""},
		{"no such class", func(c *queue.TakeTicket) { c.Priority = "vip" }, "", queue.Invalid, "priority.unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, classes)
			cmd := queue.TakeTicket{ID: "x", Service: "tax", Channel: "card"}
			tt.edit(&cmd)
			if tt.refuse != "" {
				h.refuse(cmd, tt.kind, tt.refuse)
				return
			}
			events := h.do(cmd)
			taken := events[0].(queue.TicketTaken)
			if taken.Priority != tt.class || taken.Authoriser != cmd.Authoriser || h.s.Given(tt.class) != 1 && tt.class != "" {
				t.Errorf("class %q by %q, want %q", taken.Priority, taken.Authoriser, tt.class)
			}
		})
	}
}

func TestAPriorityClassHasADailyQuota(t *testing.T) {
	h := newHall(t, classes, func(c *queue.Config) { c.Priorities[0].Daily = 1 })
	green := func() queue.TakeTicket {
		return queue.TakeTicket{ID: h.id(), Service: "tax", Channel: "card", Priority: "green", Authoriser: "chief"}
	}
	first := green()
	h.do(first)
	h.do(green())
	if r := h.refusal(green(), queue.Conflict, "priority.full"); r.Vars["daily"] != "2" {
		t.Errorf("refusal says %v, want the 2 a day", r.Vars)
	}
	h.do(queue.Cancel{Ticket: first.ID})
	h.do(green())
	// By age one simply gets no class when it is full.
	old := func(c *queue.TakeTicket) { c.Age = 80 }
	if a, b := h.take("card", old).Priority, h.take("card", old).Priority; a != "elderly" || b != "" {
		t.Errorf("classes %q and %q, want elderly and none", a, b)
	}
	h.pass(24 * time.Hour)
	h.do(queue.EndDay{Open: true})
	h.do(green())
}

func TestNoOpenWindowNoTickets(t *testing.T) {
	for _, tt := range []struct {
		needs queue.Needs
		shut  func(*hall)
		want  string
	}{
		{queue.NeedsEnabled, func(h *hall) { h.do(queue.SignOut{Window: "3"}) }, ""},
		{queue.NeedsOpen, func(h *hall) { h.do(queue.SignOut{Window: "3"}) }, queue.ReasonNoOpenWindow},
		{queue.NeedsOpen, func(h *hall) { h.do(queue.Pause{Window: "3"}) }, queue.ReasonNoOpenWindow},
		{queue.NeedsOpen, func(h *hall) { h.take("licence"); h.callNext("3") }, ""},
		{queue.NeedsAll, func(*hall) {}, queue.ReasonWindowDisabled},
	} {
		t.Run(fmt.Sprintf("%s/%s", tt.needs, tt.want), func(t *testing.T) {
			h := newHall(t, func(c *queue.Config) {
				c.Rules.Needs = tt.needs
				c.Windows = append(c.Windows, queue.WindowConfig{ID: "4", Services: []queue.ServiceID{"licence"}, Disabled: true})
			})
			tt.shut(h)
			if got := h.s.Closed("licence"); got != tt.want {
				t.Errorf("closed by %q, want %q", got, tt.want)
			}
			if tt.want != "" {
				r := h.refusal(queue.TakeTicket{ID: "x", Service: "licence", Channel: "name"}, queue.Conflict, "service.closed")
				if r.Vars["why"] != tt.want {
					t.Errorf("refusal says %v, want why", r.Vars)
				}
			}
		})
	}
}
