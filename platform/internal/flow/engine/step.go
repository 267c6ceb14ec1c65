package engine

import (
	"maps"
	"slices"

	"smarthall/platform/internal/fault"
)

// Verb is what somebody wants.
type Verb string

// The verbs.
const (
	VerbStart           Verb = "start"
	VerbFire            Verb = "fire" // a timer's time has come
	VerbRead            Verb = "read"
	VerbClaim           Verb = "claim"
	VerbRelease         Verb = "release"
	VerbPass            Verb = "pass"
	VerbRefuse          Verb = "refuse"
	VerbReturn          Verb = "return"
	VerbRecall          Verb = "recall"
	VerbTransfer        Verb = "transfer"
	VerbDelegate        Verb = "delegate"
	VerbAddSign         Verb = "add-sign"
	VerbDropSign        Verb = "drop-sign"
	VerbHold            Verb = "hold"
	VerbResume          Verb = "resume"
	VerbAskExtension    Verb = "ask-extension"
	VerbDecideExtension Verb = "decide-extension"
	VerbTerminate       Verb = "terminate"
)

// Command is one wish. Which fields count depends on the verb.
type Command struct {
	Verb Verb
	// Task is the task that it is about; with VerbDropSign the seat that goes.
	Task int
	// Activation is the timer's.
	Activation int
	// By is who does it; As whose task it is, where By is a deputy. Empty As
	// means By.
	By, As string
	// Opinion is what the person wrote: an opinion, a reason, a basis.
	Opinion string
	// Values are added to the state's (pass, refuse), Facts begin it (start).
	Values, Facts map[string]any
	// Node is where a return goes; Direct lets it come straight back.
	Node   string
	Direct bool
	// To is who gets a task (transfer, delegate) or a seat (add-sign), with what
	// that seat's organisation is called there.
	To     string
	Assign Assign
	// Reason is a word of the list of suspensions; Days how long is planned, or
	// how many more are asked for.
	Reason string
	Days   int
	// Granted is the answer to a wish for more days.
	Granted bool
}

// EventKind is what sort of thing happened.
type EventKind string

// The kinds.
const (
	TaskOpened       EventKind = "task-opened"
	TaskClaimed      EventKind = "task-claimed"
	TaskHanded       EventKind = "task-handed" // to another person, or back to all who may
	TaskClosed       EventKind = "task-done"
	TaskTaken        EventKind = "task-taken-back" // with its activation
	NodeDone         EventKind = "node-done"
	Served           EventKind = "service"
	TimerSet         EventKind = "timer-set"
	Returned         EventKind = "returned"
	Recalled         EventKind = "recalled"
	Suspended        EventKind = "held"
	Continued        EventKind = "resumed"
	ExtensionAsked   EventKind = "extension-asked"
	ExtensionDecided EventKind = "extension-decided"
	FlowEnded        EventKind = "ended"
	FlowTerminated   EventKind = "terminated"
)

// Event is one thing that happened.
type Event struct {
	Kind       EventKind
	Node       string
	Activation int
	Task       int
	Result     Result
	// Person is who is concerned: who claimed, who has it now.
	Person string
	// Action is a service node's.
	Action string
}

// ReasonSupplement holds a case while the applicant brings what is missing; it
// may be given at every step.
const ReasonSupplement = "supplement"

// Bounds of a state.
const (
	maxActivations = 1000
	maxSeats       = 50
	maxOwners      = 3
	maxMoves       = 2000 // of one step: a loop without a step in it
)

