package cases

import (
	"context"

	"smarthall/platform/internal/store"
)

// Insert stores a case as it is, for tests of scale.
func (s *Service) Insert(ctx context.Context, tx *store.Tx, c *Case) error {
	return s.insert(ctx, tx, c)
}

// HolderOf is the key of an ID number.
func (s *Service) HolderOf(number string) string { return s.vault.Key(kindID, number) }

// View is what the context's caller sees of a case.
func (s *Service) View(ctx context.Context, c Case) (View, error) { return s.view(ctx, c) }

// Summaries are cases in a list.
func (s *Service) Summaries(ctx context.Context, list []Case) ([]Summary, error) {
	return s.summaries(ctx, list)
}
