package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

// handed is how many tickets the core was asked for, whether they wait to be
// decided or to be durable.
func (r *running) handed() int { return int(r.decided.Load()) + r.Queued() }

// takers asks for n tickets at once and returns when the core has them all;
// join waits for the answers.
func (r *running) takers(n int) (join func() []error) {
	r.t.Helper()
	errs := make([]error, n)
	want := r.handed() + n
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = r.Do(context.Background(), take("")) })
	}
	eventually(r.t, "every ticket is handed over", func() bool { return r.handed() == want })
	return func() []error { wg.Wait(); return errs }
}

func TestCommandsThatArriveDuringACommitShareTheNext(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	gate := make(chan struct{})
	m.set(func(m *memory) { m.gate, m.batches = gate, nil })
	first := r.takers(1)
	eventually(t, "the first is being committed", func() bool { return m.held.Load() == 1 })
	rest := r.takers(64)
	if n := r.tickets(); n != 0 {
		t.Errorf("%d tickets can be seen before they are durable", n)
	}
	close(gate)
	for _, err := range append(first(), rest()...) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := m.appended(); !slices.Equal(got, []int{1, 64}) {
		t.Errorf("commits of %v records, want 1 and 64", got)
	}
	if n := r.tickets(); n != 65 {
		t.Errorf("%d tickets, want 65", n)
	}
}

// crowd lets n requesters take tickets again and again until enough is true,
// and returns what they were refused with.
func (r *running) crowd(n int, enough func() bool) []error {
	r.t.Helper()
	var stop atomic.Bool
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for !stop.Load() {
				if _, err := r.Do(context.Background(), take("")); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	eventually(r.t, "enough of the crowd", enough)
	stop.Store(true)
	wg.Wait()
	return errs
}

func TestTheJournalWritesWhileTheRestIsDecided(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	errs := r.crowd(64, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return slices.Max(append(m.parts, 0)) > 1
	})
	for _, err := range errs {
		wantRefusal(t, err, "number.used-up") // all 9,999 of the day
	}
	for i, rec := range m.log() {
		if rec.Seq != uint64(i)+1 {
			t.Fatalf("record %d has number %d", i, rec.Seq)
		}
	}
	if taken := r.tickets(); taken != len(m.log())-1 { // the first is the configuration
		t.Errorf("%d tickets, %d records", taken, len(m.log()))
	}
}

