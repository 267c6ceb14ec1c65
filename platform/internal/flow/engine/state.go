package engine

import (
	"maps"
	"slices"
)

// Result is what an opinion says.
type Result string

// The results.
const (
	Approve Result = "approve"
	Refuse  Result = "refuse"
)

// State is where a case stands in its flow. The zero value has not begun.
type State struct {
	// Seq is the last id that was given to an activation or a task.
	Seq int `json:"seq"`
	// Activations stand in the order in which they happened; those that were
	// taken back are gone.
	Activations []Activation `json:"activations"`
	// Waiting are the tokens that wait at joins, the oldest first.
	Waiting []Token `json:"waiting,omitempty"`
	Tasks   []Task  `json:"tasks"`
	// Facts are what the case said at the start, Values what tasks added.
	Facts  map[string]any `json:"facts,omitempty"`
	Values map[string]any `json:"values,omitempty"`
	Held   *Hold          `json:"held,omitempty"`
	// Extension is the last one that was asked for.
	Extension *Extension `json:"extension,omitempty"`
	Over      Over       `json:"over,omitempty"`
}

// Over is how a flow ended; empty while it runs.
type Over string

// The ends.
const (
	Ended      Over = "ended"
	Terminated Over = "terminated"
)

// Activation is one passage of a token through a node.
type Activation struct {
	ID   int    `json:"id"`
	Node string `json:"node"`
	// From are the activations that led to it by the edges Via; none for the
	// start.
	From []int    `json:"from,omitempty"`
	Via  []string `json:"via,omitempty"`
	// Also are the choices that let an inclusive join fire.
	Also   []int  `json:"also,omitempty"`
	Done   bool   `json:"done,omitempty"`
	Result Result `json:"result,omitempty"`
	// Again tells that the case came back to it: by a return or a recall.
	Again bool `json:"again,omitempty"`
	// Shelf is what goes on where it was once this activation is done: set when
	// the case was returned with the order to resubmit directly.
	Shelf *Shelf `json:"shelf,omitempty"`
}

// Token is one that waits at a join.
type Token struct {
	From int    `json:"from"`
	Edge string `json:"edge"`
}

// Shelf is what a return took back that shall come again.
type Shelf struct {
	Target      int          `json:"target"`
	Returner    int          `json:"returner"`
	Activations []Activation `json:"activations"`
	Tasks       []Task       `json:"tasks"`
	Waiting     []Token      `json:"waiting,omitempty"`
	// Freed are the tokens that the return let wait at joins again.
	Freed []Token `json:"freed,omitempty"`
}

// TaskState is where a task stands.
type TaskState string

// The states.
const (
	TaskOpen   TaskState = "open"
	TaskDone   TaskState = "done"
	TaskSpared TaskState = "spared" // the others decided without it
)

// Task is one seat at an activation of a user node.
type Task struct {
	ID         int    `json:"id"`
	Activation int    `json:"activation"`
	Node       string `json:"node"`
	Assign     Assign `json:"assign"`
	// Person has it; empty: any candidate may claim it.
	Person string `json:"person,omitempty"`
	// Owners delegated it, the last one gets it back first.
	Owners []string `json:"owners,omitempty"`
	// Added is who asked for this seat; empty: the definition.
	Added string    `json:"added,omitempty"`
	Read  bool      `json:"read,omitempty"`
	State TaskState `json:"state"`
	// By is who gave the opinion, As for whom (the same without a deputy).
	By      string `json:"by,omitempty"`
	As      string `json:"as,omitempty"`
	Result  Result `json:"result,omitempty"`
	Opinion string `json:"opinion,omitempty"`
}

