package payment

import (
	"context"
	"fmt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// First tells whether an item's fees are due before the decision.
func (s *Service) First(ctx context.Context, item string) (bool, error) {
	var n int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM payment_first WHERE item = $1`, item).Scan(&n); err != nil {
		return false, fmt.Errorf("read when an item's fees are due: %w", err)
	}
	return n > 0, nil
}

type firstItemInput struct {
	Item string `path:"item" maxLength:"40"`
}

type firstOutput struct {
	Body struct {
		First bool `json:"first" doc:"Fees are due before the decision"`
	}
}

// getFirst tells when an item's fees are due.
func (s *Service) getFirst(ctx context.Context, in *firstItemInput) (*firstOutput, error) {
	out := &firstOutput{}
	err := s.coversItem(ctx, in.Item)
	if err == nil {
		out.Body.First, err = s.First(ctx, in.Item)
	}
	return out, err
}

// coversItem refuses an item that isn't one, or isn't of the caller's region.
func (s *Service) coversItem(ctx context.Context, item string) error {
	if s.Region == nil {
		return nil
	}
	region, err := s.Region(ctx, item)
	if err != nil {
		return err
	}
	if region == "" || !access.From(ctx).Covers(region) {
		return ErrItem
	}
	return nil
}

type firstInput struct {
	Item string `path:"item" maxLength:"40"`
	Body struct {
		First bool `json:"first" doc:"Fees are due before the decision"`
	}
}

// putFirst sets when an item's fees are due, for cases that come.
func (s *Service) putFirst(ctx context.Context, in *firstInput) (*none, error) {
	if err := s.coversItem(ctx, in.Item); err != nil {
		return nil, err
	}
	query := `DELETE FROM payment_first WHERE item = $1`
	if in.Body.First {
		query = `INSERT INTO payment_first (item) VALUES ($1) ON CONFLICT (item) DO NOTHING`
	}
	return nil, s.Store.Write(ctx, "set when an item's fees are due", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, query, in.Item); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "payment.first", Object: in.Item, Detail: fmt.Sprint(in.Body.First)})
	})
}
