// Package bus lets several devices hang on one line, as they do on RS-485: a
// row of LED strips, pads with addresses. The first device that joins opens
// the line and the last one that leaves closes it. Whatever comes in flows to
// all of them, each on its own Member, and its address filters; what they send
// goes out one exchange at a time, for the wire has no collision handling. A
// device that doesn't answer steps back, so that the others keep their pace.
package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/internal/device"
)

// Config is one device that joins a line.
type Config struct {
	// Address is the port, as port.Open takes it. Names of the same port are one.
	Address string
	// Settings must be the same for all devices of a line.
	Settings port.Settings
	// Device names the device on its line; how it answers is remembered under
	// this name when it comes back.
	Device string
}

// Open opens a line; port.Open is one.
type Open func(ctx context.Context, address string, s port.Settings) (port.Port, error)

// Lines are the lines of a program. The zero value is ready.
type Lines struct {
	mu    sync.Mutex
	slots map[string]*slot // guarded by mu
}

// slot is the place of one port's line. It stays once it is there; there are
// as many as ports were ever configured.
type slot struct {
	turns turns

	mu   sync.Mutex // held while the line opens, so that it opens once
	line *line      // nil while the port is closed. Guarded by mu.
}

// line is an open port that devices share.
type line struct {
	slot     *slot
	port     port.Port
	settings port.Settings
	users    int // guarded by slot.mu

	stop    context.CancelFunc
	reading sync.WaitGroup

	broken    chan struct{} // closed when the line is of no more use
	breakOnce sync.Once
	err       error // why; written before broken is closed

	mu      sync.Mutex
	members map[*Member]struct{} // guarded by mu
}

// Join opens the line that c names, or joins those who have it open. A line
// that runs with other settings is device.ErrFault; other errors are open's.
func (ls *Lines) Join(ctx context.Context, c Config, open Open) (*Member, error) {
	sl := ls.slot(c.Address)
	sl.mu.Lock()
	defer sl.mu.Unlock()
	l := sl.line
	switch {
	case l == nil:
		p, err := open(ctx, c.Address, c.Settings)
		if err != nil {
			return nil, err
		}
		l = sl.start(p, c.Settings)
	case l.settings != c.Settings:
		return nil, &settingsError{address: c.Address}
	}
	l.users++
	m := &Member{line: l, health: sl.turns.of(c.Device), news: make(chan struct{}, 1), closed: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.members[m] = struct{}{}
	return m, nil
}

// settingsError is a device whose profile wants another speed than the line has.
type settingsError struct{ address string }

// Error implements error.
func (e *settingsError) Error() string {
	return fmt.Sprintf("line %s is open with other settings: %v", e.address, device.ErrFault)
}

// Unwrap makes it a device.ErrFault.
func (e *settingsError) Unwrap() error { return device.ErrFault }

// Explain implements device.Explainer.
func (e *settingsError) Explain() string {
	return "同一条总线上的设备波特率等通信参数不一致"
}

// slot is the place of an address. A port that isn't there yet goes by the
// name it was given; it gets its own when it is found.
func (ls *Lines) slot(address string) *slot {
	if name, err := port.Resolve(address); err == nil {
		address = name
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	sl := ls.slots[address]
	if sl == nil {
		if ls.slots == nil {
			ls.slots = map[string]*slot{}
		}
		sl = &slot{}
		ls.slots[address] = sl
	}
	return sl
}

// start makes an open port the slot's line. sl.mu is held.
func (sl *slot) start(p port.Port, s port.Settings) *line {
	ctx, stop := context.WithCancel(context.Background()) // it outlives whoever joined first
	l := &line{
		slot: sl, port: p, settings: s, stop: stop,
		broken: make(chan struct{}), members: map[*Member]struct{}{},
	}
	sl.line = l
	l.reading.Go(func() { l.read(ctx) })
	return l
}

// read hands what comes in to every member until the line breaks.
func (l *line) read(ctx context.Context) {
	buf := make([]byte, 512)
	for {
		n, err := l.port.Read(ctx, buf)
		if err != nil {
			l.fail(fmt.Errorf("read from line: %w", err))
			return
		}
		l.mu.Lock()
		for m := range l.members {
			m.hear(buf[:n])
		}
		l.mu.Unlock()
	}
}

// fail ends the line for all its users; the first cause counts.
func (l *line) fail(err error) {
	l.breakOnce.Do(func() {
		l.err = err
		close(l.broken)
	})
}

// cause is why the line is broken.
func (l *line) cause() error {
	<-l.broken
	return l.err
}

// leave takes a member from the line. The last one closes it, and a broken
// line is closed by the first who leaves, so that it can be opened anew.
func (l *line) leave(m *Member) error {
	l.mu.Lock()
	delete(l.members, m)
	l.mu.Unlock()
	l.slot.mu.Lock()
	defer l.slot.mu.Unlock()
	l.users--
	select {
	case <-l.broken:
	default:
		if l.users > 0 {
			return nil
		}
		l.fail(errClosed)
	}
	if l.slot.line == l {
		l.slot.line = nil
	}
	l.stop()
	err := l.port.Close() // may be called again
	l.reading.Wait()
	if err != nil {
		return fmt.Errorf("close line: %w", err)
	}
	return nil
}

// errClosed is the end of a line or a member that was asked for.
var errClosed = device.Temporary(fmt.Errorf("line closed: %w", device.ErrOffline))

// write sends p; a failure ends the line, for nobody knows what arrived. A
// deadline that ends a write isn't the line's fault unless it was in the way
// of it.
func (l *line) write(ctx context.Context, p []byte) error {
	err := l.port.Write(ctx, p)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		l.fail(err)
	}
	return err
}
