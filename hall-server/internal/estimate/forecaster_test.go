package estimate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeHall is a world that a Forecaster looks at.
type fakeHall struct {
	mu       sync.Mutex
	w        *world            // guarded by mu
	log      []estimate.Record // guarded by mu
	kept     int               // guarded by mu; records before it are only in the log
	told     []estimate.Told   // guarded by mu
	outcomes map[queue.TicketID]estimate.Outcome
	full     bool // guarded by mu; Save fails
	changes  chan struct{}
}

func newFakeHall(t *testing.T, conf queue.Config) *fakeHall {
	t.Helper()
	h := &fakeHall{w: newWorld(t, conf), changes: make(chan struct{}, 1), outcomes: make(map[queue.TicketID]estimate.Outcome)}
	h.w.after = func(e queue.Event) {
		h.log = append(h.log, estimate.Record{Seq: uint64(len(h.log) + 1), At: h.w.now, Events: queue.Events{e}})
	}
	return h
}

// change changes the world and says so.
func (h *fakeHall) change(f func(w *world)) {
	h.mu.Lock()
	f(h.w)
	h.mu.Unlock()
	select {
	case h.changes <- struct{}{}:
	default:
	}
}

func (h *fakeHall) Watch() (<-chan struct{}, func()) { return h.changes, func() {} }

func (h *fakeHall) Seq() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return uint64(len(h.log))
}

func (h *fakeHall) Follow(seq uint64, f func([]estimate.Record, bool, *queue.State, queue.Time)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if int(seq) < h.kept {
		f(nil, false, h.w.s, h.w.now)
		return
	}
	f(h.log[seq:], true, h.w.s, h.w.now)
}

func (h *fakeHall) Log(_ context.Context, seq uint64, limit int) ([]estimate.Record, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log[seq:min(int(seq)+limit, len(h.log))]), nil
}

func (h *fakeHall) Roster(queue.Time) estimate.Roster { return nil }

func (h *fakeHall) Begin(context.Context, int) (uint64, error) { return 0, nil }

func (h *fakeHall) Save(_ context.Context, told []estimate.Told, outcomes []estimate.Outcome) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.full {
		return errors.New("the disk is full")
	}
	h.told = append(h.told, told...)
	for _, o := range outcomes {
		h.outcomes[o.Ticket] = o
	}
	return nil
}

func (h *fakeHall) Outcomes(_ context.Context, _ queue.Day, f func(*estimate.Outcome)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.outcomes {
		f(&o)
	}
	return nil
}

// run runs a Forecaster; stop ends it, and saves what is left.
func (h *fakeHall) run(t *testing.T) (f *estimate.Forecaster, stop func()) {
	t.Helper()
	f = estimate.NewForecaster(h, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return f, stop
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begun := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// learnedHall is a fakeHall with one open window that has experience.
func learnedHall(t *testing.T) *fakeHall {
	t.Helper()
	h := newFakeHall(t, twoServices(one...))
	h.w.signIn("1")
	h.w.teach("tax", 50, 8*time.Minute, "1")
	return h
}

func TestTheForecasterLearnsTheLogAndShowsRanges(t *testing.T) {
	for _, kept := range []int{0, 100} {
		t.Run(fmt.Sprintf("%d records only in the log", kept), func(t *testing.T) {
			h := learnedHall(t)
			h.kept = kept
			var last queue.TicketID
			for range 5 {
				last = h.w.take("tax")
			}
			f, _ := h.run(t)
			waitFor(t, "there is a forecast", func() bool { _, ok := f.Ticket(last); return ok })
			if r, _ := f.Ticket(last); r.None || r.Low < 25 || r.High < 35 || r.High > 60 {
				t.Errorf("got %+v for the fifth, want about 35 minutes", r)
			}
			if r, ok := f.Service("tax"); !ok || r.None || r.Low < 30 {
				t.Errorf("got %+v, %v for a newcomer", r, ok)
			}
			if r, ok := f.Service("card"); !ok || !r.None {
				t.Errorf("got %+v, %v for a service without windows, want None", r, ok)
			}
			h.change(func(w *world) { w.do(queue.Cancel{Ticket: last}) })
			waitFor(t, "the cancelled ticket is gone", func() bool { _, ok := f.Ticket(last); return !ok })
		})
	}
}

func TestAPromiseFollowsTheTicketsTakenSince(t *testing.T) {
	h := learnedHall(t)
	for range 5 {
		h.w.take("tax")
	}
	f, stop := h.run(t)
	waitFor(t, "there is a forecast", func() bool { _, ok := f.Service("tax"); return ok })
	stop()
	promise := func(ahead int) queue.Promise { return f.Promise(h.w.s, "tax", ahead, h.w.now) }
	last := queue.Promise{}
	for ahead := 5; ahead < 25; ahead++ {
		p := promise(ahead)
		if p.Ahead != ahead || p.Low > p.Minutes || p.Minutes > p.High || p.High == 0 || p.Minutes < last.Minutes || p.Low < last.Low {
			t.Errorf("got %+v after %+v", p, last)
		}
		last = p
	}
	if got, want := float64(last.Low), 8.0*24; math.Abs(got-want) > 0.2*want {
		t.Errorf("got %+v for 24 ahead, want about %.0f minutes", last, want)
	}
	if got := f.Promise(h.w.s, "tax", 5, h.w.now.Add(2*time.Minute)); got != estimate.Plain(h.w.s, "tax", 5, h.w.now) {
		t.Errorf("got %+v from an outlook that is too old", got)
	}
	if got := f.Promise(h.w.s, "card", 0, h.w.now); got.Minutes != estimate.NoWindow {
		t.Errorf("got %+v for a service without a window", got)
	}
}

func TestWithoutAForecastPromisesArePlain(t *testing.T) {
	h := learnedHall(t)
	var none *estimate.Forecaster
	for name, f := range map[string]*estimate.Forecaster{"no forecaster": none, "one that doesn't run": estimate.NewForecaster(h, slog.New(slog.DiscardHandler))} {
		if got, want := f.Promise(h.w.s, "tax", 3, h.w.now), estimate.Plain(h.w.s, "tax", 3, h.w.now); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if _, ok := f.Ticket("t1"); ok {
			t.Errorf("%s has a forecast of a ticket", name)
		}
		if _, ok := f.Service("tax"); ok || f.Accuracy().N != 0 {
			t.Errorf("%s has a forecast of a service", name)
		}
	}
}

func TestEveryShownRangeAndWhatCameOfItIsKept(t *testing.T) {
	h := learnedHall(t)
	f, stop := h.run(t)
	waitFor(t, "there is a forecast", func() bool { _, ok := f.Service("tax"); return ok })
	var first, second queue.TicketID
	h.change(func(w *world) { first, second = w.take("tax"), w.take("tax") })
	waitFor(t, "the tickets have ranges", func() bool { _, ok := f.Ticket(second); return ok })
	h.change(func(w *world) {
		w.call("1")
		w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: first})
		w.pass(7 * time.Minute)
		w.do(queue.Finish{Ticket: first})
		w.call("1")
	})
	waitFor(t, "both promises came true", func() bool { return f.Accuracy().N == 2 })
	stop()
	if got := h.outcomes[second]; math.Abs(got.Waited-7) > 0.1 || got.Service != "tax" || got.Wait.P50 < 5 || got.Hour != 15 {
		t.Errorf("got outcome %+v, want one of 7 minutes", got)
	}
	if got := h.outcomes[first].Waited; got != 0 {
		t.Errorf("got %v minutes for the first, who was called at once", got)
	}
	seen := map[queue.TicketID]int{}
	for i, told := range h.told {
		seen[told.Ticket]++
		if told.Day != h.w.s.Day || i > 0 && slices.Contains(h.told[:i], told) {
			t.Errorf("told %+v", told)
		}
	}
	if seen[first] == 0 || seen[second] == 0 {
		t.Errorf("what was told to both isn't there: %v", seen)
	}
}

