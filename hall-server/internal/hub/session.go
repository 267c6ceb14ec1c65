package hub

import (
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/link"
)

// session is one connection.
//
// Frames of the stream leave in one of two ways. Usually the follower itself
// writes them, without waiting, to one session after another: that costs a
// system call and nothing else. What a connection doesn't take at once goes to
// a writer, a goroutine that lives until the queue is empty.
type session struct {
	conn *websocket.Conn
	// raw is nil if the connection can't be written to without waiting.
	raw syscall.RawConn
	// agent is empty for boards.
	agent  string
	role   link.Role
	window string
	// skew is how far the agent's clock was ahead of ours when it said hello.
	skew time.Duration
	// topics begin with the session's role.
	topics []topic
	// wait is how long what is written at once may take.
	wait time.Duration
	// screens are a display's, nil for all; layouts is the rev of those it was
	// sent last, empty for none. Guarded by Hub.mu.
	screens *link.DisplayScreens
	layouts string
	// places are where s stands in the hub's lists of its topics; nil while it is
	// in none. Guarded by Hub.mu.
	places []int
	done   chan struct{} // closed with closed

	mu sync.Mutex // taken after the Hub's
	// queue is what the writer will take, at most queueLen frames.
	queue []*frame // guarded by mu
	// lagging tells that the queue overflowed, or is yet to begin: the session
	// needs a snapshot and is offered nothing until it has it.
	lagging bool // guarded by mu
	// writing tells that a writer is at work; there is never more than one.
	writing bool // guarded by mu
	closed  bool // guarded by mu

	// out is held while a frame is on its way into the connection, so that it
	// gets there whole. Who holds mu only tries for it.
	out sync.Mutex
}

// newSession returns a session that writes nothing before its first call of
// write.
func (h *Hub) newSession(conn *websocket.Conn, topics ...topic) *session {
	s := &session{conn: conn, wait: h.conf.WriteWait, topics: topics, done: make(chan struct{}), writing: true}
	if c, ok := conn.NetConn().(syscall.Conn); ok {
		s.raw, _ = c.SyscallConn()
	}
	return s
}

// hears tells whether f is for s.
func (s *session) hears(f *frame) bool {
	return slices.ContainsFunc(f.topics, func(t topic) bool { return slices.Contains(s.topics, t) })
}

// begin sets where in the stream s begins.
func (s *session) begin(missed []*frame, resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if resumed {
		s.queue = missed
	}
	s.lagging = !resumed
}

// offer queues f; flush must follow. If the reader is too slow for its queue, s
// falls behind and gets a snapshot later. Hub.mu is held, so that every session
// sees the frames in their order.
func (s *session) offer(f *frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.lagging:
	case len(s.queue) >= queueLen:
		s.queue, s.lagging = nil, true
	default:
		s.queue = append(s.queue, f)
	}
}

// fallBehind makes s get a snapshot; flush must follow.
func (s *session) fallBehind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.lagging = nil, true
}

// flush sends what is queued as far as that goes without waiting, and leaves
// the rest to a writer. scratch is a buffer to work in; it is returned, maybe
// larger. Only the follower calls it.
func (s *session) flush(h *Hub, scratch []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing || s.closed || (!s.lagging && len(s.queue) == 0) {
		return scratch
	}
	s.writing = true
	if s.raw == nil || s.lagging || !s.out.TryLock() {
		h.wg.Go(func() { s.write(h) })
		return scratch
	}
	data := s.queue[0].wire
	if len(s.queue) > 1 {
		scratch = joined(scratch[:0], s.queue)
		data = scratch
	}
	clear(s.queue)
	s.queue = s.queue[:0]
	n := writeNow(s.raw, data)
	if n == len(data) {
		s.writing = false
		s.out.Unlock()
		return scratch
	}
	rest := slices.Clone(data[n:])
	h.wg.Go(func() {
		err := s.sendLocked(rest)
		s.out.Unlock()
		if err != nil {
			s.close(h, "")
		}
		s.write(h)
	})
	return scratch
}

func joined(out []byte, frames []*frame) []byte {
	for _, f := range frames {
		out = append(out, f.wire...)
	}
	return out
}

// write sends what is queued, until nothing is or the session ends. Whoever
// calls it has set s.writing.
func (s *session) write(h *Hub) {
	for {
		frames, lagging, ok := s.take()
		if !ok {
			return
		}
		var err error
		if lagging {
			err = s.catchUp(h)
		} else {
			err = s.send(joined(nil, frames))
		}
		if err != nil {
			s.close(h, "")
			return
		}
	}
}

// take returns what to write next; false ends the writer.
func (s *session) take() (frames []*frame, lagging, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || (!s.lagging && len(s.queue) == 0) {
		s.writing = false
		return nil, false, false
	}
	frames, s.queue = s.queue, nil
	return frames, s.lagging, true
}

// catchUp sends the snapshot that a lagging session needs.
func (s *session) catchUp(h *Hub) error {
	data, err := h.snapshot(s)
	if err != nil {
		return err
	}
	devices, err := h.assigned(s)
	if err != nil {
		return err
	}
	return s.send(append(slices.Clip(data), devices...)) // data may be others' too
}

// send writes whole frames and may wait for the connection.
func (s *session) send(data []byte) error {
	s.out.Lock()
	defer s.out.Unlock()
	return s.sendLocked(data)
}

// sendLocked is send for who holds s.out.
func (s *session) sendLocked(data []byte) error {
	conn := s.conn.NetConn()
	if err := conn.SetWriteDeadline(time.Now().Add(s.wait)); err != nil {
		return err
	}
	if _, err := conn.Write(data); err != nil {
		return err
	}
	return conn.SetWriteDeadline(time.Time{})
}

// close ends the session without waiting for it. A reason goes into the close
// frame.
func (s *session) close(h *Hub, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed, s.queue = true, nil
	close(s.done)
	if reason == "" {
		_ = s.conn.Close()
		return
	}
	h.wg.Go(func() {
		defer s.conn.Close()
		// A peer that doesn't read gets no reason, and no more time.
		late := time.AfterFunc(closeWait, func() { _ = s.conn.Close() })
		defer late.Stop()
		text := websocket.FormatCloseMessage(websocket.CloseGoingAway, reason)
		_ = s.conn.WriteControl(websocket.CloseMessage, text, time.Now().Add(closeWait))
	})
}
