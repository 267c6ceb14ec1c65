package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// State is where a version stands.
type State string

// The states of a version.
const (
	Draft     State = "draft"     // being written, or proposed by the platform
	InCheck   State = "in-check"  // waits for somebody else of the department
	Published State = "published" // what readers see
	Replaced  State = "replaced"  // a newer version was published
	Withdrawn State = "withdrawn" // taken off, for a reason
	Dropped   State = "dropped"   // a draft that was given up
)

// Text is what a member of staff writes.
type Text struct {
	Kind Kind `json:"kind" enum:"review,policy,guide,experience,question,contact"`
	// Item is empty if it is about none, Material if it is about no single one.
	Item     string `json:"item,omitempty" maxLength:"40"`
	Material string `json:"material,omitempty" maxLength:"40"`
	Title    string `json:"title" maxLength:"400"`
	Body     string `json:"body" maxLength:"20000"`
}

// Work is a version in the making.
type Work struct {
	Text
	ID           string
	Version      int
	State        State
	Origin       Origin
	Organisation string
	Region       string
	// Author is a member of staff; empty: the platform proposed it.
	Author string
	// Note is why it was returned.
	Note    string
	Edition int
	Changed time.Time
}

// Bounds of a text, in characters.
const (
	leastTitle, maxTitle = 2, 80
	leastBody, maxBody   = 5, 4000
)

// check tidies a text and tells what is wrong with it.
func (s *Service) check(ctx context.Context, t *Text) error {
	t.Title, t.Body = strings.ReplaceAll(tidy(t.Title), "\n", " "), tidy(t.Body)
	wrong := sized(ErrInput, "title", "标题", t.Title, leastTitle, maxTitle)
	wrong = sized(wrong, "body", "内容", t.Body, leastBody, maxBody)
	if !slices.Contains(kinds, t.Kind) {
		wrong = wrong.Wrong("kind", "请选择类别")
	}
	switch {
	case t.Item == "" && t.Material != "":
		wrong = wrong.Wrong("item", "请先选择事项")
	case t.Item != "":
		it, err := s.Items.Get(ctx, t.Item)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
			wrong = wrong.Wrong("item", "没有这个事项，请重新选择")
			break
		}
		if err != nil {
			return fmt.Errorf("read item %s: %w", t.Item, err)
		}
		known := t.Material == ""
		for _, m := range it.Materials {
			known = known || m.ID == t.Material
		}
		if !known {
			wrong = wrong.Wrong("material", "该事项没有这份材料，请重新选择")
		}
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

const selectWork = `SELECT e.id, e.organisation, e.region, e.origin, v.version, v.state, v.kind, v.item, v.material, v.title, v.body, v.author, v.note, v.edition, v.changed
	FROM knowledge_entry e JOIN knowledge_version v ON v.entry = e.id AND v.version = e.open`

func scanWork(row interface{ Scan(...any) error }) (w Work, err error) {
	var changed int64
	err = row.Scan(&w.ID, &w.Organisation, &w.Region, &w.Origin, &w.Version, &w.State, &w.Kind, &w.Item, &w.Material, &w.Title, &w.Body, &w.Author, &w.Note, &w.Edition, &changed)
	w.Changed = store.Time(changed)
	return w, err
}

// work is an entry's version in the making, if the context's caller may write
// or check it; otherwise ErrNone.
func (s *Service) work(ctx context.Context, q store.Querier, id string) (Work, error) {
	w, err := scanWork(q.QueryRowContext(ctx, selectWork+` WHERE e.id = $1`, id))
	if store.IsNone(err) {
		return w, ErrNone
	}
	if err != nil {
		return w, fmt.Errorf("read a draft: %w", err)
	}
	if c := access.From(ctx); !mayWrite(c, w.Organisation, w.Region) && !mayCheck(c, w.Organisation, w.Region) {
		return Work{}, ErrNone
	}
	return w, nil
}

// Works are the versions in the making that the context's caller may write or
// check, the oldest first, at most 200.
func (s *Service) Works(ctx context.Context) ([]Work, error) {
	c := access.From(ctx)
	all, err := list(ctx, s.Store.Read(), selectWork+` WHERE e.open > 0 AND (e.organisation = $1 OR $2 = 1) ORDER BY v.changed, e.id LIMIT 1000`,
		scanWork, c.Org, store.Bool(c.Has(access.RoleServiceDesk)))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(w Work) bool {
		return !mayWrite(c, w.Organisation, w.Region) && !mayCheck(c, w.Organisation, w.Region)
	})
	return all[:min(len(all), 200)], nil
}

