package supervision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Kind is what supervision found wrong.
type Kind string

// The kinds, with the legal ones of 国办函〔2016〕108号 among them.
const (
	StepNear      Kind = "step-near"     // a step will be late soon
	StepLate      Kind = "step-late"     // a step is late though the case isn't
	PromiseNear   Kind = "promise-near"  // the promised limit is near
	PromiseLate   Kind = "promise-late"  // and passed
	StatuteLate   Kind = "statute-late"  // the statutory limit passed
	Tacit         Kind = "tacit"         // no answer in five working days: accepted by law
	AskedTwice    Kind = "asked-twice"   // materials were asked for a second time
	NoReason      Kind = "no-reason"     // refused without a reason
	DeferredLate  Kind = "deferred-late" // a deferred material never came
	VoiceLate     Kind = "voice-late"    // a consultation or complaint is late
	Rectification Kind = "rectification" // a bad rating has to be put right
	OrderLate     Kind = "order-late"    // an urging notice wasn't answered in time
)

// levels are how grave the kinds are.
var levels = map[Kind]Level{
	StepNear: Warning, StepLate: YellowCard, PromiseNear: Warning, PromiseLate: YellowCard, StatuteLate: RedCard, Tacit: RedCard, AskedTwice: Warning,
	NoReason: YellowCard, DeferredLate: Warning, VoiceLate: YellowCard, Rectification: Warning, OrderLate: YellowCard,
}

// Signal is one thing that supervision found.
type Signal struct {
	ID    string `json:"id"`
	Kind  Kind   `json:"kind"`
	Level Level  `json:"level"`
	Case  string `json:"case"`
	// About is the step or other thing; empty: the case itself.
	About        string    `json:"about,omitempty"`
	Organisation string    `json:"organisation"`
	Region       string    `json:"region"`
	Words        string    `json:"words"`
	At           time.Time `json:"at"`
	// State is open, explained (the office said why) or closed (supervision
	// has taken it).
	State       string    `json:"state"`
	Explanation string    `json:"explanation,omitempty"`
	Closed      time.Time `json:"closed,omitzero"`
}

