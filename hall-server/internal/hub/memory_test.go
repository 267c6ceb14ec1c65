package hub_test

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// lines is a network in memory. Unlike a socket's, its waiting is seen by
// testing/synctest, so that hours of silence pass at once.
type lines struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newLines() *lines {
	return &lines{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *lines) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	there, back := newHalf(), newHalf()
	select {
	case l.dialled <- &end{in: there, out: back}:
		return &end{in: back, out: there}, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *lines) Accept() (net.Conn, error) {
	select {
	case c := <-l.dialled:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *lines) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *lines) Addr() net.Addr { return memory{} }

type memory struct{}

func (memory) Network() string { return "memory" }
func (memory) String() string  { return "127.0.0.1:1" } // nobody dials it

// half is one direction of a line, as long as may be.
type half struct {
	mu     sync.Mutex
	news   *sync.Cond
	data   []byte    // guarded by mu
	closed bool      // guarded by mu
	until  time.Time // readers wait no longer; zero for ever; guarded by mu
}

func newHalf() *half {
	h := &half{}
	h.news = sync.NewCond(&h.mu)
	return h
}

func (h *half) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.news.Broadcast()
}

// end is one end of a line.
type end struct{ in, out *half }

// Read implements net.Conn.
func (e *end) Read(p []byte) (int, error) {
	h := e.in
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case len(h.data) > 0:
			n := copy(p, h.data)
			h.data = h.data[n:]
			return n, nil
		case h.closed:
			return 0, io.EOF
		case !h.until.IsZero() && !time.Now().Before(h.until):
			return 0, os.ErrDeadlineExceeded
		}
		h.news.Wait()
	}
}

// Write implements net.Conn.
func (e *end) Write(p []byte) (int, error) {
	h := e.out
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0, io.ErrClosedPipe
	}
	h.data = append(h.data, p...)
	h.news.Broadcast()
	return len(p), nil
}

// Close implements net.Conn.
func (e *end) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

// SetReadDeadline implements net.Conn.
func (e *end) SetReadDeadline(t time.Time) error {
	h := e.in
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until = t
	h.news.Broadcast()
	if !t.IsZero() {
		time.AfterFunc(time.Until(t), h.news.Broadcast)
	}
	return nil
}

// SetDeadline implements net.Conn.
func (e *end) SetDeadline(t time.Time) error { return e.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn: nothing is ever waited for.
func (*end) SetWriteDeadline(time.Time) error { return nil }

func (*end) LocalAddr() net.Addr  { return memory{} }
func (*end) RemoteAddr() net.Addr { return memory{} }
