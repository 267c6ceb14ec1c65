package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"smarthall/internal/device"
)

// How a device that doesn't answer steps back: after the second silence in a
// row (one may be a disturbed line) it isn't asked for restFirst, then for
// twice as long each time, restMost at most. It is told so at once.
const (
	restFirst = 500 * time.Millisecond
	restMost  = 8 * time.Second
	patience  = 2
)

// turns says whose exchange it is on a line: those that answered last time go
// first, in the order they came, then those that didn't. The zero value is
// ready.
type turns struct {
	mu     sync.Mutex
	taken  bool               // guarded by mu
	queues [2][]chan struct{} // waiting: well, then silent; guarded by mu
	known  map[string]*health // by device; guarded by mu
}

// health is how a device has answered lately. It outlives the device's
// membership; turns.mu guards it.
type health struct {
	silences int // in a row
	until    time.Time
}

// of is the health of a device.
func (t *turns) of(name string) *health {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.known[name]
	if h == nil {
		if t.known == nil {
			t.known = map[string]*health{}
		}
		h = &health{}
		t.known[name] = h
	}
	return h
}

// errResting is the error of a device that isn't asked for a while, because it
// didn't answer.
var errResting = device.Temporary(fmt.Errorf("silent device isn't asked yet: %w", device.ErrTimeout))

// take waits for the turn of a device.
func (t *turns) take(ctx context.Context, h *health, broken <-chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	if time.Now().Before(h.until) {
		t.mu.Unlock()
		return errResting
	}
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	queue := 0
	if h.silences > 0 {
		queue = 1
	}
	mine := make(chan struct{})
	t.queues[queue] = append(t.queues[queue], mine)
	t.mu.Unlock()
	var err error
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-broken:
		err = errClosed
	}
	if !t.withdraw(queue, mine) {
		t.give() // it came in the same moment
	}
	return err
}

// withdraw takes a place out of its queue; false if its turn has come.
func (t *turns) withdraw(queue int, mine chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, c := range t.queues[queue] {
		if c == mine {
			t.queues[queue] = append(t.queues[queue][:i:i], t.queues[queue][i+1:]...)
			return true
		}
	}
	return false
}

// give hands the turn to the next.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, q := range t.queues {
		if len(q) > 0 {
			t.queues[i] = q[1:]
			close(q[0])
			return
		}
	}
	t.taken = false
}

// judge notes how an exchange with a device ended. Only an answer and a
// silence say something of it.
func (t *turns) judge(h *health, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case errors.Is(err, device.ErrTimeout):
		h.silences++
		if n := h.silences - patience; n >= 0 {
			h.until = time.Now().Add(min(restFirst<<min(n, 10), restMost))
		}
	case !errors.Is(err, context.Canceled) && !errors.Is(err, device.ErrOffline):
		*h = health{}
	}
}
