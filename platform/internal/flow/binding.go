package flow

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/store"
)

// Bind says by which published definition an item's cases run from now on;
// empty: by the common one. The managing body does.
func (s *Service) Bind(ctx context.Context, item, definition string) error {
	caller := access.From(ctx)
	if !s.mayPublish(caller, caller.Region) {
		return ErrPublisher
	}
	if s.Items != nil {
		_, _, ok, err := s.Items.Promised(ctx, item)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "flow.unknown-item", "没有这个事项")
		}
	}
	return s.Store.Write(ctx, "bind an item to a flow", func(tx *store.Tx) error {
		if err := s.BindIn(ctx, tx, item, definition); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.bind", Object: item, Detail: definition})
	})
}

// BindIn is Bind without rights, for a demo city.
func (s *Service) BindIn(ctx context.Context, tx *store.Tx, item, definition string) error {
	if definition == "" {
		_, err := tx.ExecContext(ctx, `DELETE FROM flow_binding WHERE item = $1`, item)
		return err
	}
	k, err := s.lockDefinition(ctx, tx, definition)
	if err != nil {
		return err
	}
	if k.Published == 0 {
		return ErrState
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO flow_binding (item, definition, changed) VALUES ($1, $2, $3)
		ON CONFLICT (item) DO UPDATE SET definition = excluded.definition, changed = excluded.changed`, item, definition, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("bind an item: %w", err)
	}
	return nil
}

// Definitions are all that the caller may see: the templates and those of her
// region.
func (s *Service) Definitions(ctx context.Context) ([]Kept, error) {
	caller := access.From(ctx)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT d.id, d.name, d.organisation, d.region, d.published, d.open, coalesce(v.state, ''), coalesce(v.author, ''), d.changed
		FROM flow_definition d LEFT JOIN flow_version v ON v.definition = d.id AND v.version = d.open ORDER BY d.organisation, d.name, d.id`)
	if err != nil {
		return nil, fmt.Errorf("list flows: %w", err)
	}
	defer rows.Close()
	list := []Kept{}
	for rows.Next() {
		var k Kept
		var author string
		var changed int64
		if err := rows.Scan(&k.ID, &k.Name, &k.Organisation, &k.Region, &k.Published, &k.Open, &k.OpenState, &author, &changed); err != nil {
			return nil, fmt.Errorf("list flows: %w", err)
		}
		if k.Organisation != "" && !caller.Covers(k.Region) {
			continue
		}
		k.Changed = store.Time(changed)
		k.Editable = s.mayEdit(caller, k.Organisation, k.Region)
		k.Publishable = k.OpenState == string(Proposed) && s.mayPublish(caller, k.Region) && author != caller.ID
		k.Withdrawable = k.Organisation != "" && k.Published > 0 && s.mayPublish(caller, k.Region)
		list = append(list, k)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list flows: %w", err)
	}
	return list, s.bound(ctx, list)
}

// bound adds the items that run by each definition.
func (s *Service) bound(ctx context.Context, list []Kept) error {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT definition, item FROM flow_binding ORDER BY item`)
	if err != nil {
		return fmt.Errorf("list bound items: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var definition, item string
		if err := rows.Scan(&definition, &item); err != nil {
			return fmt.Errorf("list bound items: %w", err)
		}
		if i := slices.IndexFunc(list, func(k Kept) bool { return k.ID == definition }); i >= 0 {
			list[i].Items = append(list[i].Items, item)
		}
	}
	return rows.Err()
}

// Definition reads a version for the caller; n 0 is the open one for editors
// and reviewers, else the published one, else the last.
func (s *Service) Definition(ctx context.Context, id string, n int) (Version, *engine.Definition, error) {
	list, err := s.Definitions(ctx)
	if err != nil {
		return Version{}, nil, err
	}
	i := slices.IndexFunc(list, func(k Kept) bool { return k.ID == id })
	if i < 0 {
		return Version{}, nil, ErrDefinition
	}
	if n == 0 {
		if n = cmp.Or(list[i].Open, list[i].Published); n == 0 { // it was withdrawn
			if err := s.Store.Read().QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM flow_version WHERE definition = $1`, id).Scan(&n); err != nil {
				return Version{}, nil, fmt.Errorf("read a flow's versions: %w", err)
			}
		}
	}
	v, err := s.version(ctx, s.Store.Read(), id, n)
	if err != nil {
		return v, nil, err
	}
	def, err := v.definition()
	return v, def, err
}

// Versions are a definition's, the newest first.
func (s *Service) Versions(ctx context.Context, id string) ([]Version, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT `+versionColumns+` FROM flow_version WHERE definition = $1 ORDER BY version DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("list a flow's versions: %w", err)
	}
	defer rows.Close()
	list := []Version{}
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, fmt.Errorf("list a flow's versions: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
