package engine

import (
	"slices"
)

// enter activates a node with the tokens that came to it.
func (r *run) enter(n *Node, from []int, via []string, also []int) error {
	r.moves++
	if r.moves > maxMoves || len(r.state.Activations) >= maxActivations {
		return ErrRounds
	}
	r.state.Seq++
	a := Activation{ID: r.state.Seq, Node: n.ID, From: from, Via: via, Also: also}
	r.state.Activations = append(r.state.Activations, a)
	switch n.Kind {
	case User:
		for _, assign := range n.Assigns() {
			r.seat(Task{Activation: a.ID, Node: n.ID, Assign: assign})
		}
		return nil
	case Timer:
		r.tell(Event{Kind: TimerSet, Node: n.ID, Activation: a.ID})
		return nil
	case Service:
		r.tell(Event{Kind: Served, Node: n.ID, Activation: a.ID, Action: n.Action})
	}
	return r.finish(a.ID, "")
}

// seat opens a task.
func (r *run) seat(t Task) {
	r.state.Seq++
	t.ID, t.State = r.state.Seq, TaskOpen
	r.state.Tasks = append(r.state.Tasks, t)
	r.tell(Event{Kind: TaskOpened, Node: t.Node, Task: t.ID, Activation: t.Activation, Person: t.Person})
}

// finish ends an activation and sends its tokens on.
func (r *run) finish(id int, result Result) error {
	a := r.state.Activation(id)
	a.Done, a.Result = true, result
	shelf := a.Shelf
	a.Shelf = nil
	n := r.def.Node(a.Node)
	if n == nil {
		return ErrStuck
	}
	r.tell(Event{Kind: NodeDone, Node: n.ID, Activation: id, Result: result})
	if shelf != nil && r.restore(id, shelf) {
		return nil
	}
	out := r.choose(n)
	if len(out) == 0 && n.Kind != End {
		return ErrStuck
	}
	for _, e := range out {
		if err := r.send(id, e); err != nil {
			return err
		}
	}
	return nil
}

// choose are the edges that tokens leave a node by.
func (r *run) choose(n *Node) []*Edge {
	out := r.def.Out(n.ID)
	if !r.def.chooses(n) {
		return out
	}
	env := r.env()
	var chosen, otherwise []*Edge
	for _, e := range out {
		switch {
		case e.Default:
			otherwise = append(otherwise, e)
		case e.When != "" && Holds(e.When, env):
			chosen = append(chosen, e)
		}
		if n.Kind == Xor && len(chosen) == 1 {
			return chosen
		}
	}
	if len(chosen) == 0 {
		return otherwise
	}
	return chosen
}

// send lets a token go over an edge.
func (r *run) send(from int, e *Edge) error {
	n := r.def.Node(e.To)
	if n == nil {
		return ErrStuck
	}
	if r.def.joins(n) {
		r.state.Waiting = append(r.state.Waiting, Token{From: from, Edge: e.ID})
		return nil
	}
	return r.enter(n, []int{from}, []string{e.ID}, nil)
}

// settle fires all joins that may, and ends the flow once no token is left.
func (r *run) settle() error {
	for len(r.state.Waiting) > 0 {
		n := r.ready()
		if n == nil {
			break
		}
		if err := r.join(n); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(r.state.Activations, func(a Activation) bool { return !a.Done }) {
		return nil
	}
	if len(r.state.Waiting) > 0 {
		return ErrStuck
	}
	r.state.Over = Ended
	r.tell(Event{Kind: FlowEnded})
	return nil
}

// ready is a join that may fire now, or nil: and-joins first, because whether
// an inclusive one must wait depends on where the others' tokens are.
func (r *run) ready() *Node {
	for _, kind := range []Kind{And, Or} {
		for i := range r.def.Nodes {
			n := &r.def.Nodes[i]
			if n.Kind != kind || !r.def.joins(n) {
				continue
			}
			if kind == And && r.complete(n) || kind == Or && r.waits(n) && !r.coming(n) {
				return n
			}
		}
	}
	return nil
}

// complete tells whether a token waits on each edge of a join.
func (r *run) complete(n *Node) bool {
	return !slices.ContainsFunc(r.def.In(n.ID), func(e *Edge) bool {
		return !slices.ContainsFunc(r.state.Waiting, func(t Token) bool { return t.Edge == e.ID })
	})
}

// waits tells whether a token waits at a join.
func (r *run) waits(n *Node) bool {
	return slices.ContainsFunc(r.state.Waiting, func(t Token) bool { return r.at(t) == n.ID })
}

// at is the join that a token waits at.
func (r *run) at(t Token) string {
	if e := r.def.Edge(t.Edge); e != nil {
		return e.To
	}
	return ""
}

// coming tells whether a live token that isn't there yet can still reach an
// inclusive join.
func (r *run) coming(n *Node) bool {
	stop := append(r.def.after(n.ID), n.ID)
	can := func(node string) bool {
		return !slices.Contains(stop, node) && r.def.reach(node, stop...)[n.ID]
	}
	return slices.ContainsFunc(r.state.Activations, func(a Activation) bool { return !a.Done && can(a.Node) }) ||
		slices.ContainsFunc(r.state.Waiting, func(t Token) bool { return can(r.at(t)) })
}

// join fires a join: one token of each edge goes into one activation.
func (r *run) join(n *Node) error {
	var from []int
	var via []string
	for _, e := range r.def.In(n.ID) {
		i := slices.IndexFunc(r.state.Waiting, func(t Token) bool { return t.Edge == e.ID })
		if i < 0 {
			continue
		}
		from, via = append(from, r.state.Waiting[i].From), append(via, e.ID)
		r.state.Waiting = slices.Delete(r.state.Waiting, i, i+1)
	}
	var also []int
	if n.Kind == Or {
		also = r.choices(n, from)
	}
	return r.enter(n, from, via, also)
}

// choices are the choices made so far that could have sent a token to an
// inclusive join and that the tokens which came don't descend from.
func (r *run) choices(n *Node, from []int) (list []int) {
	path := map[int]bool{}
	for _, id := range from {
		for p := range r.state.Path(id) {
			path[p] = true
		}
	}
	stop := append(r.def.after(n.ID), n.ID)
	for _, a := range r.state.Activations {
		c := r.def.Node(a.Node)
		if c == nil || path[a.ID] || !r.def.chooses(c) || slices.Contains(stop, c.ID) {
			continue
		}
		if r.def.reach(c.ID, stop...)[n.ID] {
			list = append(list, a.ID)
		}
	}
	return list
}
