package bx5

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// shared holds the lines of this process. A serial port can be opened once,
// yet several strips of an agent may hang on it.
var shared = buses{slots: map[string]*slot{}}

// buses are the lines by port address. A slot stays once it is there; there
// are as many as ports were ever configured.
type buses struct {
	mu    sync.Mutex
	slots map[string]*slot // guarded by mu
}

// slot is the place of one port's line.
type slot struct {
	mu  sync.Mutex // held while the line opens, so that it opens once
	bus *bus       // nil while the port is closed. Guarded by mu.
}

// bus is a line that strips share. RS-485 has no collision handling, so one
// exchange at a time has the turn.
type bus struct {
	slot  *slot
	line  port.Port
	users int           // guarded by slot.mu
	turn  chan struct{} // holds a token while an exchange runs

	broken    chan struct{} // closed when the line is of no more use
	breakOnce sync.Once
	err       error // why; written before broken is closed
}

// acquire opens the line that cfg names, or joins those who have it open. The
// first one's speed counts.
func (bs *buses) acquire(ctx context.Context, p *profile.Profile, cfg device.Config) (*bus, error) {
	sl := bs.slot(cfg.Port)
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.bus != nil {
		sl.bus.users++
		return sl.bus, nil
	}
	line, err := engine.OpenPort(ctx, p, cfg)
	if err != nil {
		return nil, err
	}
	sl.bus = &bus{slot: sl, line: line, users: 1, turn: make(chan struct{}, 1), broken: make(chan struct{})}
	return sl.bus, nil
}

func (bs *buses) slot(address string) *slot {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	sl := bs.slots[address]
	if sl == nil {
		sl = &slot{}
		bs.slots[address] = sl
	}
	return sl
}

// release leaves the line; the last one closes it, and a broken one is closed
// by the first who leaves.
func (b *bus) release() {
	b.slot.mu.Lock()
	defer b.slot.mu.Unlock()
	b.users--
	select {
	case <-b.broken:
	default:
		if b.users > 0 {
			return
		}
		b.fail(fmt.Errorf("line closed: %w", device.ErrOffline))
	}
	if b.slot.bus == b {
		b.slot.bus = nil
	}
	_ = b.line.Close() // may be called again; the cause is known
}

// fail ends the bus for all its users; the first cause counts.
func (b *bus) fail(err error) {
	b.breakOnce.Do(func() {
		b.err = err
		close(b.broken)
	})
}

// cause is why the bus is broken.
func (b *bus) cause() error {
	<-b.broken
	return b.err
}

// exchange writes a frame and waits for the card's answer to it.
func (b *bus) exchange(ctx context.Context, frame []byte, card uint16, within time.Duration) error {
	select {
	case b.turn <- struct{}{}:
	case <-b.broken:
		return b.cause()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.turn }()

	rctx, cancel := context.WithTimeout(ctx, within+lineSlack)
	defer cancel()
	if err := b.drain(rctx); err != nil {
		return b.judge(ctx, "read", err)
	}
	if err := b.line.Write(rctx, frame); err != nil {
		return b.judge(ctx, "write", err)
	}
	return b.await(ctx, card, within)
}

const (
	// lineSlack is how long a frame of ours takes on a 9600 baud line.
	lineSlack = 200 * time.Millisecond
	// quiet is how long the line has to be silent to count as drained.
	quiet = 2 * time.Millisecond
)

// drain reads what came too late for an earlier exchange.
func (b *bus) drain(ctx context.Context) error {
	buf := make([]byte, 256)
	for ctx.Err() == nil {
		qctx, cancel := context.WithTimeout(ctx, quiet)
		_, err := b.line.Read(qctx, buf)
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
func (b *bus) await(ctx context.Context, card uint16, within time.Duration) error {
	rctx, cancel := context.WithTimeout(ctx, within+lineSlack)
	defer cancel()
	var dec Decoder
	buf := make([]byte, 256)
	for {
		n, err := b.line.Read(rctx, buf)
		if err != nil {
			return b.judge(ctx, "await answer", err)
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
// deadline is the card's silence, a broken line ends the bus.
func (b *bus) judge(ctx context.Context, doing string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return device.Temporary(fmt.Errorf("%s: %w", doing, device.ErrTimeout))
	default:
		err = fmt.Errorf("%s: %w", doing, err)
		b.fail(err)
		return err
	}
}
