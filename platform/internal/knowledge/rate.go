package knowledge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Verdict is what somebody says of an entry.
type Verdict string

// The verdicts (KB-04).
const (
	Accurate Verdict = "accurate"
	Outdated Verdict = "outdated"
	Wrong    Verdict = "wrong"
)

// Outcome is what a department did about a doubted entry.
type Outcome string

// The outcomes.
const (
	Corrected Outcome = "corrected" // it was, or is being, put right
	Kept      Outcome = "kept"      // it is right as it stands
)

// Rating is what a member of staff said of an entry, with what came of it.
type Rating struct {
	ID      string    `json:"id"`
	Entry   string    `json:"entry"`
	Title   string    `json:"title" doc:"Of the entry, as it was"`
	Verdict Verdict   `json:"verdict"`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
	// Rater is the name, of a to-do's.
	Rater string `json:"rater,omitempty"`
	// Due is when the department has to answer; zero: it has nothing to answer.
	Due      time.Time `json:"due,omitzero"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	Answer   string    `json:"answer,omitempty"`
	Answered time.Time `json:"answered,omitzero"`
	// New tells that the rater hasn't seen the answer yet.
	New bool `json:"new,omitempty"`
}

// maxNote bounds notes and answers, in characters.
const maxNote = 1000

// Rate says what the context's caller, of the staff, thinks of an entry. What
// isn't accurate needs a note and becomes a to-do of the entry's organisation,
// or joins the one that is open. Rating a version again replaces what was said,
// unless it was answered.
func (s *Service) Rate(ctx context.Context, id string, verdict Verdict, note string) (Rating, error) {
	note = tidy(note)
	wrong := ErrInput
	switch verdict {
	case Accurate:
		if note != "" {
			wrong = sized(wrong, "note", "说明", note, 0, maxNote)
		}
	case Outdated, Wrong:
		wrong = sized(wrong, "note", "说明", note, 4, maxNote)
	default:
		wrong = wrong.Wrong("verdict", "请选择评价")
	}
	if len(wrong.Fields) > 0 {
		return Rating{}, wrong
	}
	e, err := s.Entry(ctx, id)
	if err != nil {
		return Rating{}, err
	}
	c := access.From(ctx)
	if e.author != "" && e.author == c.ID {
		return Rating{}, ErrOwn
	}
	due, err := s.due(ctx, e.Organisation, e.Region)
	if err != nil {
		return Rating{}, err
	}
	r := Rating{Entry: id, Title: e.Title, Verdict: verdict, Note: note}
	err = s.Store.Write(ctx, "rate an entry", func(tx *store.Tx) error {
		r.At = tx.Now
		ev := Event{Organisation: e.Organisation, Region: e.Region, Verdict: verdict}
		if verdict != Accurate {
			var err error
			if ev.Todo, r.Due, err = openTodo(ctx, tx, e, due); err != nil {
				return err
			}
			ev.Due = r.Due
		}
		err := tx.QueryRowContext(ctx, `INSERT INTO knowledge_rating (id, entry, version, title, organisation, region, rater, verdict, note, at, todo, seen)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
			ON CONFLICT (entry, version, rater) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, at = excluded.at, todo = excluded.todo, seen = 0
			RETURNING id`,
			store.NewID(), id, e.Version, e.Title, e.Organisation, e.Region, c.ID, string(verdict), note, store.Millis(tx.Now), ev.Todo).Scan(&r.ID)
		if err != nil {
			return fmt.Errorf("store a rating: %w", err)
		}
		if err := tx.Publish(ctx, "", TypeRated, id, ev); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge.rate", Object: id, Detail: string(verdict)})
	})
	s.shelf.stale()
	return r, err
}

// openTodo opens a to-do of an entry, or finds the one that is open.
func openTodo(ctx context.Context, tx *store.Tx, e Entry, due time.Time) (id string, until time.Time, err error) {
	_, err = tx.ExecContext(ctx, `INSERT INTO knowledge_todo (id, entry, title, organisation, region, state, opened, due, outcome, answer, answered, answerer)
		VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, '', '', 0, '') ON CONFLICT (entry) WHERE state = 'open' DO NOTHING`,
		store.NewID(), e.ID, e.Title, e.Organisation, e.Region, store.Millis(tx.Now), store.Millis(due))
	if err != nil {
		return "", until, fmt.Errorf("open a to-do: %w", err)
	}
	var ms int64
	err = tx.QueryRowContext(ctx, `SELECT id, due FROM knowledge_todo WHERE entry = $1 AND state = 'open'`, e.ID).Scan(&id, &ms)
	if err != nil {
		return "", until, fmt.Errorf("read a to-do: %w", err)
	}
	_, err = revise(ctx, tx)
	return id, store.Time(ms), err
}

// Mine are the caller's ratings, the newest first, at most 100.
func (s *Service) Mine(ctx context.Context) ([]Rating, error) {
	return list(ctx, s.Store.Read(), selectRating+` WHERE r.rater = $1 ORDER BY r.at DESC, r.id DESC LIMIT 100`, scanRating, access.From(ctx).ID)
}

const selectRating = `SELECT r.id, r.entry, r.title, r.verdict, r.note, r.at, r.rater, r.seen, COALESCE(t.due, 0), COALESCE(t.outcome, ''), COALESCE(t.answer, ''), COALESCE(t.answered, 0)
	FROM knowledge_rating r LEFT JOIN knowledge_todo t ON t.id = r.todo`

func scanRating(row interface{ Scan(...any) error }) (r Rating, err error) {
	var at, seen, due, answered int64
	err = row.Scan(&r.ID, &r.Entry, &r.Title, &r.Verdict, &r.Note, &at, &r.Rater, &seen, &due, &r.Outcome, &r.Answer, &answered)
	r.At, r.Due, r.Answered = store.Time(at), store.Time(due), store.Time(answered)
	r.New = answered > 0 && seen == 0
	return r, err
}

// See notes that the caller has seen the answers to her ratings.
func (s *Service) See(ctx context.Context) error {
	return s.Store.Write(ctx, "note answers as seen", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE knowledge_rating SET seen = 1 WHERE rater = $1 AND seen = 0 AND todo IN (SELECT id FROM knowledge_todo WHERE state = 'answered')`, access.From(ctx).ID)
		return err
	})
}

