package message

import (
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

// occasion is a reason to tell the holder of a ticket something. It follows
// from the ticket's state alone, so that whoever looks again, after a restart
// say, finds the same.
type occasion struct {
	event Event
	call  int
}

// occasionOf returns what t's state is a reason for; false if there is none.
func occasionOf(t *queue.Ticket) (occasion, bool) {
	switch t.State {
	case queue.Called:
		if t.Recalls > 0 {
			return occasion{Recalled, t.Calls}, true
		}
		return occasion{Called, t.Calls}, true
	case queue.Missed:
		return occasion{Missed, t.Calls}, true
	case queue.Waiting:
		if n := parked(t); n > 0 && len(t.Periods) > 1 && t.Periods[len(t.Periods)-2].State == queue.Parked {
			return occasion{Returned, n}, true
		}
	}
	return occasion{}, false
}

// parked counts how often t was parked.
func parked(t *queue.Ticket) int {
	n := 0
	for i := range t.Periods {
		if t.Periods[i].State == queue.Parked {
			n++
		}
	}
	return n
}

// near tells whether the holder of t, with ahead people before it, is to be
// told once that the turn is near: it must be news.
func near(t *queue.Ticket, ahead, soon int) bool {
	return t.State == queue.Waiting && ahead <= soon && t.Promise.Ahead > soon
}

// holds tells whether m still says what is true of its ticket t, which may be
// nil.
func (m *Message) holds(t *queue.Ticket) bool {
	if t == nil {
		return false
	}
	if m.Event == Soon {
		return t.State == queue.Waiting
	}
	o, ok := occasionOf(t)
	return ok && o == occasion{m.Event, m.Call}
}

// touched are the tickets and services that records changed.
type touched struct {
	tickets  map[queue.TicketID]bool
	services map[queue.ServiceID]bool
	// day tells that another business day began, with other tickets.
	day bool
}

func newTouched() *touched {
	return &touched{tickets: make(map[queue.TicketID]bool), services: make(map[queue.ServiceID]bool)}
}

func (c *touched) note(records []core.Record) {
	for i := range records {
		for _, e := range records[i].Events {
			if id := queue.TicketOf(e); id != "" {
				c.tickets[id] = true
			}
			if _, ok := e.(queue.DayOpened); ok {
				c.day = true
			}
		}
	}
}

// front are the first n waiting tickets of service, in calling order.
func front(s *queue.State, service queue.ServiceID, n int) []*queue.Ticket {
	list := s.Waiting(service)
	return list[:min(len(list), n)]
}