// Begin begins an entry of the caller's own organisation.
func (s *Service) Begin(ctx context.Context, t Text) (Work, error) {
	c := access.From(ctx)
	orgs, err := s.organisations(ctx)
	if err != nil {
		return Work{}, err
	}
	own, ok := orgs[c.Org]
	if !ok || !mayWrite(c, c.Org, own.Region) {
		return Work{}, ErrForbidden
	}
	if err := s.check(ctx, &t); err != nil {
		return Work{}, err
	}
	w := Work{Text: t, ID: store.NewID(), Version: 1, State: Draft, Origin: FromStaff, Organisation: own.ID, Region: own.Region, Author: c.ID, Edition: 1}
	err = s.Store.Write(ctx, "begin an entry", func(tx *store.Tx) error {
		w.Changed = tx.Now
		if err := insert(ctx, tx, w, ""); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge.begin", Object: w.ID})
	})
	return w, err
}

// insert stores a new entry with its first draft.
func insert(ctx context.Context, tx *store.Tx, w Work, source string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO knowledge_entry (id, organisation, region, origin, source, current, open, latest, rev) VALUES ($1, $2, $3, $4, NULLIF($5, ''), 0, 1, 1, 0)`,
		w.ID, w.Organisation, w.Region, string(w.Origin), source)
	if err != nil {
		return fmt.Errorf("store an entry: %w", err)
	}
	return insertVersion(ctx, tx, w)
}

func insertVersion(ctx context.Context, tx *store.Tx, w Work) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO knowledge_version (entry, version, state, kind, item, material, title, body, author, checker, note, edition, changed, published)
		VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, $8, '', '', 1, $9, 0)`,
		w.ID, w.Version, string(w.Kind), w.Item, w.Material, w.Title, w.Body, w.Author, store.Millis(w.Changed))
	if err != nil {
		return fmt.Errorf("store a version: %w", err)
	}
	return nil
}

// Revise begins the next version of a published entry of the caller's
// organisation, with the present words.
func (s *Service) Revise(ctx context.Context, id string) (Work, error) {
	if isFromItem(id) {
		return Work{}, ErrLibrary
	}
	c := access.From(ctx)
	var w Work
	err := s.Store.Write(ctx, "revise an entry", func(tx *store.Tx) error {
		e, err := s.published(ctx, tx, id)
		if err != nil {
			return err
		}
		if !mayWrite(c, e.Organisation, e.Region) {
			return ErrForbidden
		}
		w = Work{
			Text: Text{e.Kind, e.Item, e.Material, e.Title, e.Body}, ID: id, State: Draft, Origin: e.Origin,
			Organisation: e.Organisation, Region: e.Region, Author: c.ID, Edition: 1, Changed: tx.Now,
		}
		err = tx.QueryRowContext(ctx, `UPDATE knowledge_entry SET latest = latest + 1, open = latest + 1 WHERE id = $1 AND open = 0 AND current > 0 RETURNING open`, id).Scan(&w.Version)
		if store.IsNone(err) {
			return ErrState
		}
		if err != nil {
			return err
		}
		if err := insertVersion(ctx, tx, w); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge.revise", Object: id})
	})
	return w, err
}

// published is the published version of what staff wrote, or ErrNone.
func (s *Service) published(ctx context.Context, q store.Querier, id string) (Entry, error) {
	e, err := scanEntry(q.QueryRowContext(ctx, `SELECT e.id, e.organisation, e.region, e.origin, e.current, v.kind, v.item, v.material, v.title, v.body, v.author, v.published
		FROM knowledge_entry e JOIN knowledge_version v ON v.entry = e.id AND v.version = e.current WHERE e.id = $1`, id))
	if store.IsNone(err) {
		return e, ErrNone
	}
	if err != nil {
		return e, fmt.Errorf("read an entry: %w", err)
	}
	return e, nil
}

// Save changes a draft. The edition is the one that the writer saw.
func (s *Service) Save(ctx context.Context, id string, edition int, t Text) (Work, error) {
	if err := s.check(ctx, &t); err != nil {
		return Work{}, err
	}
	return s.change(ctx, id, edition, "save", func(c access.Caller, w *Work) error {
		if w.State != Draft {
			return ErrState
		}
		w.Text, w.Author, w.Note = t, c.ID, ""
		return nil
	})
}

// Submit sends a draft to be checked by somebody else.
func (s *Service) Submit(ctx context.Context, id string, edition int) (Work, error) {
	return s.change(ctx, id, edition, "submit", func(c access.Caller, w *Work) error {
		if w.State != Draft {
			return ErrState
		}
		// Who sends a proposal of the platform on stands for it.
		if w.State = InCheck; w.Author == "" {
			w.Author = c.ID
		}
		return nil
	})
}

// Drop gives a draft up. An entry that was never published is gone with it.
func (s *Service) Drop(ctx context.Context, id string, edition int) error {
	_, err := s.change(ctx, id, edition, "drop", func(_ access.Caller, w *Work) error {
		if w.State != Draft {
			return ErrState
		}
		w.State = Dropped
		return nil
	})
	return err
}