// Hold is a suspension.
type Hold struct {
	Task    int    `json:"task"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
	Note    string `json:"note,omitempty"`
	Planned int    `json:"planned,omitempty"`
}

// Extension is a wish for more working days.
type Extension struct {
	Task  int    `json:"task"`
	By    string `json:"by"`
	Days  int    `json:"days"`
	Basis string `json:"basis"`
	// Decider decided it; empty while it waits.
	Decider string `json:"decider,omitempty"`
	Granted bool   `json:"granted,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Clone returns a copy that shares nothing that Step changes.
func (s State) Clone() State {
	s.Activations = slices.Clone(s.Activations)
	s.Waiting = slices.Clone(s.Waiting)
	s.Tasks = slices.Clone(s.Tasks)
	for i := range s.Tasks {
		s.Tasks[i].Owners = slices.Clone(s.Tasks[i].Owners)
	}
	s.Facts, s.Values = maps.Clone(s.Facts), maps.Clone(s.Values)
	if s.Held != nil {
		held := *s.Held
		s.Held = &held
	}
	if s.Extension != nil {
		extension := *s.Extension
		s.Extension = &extension
	}
	return s
}

// Activation returns the activation with the id, or nil.
func (s *State) Activation(id int) *Activation {
	for i := range s.Activations {
		if s.Activations[i].ID == id {
			return &s.Activations[i]
		}
	}
	return nil
}

// Task returns the task with the id, or nil.
func (s *State) Task(id int) *Task {
	for i := range s.Tasks {
		if s.Tasks[i].ID == id {
			return &s.Tasks[i]
		}
	}
	return nil
}

// Seats are the tasks of an activation.
func (s *State) Seats(activation int) (list []*Task) {
	for i := range s.Tasks {
		if s.Tasks[i].Activation == activation {
			list = append(list, &s.Tasks[i])
		}
	}
	return list
}

// Last is the newest activation of a node, or nil.
func (s *State) Last(node string) *Activation {
	for i := len(s.Activations) - 1; i >= 0; i-- {
		if s.Activations[i].Node == node {
			return &s.Activations[i]
		}
	}
	return nil
}

// lastDone is the newest activation of a node that is done, or nil.
func (s *State) lastDone(node string) *Activation {
	for i := len(s.Activations) - 1; i >= 0; i-- {
		if a := &s.Activations[i]; a.Node == node && a.Done {
			return a
		}
	}
	return nil
}

// Path are the ids of all activations that one descends from, itself included.
func (s *State) Path(id int) map[int]bool {
	path := map[int]bool{}
	todo := []int{id}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if path[at] {
			continue
		}
		path[at] = true
		if a := s.Activation(at); a != nil {
			todo = append(append(todo, a.From...), a.Also...)
		}
	}
	return path
}

// descendants are an activation and all whose path it is on.
func (s *State) descendants(id int) map[int]bool {
	found := map[int]bool{id: true}
	for grown := true; grown; {
		grown = false
		for _, a := range s.Activations {
			in := func(from int) bool { return found[from] }
			if !found[a.ID] && (slices.ContainsFunc(a.From, in) || slices.ContainsFunc(a.Also, in)) {
				found[a.ID], grown = true, true
			}
		}
	}
	return found
}

// Decision is the last deciding opinion that stands; ok is false if there is
// none.
func (s *State) Decision(d *Definition) (r Result, ok bool) {
	for _, a := range s.Activations {
		if n := d.Node(a.Node); n != nil && n.Decides && a.Done && a.Result != "" {
			r, ok = a.Result, true
		}
	}
	return r, ok
}

// Passed are the user nodes that a case may be returned to from a task, in the
// order in which they were last done.
func (s *State) Passed(d *Definition, task int) (nodes []string) {
	t := s.Task(task)
	if t == nil {
		return nil
	}
	for i := len(s.Activations) - 1; i >= 0; i-- {
		a := s.Activations[i]
		if n := d.Node(a.Node); n == nil || n.Kind != User || !a.Done || slices.Contains(nodes, a.Node) || !returnable(d.Node(t.Node), a.Node) {
			continue
		}
		nodes = append(nodes, a.Node)
	}
	slices.Reverse(nodes)
	return nodes
}

func returnable(from *Node, to string) bool {
	switch {
	case from == nil || from.Return == ReturnNone:
		return false
	case from.Return == ReturnListed:
		return slices.Contains(from.ReturnTo, to)
	default:
		return true
	}
}
