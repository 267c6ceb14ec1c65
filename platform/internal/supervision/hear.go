package supervision

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// heard is what the events of cases, flows and evaluations say, as far as
// supervision wants to know.
type heard struct {
	Case             string `json:"case"`
	ApplicationNo    string `json:"applicationNo"`
	CaseNo           string `json:"caseNo"`
	Number           string `json:"number"`
	Item             string `json:"item"`
	ItemName         string `json:"itemName"`
	Organisation     string `json:"organisation"`
	OrganisationName string `json:"organisationName"`
	Region           string `json:"region"`
	Hall             string `json:"hall"`
	Mode             string `json:"mode"`
	Parent           string `json:"parent"`
	Applicant        string `json:"applicant"`
	State            string `json:"state"`
	Reason           string `json:"reason"`
	Count            int    `json:"count"`
	Tacit            bool   `json:"tacit"`
	Approved         bool   `json:"approved"`
	Days             int    `json:"days"`
	Score            int    `json:"score"`

	Promised  *limit.Clock `json:"promised"`
	Statutory *limit.Clock `json:"statutory"`

	// Person is who has the step now; Action how it came to her, where it was
	// handed on; Done when it was done, zero for one that is open.
	Person string    `json:"person"`
	Action string    `json:"action"`
	Done   time.Time `json:"done"`
	// Granted is the answer to a wish for more time.
	Granted bool `json:"granted"`

	Task    string       `json:"task"`
	Node    string       `json:"node"`
	Name    string       `json:"name"`
	Clock   *limit.Clock `json:"clock"`
	By      string       `json:"by"`
	Result  string       `json:"result"`
	Opinion string       `json:"opinion"`
}

// consumer names supervision among those who hear events.
const consumer = "supervision"

// Kinds are the events that supervision hears.
func Kinds() []string {
	return []string{
		"case.submitted", "case.supplement-asked", "case.supplemented", "case.prepared", "case.accepted", "case.not-accepted", "case.held", "case.resumed",
		"case.extended", "case.decided", "case.delivered", "case.closed", "case.withdrawn", "case.terminated", "case.deferred-due", "case.deferred-brought",
		"case.deferred-overdue", "flow.task-opened", "flow.task-claimed", "flow.task-handed", "flow.task-done", "flow.task-cancelled", "flow.returned", "flow.recalled", "flow.extension-asked",
		"flow.extension-decided", "flow.ended", "evaluation.given", "evaluation.overdue", "evaluation.rectification-opened", "evaluation.rectification-closed",
		"licence.issued", "payment.paid", "delivery.sent", "delivery.delivered",
	}
}

// Listen makes supervision hear.
func (s *Service) Listen() {
	for _, kind := range Kinds() {
		s.Store.On(kind, consumer, s.Hear)
	}
	for _, kind := range []string{typeDays, typeRecount} {
		s.Store.On(kind, consumer, s.recount)
	}
}

// Hear takes one event: it keeps what happened, brings the case's row up to
// date and finds out whether something is wrong.
func (s *Service) Hear(ctx context.Context, tx *store.Tx, e store.Event) error {
	var h heard
	if err := json.Unmarshal(e.Data, &h); err != nil {
		return fault.New(fault.Invalid, "supervision.event", "事件内容无法识别").Because(err)
	}
	h.Case = cmp.Or(h.Case, e.Subject)
	if err := s.note(ctx, tx, e, h); err != nil {
		return err
	}
	c, err := s.caseOf(ctx, tx, h, e)
	if err != nil {
		return err
	}
	if c == nil {
		// About no case: a consultation, or the rating of a visit to a hall.
		return s.find(ctx, tx, &watched{ItemName: h.ItemName, Organisation: h.Organisation, Region: h.Region}, e, h)
	}
	c.apply(e.Type, h, e.At)
	if h.Task != "" {
		if err := s.step(ctx, tx, c, e, h); err != nil {
			return err
		}
	}
	if err := s.find(ctx, tx, c, e, h); err != nil {
		return err
	}
	return s.settle(ctx, tx, c)
}

