package engine

import (
	"slices"
)

// giveBack returns the case to a passed node (退回).
func (r *run) giveBack(t *Task) error {
	s := &r.state
	if !slices.Contains(s.Passed(r.def, t.ID), r.cmd.Node) {
		return ErrReturn
	}
	target, returner, task := s.lastDone(r.cmd.Node).ID, t.Activation, t.ID // t may be taken back, too
	shelf := r.takeBack(target)
	again := r.again(shelf)
	if r.cmd.Direct && slices.ContainsFunc(shelf.Activations, func(a Activation) bool { return a.ID == returner }) {
		shelf.Returner = returner
		s.Activation(again).Shelf = &shelf
	}
	for _, seat := range shelf.Tasks {
		if seat.Activation == target && seat.State != TaskSpared {
			r.seat(Task{Activation: again, Node: seat.Node, Assign: seat.Assign, Person: seat.As, Added: seat.Added})
		}
	}
	r.tell(Event{Kind: Returned, Node: r.cmd.Node, Task: task, Activation: again})
	return r.settle()
}

// takeBack removes an activation and all that descend from it, and lets tokens
// of other branches wait at the joins again that had taken them. What it
// returns holds the activation itself first.
func (r *run) takeBack(target int) Shelf {
	s := &r.state
	gone := s.descendants(target)
	shelf := Shelf{Target: target}
	for _, a := range s.Activations {
		if !gone[a.ID] {
			continue
		}
		a.Shelf = nil // a return further back forgets the nearer one's way
		shelf.Activations = append(shelf.Activations, a)
		if a.ID == target {
			continue
		}
		for i, from := range a.From {
			if !gone[from] {
				shelf.Freed = append(shelf.Freed, Token{From: from, Edge: a.Via[i]})
			}
		}
	}
	for _, t := range s.Tasks {
		if gone[t.Activation] {
			shelf.Tasks = append(shelf.Tasks, t)
			if t.State == TaskOpen {
				r.tell(Event{Kind: TaskTaken, Node: t.Node, Task: t.ID, Activation: t.Activation})
			}
		}
	}
	for _, w := range s.Waiting {
		if gone[w.From] {
			shelf.Waiting = append(shelf.Waiting, w)
		}
	}
	s.Activations = slices.DeleteFunc(s.Activations, func(a Activation) bool { return gone[a.ID] })
	s.Tasks = slices.DeleteFunc(s.Tasks, func(t Task) bool { return gone[t.Activation] })
	s.Waiting = slices.DeleteFunc(s.Waiting, func(w Token) bool { return gone[w.From] })
	s.Waiting = append(s.Waiting, shelf.Freed...)
	return shelf
}

// again activates the shelf's target anew, without tasks, and returns its id.
func (r *run) again(shelf Shelf) int {
	r.state.Seq++
	i := slices.IndexFunc(shelf.Activations, func(a Activation) bool { return a.ID == shelf.Target })
	old := shelf.Activations[i]
	r.state.Activations = append(r.state.Activations,
		Activation{ID: r.state.Seq, Node: old.Node, From: old.From, Via: old.Via, Also: old.Also, Again: true})
	return r.state.Seq
}

// restore puts back what was on the shelf of an activation that is done now:
// what was done stays done, what was open is opened anew. It does nothing and
// returns false if something it needs was changed meanwhile; then the case goes
// the common way.
func (r *run) restore(id int, shelf *Shelf) bool {
	s := &r.state
	there := map[int]bool{shelf.Target: true}
	for _, a := range s.Activations {
		there[a.ID] = true
	}
	for _, a := range shelf.Activations {
		there[a.ID] = true
	}
	missing := func(from int) bool { return !there[from] }
	for _, a := range shelf.Activations {
		if a.ID != shelf.Target && (slices.ContainsFunc(a.From, missing) || slices.ContainsFunc(a.Also, missing)) {
			return false
		}
	}
	for _, f := range shelf.Freed {
		if !slices.Contains(s.Waiting, f) {
			return false
		}
	}
	s.Waiting = slices.DeleteFunc(s.Waiting, func(w Token) bool { return slices.Contains(shelf.Freed, w) })
	for _, w := range shelf.Waiting {
		if w.From == shelf.Target {
			w.From = id
		}
		s.Waiting = append(s.Waiting, w)
	}
	renamed := func(list []int) []int {
		list = slices.Clone(list)
		for i := range list {
			if list[i] == shelf.Target {
				list[i] = id
			}
		}
		return list
	}
	for _, a := range shelf.Activations {
		if a.ID == shelf.Target {
			continue
		}
		a.From, a.Also = renamed(a.From), renamed(a.Also)
		r.putBack(a, shelf)
	}
	return true
}

// putBack restores one activation with its tasks.
func (r *run) putBack(a Activation, shelf *Shelf) {
	s := &r.state
	before, open := a.ID, !a.Done
	if open {
		s.Seq++
		a.ID, a.Again = s.Seq, true
	}
	s.Activations = append(s.Activations, a)
	for _, t := range shelf.Tasks {
		switch {
		case t.Activation != before:
		case !open || t.State != TaskOpen: // opinions given there stand
			t.Activation = a.ID
			s.Tasks = append(s.Tasks, t)
		default:
			r.seat(Task{Activation: a.ID, Node: t.Node, Assign: t.Assign, Person: t.Person, Owners: t.Owners, Added: t.Added})
		}
	}
	if n := r.def.Node(a.Node); open && n != nil && n.Kind == Timer {
		r.tell(Event{Kind: TimerSet, Node: a.Node, Activation: a.ID})
	}
}

// recall takes an opinion back that its author gave (拿回), as long as nobody
// has opened what came after.
func (r *run) recall() error {
	s := &r.state
	t := s.Task(r.cmd.Task)
	switch {
	case t == nil:
		return ErrTask
	case t.State != TaskDone || t.As != r.cmd.As:
		return ErrRecall
	}
	a := s.Activation(t.Activation)
	if !a.Done {
		t.State, t.By, t.As, t.Result, t.Opinion = TaskOpen, "", "", "", ""
		t.Person = r.cmd.As
		r.tell(Event{Kind: Recalled, Node: t.Node, Task: t.ID, Activation: a.ID})
		return nil
	}
	if !r.untouched(a.ID) {
		return ErrRecall
	}
	task, node := t.ID, a.Node
	shelf := r.takeBack(a.ID)
	again := r.again(shelf)
	for _, seat := range shelf.Tasks {
		switch {
		case seat.Activation != shelf.Target:
		case seat.ID == task || seat.State == TaskSpared:
			r.seat(Task{Activation: again, Node: seat.Node, Assign: seat.Assign, Person: seat.Person, Added: seat.Added})
		default:
			seat.Activation = again
			s.Tasks = append(s.Tasks, seat)
		}
	}
	r.tell(Event{Kind: Recalled, Node: node, Task: task, Activation: again})
	return r.settle()
}

// untouched tells whether nobody has opened or done anything that descends from
// an activation, and nothing was heard outside.
func (r *run) untouched(id int) bool {
	gone := r.state.descendants(id)
	for _, a := range r.state.Activations {
		if !gone[a.ID] || a.ID == id {
			continue
		}
		switch n := r.def.Node(a.Node); {
		case n.Kind == Service, n.Kind == End, n.Kind == User && a.Done, n.Kind == Timer && a.Done:
			return false
		}
	}
	return !slices.ContainsFunc(r.state.Tasks, func(t Task) bool {
		return gone[t.Activation] && t.Activation != id && (t.Read || t.State != TaskOpen)
	})
}
