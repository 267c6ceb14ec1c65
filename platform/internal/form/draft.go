package form

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// State is where a version of a form is.
type State string

// The states of a version.
const (
	Draft     State = "draft"
	Reviewing State = "review"
	Published State = "published"
	Replaced  State = "replaced"
)

// Listed is a form in the staff's list.
type Listed struct {
	ID           string `json:"id"`
	Title        string `json:"title"`
	Organisation string `json:"organisation"`
	Region       string `json:"region"`
	// Current is the version that people fill in, 0 if there is none; Open the
	// one in the making, with its state.
	Current int       `json:"current"`
	Open    int       `json:"open"`
	State   State     `json:"state"`
	Changed time.Time `json:"changed"`
	// Items have this form.
	Items []string `json:"items"`
	// Mine tells that the caller may write it, Review that she may review what
	// waits.
	Mine   bool `json:"mine"`
	Review bool `json:"review"`
}

// Work is a form as staff see it: the version in the making, or else the one
// that is published.
type Work struct {
	Listed
	Version    int        `json:"version"`
	Edition    int        `json:"edition"`
	Author     string     `json:"author"`
	Comment    string     `json:"comment,omitempty"`
	Definition Definition `json:"definition"`
	// Mistakes are what keeps it from being submitted.
	Mistakes []Mistake `json:"mistakes"`
}

// head is a row of form_head.
type head struct {
	id, organisation, region string
	current, open, latest    int
	changed                  int64
}

const selectHead = `SELECT id, organisation, region, current, open, latest, changed FROM form_head`

func scanHead(row interface{ Scan(...any) error }) (h head, err error) {
	err = row.Scan(&h.id, &h.organisation, &h.region, &h.current, &h.open, &h.latest, &h.changed)
	if store.IsNone(err) {
		err = ErrUnknown
	}
	return h, err
}

// shown is the version that staff see.
func (h *head) shown() int {
	if h.open > 0 {
		return h.open
	}
	return h.current
}

func (s *Service) maySee(ctx context.Context, h *head) bool {
	return s.mayEdit(ctx, h.organisation, h.region) || mayReview(ctx, h.region)
}

// List are the forms that the caller writes or reviews, by id.
func (s *Service) List(ctx context.Context) ([]Listed, error) {
	list := []Listed{}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT h.id, h.organisation, h.region, h.current, h.open, h.changed, v.state, v.title, v.author
		FROM form_head h JOIN form_version v ON v.form = h.id AND v.version = CASE WHEN h.open > 0 THEN h.open ELSE h.current END ORDER BY h.id`)
	if err != nil {
		return nil, fmt.Errorf("list forms: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h head
		var state State
		var title, author string
		if err := rows.Scan(&h.id, &h.organisation, &h.region, &h.current, &h.open, &h.changed, &state, &title, &author); err != nil {
			return nil, fmt.Errorf("list forms: %w", err)
		}
		if s.maySee(ctx, &h) {
			list = append(list, s.listed(ctx, &h, state, title, author))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list forms: %w", err)
	}
	bound, err := s.bound(ctx)
	for i := range list {
		list[i].Items = append(list[i].Items, bound[list[i].ID]...)
	}
	return list, err
}

func (s *Service) listed(ctx context.Context, h *head, state State, title, author string) Listed {
	return Listed{
		ID: h.id, Title: title, Organisation: h.organisation, Region: h.region, Current: h.current, Open: h.open, State: state,
		Changed: store.Time(h.changed), Items: []string{}, Mine: s.mayEdit(ctx, h.organisation, h.region),
		Review: state == Reviewing && mayReview(ctx, h.region) && author != access.From(ctx).ID,
	}
}

// bound are the items of every form.
func (s *Service) bound(ctx context.Context) (map[string][]string, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT form, item FROM form_item ORDER BY item`)
	if err != nil {
		return nil, fmt.Errorf("list the items of forms: %w", err)
	}
	defer rows.Close()
	m := map[string][]string{}
	for rows.Next() {
		var id, item string
		if err := rows.Scan(&id, &item); err != nil {
			return nil, fmt.Errorf("list the items of forms: %w", err)
		}
		m[id] = append(m[id], item)
	}
	return m, rows.Err()
}

