package engine_test

import (
	"fmt"

	"pgregory.net/rapid"

	"smarthall/platform/internal/flow/engine"
)

// builder draws random definitions of nested blocks.
type builder struct {
	t     *rapid.T
	def   engine.Definition
	n     int
	users int
	// inside are the nodes between an inclusive split and its join, by the join.
	inside map[string]map[string]bool
	open   []map[string]bool // blocks around what is being drawn
}

// block is a part with one way in and one way out.
type block struct{ first, last string }

func (b *builder) add(kind engine.Kind, prefix string) string {
	b.n++
	id := fmt.Sprintf("%s%d", prefix, b.n)
	n := engine.Node{ID: id, Kind: kind, Name: id}
	switch kind {
	case engine.Service:
		n.Action = "archive"
	case engine.Timer:
		n.Wait = &engine.Term{Unit: engine.Days, Days: 3}
	}
	b.def.Nodes = append(b.def.Nodes, n)
	for _, o := range b.open {
		o[id] = true
	}
	return id
}

func (b *builder) link(from, to string, choice bool) {
	b.n++
	e := engine.Edge{ID: fmt.Sprintf("e%d", b.n), From: from, To: to}
	if choice {
		e.When = "values." + e.ID + " == true"
	}
	b.def.Edges = append(b.def.Edges, e)
}

// otherwise marks the newest edge as the default.
func (b *builder) otherwise() {
	e := &b.def.Edges[len(b.def.Edges)-1]
	e.When, e.Default = "", true
}

func (b *builder) draw(depth int) block {
	kinds := []string{"user", "user", "user", "multi", "seq", "and", "or", "xor", "loop", "service", "timer"}
	kind := rapid.SampledFrom(kinds).Draw(b.t, "part")
	if depth == 0 || b.users > 9 {
		kind = "user"
	}
	switch kind {
	case "seq":
		one, two := b.draw(depth-1), b.draw(depth-1)
		b.link(one.last, two.first, false)
		return block{one.first, two.last}
	case "and":
		return b.branches(engine.And, depth)
	case "or":
		return b.branches(engine.Or, depth)
	case "xor":
		return b.branches(engine.Xor, depth)
	case "loop":
		in, body, out := b.add(engine.Xor, "m"), b.draw(depth-1), b.add(engine.Xor, "x")
		b.link(in, body.first, false)
		b.link(body.last, out, false)
		b.link(out, in, true)
		return block{in, out}
	case "service":
		one := b.add(engine.Service, "s")
		two := b.user(nil)
		b.link(one, two, false)
		return block{one, two}
	case "timer":
		id := b.add(engine.Timer, "t")
		return block{id, id}
	case "multi":
		id := b.user(&engine.Multi{
			Mode: rapid.SampledFrom([]engine.Mode{engine.All, engine.Ratio, engine.Any}).Draw(b.t, "mode"), Ratio: 60,
			Veto: rapid.Bool().Draw(b.t, "veto"), Of: []engine.Assign{{Org: "a"}, {Org: "b"}, {Org: "c"}},
		})
		return block{id, id}
	default:
		id := b.user(nil)
		return block{id, id}
	}
}

func (b *builder) user(m *engine.Multi) string {
	b.users++
	id := b.add(engine.User, "u")
	n := b.def.Node(id)
	n.Multi, n.Decides, n.Holdable = m, true, rapid.Bool().Draw(b.t, "holdable")
	if m == nil {
		n.Assign = &engine.Assign{Org: engine.ItemOrg}
	}
	return id
}

func (b *builder) branches(kind engine.Kind, depth int) block {
	split := b.add(kind, "g")
	var inside map[string]bool
	if kind == engine.Or {
		inside = map[string]bool{}
		b.open = append(b.open, inside)
	}
	var parts []block
	for range rapid.IntRange(2, 3).Draw(b.t, "branches") {
		parts = append(parts, b.draw(depth-1))
	}
	if kind == engine.Or {
		b.open = b.open[:len(b.open)-1]
	}
	join := b.add(kind, "j")
	if kind == engine.Or {
		b.inside[join] = inside
	}
	for i, p := range parts {
		b.link(split, p.first, kind != engine.And)
		if i == 0 && kind != engine.And {
			b.otherwise()
		}
	}
	for _, p := range parts {
		b.link(p.last, join, false)
	}
	return block{split, join}
}

// definition is a random one, with the insides of its inclusive blocks.
func definition(t *rapid.T) (*engine.Definition, map[string]map[string]bool) {
	b := &builder{t: t, inside: map[string]map[string]bool{}}
	b.def.ID, b.def.Name = "random", "random"
	start := b.add(engine.Start, "begin")
	body := b.draw(rapid.IntRange(1, 4).Draw(t, "depth"))
	last := b.user(nil)
	end := b.add(engine.End, "end")
	b.link(start, body.first, false)
	b.link(body.last, last, false)
	b.link(last, end, false)
	// The way out of a loop is what is taken when its condition doesn't hold.
	for i := range b.def.Edges {
		e := &b.def.Edges[i]
		if from := b.def.Node(e.From); from.Kind == engine.Xor && e.When == "" && len(b.def.Out(e.From)) > 1 {
			e.Default = true
		}
	}
	return &b.def, b.inside
}