// Todo is what a department has to look into.
type Todo struct {
	ID           string    `json:"id"`
	Entry        string    `json:"entry"`
	Title        string    `json:"title"`
	Organisation string    `json:"organisation"`
	Name         string    `json:"organisationName"`
	Open         bool      `json:"open"`
	Opened       time.Time `json:"opened"`
	Due          time.Time `json:"due"`
	// Left counts working days; negative: the limit is over.
	Left     int       `json:"left"`
	Late     bool      `json:"late"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	Answer   string    `json:"answer,omitempty"`
	Answered time.Time `json:"answered,omitzero"`
	Answerer string    `json:"answerer,omitempty" doc:"Name"`
	May      bool      `json:"may" doc:"Whether the caller may answer it"`
	Ratings  []Rating  `json:"ratings"`

	region string
}

const selectTodo = `SELECT id, entry, title, organisation, region, state, opened, due, outcome, answer, answered, answerer FROM knowledge_todo`

func scanTodo(row interface{ Scan(...any) error }) (t Todo, err error) {
	var state string
	var opened, due, answered int64
	err = row.Scan(&t.ID, &t.Entry, &t.Title, &t.Organisation, &t.region, &state, &opened, &due, &t.Outcome, &t.Answer, &answered, &t.Answerer)
	t.Open, t.Opened, t.Due, t.Answered = state == "open", store.Time(opened), store.Time(due), store.Time(answered)
	return t, err
}

// maySee tells whether a caller may see the to-dos of an organisation.
func maySee(c access.Caller, organisation, region string) bool {
	return mayCheck(c, organisation, region) || c.Has(access.RoleSupervisor) && c.Covers(region)
}

// Todos are the to-dos that the context's caller may see: open ones by their
// limit, answered ones the newest first, at most 100.
func (s *Service) Todos(ctx context.Context, open bool) ([]Todo, error) {
	c := access.From(ctx)
	wide := store.Bool(c.Has(access.RoleServiceDesk, access.RoleSupervisor))
	query, state := selectTodo+` WHERE state = $1 AND (organisation = $2 OR $3 = 1) ORDER BY due, id LIMIT 500`, "open"
	if !open {
		query, state = selectTodo+` WHERE state = $1 AND (organisation = $2 OR $3 = 1) ORDER BY answered DESC, id DESC LIMIT 500`, "answered"
	}
	all, err := list(ctx, s.Store.Read(), query, scanTodo, state, c.Org, wide)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(t Todo) bool { return !maySee(c, t.Organisation, t.region) })
	all = all[:min(len(all), 100)]
	orgs, err := s.organisations(ctx)
	if err != nil {
		return nil, err
	}
	days := map[string]*calendar.Calendar{}
	for i := range all {
		t := &all[i]
		if days[t.region] == nil {
			if days[t.region], err = s.Calendar(ctx, t.region); err != nil {
				return nil, fmt.Errorf("read the calendar: %w", err)
			}
		}
		if err := s.fill(ctx, t, days[t.region]); err != nil {
			return nil, err
		}
		t.Name, t.May = orgs[t.Organisation].Name, t.Open && mayCheck(c, t.Organisation, t.region)
	}
	return all, nil
}

// fill gives a to-do its ratings, its names and the days that are left.
func (s *Service) fill(ctx context.Context, t *Todo, days *calendar.Calendar) (err error) {
	t.Late = t.Answered.After(t.Due) || t.Open && s.Store.Now().After(t.Due)
	t.Left = days.Between(calendar.On(s.Store.Now().In(s.Zone)), calendar.On(t.Due.In(s.Zone)))
	if t.Answerer, err = s.member(ctx, t.Answerer); err != nil {
		return err
	}
	if t.Ratings, err = list(ctx, s.Store.Read(), selectRating+` WHERE r.todo = $1 ORDER BY r.id LIMIT 20`, scanRating, t.ID); err != nil {
		return err
	}
	for i := range t.Ratings {
		if t.Ratings[i].Rater, err = s.member(ctx, t.Ratings[i].Rater); err != nil {
			return err
		}
	}
	return nil
}

// Answer ends a to-do: what was done, in words that those who rated read.
func (s *Service) Answer(ctx context.Context, id string, outcome Outcome, text string) error {
	text = tidy(text)
	wrong := sized(ErrInput, "text", "答复", text, 4, maxNote)
	if outcome != Corrected && outcome != Kept {
		wrong = wrong.Wrong("outcome", "请选择处理结果")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	c := access.From(ctx)
	err := s.Store.Write(ctx, "answer a to-do", func(tx *store.Tx) error {
		t, err := scanTodo(tx.QueryRowContext(ctx, selectTodo+` WHERE id = $1`, id))
		if store.IsNone(err) || err == nil && !maySee(c, t.Organisation, t.region) {
			return ErrNone
		}
		if err != nil {
			return err
		}
		if !mayCheck(c, t.Organisation, t.region) {
			return ErrForbidden
		}
		result, err := tx.ExecContext(ctx, `UPDATE knowledge_todo SET state = 'answered', outcome = $1, answer = $2, answered = $3, answerer = $4 WHERE id = $5 AND state = 'open'`,
			string(outcome), text, store.Millis(tx.Now), c.ID, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return ErrState.Because(err)
		}
		if _, err := revise(ctx, tx); err != nil {
			return err
		}
		ev := Event{Todo: id, Organisation: t.Organisation, Region: t.region, Outcome: outcome, Due: t.Due, Late: tx.Now.After(t.Due)}
		if err := tx.Publish(ctx, "", TypeAnswered, t.Entry, ev); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge.answer", Object: id, Detail: string(outcome)})
	})
	s.shelf.stale()
	return err
}