func TestACommitThatFailsWhileTheRestIsDecided(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	before, seq := r.state(), r.Seq()
	m.set(func(m *memory) { m.early = errors.New("disk full") })
	want := r.handed() + 2000
	errs := r.crowd(64, func() bool { return r.handed() > want })
	if len(errs) < 1000 {
		t.Errorf("only %d of 2,000 were refused", len(errs))
	}
	for _, err := range errs {
		wantRefusal(t, err, "store.unavailable")
	}
	if r.state() != before || r.Seq() != seq {
		t.Error("a failed commit changed the state")
	}
	m.set(func(m *memory) { m.early = nil })
	if res := r.must(take("")); res.Ticket.Number != "A001" {
		t.Errorf("after the failure: %s, want A001", res.Ticket.Number)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	gate := make(chan struct{})
	m.set(func(m *memory) { m.gate, m.batches = gate, nil })
	first, rest := r.takers(1), r.takers(1500)
	close(gate)
	for _, err := range append(first(), rest()...) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := m.appended(); slices.Max(got) > 512 {
		t.Errorf("commits of %v records, want 512 at most", got)
	}
	if n := r.tickets(); n != 1501 {
		t.Errorf("%d tickets, want 1501", n)
	}
}

func TestAFailedCommitAcknowledgesNobody(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	r.must(take("kept"))
	before, seq := r.state(), r.Seq()
	gate := make(chan struct{})
	m.set(func(m *memory) { m.gate, m.fail = gate, errors.New("disk full") })

	first := r.takers(1)
	rest := r.takers(20)
	keyed := make(chan error, 1)
	go func() { _, err := r.Do(context.Background(), take("lost")); keyed <- err }()
	eventually(t, "the keyed ticket is handed over", func() bool { return r.handed() == 23 })
	close(gate)
	for _, err := range append(append(first(), rest()...), <-keyed) {
		wantRefusal(t, err, "store.unavailable")
	}
	if r.state() != before || r.Seq() != seq {
		t.Error("a failed commit changed the state")
	}

	m.set(func(m *memory) { m.fail, m.gate = nil, nil })
	if res := r.must(take("lost")); res.Replayed || res.Ticket.Number != "A002" {
		t.Errorf("after the failure: %+v, want a new ticket A002", res)
	}
	if res := r.must(take("kept")); !res.Replayed || res.Ticket.Number != "A001" {
		t.Errorf("what was durable before the failure: %+v, want A001 again", res)
	}
}

func TestARefusalThatRestsOnALostTicketIsTakenBack(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	gate := make(chan struct{})
	m.set(func(m *memory) { m.gate, m.fail = gate, errors.New("disk full") })
	mine := func() core.Request {
		req := take("")
		cmd := req.Command.(queue.TakeTicket)
		cmd.Person.Key = "p1"
		req.Command = cmd
		return req
	}
	errs := make(chan error, 2)
	for i := range 2 {
		go func() { _, err := r.Do(context.Background(), mine()); errs <- err }()
		eventually(t, "it is handed over", func() bool { return r.handed() == i+1 })
	}
	close(gate)
	for range 2 { // not: you have ticket A001 already
		wantRefusal(t, <-errs, "store.unavailable")
	}
	m.set(func(m *memory) { m.fail, m.gate = nil, nil })
	r.must(mine())
}

func TestACommitThatFailedAfterTheWriteIsFound(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	m.set(func(m *memory) { m.fail, m.keep = errors.New("timeout"), true })
	r.refuse(take("k1"), "store.unavailable")
	m.set(func(m *memory) { m.fail = nil })
	if res := r.must(take("k1")); !res.Replayed || res.Ticket.Number != "A001" {
		t.Errorf("the retry got %+v, want the ticket that was written", res)
	}
	if res := r.must(take("k2")); res.Ticket.Number != "A002" {
		t.Errorf("got %s, want A002", res.Ticket.Number)
	}
}

func TestAHallThatCannotReadItsLogStops(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	m.set(func(m *memory) { m.fail, m.unreadable = errors.New("disk full"), errors.New("disk gone") })
	r.refuse(take(""), "store.unavailable")
	if err := <-r.done; err == nil || !errors.Is(err, m.fail) || !errors.Is(err, m.unreadable) {
		t.Errorf("Run returned %v, want both causes", err)
	}
	r.stopped = true
	if _, err := r.Do(t.Context(), take("")); !errors.Is(err, core.ErrClosed) {
		t.Errorf("afterwards Do returned %v, want ErrClosed", err)
	}
}

func TestAHallThatCannotBeLoadedIsNotOpened(t *testing.T) {
	m := newMemory()
	m.unreadable = errors.New("disk gone")
	if _, err := core.Open(t.Context(), core.Config{Journal: m}); !errors.Is(err, m.unreadable) {
		t.Errorf("got %v", err)
	}
}

func TestShutdownAnswersEverybody(t *testing.T) {
	for round := range 10 {
		m := newMemory()
		r := start(t, m, newClock(morning))
		type answer struct {
			number string
			err    error
		}
		answers := make(chan answer, 200)
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				res, err := r.Do(context.Background(), take(""))
				a := answer{err: err}
				if err == nil {
					a.number = res.Ticket.Number
				}
				answers <- a
			})
		}
		eventually(t, "some tickets", func() bool { return r.decided.Load() > int64(round*10) })
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		close(answers)
		durable := map[string]bool{}
		for _, rec := range m.log() {
			if rec.Answer.Ticket != nil {
				durable[rec.Answer.Ticket.Number] = true
			}
		}
		acknowledged := 0
		for a := range answers {
			switch {
			case a.err == nil && !durable[a.number]:
				t.Fatalf("%s was acknowledged and isn't durable", a.number)
			case a.err == nil:
				acknowledged++
			case !errors.Is(a.err, core.ErrClosed):
				t.Fatalf("got %v, want a ticket or ErrClosed", a.err)
			}
		}
		if acknowledged != len(durable) {
			t.Fatalf("%d tickets are durable, %d were acknowledged", len(durable), acknowledged)
		}
	}
}

