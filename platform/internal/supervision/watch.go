package supervision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// watched is a case as supervision sees it.
type watched struct {
	ID, ApplicationNo, CaseNo, Item, ItemName, Organisation, OrganisationName, Region, Hall, Mode, Parent, Applicant, State string

	Running                    bool
	Submitted, Accepted, Ended time.Time
	Promised, Statutory        *limit.Clock
	Light                      limit.Light
	rank, redAt, turnsAt       int64

	// before is the case as it was locked; nil for a new one.
	before *watched
}

const caseColumns = `id, application_no, case_no, item, item_name, organisation, organisation_name, region, hall, mode, parent, applicant, state, running,
	submitted_at, accepted_at, ended_at, promised, statutory, light, rank, red_at, turns_at`

func scanCase(row interface{ Scan(...any) error }) (*watched, error) {
	var c watched
	var running, submitted, accepted, ended int64
	var promised, statutory string
	err := row.Scan(&c.ID, &c.ApplicationNo, &c.CaseNo, &c.Item, &c.ItemName, &c.Organisation, &c.OrganisationName, &c.Region, &c.Hall, &c.Mode, &c.Parent,
		&c.Applicant, &c.State, &running, &submitted, &accepted, &ended, &promised, &statutory, &c.Light, &c.rank, &c.redAt, &c.turnsAt)
	if err != nil {
		return nil, err
	}
	c.Running, c.Submitted, c.Accepted, c.Ended = running == 1, moment(submitted), moment(accepted), moment(ended)
	if c.Promised, err = readClock(promised); err != nil {
		return nil, err
	}
	c.Statutory, err = readClock(statutory)
	return &c, err
}

// moment is a stored time, zero for 0.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return store.Time(ms)
}

// millis is a time as it is stored, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return store.Millis(t)
}

// read returns a case's row.
func read(ctx context.Context, q store.Querier, id string) (*watched, error) {
	c, err := scanCase(q.QueryRowContext(ctx, `SELECT `+caseColumns+` FROM supervision_case WHERE id = $1`, id))
	if err != nil {
		return nil, fmt.Errorf("read a watched case: %w", err)
	}
	return c, nil
}

// lock reads a case's row that the transaction is going to change: whoever else
// wants to change it waits for the end.
func lock(ctx context.Context, tx *store.Tx, id string) (*watched, error) {
	c, err := scanCase(tx.QueryRowContext(ctx, `UPDATE supervision_case SET changed_at = $1 WHERE id = $2 RETURNING `+caseColumns, store.Millis(tx.Now), id))
	if err != nil {
		return nil, fmt.Errorf("read a watched case: %w", err)
	}
	was := *c
	c.before = &was
	return c, nil
}

// Step is one step of a case's flow.
type Step struct {
	ID           string        `json:"id"`
	Node         string        `json:"node"`
	Name         string        `json:"name"`
	Organisation string        `json:"organisation"`
	Staff        string        `json:"staff,omitempty"`
	StaffName    string        `json:"staffName,omitempty"`
	Opened       time.Time     `json:"opened"`
	Done         time.Time     `json:"done,omitzero"`
	Result       string        `json:"result,omitempty"`
	Reading      limit.Reading `json:"reading"`

	clock *limit.Clock
	light limit.Light
}

