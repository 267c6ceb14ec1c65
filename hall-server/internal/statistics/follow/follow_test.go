package follow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
	"smarthall/hall-server/internal/statistics/follow"
	"smarthall/hall-server/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// morning is 09:00 in Shanghai on a Monday.
var morning = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func config() queue.Config {
	return queue.Config{
		TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour,
		Series:   []queue.Series{{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 999}},
		Services: []queue.Service{{ID: "tax", Series: "a", Target: 5 * time.Minute, Expected: time.Minute}},
		Windows:  []queue.WindowConfig{{ID: "1", Services: []queue.ServiceID{"tax"}}},
		Rules:    queue.Rules{RecallLimit: 3, Overtaking: 10},
	}
}

// hall is a core on a real database, with a clock that tests move.
type hall struct {
	*testing.T
	db   *store.Store
	core *core.Core
	now  atomic.Int64
	ids  int
	stop func()
}

// open opens the hall in path; its core runs until close.
func open(t *testing.T, path string) *hall {
	t.Helper()
	h := &hall{T: t}
	h.now.Store(morning.UnixMilli())
	var err error
	if h.db, err = store.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	h.core, err = core.Open(t.Context(), core.Config{
		Journal: h.db, Log: quiet(), Clock: func() time.Time { return time.UnixMilli(h.now.Load()) },
		Promise: func(*queue.State, queue.ServiceID, int, queue.Time) queue.Promise { return queue.Promise{Minutes: 3} },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.core.Run(ctx) }()
	closed := false
	h.stop = func() {
		if closed {
			return
		}
		closed = true
		cancel()
		if err := errors.Join(<-done, h.db.Close()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(h.stop)
	return h
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (h *hall) do(cmd queue.Command) core.Result {
	h.Helper()
	r, err := h.core.Do(h.Context(), core.Request{Actor: "test", Command: cmd})
	if err != nil {
		h.Fatalf("%s: %v", cmd.Name(), err)
	}
	return r
}

func (h *hall) pass(d time.Duration) { h.now.Add(d.Milliseconds()) }

// day serves n people, and leaves one waiting.
func (h *hall) day(n int) {
	h.Helper()
	h.do(queue.SignIn{Window: "1", Staff: "li", StaffName: "Li"})
	for range n + 1 {
		h.ids++
		h.do(queue.TakeTicket{ID: queue.TicketID(fmt.Sprintf("t%06d", h.ids)), Service: "tax", Channel: "card"})
	}
	for i := range n {
		h.pass(time.Minute)
		id := h.do(queue.CallNext{Window: "1"}).Ticket.ID
		h.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id, Window: "1"})
		h.pass(time.Duration(i%7) * 10 * time.Second)
		h.do(queue.Finish{Ticket: id, Window: "1"})
	}
}

// follower runs one until stop is called or the test ends.
func (h *hall) follower(every time.Duration) (f *follow.Follower, stop func()) {
	h.Helper()
	f = follow.New(follow.Config{Source: h.core, Store: h.db, Log: quiet(), Every: every})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			h.Error(err)
		}
	}
	h.Cleanup(stop)
	return f, stop
}

func (h *hall) visits() map[queue.TicketID]statistics.Visit {
	h.Helper()
	out := make(map[queue.TicketID]statistics.Visit)
	err := h.db.Visits(h.Context(), "", "9999", func(v *statistics.Visit) error {
		out[v.Ticket] = *v
		return nil
	})
	if err != nil {
		h.Fatal(err)
	}
	return out
}

// folded are the visits that the whole log makes in one go.
func (h *hall) folded() map[queue.TicketID]statistics.Visit {
	h.Helper()
	f := statistics.NewFold(nil)
	records, err := h.db.LogAfter(h.Context(), 0, 1<<20)
	if err != nil {
		h.Fatal(err)
	}
	for _, r := range records {
		if err := f.Apply(r.Events, r.At); err != nil {
			h.Fatal(err)
		}
	}
	out := make(map[queue.TicketID]statistics.Visit)
	for f.Pending() > 0 {
		for _, v := range f.Take(f.Pending()) {
			out[v.Ticket] = v
		}
	}
	return out
}

