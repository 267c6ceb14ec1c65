package engine_test

import (
	"fmt"
	"slices"

	"smarthall/platform/internal/flow/engine"
)

// token is one thing on one edge: what made it, and where it is.
type token struct {
	by   int
	edge string
}

// firing is one passage through a node.
type firing struct {
	id       int
	node     string
	consumed []token
	// done tells that its tokens went on; produced are they.
	done     bool
	produced []token
}

// reference is the slow model: nothing but the list of what fired. Where the
// tokens are is found by playing the list again.
type reference struct {
	def    *engine.Definition
	inside map[string]map[string]bool // of inclusive blocks, by their join
	log    []firing
	next   int
	// shelves are what direct returns took out, by the firing that brings it back.
	shelves map[int]shelf
	ended   bool
}

type shelf struct {
	target int
	log    []firing
}

// play returns the tokens that are left after the list.
func play(log []firing) map[token]bool {
	left := map[token]bool{}
	for _, f := range log {
		for _, c := range f.consumed {
			if !left[c] {
				panic(fmt.Sprintf("token %v was lost or used twice", c))
			}
			delete(left, c)
		}
		for _, p := range f.produced {
			left[p] = true
		}
	}
	return left
}

func (r *reference) isJoin(node string) bool {
	n := r.def.Node(node)
	return (n.Kind == engine.And || n.Kind == engine.Or) && len(r.def.In(node)) > 1
}

// begin fires a node; those that wait for somebody stay open.
func (r *reference) begin(node string, consumed []token, values map[string]any) {
	r.next++
	r.log = append(r.log, firing{id: r.next, node: node, consumed: consumed})
	if k := r.def.Node(node).Kind; k != engine.User && k != engine.Timer {
		r.finish(r.next, values)
	}
}

// finish lets a firing's tokens out.
func (r *reference) finish(id int, values map[string]any) {
	i := slices.IndexFunc(r.log, func(f firing) bool { return f.id == id })
	f := &r.log[i]
	f.done = true
	var chosen, otherwise []*engine.Edge
	out := r.def.Out(f.node)
	kind := r.def.Node(f.node).Kind
	for _, e := range out {
		switch {
		case e.Default:
			otherwise = append(otherwise, e)
		case e.When == "" || values[e.ID] == true:
			if kind != engine.Xor || len(chosen) == 0 {
				chosen = append(chosen, e)
			}
		}
	}
	if len(chosen) == 0 {
		chosen = otherwise
	}
	for _, e := range chosen {
		f.produced = append(f.produced, token{id, e.ID})
	}
}

// flow moves tokens until nothing moves by itself.
func (r *reference) flow(values map[string]any) {
	for r.move(values) {
	}
	r.ended = len(play(r.log)) == 0 && !slices.ContainsFunc(r.log, func(f firing) bool { return !f.done })
}

func (r *reference) move(values map[string]any) bool {
	left := play(r.log)
	byJoin := map[string][]token{}
	for t := range left {
		to := r.def.Edge(t.edge).To
		if !r.isJoin(to) {
			r.begin(to, []token{t}, values)
			return true
		}
		byJoin[to] = append(byJoin[to], t)
	}
	for join, here := range byJoin {
		if r.def.Node(join).Kind == engine.And && len(here) < len(r.def.In(join)) {
			continue
		}
		if r.def.Node(join).Kind == engine.Or && r.busy(join, left) {
			continue
		}
		r.begin(join, here, values)
		return true
	}
	return false
}

// busy tells whether anything is alive inside the block that a join ends: the
// rule of inclusive joins for definitions made of blocks.
func (r *reference) busy(join string, left map[token]bool) bool {
	inside := r.inside[join]
	for t := range left {
		if inside[r.def.Edge(t.edge).To] {
			return true
		}
	}
	return slices.ContainsFunc(r.log, func(f firing) bool { return !f.done && inside[f.node] })
}

// last is the newest done firing of a node.
func (r *reference) last(node string) int {
	for i := len(r.log) - 1; i >= 0; i-- {
		if r.log[i].node == node && r.log[i].done {
			return r.log[i].id
		}
	}
	return 0
}

// without plays the list without one firing: what can't fire then goes, too.
func (r *reference) without(target int) (kept, gone []firing) {
	left := map[token]bool{}
	for _, f := range r.log {
		if f.id == target || slices.ContainsFunc(f.consumed, func(t token) bool { return !left[t] }) {
			gone = append(gone, f)
			continue
		}
		for _, c := range f.consumed {
			delete(left, c)
		}
		for _, p := range f.produced {
			left[p] = true
		}
		kept = append(kept, f)
	}
	return kept, gone
}

// giveBack returns from an open firing to a done one.
func (r *reference) giveBack(target, returner int, direct bool, values map[string]any) {
	kept, gone := r.without(target)
	r.log = kept
	i := slices.IndexFunc(gone, func(f firing) bool { return f.id == target })
	r.next++
	again := firing{id: r.next, node: gone[i].node, consumed: gone[i].consumed}
	r.log = append(r.log, again)
	for _, f := range gone {
		delete(r.shelves, f.id)
	}
	if direct && slices.ContainsFunc(gone, func(f firing) bool { return f.id == returner }) {
		r.shelves[again.id] = shelf{target, slices.Delete(slices.Clone(gone), i, i+1)}
	} else {
		_ = again
	}
	r.flow(values)
}

// done ends an open firing: the shelf comes back if it still fits.
func (r *reference) done(id int, values map[string]any) {
	s, ok := r.shelves[id]
	delete(r.shelves, id)
	r.finish(id, values)
	if ok {
		r.restore(id, s)
	}
	r.flow(values)
}

// restore appends the shelf's firings, the target's tokens being those of the
// firing that stands for it now.
func (r *reference) restore(id int, s shelf) {
	i := slices.IndexFunc(r.log, func(f firing) bool { return f.id == id })
	before := r.log[i].produced
	// A direct way needs the tokens that the target had sent, whatever the
	// conditions say now.
	var produced []token
	for _, e := range r.def.Out(r.log[i].node) {
		produced = append(produced, token{id, e.ID})
	}
	log := slices.Clone(r.log)
	log[i].produced = produced
	left := play(log)
	for _, f := range s.log {
		f.consumed = slices.Clone(f.consumed)
		for k := range f.consumed {
			if f.consumed[k].by == s.target {
				f.consumed[k].by = id
			}
			if !left[f.consumed[k]] {
				r.log[i].produced = before
				return
			}
			delete(left, f.consumed[k])
		}
		if !f.done {
			r.next++
			f.id = r.next
		}
		for _, p := range f.produced {
			left[p] = true
		}
		log = append(log, f)
	}
	r.log = log
}

// position is where the tokens are: open nodes and edges into joins, sorted.
func (r *reference) position() (list []string) {
	for _, f := range r.log {
		if !f.done {
			list = append(list, f.node)
		}
	}
	for t := range play(r.log) {
		list = append(list, t.edge)
	}
	slices.Sort(list)
	return list
}

// open are the ids of open firings of a node.
func (r *reference) open(node string) (list []int) {
	for _, f := range r.log {
		if !f.done && f.node == node {
			list = append(list, f.id)
		}
	}
	return list
}
