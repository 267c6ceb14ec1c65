package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// near reports an error unless got is within part of want.
func near(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.Abs(got-want) > part*want {
		t.Errorf("%s: got %.2f, want about %.2f", what, got, want)
	}
}

func TestTheConfiguredTimeHoldsUntilOthersWereSeen(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	near(t, "before anything", w.m.Usual("tax", "clerk-1", 9), 8, 0.001)
	w.teach("tax", 2, 4*time.Minute, "1")
	if got := w.m.Usual("tax", "clerk-1", 9); got < 5.5 || got >= 8 {
		t.Errorf("got %.2f minutes after two services of 4, want still most of the configured 8", got)
	}
	w.teach("tax", 60, 4*time.Minute, "1")
	near(t, "after sixty", w.m.Usual("tax", "clerk-1", 10), 4, 0.1)
	near(t, "another service", w.m.Usual("card", "nobody", 10), 8, 0.001)
}

func TestClerksHaveTheirOwnPaceShrunkToTheServices(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax"}, []queue.ServiceID{"tax"}, []queue.ServiceID{"tax"}))
	w.signIn("1", "2", "3")
	for range 80 {
		w.teach("tax", 1, 6*time.Minute, "1")
		w.teach("tax", 1, 12*time.Minute, "2")
	}
	w.serve("tax", "3", 40*time.Minute)
	fast, slow, once := w.m.Usual("tax", "clerk-1", 12), w.m.Usual("tax", "clerk-2", 12), w.m.Usual("tax", "clerk-3", 12)
	if slow < 1.5*fast {
		t.Errorf("got %.1f minutes for the slow clerk, %.1f for the fast one, want about twice", slow, fast)
	}
	if once > 18 {
		t.Errorf("one long service made it %.1f minutes for a clerk: not shrunk", once)
	}
}

func TestExperienceLastsOverNightAndFades(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 50, 4*time.Minute, "1")
	w.pass(24 * time.Hour)
	w.do(queue.EndDay{Open: true})
	near(t, "the next morning", w.m.Usual("tax", "clerk-1", 9), 4, 0.15)
	for range 40 {
		w.pass(24 * time.Hour)
		w.do(queue.EndDay{Open: true})
	}
	if got := w.m.Usual("tax", "clerk-1", 9); got < 5 {
		t.Errorf("got %.2f minutes forty days later, want it back near the configured 8", got)
	}
}

func TestWhoDoesNotComeIsLearntByService(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax", "card"}))
	w.signIn("1")
	if got := w.m.Misses("tax", 5); got > 0.1 {
		t.Errorf("got %.2f before anything was seen", got)
	}
	for i := range 60 {
		id := w.take("tax")
		w.do(queue.CallTicket{Window: "1", Ticket: id})
		w.pass(time.Minute)
		if i%2 == 0 {
			w.do(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: id})
		} else {
			w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id})
			w.do(queue.Finish{Ticket: id})
		}
		w.serve("card", "1", time.Minute)
	}
	tax, card := w.m.Misses("tax", 1), w.m.Misses("card", 1)
	if tax < 0.35 || tax > 0.6 || card > 0.15 {
		t.Errorf("got %.2f for tax and %.2f for cards, want about 0.5 and 0", tax, card)
	}
}

// What is learnt must not depend on where in the log it began, nor break on any
// order of events.
func TestAnyLogCanBeLearnt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, twoServices([]queue.ServiceID{"tax"}, []queue.ServiceID{"tax", "card"}))
		var events []queue.Event
		w.after = func(e queue.Event) { events = append(events, e) }
		try := func(cmd queue.Command) {
			if evs, err := queue.Decide(w.s, cmd, w.now); err == nil && len(evs) > 0 {
				w.do(cmd)
			}
		}
		for range rapid.IntRange(1, 80).Draw(t, "commands") {
			w.pass(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
			window := queue.WindowID(rapid.SampledFrom([]string{"1", "2"}).Draw(t, "window"))
			id := queue.TicketID(fmt.Sprint("t", rapid.IntRange(1, 20).Draw(t, "ticket")))
			switch rapid.IntRange(0, 13).Draw(t, "command") {
			case 0, 1, 2:
				if w.ids < 20 {
					w.take(rapid.SampledFrom([]queue.ServiceID{"tax", "card"}).Draw(t, "service"))
				}
			case 3:
				try(queue.SignIn{Window: window, Staff: "clerk-" + queue.StaffID(window), StaffName: "x"})
			case 4, 5:
				try(queue.CallNext{Window: window})
			case 6:
				try(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id})
			case 7:
				try(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: id})
			case 8:
				try(queue.Finish{Ticket: id})
			case 9:
				try(queue.Park{Ticket: id, Until: w.now.Add(5 * time.Minute)})
			case 10:
				try(queue.Resume{Ticket: id, Window: window})
			case 11:
				try(queue.Transfer{Ticket: id, Service: "card"})
			case 12:
				try(queue.Pause{Window: window, Text: "x"})
			case 13:
				try(queue.SignOut{Window: window})
			}
			checkOutlook(t, w)
		}
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		late := estimate.NewModel(w.s.Config)
		for _, e := range events[cut:] {
			late.Learn(e, w.now)
		}
		w.m = late
		checkOutlook(t, w)
	})
}

