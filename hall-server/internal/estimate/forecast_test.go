package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

func TestAnEmptyHallWithIdleWindowsHasNoWait(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 40, 8*time.Minute, "1")
	got := w.forecast()
	if len(got.Tickets) != 0 {
		t.Errorf("got forecasts of %d tickets in an empty hall", len(got.Tickets))
	}
	if n := got.Services["tax"]; n.None || n.P50 > 0.1 || n.P90 > 1 || n.Ahead != 0 {
		t.Errorf("got %+v for a newcomer at an idle window, want about 0", n)
	}
	if n := got.Services["card"]; !n.None {
		t.Errorf("got %+v for a service without a window, want None", n)
	}
}

func TestWithoutAnOpenWindowThereAreNoNumbers(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 40, 8*time.Minute, "1")
	id := w.take("tax")
	if w.wait(id).None {
		t.Fatal("no number while the window is open")
	}
	w.do(queue.Pause{Window: "1"})
	if got := w.wait(id); !got.None {
		t.Errorf("got %+v while the only window pauses, want None", got)
	}
	if got := w.forecast().Services["tax"]; !got.None {
		t.Errorf("got %+v for a newcomer, want None", got)
	}
	w.do(queue.SignOut{Window: "1"})
	if got := w.wait(id); !got.None {
		t.Errorf("got %+v while nobody is signed in, want None", got)
	}
}

func TestOneWindowServesOneAfterTheOther(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 70, 8*time.Minute, "1")
	var ids []queue.TicketID
	for range 9 {
		ids = append(ids, w.take("tax"))
	}
	w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: w.call("1")})
	got := w.forecast()
	for i, id := range ids[1:] {
		// The service in front was just begun; then i more of 8 minutes and a little
		// for the way to the window, less those who don't come.
		want := 8.3 * float64(i+1)
		wait := got.Tickets[id]
		if math.Abs(wait.P50-want) > 0.15*want+0.7 {
			t.Errorf("ticket with %d ahead: got a median of %.1f minutes, want about %.1f", i, wait.P50, want)
		}
		if !(wait.P10 < wait.P50 && wait.P50 < wait.P80 && wait.P80 < wait.P90) {
			t.Errorf("quantiles out of order: %+v", wait)
		}
	}
}

func TestWhatIsInServiceWillTakeLessTheLongerItHasTaken(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 70, 8*time.Minute, "1")
	first, second := w.take("tax"), w.take("tax")
	w.call("1")
	w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: first})
	begin := w.wait(second).P50
	w.pass(6 * time.Minute)
	if later := w.wait(second).P50; later > begin-3 {
		t.Errorf("got %.1f minutes after 6 minutes of service, %.1f at its beginning", later, begin)
	}
}

func TestPriorityOvertakes(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 40, 8*time.Minute, "1")
	plain := w.take("tax")
	for range 3 {
		w.take("tax")
	}
	w.pass(time.Minute)
	elderly := w.take("tax", "elderly")
	got := w.forecast()
	if a, b := got.Tickets[elderly], got.Tickets[plain]; a.P50 >= b.P50 {
		t.Errorf("the elderly one waits %.1f minutes, the one before %.1f", a.P50, b.P50)
	}
}

func TestAnotherWindowShortensTheWait(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax"}, []queue.ServiceID{"tax"}))
	w.signIn("1")
	w.teach("tax", 40, 8*time.Minute, "1")
	var last queue.TicketID
	for range 8 {
		last = w.take("tax")
	}
	before := w.wait(last).P50
	w.signIn("2")
	if after := w.wait(last).P50; after > 0.65*before {
		t.Errorf("got %.1f minutes with two windows, %.1f with one", after, before)
	}
	w.do(queue.SignOut{Window: "2"})
	if again := w.wait(last).P50; math.Abs(again-before) > 0.1*before {
		t.Errorf("got %.1f minutes after it closed, want %.1f as before", again, before)
	}
}

func TestASharedWindowMakesBothServicesWait(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax", "card"}))
	w.signIn("1")
	w.teach("tax", 40, 8*time.Minute, "1")
	tax := w.take("tax")
	w.call("1")
	for range 6 {
		w.take("card")
	}
	w.pass(time.Minute)
	last := w.take("tax")
	if got := w.wait(last).P50; got < 40 {
		t.Errorf("got %.1f minutes behind %s and six of the other service, want about 55", got, tax)
	}
}

