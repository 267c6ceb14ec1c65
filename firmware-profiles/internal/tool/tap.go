package tool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine/port"
)

// tap stands between an engine and a device: it holds the device's port open,
// offers it to the engine at a TCP address of this machine, and tells a
// listener about every byte that passes. So the engine that runs in a hall is
// the one that is tried.
type tap struct {
	line     port.Port
	listener net.Listener
	heard    func(at time.Time, dir direction, p []byte)

	stop    context.CancelFunc
	running sync.WaitGroup
	joined  chan struct{} // closed when the engine's first connection is accepted
	parted  chan struct{} // has a token after a connection of the engine ended

	mu   sync.Mutex
	conn net.Conn // guarded by mu; the engine's connection
	err  error    // guarded by mu; why the device's line broke
	// early is what the device said before the engine's first connection was
	// accepted: the engine counts as connected a moment sooner. Guarded by mu.
	early []byte
}

// openTap taps an open line. close ends it and closes the line.
func openTap(ctx context.Context, line port.Port, heard func(time.Time, direction, []byte)) (*tap, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open tap: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	t := &tap{line: line, listener: l, heard: heard, stop: stop, joined: make(chan struct{}), parted: make(chan struct{}, 1)}
	t.running.Go(func() { t.serve(ctx) })
	t.running.Go(func() { t.listen(ctx) })
	return t, nil
}

// address is where the engine finds the device.
func (t *tap) address() string { return "tcp://" + t.listener.Addr().String() }

// serve passes on what the engine says, one connection at a time.
func (t *tap) serve(ctx context.Context) {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return // closed
		}
		t.mu.Lock()
		if t.conn = conn; !t.hadEngine() {
			close(t.joined)
		}
		gone := t.err != nil || ctx.Err() != nil
		_, _ = conn.Write(t.early) // an engine that is gone hears nothing
		t.early = nil
		t.mu.Unlock()
		if !gone {
			t.pass(ctx, conn)
		}
		t.mu.Lock()
		t.conn = nil
		t.mu.Unlock()
		_ = conn.Close() // the engine is gone, or the device
		select {
		case t.parted <- struct{}{}:
		default:
		}
	}
}

// pass hands the engine's bytes to the device until one of them is gone.
func (t *tap) pass(ctx context.Context, conn net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			t.heard(time.Now(), toDevice, buf[:n])
			if werr := t.write(ctx, buf[:n]); werr != nil {
				t.broke(werr)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// tapWrite is how long a device may take no bytes.
const tapWrite = 15 * time.Second

func (t *tap) write(ctx context.Context, p []byte) error {
	ctx, cancel := context.WithTimeout(ctx, tapWrite)
	defer cancel()
	return t.line.Write(ctx, p)
}

// listen hands the device's bytes to the engine, if one is there.
func (t *tap) listen(ctx context.Context) {
	buf := make([]byte, 4096)
	for {
		n, err := t.line.Read(ctx, buf)
		if err != nil {
			t.broke(err)
			return
		}
		t.heard(time.Now(), fromDevice, buf[:n])
		t.hand(buf[:n])
	}
}

// hand gives the device's bytes to the engine, now or when it comes.
func (t *tap) hand(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.conn != nil:
		_, _ = t.conn.Write(p) // an engine that is gone hears nothing
	case !t.hadEngine() && len(t.early)+len(p) <= maxGroup:
		t.early = append(t.early, p...)
	}
}

// hadEngine tells whether an engine has connected.
func (t *tap) hadEngine() bool {
	select {
	case <-t.joined:
		return true
	default:
		return false
	}
}

// broke notes why the device's line is of no more use and lets the engine see
// it.
func (t *tap) broke(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil && !errors.Is(err, context.Canceled) {
		t.err = err
	}
	if t.conn != nil {
		_ = t.conn.Close() // its reader ends
	}
}

// cause is why the device's line broke, nil while it holds.
func (t *tap) cause() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// drainWait is how long close lets bytes pass that an engine wrote before it
// hung up: the end of a ticket.
const drainWait = 5 * time.Second

// close ends the tap, after the engine has hung up, and closes the line;
// nothing of it runs afterwards.
func (t *tap) close() error {
	if t.hadEngine() {
		select {
		case <-t.parted:
		case <-time.After(drainWait):
		}
	}
	t.stop()
	err := t.line.Close()
	_ = t.listener.Close() // ends serve
	t.mu.Lock()
	if t.conn != nil {
		_ = t.conn.Close() // ends pass
	}
	t.mu.Unlock()
	t.running.Wait()
	if err != nil {
		return fmt.Errorf("close the device's line: %w", err)
	}
	return nil
}