// steps reads a case's steps in the order in which they were opened.
func steps(ctx context.Context, q store.Querier, of *watched) ([]Step, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, node, name, organisation, staff, opened_at, done_at, result, clock, light FROM supervision_step
		WHERE case_id = $1 ORDER BY opened_at, id`, of.ID)
	if err != nil {
		return nil, fmt.Errorf("read a case's steps: %w", err)
	}
	defer rows.Close()
	list := []Step{}
	for rows.Next() {
		var v Step
		var opened, done int64
		var clock string
		if err := rows.Scan(&v.ID, &v.Node, &v.Name, &v.Organisation, &v.Staff, &opened, &done, &v.Result, &clock, &v.light); err != nil {
			return nil, fmt.Errorf("read a case's steps: %w", err)
		}
		v.Opened, v.Done = moment(opened), moment(done)
		if v.clock, err = readClock(clock); err != nil {
			return nil, err
		}
		if v.clock != nil && v.clock.Ended.IsZero() {
			v.clock.Ended = v.Done
		}
		if v.clock != nil && v.Done.IsZero() {
			v.clock.Holds = of.holdsSince(v.Opened)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// holdsSince are the times for which the case's clocks stood since a moment: an
// open step's clock stands with them.
func (c *watched) holdsSince(opened time.Time) (list []limit.Hold) {
	clock := c.Promised
	if clock == nil {
		clock = c.Statutory
	}
	if clock == nil {
		return nil
	}
	for _, h := range clock.Holds {
		if !h.To.IsZero() && !h.To.After(opened) {
			continue
		}
		if h.From.Before(opened) {
			h.From = opened
		}
		list = append(list, h)
	}
	return list
}

// settle finds out where all of a case's lights stand, tells of those that
// turned, and stores the case with the moment at which the next one turns.
func (s *Service) settle(ctx context.Context, tx *store.Tx, c *watched) error {
	r, err := s.reckon(ctx, c.Region)
	if err != nil {
		return err
	}
	list, err := steps(ctx, tx, c)
	if err != nil {
		return err
	}
	t := turning{service: s, reckoner: r, tx: tx, of: c, red: never}
	if err := t.whole(ctx, list); err != nil {
		return err
	}
	for _, v := range list {
		if err := t.step(ctx, v); err != nil {
			return err
		}
	}
	c.rank, c.redAt, c.turnsAt = t.rank(), t.red, t.next
	if !c.Running {
		c.rank, c.redAt, c.turnsAt = rankRest, never, 0
	}
	return s.save(ctx, tx, c)
}

// The ranks by which cases are sorted.
const (
	rankRed = iota
	rankYellow
	rankRest
)

// turning is what is found while a case's lights are looked at.
type turning struct {
	service  *Service
	reckoner limit.Reckoner
	tx       *store.Tx
	of       *watched
	worst    limit.Light
	red      int64 // when the next light turns red
	next     int64 // when the next light turns at all; 0: never
}

func (t *turning) rank() int64 {
	switch t.worst {
	case limit.Red:
		return rankRed
	case limit.Yellow:
		return rankYellow
	default:
		return rankRest
	}
}

// look reads one clock and notes when it turns.
func (t *turning) look(c *limit.Clock, name string) (limit.Reading, error) {
	if c == nil {
		return limit.Reading{Light: limit.Off}, nil
	}
	read, err := t.reckoner.Read(*c, name, t.tx.Now)
	if err != nil {
		return read, fmt.Errorf("read the clock of case %s: %w", t.of.ID, err)
	}
	yellow, red, err := t.reckoner.Turns(*c, t.tx.Now)
	if err != nil {
		return read, fmt.Errorf("read the clock of case %s: %w", t.of.ID, err)
	}
	for _, at := range []time.Time{yellow, red} {
		if ms := millis(at); at.After(t.tx.Now) && (t.next == 0 || ms < t.next) {
			t.next = ms
		}
	}
	if !red.IsZero() {
		t.red = min(t.red, millis(red))
	}
	if c.Ended.IsZero() && (read.Light == limit.Red || read.Light == limit.Yellow && t.worst != limit.Red) {
		t.worst = read.Light
	}
	return read, nil
}

// whole looks at the case's own limits.
func (t *turning) whole(ctx context.Context, list []Step) error {
	promised, err := t.look(t.of.Promised, "承诺")
	if err != nil {
		return err
	}
	statutory, err := t.look(t.of.Statutory, "法定")
	if err != nil {
		return err
	}
	before := t.of.Light
	t.of.Light = promised.Light
	if promised.Light == limit.Off {
		t.of.Light = statutory.Light
	}
	if before == limit.Red && t.of.Light != limit.Red {
		if err := pass(ctx, t.tx, t.of.ID); err != nil {
			return err
		}
	}
	open := slices.DeleteFunc(slices.Clone(list), func(v Step) bool { return !v.Done.IsZero() })
	signal := func(kind Kind, read limit.Reading) error {
		return t.service.signal(ctx, t.tx, Signal{Kind: kind, Case: t.of.ID, Organisation: t.of.Organisation, Region: t.of.Region, Words: t.of.ItemName + "：" + read.Words}, t.of, open...)
	}
	if promised.Light == limit.Yellow {
		err = signal(PromiseNear, promised)
	}
	if promised.Light == limit.Red {
		err = errors.Join(err, signal(PromiseLate, promised))
	}
	if statutory.Light == limit.Red {
		err = errors.Join(err, signal(StatuteLate, statutory))
	}
	return err
}

// step looks at one step's limit.
func (t *turning) step(ctx context.Context, v Step) error {
	read, err := t.look(v.clock, "本环节")
	if err != nil {
		return err
	}
	if read.Light != v.light {
		if _, err := t.tx.ExecContext(ctx, `UPDATE supervision_step SET light = $1 WHERE id = $2`, string(read.Light), v.ID); err != nil {
			return fmt.Errorf("store a step's light: %w", err)
		}
	}
	kind := StepNear
	switch {
	case read.Light == limit.Red && v.Result != "cancelled":
		kind = StepLate
	case read.Light == limit.Yellow:
	default:
		return nil
	}
	return t.service.signal(ctx, t.tx, Signal{
		Kind: kind, Case: t.of.ID, About: v.ID, Organisation: v.Organisation, Region: t.of.Region, Words: t.of.ItemName + "，" + v.Name + "：" + read.Words,
	}, t.of, v)
}

// save stores a case's row, and counts it.
func (s *Service) save(ctx context.Context, tx *store.Tx, c *watched) error {
	promised, err := clockText(c.Promised)
	if err != nil {
		return err
	}
	statutory, err := clockText(c.Statutory)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO supervision_case (`+caseColumns+`, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		ON CONFLICT (id) DO UPDATE SET application_no = excluded.application_no, case_no = excluded.case_no, item = excluded.item, item_name = excluded.item_name,
			organisation = excluded.organisation, organisation_name = excluded.organisation_name, region = excluded.region, hall = excluded.hall, mode = excluded.mode,
			parent = excluded.parent, applicant = excluded.applicant, state = excluded.state, running = excluded.running, submitted_at = excluded.submitted_at,
			accepted_at = excluded.accepted_at, ended_at = excluded.ended_at, promised = excluded.promised, statutory = excluded.statutory, light = excluded.light,
			rank = excluded.rank, red_at = excluded.red_at, turns_at = excluded.turns_at, changed_at = excluded.changed_at`,
		c.ID, c.ApplicationNo, c.CaseNo, c.Item, c.ItemName, c.Organisation, c.OrganisationName, c.Region, c.Hall, c.Mode, c.Parent, c.Applicant, c.State,
		store.Bool(c.Running), millis(c.Submitted), millis(c.Accepted), millis(c.Ended), promised, statutory, string(c.Light), c.rank, c.redAt, c.turnsAt, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("store a watched case: %w", err)
	}
	return s.count(ctx, tx, c.before, c)
}

