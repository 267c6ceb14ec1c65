package bx5

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/firmware-profiles/engine/bus"
	"smarthall/internal/device"
)

const (
	// lineSlack is how long a frame of ours takes on a 9600 baud line.
	lineSlack = 200 * time.Millisecond
	// quiet is how long the line has to be silent to count as drained.
	quiet = 2 * time.Millisecond
)

// exchange writes a frame and waits for the card's answer to it, while no other
// device of the line speaks.
func exchange(ctx context.Context, line *bus.Member, frame []byte, card uint16, within time.Duration) error {
	return line.Exchange(ctx, func() error {
		rctx, cancel := context.WithTimeout(ctx, within+lineSlack)
		defer cancel()
		if err := drain(rctx, line); err != nil {
			return judge(ctx, "read", err)
		}
		if err := line.Write(rctx, frame); err != nil {
			return judge(ctx, "write", err)
		}
		return await(ctx, line, card, within)
	})
}

// drain reads what came too late for an earlier exchange, or was for others.
func drain(ctx context.Context, line *bus.Member) error {
	buf := make([]byte, 256)
	for ctx.Err() == nil {
		qctx, cancel := context.WithTimeout(ctx, quiet)
		_, err := line.Read(qctx, buf)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// await reads until the card answers. A frame that is broken is the answer,
// broken: nobody else speaks on the bus.
func await(ctx context.Context, line *bus.Member, card uint16, within time.Duration) error {
	rctx, cancel := context.WithTimeout(ctx, within+lineSlack)
	defer cancel()
	var dec Decoder
	buf := make([]byte, 256)
	for {
		n, err := line.Read(rctx, buf)
		if err != nil {
			return judge(ctx, "await answer", err)
		}
		var answer error
		answered := false
		dec.Feed(buf[:n], func(f Frame, err error) {
			if answered {
				return
			}
			if err == nil && (f.Src != card || f.Dst != Host) {
				return // for somebody else, or our own echo
			}
			if err == nil {
				err = parseAnswer(f.Data)
			}
			answer, answered = err, !errors.Is(err, errNotAnswer)
		})
		if answered {
			return answer
		}
	}
}

// judge turns a failed read or write into the exchange's error: our own
// deadline is the card's silence.
func judge(ctx context.Context, doing string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return device.Temporary(fmt.Errorf("%s: %w", doing, device.ErrTimeout))
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}
