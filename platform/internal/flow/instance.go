package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Status is where a case's flow stands.
type Status string

// The statuses.
const (
	Running    Status = "running"
	Held       Status = "held"
	Ended      Status = "ended"
	Terminated Status = "terminated"
)

// Start is what begins a flow.
type Start struct {
	Case, CaseNo, Title, Item, Organisation, Region string
	// Definition names the flow; empty: the one bound to the item, or the common
	// one.
	Definition string
	Facts      map[string]any
	// Begun is when the case was accepted; zero: now.
	Begun time.Time
}

// instance is one case's flow within a transaction.
type instance struct {
	Start
	version int
	status  Status
	edition int64
	steps   int64
	ended   time.Time
	def     *engine.Definition
	state   engine.State
	// before is the state as it was read.
	before engine.State
	// rows are the tasks that the last step touched, by their numbers.
	rows map[int]taskRow
}

const instanceColumns = `case_id, definition, version, case_no, title, item, organisation, region, status, state, edition, steps, begun, ended`

func (s *Service) scanInstance(ctx context.Context, q store.Querier, row interface{ Scan(...any) error }) (*instance, error) {
	in := &instance{}
	var sealed string
	var begun, ended int64
	err := row.Scan(&in.Case, &in.Definition, &in.version, &in.CaseNo, &in.Title, &in.Item, &in.Organisation, &in.Region, &in.status, &sealed,
		&in.edition, &in.steps, &begun, &ended)
	if store.IsNone(err) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("read a flow: %w", err)
	}
	in.Begun, in.ended = store.Time(begun), store.Time(ended)
	text, err := s.sealer.Open(sealState, sealed)
	if err != nil {
		return nil, fmt.Errorf("open the flow of %s: %w", in.Case, err)
	}
	if err := json.Unmarshal([]byte(text), &in.state); err != nil {
		return nil, fmt.Errorf("read the flow of %s: %w", in.Case, err)
	}
	in.before = in.state.Clone()
	in.def, err = s.published(ctx, q, in.Definition, in.version)
	return in, err
}

// instance reads a case's flow, or ErrNone.
func (s *Service) instance(ctx context.Context, q store.Querier, caseID string) (*instance, error) {
	return s.scanInstance(ctx, q, q.QueryRowContext(ctx, `SELECT `+instanceColumns+` FROM flow_instance WHERE case_id = $1`, caseID))
}

// lock reads a case's flow and keeps others from changing it until the
// transaction ends.
func (s *Service) lock(ctx context.Context, tx *store.Tx, caseID string) (*instance, error) {
	return s.scanInstance(ctx, tx, tx.QueryRowContext(ctx,
		`UPDATE flow_instance SET edition = edition + 1 WHERE case_id = $1 RETURNING `+instanceColumns, caseID))
}

// Start begins the flow of an accepted case.
func (s *Service) Start(ctx context.Context, tx *store.Tx, b Start) error {
	def, err := s.definitionFor(ctx, tx, b)
	if err != nil {
		return err
	}
	if b.Begun.IsZero() {
		b.Begun = tx.Now
	}
	b.Definition = def.ID
	in := &instance{Start: b, version: def.Version, def: def}
	sealed, err := s.seal(in.state)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO flow_instance (`+instanceColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 0, $11, 0) ON CONFLICT (case_id) DO NOTHING`,
		in.Case, def.ID, def.Version, in.CaseNo, in.Title, in.Item, in.Organisation, in.Region, string(Running), sealed, store.Millis(in.Begun))
	if err != nil {
		return fmt.Errorf("begin the flow of %s: %w", in.Case, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return ErrRunning.Because(err)
	}
	in.edition = 1
	return s.advance(ctx, tx, in, engine.Command{Verb: engine.VerbStart, By: audit.System.ID, Facts: b.Facts}, stepNote{})
}

// Terminate ends the flow of a case that ends for another reason. A case
// without a flow, or with one that is over, is as wanted.
func (s *Service) Terminate(ctx context.Context, tx *store.Tx, caseID, reason string) error {
	in, err := s.lock(ctx, tx, caseID)
	if errors.Is(err, ErrNone) || err == nil && in.state.Over != "" {
		return nil
	}
	if err != nil {
		return err
	}
	return s.advance(ctx, tx, in, engine.Command{Verb: engine.VerbTerminate, By: actor(ctx), Opinion: reason}, stepNote{quiet: true})
}

// Resume lets a held flow go on, when the applicant has brought what was
// missing. A flow that isn't held is as wanted.
func (s *Service) Resume(ctx context.Context, tx *store.Tx, caseID, note string) error {
	in, err := s.lock(ctx, tx, caseID)
	if errors.Is(err, ErrNone) || err == nil && in.state.Held == nil {
		return nil
	}
	if err != nil {
		return err
	}
	return s.advance(ctx, tx, in, engine.Command{Verb: engine.VerbResume, By: actor(ctx), Opinion: note}, stepNote{quiet: true})
}

func (s *Service) seal(state engine.State) (string, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return "", fmt.Errorf("write a flow's state: %w", err)
	}
	return s.sealer.Seal(sealState, string(text)), nil
}

