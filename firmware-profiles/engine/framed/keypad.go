package framed

import (
	"context"
	"errors"
	"fmt"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// keypad is a clerk's caller box. Its keys are events; one whose profile has
// the command show has a display too.
type keypad struct{ *framed }

// display is a keypad with a display.
type display struct {
	*framed
	turn chan struct{} // one place: one command at a time
}

func newKeypad(d *framed) device.Device {
	if _, ok := d.p.Commands[profile.CommandShow]; ok {
		return &display{framed: d, turn: make(chan struct{}, 1)}
	}
	return keypad{d}
}

// ShowDesk shows the ticket in front and how many wait. It returns
// device.ErrTimeout when the keypad doesn't confirm, device.ErrOffline when it
// is not there.
func (d *display) ShowDesk(ctx context.Context, desk device.Desk) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return fmt.Errorf("show the desk: %w", ctx.Err())
	}
	err := d.command(ctx, profile.CommandShow, profile.Values{
		profile.InputNumber: desk.Number, profile.InputWaiting: desk.Waiting,
	})
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", device.ErrTimeout, err)
	}
	if err != nil {
		return fmt.Errorf("show the desk: %w", err)
	}
	return nil
}
