package flow

import (
	"cmp"
	"context"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/identity"
)

// Detail is a task with all that its holder needs.
type Detail struct {
	Task
	Edition int64       `json:"edition" doc:"Send it with a verb; another edition is a conflict"`
	Summary CaseSummary `json:"summary"`
	Flow    Progress    `json:"flow"`
	History []Step      `json:"history"`
	Verbs   []string    `json:"verbs" doc:"What the caller may do now"`
	Returns []Place     `json:"returns" doc:"Where it may be returned to"`
	Reasons []Reason    `json:"reasons" doc:"What the case may be suspended for"`
	Seats   []Seat      `json:"seats" doc:"All who are asked at this step"`
	Wish    *Wish       `json:"wish,omitempty" doc:"The last wish for more time"`
	Hold    *HoldShown  `json:"hold,omitempty"`
	Decides bool        `json:"decides" doc:"This opinion is the decision on the case"`
}

// Place is a node that a case may be returned to.
type Place struct {
	Node string `json:"node"`
	Name string `json:"name"`
	By   string `json:"by,omitempty" doc:"Name of who did it"`
}

// Seat is one who is asked at a step.
type Seat struct {
	Task    string `json:"task"`
	Name    string `json:"name,omitempty"`
	Body    string `json:"body"`
	Post    string `json:"post,omitempty"`
	State   string `json:"state"`
	Result  string `json:"result,omitempty"`
	Opinion string `json:"opinion,omitempty"`
	Added   bool   `json:"added,omitempty"`
	// Droppable tells whether the caller may take the seat away (drop-sign).
	Droppable bool `json:"droppable,omitempty"`
}

// Wish is a wish for more time.
type Wish struct {
	Days    int    `json:"days"`
	Basis   string `json:"basis"`
	By      string `json:"by"`
	Decided bool   `json:"decided"`
	Granted bool   `json:"granted"`
	Note    string `json:"note,omitempty"`
}

// HoldShown is a suspension.
type HoldShown struct {
	Reason  string `json:"reason"`
	Note    string `json:"note,omitempty"`
	Planned int    `json:"planned,omitempty"`
}

// Task returns a task that the caller may see, or engine.ErrTask.
func (s *Service) Task(ctx context.Context, id string) (Detail, error) {
	q := s.Store.Read()
	row, err := s.task(ctx, q, id)
	if err != nil {
		return Detail{}, err
	}
	caller := access.From(ctx)
	principals, err := s.principals(ctx, q, caller.ID)
	if err != nil {
		return Detail{}, err
	}
	sight := see(caller, row, principals)
	if sight == blind {
		return Detail{}, engine.ErrTask
	}
	in, err := s.instance(ctx, q, row.Case)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Edition: in.edition, Reasons: Reasons(), Returns: []Place{}, Seats: []Seat{}}
	if d.Task, err = s.shown(ctx, row); err != nil {
		return d, err
	}
	if n := in.def.Node(row.Node); n != nil {
		d.Decides = n.Decides
	}
	d.Verbs = verbsOf(in, caller, row, sight)
	if err := s.around(ctx, in, row, &d); err != nil {
		return d, err
	}
	d.Summary = CaseSummary{ID: in.Case, CaseNo: in.CaseNo, ItemName: in.Title}
	if s.view != nil {
		if d.Summary, err = s.view.CaseSummary(ctx, in.Case); err != nil {
			return d, err
		}
	}
	rows, err := s.tasksOf(ctx, q, in.Case)
	if err != nil {
		return d, err
	}
	if d.Flow, err = s.progress(ctx, in, rows, false); err != nil {
		return d, err
	}
	d.History, err = s.History(ctx, in.Case)
	return d, err
}

// around adds what lies around a task: seats, ways back, wishes and holds.
func (s *Service) around(ctx context.Context, in *instance, row taskRow, d *Detail) error {
	for _, node := range in.state.Passed(in.def, int(row.number)) {
		p := Place{Node: node, Name: in.def.Node(node).Name}
		for _, t := range in.state.Tasks {
			if t.Node == node && t.State == engine.TaskDone {
				p.By = s.staffName(ctx, t.As)
			}
		}
		d.Returns = append(d.Returns, p)
	}
	rows, err := s.tasks(ctx, s.Store.Read(), `WHERE case_id = $1 AND activation = $2 AND state <> 'taken' ORDER BY number`, in.Case, row.activation)
	if err != nil {
		return err
	}
	for _, t := range rows {
		d.Seats = append(d.Seats, Seat{
			Task: t.ID, Name: s.staffName(ctx, t.Person), Body: s.bodyName(ctx, t.Organisation), Post: t.Post, State: t.State, Result: t.Result,
			Opinion: t.Opinion, Added: t.Added != "", Droppable: t.Added != "" && t.Added == row.Person && t.State == string(engine.TaskOpen),
		})
	}
	if e := in.state.Extension; e != nil {
		d.Wish = &Wish{e.Days, e.Basis, s.staffName(ctx, e.By), e.Decider != "", e.Granted, e.Note}
	}
	if h := in.state.Held; h != nil {
		d.Hold = &HoldShown{ReasonName(h.Reason), h.Note, h.Planned}
	}
	return nil
}