// signal keeps a signal unless it was given before, and reminds those who can
// do something: the chief representatives of the body that leads the case and
// of the bodies whose turn it is, and whoever has its steps (PA-10). Without a
// step the signal's own body is asked.
func (s *Service) signal(ctx context.Context, tx *store.Tx, g Signal, c *watched, open ...Step) error {
	g.ID, g.Level = store.NewID(), levels[g.Kind]
	result, err := tx.ExecContext(ctx, `INSERT INTO supervision_signal (id, kind, level, case_id, about, organisation, region, words, at, state, explanation, closed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', '', 0) ON CONFLICT (case_id, about, kind) DO NOTHING`,
		g.ID, string(g.Kind), string(g.Level), g.Case, g.About, g.Organisation, g.Region, g.Words, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("give a signal: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := opened(ctx, tx, g.Organisation, g.Region, 1, 0); err != nil {
		return err
	}
	for _, r := range concerned(g, c, open) {
		if err := remind(ctx, tx, r, g.Case, g.Words); err != nil {
			return err
		}
	}
	return tx.Publish(ctx, "", "supervision.signalled", g.Case, g)
}

// concerned are those whom a signal reminds, each once.
func concerned(g Signal, c *watched, open []Step) (to []reminder) {
	add := func(r reminder) {
		if (r.staff != "" || r.organisation != "") && !slices.Contains(to, r) {
			to = append(to, r)
		}
	}
	add(reminder{organisation: g.Organisation, role: access.RoleChief})
	add(reminder{organisation: c.Organisation, role: access.RoleChief})
	for _, v := range open {
		add(reminder{organisation: v.Organisation, role: access.RoleChief})
		if v.Staff != "" {
			add(reminder{staff: v.Staff})
		} else {
			add(reminder{organisation: v.Organisation, role: access.RoleApprover})
		}
	}
	if len(open) == 0 {
		add(reminder{organisation: g.Organisation, role: access.RoleApprover})
	}
	return to
}

// reminder is whom a reminder is for: one of the staff, or all with a role in
// an organisation.
type reminder struct {
	staff, organisation string
	role                access.Role
}

func remind(ctx context.Context, tx *store.Tx, r reminder, about, words string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO supervision_reminder (id, staff, organisation, role, case_id, words, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		store.NewID(), r.staff, r.organisation, string(r.role), about, words, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("remind staff: %w", err)
	}
	return nil
}

// find looks for what is wrong with an event itself.
func (s *Service) find(ctx context.Context, tx *store.Tx, c *watched, e store.Event, h heard) error {
	if c.Organisation == "" {
		return nil
	}
	g := Signal{Case: c.ID, Organisation: c.Organisation, Region: c.Region}
	name := cmp.Or(c.ItemName, h.Number)
	switch e.Type {
	case "case.accepted":
		if !h.Tacit {
			return nil
		}
		g.Kind, g.Words = Tacit, name+"：收件后 5 个工作日内未答复，依法视为受理"
	case "case.supplement-asked":
		if h.Count < 2 {
			return nil
		}
		g.Kind, g.Words = AskedTwice, fmt.Sprintf("%s：第 %d 次要求补正，未做到一次性告知", name, h.Count)
	case "case.not-accepted":
		if strings.TrimSpace(h.Reason) != "" {
			return nil
		}
		g.Kind, g.Words = NoReason, name+"：不予受理未说明理由"
	case "case.decided":
		if h.Approved || strings.TrimSpace(h.Reason) != "" {
			return nil
		}
		g.Kind, g.Words = NoReason, name+"：不予决定未说明理由"
	case "case.deferred-overdue":
		g.Kind, g.About, g.Words = DeferredLate, e.ID, name+"：容缺材料逾期未交，请处理"
	case "evaluation.overdue":
		g.Kind, g.About, g.Words = VoiceLate, e.ID, name+"：咨询或投诉逾期未答复"
	case "evaluation.rectification-opened":
		g.Kind, g.About, g.Words = Rectification, e.ID, name+"：差评待整改"
	default:
		return nil
	}
	return s.signal(ctx, tx, g, c)
}

const signalColumns = `SELECT id, kind, level, case_id, about, organisation, region, words, at, state, explanation, closed_at FROM supervision_signal `

func scanSignal(row interface{ Scan(...any) error }) (g Signal, err error) {
	var at, closed int64
	err = row.Scan(&g.ID, &g.Kind, &g.Level, &g.Case, &g.About, &g.Organisation, &g.Region, &g.Words, &at, &g.State, &g.Explanation, &closed)
	g.At, g.Closed = store.Time(at), moment(closed)
	return g, err
}

// one reads a signal that the caller may see.
func oneSignal(ctx context.Context, q store.Querier, id string) (Signal, error) {
	g, err := scanSignal(q.QueryRowContext(ctx, signalColumns+`WHERE id = $1`, id))
	switch {
	case store.IsNone(err):
		return g, ErrUnknown
	case err != nil:
		return g, fmt.Errorf("read a signal: %w", err)
	case !maySee(ctx, g.Region, g.Organisation):
		return g, ErrUnknown
	}
	return g, nil
}

// maySee tells whether the caller supervises the region, or belongs to the
// organisation.
func maySee(ctx context.Context, region, organisation string) bool {
	c := access.From(ctx)
	if c.Has(access.RoleSupervisor) {
		return c.Covers(region)
	}
	return c.Has(access.RoleChief, access.RoleApprover, access.RoleClerk) && c.Org == organisation
}

// Explain is the office's word on a signal.
func (s *Service) Explain(ctx context.Context, id, text string) (g Signal, err error) {
	if text, err = sentence("explanation", text); err != nil {
		return g, err
	}
	return s.change(ctx, id, "explain", func(tx *store.Tx, g *Signal) error {
		if access.From(ctx).Org != g.Organisation {
			return ErrUnknown
		}
		if g.State == "closed" {
			return ErrState
		}
		g.State, g.Explanation = "explained", text
		return nil
	})
}

// Close is the supervisor's: the signal needs nothing more.
func (s *Service) Close(ctx context.Context, id string) (Signal, error) {
	return s.change(ctx, id, "close", func(tx *store.Tx, g *Signal) error {
		if g.State == "closed" {
			return ErrState
		}
		g.State, g.Closed = "closed", tx.Now
		return nil
	})
}

func (s *Service) change(ctx context.Context, id, verb string, do func(tx *store.Tx, g *Signal) error) (g Signal, err error) {
	err = s.Store.Write(ctx, verb+" a signal", func(tx *store.Tx) error {
		if g, err = oneSignal(ctx, tx, id); err != nil {
			return err
		}
		was := g.State
		if err := do(tx, &g); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE supervision_signal SET state = $1, explanation = $2, closed_at = $3 WHERE id = $4 AND state = $5`,
			g.State, g.Explanation, millis(g.Closed), g.ID, was)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrState
		}
		if g.State == "closed" {
			if err := opened(ctx, tx, g.Organisation, g.Region, -1, 0); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "supervision.signal-" + verb, Object: g.ID})
	})
	return g, err
}

// sentence is a text that somebody has to write.
func sentence(field, text string) (string, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if text == "" || len([]rune(text)) > 1000 || strings.ContainsRune(text, 0) {
		return "", ErrInput.Wrong(field, "请填写说明（1000 字以内）")
	}
	return text, nil
}

// Signals lists signals that the caller may see, the newest first: of a state,
// or of all with an empty one; before is the id of the last one seen.
func (s *Service) Signals(ctx context.Context, state, before string, limit int) ([]Signal, error) {
	scope := scopeOf(ctx)
	rows, err := s.Store.Read().QueryContext(ctx, signalColumns+`
		WHERE ($1 = '' OR state = $1) AND ($2 = '' OR id < $2) AND ($3 = '' OR organisation = $3) AND region >= $4 AND region < $5
		ORDER BY id DESC LIMIT $6`, state, before, scope.organisation, scope.from, scope.to, limit)
	if err != nil {
		return nil, fmt.Errorf("list signals: %w", err)
	}
	defer rows.Close()
	list := []Signal{}
	for rows.Next() {
		g, err := scanSignal(rows)
		if err != nil {
			return nil, fmt.Errorf("list signals: %w", err)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// scope is what a caller sees: a region with all below it, and one organisation
// unless it is empty.
type scope struct{ from, to, organisation string }

func scopeOf(ctx context.Context) scope {
	c := access.From(ctx)
	var v scope
	v.from, v.to = access.Span(c.Region)
	if !c.Has(access.RoleSupervisor) {
		v.organisation = c.Org
		v.from, v.to = "", "\U0010FFFF"
	}
	return v
}

// Reminder is a reminder for one of the staff.
type Reminder struct {
	ID    string    `json:"id"`
	Case  string    `json:"case,omitempty"`
	Words string    `json:"words"`
	At    time.Time `json:"at"`
}

// remindersKept is how far back reminders are shown.
const remindersKept = 30 * 24 * time.Hour

// Reminders are the newest reminders for the context's caller.
func (s *Service) Reminders(ctx context.Context, limit int) ([]Reminder, error) {
	c := access.From(ctx)
	since := store.Millis(s.Store.Now().Add(-remindersKept))
	list := []Reminder{}
	add := func(where string, args ...any) error {
		rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, case_id, words, at FROM supervision_reminder WHERE `+where+` ORDER BY at DESC LIMIT 100`, args...)
		if err != nil {
			return fmt.Errorf("read reminders: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var r Reminder
			var at int64
			if err := rows.Scan(&r.ID, &r.Case, &r.Words, &at); err != nil {
				return fmt.Errorf("read reminders: %w", err)
			}
			r.At = store.Time(at)
			list = append(list, r)
		}
		return rows.Err()
	}
	if err := add(`staff = $1 AND at >= $2`, c.ID, since); err != nil {
		return nil, err
	}
	for _, role := range c.Roles {
		if err := add(`organisation = $1 AND role = $2 AND at >= $3 AND staff = ''`, c.Org, string(role), since); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b Reminder) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Words, b.Words))
	})
	// Whoever has two roles is reminded once.
	list = slices.CompactFunc(list, func(a, b Reminder) bool { return a.At.Equal(b.At) && a.Case == b.Case && a.Words == b.Words })
	return list[:min(len(list), limit)], nil
}
