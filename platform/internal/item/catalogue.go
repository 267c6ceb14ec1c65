package item

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// top is the front of a ranking.
func top(list []Ranked) []Ranked {
	slices.SortFunc(list, func(a, b Ranked) int { return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.ID, b.ID)) })
	return list[:min(len(list), ranking)]
}

// entry reads an entry of the catalogue, or ErrEntry.
func (s *Service) entry(ctx context.Context, q store.Querier, code string) (e Entry, err error) {
	var data, state string
	var revision int
	err = q.QueryRowContext(ctx, `SELECT data, state, revision FROM item_catalogue WHERE basic_code = $1 AND revision > 0`, code).Scan(&data, &state, &revision)
	if store.IsNone(err) {
		return e, ErrEntry
	}
	if err != nil {
		return e, fmt.Errorf("read catalogue entry: %w", err)
	}
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return e, fmt.Errorf("read catalogue entry %s: %w", code, err)
	}
	e.State, e.Revision = State(state), revision
	return e, nil
}

// Entry returns an entry of the catalogue, or ErrEntry.
func (s *Service) Entry(ctx context.Context, code string) (Entry, error) {
	return s.entry(ctx, s.Store.Read(), code)
}

// Listed is an entry with what is proposed for it, for those who keep it.
type Listed struct {
	Entry
	Proposed *Entry `json:"proposed,omitempty"`
	Proposer string `json:"proposer,omitempty"`
	Rule     string `json:"rule,omitempty" doc:"The rule that the code follows"`
}

// Catalogue lists the entries from a code on, by code, at most limit. Proposals
// are for the staff that keep the catalogue.
func (s *Service) Catalogue(ctx context.Context, from string, limit int) ([]Listed, error) {
	c := access.From(ctx)
	staff := c.Has(access.RoleItemEditor, access.RoleItemReviewer)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT data, state, revision, proposed, proposer FROM item_catalogue
		WHERE basic_code > $1 AND (revision > 0 OR $2 = 1) ORDER BY basic_code LIMIT $3`, from, store.Bool(staff), limit)
	if err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	defer rows.Close()
	list := []Listed{}
	for rows.Next() {
		var l Listed
		var data, state, proposed, proposer string
		var revision int
		if err := rows.Scan(&data, &state, &revision, &proposed, &proposer); err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &l.Entry); err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		l.State, l.Revision, l.Rule = State(state), revision, ParseCode(l.BasicCode).Rule
		if staff && proposed != "" {
			l.Proposed, l.Proposer = &Entry{}, proposer
			if err := json.Unmarshal([]byte(proposed), l.Proposed); err != nil {
				return nil, fmt.Errorf("read catalogue: %w", err)
			}
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// checkEntry tells what is wrong with an entry.
func checkEntry(e Entry) []Gap {
	c := &checker{gaps: bounds(e)}
	c.need("basicCode", e.BasicCode, "基本编码")
	c.need("name", e.Name, "事项名称")
	c.need("type", string(e.Type), "事项类型")
	if len(e.Bases) == 0 {
		c.tell("bases", "请填写设定依据")
	}
	for i, b := range e.Bases {
		c.need(fmt.Sprintf("bases[%d].law", i), b.Law, "依据名称")
	}
	if e.Level != LevelNational && e.Level != LevelProvince && e.Level != LevelCity {
		c.tell("level", "基本目录分国家、省、市三级")
	}
	if e.State != "" && e.State != Published && e.State != Cancelled {
		c.tell("state", "状态有误")
	}
	if e.Parent != "" && e.Parent == e.BasicCode {
		c.tell("parent", "主项不能是自己")
	}
	return c.gaps
}

// ProposeEntry proposes a new entry of the catalogue, another text of one, or
// with the state Cancelled its end. It takes effect when somebody else reviews
// it (IT-07, IT-08).
func (s *Service) ProposeEntry(ctx context.Context, e Entry) error {
	c := access.From(ctx)
	if !c.Has(access.RoleItemEditor) || !s.manages(c) {
		return ErrRights.With("基本目录由牵头部门编制")
	}
	if gaps := checkEntry(e); len(gaps) > 0 {
		return faultyInput(gaps)
	}
	return s.Store.Write(ctx, "propose a catalogue entry", func(tx *store.Tx) error {
		if err := s.proposeEntry(ctx, tx, e); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.propose-entry", Object: e.BasicCode, Detail: string(e.State)})
	})
}

func (s *Service) proposeEntry(ctx context.Context, tx *store.Tx, e Entry) error {
	e.State = cmp.Or(e.State, Published)
	e.Revision = 0
	data, err := encode(e)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO item_catalogue (basic_code, revision, state, data, proposed, proposer, changed) VALUES ($1, 0, $2, $3, $3, $4, $5)
		ON CONFLICT (basic_code) DO UPDATE SET proposed = excluded.proposed, proposer = excluded.proposer
		WHERE item_catalogue.proposed = '' OR item_catalogue.proposer = excluded.proposer`,
		e.BasicCode, string(Draft), data, access.From(ctx).ID, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("propose catalogue entry %s: %w", e.BasicCode, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("propose catalogue entry %s: %w", e.BasicCode, err)
	}
	if n == 0 {
		return ErrProposal
	}
	return nil
}

