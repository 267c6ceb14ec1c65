package item

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// newItemID is an id of an item that nobody gave one: an address as good as any.
func newItemID() string { return "s-" + strings.ToLower(rand.Text()[:12]) }

// open locks an item whose version in the making the caller may edit, and reads
// that version.
func (s *Service) open(ctx context.Context, tx *store.Tx, id string) (head, Work, error) {
	h, err := lock(ctx, tx, id)
	if err != nil {
		return h, Work{}, err
	}
	if !s.mayEdit(ctx, h.organisation, h.region) {
		if s.maySee(ctx, h) {
			return h, Work{}, ErrRights
		}
		return h, Work{}, ErrUnknown
	}
	w, err := s.readWork(ctx, tx, h)
	return h, w, err
}

// Save changes a draft. edition is the one that the change began with; if
// somebody saved meanwhile, it is ErrStale.
func (s *Service) Save(ctx context.Context, it Item, edition int) (Work, error) {
	if err := s.prepare(ctx, &it); err != nil {
		return Work{}, err
	}
	err := s.Store.Write(ctx, "save a draft of an item", func(tx *store.Tx) error {
		h, w, err := s.open(ctx, tx, it.ID)
		switch {
		case err != nil:
			return err
		case w.State != Draft || (w.Kind != KindNew && w.Kind != KindChange && w.Kind != KindMerge && w.Kind != KindSync):
			return ErrState
		case w.Edition != edition:
			return ErrStale
		case it.Organisation != h.organisation || it.Region != h.region:
			return ErrInput.Wrong("organisation", "实施主体和地区不能改变，须新增事项")
		case h.current > 0 && it.BasicCode != h.basic:
			return ErrInput.Wrong("basicCode", "已发布事项的基本编码不能改变")
		}
		if err := s.inherit(ctx, tx, &it); err != nil {
			return err
		}
		if it.Code, err = freeCode(ctx, tx, it.Code, it.ID); err != nil {
			return err
		}
		data, err := encode(it)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE item_version SET data = $1, edition = edition + 1, author = $2, changed = $3 WHERE item = $4 AND version = $5`,
			data, access.From(ctx).ID, store.Millis(tx.Now), it.ID, h.open); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE item_head SET basic_code = $1, code = $2 WHERE id = $3`, it.BasicCode, codeKey(&it), it.ID); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.save", Object: it.ID, Detail: fmt.Sprintf("version %d", h.open)})
	})
	if err != nil {
		return Work{}, err
	}
	return s.Work(ctx, it.ID)
}

// Propose begins a version that suspends, resumes, cancels or splits a published
// item, or makes a draft one that takes the place of others. It goes through
// the same reviews as any other (IT-08). others are the drafts that a split
// makes, or the items that a merge takes.
func (s *Service) Propose(ctx context.Context, id string, kind Kind, reason string, others []string) (Work, error) {
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n == 0 || n > 400 {
		return Work{}, ErrInput.Wrong("reason", "请填写原因，最多 400 个字")
	}
	err := s.Store.Write(ctx, "propose a change of an item", func(tx *store.Tx) error {
		if err := s.propose(ctx, tx, id, kind, reason, others); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.propose", Object: id, Detail: fmt.Sprintf("%s %s", kind, strings.Join(others, " "))})
	})
	if err != nil {
		return Work{}, err
	}
	return s.Work(ctx, id)
}

func (s *Service) propose(ctx context.Context, tx *store.Tx, id string, kind Kind, reason string, others []string) error {
	h, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if !s.mayEdit(ctx, h.organisation, h.region) {
		return ErrUnknown
	}
	if err := s.partners(ctx, tx, h, kind, others); err != nil {
		return err
	}
	if kind == KindMerge {
		return s.merging(ctx, tx, h, reason, others)
	}
	allowed := map[Kind][]State{
		KindSuspend: {Published}, KindResume: {Suspended}, KindCancel: {Published, Suspended}, KindSplit: {Published, Suspended},
	}
	switch {
	case !slices.Contains(allowed[kind], h.state):
		return ErrState
	case h.open > 0:
		return ErrOpen
	}
	it, err := scanVersion(tx.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, id, h.current))
	if err != nil {
		return err
	}
	it.Reason = reason
	return s.begin(ctx, tx, &h, it, kind, others)
}