// checkOutlook checks what every forecast must keep.
func checkOutlook(t *rapid.T, w *world) {
	out := w.forecast()
	check := func(what string, wait estimate.Wait) {
		if wait.None {
			return
		}
		if !(wait.P10 >= 0 && wait.P10 <= wait.P50 && wait.P50 <= wait.P80 && wait.P80 <= wait.P90 && wait.P90 <= 8*60) {
			t.Fatalf("%s: got %+v", what, wait)
		}
	}
	n := 0
	for _, id := range []queue.ServiceID{"tax", "card"} {
		check(string(id), out.Services[id].Wait)
		for _, ticket := range w.s.Waiting(id) {
			wait, ok := out.Tickets[ticket.ID]
			if !ok {
				t.Fatalf("no forecast of %s, which waits", ticket.ID)
			}
			check(string(ticket.ID), wait)
			n++
		}
	}
	if n != len(out.Tickets) {
		t.Fatalf("got forecasts of %d tickets, %d wait", len(out.Tickets), n)
	}
}

func TestFortunesFallIntoEveryPart(t *testing.T) {
	for _, name := range []string{"a", "b", "ticket 17"} {
		parts := make(map[int]bool)
		for _, u := range estimate.Lots(estimate.Name(1, name)) {
			if u <= 0 || u >= 1 {
				t.Fatalf("got %v", u)
			}
			if part := int(u * estimate.Strata); parts[part] {
				t.Errorf("%s: two draws in part %d", name, part)
			} else {
				parts[part] = true
			}
		}
	}
}

func TestFortunesOfTwoThingsHaveNothingToDoWithEachOther(t *testing.T) {
	var worst float64
	for i := range 200 {
		a := estimate.Lots(estimate.Name(1, fmt.Sprint("a", i)))
		b := estimate.Lots(estimate.Name(1, fmt.Sprint("b", i)))
		var sum float64
		for d := range a {
			sum += (a[d] - 0.5) * (b[d] - 0.5)
		}
		worst += sum / float64(len(a)) * 12
	}
	if mean := worst / 200; math.Abs(mean) > 0.04 {
		t.Errorf("got a mean correlation of %.3f", mean)
	}
}

func TestNormalQuantiles(t *testing.T) {
	for p, want := range map[float64]float64{0.01: -2.326, 0.1: -1.2816, 0.5: 0, 0.8: 0.8416, 0.975: 1.96} {
		if got := estimate.Normal(p); math.Abs(got-want) > 0.002 {
			t.Errorf("got %.4f at %v, want %.4f", got, p, want)
		}
	}
}

func TestAShapeIsItsOwnInverseAndKnowsWhatIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var times estimate.Times
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			times.Add(rapid.Float64Range(0, 90).Draw(t, "minutes"))
		}
		at, below, rest := times.Shape()
		u := rapid.Float64Range(0.001, 0.999).Draw(t, "u")
		if x := at(u); x <= 0 || math.Abs(below(x)-u) > 1e-6 {
			t.Fatalf("got %v at %v, which is exceeded with %v", x, u, 1-below(x))
		}
		elapsed := rapid.Float64Range(0, 20).Draw(t, "elapsed")
		if left := rest(elapsed, u); left < 0 || math.IsNaN(left) || math.IsInf(left, 0) {
			t.Fatalf("got %v left after %v", left, elapsed)
		}
		mean := 0.0
		for i := range 1000 {
			mean += at((float64(i)+0.5)/1000) / 1000
		}
		if math.Abs(mean-1) > 0.01 {
			t.Fatalf("got a mean of %v", mean)
		}
	})
}