// note keeps what happened.
func (s *Service) note(ctx context.Context, tx *store.Tx, e store.Event, h heard) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO supervision_log (id, case_id, at, type, words, organisation, staff) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO NOTHING`, e.ID, h.Case, store.Millis(e.At), e.Type, wordsOf(e.Type, h), h.Organisation, h.By)
	if err != nil {
		return fmt.Errorf("keep what happened: %w", err)
	}
	return nil
}

// caseOf reads the case's row, or begins one; nil where the event is about a
// case that supervision never heard of.
func (s *Service) caseOf(ctx context.Context, tx *store.Tx, h heard, e store.Event) (*watched, error) {
	c, err := lock(ctx, tx, h.Case)
	switch {
	case err == nil:
		return c, nil
	case !store.IsNone(err):
		return nil, err
	case !strings.HasPrefix(e.Type, "case.") || h.Item == "" || h.Organisation == "":
		return nil, nil
	}
	c = &watched{ID: h.Case, Running: true, State: "submitted", Submitted: e.At}
	return c, nil
}

// over are the events that end a case for supervision, with the state it ends
// in.
var over = map[string]string{
	"case.decided": "decided", "case.closed": "closed", "case.not-accepted": "not-accepted", "case.withdrawn": "withdrawn", "case.terminated": "terminated",
}

// states are those that other events bring a case to.
var states = map[string]string{
	"case.submitted": "submitted", "case.supplement-asked": "supplementing", "case.supplemented": "submitted", "case.prepared": "prepared",
	"case.accepted": "accepted", "case.held": "held", "case.resumed": "accepted",
}

// apply takes what an event says of the case itself.
func (c *watched) apply(kind string, h heard, at time.Time) {
	c.ApplicationNo, c.CaseNo = cmp.Or(h.ApplicationNo, c.ApplicationNo), cmp.Or(h.CaseNo, c.CaseNo)
	c.Item, c.ItemName = cmp.Or(h.Item, c.Item), cmp.Or(h.ItemName, c.ItemName)
	c.Region, c.Hall, c.Mode, c.Parent = cmp.Or(h.Region, c.Region), cmp.Or(h.Hall, c.Hall), cmp.Or(h.Mode, c.Mode), cmp.Or(h.Parent, c.Parent)
	c.Applicant = cmp.Or(h.Applicant, c.Applicant)
	if h.Task == "" {
		// A step's organisation isn't the case's.
		c.Organisation, c.OrganisationName = cmp.Or(h.Organisation, c.Organisation), cmp.Or(h.OrganisationName, c.OrganisationName)
	}
	if h.Promised != nil {
		c.Promised = h.Promised
	}
	if h.Statutory != nil {
		c.Statutory = h.Statutory
	}
	if state, ok := states[kind]; ok && c.Ended.IsZero() {
		c.State = state
	}
	if kind == "case.accepted" {
		c.Accepted = at
	}
	state, ends := over[kind]
	if !ends {
		return
	}
	c.State = state
	if c.Ended.IsZero() {
		c.Ended = at
	}
	c.Running = false
	for _, clock := range []*limit.Clock{c.Promised, c.Statutory} {
		if clock != nil && clock.Ended.IsZero() {
			clock.Ended = at
		}
	}
}

// step keeps what an event says of one step of the flow.
func (s *Service) step(ctx context.Context, tx *store.Tx, c *watched, e store.Event, h heard) error {
	text, err := clockText(h.Clock)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO supervision_step (id, case_id, node, name, organisation, staff, opened_at, done_at, result, clock, light)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8, 'none') ON CONFLICT (id) DO NOTHING`,
		h.Task, c.ID, h.Node, h.Name, h.Organisation, h.Person, store.Millis(e.At), text)
	if err != nil {
		return fmt.Errorf("keep a step: %w", err)
	}
	switch e.Type {
	case "flow.task-claimed":
		_, err = tx.ExecContext(ctx, `UPDATE supervision_step SET staff = $1 WHERE id = $2`, cmp.Or(h.Person, h.By), h.Task)
	case "flow.task-handed":
		if _, err = tx.ExecContext(ctx, `UPDATE supervision_step SET staff = $1 WHERE id = $2 AND done_at = 0`, h.Person, h.Task); err == nil {
			err = remindNext(ctx, tx, c, h)
		}
	case "flow.recalled":
		err = recalled(ctx, tx, e, h, text)
	case "flow.extension-decided":
		_, err = tx.ExecContext(ctx, `UPDATE supervision_step SET clock = CASE WHEN $1 = '' THEN clock ELSE $1 END WHERE id = $2 AND done_at = 0`, text, h.Task)
	case "flow.returned":
		// The flow takes the task away from who returned the case.
		_, err = tx.ExecContext(ctx, `UPDATE supervision_step SET result = 'returned', done_at = CASE WHEN done_at = 0 THEN $1 ELSE done_at END WHERE id = $2`,
			store.Millis(e.At), h.Task)
	case "flow.task-done", "flow.task-cancelled":
		_, err = tx.ExecContext(ctx, `UPDATE supervision_step SET done_at = $1, result = $2, staff = CASE WHEN $3 = '' THEN staff ELSE $3 END,
			clock = CASE WHEN $4 = '' THEN clock ELSE $4 END WHERE id = $5 AND done_at = 0`,
			store.Millis(e.At), cmp.Or(h.Result, "cancelled"), h.By, text, h.Task)
	}
	if err != nil {
		return fmt.Errorf("keep a step: %w", err)
	}
	return nil
}

// recalled keeps that an opinion was taken back: its step is open again where
// the others of its seats weren't done, or else has ended so, and another one
// was opened in its place.
func recalled(ctx context.Context, tx *store.Tx, e store.Event, h heard, clock string) error {
	var err error
	if h.Done.IsZero() {
		_, err = tx.ExecContext(ctx, `UPDATE supervision_step SET done_at = 0, result = '', staff = $1, clock = $2 WHERE id = $3`, cmp.Or(h.Person, h.By), clock, h.Task)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE supervision_step SET result = 'recalled', done_at = CASE WHEN done_at = 0 THEN $1 ELSE done_at END WHERE id = $2`,
			store.Millis(e.At), h.Task)
	}
	return err
}

// remindNext tells whoever gets a step what is wrong with it already: the
// reminder that was given went to somebody else.
func remindNext(ctx context.Context, tx *store.Tx, c *watched, h heard) error {
	if h.Person == "" || h.Person == h.By {
		return nil
	}
	var words string
	err := tx.QueryRowContext(ctx, `SELECT words FROM supervision_signal
		WHERE case_id = $1 AND about IN ('', $2) AND kind IN ($3, $4, $5, $6, $7) AND state <> 'closed' ORDER BY id DESC LIMIT 1`,
		c.ID, h.Task, string(StepNear), string(StepLate), string(PromiseNear), string(PromiseLate), string(StatuteLate)).Scan(&words)
	if store.IsNone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return remind(ctx, tx, reminder{staff: h.Person}, c.ID, words)
}