func TestWindowsOpenAndCloseByPlan(t *testing.T) {
	conf := twoServices(one...)
	// 09:00 is now; the window opens at 09:30 and closes at 11:30 for today.
	conf.Windows[0].Attendance = []queue.Hours{{From: 9*60 + 30, To: 11*60 + 30}}
	w := newWorld(t, conf)
	w.signIn("1")
	w.teach("tax", 40, 10*time.Second, "1") // quick ones: it is still before 09:30
	w.do(queue.SignOut{Window: "1"})
	first := w.take("tax")
	opens := minutesUntil(w.now, 9*60+30)
	if got := w.wait(first); got.None || got.P10 < opens || got.P50 > opens+10 {
		t.Errorf("got %+v for a window that opens in %.0f minutes", got, opens)
	}
	w.now = morning.Add(145 * time.Minute) // 11:25
	w.signIn("1")
	for range 100 {
		w.take("tax")
	}
	last := w.take("tax")
	if got := w.wait(last); !got.None {
		t.Errorf("got %+v for a ticket behind a hundred, five minutes before the window closes", got)
	}
}

// minutesUntil is how long it is from now to a minute after midnight in the hall.
func minutesUntil(now queue.Time, minute int) float64 {
	local := now.Std().In(time.FixedZone("", 8*3600))
	return float64(minute) - float64(local.Hour()*60+local.Minute()) - float64(local.Second())/60
}

func TestWhoAskedForTimeIsNotCalledBefore(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 40, time.Minute, "1")
	id := w.take("tax")
	w.do(queue.Delay{Ticket: id, By: 20 * time.Minute})
	if got := w.wait(id); got.P10 < 20 || got.P50 > 23 {
		t.Errorf("got %+v for one who isn't called for 20 minutes", got)
	}
}

func TestAParkedTicketComesBackBeforeThoseWhoCameLater(t *testing.T) {
	forecast := func(park bool) float64 {
		w := newWorld(t, twoServices(one...))
		w.signIn("1")
		w.teach("tax", 40, 8*time.Minute, "1")
		first := w.take("tax")
		w.call("1")
		w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: first})
		if park {
			w.do(queue.Park{Ticket: first, Until: w.now.Add(time.Minute)})
		} else {
			w.do(queue.Finish{Ticket: first})
		}
		w.pass(time.Second)
		var last queue.TicketID
		for range 3 {
			last = w.take("tax")
		}
		return w.wait(last).P50
	}
	if without, with := forecast(false), forecast(true); with < without+4 {
		t.Errorf("got %.1f minutes with a ticket that comes back, %.1f without", with, without)
	}
}

func TestAppointmentsThatWillComeGoBefore(t *testing.T) {
	forecast := func(booked int) float64 {
		w := newWorld(t, twoServices(one...))
		w.signIn("1")
		w.teach("tax", 40, 8*time.Minute, "1")
		var list []queue.Appointment
		for i := range booked {
			slot := w.now.Add(time.Duration(10+i) * time.Minute)
			list = append(list, queue.Appointment{ID: queue.AppointmentID(fmt.Sprint("a", i)), Service: "tax", From: slot, To: slot.Add(time.Hour)})
		}
		if booked > 0 {
			w.do(queue.ImportAppointments{List: list})
		}
		var last queue.TicketID
		for range 6 {
			last = w.take("tax")
		}
		return w.wait(last).P50
	}
	if without, with := forecast(0), forecast(5); with < without+15 {
		t.Errorf("got %.1f minutes before five appointments, %.1f without", with, without)
	}
}

func TestUntilEnoughWasSeenTheWaitIsReckoned(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	for range 5 {
		w.take("tax")
	}
	w.call("1")
	got := w.forecast().Services["tax"]
	// 4 ahead of a newcomer: 5 services of 8 minutes, less a few who give up; the
	// median is below the mean.
	if got.P50 < 33 || got.P50 > 39 || got.P90 < 50 {
		t.Errorf("got %+v, want a median a little below 40 minutes", got)
	}
}

func TestANewcomerIsToldWhatItsTicketWillBeTold(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax", "card"}, []queue.ServiceID{"tax"}))
	w.signIn("1", "2")
	w.teach("tax", 40, 8*time.Minute, "1", "2")
	for range 12 {
		w.take("tax")
		w.take("card")
	}
	before := w.forecast().Services["tax"]
	after := w.wait(w.take("tax"))
	if math.Abs(before.P50-after.P50) > 0.05*after.P50+0.5 || math.Abs(before.P90-after.P90) > 0.08*after.P90+1 {
		t.Errorf("the newcomer is told %+v, its ticket %+v", before.Wait, after)
	}
	if before.Ahead != 12 {
		t.Errorf("got %d ahead, want 12", before.Ahead)
	}
}