func TestShutdownSavesASnapshot(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	r.must(take(""))
	want, seq := r.state(), r.Seq()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got := string(m.snapshots[seq]); got != want {
		t.Errorf("snapshot %s, want %s", got, want)
	}
}

func TestACommitThatFailsAtShutdownAcknowledgesNobody(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	gate := make(chan struct{})
	m.set(func(m *memory) { m.gate, m.fail = gate, errors.New("disk full") })
	first, rest := r.takers(1), r.takers(3)
	r.cancel()
	close(gate)
	// Whether it was the last commit or one before it is up to the scheduler.
	if err := r.stop(); err != nil && !errors.Is(err, m.fail) {
		t.Errorf("Run returned %v, want nothing or the cause", err)
	}
	for _, err := range append(first(), rest()...) {
		if !errors.Is(err, core.ErrClosed) { // not taken from the queue any more
			wantRefusal(t, err, "store.unavailable")
		}
	}
}

func TestOneWhoStopsWaitingBeforeTheQueueTakesIt(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // either outcome is true, neither may be half of one
		before := r.Seq()
		_, err := r.Do(ctx, take(""))
		if (err == nil) != (r.Seq() == before+1) || (err != nil && !errors.Is(err, context.Canceled)) {
			t.Fatalf("got %v and %d new records", err, r.Seq()-before)
		}
	}
}

func TestFollowersMissNothingOrAreTold(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	changed, end := r.Watch()
	var got []uint64
	seq := r.Seq()
	const n = 300
	for i := range n {
		r.must(take(fmt.Sprint("k", i)))
	}
	for seq < r.Seq() {
		<-changed
		records, ok := r.Since(seq)
		if !ok {
			t.Fatal("a follower that is 300 behind was told to begin anew")
		}
		for _, rec := range records {
			got = append(got, rec.Seq)
			seq = rec.Seq
		}
	}
	for i, s := range got {
		if s != uint64(i)+2 { // the first is the configuration
			t.Fatalf("record %d has number %d", i, s)
		}
	}
	if len(got) != n {
		t.Errorf("followed %d records, want %d", len(got), n)
	}
	end()
	r.must(take(""))
	select {
	case <-changed:
		t.Error("a follower that left is still told")
	default:
	}
}

func TestAFollowerTooFarBehindBeginsAnew(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	for range 3 {
		r.takers(1500)()
	}
	if _, ok := r.Since(1); ok {
		t.Error("4,500 records back was said to be at hand")
	}
	if _, ok := r.Since(r.Seq() - 4097); ok {
		t.Error("one record more than is kept was said to be at hand")
	}
	if records, ok := r.Since(r.Seq() - 4096); !ok || len(records) != 4096 || records[0].Seq != r.Seq()-4095 {
		t.Errorf("the last 4,096 records: %d, %v", len(records), ok)
	}
	if records, ok := r.Since(r.Seq()); !ok || len(records) != 0 {
		t.Errorf("nothing new: %d, %v", len(records), ok)
	}
	if _, ok := r.Since(r.Seq() + 1); ok {
		t.Error("records of the future were said to be at hand")
	}
}

// These are commands that no page sends.
func TestStrangeCommandsAreRefusedAndTheHallGoesOn(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	before := r.state()
	for _, cmd := range []queue.Command{
		queue.TakeTicket{},
		queue.TakeTicket{ID: "x"},
		queue.CallNext{},
		queue.CallNext{Window: "\x00"},
		queue.CallTicket{Window: "1"},
		queue.TicketCommand{},
		queue.TicketCommand{Verb: "dance", Ticket: "x"},
		queue.Finish{},
		queue.Cancel{},
		queue.Rate{},
		queue.SignIn{},
		queue.SignIn{Window: "1"},
		queue.SignOut{},
		queue.Pause{},
		queue.Continue{},
		queue.RecordPrint{},
		queue.AcknowledgeCall{},
		queue.Configure{},
	} {
		for _, key := range []string{"", "k-" + cmd.Name()} {
			if _, err := r.Do(t.Context(), core.Request{Key: key, Actor: "x", Command: cmd}); err == nil {
				t.Errorf("%#v was accepted", cmd)
			}
		}
	}
	if r.state() != before {
		t.Error("a refused command changed the state")
	}
	r.must(take(""))
}