// Work is a form as staff see it.
func (s *Service) Work(ctx context.Context, id string) (Work, error) {
	h, err := scanHead(s.Store.Read().QueryRowContext(ctx, selectHead+` WHERE id = $1`, id))
	if err != nil {
		return Work{}, err
	}
	if !s.maySee(ctx, &h) {
		return Work{}, ErrUnknown
	}
	w, err := s.readWork(ctx, s.Store.Read(), &h)
	if err != nil {
		return w, err
	}
	bound, err := s.bound(ctx)
	w.Items = append(w.Items, bound[id]...)
	return w, err
}

func (s *Service) readWork(ctx context.Context, q store.Querier, h *head) (Work, error) {
	var w Work
	var state State
	var title, data string
	err := q.QueryRowContext(ctx, `SELECT state, title, data, author, edition, comment FROM form_version WHERE form = $1 AND version = $2`, h.id, h.shown()).
		Scan(&state, &title, &data, &w.Author, &w.Edition, &w.Comment)
	if err != nil {
		return w, fmt.Errorf("read form %s: %w", h.id, err)
	}
	w.Listed, w.Version = s.listed(ctx, h, state, title, w.Author), h.shown()
	d, wrong := Read([]byte(data))
	w.Definition = d
	if len(wrong) == 0 {
		_, wrong = Compile(h.id, w.Version, d)
	}
	w.Mistakes = append([]Mistake{}, wrong...)
	return w, nil
}

var ids = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Begin begins a new form. A definition may still be wrong.
func (s *Service) Begin(ctx context.Context, id, organisation, region string, d Definition) (Work, error) {
	if !ids.MatchString(id) || id == GeneralID {
		return Work{}, ErrID
	}
	if !s.mayEdit(ctx, organisation, region) {
		return Work{}, ErrRights
	}
	data, err := encode(d)
	if err != nil {
		return Work{}, err
	}
	err = s.Store.Write(ctx, "begin a form", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO form_head (id, organisation, region, current, open, latest, changed)
			VALUES ($1, $2, $3, 0, 1, 1, $4) ON CONFLICT (id) DO NOTHING`, id, organisation, region, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if !changedOne(result) {
			return ErrTaken
		}
		if err := insertVersion(ctx, tx, id, 1, Draft, d.Title, data, access.From(ctx).ID); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "form.begin", Object: id})
	})
	if err != nil {
		return Work{}, err
	}
	return s.Work(ctx, id)
}

func changedOne(result sql.Result) bool {
	n, err := result.RowsAffected()
	return err == nil && n == 1
}

func insertVersion(ctx context.Context, tx *store.Tx, id string, version int, state State, title, data, author string) error {
	published := int64(0)
	if state == Published {
		published = store.Millis(tx.Now)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO form_version (form, version, state, title, data, author, edition, reviewer, comment, changed, published)
		VALUES ($1, $2, $3, $4, $5, $6, 1, '', '', $7, $8)`, id, version, string(state), clip(title, maxLabel), data, author, store.Millis(tx.Now), published)
	return err
}

