package uplink_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"smarthall/hall-server/internal/uplink"
)

const cases = "case:330102:20261123"

// grant answers the nth ask of the hall, counted from 0, with a range.
func (p *platform) grant(n int, first int64) (count int64) {
	p.Helper()
	eventually(p.TB, "an ask", func() bool { return len(p.all("range.asked")) > n })
	ask := p.all("range.asked")[n]
	var body struct {
		Name  string
		Count int64
	}
	if err := json.Unmarshal(ask.Data, &body); err != nil {
		p.Fatal(err)
	}
	if body.Name != cases || ask.Subject != cases || body.Count < 1 || body.Count > 1000 {
		p.Fatalf("asked for %+v", body)
	}
	p.say("grant-"+ask.ID, "range.granted", cases, map[string]any{"name": body.Name, "first": first, "last": first + body.Count - 1, "asked": ask.ID})
	return body.Count
}

func (f *fixture) left() int64 {
	f.Helper()
	n, err := f.numbers.Left(f.Context(), cases)
	if err != nil {
		f.Fatal(err)
	}
	return n
}

func TestNumbersComeFromGrantedRangesAndNeverTwice(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	if _, err := f.numbers.Next(t.Context(), cases, 50); !errors.Is(err, uplink.ErrNoNumbers) {
		t.Fatalf("got %v", err)
	}
	count := p.grant(0, 1001)
	eventually(t, "the range", func() bool { return f.left() == count })
	var mu sync.Mutex
	given := map[int64]bool{}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				n, err := f.numbers.Next(t.Context(), cases, 50)
				mu.Lock()
				if err != nil || given[n] || n < 1001 || n >= 1001+count {
					t.Errorf("got %d, %v; given before: %v", n, err, given[n])
				}
				given[n] = true
				mu.Unlock()
			}
		})
	}
	group.Wait()
	f.restart()
	// Nobody answers yet: the hall goes on with what it has, and has asked once.
	for range int(count) - len(given) {
		n, err := f.numbers.Next(t.Context(), cases, 50)
		if err != nil || given[n] {
			t.Fatalf("got %d, %v; given before: %v", n, err, given[n])
		}
		given[n] = true
	}
	if _, err := f.numbers.Next(t.Context(), cases, 50); !errors.Is(err, uplink.ErrNoNumbers) {
		t.Fatalf("beyond the range: %v", err)
	}
	p.grant(1, 5001)
	eventually(t, "the next range", func() bool { return f.left() > 0 })
	if n, err := f.numbers.Next(t.Context(), cases, 50); n != 5001 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if asked := len(p.all("range.asked")); asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

func TestARangeThatThisHallDidNotAskForIsNotUsed(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	if err := f.numbers.Keep(t.Context(), cases, 10); err != nil {
		t.Fatal(err)
	}
	p.grant(0, 1)
	eventually(t, "the range", func() bool { return f.left() == 20 })
	f.stop()
	g := newFixture(t, p) // with new data: it hears again what the old one used up
	if err := g.numbers.Keep(t.Context(), cases, 10); err != nil {
		t.Fatal(err)
	}
	p.grant(1, 21)
	eventually(t, "a range of its own", func() bool { return g.left() == 20 })
	if n, err := g.numbers.Next(t.Context(), cases, 1); n != 21 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestAnAskSurvivesUntilThePlatformIsThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	if err := f.numbers.Keep(t.Context(), cases, 10); err != nil {
		t.Fatal(err)
	}
	p := newPlatform(t)
	f.stop()
	f.address = "nats-leaf://east:token@" + p.addr
	f.start()
	p.grant(0, 1)
	eventually(t, "the range", func() bool { return f.left() == 20 })
	if n := len(p.all("range.asked")); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestWrongWishesForNumbersAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	for what, c := range map[string]struct {
		name string
		keep int64
	}{
		"no name": {"", 10}, "a long name": {strings.Repeat("x", 101), 10}, "none": {cases, 0}, "fewer than none": {cases, -1}, "too many": {cases, 1001},
	} {
		if err := f.numbers.Keep(t.Context(), c.name, c.keep); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if asks, err := f.store.Asks(t.Context()); err != nil || len(asks) != 0 {
		t.Errorf("asks %v, %v", asks, err)
	}
}
