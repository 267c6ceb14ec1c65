package estimate_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// synthetic is a made-up hall that works day after day: people come as rates
// say, windows 1 to 6 serve them from nine to five and 7 is spare.
type synthetic struct {
	*world
	random *rand.Rand
	busy   map[queue.WindowID]queue.Time // until when; 0 is idle
	ticket map[queue.WindowID]queue.TicketID
}

func newSynthetic(t *testing.T) *synthetic {
	t.Helper()
	tax := []queue.ServiceID{"tax"}
	conf := twoServices(tax, tax, tax, tax, tax, []queue.ServiceID{"tax", "card"}, tax)
	conf.Services[0].Target = 8 * time.Minute
	return &synthetic{
		world: newWorld(t, conf), random: rand.New(rand.NewPCG(7, 11)),
		busy: map[queue.WindowID]queue.Time{}, ticket: map[queue.WindowID]queue.TicketID{},
	}
}

var sixWindows = []queue.WindowID{"1", "2", "3", "4", "5", "6"}

// rate is how many come in a minute: few, a rush from ten to twelve, few.
func rate(service queue.ServiceID, minute int) float64 {
	switch {
	case service == "card":
		return 0.05
	case minute >= 10*60 && minute < 12*60:
		return 0.95
	default:
		return 0.45
	}
}

// minute lets one minute pass. each is called before it.
func (w *synthetic) minute(minute int) {
	w.Helper()
	for _, service := range []queue.ServiceID{"tax", "card"} {
		comes := w.random.Float64() < rate(service, minute)
		if open, _ := w.s.Config.Open(w.now); comes && open {
			w.take(service)
		}
	}
	for _, id := range sixWindows {
		if w.ticket[id] != "" && w.now >= w.busy[id] {
			w.do(queue.Finish{Ticket: w.ticket[id]})
			w.ticket[id] = ""
		}
		if w.ticket[id] == "" && w.s.Windows[id].Open() {
			if events := w.do(queue.CallNext{Window: id}); len(events) > 0 {
				w.ticket[id] = events[0].(queue.TicketCalled).Ticket
				w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: w.ticket[id]})
				w.busy[id] = w.now + queue.Time(60_000*(2+w.random.ExpFloat64()*5))
			}
		}
	}
	w.pass(time.Minute)
}

// day works a whole day; at is called at the beginning of each minute.
func (w *synthetic) day(at func(minute int)) {
	w.Helper()
	clear(w.ticket)
	w.signIn(sixWindows...)
	for m := 9 * 60; m < 17*60; m++ {
		at(m)
		w.minute(m)
	}
	w.do(queue.EndDay{})
	w.pass(16 * time.Hour)
	w.do(queue.EndDay{Open: true})
}

func (w *synthetic) waits() float64 {
	return float64(w.s.Count("tax", queue.Waiting) + w.s.Count("card", queue.Waiting))
}

func TestThePreviewOfADayIsBetterThanThePresentAndItsBandHolds(t *testing.T) {
	w := newSynthetic(t)
	for range 6 {
		w.day(func(int) {})
	}
	type told struct {
		at, spot int
		band     estimate.Band
		present  float64
	}
	var all []told
	actual := make(map[int]float64)
	for range 6 { // measured on days that weren't learnt before
		day := len(actual)
		w.day(func(minute int) {
			actual[day+minute-9*60] = w.waits()
			if minute%15 != 0 || minute > 15*60 {
				return
			}
			p, ok := estimate.Ahead(w.s, w.m, w.now, 1)
			if !ok || p.Days < estimate.EnoughDays {
				t.Fatalf("no preview at %d: %+v", minute, p)
			}
			for spot := 1; spot < estimate.PreviewSpots; spot++ {
				all = append(all, told{at: day + minute - 9*60, spot: spot, band: p.Waiting[spot], present: p.Waiting[0].Mid})
			}
		})
	}
	var off, naive, sum float64
	inside := 0
	for _, x := range all {
		got := actual[x.at+15*x.spot]
		off, naive, sum = off+math.Abs(x.band.Mid-got), naive+math.Abs(x.present-got), sum+got
		if got >= math.Floor(x.band.Low) && got <= math.Ceil(x.band.High) {
			inside++
		}
	}
	n := float64(len(all))
	t.Logf("%d forecasts of %.1f persons on average: off by %.2f, the present by %.2f; %.0f %% inside the band",
		len(all), sum/n, off/n, naive/n, 100*float64(inside)/n)
	if off > 0.8*naive {
		t.Errorf("off by %.2f persons, the present itself by %.2f", off/n, naive/n)
	}
	if share := float64(inside) / n; share < 0.6 {
		t.Errorf("%.0f %% of the outcomes are inside the band", 100*share)
	}
}

func TestOneMoreWindowIsAdvisedBeforeTheRush(t *testing.T) {
	w := newSynthetic(t)
	for range 6 {
		w.day(func(int) {})
	}
	var got []estimate.Advice
	w.day(func(minute int) {
		if minute == 9*60+45 {
			p, _ := estimate.Ahead(w.s, w.m, w.now, 1)
			got = p.Advice
		}
	})
	if len(got) == 0 || got[0].Service != "tax" || got[0].Window != "7" || got[0].Paused {
		t.Fatalf("got %+v, want window 7 for tax", got)
	}
	if a := got[0]; a.Before < a.Target || a.After > a.Before-3 || a.After < 0 {
		t.Errorf("got %+v", a)
	} else {
		t.Logf("window %s by %s: from %.0f to %.0f minutes", a.Window, a.By.Std(), a.Before, a.After)
	}
}

func TestAHallWithoutAPastSaysSo(t *testing.T) {
	w := newSynthetic(t)
	w.signIn("1")
	for range 5 {
		w.take("tax")
	}
	p, ok := estimate.Ahead(w.s, w.m, w.now, 1)
	if !ok || p.Days >= estimate.EnoughDays || p.Advice != nil {
		t.Errorf("got %v days and advice %+v of a hall that has just begun", p.Days, p.Advice)
	}
	if got := p.Waiting[0]; got.Low != got.High || got.Mid != 5 {
		t.Errorf("at present wait %+v, want 5", got)
	}
}

func TestAServiceWithoutAWindowHasNoExpectedWait(t *testing.T) {
	w := newSynthetic(t)
	for range 3 {
		w.day(func(int) {})
	}
	w.signIn("1") // window 6, the only one for cards, stays closed
	w.take("card")
	p, _ := estimate.Ahead(w.s, w.m, w.now, 1)
	for spot, b := range p.Services["card"].Waits {
		if b != nil {
			t.Errorf("spot %d promises %+v", spot, *b)
		}
	}
	if last := p.Services["card"].Waiting[estimate.PreviewSpots-1]; last.Mid < 3 {
		t.Errorf("at the end wait %+v, want all who came", last)
	}
}
