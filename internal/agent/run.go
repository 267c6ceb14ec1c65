package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/device"
)

const (
	// stopGrace is how long a driver that was told to end may take. One that
	// needs longer is stuck: it is left behind with its goroutines, and what it
	// still says is not listened to. Its port stays locked until it does come
	// back, so the new driver says that the port is in use, which is the truth.
	stopGrace = 10 * time.Second
	// lingerMost is how long a card that lies on a reader holds up a new
	// revision of its profile.
	lingerMost = time.Minute
	// welcome is how long whoever wants to use a device waits for the first
	// word of a driver that was opened anew for a new revision.
	welcome = 5 * time.Second
)

// Why a run ended, beside what drivers say.
var (
	errEnded   = errors.New("driver ended by itself")
	errStuck   = fmt.Errorf("driver is stuck: %w", device.ErrFault)
	errRevised = errors.New("profile has a new revision")
	// errRetired is the end of a device that is taken away or set up anew.
	errRetired = errors.New("device is retired")
	// errDriver is a driver's own mistake, such as a panic.
	errDriver = fmt.Errorf("driver failed: %w", device.ErrFault)
	// errUnfit is a profile or a parameter that no driver can be made of.
	errUnfit = fmt.Errorf("profile doesn't fit: %w", device.ErrFault)
)

// unfitError is errUnfit with its cause.
type unfitError struct{ cause error }

func (e *unfitError) Error() string   { return errUnfit.Error() + ": " + e.cause.Error() }
func (e *unfitError) Unwrap() []error { return []error{errUnfit, e.cause} }

// run is one run of a driver, from opening its port to closing it. It is the
// sink of that driver.
type run struct {
	d      *Device
	cancel context.CancelFunc
	ended  chan struct{} // closed when the driver returned
	err    error         // of the driver; set before ended is closed
	told   chan struct{} // closed at its first state
	stuck  chan struct{} // closed when one of its verbs doesn't come back
	idle   chan struct{} // has a token after it became free

	tellOnce, stuckOnce sync.Once

	uses int  // verbs that run; guarded by d.mu
	card bool // a card lies there; guarded by d.mu
	left bool // nobody listens any more; guarded by d.mu
}

// start starts the device's driver.
func (d *Device) start(ctx context.Context) *run {
	ctx, cancel := context.WithCancel(ctx)
	r := &run{
		d: d, cancel: cancel,
		ended: make(chan struct{}), told: make(chan struct{}), stuck: make(chan struct{}), idle: make(chan struct{}, 1),
	}
	d.mu.Lock()
	dev, unfit := d.dev, d.unfit
	if dev != nil {
		d.run = r
	}
	d.mu.Unlock()
	go func() {
		defer close(r.ended)
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("panic: %v: %w", p, errDriver)
			}
		}()
		r.err = errDriver
		if dev == nil {
			r.err = &unfitError{unfit}
			return
		}
		if r.err = dev.Run(ctx, r); r.err == nil {
			r.err = errEnded
		}
	}()
	return r
}

// stop ends the run and says why it ended: why, or that the driver is stuck. A
// driver that could not say any more that a card is gone has it said here: the
// next one knows nothing of that card.
func (r *run) stop(why error) error {
	r.cancel()
	r.d.mu.Lock()
	if r.d.run == r {
		r.d.run = nil
	}
	r.d.mu.Unlock()
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-r.ended:
	case <-grace.C:
		r.d.all.cfg.Log.Error("driver doesn't end and is left behind", slog.String("device", r.d.Config.ID))
		why = errStuck
	}
	r.d.mu.Lock()
	card := r.card
	r.left, r.card = true, false
	r.d.mu.Unlock()
	if card {
		r.d.all.cfg.Event(r.d, device.CardRemoved{})
	}
	return why
}

// giveUp says that a verb of the driver doesn't come back.
func (r *run) giveUp() { r.stuckOnce.Do(func() { close(r.stuck) }) }

// freed leaves a token in idle if nobody uses the device. d.mu is held.
func (r *run) freed() {
	if r.uses > 0 || r.card {
		return
	}
	select {
	case r.idle <- struct{}{}:
	default:
	}
}

// free waits until nobody uses the device; a card that lies there is waited
// for only so long. It is false if the run ended meanwhile.
func (r *run) free(ctx context.Context) bool {
	linger := time.NewTimer(lingerMost)
	defer linger.Stop()
	patient := true
	for {
		r.d.mu.Lock()
		busy := r.uses > 0 || (r.card && patient)
		r.d.mu.Unlock()
		if !busy {
			return true
		}
		select {
		case <-r.idle:
		case <-linger.C:
			patient = false
		case <-r.ended:
			return false
		case <-r.stuck:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// State implements device.Sink.
func (r *run) State(state device.State, detail string) {
	if r.heard(nil) {
		r.d.set(state, detail)
	}
	r.tellOnce.Do(func() { close(r.told) })
}

// Event implements device.Sink.
func (r *run) Event(e any) {
	if r.heard(e) {
		r.d.all.cfg.Event(r.d, e)
	}
}

// heard tells whether the driver is still listened to, and notes whether a
// card lies there.
func (r *run) heard(e any) bool {
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	switch e.(type) {
	case device.CardPresent, device.CardFailed:
		r.card = true
	case device.CardRemoved:
		r.card = false
		r.freed()
	}
	return !r.left
}