func TestARestartGoesOnWithWhatWasPromised(t *testing.T) {
	h := learnedHall(t)
	f, stop := h.run(t)
	var id queue.TicketID
	h.change(func(w *world) { id = w.take("tax") })
	waitFor(t, "the ticket has a range", func() bool { _, ok := f.Ticket(id); return ok })
	stop()
	// It is called while nobody forecasts.
	h.change(func(w *world) { w.pass(3 * time.Minute); w.call("1") })
	f, stop = h.run(t)
	waitFor(t, "the promise came true", func() bool { return f.Accuracy().N == 1 })
	stop()
	if got := h.outcomes[id].Waited; math.Abs(got-3) > 0.1 {
		t.Errorf("got %v minutes, want 3", got)
	}
}

func TestADiskThatDoesNotAnswerCostsNoPromise(t *testing.T) {
	h := learnedHall(t)
	h.full = true
	f, stop := h.run(t)
	var id queue.TicketID
	h.change(func(w *world) { id = w.take("tax") })
	waitFor(t, "the ticket has a range", func() bool { _, ok := f.Ticket(id); return ok })
	h.mu.Lock()
	h.full = false
	h.mu.Unlock()
	stop()
	if _, ok := h.outcomes[id]; !ok || len(h.told) == 0 {
		t.Errorf("got %d ranges and outcomes %v after the disk came back", len(h.told), h.outcomes)
	}
}

func TestANewDayForgetsTheOld(t *testing.T) {
	h := learnedHall(t)
	f, _ := h.run(t)
	var id queue.TicketID
	h.change(func(w *world) { id = w.take("tax") })
	waitFor(t, "the ticket has a range", func() bool { _, ok := f.Ticket(id); return ok })
	h.change(func(w *world) {
		w.pass(24 * time.Hour)
		w.do(queue.EndDay{Open: true})
	})
	waitFor(t, "the ticket is forgotten", func() bool { _, ok := f.Ticket(id); return !ok })
	out, _ := f.Outlook()
	if h.mu.Lock(); out.Day != h.w.s.Day {
		t.Errorf("got an outlook of %s on %s", out.Day, h.w.s.Day)
	}
	h.mu.Unlock()
}

func TestWhatThePaperSaysIsShownFirst(t *testing.T) {
	h := learnedHall(t)
	for range 4 {
		h.w.take("tax")
	}
	// The forecast is about 33 minutes: near enough to what was printed.
	h.w.do(queue.TakeTicket{ID: "paper", Service: "tax", Channel: "card", Minutes: 40, Low: 30, High: 40})
	f, _ := h.run(t)
	waitFor(t, "there is a forecast", func() bool { _, ok := f.Ticket("paper"); return ok })
	if got, want := first(f.Ticket("paper")), (estimate.Range{Low: 30, High: 40}); got != want {
		t.Errorf("got %+v just after %+v was printed", got, want)
	}
}

func first(r estimate.Range, _ bool) estimate.Range { return r }
