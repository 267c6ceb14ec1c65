package engine

import (
	"cmp"
	"slices"
)

// Measures of a layout in pixels; sizes are those that bpmn-js draws.
const (
	columnWidth = 180
	rowHeight   = 110
	margin      = 60
)

// Size is how large a node of a kind is drawn.
func Size(k Kind) (w, h int) {
	switch k {
	case Start, End, Timer:
		return 36, 36
	case And, Or, Xor:
		return 50, 50
	default:
		return 120, 80
	}
}

// Placed returns the definition with a place for every node and edge: as it is
// if it has them all, else laid out anew from left to right.
func Placed(def Definition) Definition {
	def.Nodes, def.Edges = slices.Clone(def.Nodes), slices.Clone(def.Edges)
	unplaced := slices.ContainsFunc(def.Nodes, func(n Node) bool { return n.Box == nil })
	if unplaced {
		place(&def)
	}
	for i := range def.Edges {
		if unplaced || len(def.Edges[i].Points) < 2 {
			def.Edges[i].Points = route(&def, &def.Edges[i])
		}
	}
	return def
}

// Layers are the nodes by how far they are from the start, loops left out:
// every edge that leads on goes to a later layer.
func Layers(def *Definition) map[string]int {
	layer := map[string]int{}
	back := backEdges(def)
	for range def.Nodes {
		grown := false
		for i := range def.Edges {
			e := &def.Edges[i]
			if !back[e.ID] && layer[e.To] < layer[e.From]+1 {
				layer[e.To], grown = layer[e.From]+1, true
			}
		}
		if !grown {
			break
		}
	}
	for i := range def.Nodes {
		layer[def.Nodes[i].ID] += 0
	}
	return layer
}

// backEdges are the edges that close a loop, seen from the start.
func backEdges(def *Definition) map[string]bool {
	const entered, left = 1, 2
	back, state := map[string]bool{}, map[string]int{}
	var walk func(id string)
	walk = func(id string) {
		state[id] = entered
		for _, e := range def.Out(id) {
			switch state[e.To] {
			case entered:
				back[e.ID] = true
			case 0:
				walk(e.To)
			}
		}
		state[id] = left
	}
	for _, first := range []bool{true, false} { // from the start, then what it doesn't reach
		for i := range def.Nodes {
			if n := &def.Nodes[i]; state[n.ID] == 0 && (n.Kind == Start) == first {
				walk(n.ID)
			}
		}
	}
	return back
}

// place gives every node a box: columns are layers, rows keep near to what
// leads to them.
func place(def *Definition) {
	layer := Layers(def)
	columns := map[int][]*Node{}
	last := 0
	for i := range def.Nodes {
		n := &def.Nodes[i]
		columns[layer[n.ID]] = append(columns[layer[n.ID]], n)
		last = max(last, layer[n.ID])
	}
	most := 0
	for _, column := range columns {
		most = max(most, len(column))
	}
	row := map[string]float64{}
	for l := 0; l <= last; l++ {
		column := columns[l]
		for i, n := range column {
			row[n.ID] = before(def, n, layer, row, float64(i))
		}
		slices.SortStableFunc(column, func(a, b *Node) int { return cmp.Compare(row[a.ID], row[b.ID]) })
		for i, n := range column {
			row[n.ID] = float64(most-1)/2 + float64(i) - float64(len(column)-1)/2
		}
	}
	for i := range def.Nodes {
		n := &def.Nodes[i]
		w, h := Size(n.Kind)
		n.Box = &Box{
			X: margin + layer[n.ID]*columnWidth + (columnWidth-w)/2,
			Y: margin + int(row[n.ID]*rowHeight) + (rowHeight-h)/2, W: w, H: h,
		}
	}
}

// before is the mean row of what leads to a node, with a little of the order of
// the edges so that branches don't cross.
func before(def *Definition, n *Node, layer map[string]int, row map[string]float64, otherwise float64) float64 {
	sum, count := 0.0, 0.0
	for _, e := range def.In(n.ID) {
		if layer[e.From] >= layer[n.ID] {
			continue
		}
		for i, sibling := range def.Out(e.From) {
			if sibling.ID == e.ID {
				sum += row[e.From] + float64(i)/100
				count++
			}
		}
	}
	if count == 0 {
		return otherwise
	}
	return sum / count
}

// route draws an edge by right angles: on to the right, or back below all.
func route(def *Definition, e *Edge) []Point {
	first, second := def.Node(e.From), def.Node(e.To)
	if first == nil || second == nil {
		return nil // a finding of Check
	}
	from, to := first.Box, second.Box
	x1, y1 := from.X+from.W, from.Y+from.H/2
	x2, y2 := to.X, to.Y+to.H/2
	if x2 <= x1 {
		bottom := 0
		for i := range def.Nodes {
			bottom = max(bottom, def.Nodes[i].Box.Y+def.Nodes[i].Box.H)
		}
		x1, x2 = from.X+from.W/2, to.X+to.W/2
		return []Point{{x1, from.Y + from.H}, {x1, bottom + 30}, {x2, bottom + 30}, {x2, to.Y + to.H}}
	}
	if top, ok := above(def, x1, x2, y1, y2); ok {
		x1, x2 = from.X+from.W/2, to.X+to.W/2
		return []Point{{x1, from.Y}, {x1, top}, {x2, top}, {x2, to.Y}}
	}
	if y1 == y2 {
		return []Point{{x1, y1}, {x2, y2}}
	}
	middle := x2 - 20
	if first.Kind == And || first.Kind == Or || first.Kind == Xor {
		middle = x1 + 20 // branches part near their gateway
	}
	return []Point{{x1, y1}, {middle, y1}, {middle, y2}, {x2, y2}}
}

// above is a height over all boxes between two places; ok is false if an edge
// can go straight, because no box lies in its way.
func above(def *Definition, x1, x2, y1, y2 int) (top int, ok bool) {
	top = min(y1, y2)
	for i := range def.Nodes {
		b := def.Nodes[i].Box
		if b.X <= x1 || b.X+b.W >= x2 {
			continue
		}
		top = min(top, b.Y)
		ok = ok || b.Y <= y1 && y1 <= b.Y+b.H || b.Y <= y2 && y2 <= b.Y+b.H
	}
	return top - 24, ok
}