// The ways the engine says no.
var (
	ErrTask      = fault.New(fault.NotFound, "flow.unknown-task", "没有这项任务")
	ErrClosed    = fault.New(fault.Conflict, "flow.task-closed", "这项任务已经办完或被收回，请刷新")
	ErrTaken     = fault.New(fault.Conflict, "flow.task-taken", "这项任务已由他人领取")
	ErrNotYours  = fault.New(fault.Conflict, "flow.not-claimed", "请先领取这项任务")
	ErrHeld      = fault.New(fault.Conflict, "flow.on-hold", "办件已挂起，恢复后才能继续办理")
	ErrNotHeld   = fault.New(fault.Conflict, "flow.not-held", "办件没有挂起")
	ErrHoldable  = fault.New(fault.Conflict, "flow.not-holdable", "本环节不能挂起办件")
	ErrReturn    = fault.New(fault.Conflict, "flow.no-return", "不能退回到这个环节")
	ErrRecall    = fault.New(fault.Conflict, "flow.no-recall", "后续环节已经打开或办理，不能拿回")
	ErrOver      = fault.New(fault.Conflict, "flow.over", "流程已经结束")
	ErrBegun     = fault.New(fault.Conflict, "flow.begun", "流程已经开始")
	ErrPerson    = fault.New(fault.Invalid, "flow.person", "请选择合适的办理人")
	ErrSeats     = fault.New(fault.Conflict, "flow.seats", "加签人数或委派层次过多")
	ErrSeat      = fault.New(fault.Conflict, "flow.seat", "只能减去尚未办理的加签")
	ErrExtension = fault.New(fault.Conflict, "flow.extension", "已有延期申请，或已延期过一次")
	ErrNoWish    = fault.New(fault.Conflict, "flow.no-extension", "没有待决定的延期申请")
	ErrOwnWish   = fault.New(fault.Forbidden, "flow.own-extension", "不能审批自己提出的延期")
	ErrRounds    = fault.New(fault.Conflict, "flow.too-long", "流程往返次数过多，请联系管理员")
	ErrStuck     = fault.New(fault.Conflict, "flow.stuck", "流程图有误，无法继续，请联系管理员")
	ErrVerb      = fault.New(fault.Invalid, "flow.verb", "没有这种操作")
)

// run is one step in the making.
type run struct {
	def    *Definition
	state  State
	cmd    Command
	events []Event
	moves  int
}

// Step does what a command says: the state after it and what happened, or a
// fault, and the state is as it was. It changes neither def nor state.
func Step(def *Definition, state State, cmd Command) (State, []Event, error) {
	if cmd.As == "" {
		cmd.As = cmd.By
	}
	r := &run{def: def, state: state.Clone(), cmd: cmd}
	if err := r.step(); err != nil {
		return state, nil, err
	}
	return r.state, r.events, nil
}

func (r *run) step() error {
	s := &r.state
	switch {
	case r.cmd.Verb == VerbStart:
		return r.start()
	case s.Over != "":
		return ErrOver
	case s.Seq == 0:
		return ErrStuck
	case s.Held != nil && !slices.Contains([]Verb{VerbResume, VerbTerminate, VerbRead, VerbDecideExtension}, r.cmd.Verb):
		return ErrHeld
	}
	switch r.cmd.Verb {
	case VerbFire:
		return r.fire()
	case VerbResume:
		return r.resume()
	case VerbDecideExtension:
		return r.decideExtension()
	case VerbTerminate:
		r.terminate()
		return nil
	case VerbRecall:
		return r.recall()
	case VerbDropSign:
		return r.dropSign()
	}
	t := s.Task(r.cmd.Task)
	switch {
	case t == nil:
		return ErrTask
	case t.State != TaskOpen:
		return ErrClosed
	case r.cmd.Verb == VerbClaim:
		return r.claim(t)
	case r.cmd.Verb == VerbRead && (t.Person == "" || t.Person == r.cmd.As):
		t.Read = true
		return nil
	case t.Person != r.cmd.As || r.cmd.As == "":
		return ErrNotYours
	}
	t.Read = true
	return r.own(t)
}