// How often lights are looked after, and how many cases at once.
const (
	turnEvery = 20 * time.Second
	turnBatch = 200
)

// Run turns lights when their time has come, until ctx ends. Of all processes
// that share the database one at a time does it.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "supervision", func(ctx context.Context) error {
		tick := time.NewTicker(turnEvery)
		defer tick.Stop()
		for {
			for {
				n, err := s.Turn(ctx)
				if err != nil && ctx.Err() == nil {
					s.Log.Warn("lights wait", slog.Any("err", err))
				}
				if err != nil || n < turnBatch {
					break
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Turn looks at the cases whose next light has turned by now and at urging
// notices that are late; it tells how many cases it looked at.
func (s *Service) Turn(ctx context.Context) (int, error) {
	if err := s.lateOrders(ctx); err != nil {
		return 0, err
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id FROM supervision_case WHERE turns_at > 0 AND turns_at <= $1 ORDER BY turns_at LIMIT $2`,
		store.Millis(s.Store.Now()), turnBatch)
	if err != nil {
		return 0, fmt.Errorf("find lights that turn: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return 0, fmt.Errorf("find lights that turn: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("find lights that turn: %w", err)
	}
	for _, id := range ids {
		err := s.Store.Write(ctx, "turn a case's light", func(tx *store.Tx) error {
			c, err := lock(ctx, tx, id)
			if err != nil {
				return err
			}
			return s.settle(ctx, tx, c)
		})
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
