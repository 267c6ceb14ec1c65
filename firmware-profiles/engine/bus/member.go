package bus

import (
	"context"
	"sync"

	"smarthall/firmware-profiles/engine/port"
)

// maxUnread bounds what a member that doesn't read keeps, in bytes; what is
// older than that was meant for others, or is too late.
const maxUnread = 4 << 10

// Member is one device's share of a line. It is a port.Port: Read gives all
// that comes in, whomever it is for, from the moment of joining.
type Member struct {
	line   *line
	health *health

	mu     sync.Mutex
	unread []byte // guarded by mu
	inTurn bool   // an exchange of this member runs; guarded by mu

	news      chan struct{} // has a token after bytes came
	closed    chan struct{} // closed by the first Close
	closeOnce sync.Once
	err       error // of Close
}

var _ port.Port = (*Member)(nil)

// hear keeps bytes for the member. The line's mutex is held.
func (m *Member) hear(p []byte) {
	m.mu.Lock()
	m.unread = append(m.unread, p...)
	if over := len(m.unread) - maxUnread; over > 0 {
		m.unread = append(m.unread[:0], m.unread[over:]...)
	}
	m.mu.Unlock()
	select {
	case m.news <- struct{}{}:
	default:
	}
}

// take moves what is unread into buf.
func (m *Member) take(buf []byte) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := copy(buf, m.unread)
	m.unread = append(m.unread[:0], m.unread[n:]...)
	return n
}

// Read implements port.Port. One goroutine at a time may read.
func (m *Member) Read(ctx context.Context, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		select {
		case <-m.closed:
			return 0, errClosed
		default:
		}
		if n := m.take(buf); n > 0 {
			return n, nil
		}
		select {
		case <-m.news:
		case <-m.line.broken:
			return 0, m.line.cause()
		case <-m.closed:
			return 0, errClosed
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Write implements port.Port. Within Exchange it sends at once; else it waits
// for its turn, so that it never falls into another device's exchange.
func (m *Member) Write(ctx context.Context, p []byte) error {
	m.mu.Lock()
	inTurn := m.inTurn
	m.mu.Unlock()
	if inTurn {
		return m.send(ctx, p)
	}
	return m.turn(ctx, func() error { return m.send(ctx, p) }, false)
}

func (m *Member) send(ctx context.Context, p []byte) error {
	select {
	case <-m.closed:
		return errClosed
	case <-m.line.broken:
		return m.line.cause()
	default:
		return m.line.write(ctx, p)
	}
}

// Exchange runs do, a question and its answer, while no other device of the
// line sends. do returns device.ErrTimeout if the device was silent; one that
// was silent too often isn't asked for a while and gives device.ErrTimeout at
// once. Other errors are do's, ctx's or the broken line's. Exchanges of one
// device follow each other; do must not call Exchange.
func (m *Member) Exchange(ctx context.Context, do func() error) error {
	return m.turn(ctx, do, true)
}

// turn runs do in the member's turn; asks tells whether its error says how the
// device is.
func (m *Member) turn(ctx context.Context, do func() error, asks bool) error {
	t := &m.line.slot.turns
	select {
	case <-m.line.broken:
		return m.line.cause()
	default:
	}
	if err := t.take(ctx, m.health, m.line.broken); err != nil {
		return err
	}
	defer t.give()
	if asks {
		m.setTurn(true)
		defer m.setTurn(false)
	}
	err := do()
	if asks {
		t.judge(m.health, err)
	}
	return err
}

func (m *Member) setTurn(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inTurn = on
}

// Broken is closed when the line is of no more use; Cause then says why.
func (m *Member) Broken() <-chan struct{} { return m.line.broken }

// Cause is why the line is broken; it waits until it is.
func (m *Member) Cause() error { return m.line.cause() }

// Fail ends the line for all its devices, after something that leaves it in
// doubt. The first cause counts.
func (m *Member) Fail(err error) { m.line.fail(err) }

// Close leaves the line.
func (m *Member) Close() error {
	m.closeOnce.Do(func() {
		close(m.closed)
		m.err = m.line.leave(m)
	})
	return m.err
}