// own does what somebody may do with a task that is hers.
func (r *run) own(t *Task) error {
	switch r.cmd.Verb {
	case VerbRelease:
		if len(t.Owners) > 0 || t.Added != "" {
			return ErrPerson.With("委派或加签给您的任务不能退还公共任务，请办理或转办")
		}
		t.Person, t.Read = "", false
		r.tell(Event{Kind: TaskHanded, Node: t.Node, Task: t.ID, Activation: t.Activation})
		return nil
	case VerbPass:
		return r.opinion(t, Approve)
	case VerbRefuse:
		return r.opinion(t, Refuse)
	case VerbReturn:
		return r.giveBack(t)
	case VerbTransfer:
		return r.hand(t, t.Owners)
	case VerbDelegate:
		if len(t.Owners) >= maxOwners {
			return ErrSeats
		}
		return r.hand(t, append(t.Owners, t.Person))
	case VerbAddSign:
		return r.addSign(t)
	case VerbHold:
		return r.hold(t)
	case VerbAskExtension:
		if e := r.state.Extension; e != nil && (e.Decider == "" || e.Granted) {
			return ErrExtension
		}
		r.state.Extension = &Extension{Task: t.ID, By: r.cmd.By, Days: r.cmd.Days, Basis: r.cmd.Opinion}
		r.tell(Event{Kind: ExtensionAsked, Node: t.Node, Task: t.ID})
		return nil
	default:
		return ErrVerb
	}
}

func (r *run) tell(e Event) { r.events = append(r.events, e) }

func (r *run) start() error {
	s := &r.state
	if s.Seq != 0 {
		return ErrBegun
	}
	s.Facts = maps.Clone(r.cmd.Facts)
	for i := range r.def.Nodes {
		if n := &r.def.Nodes[i]; n.Kind == Start {
			if err := r.enter(n, nil, nil, nil); err != nil {
				return err
			}
			return r.settle()
		}
	}
	return ErrStuck
}

// fire ends a timer's wait.
func (r *run) fire() error {
	a := r.state.Activation(r.cmd.Activation)
	if a == nil || a.Done {
		return ErrClosed
	}
	if n := r.def.Node(a.Node); n == nil || n.Kind != Timer {
		return ErrVerb
	}
	if err := r.finish(a.ID, ""); err != nil {
		return err
	}
	return r.settle()
}

func (r *run) claim(t *Task) error {
	if t.Person != "" && t.Person != r.cmd.As {
		return ErrTaken
	}
	t.Person, t.Read = r.cmd.As, true
	r.tell(Event{Kind: TaskClaimed, Node: t.Node, Task: t.ID, Activation: t.Activation, Person: t.Person})
	return nil
}

// opinion writes an opinion into a seat and goes on once the node has its own.
func (r *run) opinion(t *Task, result Result) error {
	if r.state.Values == nil {
		r.state.Values = map[string]any{}
	}
	maps.Copy(r.state.Values, r.cmd.Values)
	if last := len(t.Owners) - 1; last >= 0 { // what a delegate says is for who delegated
		t.Person, t.Owners, t.Read = t.Owners[last], t.Owners[:last], false
		r.tell(Event{Kind: TaskHanded, Node: t.Node, Task: t.ID, Activation: t.Activation, Person: t.Person})
		return nil
	}
	t.State, t.By, t.As, t.Result, t.Opinion = TaskDone, r.cmd.By, r.cmd.As, result, r.cmd.Opinion
	r.tell(Event{Kind: TaskClosed, Node: t.Node, Task: t.ID, Activation: t.Activation, Result: result, Person: t.As})
	return r.count(t.Activation)
}

// count looks whether an activation's seats have come to a result, and goes on
// if so.
func (r *run) count(activation int) error {
	a := r.state.Activation(activation)
	seats := r.state.Seats(activation)
	result, done := verdict(r.def.Node(a.Node), seats)
	if !done {
		return nil
	}
	for _, t := range seats {
		if t.State == TaskOpen {
			t.State = TaskSpared
			r.tell(Event{Kind: TaskTaken, Node: t.Node, Task: t.ID, Activation: activation})
		}
	}
	if err := r.finish(activation, result); err != nil {
		return err
	}
	return r.settle()
}

