package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/platform/internal/flow/engine"
)

// walk is one case in the engine and in the reference.
type walk struct {
	t     *rapid.T
	def   *engine.Definition
	state engine.State
	ref   *reference
	ended int // how often the flow said so
	wish  wish
}

func begin(t *rapid.T) *walk {
	def, inside := definition(t)
	if list := engine.Check(def, engine.Surroundings{}); engine.Severe(list) {
		t.Fatalf("a random definition is wrong: %v", list)
	}
	w := &walk{t: t, def: def, ref: &reference{def: def, inside: inside, shelves: map[int]shelf{}}}
	w.do(engine.Command{Verb: engine.VerbStart})
	w.ref.begin(def.Nodes[0].ID, nil, map[string]any{})
	w.ref.flow(map[string]any{})
	w.same()
	return w
}

// values decide every choice anew; loops end in the long run.
func (w *walk) values() map[string]any {
	values := map[string]any{}
	for _, e := range w.def.Edges {
		if e.When != "" {
			values[e.ID] = rapid.IntRange(0, 2).Draw(w.t, e.ID) == 0
		}
	}
	return values
}

// do takes a step that must be good.
func (w *walk) do(cmd engine.Command) {
	w.t.Helper()
	if err := w.try(cmd); err != nil {
		w.t.Fatalf("%s of task %d: %v", cmd.Verb, cmd.Task, err)
	}
}

// try takes a step and checks that a refused one changes nothing.
func (w *walk) try(cmd engine.Command) error {
	before := w.state.Clone()
	next, events, err := engine.Step(w.def, w.state, cmd)
	if diff := cmp.Diff(before, w.state); diff != "" {
		w.t.Fatalf("%s changed the state it was given: %s", cmd.Verb, diff)
	}
	for _, e := range events {
		if e.Kind == engine.FlowEnded {
			w.ended++
		}
	}
	text, mistake := json.Marshal(next) // it is kept as JSON between steps
	if mistake != nil {
		w.t.Fatal(mistake)
	}
	w.state = engine.State{}
	if mistake := json.Unmarshal(text, &w.state); mistake != nil {
		w.t.Fatal(mistake)
	}
	w.sound()
	return err
}

// position is where the engine's tokens are, as the reference says it.
func (w *walk) position() (list []string) {
	for _, a := range w.state.Activations {
		if !a.Done {
			list = append(list, a.Node)
		}
	}
	for _, t := range w.state.Waiting {
		list = append(list, t.Edge)
	}
	slices.Sort(list)
	return list
}

func (w *walk) same() {
	w.t.Helper()
	if diff := cmp.Diff(w.ref.position(), w.position()); diff != "" {
		w.t.Fatalf("tokens (-reference +engine): %s", diff)
	}
	if got := w.state.Over == engine.Ended; got != w.ref.ended {
		w.t.Fatalf("ended: engine %v, reference %v", got, w.ref.ended)
	}
}

// sound checks what holds in every state.
func (w *walk) sound() {
	w.t.Helper()
	s := &w.state
	if s.Over == engine.Terminated {
		w.soundEnd()
		return
	}
	live := len(s.Waiting)
	ids := map[int]bool{}
	for _, a := range s.Activations {
		if ids[a.ID] {
			w.t.Fatalf("activation %d is there twice", a.ID)
		}
		ids[a.ID] = true
		for _, from := range a.From {
			if s.Activation(from) == nil {
				w.t.Fatalf("activation %d descends from %d, which was taken back", a.ID, from)
			}
		}
		if a.Done {
			continue
		}
		live++
		open := 0
		for _, seat := range s.Seats(a.ID) {
			if seat.State == engine.TaskOpen {
				open++
			}
		}
		if kind := w.def.Node(a.Node).Kind; kind == engine.User && open == 0 || kind != engine.User && kind != engine.Timer {
			w.t.Fatalf("activation %d of %s is open, and nobody has a task there", a.ID, a.Node)
		}
	}
	for _, t := range s.Tasks {
		a := s.Activation(t.Activation)
		if a == nil || t.State == engine.TaskOpen && a.Done {
			w.t.Fatalf("task %d is open without a token", t.ID)
		}
	}
	if over := s.Over == engine.Ended; over != (live == 0) || w.ended > 1 || over != (w.ended == 1) {
		w.t.Fatalf("%d tokens live, over %q, ended %d times", live, s.Over, w.ended)
	}
}

// task is a random open task of a random person, claimed.
func (w *walk) task() (engine.Task, bool) {
	var open []engine.Task
	for _, t := range w.state.Tasks {
		if t.State == engine.TaskOpen {
			open = append(open, t)
		}
	}
	if len(open) == 0 {
		return engine.Task{}, false
	}
	t := rapid.SampledFrom(open).Draw(w.t, "task")
	if t.Person == "" {
		t.Person = fmt.Sprintf("p%d", rapid.IntRange(1, 3).Draw(w.t, "person"))
		w.do(engine.Command{Verb: engine.VerbClaim, Task: t.ID, By: t.Person})
	}
	return t, true
}

// which is the reference's open firing for an engine's activation: of several
// of one node the same one by age.
func (w *walk) which(activation int) int {
	node := w.state.Activation(activation).Node
	nth := 0
	for _, a := range w.state.Activations {
		if a.Node == node && !a.Done {
			if a.ID == activation {
				break
			}
			nth++
		}
	}
	return w.ref.open(node)[nth]
}

