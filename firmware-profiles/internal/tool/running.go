package tool

import (
	"context"
	"fmt"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/internal/device"
)

// factories are the engines by name.
func factories() map[string]engine.Factory { return all.Factories() }

// reported is what a running device said: exactly one of state and event is set.
type reported struct {
	state  device.State
	detail string
	event  any
}

// running is a device that an engine runs.
type running struct {
	device device.Device
	heard  chan reported // what it says; more than fits is dropped
	ended  chan struct{} // closed after Run has returned
	err    error         // of Run; set before ended is closed
	cancel context.CancelFunc
}

// heardRoom is more than a device says in a step.
const heardRoom = 64

// run runs a device until stop.
func run(ctx context.Context, d device.Device) *running {
	ctx, cancel := context.WithCancel(ctx)
	r := &running{device: d, heard: make(chan reported, heardRoom), ended: make(chan struct{}), cancel: cancel}
	go func() {
		r.err = d.Run(ctx, r)
		close(r.ended)
	}()
	return r
}

// State implements device.Sink.
func (r *running) State(s device.State, detail string) { r.tell(reported{state: s, detail: detail}) }

// Event implements device.Sink.
func (r *running) Event(e any) { r.tell(reported{event: e}) }

func (r *running) tell(h reported) {
	select {
	case r.heard <- h:
	default:
	}
}

// stop ends the device and waits until nothing of it runs.
func (r *running) stop() {
	r.cancel()
	<-r.ended
}

// first waits for the device's first state.
func (r *running) first(ctx context.Context, within time.Duration) (device.State, string, error) {
	h, err := r.next(ctx, within, func(h reported) bool { return h.state != "" })
	return h.state, h.detail, err
}

// next waits for a report that is wanted.
func (r *running) next(ctx context.Context, within time.Duration, wanted func(reported) bool) (reported, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case h := <-r.heard:
			if wanted(h) {
				return h, nil
			}
		case <-r.ended:
			if r.err == nil {
				return reported{}, device.ErrOffline
			}
			return reported{}, r.err
		case <-timer.C:
			return reported{}, fmt.Errorf("wait for the device: %w", device.ErrTimeout)
		case <-ctx.Done():
			return reported{}, ctx.Err()
		}
	}
}