// verdict is what the seats of a node have come to.
func verdict(n *Node, seats []*Task) (Result, bool) {
	approved, refused, open := 0, 0, 0
	var own *Task // the definition's own seat that was done
	for _, t := range seats {
		switch {
		case t.State == TaskOpen:
			open++
		case t.State == TaskDone && t.Result == Refuse:
			refused++
		case t.State == TaskDone:
			approved++
		}
		if t.State == TaskDone && t.Added == "" {
			own = t
		}
	}
	n1 := Multi{}
	if n.Multi != nil {
		n1 = *n.Multi
	}
	total := approved + refused + open
	needed := max(1, (total*n1.Ratio+99)/100)
	switch mode := n.mode(); {
	case (mode == All || mode == Ratio) && n1.Veto && refused > 0:
		return Refuse, true
	case mode == Any && own != nil:
		return own.Result, true
	case mode == One && own != nil && open == 0: // added seats advise
		return own.Result, true
	case mode == All && open == 0 && refused > 0:
		return Refuse, true
	case mode == All && open == 0:
		return Approve, true
	case mode == Ratio && approved >= needed:
		return Approve, true
	case mode == Ratio && refused > total-needed:
		return Refuse, true
	default:
		return "", false
	}
}

// hand gives a task to another person.
func (r *run) hand(t *Task, owners []string) error {
	if r.cmd.To == "" || r.cmd.To == t.Person || slices.Contains(t.Owners, r.cmd.To) {
		return ErrPerson
	}
	t.Person, t.Owners, t.Read = r.cmd.To, owners, false
	r.tell(Event{Kind: TaskHanded, Node: t.Node, Task: t.ID, Activation: t.Activation, Person: t.Person})
	return nil
}

// addSign asks one more person at the same node.
func (r *run) addSign(t *Task) error {
	seats := r.state.Seats(t.Activation)
	same := func(o *Task) bool { return o.State == TaskOpen && o.Person == r.cmd.To }
	switch {
	case r.cmd.To == "" || slices.ContainsFunc(seats, same):
		return ErrPerson
	case len(seats) >= maxSeats:
		return ErrSeats
	}
	r.seat(Task{Activation: t.Activation, Node: t.Node, Assign: r.cmd.Assign, Person: r.cmd.To, Added: r.cmd.As})
	return nil
}

// dropSign takes a seat away that was added and isn't done. Who may is who
// added it.
func (r *run) dropSign() error {
	t := r.state.Task(r.cmd.Task)
	switch {
	case t == nil:
		return ErrTask
	case t.Added == "" || t.Added != r.cmd.As || t.State != TaskOpen:
		return ErrSeat
	}
	activation := t.Activation
	r.tell(Event{Kind: TaskTaken, Node: t.Node, Task: t.ID, Activation: activation})
	r.state.Tasks = slices.DeleteFunc(r.state.Tasks, func(o Task) bool { return o.ID == t.ID })
	return r.count(activation)
}

func (r *run) hold(t *Task) error {
	if n := r.def.Node(t.Node); !n.Holdable && r.cmd.Reason != ReasonSupplement {
		return ErrHoldable
	}
	r.state.Held = &Hold{Task: t.ID, By: r.cmd.By, Reason: r.cmd.Reason, Note: r.cmd.Opinion, Planned: r.cmd.Days}
	r.tell(Event{Kind: Suspended, Node: t.Node, Task: t.ID})
	return nil
}

func (r *run) resume() error {
	if r.state.Held == nil {
		return ErrNotHeld
	}
	task := r.state.Held.Task
	r.state.Held = nil
	r.tell(Event{Kind: Continued, Task: task})
	return nil
}

func (r *run) decideExtension() error {
	e := r.state.Extension
	switch {
	case e == nil || e.Decider != "":
		return ErrNoWish
	case e.By == r.cmd.By || e.By == r.cmd.As:
		return ErrOwnWish
	}
	e.Decider, e.Granted, e.Note = r.cmd.By, r.cmd.Granted, r.cmd.Opinion
	r.tell(Event{Kind: ExtensionDecided, Task: e.Task})
	return nil
}

// terminate ends everything at once.
func (r *run) terminate() {
	s := &r.state
	for i := range s.Tasks {
		if t := &s.Tasks[i]; t.State == TaskOpen {
			t.State = TaskSpared
			r.tell(Event{Kind: TaskTaken, Node: t.Node, Task: t.ID, Activation: t.Activation})
		}
	}
	s.Over, s.Held = Terminated, nil
	r.tell(Event{Kind: FlowTerminated})
}
