// Package session lets callers use what a device's Run has open. A value flows
// in when Run opens it; calls from any goroutine run with it and a context that
// ends with it; the first call that finds the device gone ends Run.
package session

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"smarthall/internal/device"
)

// Gate holds the value that is open, if one is. The zero value is closed.
type Gate[T any] struct {
	mu      sync.Mutex
	current *open[T] // guarded by mu
}

// open is one opened value and the calls that use it.
type open[T any] struct {
	value  T
	ctx    context.Context // ends with it
	calls  sync.WaitGroup  // added to with Gate.mu held
	broken chan error      // takes the cause that ends it; room for one
}

// Open lets calls use value until end is called, which waits for them. broken
// gives the error of the first call that found the device gone.
func (g *Gate[T]) Open(ctx context.Context, value T) (broken <-chan error, end func()) {
	inner, cancel := context.WithCancel(ctx)
	o := &open[T]{value: value, ctx: inner, broken: make(chan error, 1)}
	g.publish(o)
	return o.broken, func() {
		g.publish(nil)
		cancel()
		o.calls.Wait()
	}
}

func (g *Gate[T]) publish(o *open[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.current = o
}

// Use calls do with the open value and a context that also ends with it. While
// nothing is open, and when it ends meanwhile, the error is device.ErrOffline.
func (g *Gate[T]) Use(ctx context.Context, do func(context.Context, T) error) error {
	g.mu.Lock()
	o := g.current
	if o != nil {
		o.calls.Add(1)
	}
	g.mu.Unlock()
	if o == nil {
		return device.Temporary(device.ErrOffline)
	}
	defer o.calls.Done()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(o.ctx, cancel)()
	err := do(inner, o.value)
	if err != nil && ctx.Err() == nil && o.ctx.Err() != nil {
		return device.Temporary(fmt.Errorf("device closed meanwhile: %w", device.ErrOffline))
	}
	if errors.Is(err, device.ErrOffline) {
		select {
		case o.broken <- err:
		default: // another call told already
		}
	}
	return err
}
