package estimate_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/queue"
)

// The play forward must choose as the hall itself does, whatever the strategy;
// newcomers stand in the line and change nothing.
func TestForwardCallsWhomTheHallWouldCall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		conf := twoServices([]queue.ServiceID{"tax", "card"}, []queue.ServiceID{"tax"}, []queue.ServiceID{"card"})
		conf.Services[1].Target = 10 * time.Minute
		conf.Windows[2].Helps = []queue.ServiceID{"tax"}
		conf.Rules.Overtaking = rapid.IntRange(1, 4).Draw(t, "overtaking")
		conf.Rules.Strategy = rapid.SampledFrom([]*queue.Strategy{
			nil,
			{Kind: queue.StrategyLongest},
			{Kind: queue.StrategyStrict},
			{Kind: queue.StrategyRatio, Weights: map[string]int{"appointment": 2, "walk-in": 1}},
			{Kind: queue.StrategyRatio, Weights: map[string]int{"tax": 1, "card": 3}},
		}).Draw(t, "strategy")
		w := newWorld(t, conf)
		w.signIn("1", "2", "3")
		crowd(t, w)
		f := w.s.Forward(w.now)
		if got, want := f.Waiting("tax"), w.s.Count("tax", queue.Waiting); got != want {
			t.Fatalf("%d wait in the play, %d in the hall", got, want)
		}
		calls := rapid.SliceOfN(rapid.IntRange(0, 2), 0, 40).Draw(t, "calls")
		steps := rapid.SliceOfN(rapid.IntRange(0, 200), len(calls), len(calls)).Draw(t, "steps")
		played := play(t, f, w.now, calls, steps)
		f.Reset()
		for i, id := range play(t, f, w.now, calls, steps) {
			if id != played[i] {
				t.Fatalf("call %d: %s in the first play, %s in the second", i, played[i], id)
			}
		}
		for i, window := range calls {
			w.pass(time.Duration(steps[i]) * time.Second)
			var got queue.TicketID
			id := conf.Windows[window].ID
			if events := w.do(queue.CallNext{Window: id}); len(events) > 0 {
				got = events[0].(queue.TicketCalled).Ticket
				w.do(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: got})
			}
			if got != played[i] {
				t.Fatalf("call %d at window %s: the hall calls %q, the play %q", i, id, got, played[i])
			}
		}
	})
}

// crowd takes tickets of every kind at w.
func crowd(t *rapid.T, w *world) {
	for i := range rapid.IntRange(0, 25).Draw(t, "tickets") {
		id := queue.TicketID(fmt.Sprint("x", i))
		service := rapid.SampledFrom([]queue.ServiceID{"tax", "card"}).Draw(t, "service")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			w.do(queue.TakeTicket{ID: id, Service: service, Channel: "card", Priority: "elderly"})
		case 1:
			slot := w.now.Add(time.Duration(rapid.IntRange(-20, 20).Draw(t, "slot")) * time.Minute)
			w.do(queue.TakeTicket{ID: id, Service: service, Channel: queue.ChannelAppointment, Slot: slot})
		case 2:
			w.do(queue.TakeTicket{ID: id, Service: service, Channel: "card"})
			w.do(queue.Delay{Ticket: id, By: time.Duration(rapid.IntRange(1, 30).Draw(t, "delay")) * time.Minute})
		default:
			w.do(queue.TakeTicket{ID: id, Service: service, Channel: "card"})
		}
		w.pass(time.Duration(rapid.IntRange(0, 300).Draw(t, "seconds")) * time.Second)
	}
}

// play lets windows call one after the other; an empty id is nobody.
func play(t *rapid.T, f *queue.Forward, now queue.Time, windows, seconds []int) (out []queue.TicketID) {
	for i, window := range windows {
		now = now.Add(time.Duration(seconds[i]) * time.Second)
		ticket := f.Call(window, now)
		for ticket != nil && f.Newcomer(ticket) >= 0 {
			ticket = f.Call(window, now)
		}
		if ticket == nil {
			out = append(out, "")
			continue
		}
		if at := f.Place(ticket); at < 0 || &f.Tickets()[at] != ticket {
			t.Fatalf("%s is said to stand at %d", ticket.ID, at)
		}
		out = append(out, ticket.ID)
	}
	return out
}
