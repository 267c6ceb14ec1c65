package queue_test

import (
	"fmt"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// The tests of this file are the failures that halls suffer from today, as far
// as the rules can prevent them; the days' are in day_test.go.

// crowd is a hall of 20 windows for one service with n people waiting.
func crowd(t *testing.T, n int) *hall {
	t.Helper()
	h := newHall(t, func(c *queue.Config) {
		for i := 4; i <= 20; i++ {
			c.Windows = append(c.Windows, queue.WindowConfig{ID: queue.WindowID(fmt.Sprint(i)), Services: []queue.ServiceID{"tax"}})
		}
		c.Windows[2].Services = []queue.ServiceID{"tax"}
	})
	h.brisk = true
	for range n {
		h.take("tax")
	}
	return h
}

func TestTwentyWindowsCallEachTicketOnceAndSkipNobody(t *testing.T) {
	h := crowd(t, 60)
	called := map[string]queue.WindowID{}
	for i := range 60 {
		w := h.s.Config.Windows[i%20].ID
		ticket := h.callNext(w)
		if want := fmt.Sprintf("A%03d", i+1); ticket == nil || ticket.Number != want {
			t.Fatalf("call %d brought %v, want %s", i, ticket, want)
		}
		if other, twice := called[ticket.Number]; twice {
			t.Fatalf("windows %s and %s both called %s", other, w, ticket.Number)
		}
		called[ticket.Number] = w
		h.serve(ticket)
	}
	if h.callNext("1") != nil {
		t.Error("an empty hall had somebody to call")
	}
}

func TestTheClerkWhoComesSecondGetsTheNextTicketAndNoError(t *testing.T) {
	h := crowd(t, 2)
	first := h.callNext("1")
	second := h.callNext("2") // asked at the same moment, decided after
	if second == nil || second == first {
		t.Fatalf("the second clerk got %v", second)
	}
	h.nothing(queue.CallNext{Window: "4"})
}

func TestACallDecidedTooLateIsABrokenLogAndNotASecondCall(t *testing.T) {
	h := crowd(t, 2)
	stale, err := queue.Decide(h.s, queue.CallNext{Window: "1"}, h.now)
	if err != nil {
		t.Fatal(err)
	}
	h.callNext("2")
	if err := queue.Apply(h.s, stale[0], h.now); err == nil {
		t.Error("a ticket was called at two windows")
	}
}

func TestWalkInsDoNotStarveBehindAppointments(t *testing.T) {
	h := newHall(t, allRules)
	walkIn := h.take("tax")
	for i := range 30 {
		h.checkIn(h.bookFor(fmt.Sprint("b", i), "tax", h.now, h.now.Add(time.Hour)))
	}
	for i := range 10 {
		h.pass(time.Minute)
		if got := h.callNext("2"); got == walkIn {
			t.Fatalf("the walk-in went before an appointment in its slot, call %d", i)
		} else {
			h.serve(got)
		}
	}
	if got := h.callNext("2"); got != walkIn || got.Reason.Rule != queue.RuleBound {
		t.Errorf("after 10 appointments came %s by %s, want the walk-in by the bound", got.Number, got.Reason.Rule)
	}
}

func TestPriorityIsNeitherAlwaysFirstNorAlwaysLast(t *testing.T) {
	h := newHall(t)
	elderly := func(c *queue.TakeTicket) { c.Priority = "elderly" } // due 10 minutes earlier
	h.take("tax")                                                   // A001
	h.pass(5 * time.Minute)
	h.take("tax") // A002
	h.pass(6 * time.Minute)
	h.take("tax", elderly)                   // A003 came 11 minutes after A001, 6 after A002
	h.wantCalls("2", "A001", "A003", "A002") // age wins in the end, priority in between
}

func TestOneAppointmentGivesOneTicket(t *testing.T) {
	h := newHall(t, allRules)
	id := h.bookFor("b1", "tax", h.now, h.now.Add(time.Hour))
	ticket := h.checkIn(id)
	h.nothing(queue.CheckIn{Appointment: id, ID: "again"})
	h.restart()
	h.nothing(queue.CheckIn{Appointment: id, ID: "again"})
	h.do(queue.Cancel{Ticket: ticket.ID})
	h.nothing(queue.CheckIn{Appointment: id, ID: "again"})
	if len(h.s.Tickets) != 1 || h.s.Appointments[id].Ticket != ticket.ID {
		t.Errorf("%d tickets for one appointment, which names %q", len(h.s.Tickets), h.s.Appointments[id].Ticket)
	}
}

// places gives the tax service 200 places a day.
func places(n int) func(*queue.Config) {
	return func(c *queue.Config) {
		c.Services[0].Quotas = []queue.Quota{{Hours: queue.Hours{From: 0, To: 24 * 60}, Places: n}}
	}
}

func TestFiveHundredRequestsForTwoHundredPlacesGiveTwoHundred(t *testing.T) {
	walkIn := func(h *hall, i int) queue.Command {
		return queue.TakeTicket{ID: h.id(), Service: "tax", Channel: "card", Person: queue.Person{Key: fmt.Sprint("p", i)}}
	}
	booking := func(h *hall, i int) queue.Command {
		at := h.now.Add(time.Hour) // all of them the same minute
		return queue.BookAppointment{Appointment: queue.Appointment{
			ID: queue.AppointmentID(fmt.Sprint("b", i)), Service: "tax", From: at, To: at, Keys: []string{fmt.Sprint("p", i)},
		}}
	}
	for name, request := range map[string]func(*hall, int) queue.Command{
		"walk-ins": walkIn,
		"bookings": booking,
		"mixed": func(h *hall, i int) queue.Command {
			if i%3 == 0 {
				return booking(h, i)
			}
			return walkIn(h, i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, allRules, places(200))
			h.brisk = true
			given := 0
			for i := range 500 {
				cmd := request(h, i)
				if given == 200 {
					h.refuse(cmd, queue.Conflict, "quota.full")
					continue
				}
				h.do(cmd)
				given++
				h.pass(time.Second)
			}
			if got := h.s.Used("tax", h.s.Day, h.s.Config.Services[0].Quotas[0]); got != 200 || given != 200 {
				t.Errorf("%d given, %d used, want 200", given, got)
			}
			h.restart()
			h.refuse(request(h, 501), queue.Conflict, "quota.full")
		})
	}
}

