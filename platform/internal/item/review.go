package item

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Review passes a version that waits for the caller's stage, or returns it to its
// author with a comment. After the last stage the version takes effect in the
// same transaction.
func (s *Service) Review(ctx context.Context, id string, edition int, pass bool, comment string) error {
	comment = strings.TrimSpace(comment)
	if n := len([]rune(comment)); n > 1000 || (!pass && n == 0) {
		return ErrInput.Wrong("comment", "退回须填写意见，最多 1000 个字")
	}
	err := s.Store.Write(ctx, "review an item", func(tx *store.Tx) error {
		h, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if !s.maySee(ctx, h) {
			return ErrUnknown
		}
		w, err := s.readWork(ctx, tx, h)
		if err != nil {
			return err
		}
		if err := s.mayReview(ctx, h, w, edition); err != nil {
			return err
		}
		if err := s.say(ctx, tx, h, w, pass, comment); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.review", Object: id, Detail: fmt.Sprintf("version %d %s passed=%v", h.open, w.Stage.ID, pass)})
	})
	if err == nil {
		s.changed()
	}
	return err
}

// mayReview tells why the caller may not review a version at its present stage.
func (s *Service) mayReview(ctx context.Context, h head, w Work, edition int) error {
	c := access.From(ctx)
	switch {
	case !c.Has(access.RoleItemReviewer) || !c.Covers(h.region):
		return ErrStage
	case w.Stage == nil:
		return ErrState
	case w.Edition != edition:
		return ErrStale
	case w.Stage.Own && c.Org != h.organisation, w.Stage.Organisation != "" && c.Org != w.Stage.Organisation:
		return ErrStage
	case c.ID == w.Author, slices.ContainsFunc(w.Reviews, func(r Review) bool { return r.edition == w.Edition && r.Reviewer == c.ID }):
		return ErrReviewer
	default:
		return nil
	}
}

// say stores a review and what follows from it.
func (s *Service) say(ctx context.Context, tx *store.Tx, h head, w Work, pass bool, comment string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO item_review (id, item, version, round, stage, passed, reviewer, comment, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		store.NewID(), h.id, h.open, w.Edition, w.Stage.ID, store.Bool(pass), access.From(ctx).ID, comment, store.Millis(tx.Now)); err != nil {
		return err
	}
	if !pass {
		_, err := tx.ExecContext(ctx, `UPDATE item_version SET state = $1 WHERE item = $2 AND version = $3`, string(Draft), h.id, h.open)
		return err
	}
	if w.Stage.ID != s.Reviews[len(s.Reviews)-1].ID {
		return nil
	}
	return s.effect(ctx, tx, h, w)
}

// effect makes a reviewed version the one that people see, and does what its
// kind says to other items.
func (s *Service) effect(ctx context.Context, tx *store.Tx, h head, w Work) error {
	switch w.Kind {
	case KindSplit:
		for _, id := range slices.Sorted(slices.Values(w.Others)) {
			part, err := lock(ctx, tx, id)
			if err != nil {
				return err
			}
			pw, err := s.readWork(ctx, tx, part)
			if err != nil {
				return err
			}
			if len(pw.Gaps) > 0 || part.current > 0 {
				return ErrState.With("拆分后的事项已改变，请退回重新编制：" + id)
			}
			if err := s.publish(ctx, tx, part, pw.Item, KindNew, true); err != nil {
				return err
			}
			if err := link(ctx, tx, h.id, id, KindSplit); err != nil {
				return err
			}
		}
		return s.publish(ctx, tx, h, w.Item, KindCancel, true)
	case KindMerge:
		for _, id := range slices.Sorted(slices.Values(w.Others)) {
			if err := s.mergeInto(ctx, tx, h.id, id, w.DisplayName()); err != nil {
				return err
			}
		}
		return s.publish(ctx, tx, h, w.Item, KindNew, true)
	default:
		return s.publish(ctx, tx, h, w.Item, w.Kind, true)
	}
}

// mergeInto cancels an item that another takes the place of.
func (s *Service) mergeInto(ctx context.Context, tx *store.Tx, into, id, name string) error {
	h, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if h.open > 0 || h.current == 0 || h.state == Cancelled {
		return ErrState.With("被合并的事项已改变，请退回重新编制：" + id)
	}
	it, err := scanVersion(tx.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, id, h.current))
	if err != nil {
		return err
	}
	it.Reason = "已合并到“" + clip(name, 120) + "”"
	if err := s.publish(ctx, tx, h, it, KindCancel, false); err != nil {
		return err
	}
	return link(ctx, tx, id, into, KindMerge)
}

func link(ctx context.Context, tx *store.Tx, from, to string, kind Kind) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO item_link (old, new, kind, at) VALUES ($1, $2, $3, $4) ON CONFLICT (old, new) DO NOTHING`,
		from, to, string(kind), store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("note what became of item %s: %w", from, err)
	}
	return nil
}

// publish makes it the version that people see: the open one, or a new one. A
// suspended item stays suspended whatever else changes.
func (s *Service) publish(ctx context.Context, tx *store.Tx, h head, it Item, kind Kind, open bool) error {
	state := Published
	switch {
	case kind == KindCancel:
		state = Cancelled
	case kind == KindSuspend, h.state == Suspended && kind != KindResume:
		state = Suspended
	}
	if state != Cancelled {
		if err := s.inherit(ctx, tx, &it); err != nil {
			return err
		}
	}
	it.ID, it.State = h.id, state
	version := h.open
	switch {
	case open && h.open < h.latest: // the catalogue changed meanwhile, which made a version
		version = h.latest + 1
		if err := renumber(ctx, tx, h, version); err != nil {
			return err
		}
	case !open:
		version = h.latest + 1
		if err := s.insertVersion(ctx, tx, version, state, it, kind, nil); err != nil {
			return err
		}
	}
	data, err := encode(it)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item_version SET state = $1 WHERE item = $2 AND version = $3`, string(Replaced), h.id, h.current); err != nil {
		return fmt.Errorf("replace version %d of item %s: %w", h.current, h.id, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item_version SET state = $1, data = $2, published = $3 WHERE item = $4 AND version = $5`,
		string(state), data, store.Millis(tx.Now), h.id, version); err != nil {
		return fmt.Errorf("publish version %d of item %s: %w", version, h.id, err)
	}
	rev, err := revise(ctx, tx)
	if err != nil {
		return err
	}
	stillOpen := h.open
	if open {
		stillOpen = 0
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item_head SET state = $1, current = $2, open = $3, latest = CASE WHEN latest < $2 THEN $2 ELSE latest END, rev = $4 WHERE id = $5`,
		string(state), version, stillOpen, rev, h.id); err != nil {
		return fmt.Errorf("publish version %d of item %s: %w", version, h.id, err)
	}
	it.Version = version
	return s.tell(ctx, tx, &it)
}

// renumber gives the version in the making a number behind all others, so that
// versions count in the order in which they were published.
func renumber(ctx context.Context, tx *store.Tx, h head, version int) error {
	if _, err := tx.ExecContext(ctx, `UPDATE item_version SET version = $1 WHERE item = $2 AND version = $3`, version, h.id, h.open); err != nil {
		return fmt.Errorf("renumber version %d of item %s: %w", h.open, h.id, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item_review SET version = $1 WHERE item = $2 AND version = $3`, version, h.id, h.open); err != nil {
		return fmt.Errorf("renumber version %d of item %s: %w", h.open, h.id, err)
	}
	return nil
}
