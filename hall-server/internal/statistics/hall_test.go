package statistics_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/queue"
)

// morning is 09:00 in Shanghai on a Monday.
var morning = queue.TimeOf(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))

func config() queue.Config {
	return queue.Config{
		TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour,
		Series: []queue.Series{
			{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 999},
			{ID: "k", Prefix: "K", Digits: 3, First: 1, Last: 999, Kiosk: "kiosk-1"},
		},
		Services: []queue.Service{
			{ID: "tax", Series: "a", Zone: "A", Target: 5 * time.Minute, Expected: 8 * time.Minute},
			{ID: "card", Series: "a", Zone: "B", Target: 10 * time.Minute, Expected: 5 * time.Minute},
		},
		Windows: []queue.WindowConfig{
			{ID: "1", Services: []queue.ServiceID{"tax", "card"}},
			{ID: "2", Services: []queue.ServiceID{"tax"}},
			{ID: "3", Services: []queue.ServiceID{"card", "tax"}},
		},
		Priorities: []queue.PriorityConfig{{ID: "elderly", Shorten: 10 * time.Minute}},
		Rules: queue.Rules{
			RecallLimit: 2, Overtaking: 10, PauseLimit: time.Hour, NoShowAfter: 4 * time.Minute,
			RejoinWithin: time.Hour, RejoinTimes: 2, RejoinAfter: 1,
			CheckInEarly: 30 * time.Minute, CheckInLate: 10 * time.Minute,
		},
	}
}

// record is what the log has of one command.
type record struct {
	at     queue.Time
	events []queue.Event
}

// hall drives a queue as its owner does, and keeps its log and, of every
// ticket, what it last looked like and on which day.
type hall struct {
	t       *rapid.T
	s       *queue.State
	now     queue.Time
	log     []record
	tickets map[queue.TicketID]queue.Ticket
	days    map[queue.TicketID]queue.Day
	ids     int
}

func newHall(t *rapid.T) *hall {
	h := &hall{
		t: t, s: queue.NewState(), now: morning,
		tickets: make(map[queue.TicketID]queue.Ticket), days: make(map[queue.TicketID]queue.Day),
	}
	h.try(queue.Configure{Config: config()})
	h.signIn()
	return h
}

func (h *hall) signIn() {
	for i, w := range h.s.Config.Windows {
		h.try(queue.SignIn{Window: w.ID, Staff: []queue.StaffID{"li", "wang", "zhao"}[i], StaffName: "x"})
	}
}

// try runs cmd if the rules allow it, after the day's end if that has come.
func (h *hall) try(cmd queue.Command) bool {
	if queue.DayOver(h.s, h.now) {
		h.run(queue.EndDay{Open: true})
		h.signIn()
	}
	return h.run(cmd)
}

func (h *hall) run(cmd queue.Command) bool {
	events, err := queue.Decide(h.s, cmd, h.now)
	var refusal *queue.Refusal
	if err != nil {
		if !errors.As(err, &refusal) {
			h.t.Fatalf("%s: %v", cmd.Name(), err)
		}
		return false
	}
	for _, e := range events {
		if err := queue.Apply(h.s, e, h.now); err != nil {
			h.t.Fatalf("%s: %v", cmd.Name(), err)
		}
		if t := h.s.Tickets[queue.TicketOf(e)]; t != nil {
			now := *t
			now.Periods = slices.Clone(t.Periods)
			h.tickets[t.ID], h.days[t.ID] = now, h.s.Day
		}
	}
	if len(events) > 0 {
		h.log = append(h.log, record{h.now, events})
	}
	return true
}

// ticket is any of the day's tickets in one of states, if there is one.
func (h *hall) ticket(states ...queue.TicketState) queue.TicketID {
	var ids []queue.TicketID
	for _, t := range h.s.List() {
		if slices.Contains(states, t.State) {
			ids = append(ids, t.ID)
		}
	}
	if len(ids) == 0 {
		return "nobody"
	}
	return rapid.SampledFrom(ids).Draw(h.t, "ticket")
}

func (h *hall) window() queue.WindowID {
	return rapid.SampledFrom([]queue.WindowID{"1", "2", "3"}).Draw(h.t, "window")
}

// take takes a ticket; its id orders it among those of the test.
func (h *hall) take() {
	h.ids++
	h.try(queue.TakeTicket{
		ID:       queue.TicketID(fmt.Sprintf("t%04d", h.ids)),
		Service:  rapid.SampledFrom([]queue.ServiceID{"tax", "card"}).Draw(h.t, "service"),
		Channel:  rapid.SampledFrom([]queue.Channel{"card", "phone", "mobile"}).Draw(h.t, "channel"),
		Priority: rapid.SampledFrom([]string{"", "", "elderly"}).Draw(h.t, "priority"),
		Minutes:  rapid.IntRange(-1, 20).Draw(h.t, "promise"),
	})
}

// step runs a random command that the rules mostly allow.
func (h *hall) step() {
	h.now = h.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(h.t, "seconds")) * time.Second)
	verb := func(v queue.Verb, states ...queue.TicketState) {
		h.try(queue.TicketCommand{Verb: v, Ticket: h.ticket(states...)})
	}
	switch rapid.IntRange(0, 19).Draw(h.t, "command") {
	case 0, 1, 2, 3:
		h.take()
	case 4, 5, 6:
		h.try(queue.CallNext{Window: h.window()})
	case 7, 8:
		verb(queue.VerbArrive, queue.Called)
	case 9, 10:
		h.try(queue.Finish{Ticket: h.ticket(queue.Serving)})
	case 11:
		h.try(queue.Rate{Ticket: h.ticket(queue.Finished), Score: rapid.IntRange(1, 5).Draw(h.t, "score")})
	case 12:
		verb(queue.VerbNoShow, queue.Called)
	case 13:
		verb(queue.VerbPutBack, queue.Called)
	case 14:
		verb(queue.VerbRecall, queue.Called)
	case 15:
		h.try(queue.Cancel{Ticket: h.ticket(queue.Waiting, queue.Missed)})
	case 16:
		h.try(queue.Transfer{
			Ticket:  h.ticket(queue.Serving),
			Service: rapid.SampledFrom([]queue.ServiceID{"", "tax", "card"}).Draw(h.t, "to"),
		})
	case 17:
		h.try(queue.Park{Ticket: h.ticket(queue.Serving, queue.Called), Reason: "x"})
	case 18:
		h.try(queue.Resume{Ticket: h.ticket(queue.Parked), Window: h.window(), Back: rapid.Bool().Draw(h.t, "back")})
	default:
		h.try(queue.Rejoin{Ticket: h.ticket(queue.Missed)})
	}
}

// days lets random days go by, with a change of the hall's targets in between.
func (h *hall) someDays() {
	for range rapid.IntRange(20, 150).Draw(h.t, "steps") {
		switch rapid.IntRange(0, 60).Draw(h.t, "chance") {
		case 60:
			h.now = h.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(h.t, "hours")) * time.Hour)
			h.try(queue.Tick{})
		case 59:
			conf := config()
			conf.Services[0].Target = time.Duration(rapid.IntRange(1, 30).Draw(h.t, "target")) * time.Minute
			h.try(queue.Configure{Config: conf})
		default:
			h.step()
		}
	}
}
