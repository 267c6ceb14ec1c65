// Package engine moves a case through its flow. A definition (nodes and edges),
// a state (what was activated, which tokens wait) and a command flow into Step;
// a new state and what happened flow out. It is pure: no clock, no storage, no
// rights; who may do what, when a limit is over and what others hear of it is
// the business of package flow.
//
// # Tokens and returns
//
// Every passage of a token through a node is an activation that knows which
// activations led to it, so the activations form a graph without cycles, even
// where the definition has loops. A live token is either an open activation or
// waits at a join. To return a case to a passed activation takes back that
// activation and all that descend from it, over branches and joins; tokens that
// a taken-back join had consumed from branches that don't descend wait at it
// again, and the target is activated anew. What is left is what would have been
// reached if the target had not been done yet, so a definition that always ends
// still does after any number of returns.
//
// # Inclusive joins
//
// An inclusive join fires as soon as a token waits at it and no other live
// token can still reach it: by a path of edges that passes neither the join
// itself nor a synchronising join (and, or) that every path from the inclusive
// join to an end passes too; such a one would have to wait for this join first,
// which is why an outer loop doesn't make it wait for its neighbours. It
// descends from the choices that kept other tokens away from it as well: when
// one of them is taken back, so is the join.
package engine

import (
	"slices"
)

// Kind is what a node does.
type Kind string

// The kinds. Gateways (and, or, xor) split, join or both, as their edges say;
// any other node with several incoming edges is begun by each token by itself.
const (
	Start   Kind = "start"
	User    Kind = "user"    // somebody gives an opinion
	Service Kind = "service" // done at once; others hear of it
	And     Kind = "and"
	Or      Kind = "or"
	Xor     Kind = "xor"
	Timer   Kind = "timer" // waits for a due time
	End     Kind = "end"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Start, User, Service, And, Or, Xor, Timer, End} }

// Definition is a flow as it was drawn.
type Definition struct {
	ID      string `json:"id" maxLength:"60"`
	Version int    `json:"version"`
	Name    string `json:"name" maxLength:"100"`
	Nodes   []Node `json:"nodes" maxItems:"200"`
	Edges   []Edge `json:"edges" maxItems:"400"`
}

// Node is one step or gateway.
type Node struct {
	ID   string `json:"id" maxLength:"60"`
	Name string `json:"name,omitempty" maxLength:"60"`
	Kind Kind   `json:"kind" enum:"start,user,service,and,or,xor,timer,end"`
	// Assign says who does a user node; with Multi.Of it is not read.
	Assign *Assign `json:"assign,omitempty"`
	Multi  *Multi  `json:"multi,omitempty"`
	// Limit is how long the step may take; nil: no limit of its own.
	Limit *Term `json:"limit,omitempty"`
	// Decides tells that the node's opinion is the decision on the case.
	Decides bool `json:"decides,omitempty"`
	// Holdable tells that the case may be suspended here (特别程序).
	Holdable bool `json:"holdable,omitempty"`
	// Return says where a case may be returned to from here.
	Return   ReturnPolicy `json:"return,omitempty" enum:"any,none,listed"`
	ReturnTo []string     `json:"returnTo,omitempty" maxItems:"50"`
	// Action is what others hear when a service node is passed, one word.
	Action string `json:"action,omitempty" maxLength:"40"`
	// Wait is how long a timer waits.
	Wait *Term `json:"wait,omitempty"`
	// Box is where it is drawn; nil: nobody has said.
	Box *Box `json:"box,omitempty"`
}

// ItemOrg is the Assign.Org that stands for the organisation of the case's item.
const ItemOrg = "item"

// Assign says who may do a task.
type Assign struct {
	// Org is an organisation's id, or ItemOrg.
	Org string `json:"org" maxLength:"60"`
	// Role is an access.Role; empty means approver.
	Role string `json:"role,omitempty" maxLength:"40"`
	// Post is what people call who does it: 分管领导.
	Post string `json:"post,omitempty" maxLength:"40"`
}

// Mode is how several opinions become one.
type Mode string

// The modes.
const (
	One   Mode = "one"   // one person's
	All   Mode = "all"   // 会签: everybody's, all must approve
	Ratio Mode = "ratio" // 票签: a share must approve
	Any   Mode = "any"   // 或签: the first one's
)

// Multi is several people at one node.
type Multi struct {
	Mode Mode `json:"mode" enum:"one,all,ratio,any"`
	// Ratio is the percentage that must approve, 1 to 100.
	Ratio int `json:"ratio,omitempty" minimum:"0" maximum:"100"`
	// Veto ends it with the first refusal (all and ratio).
	Veto bool     `json:"veto,omitempty"`
	Of   []Assign `json:"of,omitempty" maxItems:"30"`
}

