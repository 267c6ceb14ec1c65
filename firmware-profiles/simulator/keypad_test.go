package simulator_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const (
	boxID      = "generic/keypad-16key-display"
	voicePadID = "generic/pad-5key-voice"
)

func TestKeypadKeysAreActions(t *testing.T) {
	t.Parallel()
	for _, id := range []string{boxID, "generic/keypad-5key-ascii"} {
		for _, transport := range transports {
			t.Run(id+" over "+transport, func(t *testing.T) {
				t.Parallel()
				sim := start(t, id, transport, func(c *simulator.Config) { c.Split = true })
				s := run(t, open(t, sim))
				waitState(t, s, device.Online)
				waitFor(t, "the line", func() bool { // the first bytes may come before the line is joined
					return sim.PressAction(device.ActionNext) == nil && slices.Contains(s.all(), any(device.ActionPressed{Action: device.ActionNext}))
				})
				keys := sim.Snapshot().Keys
				if len(keys) < 5 || keys[0] != device.ActionNext {
					t.Fatalf("the box has keys %v", keys)
				}
				for _, key := range keys[1:] {
					must(t, sim.PressAction(key))
					waitFor(t, string(key), func() bool { return slices.Contains(s.all(), any(device.ActionPressed{Action: key})) })
				}
				if v := sim.Snapshot(); v.LastAction != keys[len(keys)-1] {
					t.Errorf("last key %q", v.LastAction)
				}
			})
		}
	}
}

func TestKeypadDebouncesAKey(t *testing.T) {
	t.Parallel()
	sim := start(t, boxID, "tcp")
	s := run(t, open(t, sim))
	waitState(t, s, device.Online)
	waitFor(t, "the line", func() bool {
		must(t, sim.PressAction(device.ActionFinish))
		return len(s.all()) > 0
	})
	for range 5 {
		must(t, sim.PressAction(device.ActionFinish))
	}
	must(t, sim.PressAction(device.ActionPause)) // comes behind them
	waitFor(t, "another key", func() bool { return slices.Contains(s.all(), any(device.ActionPressed{Action: device.ActionPause})) })
	if all := s.all(); len(all) != 2 {
		t.Errorf("one finger made %v", all)
	}
}

func TestKeypadShowsTheDesk(t *testing.T) {
	t.Parallel()
	sim := start(t, boxID, "tcp")
	d := open(t, sim)
	display, ok := d.(device.DeskDisplay)
	if !ok {
		t.Fatalf("a box with a display gives a %T", d)
	}
	s := run(t, d)
	waitState(t, s, device.Online)
	must(t, display.ShowDesk(t.Context(), device.Desk{Number: "A012", Waiting: 7}))
	if f := sim.Snapshot().Face; f == nil || *f != (simulator.FaceView{Number: "A012", Waiting: 7}) {
		t.Errorf("the box shows %+v", f)
	}
	must(t, display.ShowDesk(t.Context(), device.Desk{Waiting: 123456}))
	if f := sim.Snapshot().Face; f == nil || *f != (simulator.FaceView{Waiting: 9999}) {
		t.Errorf("the box shows %+v", f)
	}

	sim.Stall()
	if err := display.ShowDesk(t.Context(), device.Desk{Number: "A1"}); !errors.Is(err, device.ErrTimeout) {
		t.Errorf("a box that is silent: %v", err)
	}
	waitState(t, s, device.Offline)
	sim.Resume()
	must(t, sim.PressAction(device.ActionNext))
	waitState(t, s, device.Online)

	if _, shows := open(t, start(t, "generic/keypad-5key-ascii", "tcp")).(device.DeskDisplay); shows {
		t.Error("a box without a display takes figures")
	}
}

func TestKeypadUnpluggedAndWrongKeys(t *testing.T) {
	t.Parallel()
	sim := start(t, "generic/keypad-5key-ascii", "tcp")
	if err := sim.PressAction(device.ActionPause); !errors.Is(err, simulator.ErrArgument) {
		t.Errorf("a key that isn't there: %v", err)
	}
	if err := sim.Press(5); !errors.Is(err, simulator.ErrUnsupported) {
		t.Errorf("a face on a keypad: %v", err)
	}
	sim.Unplug()
	if err := sim.PressAction(device.ActionNext); !errors.Is(err, simulator.ErrUnplugged) {
		t.Errorf("unplugged: %v", err)
	}
}

// A speaking pad asks aloud, thanks, and stops asking when nobody pressed.
func TestPadSpeaksAndDisarms(t *testing.T) {
	t.Parallel()
	sim := start(t, voicePadID, "tcp")
	d := pad(t, sim)
	answer := ask(t, d, sim)
	waitFor(t, "the question", func() bool { return sim.Snapshot().Said == 1 })
	must(t, sim.Press(4))
	if got := <-answer; got != 4 {
		t.Errorf("got %v", got)
	}
	waitFor(t, "thanks", func() bool { return sim.Snapshot().Said == 2 })

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := d.Ask(ctx); !errors.Is(err, device.ErrTimeout) {
		t.Errorf("nobody pressed: %v", err)
	}
	waitFor(t, "a pad that rests", func() bool { return !*sim.Snapshot().Armed })
}

// A pad that is pulled out while it asks ends the question at once, and works
// again when it is back.
func TestPadUnpluggedWhileAsking(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, voicePadID, transport)
			d, ok := open(t, sim).(device.Pad)
			if !ok {
				t.Fatal("engine made no pad")
			}
			s := run(t, d)
			waitState(t, s, device.Online)
			answer := ask(t, d, sim)
			sim.Unplug()
			if err, ok := (<-answer).(error); !ok || !errors.Is(err, device.ErrOffline) {
				t.Errorf("got %v", err)
			}
			waitState(t, s, device.Offline)
			must(t, sim.Plug())
			waitState(t, s, device.Online)
			again := ask(t, d, sim)
			must(t, sim.Press(3))
			if got := <-again; got != 3 {
				t.Errorf("got %v", got)
			}
		})
	}
}