// merging makes the draft of a new item one that takes the place of others.
func (s *Service) merging(ctx context.Context, tx *store.Tx, h head, reason string, others []string) error {
	w, err := s.readWork(ctx, tx, h)
	switch {
	case err != nil:
		return err
	case h.current > 0 || w.State != Draft:
		return ErrState.With("合并须先编制一个新事项")
	}
	w.Reason = reason
	data, err := encode(w.Item)
	if err != nil {
		return err
	}
	list, err := encode(others)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE item_version SET kind = $1, others = $2, data = $3, edition = edition + 1 WHERE item = $4 AND version = $5`,
		string(KindMerge), list, data, h.id, h.open)
	return err
}

// partners checks the items that are split into or merged: they are the
// caller's, each other's, and in the right state.
func (s *Service) partners(ctx context.Context, tx *store.Tx, h head, kind Kind, others []string) error {
	if kind != KindSplit && kind != KindMerge {
		if len(others) > 0 {
			return ErrInput.Wrong("others", "只有拆分和合并涉及其他事项")
		}
		return nil
	}
	if len(others) < 2 || len(others) > 20 || slices.Contains(others, h.id) || len(slices.Compact(slices.Sorted(slices.Values(others)))) != len(others) {
		return ErrInput.Wrong("others", "拆分、合并须涉及 2 至 20 个不同的其他事项")
	}
	for _, id := range slices.Sorted(slices.Values(others)) {
		o, err := lock(ctx, tx, id)
		if err != nil || !s.mayEdit(ctx, o.organisation, o.region) {
			return ErrInput.Wrong("others", "没有事项 "+clip(id, 40)).Because(err)
		}
		if kind == KindSplit && (o.current > 0 || o.open == 0) {
			return ErrInput.Wrong("others", "拆分后的事项须是编制中的新事项："+id)
		}
		if kind == KindMerge && (o.state != Published && o.state != Suspended || o.open > 0) {
			return ErrInput.Wrong("others", "被合并的事项须已发布，且没有编制中的版本："+id)
		}
	}
	return nil
}

// Submit sends a draft into review. One with gaps is ErrIncomplete, which names
// them.
func (s *Service) Submit(ctx context.Context, id string, edition int) (Work, error) {
	published := false
	err := s.Store.Write(ctx, "submit an item", func(tx *store.Tx) error {
		published = false
		h, w, err := s.open(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case w.State != Draft:
			return ErrState
		case w.Edition != edition:
			return ErrStale
		}
		if w.Kind != KindSuspend && w.Kind != KindCancel && w.Kind != KindSplit {
			if err := faulty(w.Gaps); err != nil {
				return err
			}
		}
		if err := s.splitReady(ctx, tx, w); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE item_version SET state = $1, edition = edition + 1, author = $2, changed = $3 WHERE item = $4 AND version = $5`,
			string(InReview), access.From(ctx).ID, store.Millis(tx.Now), id, h.open); err != nil {
			return err
		}
		if len(s.Reviews) == 0 {
			published = true
			if err := s.effect(ctx, tx, h, w); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.submit", Object: id, Detail: fmt.Sprintf("%s version %d", w.Kind, h.open)})
	})
	if err != nil {
		return Work{}, err
	}
	if published {
		s.changed()
		it, err := s.Get(ctx, id)
		return Work{Item: it}, err
	}
	return s.Work(ctx, id)
}

// splitReady checks that the drafts of a split can be published with it.
func (s *Service) splitReady(ctx context.Context, tx *store.Tx, w Work) error {
	if w.Kind != KindSplit {
		return nil
	}
	for _, id := range w.Others {
		h, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		part, err := s.readWork(ctx, tx, h)
		if err != nil {
			return err
		}
		if h.current > 0 || part.State != Draft || len(part.Gaps) > 0 {
			return ErrIncomplete.With("拆分后的事项不完整或已改变，请补充后再提交：" + id)
		}
	}
	return nil
}

// Drop gives a draft up.
func (s *Service) Drop(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "give up a draft of an item", func(tx *store.Tx) error {
		h, w, err := s.open(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case w.State != Draft:
			return ErrState
		}
		if err := s.drop(ctx, tx, h); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.drop", Object: id, Detail: fmt.Sprintf("version %d", h.open)})
	})
}

func (s *Service) drop(ctx context.Context, tx *store.Tx, h head) error {
	if h.open == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item_version SET state = $1, changed = $2 WHERE item = $3 AND version = $4`,
		string(Dropped), store.Millis(tx.Now), h.id, h.open); err != nil {
		return fmt.Errorf("drop version %d of item %s: %w", h.open, h.id, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE item_head SET open = 0 WHERE id = $1`, h.id); err != nil {
		return fmt.Errorf("drop version %d of item %s: %w", h.open, h.id, err)
	}
	return nil
}
