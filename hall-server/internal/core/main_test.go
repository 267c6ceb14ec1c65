package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a journal in memory that can be told to wait or to fail.
type memory struct {
	mu        sync.Mutex
	records   []core.Record
	batches   []int // sizes of the batches committed
	parts     []int // how many parts each came in
	snapshots map[uint64][]byte
	// gate, when set, holds every Commit until it can be received from.
	gate chan struct{}
	held atomic.Int32 // commits that came to a gate
	// early is what Commit returns after the first part. fail is what it returns
	// in the end; keep makes it store the batch all the same, as a disk does that
	// fails after the write.
	early, fail error
	keep        bool
	// unreadable is what Load returns.
	unreadable error
}

func newMemory() *memory { return &memory{snapshots: make(map[uint64][]byte)} }

func (m *memory) Commit(ctx context.Context, parts iter.Seq[core.Part]) error {
	m.mu.Lock()
	gate, early := m.gate, m.early
	m.mu.Unlock()
	if gate != nil {
		m.held.Add(1)
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var records []core.Record
	n := 0
	for part := range parts {
		n++
		records = append(records, part.Records...)
		if early != nil {
			return early
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = append(m.batches, len(records))
	m.parts = append(m.parts, n)
	if m.fail == nil || m.keep {
		m.records = append(m.records, records...)
	}
	return m.fail
}

func (m *memory) Load(context.Context) (core.Loaded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := core.Loaded{State: queue.NewState()}
	if m.unreadable != nil {
		return out, m.unreadable
	}
	for _, r := range m.records {
		for _, e := range r.Events {
			if err := queue.Apply(out.State, e, r.At); err != nil {
				return out, err
			}
		}
		out.Seq = r.Seq
		if r.Key != "" {
			out.Keys = append(out.Keys, core.Key{Key: r.Key, Seq: r.Seq, Print: r.Print, Day: r.Day})
		}
	}
	return out, nil
}

func (m *memory) Snapshot(_ context.Context, seq uint64, state []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.snapshots[seq] = slices.Clone(state)
	return nil
}

func (m *memory) Answer(_ context.Context, seq uint64) (core.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.records {
		if m.records[i].Seq == seq {
			return m.records[i].Answer, nil
		}
	}
	return core.Answer{}, errors.New("no such record")
}

// set changes how m behaves.
func (m *memory) set(f func(m *memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

func (m *memory) appended() []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.batches)
}

// log is a copy of what is durable.
func (m *memory) log() []core.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records)
}

// clock is set by hand.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) pass(d time.Duration)    { c.ms.Add(d.Milliseconds()) }
func (c *clock) set(t time.Time)         { c.ms.Store(t.UnixMilli()) }
func newClock(at time.Time) (out *clock) { out = &clock{}; out.set(at); return out }

// morning is 09:00 in Shanghai.
var morning = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func config() queue.Config {
	return queue.Config{
		TimeZone: "Asia/Shanghai",
		CutOff:   4 * time.Hour,
		Series:   []queue.Series{{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 9999}},
		Services: []queue.Service{{ID: "tax", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute}},
		Windows: []queue.WindowConfig{
			{ID: "1", Services: []queue.ServiceID{"tax"}}, {ID: "2", Services: []queue.ServiceID{"tax"}},
		},
		Rules: queue.Rules{RecallLimit: 3, RecallPause: 10 * time.Second, Overtaking: 10, OneLiveTicket: true},
	}
}

// running is a core in a test, with what it stands on.
type running struct {
	*core.Core
	t       *testing.T
	clock   *clock
	decided *atomic.Int64 // tickets that the core has begun to decide
	cancel  context.CancelFunc
	done    chan error
	stopped bool
}

// start opens and runs a core; with an empty journal it is configured first.
func start(t *testing.T, journal core.Journal, clk *clock) *running {
	t.Helper()
	r := &running{t: t, clock: clk, decided: new(atomic.Int64), done: make(chan error, 1)}
	c, err := core.Open(t.Context(), core.Config{
		Journal: journal, Clock: clk.now, Log: slog.New(slog.DiscardHandler),
		Promise: func(_ *queue.State, _ queue.ServiceID, ahead int, _ queue.Time) queue.Promise {
			r.decided.Add(1)
			return queue.Promise{Minutes: ahead + 1}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Core = c
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.done <- c.Run(ctx) }()
	t.Cleanup(func() {
		if !r.stopped {
			_ = r.stop()
		}
	})
	if c.Seq() == 0 {
		r.must(core.Request{Actor: "hall", Command: queue.Configure{Config: config()}})
	}
	return r
}

// stop ends the core and returns what Run did.
func (r *running) stop() error {
	r.t.Helper()
	r.stopped = true
	r.cancel()
	select {
	case err := <-r.done:
		return err
	case <-time.After(time.Minute):
		r.t.Fatal("the core doesn't stop")
		return nil
	}
}

func (r *running) must(req core.Request) core.Result {
	r.t.Helper()
	res, err := r.Do(r.t.Context(), req)
	if err != nil {
		r.t.Fatalf("%s: %v", req.Command.Name(), err)
	}
	return res
}

// refuse checks that req is refused with code.
func (r *running) refuse(req core.Request, code string) {
	r.t.Helper()
	res, err := r.Do(r.t.Context(), req)
	wantRefusal(r.t, err, code)
	if res != (core.Result{}) {
		r.t.Errorf("a refusal came with %+v", res)
	}
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *queue.Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("got %v, want refusal %s", err, code)
	}
}

var ids atomic.Int64

// take is a request for a new ticket; every try has an id of its own.
func take(key string) core.Request {
	id := queue.TicketID(fmt.Sprintf("t%d", ids.Add(1)))
	return core.Request{Key: key, Actor: "kiosk:1", Command: queue.TakeTicket{ID: id, Service: "tax", Channel: "name"}}
}

func do(cmd queue.Command) core.Request { return core.Request{Actor: "clerk:1", Command: cmd} }

// state is the committed state as JSON.
func (r *running) state() string {
	r.t.Helper()
	var out string
	r.Read(func(s *queue.State, _ queue.Time) { out = toJSON(r.t, s) })
	return out
}

// tickets counts the day's tickets.
func (r *running) tickets() (n int) {
	r.Read(func(s *queue.State, _ queue.Time) { n = len(s.Tickets) })
	return n
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// eventually polls for what another goroutine will bring about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(dir, "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeStore(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close store: %v", err)
	}
}
