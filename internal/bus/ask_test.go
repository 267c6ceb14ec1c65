package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/internal/bus"
	"smarthall/internal/bus/bustest"
)

func answered(t *testing.T, b *bus.Bus, leaf string, answer func(context.Context, string, []byte) []byte) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Answer(ctx, leaf, answer) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("answer: %v", err)
		}
	}
}

// echo answers with who is taken to ask what.
func echo(t *testing.T, b *bus.Bus, leaf string) (stop func()) {
	t.Helper()
	return answered(t, b, leaf, func(_ context.Context, topic string, question []byte) []byte {
		return []byte(leaf + " " + topic + " " + string(question))
	})
}

func TestALeafIsAnsweredUnderItsOwnNameOnly(t *testing.T) {
	platform := hub(t, t.TempDir(), "127.0.0.1:0")
	defer closed(t, platform)
	defer echo(t, platform, "hall-1")()
	defer echo(t, platform, "hall-2")()
	one, two := leaf(t, "hall-1", t.TempDir(), platform.LeavesAddr()), leaf(t, "hall-2", t.TempDir(), platform.LeavesAddr())
	defer closed(t, one)
	defer closed(t, two)
	for name, b := range map[string]*bus.Bus{"hall-1": one, "hall-2": two} {
		var got []byte
		eventually(t, "an answer", func() (ok bool) {
			var err error
			got, err = b.Ask(t.Context(), "case-query", []byte("A1"))
			return err == nil
		})
		if want := name + " case-query A1"; string(got) != want {
			t.Errorf("%s heard %q, want %q", name, got, want)
		}
	}
	for _, topic := range []string{"", "a.b", "*", ">", strings.Repeat("x", 65)} {
		if _, err := one.Ask(t.Context(), topic, nil); err == nil || errors.Is(err, bus.ErrAway) {
			t.Errorf("topic %q: %v", topic, err)
		}
	}
}

func TestAHubThatIsAwayOrSilentIsTold(t *testing.T) {
	platform := hub(t, t.TempDir(), "127.0.0.1:0")
	one := leaf(t, "hall-1", t.TempDir(), platform.LeavesAddr())
	defer closed(t, one)
	eventually(t, "the link", one.Linked)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := one.Ask(ctx, "case-query", nil); !errors.Is(err, bus.ErrAway) {
		t.Errorf("nobody answers there: %v", err)
	}
	stop := answered(t, platform, "hall-1", func(ctx context.Context, _ string, _ []byte) []byte { <-ctx.Done(); return nil })
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := one.Ask(ctx, "case-query", nil); !errors.Is(err, bus.ErrAway) {
		t.Errorf("it takes too long: %v", err)
	}
	stop()
	closed(t, platform)
	eventually(t, "the link is seen to be down", func() bool { return !one.Linked() })
	begun := time.Now()
	if _, err := one.Ask(t.Context(), "case-query", nil); !errors.Is(err, bus.ErrAway) || time.Since(begun) > time.Second {
		t.Errorf("the link is down: %v after %v", err, time.Since(begun))
	}
}

func TestLeavesOfAClusterAreAnswered(t *testing.T) {
	c := bustest.Start(t, "platform", key)
	one, two := join(t, c), join(t, c)
	defer closed(t, one)
	defer closed(t, two)
	defer echo(t, one, "hall-east")()
	defer echo(t, two, "hall-east")()
	l := leaf(t, "hall-east", t.TempDir(), c.Leaves(0))
	defer closed(t, l)
	eventually(t, "an answer", func() bool {
		got, err := l.Ask(t.Context(), "case-query", []byte("x"))
		return err == nil && string(got) == "hall-east case-query x"
	})
}