// stepNote is what a command's step says besides the command.
type stepNote struct {
	// task is the task's public id, row how it was.
	task string
	row  taskRow
	// quiet tells that the owner of the case wants it, and isn't told.
	quiet   bool
	missing []string
}

// advance takes a step: the state, the tasks, the timers, the history, what
// others hear and what the case's owner must do.
func (s *Service) advance(ctx context.Context, tx *store.Tx, in *instance, cmd engine.Command, note stepNote) error {
	next, events, err := engine.Step(in.def, in.state, cmd)
	if err != nil {
		return err
	}
	in.state = next
	switch {
	case next.Over == engine.Ended:
		in.status, in.ended = Ended, tx.Now
	case next.Over == engine.Terminated:
		in.status, in.ended = Terminated, tx.Now
	case next.Held != nil:
		in.status = Held
	default:
		in.status = Running
	}
	if cmd.Verb != engine.VerbRead {
		if err := s.note(ctx, tx, in, cmd, note); err != nil {
			return err
		}
	}
	sealed, err := s.seal(in.state)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE flow_instance SET state = $1, status = $2, steps = $3, ended = $4 WHERE case_id = $5`,
		sealed, string(in.status), in.steps, store.Millis(in.ended), in.Case); err != nil {
		return fmt.Errorf("store the flow of %s: %w", in.Case, err)
	}
	if err := s.syncTasks(ctx, tx, in, cmd); err != nil {
		return err
	}
	if err := s.syncTimers(ctx, tx, in); err != nil {
		return err
	}
	if err := s.syncWish(ctx, tx, in); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, in, cmd, note, events); err != nil {
		return err
	}
	in.before = in.state.Clone()
	s.count(string(cmd.Verb), "done")
	return s.tell(ctx, tx, in, cmd, note)
}

// tell lets the owner of the case do what follows.
func (s *Service) tell(ctx context.Context, tx *store.Tx, in *instance, cmd engine.Command, note stepNote) error {
	if s.cases == nil || note.quiet {
		return nil
	}
	switch {
	case in.status == Ended:
		return s.ended(ctx, tx, in)
	case cmd.Verb == engine.VerbTerminate:
		return s.cases.Terminated(ctx, tx, in.Case, cmd.Opinion)
	case cmd.Verb == engine.VerbHold && cmd.Reason == engine.ReasonSupplement:
		return s.cases.Supplement(ctx, tx, in.Case, note.missing, cmd.Opinion)
	case cmd.Verb == engine.VerbHold:
		return s.cases.Held(ctx, tx, in.Case, cmd.Reason, cmd.Opinion, cmd.Days)
	case cmd.Verb == engine.VerbResume:
		return s.cases.Resumed(ctx, tx, in.Case)
	case cmd.Verb == engine.VerbDecideExtension && cmd.Granted:
		return s.cases.Extended(ctx, tx, in.Case, in.state.Extension.Days, in.state.Extension.Basis)
	}
	return nil
}

// ended tells the result with all opinions that stand.
func (s *Service) ended(ctx context.Context, tx *store.Tx, in *instance) error {
	decision, _ := in.state.Decision(in.def)
	r := Result{Approved: decision == engine.Approve}
	rows, err := s.tasks(ctx, tx, `WHERE case_id = $1 AND state = 'done' ORDER BY done, id`, in.Case)
	if err != nil {
		return err
	}
	standing := map[int64]bool{}
	for _, t := range in.state.Tasks {
		standing[int64(t.ID)] = true
	}
	for _, t := range rows {
		if !standing[t.number] {
			continue
		}
		o := Opinion{
			Node: t.Node, Name: t.Name, Organisation: t.Organisation, By: t.DoneBy, Approved: t.Result == string(engine.Approve), Text: t.Opinion, At: t.Done,
		}
		r.Opinions = append(r.Opinions, o)
		if n := in.def.Node(t.Node); n != nil && n.Decides && o.Approved == r.Approved {
			r.Reason = o.Text
		}
	}
	return s.cases.Ended(ctx, tx, in.Case, r)
}

// note writes the history.
func (s *Service) note(ctx context.Context, tx *store.Tx, in *instance, cmd engine.Command, note stepNote) error {
	in.steps++
	d := stepDetail{
		Opinion: cmd.Opinion, To: cmd.To, ReturnTo: cmd.Node, Direct: cmd.Direct, Reason: cmd.Reason, Days: cmd.Days, Granted: cmd.Granted, Missing: note.missing,
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	node := note.row.Node
	if a := in.before.Activation(cmd.Activation); cmd.Activation != 0 && a != nil {
		node = a.Node
	}
	name := ""
	if n := in.def.Node(node); n != nil {
		name = n.Name
	}
	as := cmd.As
	if as == cmd.By {
		as = ""
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO flow_step (case_id, seq, at, verb, task, node, name, organisation, by_staff, as_staff, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		in.Case, in.steps, store.Millis(tx.Now), string(cmd.Verb), note.task, node, name, note.row.Organisation, cmd.By, as,
		s.sealer.Seal(sealDetail, string(text)))
	if err != nil {
		return fmt.Errorf("note a step of %s: %w", in.Case, err)
	}
	return nil
}

// stepDetail is what a step keeps sealed.
type stepDetail struct {
	Opinion  string   `json:"opinion,omitempty"`
	To       string   `json:"to,omitempty"`
	ReturnTo string   `json:"returnTo,omitempty"`
	Direct   bool     `json:"direct,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Days     int      `json:"days,omitempty"`
	Granted  bool     `json:"granted,omitempty"`
	Missing  []string `json:"missing,omitempty"`
}

