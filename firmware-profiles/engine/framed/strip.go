package framed

import (
	"context"
	"errors"
	"fmt"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// strip is an LED strip that shows one text until the next.
type strip struct{ *framed }

// Show shows as much of text as the strip's field holds. It returns
// device.ErrTimeout when the strip doesn't confirm, as far as its profile says
// that it does, and device.ErrOffline when it is not there.
func (s *strip) Show(ctx context.Context, text string) error {
	err := s.command(ctx, profile.CommandShow, profile.Values{profile.InputText: text})
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", device.ErrTimeout, err)
	}
	if err != nil {
		return fmt.Errorf("show a text: %w", err)
	}
	return nil
}
