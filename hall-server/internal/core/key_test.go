package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

func TestARetryGetsTheFirstAnswer(t *testing.T) {
	dir := t.TempDir()
	db := openStore(t, dir)
	r := start(t, db, newClock(morning))
	first := r.must(take("k1"))
	if first.Replayed || first.Ticket == nil || first.Ticket.Number != "A001" {
		t.Fatalf("first answer %+v", first)
	}
	check := func(r *running) {
		t.Helper()
		before, seq := r.state(), r.Seq()
		again := r.must(take("k1"))
		if !again.Replayed || toJSON(t, again.Answer) != toJSON(t, first.Answer) {
			t.Errorf("a retry got %s (replayed %v), want %s", toJSON(t, again.Answer), again.Replayed, toJSON(t, first.Answer))
		}
		if r.state() != before || r.Seq() != seq {
			t.Error("a retry changed the state")
		}
	}
	check(r)
	r.must(do(queue.SignIn{Window: "1", Staff: "li", StaffName: "李敏"}))
	call := core.Request{Key: "c1", Actor: "clerk:1", Command: queue.CallNext{Window: "1"}}
	called := r.must(call)
	if called.Ticket == nil || called.Reason == nil || called.Ticket.State != queue.Called {
		t.Fatalf("call %+v", called)
	}
	check(r) // the ticket has been called, the first answer says waiting
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	closeStore(t, db)

	db = openStore(t, dir)
	defer closeStore(t, db)
	r = start(t, db, newClock(morning.Add(time.Hour)))
	check(r)
	if again := r.must(call); !again.Replayed || toJSON(t, again.Answer) != toJSON(t, called.Answer) {
		t.Errorf("a retried call after a restart got %s, want %s", toJSON(t, again.Answer), toJSON(t, called.Answer))
	}
	r.clock.pass(24 * time.Hour)
	r.must(take("another day"))
	if again := r.must(take("k1")); again.Ticket.ID != first.Ticket.ID {
		t.Error("yesterday's key gave a new ticket")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyStandsForOneCommand(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	r.must(take("k1"))
	before := r.state()
	other := take("k1")
	cmd := other.Command.(queue.TakeTicket)
	cmd.Channel = "staff"
	other.Command = cmd
	r.refuse(other, "key.reused")
	r.refuse(core.Request{Key: "k1", Actor: "kiosk:1", Command: queue.CallNext{Window: "1"}}, "key.reused")
	if r.state() != before {
		t.Error("a key used twice changed the state")
	}
	mine := take("k1")
	mine.Actor = "kiosk:2" // keys belong to whoever asks
	if res := r.must(mine); res.Replayed || res.Ticket.Number != "A002" {
		t.Errorf("another machine's key: %+v", res)
	}
}

func TestWhatChangedNothingIsNotRemembered(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	call := core.Request{Key: "c1", Actor: "clerk:1", Command: queue.CallNext{Window: "1"}}
	r.refuse(call, "window.signed-out")
	r.must(do(queue.SignIn{Window: "1", Staff: "li"}))
	if res := r.must(call); !res.None || res.Window == nil || res.Window.Staff != "li" {
		t.Errorf("a call while nobody waits: %+v", res)
	}
	seq := r.Seq()
	r.must(do(queue.SignIn{Window: "1", Staff: "li"}))
	if r.Seq() != seq {
		t.Error("a command without events got a record")
	}
	r.must(take(""))
	if res := r.must(call); res.Replayed || res.Ticket == nil {
		t.Errorf("a call after nobody waited: %+v", res)
	}
}

func TestKeysAreForgottenAfterTheNextBusinessDay(t *testing.T) {
	db := openStore(t, t.TempDir())
	defer closeStore(t, db)
	r := start(t, db, newClock(morning))
	first := r.must(take("k1"))
	r.clock.pass(24 * time.Hour)
	if res := r.must(take("k1")); !res.Replayed || res.Ticket.ID != first.Ticket.ID {
		t.Errorf("the day after: %+v", res)
	}
	r.must(take("k2"))
	r.clock.pass(24 * time.Hour)
	r.must(take("k3"))
	if res := r.must(take("k1")); res.Replayed || res.Ticket.ID == first.Ticket.ID {
		t.Errorf("two days after: %+v, want a new ticket", res)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestTenThousandReplays(t *testing.T) {
	db := openStore(t, t.TempDir())
	defer closeStore(t, db)
	r := start(t, db, newClock(morning))
	want := r.must(take("k1"))
	before, seq := r.state(), r.Seq()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 625 {
				res, err := r.Do(context.Background(), take("k1"))
				if err != nil || !res.Replayed || res.Ticket.ID != want.Ticket.ID {
					t.Errorf("replay: %+v, %v", res, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if r.state() != before || r.Seq() != seq {
		t.Error("replays changed the state")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestOneKeyAtTheSameTimeIsOneTicket(t *testing.T) {
	r := start(t, newMemory(), newClock(morning))
	for round := range 20 {
		numbers := make([]string, 32)
		var wg sync.WaitGroup
		for i := range numbers {
			wg.Go(func() {
				res, err := r.Do(context.Background(), take(fmt.Sprint("k", round)))
				if err != nil {
					t.Errorf("take: %v", err)
					return
				}
				numbers[i] = res.Ticket.Number
			})
		}
		wg.Wait()
		for _, n := range numbers {
			if n != numbers[0] {
				t.Fatalf("one key gave %s and %s", numbers[0], n)
			}
		}
	}
	if got := r.tickets(); got != 20 {
		t.Errorf("%d tickets for 20 keys", got)
	}
}

func TestSecondTicketsOfAPersonInOneBatchAreRefused(t *testing.T) {
	m := newMemory()
	r := start(t, m, newClock(morning))
	var wg sync.WaitGroup
	var mu sync.Mutex
	given := 0
	for range 50 {
		wg.Go(func() {
			req := take("")
			cmd := req.Command.(queue.TakeTicket)
			cmd.Person.Key = "p1"
			req.Command = cmd
			_, err := r.Do(context.Background(), req)
			if err != nil {
				wantRefusal(t, err, "person.has-ticket")
				return
			}
			mu.Lock()
			defer mu.Unlock()
			given++
		})
	}
	wg.Wait()
	if given != 1 || r.tickets() != 1 {
		t.Errorf("one person got %d tickets", given)
	}
}