// agree compares the table with the log.
func (h *hall) agree(what string) {
	h.Helper()
	want := h.folded()
	if diff := cmp.Diff(h.visits(), want); diff != "" || len(want) != h.ids {
		h.Fatalf("%s: %d tickets, %d visits: %s", what, h.ids, len(want), diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAfterASyncTheTableAgreesWithTheLog(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "hall.db"))
	h.do(queue.Configure{Config: config()})
	f, _ := h.follower(time.Hour)
	for _, n := range []int{0, 1, 30, 300} {
		h.pass(24 * time.Hour) // before all else: what the hall does by itself on a new day comes into the log at any moment
		h.day(n)
		must(t, f.Sync(t.Context()))
		h.agree(fmt.Sprintf("a day of %d", n))
	}
	must(t, f.Rebuild(t.Context()))
	h.agree("rebuilt")
}

func TestTheTableFollowsByItself(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "hall.db"))
	h.do(queue.Configure{Config: config()})
	h.follower(time.Millisecond)
	h.day(40)
	for deadline := time.Now().Add(time.Minute); !cmp.Equal(h.visits(), h.folded()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the table never agreed with the log")
		}
	}
	h.agree("left alone")
}

// TestARestartGoesOnWhereItWas: whether the program stopped before, amid or
// after the visits of a day, and also when the core's memory begins anew.
func TestARestartGoesOnWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	h := open(t, path)
	h.do(queue.Configure{Config: config()})
	for round := range 6 {
		f, stop := h.follower(time.Hour)
		h.day(12)
		if round%2 == 0 {
			must(t, f.Sync(t.Context()))
		}
		stop()
		if err := f.Sync(t.Context()); !errors.Is(err, follow.ErrClosed) {
			t.Fatalf("a stopped follower answers %v", err)
		}
		h.do(queue.SignOut{Window: "1"})
		if round%3 == 1 {
			h.pass(24 * time.Hour)
		}
		now, ids := h.now.Load(), h.ids
		h.stop()
		h = open(t, path)
		h.now.Store(now)
		h.ids = ids
	}
	f, _ := h.follower(time.Hour)
	must(t, f.Sync(t.Context()))
	h.agree("after six restarts")
	cursor, err := h.db.VisitCursor(t.Context())
	must(t, err)
	if cursor.Base == 0 || cursor.State == nil || len(cursor.State.Tickets) != 0 || cursor.Seq != h.core.Seq() {
		t.Errorf("the cursor is at %d of %d, its base at %d", cursor.Seq, h.core.Seq(), cursor.Base)
	}
}

func TestOlderRulesAndDamageAreFoldedAnew(t *testing.T) {
	for name, cursor := range map[string]store.VisitCursor{
		"older rules":      {Rules: statistics.Rules + 1, Seq: 3},
		"ahead of the log": {Rules: statistics.Rules, Seq: 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, filepath.Join(t.TempDir(), "hall.db"))
			h.do(queue.Configure{Config: config()})
			h.day(5)
			stray := statistics.Visit{Ticket: "stray", Day: "2026-11-20", Outcome: statistics.Open}
			must(t, h.db.SaveVisits(t.Context(), []statistics.Visit{stray}, &cursor))
			f, _ := h.follower(time.Hour)
			must(t, f.Sync(t.Context()))
			h.agree(name)
		})
	}
}

// TestWhoHasNoPatienceLosesNothing: a Sync that is given up leaves a table that
// a later one completes.
func TestWhoHasNoPatienceLosesNothing(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "hall.db"))
	h.do(queue.Configure{Config: config()})
	h.day(400)
	f, _ := h.follower(time.Hour)
	for i := range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*500*time.Microsecond)
		if err := f.Sync(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		cancel()
	}
	must(t, f.Sync(t.Context()))
	h.agree("after many half syncs")
}
