package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"smarthall/hall-server/internal/store"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// ask asks for n numbers of cases and takes the grant from first on.
func ask(t *testing.T, s *store.Store, id string, first, n int64) {
	t.Helper()
	if fresh, err := s.AskNumbers(t.Context(), store.Ask{Name: "case", ID: id, Count: n, At: noon}); !fresh || err != nil {
		t.Fatalf("ask: %v, %v", fresh, err)
	}
	grant(t, s, "grant-"+id, store.Range{Name: "case", First: first, Last: first + n - 1, Asked: id})
}

func grant(t *testing.T, s *store.Store, event string, r store.Range) {
	t.Helper()
	if err := s.SaveDown(t.Context(), &store.Down{ID: event, At: noon, Epoch: "e", Seq: 1, Range: &r}); err != nil {
		t.Fatal(err)
	}
}

func TestTheUplinkGoesOnWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	s := open(t, path)
	if _, err := s.Uplink(t.Context(), store.Uplink{Epoch: "first", Sent: 7}); err != nil {
		t.Fatal(err)
	}
	must(t, s.SaveSent(t.Context(), 9))
	must(t, s.SaveDown(t.Context(), &store.Down{ID: "e1", At: noon, Epoch: "theirs", Seq: 4}))
	must(t, s.SaveDown(t.Context(), &store.Down{At: noon, Epoch: "theirs", Seq: 5})) // what was no event
	other := open(t, path)
	got, err := other.Uplink(t.Context(), store.Uplink{Epoch: "second", Sent: 1})
	if want := (store.Uplink{Epoch: "first", Sent: 9, DownEpoch: "theirs", DownSeq: 5}); got != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for id, want := range map[string]bool{"e1": true, "e2": false, "": false, "' OR 1=1 --": false} {
		if taken, err := other.Taken(t.Context(), id); taken != want || err != nil {
			t.Errorf("%q taken: %v, %v", id, taken, err)
		}
	}
}

func TestANumberIsGivenOutOnceByWhoeverAsks(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hall.db"))
	ask(t, s, "a1", 101, 20)
	ask(t, s, "a2", 501, 20)
	given := make(chan int64, 64)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				n, err := s.NextNumber(context.Background(), "case")
				if errors.Is(err, store.ErrNoNumbers) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				given <- n
			}
		})
	}
	group.Wait()
	close(given)
	seen := map[int64]bool{}
	for n := range given {
		if seen[n] || (n < 101 || n > 120) && (n < 501 || n > 520) {
			t.Errorf("number %d", n)
		}
		seen[n] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d numbers of 40", len(seen))
	}
	if n, err := s.NumbersLeft(t.Context(), "case"); n != 0 || err != nil {
		t.Errorf("%d left, %v", n, err)
	}
}

func TestARangeIsTakenOnceAndOnlyForAnAsk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hall.db"))
	ask(t, s, "a1", 1, 10)
	grant(t, s, "g2", store.Range{Name: "case", First: 1, Last: 10, Asked: "a1"})         // again
	grant(t, s, "g3", store.Range{Name: "case", First: 11, Last: 20, Asked: "another's"}) // nobody's
	if n, err := s.NumbersLeft(t.Context(), "case"); n != 10 || err != nil {
		t.Errorf("%d left, %v", n, err)
	}
}

func TestARangeIsAskedForOnceADay(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hall.db"))
	for _, c := range []struct {
		id   string
		at   time.Time
		want bool
	}{{"a1", noon, true}, {"a2", noon.Add(23 * time.Hour), false}, {"a3", noon.Add(25 * time.Hour), true}, {"a4", noon.Add(26 * time.Hour), false}} {
		if fresh, err := s.AskNumbers(t.Context(), store.Ask{Name: "case", ID: c.id, Count: 5, At: c.at}); fresh != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.id, fresh, err)
		}
	}
	asks, err := s.Asks(t.Context())
	if err != nil || len(asks) != 1 || asks[0].ID != "a3" || asks[0].Count != 5 {
		t.Fatalf("got %+v, %v", asks, err)
	}
	must(t, s.AskSent(t.Context(), "a3"))
	if asks, err := s.Asks(t.Context()); len(asks) != 0 || err != nil {
		t.Errorf("got %+v, %v", asks, err)
	}
}

func TestTheUplinkForgetsWhatCannotComeAgain(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hall.db"))
	ask(t, s, "a1", 1, 1)
	ask(t, s, "a2", 2, 2)
	if n, err := s.NextNumber(t.Context(), "case"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	must(t, s.SweepUplink(t.Context(), noon.Add(59*24*time.Hour)))
	if taken, err := s.Taken(t.Context(), "grant-a1"); !taken || err != nil {
		t.Errorf("forgotten too soon: %v", err)
	}
	must(t, s.SweepUplink(t.Context(), noon.Add(61*24*time.Hour)))
	if taken, err := s.Taken(t.Context(), "grant-a1"); taken || err != nil {
		t.Errorf("known for ever: %v", err)
	}
	if n, err := s.NextNumber(t.Context(), "case"); n != 2 || err != nil {
		t.Errorf("what is left of a range is gone: %d, %v", n, err)
	}
}