// verbsOf is what a caller may do with a task now.
func verbsOf(in *instance, caller access.Caller, row taskRow, sight sight) []string {
	list := []string{}
	open := row.State == string(engine.TaskOpen) && in.state.Over == ""
	held := in.state.Held != nil
	n := in.def.Node(row.Node)
	if open && !held && sight == candidate {
		list = append(list, "claim")
	}
	if open && !held && sight == holder {
		list = append(list, "pass", "refuse", "transfer", "delegate", "add-sign", Supplement)
		if t := in.state.Task(int(row.number)); t != nil && len(t.Owners) == 0 && t.Added == "" {
			list = append(list, "release")
		}
		if len(in.state.Passed(in.def, int(row.number))) > 0 {
			list = append(list, "return")
		}
		if n != nil && n.Holdable {
			list = append(list, "hold")
		}
		if e := in.state.Extension; e == nil || e.Decider != "" && !e.Granted {
			list = append(list, "ask-extension")
		}
	}
	if open && held && sight >= candidate {
		list = append(list, "resume")
	}
	if e := in.state.Extension; in.state.Over == "" && chief(caller, row) && e != nil && e.Decider == "" && e.By != caller.ID {
		list = append(list, "decide-extension")
	}
	if open && chief(caller, row) {
		list = append(list, "terminate")
	}
	if row.State == string(engine.TaskDone) && in.state.Over == "" && !held {
		_, _, err := engine.Step(in.def, in.state, engine.Command{Verb: engine.VerbRecall, Task: int(row.number), By: caller.ID, As: row.Person})
		if err == nil && (row.Person == caller.ID || row.DoneBy == caller.ID) {
			list = append(list, "recall")
		}
	}
	return list
}

// Colleague is somebody who may get a task.
type Colleague struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Organisation string `json:"organisation"`
	// Same tells that she is of the task's body: only such take it over; others
	// may be asked for their opinion (add-sign).
	Same bool `json:"same"`
}

// Colleagues are who a task of the caller's can be given to.
func (s *Service) Colleagues(ctx context.Context, id string) ([]Colleague, error) {
	row, err := s.task(ctx, s.Store.Read(), id)
	if err != nil {
		return nil, err
	}
	caller := access.From(ctx)
	principals, err := s.principals(ctx, s.Store.Read(), caller.ID)
	if err != nil {
		return nil, err
	}
	if see(caller, row, principals) < holder {
		return nil, engine.ErrTask
	}
	members, err := s.Staff.Members(ctx)
	if err != nil {
		return nil, err
	}
	list := []Colleague{}
	for _, m := range members {
		c := access.Caller{Kind: access.Staff, ID: m.ID, Org: m.Organisation, Region: m.Region, Roles: m.Roles}
		same := m.Organisation == row.Organisation && c.Has(row.Role)
		if m.ID == caller.ID || m.State != identity.Active || !c.Covers(row.Region) || !same && !c.Has(access.RoleApprover) {
			continue
		}
		list = append(list, Colleague{m.ID, m.Name, s.bodyName(ctx, m.Organisation), same})
	}
	slices.SortStableFunc(list, func(a, b Colleague) int {
		if a.Same != b.Same {
			return map[bool]int{true: -1, false: 1}[a.Same]
		}
		return cmp.Or(cmp.Compare(a.Organisation, b.Organisation), cmp.Compare(a.Name, b.Name))
	})
	return list, nil
}

// MaySee tells whether the caller has or had a task in a case, may claim one, or
// answers for a body that has one: then she may see the case.
func (s *Service) MaySee(ctx context.Context, caseID string) (bool, error) {
	caller := access.From(ctx)
	if caller.Kind != access.Staff {
		return false, nil
	}
	principals, err := s.principals(ctx, s.Store.Read(), caller.ID)
	if err != nil {
		return false, err
	}
	rows, err := s.tasks(ctx, s.Store.Read(), `WHERE case_id = $1`, caseID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(rows, func(t taskRow) bool { return see(caller, t, principals) > blind }), nil
}

// Candidates are who may stand in for the caller: active staff of her body.
func (s *Service) Candidates(ctx context.Context) ([]Colleague, error) {
	caller := access.From(ctx)
	members, err := s.Staff.Members(ctx)
	if err != nil {
		return nil, err
	}
	list := []Colleague{}
	for _, m := range members {
		stand := access.Caller{Kind: access.Staff, Roles: m.Roles}
		if m.Organisation == caller.Org && m.ID != caller.ID && m.State == identity.Active && stand.Has(caller.Roles...) {
			list = append(list, Colleague{m.ID, m.Name, s.bodyName(ctx, m.Organisation), true})
		}
	}
	return list, nil
}