// change does something to a version in the making that the caller may write.
func (s *Service) change(ctx context.Context, id string, edition int, verb string, apply func(c access.Caller, w *Work) error) (Work, error) {
	c := access.From(ctx)
	var w Work
	err := s.Store.Write(ctx, verb+" a draft", func(tx *store.Tx) error {
		var err error
		if w, err = s.work(ctx, tx, id); err != nil {
			return err
		}
		if !mayWrite(c, w.Organisation, w.Region) {
			return ErrForbidden
		}
		if w.Edition != edition {
			return ErrStale
		}
		before := w.State
		if err := apply(c, &w); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &w, before, ""); err != nil {
			return err
		}
		if w.State == Dropped {
			if err := s.leave(ctx, tx, id, w.Version, 0); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge." + verb, Object: id})
	})
	return w, err
}

// save stores a version in the making, which nobody may have changed meanwhile.
func (s *Service) save(ctx context.Context, tx *store.Tx, w *Work, before State, checker string) error {
	var published time.Time
	if w.State == Published {
		published = tx.Now
	}
	result, err := tx.ExecContext(ctx, `UPDATE knowledge_version SET state = $1, kind = $2, item = $3, material = $4, title = $5, body = $6, author = $7, checker = $8, note = $9,
		edition = edition + 1, changed = $10, published = $11 WHERE entry = $12 AND version = $13 AND edition = $14 AND state = $15`,
		string(w.State), string(w.Kind), w.Item, w.Material, w.Title, w.Body, w.Author, checker, w.Note, store.Millis(tx.Now), store.Millis(published),
		w.ID, w.Version, w.Edition, string(before))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return ErrStale.Because(err)
	}
	w.Edition++
	w.Changed = tx.Now
	return nil
}

// leave ends the making of a version; current is the one that readers see from
// now on, or 0 for the same as before.
func (s *Service) leave(ctx context.Context, tx *store.Tx, id string, open, current int) error {
	if current == 0 {
		_, err := tx.ExecContext(ctx, `UPDATE knowledge_entry SET open = 0 WHERE id = $1 AND open = $2`, id, open)
		return err
	}
	rev, err := revise(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE knowledge_version SET state = 'replaced' WHERE entry = $1 AND version <> $2 AND state = 'published'`, id, current)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE knowledge_entry SET open = 0, current = $1, rev = $2 WHERE id = $3`, current, rev, id)
	return err
}

// revise counts a change that readers see.
func revise(ctx context.Context, tx *store.Tx) (rev int64, err error) {
	if err := tx.QueryRowContext(ctx, `UPDATE knowledge_revision SET n = n + 1 WHERE id = 1 RETURNING n`).Scan(&rev); err != nil {
		return 0, fmt.Errorf("count the change: %w", err)
	}
	return rev, nil
}

// Check publishes a version that waits for it, or returns it with a note. The
// author can't.
func (s *Service) Check(ctx context.Context, id string, edition int, pass bool, note string) error {
	note = tidy(note)
	if !pass {
		if f := sized(ErrInput, "note", "退回原因", note, 2, 400); len(f.Fields) > 0 {
			return f
		}
	}
	c := access.From(ctx)
	err := s.Store.Write(ctx, "check an entry", func(tx *store.Tx) error {
		w, err := s.work(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case !mayCheck(c, w.Organisation, w.Region):
			return ErrForbidden
		case w.State != InCheck:
			return ErrState
		case w.Edition != edition:
			return ErrStale
		case w.Author == c.ID:
			return ErrChecker
		}
		action := "knowledge.return"
		w.State, w.Note = Draft, note
		if pass {
			action, w.State, w.Note = "knowledge.publish", Published, ""
		}
		if err := s.save(ctx, tx, &w, InCheck, c.ID); err != nil {
			return err
		}
		if pass {
			if err := s.leave(ctx, tx, id, w.Version, w.Version); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: id})
	})
	s.shelf.stale()
	return err
}

// Withdraw takes a published entry off, for a reason.
func (s *Service) Withdraw(ctx context.Context, id, reason string) error {
	if isFromItem(id) {
		return ErrLibrary
	}
	reason = tidy(reason)
	if f := sized(ErrInput, "reason", "撤下原因", reason, 2, 400); len(f.Fields) > 0 {
		return f
	}
	c := access.From(ctx)
	err := s.Store.Write(ctx, "withdraw an entry", func(tx *store.Tx) error {
		e, err := s.published(ctx, tx, id)
		if err != nil {
			return err
		}
		if !mayCheck(c, e.Organisation, e.Region) {
			return ErrForbidden
		}
		rev, err := revise(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE knowledge_version SET state = 'withdrawn', note = $1, changed = $2 WHERE entry = $3 AND version = $4`, reason, store.Millis(tx.Now), id, e.Version)
		if err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, `UPDATE knowledge_entry SET current = 0, rev = $1 WHERE id = $2`, rev, id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge.withdraw", Object: id})
	})
	s.shelf.stale()
	return err
}

// isFromItem tells whether an id is of an entry made of an item.
func isFromItem(id string) bool { return strings.HasPrefix(id, "item.") }
