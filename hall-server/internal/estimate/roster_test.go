package estimate_test

import (
	"math"
	"testing"
	"time"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// shifts are a rostered day in minutes after midnight: windows 3 and 4 come for
// the rush, 1 and 2 have lunch, 5 and 6 leave early.
var shifts = map[queue.WindowID][][2]int{
	"1": {{9 * 60, 12 * 60}, {13 * 60, 17 * 60}}, "2": {{9 * 60, 12 * 60}, {13 * 60, 17 * 60}},
	"3": {{10 * 60, 16*60 + 30}}, "4": {{10 * 60, 16*60 + 30}},
	"5": {{9 * 60, 15 * 60}}, "6": {{9 * 60, 15*60 + 30}},
}

// rosterAt is shifts on the day of at.
func rosterAt(at queue.Time) estimate.Roster {
	local := at.Std().In(time.FixedZone("CST", 8*3600))
	midnight := queue.TimeOf(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location()))
	out := estimate.Roster{}
	for id, list := range shifts {
		for _, s := range list {
			out[id] = append(out[id], estimate.Duty{
				From: midnight + queue.Time(s[0])*60_000, To: midnight + queue.Time(s[1])*60_000, Clerk: "clerk-" + queue.StaffID(id),
			})
		}
	}
	return out
}

// closing is when the rostered hall gives no more tickets.
const closing = 16 * 60

// newRostered is a synthetic hall whose clerks come and go by shifts, and which
// closes.
func newRostered(t *testing.T) *synthetic {
	t.Helper()
	w := newSynthetic(t)
	conf := *w.s.Config
	week := [7][]queue.Hours{}
	for i := range week {
		week[i] = []queue.Hours{{From: 9 * 60, To: closing}}
	}
	conf.Opening = &queue.Opening{Week: week}
	w.do(queue.Configure{Config: conf})
	w.model(rosterAt)
	return w
}

// model begins to learn anew, with a roster or without.
func (w *synthetic) model(roster func(queue.Time) estimate.Roster) {
	w.m = estimate.NewModel(w.s.Config)
	if roster != nil {
		w.m.Follow(roster)
	}
}

// rosteredDay works a day by shifts: whoever serves finishes first.
func (w *synthetic) rosteredDay(at func(minute int)) {
	w.Helper()
	clear(w.ticket)
	for m := 9 * 60; m < 17*60; m++ {
		for _, id := range sixWindows {
			on := false
			for _, s := range shifts[id] {
				on = on || m >= s[0] && m < s[1]
			}
			switch open := w.s.Windows[id].Open(); {
			case on && !open:
				w.signIn(id)
			case !on && open && w.ticket[id] == "":
				w.do(queue.SignOut{Window: id})
			}
		}
		at(m)
		w.minute(m)
	}
	w.do(queue.EndDay{})
	w.pass(16 * time.Hour)
	w.do(queue.EndDay{Open: true})
}

func TestThePreviewKnowsWhoComesAndLeavesAndWhenTheHallCloses(t *testing.T) {
	w := newRostered(t)
	blind := estimate.NewModel(w.s.Config) // takes the windows to stay as they are now
	w.after = func(e queue.Event) { blind.Learn(e, w.now) }
	for range 6 {
		w.rosteredDay(func(int) {})
	}
	type told struct {
		at, spot             int
		knows, asNow, stands float64
		low, high            float64
	}
	var all []told
	actual := make(map[int]float64)
	for range 6 { // measured on days that weren't learnt before
		day := len(actual)
		w.rosteredDay(func(minute int) {
			actual[day+minute-9*60] = w.waits()
			if minute%15 != 0 || minute > 15*60 {
				return
			}
			p, ok := estimate.Ahead(w.s, w.m, w.now, 1)
			q, okToo := estimate.Ahead(w.s, blind, w.now, 1)
			if !ok || !okToo || p.Days < estimate.EnoughDays {
				t.Fatalf("no preview at %d", minute)
			}
			for spot := 1; spot < estimate.PreviewSpots && minute+15*spot < 17*60; spot++ {
				b := p.Waiting[spot]
				all = append(all, told{
					at: day + minute - 9*60, spot: spot, knows: b.Mid, asNow: q.Waiting[spot].Mid, stands: p.Waiting[0].Mid, low: b.Low, high: b.High,
				})
			}
		})
	}
	var knows, asNow, stands, sum float64
	inside := 0
	for _, x := range all {
		got := actual[x.at+15*x.spot]
		knows, asNow, stands, sum = knows+math.Abs(x.knows-got), asNow+math.Abs(x.asNow-got), stands+math.Abs(x.stands-got), sum+got
		if got >= math.Floor(x.low) && got <= math.Ceil(x.high) {
			inside++
		}
	}
	n := float64(len(all))
	t.Logf("%d forecasts of %.1f persons on average: off by %.2f with the roster, %.2f with the windows as now, %.2f if nothing changed; %.0f %% inside the band",
		len(all), sum/n, knows/n, asNow/n, stands/n, 100*float64(inside)/n)
	if knows > 0.9*asNow || knows > 0.6*stands {
		t.Errorf("off by %.2f persons with the roster, %.2f with the windows as now, %.2f if nothing changed", knows/n, asNow/n, stands/n)
	}
	if share := float64(inside) / n; share < 0.6 {
		t.Errorf("%.0f %% of the outcomes are inside the band", 100*share)
	}
}

func TestAPreviewSaysHowManyWindowsThereWillBeAndWhenTicketsEnd(t *testing.T) {
	w := newRostered(t)
	for _, tt := range []struct {
		name   string
		minute int
		spot   int
		want   int
		closes bool
	}{
		{"in the morning", 9*60 + 30, 0, 4, false},
		{"when two more come", 9*60 + 30, 2, 6, false},
		{"at lunch", 11*60 + 30, 2, 4, false},
		{"after lunch", 11*60 + 30, 6, 6, false},
		{"when two have left", 14 * 60, 7, 4, true},
	} {
		got := estimate.Preview{}
		w.rosteredDay(func(minute int) {
			if minute == tt.minute {
				got, _ = estimate.Ahead(w.s, w.m, w.now, 1)
			}
		})
		if got.Windows[tt.spot] != tt.want {
			t.Errorf("%s: %d windows, want %d of %v", tt.name, got.Windows[tt.spot], tt.want, got.Windows)
		}
		if (got.Closes != 0) != tt.closes {
			t.Errorf("%s: tickets end at %v", tt.name, got.Closes)
		}
	}
}

func TestNobodyIsExpectedToComeAfterTheHallHasClosed(t *testing.T) {
	w := newRostered(t)
	w.signIn(sixWindows...) // on its first day: people are taken to come as in the last hour
	for m := 9 * 60; m < closing; m++ {
		w.minute(m)
	}
	late, _ := estimate.Ahead(w.s, w.m, w.now, 1)
	for spot := 1; spot < estimate.PreviewSpots; spot++ {
		if late.Services["tax"].Waits[spot] != nil {
			t.Errorf("spot %d: somebody comes to a closed hall", spot)
		}
	}
}

func TestABreakByTheRosterIsNotLearntAsLeaving(t *testing.T) {
	w := newRostered(t)
	blind := estimate.NewModel(w.s.Config)
	w.after = func(e queue.Event) { blind.Learn(e, w.now) }
	for range 3 {
		w.rosteredDay(func(int) {})
	}
	with, without := w.m.Leaves(), blind.Leaves()
	t.Logf("learnt %.1f farewells with the roster, %.1f without", with, without)
	if with > 1 || without < 3 {
		t.Errorf("learnt %.1f farewells with the roster, %.1f without", with, without)
	}
}
