// Package printline is the line of a printer that is asked and printed to by
// turns. What the printer says flows from its port into a buffer, which whoever
// has the turn reads; the first failure ends the line for all.
package printline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/internal/device"
)

// Line is one open line to a printer. One caller at a time has the turn.
type Line struct {
	port port.Port
	turn chan struct{} // holds a token while somebody has the turn
	rx   chan byte     // what the printer said

	broken    chan struct{} // closed when the line is of no more use
	breakOnce sync.Once
	err       error // why; written once before broken is closed

	stop   context.CancelFunc
	reader sync.WaitGroup
}

// New listens on an open port. room is more than the printer says in a poll;
// what doesn't fit is noise.
func New(p port.Port, room int) *Line {
	ctx, stop := context.WithCancel(context.Background())
	l := &Line{
		port: p, stop: stop,
		turn: make(chan struct{}, 1), rx: make(chan byte, room), broken: make(chan struct{}),
	}
	l.reader.Go(func() { l.read(ctx) })
	return l
}

// read collects bytes until the line breaks.
func (l *Line) read(ctx context.Context) {
	buf := make([]byte, 256)
	for {
		n, err := l.port.Read(ctx, buf)
		if err != nil {
			l.Fail(fmt.Errorf("read from printer: %w", err))
			return
		}
		for _, b := range buf[:n] {
			select {
			case l.rx <- b:
			default: // a printer that babbles; answers are asked for again
			}
		}
	}
}

// Heard is what the printer said, for whoever has the turn.
func (l *Line) Heard() <-chan byte { return l.rx }

// PortState is what the port sees of the printer without a word being said on
// the line; empty where it sees nothing.
func (l *Line) PortState(ctx context.Context) (device.State, error) {
	w, ok := l.port.(port.Watched)
	if !ok {
		return "", nil
	}
	return w.PortState(ctx)
}

// Broken is closed when the line is of no more use.
func (l *Line) Broken() <-chan struct{} { return l.broken }

// Write sends to the printer.
func (l *Line) Write(ctx context.Context, p []byte) error { return l.port.Write(ctx, p) }

// Fail ends the line; the first cause counts.
func (l *Line) Fail(err error) {
	l.breakOnce.Do(func() {
		l.err = err
		close(l.broken)
	})
}

// Cause is why the line is broken.
func (l *Line) Cause() error {
	<-l.broken
	return l.err
}

// Close lets go of the port once nobody uses it.
func (l *Line) Close() {
	l.Fail(fmt.Errorf("line closed: %w", device.ErrOffline))
	l.stop()
	_ = l.port.Close() // nothing is left to save, and the cause is known
	l.reader.Wait()
	l.turn <- struct{}{} // a print that still runs notices the closed line
}

// Exclusive runs do with the turn.
func (l *Line) Exclusive(ctx context.Context, do func(context.Context) error) error {
	select {
	case l.turn <- struct{}{}:
	case <-l.broken:
		return l.Cause()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	return do(ctx)
}

// Wait lets d pass.
func (l *Line) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.broken:
		return l.Cause()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Lost ends the line after a write that failed, for nobody knows how much of it
// arrived. A deadline of ours is the printer's silence.
func (l *Line) Lost(ctx context.Context, doing string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = device.Temporary(device.ErrTimeout)
	}
	err = fmt.Errorf("%s: %w", doing, err)
	cause := err
	if ctx.Err() != nil {
		cause = device.Temporary(fmt.Errorf("%s was interrupted: %w", doing, device.ErrOffline))
	}
	l.Fail(cause)
	return err
}

// StateErr is nil if a printer in this state prints, else the cause as a
// sentinel.
func StateErr(s device.State) error {
	switch s {
	case device.PaperEnd:
		return device.ErrNoPaper
	case device.CoverOpen:
		return device.ErrCoverOpen
	case device.Jam:
		return device.ErrJam
	case device.Online, device.PaperNearEnd:
		return nil
	default:
		return device.ErrFault
	}
}
