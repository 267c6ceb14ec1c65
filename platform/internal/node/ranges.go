package node

import (
	"context"
	"fmt"

	"smarthall/platform/internal/store"
)

// TypeRangeAsked is the event of a hall that needs more numbers; the answer
// goes down as TypeRangeGranted.
const (
	TypeRangeAsked   = "range.asked"
	TypeRangeGranted = "range.granted"
)

// RangeAsked is the body of TypeRangeAsked.
type RangeAsked struct {
	// Name is what is numbered; ranges of one name never overlap.
	Name string `json:"name"`
	// Count is how many numbers the hall wants, at most 1,000.
	Count int64 `json:"count"`
}

// RangeGranted is the body of TypeRangeGranted.
type RangeGranted struct {
	Name  string `json:"name"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	// Asked is the id of the event that asked.
	Asked string `json:"asked"`
}

// maxRange is how many numbers a hall gets at once.
const maxRange = 1000

// grantRange takes TypeRangeAsked.
func (s *Service) grantRange(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	var asked RangeAsked
	if err := into(e, &asked); err != nil {
		return err
	}
	if asked.Name == "" || len(asked.Name) > 100 || asked.Count < 1 || asked.Count > maxRange {
		return ErrEvent
	}
	g := RangeGranted{Name: asked.Name, Asked: e.ID}
	err := tx.QueryRowContext(ctx, `INSERT INTO node_range_next (name, next) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET next = node_range_next.next + $3 RETURNING next`, g.Name, asked.Count+1, asked.Count).Scan(&g.Last)
	if err != nil {
		return err
	}
	g.Last--
	g.First = g.Last - asked.Count + 1
	if _, err := tx.ExecContext(ctx, `INSERT INTO node_range (name, first, last, hall, asked, granted) VALUES ($1, $2, $3, $4, $5, $6)`,
		g.Name, g.First, g.Last, hall, hall+"/"+e.ID, store.Millis(tx.Now)); err != nil {
		return err
	}
	return tx.Publish(ctx, hall, TypeRangeGranted, g.Name, g)
}

// Granted tells whether the number n of a name lies in a range that a hall was
// granted.
func (s *Service) Granted(ctx context.Context, q store.Querier, hall, name string, n int64) (bool, error) {
	var ranges int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM node_range WHERE name = $1 AND hall = $2 AND first <= $3 AND last >= $3`, name, hall, n).Scan(&ranges)
	if err != nil {
		return false, fmt.Errorf("look number %d of %s up: %w", n, name, err)
	}
	return ranges > 0, nil
}