// far is when something turns red that never does; the largest number that
// browsers count exactly.
const far = int64(1)<<53 - 1

// turns is when a clock turns red, as it is stored.
func turns(r limit.Reckoner, c *limit.Clock, now time.Time) (int64, error) {
	if c == nil || c.Held() {
		return far, nil
	}
	_, red, err := r.Turns(*c, now)
	if err != nil {
		return 0, fmt.Errorf("reckon a step's limit: %w", err)
	}
	if red.IsZero() {
		return far, nil
	}
	return store.Millis(red), nil
}

// term is a node's term as limit counts it, nil if it has none.
func term(t *engine.Term) *limit.Term {
	if t == nil || t.Unit == "" || t.Unit == engine.NoTerm {
		return nil
	}
	return &limit.Term{Unit: limit.Unit(t.Unit), Days: t.Days}
}

func clockJSON(c *limit.Clock) (string, error) {
	if c == nil {
		return "", nil
	}
	text, err := json.Marshal(c)
	return string(text), err
}

func parseClock(text string) (*limit.Clock, error) {
	if text == "" {
		return nil, nil
	}
	c := &limit.Clock{}
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return nil, fmt.Errorf("read a clock: %w", err)
	}
	return c, nil
}

// stand stops or starts a clock as the case is held or not.
func stand(c *limit.Clock, held bool, now time.Time) {
	if c == nil || c.Held() == held {
		return
	}
	if held {
		c.Holds = append(slices.Clone(c.Holds), limit.Hold{From: now})
		return
	}
	c.Holds = slices.Clone(c.Holds)
	c.Holds[len(c.Holds)-1].To = now
}

// syncWish lists a wish for more time while it waits for an answer.
func (s *Service) syncWish(ctx context.Context, tx *store.Tx, in *instance) error {
	waits := func(state *engine.State) bool {
		return state.Extension != nil && state.Extension.Decider == "" && state.Over == ""
	}
	before, now := waits(&in.before), waits(&in.state)
	var err error
	switch {
	case before && !now:
		_, err = tx.ExecContext(ctx, `DELETE FROM flow_extension WHERE case_id = $1`, in.Case)
	case now && !before:
		row := in.rows[in.state.Extension.Task]
		_, err = tx.ExecContext(ctx, `INSERT INTO flow_extension (case_id, task, organisation, asked) VALUES ($1, $2, $3, $4)`,
			in.Case, row.ID, row.Organisation, store.Millis(tx.Now))
	}
	if err != nil {
		return fmt.Errorf("list a wish for more time: %w", err)
	}
	return nil
}
