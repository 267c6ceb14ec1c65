package bus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"smarthall/internal/bus"
)

// gaps is a follower that notes what it is told to have missed.
type gaps struct {
	mu     sync.Mutex
	heard  []string
	lost   []uint64
	cursor bus.Cursor
	refuse int // so many tellings of a gap fail
}

func (g *gaps) take(_ context.Context, m bus.Message) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.Lost > 0 && g.refuse > 0 {
		g.refuse--
		return errors.New("no")
	}
	if m.Lost > 0 {
		g.lost = append(g.lost, m.Lost)
	} else {
		g.heard = append(g.heard, m.ID)
	}
	g.cursor = m.Cursor
	return nil
}

func (g *gaps) state() (heard int, lost uint64, told int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.lost {
		lost += n
	}
	return len(g.heard), lost, len(g.lost)
}

// TestAFollowerIsToldWhatItsStreamHasDropped: whoever was away for longer than a
// stream keeps learns how much it has missed, once, and hears the rest; also where
// nothing is left at all.
func TestAFollowerIsToldWhatItsStreamHasDropped(t *testing.T) {
	const early, late, next = 5, 30, 3
	for name, c := range map[string]struct {
		keep bus.Keep
		wait time.Duration // before the follower is back
	}{
		"by number": {bus.Keep{Messages: 4}, 0},
		"by size":   {bus.Keep{Bytes: 2 << 10}, 0},
		"by age":    {bus.Keep{For: time.Second}, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := bus.Start(bus.Config{Domain: "platform", Dir: t.TempDir(), Key: make([]byte, 32), Keep: c.keep, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer closed(t, b)
			if err := b.Ensure(t.Context(), bus.StreamUp); err != nil {
				t.Fatal(err)
			}
			said := 0
			say := func(n int) {
				t.Helper()
				for range n {
					said++
					if err := b.Publish(t.Context(), bus.StreamUp, "visit", fmt.Sprint(said), make([]byte, 100)); err != nil {
						t.Fatal(err)
					}
				}
			}
			g := &gaps{refuse: 1}
			follow := func() (stop func()) {
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() { _ = b.Follow(ctx, "platform", bus.StreamUp, g.cursor, g.take) })
				return func() { cancel(); wg.Wait() }
			}
			stop := follow()
			for range early { // one by one, so that none is dropped before it is heard
				say(1)
				eventually(t, "it", func() bool { heard, _, _ := g.state(); return heard == said })
			}
			stop()
			say(late)
			time.Sleep(c.wait)
			defer follow()()
			eventually(t, "all that is left", func() bool { heard, lost, _ := g.state(); return lost > 0 && uint64(heard)+lost == uint64(said) })
			_, lost, told := g.state()
			if c.wait > 0 && lost != late {
				t.Errorf("%d are lost, want all %d", lost, late)
			}
			if told != 1 {
				t.Errorf("it was told %d times", told)
			}
			for range next {
				say(1)
				eventually(t, "what comes after", func() bool { heard, lost, _ := g.state(); return uint64(heard)+lost == uint64(said) })
			}
			if _, after, _ := g.state(); after != lost {
				t.Errorf("%d more were lost while it listened", after-lost)
			}
		})
	}
}