func (w *walk) opinion(t engine.Task) {
	verb := rapid.SampledFrom([]engine.Verb{engine.VerbPass, engine.VerbPass, engine.VerbRefuse}).Draw(w.t, "opinion")
	values, firing := w.values(), w.which(t.Activation)
	w.do(engine.Command{Verb: verb, Task: t.ID, By: t.Person, Values: values, Opinion: "同意"})
	if a := w.state.Activation(t.Activation); a.Done {
		w.ref.done(firing, w.state.Values)
	}
}

func (w *walk) giveBack(t engine.Task) {
	passed := w.state.Passed(w.def, t.ID)
	for _, node := range passed { // it works from everywhere to everywhere
		if _, _, err := engine.Step(w.def, w.state, engine.Command{Verb: engine.VerbReturn, Task: t.ID, By: t.Person, Node: node}); err != nil {
			w.t.Fatalf("return from %s to %s: %v", t.Node, node, err)
		}
	}
	if len(passed) == 0 {
		return
	}
	node, direct := rapid.SampledFrom(passed).Draw(w.t, "to"), rapid.Bool().Draw(w.t, "direct")
	target, returner := w.ref.last(node), w.which(t.Activation)
	w.do(engine.Command{Verb: engine.VerbReturn, Task: t.ID, By: t.Person, Node: node, Direct: direct})
	w.ref.giveBack(target, returner, direct, w.state.Values)
}

func (w *walk) recall() {
	var done []engine.Task
	for _, t := range w.state.Tasks {
		if t.State == engine.TaskDone {
			done = append(done, t)
		}
	}
	if len(done) == 0 {
		return
	}
	t := rapid.SampledFrom(done).Draw(w.t, "recalled")
	a := *w.state.Activation(t.Activation)
	target := w.ref.firingOf(w, a)
	if err := w.try(engine.Command{Verb: engine.VerbRecall, Task: t.ID, By: t.As}); err == nil && a.Done {
		w.ref.giveBack(target, 0, false, w.state.Values)
	}
}

// firingOf is the reference's firing for a done activation: the same one by age
// among those of its node.
func (r *reference) firingOf(w *walk, a engine.Activation) int {
	nth := 0
	for _, o := range w.state.Activations {
		if o.ID == a.ID {
			break
		}
		if o.Node == a.Node {
			nth++
		}
	}
	for _, f := range r.log {
		if f.node != a.Node {
			continue
		}
		if nth == 0 {
			return f.id
		}
		nth--
	}
	return 0
}

// TestRandomVerbsOnRandomFlows compares the engine with the reference, step by
// step, and in the end lets everybody pass until the flow is over.
func TestRandomVerbsOnRandomFlows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := begin(t)
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			if w.state.Over != "" {
				break
			}
			w.step()
			w.same()
		}
		if rapid.IntRange(0, 5).Draw(t, "terminates") == 0 {
			w.terminate()
			return
		}
		w.finish()
	})
}

func (w *walk) step() {
	verb := rapid.SampledFrom([]string{"pass", "pass", "pass", "return", "return", "recall", "fire", "hand", "sign", "unsign", "hold", "ask", "decide", "release", "wrong"}).Draw(w.t, "verb")
	switch verb {
	case "fire":
		w.fire()
		return
	case "recall":
		w.recall()
		return
	case "unsign":
		w.dropSign()
		return
	case "decide":
		w.decide()
		return
	}
	t, ok := w.task()
	if !ok {
		return
	}
	own := engine.Command{Task: t.ID, By: t.Person}
	switch verb {
	case "return":
		w.giveBack(t)
	case "hand":
		own.Verb = rapid.SampledFrom([]engine.Verb{engine.VerbTransfer, engine.VerbDelegate}).Draw(w.t, "hand")
		own.To = "p4"
		_ = w.try(own) // too many owners is refused
	case "sign":
		own.Verb, own.To = engine.VerbAddSign, fmt.Sprintf("q%d", rapid.IntRange(1, 3).Draw(w.t, "signer"))
		_ = w.try(own) // twice the same is refused
	case "hold":
		w.hold(own, w.def.Node(t.Node).Holdable)
	case "ask":
		w.ask(own)
	case "release":
		own.Verb = engine.VerbRelease
		_ = w.try(own) // what was delegated stays
	case "wrong":
		own.Verb, own.By = engine.VerbPass, "nobody"
		if err := w.try(own); err == nil {
			w.t.Fatal("somebody passed another's task")
		}
	default:
		w.opinion(t)
	}
}

// fire lets the first timer go.
func (w *walk) fire() {
	for _, a := range w.state.Activations {
		if !a.Done && w.def.Node(a.Node).Kind == engine.Timer {
			firing := w.which(a.ID)
			w.do(engine.Command{Verb: engine.VerbFire, Activation: a.ID})
			w.ref.done(firing, w.state.Values)
			return
		}
	}
}

// finish passes everything, no loop taken again, until the flow is over.
func (w *walk) finish() {
	for range 500 {
		if w.state.Over != "" {
			break
		}
		w.fire()
		w.same()
		for _, t := range w.state.Tasks {
			if t.State != engine.TaskOpen {
				continue
			}
			if t.Person == "" {
				t.Person = "p1"
				w.do(engine.Command{Verb: engine.VerbClaim, Task: t.ID, By: "p1"})
			}
			firing := w.which(t.Activation)
			none := map[string]any{}
			for _, e := range w.def.Edges {
				none[e.ID] = false
			}
			w.do(engine.Command{Verb: engine.VerbPass, Task: t.ID, By: t.Person, Values: none})
			if w.state.Activation(t.Activation).Done {
				w.ref.done(firing, w.state.Values)
			}
			break
		}
		w.same()
	}
	if w.state.Over != engine.Ended || w.ended != 1 {
		w.t.Fatalf("the flow doesn't end: %v", w.position())
	}
}