// ReviewEntry makes a proposal take effect, or drops it. Whoever proposed it
// can't. All items of the entry follow in the same transaction.
func (s *Service) ReviewEntry(ctx context.Context, code string, pass bool) error {
	c := access.From(ctx)
	if !c.Has(access.RoleItemReviewer) || !s.manages(c) {
		return ErrRights.With("基本目录由牵头部门审核")
	}
	err := s.Store.Write(ctx, "review a catalogue entry", func(tx *store.Tx) error {
		var proposed, proposer string
		err := tx.QueryRowContext(ctx, `UPDATE item_catalogue SET changed = $1 WHERE basic_code = $2 AND proposed <> '' RETURNING proposed, proposer`,
			store.Millis(tx.Now), code).Scan(&proposed, &proposer)
		switch {
		case store.IsNone(err):
			return ErrProposal
		case err != nil:
			return err
		case proposer == c.ID:
			return ErrReviewer.With("不能审核本人提出的目录调整")
		}
		var e Entry
		if err := json.Unmarshal([]byte(proposed), &e); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE item_catalogue SET proposed = '', proposer = '' WHERE basic_code = $1`, code); err != nil {
			return err
		}
		if pass {
			if _, err := s.putEntry(ctx, tx, e); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.review-entry", Object: code, Detail: fmt.Sprintf("passed=%v", pass)})
	})
	if err == nil {
		s.changed()
	}
	return err
}

// putEntry makes an entry what the catalogue says, and lets its items follow:
// they get a version with its name, type and bases, or are cancelled with it. It
// tells whether anything changed.
func (s *Service) putEntry(ctx context.Context, tx *store.Tx, e Entry) (bool, error) {
	e.State = cmp.Or(e.State, Published)
	before, err := s.entry(ctx, tx, e.BasicCode)
	if err != nil && !errors.Is(err, ErrEntry) {
		return false, err
	}
	known := err == nil
	e.Revision = before.Revision
	old, err := encode(before)
	if err != nil {
		return false, err
	}
	data, err := encode(e)
	if err != nil || (known && old == data) {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO item_catalogue (basic_code, revision, state, data, proposed, proposer, changed) VALUES ($1, 1, $2, $3, '', '', $4)
		ON CONFLICT (basic_code) DO UPDATE SET revision = item_catalogue.revision + 1, state = excluded.state, data = excluded.data, changed = excluded.changed`,
		e.BasicCode, string(e.State), data, store.Millis(tx.Now)); err != nil {
		return false, fmt.Errorf("store catalogue entry %s: %w", e.BasicCode, err)
	}
	if !known {
		return true, nil
	}
	return true, s.follow(ctx, tx, e)
}

// follow lets the items of an entry have what it says now (GD-08).
func (s *Service) follow(ctx context.Context, tx *store.Tx, e Entry) error {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM item_head WHERE basic_code = $1 AND current > 0 AND state <> $2 ORDER BY id`, e.BasicCode, string(Cancelled))
	if err != nil {
		return fmt.Errorf("read items of %s: %w", e.BasicCode, err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("read items of %s: %w", e.BasicCode, err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read items of %s: %w", e.BasicCode, err)
	}
	for _, id := range ids {
		h, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		it, err := scanVersion(tx.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, id, h.current))
		if err != nil {
			return err
		}
		kind := KindInherit
		it.Reason = "基本目录调整"
		if e.State == Cancelled {
			kind, it.Reason = KindCancel, "基本目录取消该事项"
			if err := s.drop(ctx, tx, h); err != nil {
				return err
			}
			h.open = 0
		}
		if err := s.publish(ctx, tx, h, it, kind, false); err != nil {
			return err
		}
	}
	return nil
}