func TestAHundredBookingsOfOneMinuteGetOnlyItsPlaces(t *testing.T) {
	h := newHall(t, allRules, func(c *queue.Config) {
		c.Services[0].Quotas = []queue.Quota{{Hours: queue.Hours{From: 600, To: 601}, Places: 3}}
	})
	h.brisk = true
	ten := morning.Add(time.Hour)
	got := 0
	for i := range 100 {
		a := queue.Appointment{ID: queue.AppointmentID(fmt.Sprint("b", i)), Service: "tax", From: ten, To: ten.Add(10 * time.Minute)}
		if _, err := h.try(queue.BookAppointment{Appointment: a}); err == nil {
			got++
		}
	}
	if got != 3 {
		t.Errorf("%d bookings for 3 places", got)
	}
	h.bookFor("other", "tax", ten.Add(time.Minute), ten.Add(time.Hour)) // the minute after is free
	h.take("tax")                                                       // so is now
}

func TestNoVisitIsStuckInCalled(t *testing.T) {
	for name, free := range map[string]func(*hall, *queue.Ticket){
		"time makes it a no-show": func(h *hall, _ *queue.Ticket) { h.pass(time.Hour); h.do(queue.Tick{}) },
		"a supervisor puts it back": func(h *hall, called *queue.Ticket) {
			h.do(queue.TicketCommand{Verb: queue.VerbPutBack, Ticket: called.ID})
		},
		"a supervisor parks it": func(h *hall, called *queue.Ticket) { h.do(queue.Park{Ticket: called.ID}) },
		"the day ends":          func(h *hall, _ *queue.Ticket) { h.do(queue.EndDay{}) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, func(c *queue.Config) { c.Rules.RecallLimit, c.Rules.NoShowAfter = 0, time.Minute })
			h.take("tax")
			called := h.callNext("1")
			h.refuse(queue.SignOut{Window: "1"}, queue.Conflict, "window.busy")
			free(h, called)
			if called.State == queue.Called || h.s.Windows["1"].Ticket != "" {
				t.Errorf("ticket is still %s, window has %q", called.State, h.s.Windows["1"].Ticket)
			}
		})
	}
}

func TestATransferBurnsNeitherTheNumberNorThePlace(t *testing.T) {
	h := newHall(t, allRules, func(c *queue.Config) {
		c.Services[1].Quotas = []queue.Quota{{Hours: queue.Hours{From: 0, To: 24 * 60}, Places: 1}}
	})
	moved := h.serving("2", "tax")
	h.pass(time.Minute)
	later := h.take("card") // the only place
	h.do(queue.Transfer{Ticket: moved.ID, Window: "2", Service: "card"})
	if moved.Number != "A001" || moved.State != queue.Waiting || moved.Service != "card" {
		t.Errorf("transferred ticket %+v", moved)
	}
	if got := h.s.Used("card", h.s.Day, h.s.Config.Services[1].Quotas[0]); got != 1 {
		t.Errorf("%d places of the new service used, want 1: a transfer uses none", got)
	}
	if got := h.callNext("1"); got != moved {
		t.Errorf("called %s, want the one who came first", got.Number)
	}
	if later.State != queue.Waiting {
		t.Error("the other ticket was touched")
	}
	if got := h.take("tax").Number; got != "A003" {
		t.Errorf("the next number is %s, want A003", got)
	}
}

func TestATicketWhosePaperFailedIsValidAndCountedAsUnprinted(t *testing.T) {
	h := newHall(t)
	ticket := h.take("tax", func(c *queue.TakeTicket) { c.Kiosk = "kiosk-1" })
	h.do(queue.RecordPrint{Ticket: ticket.ID, Job: "j1", Outcome: "paper-out", Device: "printer"})
	h.want(ticket, queue.Waiting, "")
	h.do(queue.Reprint{Ticket: ticket.ID, Kiosk: "kiosk-2"})
	h.do(queue.RecordPrint{Ticket: ticket.ID, Job: "j2", Outcome: "printed", Device: "printer"})
	if ticket.Print != "printed" || ticket.Copies != 1 || len(h.s.Tickets) != 1 {
		t.Errorf("ticket %+v", ticket)
	}
	h.wantCalls("2", ticket.Number)
}
