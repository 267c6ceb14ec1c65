package flow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// taskRow is one task as it is stored.
type taskRow struct {
	ID, Case                               string
	number                                 int64
	activation                             int64
	Node, Name, Organisation, Region       string
	Role                                   access.Role
	Post, Person, Added                    string
	State                                  string
	Opened, Claimed, Done                  time.Time
	DoneBy, Result, Opinion, CaseNo, Title string
	clock                                  *limit.Clock
	red                                    int64
}

const taskColumns = `id, case_id, number, activation, node, name, organisation, region, role, post, person, added, state, opened, claimed, done,
	done_by, result, opinion, clock, red, case_no, title`

// taken is the state of a task whose token was taken back.
const taken = "taken"

func (s *Service) scanTask(row interface{ Scan(...any) error }) (t taskRow, err error) {
	var opened, claimed, done int64
	var opinion, clock string
	if err := row.Scan(&t.ID, &t.Case, &t.number, &t.activation, &t.Node, &t.Name, &t.Organisation, &t.Region, &t.Role, &t.Post, &t.Person, &t.Added,
		&t.State, &opened, &claimed, &done, &t.DoneBy, &t.Result, &opinion, &clock, &t.red, &t.CaseNo, &t.Title); err != nil {
		return t, err
	}
	t.Opened, t.Claimed, t.Done = store.Time(opened), store.Time(claimed), store.Time(done)
	if opinion != "" {
		if t.Opinion, err = s.sealer.Open(sealOpinion, opinion); err != nil {
			return t, fmt.Errorf("open an opinion: %w", err)
		}
	}
	t.clock, err = parseClock(clock)
	return t, err
}

