package engine

import (
	"slices"
	"strings"
)

// maxMarkings bounds how many positions of tokens a check goes through.
const maxMarkings = 20_000

// tokens goes through every position that the tokens of a definition can come
// to, whatever is decided, and finds joins that wait for ever, nodes that are
// done twice at once and inclusive joins that wait for each other.
//
// A return needs no look of its own: what is left after one is a position that
// can be come to without it.
func (c *check) tokens() {
	var first *Edge
	for i := range c.def.Nodes {
		if c.def.Nodes[i].Kind == Start {
			first = c.def.Out(c.def.Nodes[i].ID)[0]
		}
	}
	seen := map[string]bool{}
	todo := [][]string{{first.ID}} // the edges that tokens are on, sorted
	told := map[string]bool{}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		key := strings.Join(at, " ")
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(seen) > maxMarkings {
			c.severe("", "并行分支过多，无法检查，请拆分流程")
			return
		}
		for i := 1; i < len(at); i++ {
			if at[i] == at[i-1] {
				c.once(told, c.def.Edge(at[i]).To, "会被同时办理两次，请检查之前的分支和汇合")
				at = nil
				break
			}
		}
		if len(at) > 0 {
			todo = append(todo, c.moves(at, told)...)
		}
	}
}

// once tells a finding about a node unless it was told.
func (c *check) once(told map[string]bool, node, text string) {
	if !told[node] {
		told[node] = true
		c.severe(node, "“%s”%s", title(c.def.Node(node)), text)
	}
}

// moves are the positions that one move leads to.
func (c *check) moves(at []string, told map[string]bool) (next [][]string) {
	var late []*Node // inclusive joins where tokens wait for others
	done := map[string]bool{}
	for _, id := range at {
		n := c.def.Node(c.def.Edge(id).To)
		if !c.def.joins(n) {
			next = append(next, c.leave(n, at, []string{id})...)
			continue
		}
		if done[n.ID] {
			continue
		}
		done[n.ID] = true
		var here []string
		for _, e := range c.def.In(n.ID) {
			if slices.Contains(at, e.ID) {
				here = append(here, e.ID)
			}
		}
		switch {
		case n.Kind == And && len(here) < len(c.def.In(n.ID)):
		case n.Kind == Or && c.coming(n, at):
			late = append(late, n)
		default:
			next = append(next, c.leave(n, at, here)...)
		}
	}
	if len(next) > 0 || len(at) == 0 {
		return next
	}
	if len(late) > 0 {
		c.once(told, late[0].ID, "与其他汇合互相等待，流程会停住")
	} else {
		c.once(told, c.def.Edge(at[0]).To, "要等所有分支，但有的分支可能不来，流程会停住；请改用包容网关或检查分支")
	}
	return nil
}

// leave is what follows when the tokens on some edges go through a node: one
// position, or one for each choice.
func (c *check) leave(n *Node, at, used []string) (next [][]string) {
	rest := slices.DeleteFunc(slices.Clone(at), func(id string) bool { return slices.Contains(used, id) })
	out := c.def.Out(n.ID)
	put := func(edges ...*Edge) {
		to := slices.Clone(rest)
		for _, e := range edges {
			to = append(to, e.ID)
		}
		slices.Sort(to)
		next = append(next, to)
	}
	switch {
	case !c.def.chooses(n):
		put(out...)
	case n.Kind == Xor:
		for _, e := range out {
			put(e)
		}
	default:
		c.subsets(out, put)
	}
	return next
}

// maxBranches bounds the branches of an inclusive split.
const maxBranches = 8

// subsets puts every set of branches that an inclusive split may take.
func (c *check) subsets(out []*Edge, put func(...*Edge)) {
	var otherwise *Edge
	var free []*Edge
	for _, e := range out {
		if e.Default {
			otherwise = e
		} else {
			free = append(free, e)
		}
	}
	free = free[:min(len(free), maxBranches)]
	if otherwise != nil {
		put(otherwise)
	}
	for set := 1; set < 1<<len(free); set++ {
		var edges []*Edge
		for i, e := range free {
			if set&(1<<i) != 0 {
				edges = append(edges, e)
			}
		}
		put(edges...)
	}
}

// coming is the rule of inclusive joins (see the package comment) for tokens on
// edges.
func (c *check) coming(n *Node, at []string) bool {
	stop := append(c.def.after(n.ID), n.ID)
	return slices.ContainsFunc(at, func(id string) bool {
		to := c.def.Edge(id).To
		return to != n.ID && !slices.Contains(stop, to) && c.def.reach(to, stop...)[n.ID]
	})
}