// Term is a length of time: working-days, days, months, instant or none.
type Term struct {
	Unit string `json:"unit" enum:"working-days,days,months,instant,none"`
	Days int    `json:"days,omitempty" minimum:"0" maximum:"3650"`
}

// The units of a Term.
const (
	WorkingDays = "working-days"
	Days        = "days"
	Months      = "months"
	Instant     = "instant"
	NoTerm      = "none"
)

// ReturnPolicy says where a case may be returned to from a node.
type ReturnPolicy string

// The policies; empty means ReturnAny.
const (
	ReturnAny    ReturnPolicy = "any"
	ReturnNone   ReturnPolicy = "none"
	ReturnListed ReturnPolicy = "listed"
)

// Box is a rectangle in pixels.
type Box struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Point is a point in pixels.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// Edge leads from a node to a node.
type Edge struct {
	ID   string `json:"id" maxLength:"60"`
	From string `json:"from" maxLength:"60"`
	To   string `json:"to" maxLength:"60"`
	Name string `json:"name,omitempty" maxLength:"60"`
	// When is a condition (see Condition); only edges that leave a splitting xor
	// or or have one.
	When string `json:"when,omitempty" maxLength:"500"`
	// Default marks the edge that is taken when no condition holds.
	Default bool    `json:"default,omitempty"`
	Points  []Point `json:"points,omitempty" maxItems:"50"`
}

// Node returns the node with the id, or nil.
func (d *Definition) Node(id string) *Node {
	for i := range d.Nodes {
		if d.Nodes[i].ID == id {
			return &d.Nodes[i]
		}
	}
	return nil
}

// Edge returns the edge with the id, or nil.
func (d *Definition) Edge(id string) *Edge {
	for i := range d.Edges {
		if d.Edges[i].ID == id {
			return &d.Edges[i]
		}
	}
	return nil
}

// Out are the edges that leave a node, in the definition's order.
func (d *Definition) Out(node string) []*Edge {
	return d.edges(func(e *Edge) bool { return e.From == node })
}

// In are the edges that lead to a node.
func (d *Definition) In(node string) []*Edge {
	return d.edges(func(e *Edge) bool { return e.To == node })
}

func (d *Definition) edges(want func(*Edge) bool) (list []*Edge) {
	for i := range d.Edges {
		if want(&d.Edges[i]) {
			list = append(list, &d.Edges[i])
		}
	}
	return list
}

// joins tells whether tokens wait for each other at the node.
func (d *Definition) joins(n *Node) bool {
	return (n.Kind == And || n.Kind == Or) && len(d.In(n.ID)) > 1
}

// chooses tells whether not all edges of the node need be taken.
func (d *Definition) chooses(n *Node) bool {
	return (n.Kind == Xor || n.Kind == Or) && len(d.Out(n.ID)) > 1
}

// reach are all nodes that a token can come to from the edges that leave a
// node, without passing a node that stop names. The stopping nodes that it can
// come to are among them.
func (d *Definition) reach(from string, stop ...string) map[string]bool {
	found := map[string]bool{}
	todo := []string{from}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range d.Out(at) {
			if found[e.To] {
				continue
			}
			found[e.To] = true
			if !slices.Contains(stop, e.To) {
				todo = append(todo, e.To)
			}
		}
	}
	return found
}

// after are the synchronising joins that every path from a node to an end
// passes.
func (d *Definition) after(node string) (list []string) {
	for i := range d.Nodes {
		p := &d.Nodes[i]
		if p.ID == node || !d.joins(p) {
			continue
		}
		found := d.reach(node, p.ID)
		if found[p.ID] && !slices.ContainsFunc(d.Nodes, func(n Node) bool { return n.Kind == End && found[n.ID] }) {
			list = append(list, p.ID)
		}
	}
	return list
}

// Assigns are who is asked at a user node: one seat for each.
func (n *Node) Assigns() []Assign {
	if n.Multi != nil && len(n.Multi.Of) > 0 {
		return n.Multi.Of
	}
	if n.Assign != nil {
		return []Assign{*n.Assign}
	}
	return []Assign{{Org: ItemOrg}}
}

// mode is how the node's opinions become one.
func (n *Node) mode() Mode {
	if n.Multi == nil || n.Multi.Mode == "" {
		return One
	}
	return n.Multi.Mode
}
