package core_test

import (
	"testing"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

func TestAClockThatStepsBackALittle(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	first := r.must(take(""))
	for _, d := range []time.Duration{time.Millisecond, time.Minute, 3 * time.Hour} {
		r.clock.set(morning.Add(-d))
		if res := r.must(take("")); res.Ticket.Taken != first.Ticket.Taken {
			t.Errorf("%s back: taken at %s, want %s", d, res.Ticket.Taken.Std(), first.Ticket.Taken.Std())
		}
		r.Read(func(s *queue.State, now queue.Time) {
			if now < s.Last {
				t.Errorf("%s back: readers live in the past", d)
			}
		})
	}
	last := queue.Time(0)
	for _, rec := range m.log() {
		if rec.At < last {
			t.Fatalf("record %d is older than the one before", rec.Seq)
		}
		last = rec.At
	}
}

func TestAClockThatGoesBackToYesterdayStopsTheHall(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	first := r.must(take("k1"))
	before := r.state()
	r.clock.set(morning.Add(-24 * time.Hour))
	r.refuse(take("k2"), "clock.went-back")
	if r.Ready() == nil {
		t.Error("a hall that refuses everybody says it is ready")
	}
	r.refuse(do(queue.SignIn{Window: "1", Staff: "li"}), "clock.went-back")
	if res := r.must(take("k1")); !res.Replayed || res.Ticket.ID != first.Ticket.ID {
		t.Errorf("a retry got %+v, want the first answer whatever the clock says", res)
	}
	if r.state() != before {
		t.Error("a wrong clock changed the state")
	}
	r.clock.set(morning.Add(time.Minute))
	if res := r.must(take("k2")); res.Ticket.Number != "A002" {
		t.Errorf("got %s, want A002", res.Ticket.Number)
	}
}

func TestAClockThatJumpsAYearEndsTheDay(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	old := r.must(take("k1"))
	r.clock.pass(365 * 24 * time.Hour)
	res := r.must(take("k2"))
	if res.Ticket.Number != "A001" || r.tickets() != 1 {
		t.Errorf("a year later: %s, %d tickets; want A001 alone", res.Ticket.Number, r.tickets())
	}
	var days []queue.Day
	expired := false
	for _, rec := range m.log() {
		days = append(days, rec.Day)
		for _, e := range rec.Events {
			if x, ok := e.(queue.TicketExpired); ok && x.Ticket == old.Ticket.ID {
				expired = true
			}
		}
	}
	if !expired || days[0] != "2026-11-23" || days[len(days)-1] != "2027-11-23" {
		t.Errorf("days %v, the old ticket expired: %v", days, expired)
	}
	r.clock.set(morning.Add(time.Hour)) // and back again: numbers could be given twice
	r.refuse(take("k3"), "clock.went-back")
}

func TestTheDayChangesWithTheFirstCommandAfterTheCutOff(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	r.must(do(queue.SignIn{Window: "1", Staff: "li"}))
	r.must(take(""))
	r.clock.set(time.Date(2026, 11, 23, 19, 59, 59, 0, time.UTC)) // 03:59:59
	if res := r.must(take("")); res.Ticket.Number != "A002" {
		t.Errorf("before 04:00: %s, want A002", res.Ticket.Number)
	}
	r.clock.pass(time.Second)
	if res := r.must(take("")); res.Ticket.Number != "A001" {
		t.Errorf("at 04:00: %s, want A001", res.Ticket.Number)
	}
	r.refuse(do(queue.CallNext{Window: "1"}), "window.signed-out")
}

func TestARefusedCommandEndsTheDayAllTheSame(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	r.must(take(""))
	r.clock.pass(24 * time.Hour)
	r.refuse(do(queue.CallNext{Window: "9"}), "window.unknown")
	if r.tickets() != 0 {
		t.Error("yesterday's ticket is still there")
	}
	if log := m.log(); log[len(log)-1].Command != "day.end" {
		t.Errorf("last record %s, want the day's end", log[len(log)-1].Command)
	}
}

func TestTimeAloneEndsTheDayAndMissesTickets(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	conf := config()
	conf.Rules.RecallLimit, conf.Rules.NoShowAfter = 0, time.Minute
	r.must(core.Request{Actor: "hall", Command: queue.Configure{Config: conf}})
	r.must(do(queue.SignIn{Window: "1", Staff: "li"}))
	id := r.must(take("")).Ticket.ID
	r.must(do(queue.CallNext{Window: "1"}))
	r.clock.pass(time.Minute)
	state := func() (out queue.TicketState) {
		r.Read(func(s *queue.State, _ queue.Time) {
			if ticket := s.Tickets[id]; ticket != nil {
				out = ticket.State
			}
		})
		return out
	}
	eventually(t, "the no-show", func() bool { return state() == queue.Missed })
	r.clock.pass(24 * time.Hour)
	eventually(t, "the day's end", func() bool { return state() == "" })
}

func TestThePromiseIsMadeForTheTicketsPlace(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	for i := range 3 {
		if got := r.must(take("")).Ticket.Promise; got != (queue.Promise{Ahead: i, Minutes: i + 1}) {
			t.Errorf("ticket %d was promised %+v", i, got)
		}
	}
	booked := take("")
	cmd := booked.Command.(queue.TakeTicket)
	cmd.Channel, cmd.Slot = "appointment", queue.TimeOf(morning)
	booked.Command = cmd
	if got := r.must(booked).Ticket.Promise; got != (queue.Promise{Ahead: 0, Minutes: 1}) {
		t.Errorf("an appointment that goes first was promised %+v", got)
	}
}