// Save stores a draft. edition is the one that the caller began from; where
// none is open, the first save begins the next version.
func (s *Service) Save(ctx context.Context, id string, edition int, d Definition) (Work, error) {
	data, err := encode(d)
	if err != nil {
		return Work{}, err
	}
	return s.work(ctx, id, "save a form", func(tx *store.Tx, h *head, w *Work) error {
		now, me := store.Millis(tx.Now), access.From(ctx).ID
		switch {
		case !w.Mine:
			return ErrRights
		case w.Edition != edition:
			return ErrStale
		case w.State == Reviewing:
			return ErrState
		case h.open > 0:
			_, err := tx.ExecContext(ctx, `UPDATE form_version SET title = $1, data = $2, author = $3, edition = edition + 1, changed = $4 WHERE form = $5 AND version = $6`,
				clip(d.Title, maxLabel), data, me, now, id, h.open)
			return err
		}
		if err := insertVersion(ctx, tx, id, h.latest+1, Draft, d.Title, data, me); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE form_head SET open = latest + 1, latest = latest + 1, changed = $1 WHERE id = $2`, now, id)
		return err
	})
}

// work runs a change of a form that the caller sees, and returns what it is
// then. The head's row is locked by being written.
func (s *Service) work(ctx context.Context, id, doing string, change func(tx *store.Tx, h *head, w *Work) error) (Work, error) {
	err := s.Store.Write(ctx, doing, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE form_head SET changed = $1 WHERE id = $2`, store.Millis(tx.Now), id); err != nil {
			return err
		}
		h, err := scanHead(tx.QueryRowContext(ctx, selectHead+` WHERE id = $1`, id))
		if err != nil {
			return err
		}
		if !s.maySee(ctx, &h) {
			return ErrUnknown
		}
		w, err := s.readWork(ctx, tx, &h)
		if err != nil {
			return err
		}
		if err := change(tx, &h, &w); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "form." + strings.Fields(doing)[0], Object: id, Detail: fmt.Sprintf("version %d", w.Version)})
	})
	if err != nil {
		return Work{}, err
	}
	return s.Work(ctx, id)
}

// Submit sends a draft without mistakes into review.
func (s *Service) Submit(ctx context.Context, id string, edition int) (Work, error) {
	return s.work(ctx, id, "submit a form", func(tx *store.Tx, h *head, w *Work) error {
		switch {
		case !w.Mine:
			return ErrRights
		case h.open == 0 || w.State != Draft:
			return ErrState
		case w.Edition != edition:
			return ErrStale
		case len(w.Mistakes) > 0:
			return wrongDefinition(w.Mistakes)
		}
		_, err := tx.ExecContext(ctx, `UPDATE form_version SET state = $1, comment = '' WHERE form = $2 AND version = $3`, string(Reviewing), id, h.open)
		return err
	})
}

// Review publishes a version that waits, or sends it back with a comment. Who
// saved it last doesn't review it.
func (s *Service) Review(ctx context.Context, id string, edition int, pass bool, comment string) (Work, error) {
	comment = trim(comment)
	if n := len([]rune(comment)); n > maxWords || !pass && n == 0 {
		return Work{}, ErrComment
	}
	return s.work(ctx, id, "review a form", func(tx *store.Tx, h *head, w *Work) error {
		me := access.From(ctx).ID
		switch {
		case !mayReview(ctx, h.region):
			return ErrRights
		case h.open == 0 || w.State != Reviewing:
			return ErrState
		case w.Edition != edition:
			return ErrStale
		case w.Author == me:
			return ErrReviewer
		case !pass:
			_, err := tx.ExecContext(ctx, `UPDATE form_version SET state = $1, comment = $2, reviewer = $3 WHERE form = $4 AND version = $5`,
				string(Draft), comment, me, id, h.open)
			return err
		}
		return publish(ctx, tx, h, me)
	})
}

func publish(ctx context.Context, tx *store.Tx, h *head, reviewer string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE form_version SET state = $1 WHERE form = $2 AND version = $3`, string(Replaced), h.id, h.current); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE form_version SET state = $1, reviewer = $2, published = $3 WHERE form = $4 AND version = $5`,
		string(Published), reviewer, store.Millis(tx.Now), h.id, h.open)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE form_head SET current = open, open = 0 WHERE id = $1`, h.id)
	return err
}

// Drop gives the version in the making up; a form that never was published is
// gone with it.
func (s *Service) Drop(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "drop a form", func(tx *store.Tx) error {
		h, err := scanHead(tx.QueryRowContext(ctx, selectHead+` WHERE id = $1`, id))
		switch {
		case err != nil:
			return err
		case !s.maySee(ctx, &h):
			return ErrUnknown
		case !s.mayEdit(ctx, h.organisation, h.region):
			return ErrRights
		case h.open == 0:
			return ErrState
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM form_version WHERE form = $1 AND version = $2 AND published = 0`, id, h.open); err != nil {
			return err
		}
		statement := `UPDATE form_head SET open = 0 WHERE id = $1`
		if h.current == 0 {
			statement = `DELETE FROM form_head WHERE id = $1`
		}
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "form.drop", Object: id})
	})
}
