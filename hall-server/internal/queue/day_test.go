package queue_test

import (
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestTheBusinessDayFollowsTheHallsTimeZoneAndCutOff(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, at string
		cutOff   time.Duration
		want     queue.Day
	}{
		{"in the morning", "2026-11-23T09:00:00+08:00", 4 * time.Hour, "2026-11-23"},
		{"midnight in UTC is no boundary", "2026-11-23T00:00:00Z", 4 * time.Hour, "2026-11-23"},
		{"just before midnight in UTC", "2026-11-22T23:59:59Z", 4 * time.Hour, "2026-11-23"},
		{"midnight in Shanghai is none either", "2026-11-24T00:00:00+08:00", 4 * time.Hour, "2026-11-23"},
		{"the last millisecond", "2026-11-24T03:59:59.999+08:00", 4 * time.Hour, "2026-11-23"},
		{"the cut-off", "2026-11-24T04:00:00+08:00", 4 * time.Hour, "2026-11-24"},
		{"a cut-off at midnight", "2026-11-24T00:00:00+08:00", 0, "2026-11-24"},
		{"the year's end", "2027-01-01T03:00:00+08:00", 4 * time.Hour, "2026-12-31"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := queue.BusinessDay(at(t, tt.at), shanghai, tt.cutOff); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTimesKeepMilliseconds(t *testing.T) {
	in := time.Date(2026, 11, 23, 9, 0, 0, 123_999_999, time.UTC)
	got := queue.TimeOf(in)
	if want := in.Truncate(time.Millisecond); !got.Std().Equal(want) {
		t.Errorf("got %s, want %s", got.Std(), want)
	}
	if d := got.Add(90 * time.Second).Sub(got); d != 90*time.Second {
		t.Errorf("added 90s and got %s", d)
	}
}

func TestNumbersRestartAtTheCutOffOnly(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	for _, tt := range []struct {
		at   string
		over bool
	}{
		{"2026-11-23T23:59:00+08:00", false},
		{"2026-11-24T00:00:01Z", true}, // 08:00 in Shanghai
		{"2026-11-24T03:59:59+08:00", false},
		{"2026-11-24T04:00:00+08:00", true},
	} {
		if got := queue.DayOver(h.s, at(t, tt.at)); got != tt.over {
			t.Errorf("at %s the day is over: %v, want %v", tt.at, got, tt.over)
		}
	}
	h.now = at(t, "2026-11-24T03:59:59+08:00")
	if got := h.take("tax").Number; got != "A002" {
		t.Errorf("before the cut-off: %s, want A002", got)
	}
	h.now = at(t, "2026-11-24T04:00:00+08:00")
	h.do(queue.EndDay{Open: true})
	h.signIn("1")
	if got := h.take("tax").Number; got != "A001" {
		t.Errorf("after the cut-off: %s, want A001", got)
	}
	if h.s.Day != "2026-11-24" || len(h.s.Tickets) != 1 || h.s.Arrivals != 1 {
		t.Errorf("day %s with %d tickets", h.s.Day, len(h.s.Tickets))
	}
}

func TestTheDaysEndClosesEveryVisit(t *testing.T) {
	h := newHall(t)
	tickets := map[queue.TicketState]*queue.Ticket{}
	add := func(service queue.ServiceID, w queue.WindowID, verbs ...queue.Verb) {
		ticket := h.take(service)
		h.do(queue.CallTicket{Window: w, Ticket: ticket.ID})
		for _, v := range verbs {
			h.verb(v, ticket)
		}
		tickets[ticket.State] = ticket
	}
	add("tax", "1", queue.VerbNoShow)
	add("tax", "1")
	add("tax", "2", queue.VerbArrive)
	tickets[queue.Waiting] = h.take("licence")
	cancelled := h.take("licence")
	h.do(queue.Cancel{Ticket: cancelled.ID})
	h.pass(8 * time.Hour)
	h.do(queue.EndDay{})

	for _, tt := range []struct {
		was, is    queue.TicketState
		inaccurate bool
	}{
		{queue.Waiting, queue.Expired, false},
		{queue.Called, queue.Expired, false},
		{queue.Missed, queue.Expired, false},
		{queue.Serving, queue.Closed, true},
	} {
		got := tickets[tt.was]
		if got.State != tt.is || got.Inaccurate != tt.inaccurate || got.Ended != h.now {
			t.Errorf("%s became %s (inaccurate %v), want %s (%v)", tt.was, got.State, got.Inaccurate, tt.is, tt.inaccurate)
		}
	}
	if cancelled.State != queue.Cancelled || cancelled.Ended == h.now {
		t.Error("a cancelled ticket was touched")
	}
	for id, w := range h.s.Windows {
		if w.Staff != "" || w.Ticket != "" {
			t.Errorf("window %s after the day's end: %+v", id, w)
		}
	}
	if l := h.s.Learned["tax"]; l.Services != 0 {
		t.Errorf("a closed visit is counted in the service times: %+v", l)
	}
	if h.s.Day != "2026-11-23" || len(h.s.Tickets) != 5 {
		t.Error("the day's tickets left before a new day began")
	}
}

func TestADayMayEndTwiceAndOpenOnce(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	h.do(queue.EndDay{})
	if events := h.do(queue.EndDay{Open: true}); len(events) != 1 {
		t.Errorf("a second end gave %s, want only the day's end", toJSON(t, queue.Events(events)))
	}
	h.pass(48 * time.Hour)
	h.do(queue.EndDay{Open: true})
	if h.s.Day != "2026-11-25" || len(h.s.Tickets) != 0 {
		t.Errorf("day %s with %d tickets, want 2026-11-25 with none", h.s.Day, len(h.s.Tickets))
	}
	if events := h.do(queue.EndDay{Open: true}); len(events) != 1 {
		t.Errorf("ending a day that isn't over opened one: %s", toJSON(t, queue.Events(events)))
	}
}
