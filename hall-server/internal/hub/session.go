package hub

import (
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/link"
)

// session is one connection.
type session struct {
	conn *websocket.Conn
	// agent is empty for boards.
	agent  string
	role   link.Role
	window string
	// topics begin with the session's role.
	topics []topic
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
}

// newSession returns a session that writes nothing before its first call of
// write.
func newSession(conn *websocket.Conn, topics ...topic) *session {
	return &session{conn: conn, topics: topics, done: make(chan struct{}), writing: true}
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

// offer queues f; wake must follow. If the reader is too slow for its queue, s
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

// fallBehind makes s get a snapshot; wake must follow.
func (s *session) fallBehind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.lagging = nil, true
}

// wake starts a writer if there is something to write and none at work.
func (s *session) wake(h *Hub) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing || s.closed || (!s.lagging && len(s.queue) == 0) {
		return
	}
	s.writing = true
	h.wg.Go(func() { s.write(h) })
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
			err = s.sendFrames(frames)
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
	return s.send(data)
}

// send writes one whole frame. It may be called by several goroutines: the
// network connection keeps what each writes together.
func (s *session) send(data []byte) error {
	conn := s.conn.NetConn()
	if err := conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	_, err := conn.Write(data)
	return err
}

// sendFrames is send for several, in one system call where that can be.
func (s *session) sendFrames(frames []*frame) error {
	if len(frames) == 1 {
		return s.send(frames[0].wire)
	}
	buffers := make(net.Buffers, len(frames))
	for i, f := range frames {
		buffers[i] = f.wire
	}
	conn := s.conn.NetConn()
	if err := conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	_, err := buffers.WriteTo(conn)
	return err
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
