package engine_test

import (
	"errors"

	"pgregory.net/rapid"

	"smarthall/platform/internal/flow/engine"
)

// wish is where a wish for more time stands in the model.
type wish int

const (
	noWish wish = iota
	waiting
	granted
	declined
)

// dropSign takes a random added seat away: only who added it may, and what was
// waiting for it goes on.
func (w *walk) dropSign() {
	var added []engine.Task
	for _, t := range w.state.Tasks {
		if t.Added != "" {
			added = append(added, t)
		}
	}
	if len(added) == 0 {
		return
	}
	t := rapid.SampledFrom(added).Draw(w.t, "seat")
	cmd := engine.Command{Verb: engine.VerbDropSign, Task: t.ID, By: "nobody"}
	if err := w.try(cmd); !errors.Is(err, engine.ErrSeat) {
		w.t.Fatalf("a stranger takes a seat away: %v", err)
	}
	cmd.By = t.Added
	if t.State != engine.TaskOpen {
		if err := w.try(cmd); !errors.Is(err, engine.ErrSeat) {
			w.t.Fatalf("an opinion was taken away with its seat: %v", err)
		}
		return
	}
	firing := w.which(t.Activation)
	w.do(cmd)
	if w.state.Task(t.ID) != nil {
		w.t.Fatalf("task %d is still there", t.ID)
	}
	if a := w.state.Activation(t.Activation); a.Done {
		w.ref.done(firing, w.state.Values)
	}
}

// hold suspends the case: for what is missing everywhere, for a survey where
// the node allows it. Until it goes on no token moves.
func (w *walk) hold(cmd engine.Command, holdable bool) {
	cmd.Verb, cmd.Reason = engine.VerbHold, rapid.SampledFrom([]string{"survey", engine.ReasonSupplement}).Draw(w.t, "reason")
	err := w.try(cmd)
	if may := holdable || cmd.Reason == engine.ReasonSupplement; !may {
		if !errors.Is(err, engine.ErrHoldable) || w.state.Held != nil {
			w.t.Fatalf("held for %s where it may not be: %v", cmd.Reason, err)
		}
		return
	}
	if err != nil || w.state.Held == nil || w.state.Held.Reason != cmd.Reason {
		w.t.Fatalf("held for %s: %+v, %v", cmd.Reason, w.state.Held, err)
	}
	for _, verb := range []engine.Verb{
		engine.VerbPass, engine.VerbRefuse, engine.VerbReturn, engine.VerbRecall, engine.VerbTransfer, engine.VerbAddSign, engine.VerbDropSign, engine.VerbHold, engine.VerbFire,
		engine.VerbAskExtension,
	} {
		if err := w.try(engine.Command{Verb: verb, Task: cmd.Task, By: cmd.By, To: "p4"}); !errors.Is(err, engine.ErrHeld) {
			w.t.Fatalf("%s in a held case: %v", verb, err)
		}
	}
	if rapid.Bool().Draw(w.t, "decided meanwhile") {
		w.decide()
	}
	w.same()
	w.do(engine.Command{Verb: engine.VerbResume, By: cmd.By})
	if err := w.try(engine.Command{Verb: engine.VerbResume, By: cmd.By}); !errors.Is(err, engine.ErrNotHeld) {
		w.t.Fatalf("resumed twice: %v", err)
	}
}

// ask wishes for more time: one wish at a time, and none after one was granted.
func (w *walk) ask(cmd engine.Command) {
	cmd.Verb, cmd.Days = engine.VerbAskExtension, 5
	err := w.try(cmd)
	if w.wish == waiting || w.wish == granted {
		if !errors.Is(err, engine.ErrExtension) {
			w.t.Fatalf("asked again: %v", err)
		}
		return
	}
	if err != nil {
		w.t.Fatalf("asked for more time: %v", err)
	}
	w.wish = waiting
	if err := w.try(engine.Command{Verb: engine.VerbDecideExtension, By: cmd.By, Granted: true}); !errors.Is(err, engine.ErrOwnWish) {
		w.t.Fatalf("granted her own wish: %v", err)
	}
}

// decide answers the wish for more time, if there is one.
func (w *walk) decide() {
	cmd := engine.Command{Verb: engine.VerbDecideExtension, By: "head", Granted: rapid.Bool().Draw(w.t, "granted")}
	err := w.try(cmd)
	switch {
	case w.wish != waiting:
		if !errors.Is(err, engine.ErrNoWish) {
			w.t.Fatalf("decided on nothing: %v", err)
		}
		return
	case err != nil:
		w.t.Fatalf("decided on more time: %v", err)
	case cmd.Granted:
		w.wish = granted
	default:
		w.wish = declined
	}
	if e := w.state.Extension; e == nil || e.Granted != cmd.Granted || e.Decider != "head" {
		w.t.Fatalf("decided %v: %+v", cmd.Granted, w.state.Extension)
	}
}

// terminate ends the case at once, held or not; nothing moves any more.
func (w *walk) terminate() {
	if w.state.Over != "" {
		if err := w.try(engine.Command{Verb: engine.VerbTerminate, By: "head"}); !errors.Is(err, engine.ErrOver) {
			w.t.Fatalf("terminated what is over: %v", err)
		}
		return
	}
	if t, ok := w.task(); ok && rapid.Bool().Draw(w.t, "held") {
		w.do(engine.Command{Verb: engine.VerbHold, Task: t.ID, By: t.Person, Reason: engine.ReasonSupplement})
	}
	w.do(engine.Command{Verb: engine.VerbTerminate, By: "head", Opinion: "申请人死亡"})
	for _, t := range w.state.Tasks {
		for _, verb := range []engine.Verb{engine.VerbClaim, engine.VerbPass, engine.VerbRecall, engine.VerbReturn, engine.VerbDropSign, engine.VerbTransfer, engine.VerbResume, engine.VerbTerminate} {
			if err := w.try(engine.Command{Verb: verb, Task: t.ID, By: t.Person, To: "p4"}); !errors.Is(err, engine.ErrOver) {
				w.t.Fatalf("%s after the end: %v", verb, err)
			}
		}
	}
}

// soundEnd checks what holds once a case was terminated.
func (w *walk) soundEnd() {
	w.t.Helper()
	if w.state.Held != nil || w.ended != 0 {
		w.t.Fatalf("terminated, and held %+v, ended %d times", w.state.Held, w.ended)
	}
	for _, t := range w.state.Tasks {
		if t.State == engine.TaskOpen {
			w.t.Fatalf("task %d is open after the end", t.ID)
		}
	}
}
