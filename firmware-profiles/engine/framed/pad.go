package framed

import (
	"context"
	"errors"
	"fmt"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// pad is an evaluation pad.
type pad struct {
	*framed
	asking chan struct{} // one place: a pad asks one person at a time
}

// errBusy is the error of a second Ask while one runs.
var errBusy = errors.New("the pad is asking already")

// Ask arms the pad and waits for a key, at most as long as the profile's
// answer_window. It returns device.ErrTimeout when nobody pressed,
// device.ErrOffline when the pad is not there or doesn't confirm the arming,
// and ctx's error when ctx was cancelled rather than over.
func (p *pad) Ask(ctx context.Context) (int, error) {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	default:
		return 0, errBusy
	}
	ch, done, err := p.expect(func(h profile.Heard) bool { return h.Kind == profile.EmitScore })
	if err != nil {
		return 0, fmt.Errorf("ask for a rating: %w", err)
	}
	defer done()
	waiting, cancel := context.WithTimeout(ctx, p.p.Timing.AnswerWindow.Or(defaultWindow))
	defer cancel()
	if err := p.command(waiting, CommandArm); err != nil {
		if errors.Is(err, device.ErrTimeout) {
			err = fmt.Errorf("%w: %w", device.ErrOffline, err)
		}
		return 0, fmt.Errorf("ask for a rating: %w", pressed(err))
	}
	select {
	case h := <-ch:
		if h.err != nil {
			return 0, fmt.Errorf("wait for a rating: %w", h.err)
		}
		score, ok := h.Value.(int)
		if !ok {
			return 0, fmt.Errorf("rating %v: %w", h.Value, device.ErrFrame)
		}
		return score, nil
	case <-waiting.Done():
		return 0, fmt.Errorf("wait for a rating: %w", pressed(waiting.Err()))
	}
}

// pressed makes the end of the time to press a device.ErrTimeout.
func pressed(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return device.ErrTimeout
	}
	return err
}