// tasks reads the tasks that a condition names.
func (s *Service) tasks(ctx context.Context, q store.Querier, where string, args ...any) ([]taskRow, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+taskColumns+` FROM flow_task `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	defer rows.Close()
	var list []taskRow
	for rows.Next() {
		t, err := s.scanTask(rows)
		if err != nil {
			return nil, fmt.Errorf("read tasks: %w", err)
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// tasksOf reads all tasks of a case.
func (s *Service) tasksOf(ctx context.Context, q store.Querier, caseID string) ([]taskRow, error) {
	return s.tasks(ctx, q, `WHERE case_id = $1 ORDER BY number`, caseID)
}

// task reads one task, or engine.ErrTask.
func (s *Service) task(ctx context.Context, q store.Querier, id string) (taskRow, error) {
	t, err := s.scanTask(q.QueryRowContext(ctx, `SELECT `+taskColumns+` FROM flow_task WHERE id = $1`, id))
	if store.IsNone(err) {
		return t, engine.ErrTask
	}
	if err != nil {
		return t, fmt.Errorf("read a task: %w", err)
	}
	return t, nil
}

// syncTasks brings the rows to what the engine says.
func (s *Service) syncTasks(ctx context.Context, tx *store.Tx, in *instance, cmd engine.Command) error {
	reckon, err := s.reckoner(ctx, in.Region)
	if err != nil {
		return err
	}
	list, err := s.tasks(ctx, tx, `WHERE case_id = $1`, in.Case)
	if err != nil {
		return err
	}
	in.rows = map[int]taskRow{}
	for _, t := range list {
		in.rows[int(t.number)] = t
	}
	held := in.state.Held != nil
	for _, t := range in.state.Tasks {
		row, ok := in.rows[t.ID]
		if !ok {
			row = s.newRow(tx, in, t)
		}
		before := in.before.Task(t.ID)
		if ok && before != nil && same(*before, t) && (in.before.Held != nil) == held && !extends(cmd, t.ID, in) {
			continue
		}
		s.setRow(tx, in, cmd, &row, t, held)
		if err := s.storeTask(ctx, tx, reckon, &row); err != nil {
			return err
		}
		in.rows[t.ID] = row
	}
	for _, t := range in.before.Tasks {
		row := in.rows[t.ID]
		if in.state.Task(t.ID) != nil || row.State != string(engine.TaskOpen) {
			continue
		}
		row.State, row.Done = taken, tx.Now
		if row.clock != nil {
			row.clock.Ended = tx.Now
		}
		if err := s.storeTask(ctx, tx, reckon, &row); err != nil {
			return err
		}
		in.rows[t.ID] = row
	}
	return nil
}

// same tells whether nothing that a row shows has changed.
func same(a, b engine.Task) bool {
	return a.Activation == b.Activation && a.Person == b.Person && a.State == b.State && slices.Equal(a.Owners, b.Owners)
}

// extends tells whether the command grants the task more time.
func extends(cmd engine.Command, task int, in *instance) bool {
	return cmd.Verb == engine.VerbDecideExtension && cmd.Granted && in.state.Extension.Task == task
}

// newRow is a task's row as it begins.
func (s *Service) newRow(tx *store.Tx, in *instance, t engine.Task) taskRow {
	n := in.def.Node(t.Node)
	org := t.Assign.Org
	if org == "" || org == engine.ItemOrg {
		org = in.Organisation
	}
	row := taskRow{
		ID: store.NewID(), Case: in.Case, number: int64(t.ID), Node: t.Node, Name: n.Name, Organisation: org, Region: in.Region,
		Role: roleOf(t.Assign), Post: t.Assign.Post, Added: t.Added, Opened: tx.Now, CaseNo: in.CaseNo, Title: in.Title,
	}
	if limited := term(n.Limit); limited != nil {
		row.clock = &limit.Clock{Begun: tx.Now, Term: *limited}
	}
	return row
}

// setRow takes over what the engine says of a task.
func (s *Service) setRow(tx *store.Tx, in *instance, cmd engine.Command, row *taskRow, t engine.Task, held bool) {
	if t.Person != row.Person {
		row.Claimed = time.Time{}
		if t.Person != "" {
			row.Claimed = tx.Now
		}
	}
	row.activation, row.Person = int64(t.Activation), t.Person
	if was := row.State; was != string(t.State) {
		row.State = string(t.State)
		row.Done, row.DoneBy, row.Result, row.Opinion = time.Time{}, "", "", ""
		if t.State != engine.TaskOpen {
			row.Done, row.DoneBy, row.Result, row.Opinion = tx.Now, t.By, string(t.Result), t.Opinion
		}
		if row.clock != nil {
			row.clock.Ended = row.Done
		}
	}
	if t.State == engine.TaskOpen {
		stand(row.clock, held, tx.Now)
	}
	if extends(cmd, t.ID, in) && row.clock != nil {
		row.clock.Extra += in.state.Extension.Days
	}
}

// storeTask writes a task's row.
func (s *Service) storeTask(ctx context.Context, tx *store.Tx, reckon limit.Reckoner, t *taskRow) error {
	var err error
	if t.red, err = turns(reckon, t.clock, tx.Now); err != nil {
		return err
	}
	clock, err := clockJSON(t.clock)
	if err != nil {
		return err
	}
	opinion := t.Opinion
	if opinion != "" {
		opinion = s.sealer.Seal(sealOpinion, opinion)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO flow_task (`+taskColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT (id) DO UPDATE SET activation = excluded.activation, person = excluded.person, state = excluded.state, claimed = excluded.claimed,
		done = excluded.done, done_by = excluded.done_by, result = excluded.result, opinion = excluded.opinion, clock = excluded.clock, red = excluded.red`,
		t.ID, t.Case, t.number, t.activation, t.Node, t.Name, t.Organisation, t.Region, string(t.Role), t.Post, t.Person, t.Added, t.State,
		store.Millis(t.Opened), store.Millis(t.Claimed), store.Millis(t.Done), t.DoneBy, t.Result, opinion, clock, t.red, t.CaseNo, t.Title)
	if err != nil {
		return fmt.Errorf("store a task: %w", err)
	}
	return nil
}

// heard is what others hear of a flow.
type heard struct {
	Case             string       `json:"case"`
	CaseNo           string       `json:"caseNo"`
	Item             string       `json:"item"`
	ItemName         string       `json:"itemName"`
	CaseOrganisation string       `json:"caseOrganisation"`
	Organisation     string       `json:"organisation"`
	OrganisationName string       `json:"organisationName"`
	Region           string       `json:"region"`
	Task             string       `json:"task,omitempty"`
	Node             string       `json:"node,omitempty"`
	Name             string       `json:"name,omitempty"`
	Role             string       `json:"role,omitempty"`
	Person           string       `json:"person,omitempty"`
	Clock            *limit.Clock `json:"clock,omitempty"`
	Opened           time.Time    `json:"opened,omitzero"`
	Due              string       `json:"due,omitempty"`
	Done             time.Time    `json:"done,omitzero"`
	By               string       `json:"by,omitempty"`
	Result           string       `json:"result,omitempty"`
	Approved         bool         `json:"approved,omitempty"`
	Opinion          string       `json:"opinion,omitempty"`
	Reason           string       `json:"reason,omitempty"`
	Days             int          `json:"days,omitempty"`
	Granted          bool         `json:"granted,omitempty"`
	Action           string       `json:"action,omitempty"`
	To               string       `json:"to,omitempty"`
	// From is who had a task that was handed on.
	From string `json:"from,omitempty"`
}

// published words of the engine's events.
var eventNames = map[engine.EventKind]string{
	engine.TaskOpened: "flow.task-opened", engine.TaskClaimed: "flow.task-claimed", engine.TaskHanded: "flow.task-handed", engine.TaskClosed: "flow.task-done", engine.TaskTaken: "flow.task-cancelled",
	engine.Served: "flow.service", engine.Returned: "flow.returned", engine.Recalled: "flow.recalled", engine.Suspended: "flow.held",
	engine.Continued: "flow.resumed", engine.ExtensionAsked: "flow.extension-asked", engine.ExtensionDecided: "flow.extension-decided",
	engine.FlowEnded: "flow.ended", engine.FlowTerminated: "flow.terminated",
}

// maxTold bounds the opinion in an event, in characters.
const maxTold = 200

// publish tells what happened to whoever listens.
func (s *Service) publish(ctx context.Context, tx *store.Tx, in *instance, cmd engine.Command, note stepNote, events []engine.Event) error {
	reckon, err := s.reckoner(ctx, in.Region)
	if err != nil {
		return err
	}
	for _, e := range events {
		name, ok := eventNames[e.Kind]
		if !ok {
			continue
		}
		h := heard{
			Case: in.Case, CaseNo: in.CaseNo, Item: in.Item, ItemName: in.Title, CaseOrganisation: in.Organisation, Organisation: in.Organisation,
			Region: in.Region, Node: e.Node, Action: e.Action, By: cmd.By, Opinion: clip(cmd.Opinion), Reason: cmd.Reason, Days: cmd.Days, Granted: cmd.Granted,
		}
		if n := in.def.Node(e.Node); n != nil {
			h.Name = n.Name
		}
		if row, ok := in.rows[e.Task]; ok {
			h.Task, h.Node, h.Name, h.Organisation, h.Role, h.Person = row.ID, row.Node, row.Name, row.Organisation, string(row.Role), row.Person
			h.Clock, h.Opened, h.Done, h.Result = row.clock, row.Opened, row.Done, row.Result
			if row.clock != nil {
				if read, err := reckon.Read(*row.clock, "本环节", tx.Now); err == nil {
					h.Due = read.Due
				}
			}
		}
		switch e.Kind {
		case engine.TaskHanded:
			h.Action, h.From = string(cmd.Verb), cmd.As
		case engine.Returned:
			h.Task, h.To = note.task, e.Node
			if note.row.Node != "" {
				h.Node, h.Name, h.Organisation = note.row.Node, note.row.Name, note.row.Organisation
			}
		case engine.FlowEnded:
			decision, _ := in.state.Decision(in.def)
			h.Approved, h.Result = decision == engine.Approve, string(decision)
		case engine.ExtensionDecided:
			h.Days = in.state.Extension.Days
		}
		h.OrganisationName = s.bodyName(ctx, h.Organisation)
		if err := tx.Publish(ctx, "", name, in.Case, h); err != nil {
			return err
		}
	}
	return nil
}

// clip is the beginning of a text.
func clip(text string) string {
	if r := []rune(text); len(r) > maxTold {
		return string(r[:maxTold-1]) + "…"
	}
	return text
}

// syncTimers notes when open timers are over.
func (s *Service) syncTimers(ctx context.Context, tx *store.Tx, in *instance) error {
	reckon, err := s.reckoner(ctx, in.Region)
	if err != nil {
		return err
	}
	clocks, err := s.timers(ctx, tx, in.Case)
	if err != nil {
		return err
	}
	for _, a := range in.state.Activations {
		n := in.def.Node(a.Node)
		if n == nil || n.Kind != engine.Timer || a.Done || in.state.Over != "" {
			continue
		}
		c, ok := clocks[a.ID]
		delete(clocks, a.ID)
		if !ok {
			c = &limit.Clock{Begun: tx.Now, Term: *term(n.Wait)}
		}
		stand(c, in.state.Held != nil, tx.Now)
		due, err := turns(reckon, c, tx.Now)
		if err != nil {
			return err
		}
		if due == far {
			due = 0
		}
		text, err := clockJSON(c)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO flow_timer (case_id, activation, clock, due) VALUES ($1, $2, $3, $4)
			ON CONFLICT (case_id, activation) DO UPDATE SET clock = excluded.clock, due = excluded.due`, in.Case, a.ID, text, due); err != nil {
			return fmt.Errorf("set a timer: %w", err)
		}
	}
	for activation := range clocks {
		if _, err := tx.ExecContext(ctx, `DELETE FROM flow_timer WHERE case_id = $1 AND activation = $2`, in.Case, activation); err != nil {
			return fmt.Errorf("forget a timer: %w", err)
		}
	}
	return nil
}

// timers are the clocks of a case's open timers by their activations.
func (s *Service) timers(ctx context.Context, q store.Querier, caseID string) (map[int]*limit.Clock, error) {
	rows, err := q.QueryContext(ctx, `SELECT activation, clock FROM flow_timer WHERE case_id = $1`, caseID)
	if err != nil {
		return nil, fmt.Errorf("read timers: %w", err)
	}
	defer rows.Close()
	clocks := map[int]*limit.Clock{}
	for rows.Next() {
		var id int
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, fmt.Errorf("read timers: %w", err)
		}
		if clocks[id], err = parseClock(text); err != nil {
			return nil, err
		}
	}
	return clocks, rows.Err()
}
