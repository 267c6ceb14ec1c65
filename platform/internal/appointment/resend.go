package appointment

import (
	"context"
	"fmt"

	"smarthall/platform/internal/store"
)

// Resend tells a hall, in tx, of every appointment to come: it has lost its store,
// or what it was told of them. What it knows already changes nothing there.
func (s *Service) Resend(ctx context.Context, tx *store.Tx, hall string) error {
	list, err := s.list(ctx, tx, `hall = $1 AND state = $2 AND begins > $3 ORDER BY begins, id`, hall, string(Booked), store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("tell hall %s of its appointments: %w", hall, err)
	}
	for _, b := range list {
		if err := s.publish(ctx, tx, TypeBooked, b); err != nil {
			return err
		}
	}
	return nil
}
