package framed_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// A key that was pressed for one citizen must not rate the next one's visit:
// what comes before the pad has confirmed the new question is an old key.
func TestALateKeyIsNotTheNextAnswer(t *testing.T) {
	pad, dev, sink := start(t, quick(t))
	late, meant := dev.press(t, 1), dev.press(t, 5)
	dev.set(func(d *padDevice) {
		d.mangle = func(reply []byte) []byte { return append(append([]byte(nil), late...), reply...) }
		d.onArm = func(func([]byte)) {
			if _, err := d.line.Write(meant); err != nil {
				d.writeErr = err
			}
		}
	})
	if got, err := pad.Ask(t.Context()); err != nil || got != 5 {
		t.Errorf("got %d, %v, want the key pressed after the question", got, err)
	}
	if diff := cmp.Diff([]any{device.KeyPressed{Key: 1}}, sink.Events()); diff != "" {
		t.Error(diff)
	}
}

// Who is asked while they press, and presses again, has answered: the second key
// is no bounce of the first.
func TestTheSameKeyAgainAnswersTheQuestion(t *testing.T) {
	pad, dev, sink := start(t, quick(t))
	five := dev.press(t, 5)
	dev.send(t, five)
	enginetest.WaitFor(t, "the early key", func() bool { return len(sink.Events()) == 1 })
	dev.set(func(d *padDevice) { d.onArm = func(write func([]byte)) { write(five) } })
	for range 2 { // and so has the next one, who thinks the same
		if got, err := pad.Ask(t.Context()); err != nil || got != 5 {
			t.Fatalf("got %d, %v", got, err)
		}
	}
}

// A question that is taken back before the pad has confirmed it may have been
// heard all the same.
func TestAQuestionTakenBackWhileArmingIsDisarmed(t *testing.T) {
	shipped, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	voice, ok := shipped.Get("generic/pad-5key-voice")
	if !ok {
		t.Fatal("the profile is not shipped")
	}
	changed := *voice
	changed.Timing = quick(t).Timing
	pad, dev, _ := start(t, &changed)
	dev.set(func(d *padDevice) { d.deaf = 1 })
	ctx, cancel := context.WithTimeout(t.Context(), enginetest.Patience)
	defer cancel()
	go func() {
		for ctx.Err() == nil && dev.armedTimes() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := pad.Ask(ctx); err == nil {
		t.Error("a question that was taken back is answered")
	}
	enginetest.WaitFor(t, "the question to be taken back", func() bool { return dev.last() == profile.CommandDisarm })
}

func TestAKeyAfterTheQuestionIsNoAnswer(t *testing.T) {
	pad, dev, sink := start(t, quick(t))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := pad.Ask(ctx); !errors.Is(err, device.ErrTimeout) {
		t.Fatalf("got %v", err)
	}
	dev.send(t, dev.press(t, 2))
	enginetest.WaitFor(t, "the late key", func() bool { return len(sink.Events()) == 1 })
	meant := dev.press(t, 4)
	dev.set(func(d *padDevice) { d.onArm = func(write func([]byte)) { write(meant) } })
	if got, err := pad.Ask(t.Context()); err != nil || got != 4 {
		t.Errorf("got %d, %v", got, err)
	}
}