func TestTheSameSeedGivesTheSameOutlook(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax", "card"}, []queue.ServiceID{"tax"}))
	w.signIn("1", "2")
	w.teach("tax", 40, 8*time.Minute, "1", "2")
	for i := range 20 {
		w.take([]queue.ServiceID{"tax", "card"}[i%2])
	}
	if diff := cmp.Diff(w.forecast(), w.forecast()); diff != "" {
		t.Errorf("two forecasts of one moment differ:\n%s", diff)
	}
	other := estimate.Forecast(w.s, w.m, w.now, 2)
	if cmp.Equal(w.forecast(), other) {
		t.Error("another seed gives the same draws")
	}
}

func TestAForecastChangesNothing(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax", "card"}, []queue.ServiceID{"tax"}))
	w.signIn("1", "2")
	w.teach("tax", 40, 8*time.Minute, "1", "2")
	for range 20 {
		w.take("tax", "elderly")
		w.take("tax")
	}
	order := func() (out []queue.TicketID) {
		for _, t := range w.s.Waiting("tax") {
			out = append(out, t.ID)
		}
		return out
	}
	before := order()
	overtaken := w.s.Tickets[before[30]].Overtaken
	w.forecast()
	if diff := cmp.Diff(before, order()); diff != "" || w.s.Tickets[before[30]].Overtaken != overtaken {
		t.Errorf("the queue changed:\n%s", diff)
	}
}

// A minute later, with nothing new, a forecast is a minute less: chance must not
// move what people are shown.
func TestForecastsDoNotJitter(t *testing.T) {
	w := newWorld(t, twoServices([]queue.ServiceID{"tax"}, []queue.ServiceID{"tax"}))
	w.signIn("1", "2")
	w.teach("tax", 60, 8*time.Minute, "1", "2")
	var last queue.TicketID
	for range 12 {
		last = w.take("tax")
	}
	for _, id := range []queue.WindowID{"1", "2"} {
		w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: w.call(id)})
	}
	was := w.wait(last)
	for range 8 {
		w.pass(10 * time.Second)
		got := w.wait(last)
		if change := got.P50 - was.P50; change > 0.7 || change < -1 {
			t.Errorf("the median went from %.2f to %.2f in ten seconds", was.P50, got.P50)
		}
		was = got
	}
}

func TestMoreAheadNeverMeansASmallerMedian(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "windows")
		var windows [][]queue.ServiceID
		var ids []queue.WindowID
		for i := range n {
			ids = append(ids, queue.WindowID(fmt.Sprint(i+1)))
			windows = append(windows, rapid.SampledFrom([][]queue.ServiceID{{"tax"}, {"tax", "card"}, {"card"}}).Draw(t, "services"))
		}
		w := newWorld(t, twoServices(windows...))
		w.signIn(ids...)
		if windows[0][0] == "tax" && rapid.Bool().Draw(t, "learned") {
			w.teach("tax", 35, 6*time.Minute, "1")
		}
		for range rapid.IntRange(1, 30).Draw(t, "tickets") {
			if service := rapid.SampledFrom([]queue.ServiceID{"tax", "card"}).Draw(t, "service"); w.s.Closed(service) == "" {
				w.take(service)
			}
			w.pass(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
		}
		for _, id := range ids {
			if rapid.Bool().Draw(t, "calls") {
				w.do(queue.CallNext{Window: id})
			}
		}
		got := w.forecast()
		for _, service := range []queue.ServiceID{"tax", "card"} {
			last := 0.0
			for i, ticket := range w.s.Waiting(service) {
				wait := got.Tickets[ticket.ID]
				if wait.P50 < last {
					t.Fatalf("%s: %d ahead wait %.2f minutes, %d wait %.2f", service, i-1, last, i, wait.P50)
				}
				last = wait.P50
			}
			if n := got.Services[service]; !n.None && n.P50 < last {
				t.Fatalf("%s: a newcomer waits %.2f minutes, the last one %.2f", service, n.P50, last)
			}
		}
	})
}

func TestACrowdIsReckonedAndNotPlayed(t *testing.T) {
	w := newWorld(t, twoServices(one...))
	w.signIn("1")
	w.teach("tax", 40, 8*time.Minute, "1")
	for range 3001 {
		w.take("tax")
	}
	got := w.forecast()
	if n := got.Services["tax"]; len(got.Tickets) != 0 || n.None || n.Ahead != 3001 || n.P50 < 1000 {
		t.Errorf("got %d tickets and %+v", len(got.Tickets), n)
	}
}
