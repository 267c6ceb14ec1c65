package identity

import (
	"context"
	"fmt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// maxFavourites is how many items a person keeps at most.
const maxFavourites = 200

// ErrFavourites says that there are too many already.
var ErrFavourites = fault.New(fault.Conflict, "identity.favourites", "收藏已满，请先取消一些不再需要的事项")

// Keep puts an item among the favourites of the context's caller (SP-09). Once
// more changes nothing. The caller of Keep knows that there is such an item.
func (s *Service) Keep(ctx context.Context, item string) error {
	person := access.From(ctx).ID
	return s.Store.Write(ctx, "keep a favourite", func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM favourite WHERE person = $1`, person).Scan(&n); err != nil {
			return err
		}
		if n >= maxFavourites {
			return ErrFavourites
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO favourite (person, item, at) VALUES ($1, $2, $3) ON CONFLICT (person, item) DO NOTHING`,
			person, item, store.Millis(tx.Now))
		return err
	})
}

// Drop takes an item from the favourites of the context's caller.
func (s *Service) Drop(ctx context.Context, item string) error {
	return s.Store.Write(ctx, "drop a favourite", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM favourite WHERE person = $1 AND item = $2`, access.From(ctx).ID, item)
		return err
	})
}

// Favourites are the ids of the items that the context's caller keeps, the
// latest first.
func (s *Service) Favourites(ctx context.Context) ([]string, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT item FROM favourite WHERE person = $1 ORDER BY at DESC, item`, access.From(ctx).ID)
	if err != nil {
		return nil, fmt.Errorf("read favourites: %w", err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read favourites: %w", err)
		}
		list = append(list, id)
	}
	return list, rows.Err()
}
