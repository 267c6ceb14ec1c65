package hub

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// session is one connection.
type session struct {
	conn *websocket.Conn
	// agent is empty for boards.
	agent  string
	role   link.Role
	window string
	claims access.Claims
	topics []topic

	queue   chan *frame   // deltas
	replies chan *frame   // answers
	wake    chan struct{} // tells the writer to look at lagging
	done    chan struct{}
	once    sync.Once
	reason  string      // why it was closed; set before done is closed
	lagging atomic.Bool // it needs a snapshot; set with Hub.mu held
}

func newSession(conn *websocket.Conn, topics ...topic) *session {
	return &session{
		conn: conn, topics: topics,
		queue: make(chan *frame, queueLen), replies: make(chan *frame, replyLen), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// hears tells whether f is for s.
func (s *session) hears(f *frame) bool {
	return slices.ContainsFunc(f.topics, func(t topic) bool { return slices.Contains(s.topics, t) })
}

// offer queues f for the writer. If the reader is too slow for its queue, s
// falls behind and gets a snapshot later. Hub.mu is held.
func (s *session) offer(f *frame) {
	if s.lagging.Load() {
		return
	}
	select {
	case s.queue <- f:
	default:
		s.lagging.Store(true)
		s.rouse()
	}
}

func (s *session) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// drain forgets what is queued. Hub.mu is held.
func (s *session) drain() {
	for {
		select {
		case <-s.queue:
		default:
			return
		}
	}
}

// reply queues an answer; it waits for room, since an answer can't be made up
// for by a snapshot.
func (s *session) reply(data *websocket.PreparedMessage) {
	select {
	case s.replies <- &frame{data: data}:
	case <-s.done:
	}
}

// close ends the session; the reason goes into the close frame.
func (s *session) close(reason string) {
	s.once.Do(func() {
		s.reason = reason
		close(s.done)
	})
}

// write sends what is queued until the session ends.
func (s *session) write(h *Hub) {
	defer s.conn.Close()
	defer s.close("")
	for {
		if err := s.catchUp(h); err != nil {
			return
		}
		select {
		case f := <-s.replies:
			if s.send(f) != nil {
				return
			}
		case f := <-s.queue:
			if s.send(f) != nil {
				return
			}
		case <-s.wake:
		case <-s.done:
			text := websocket.FormatCloseMessage(websocket.CloseGoingAway, s.reason)
			_ = s.conn.WriteControl(websocket.CloseMessage, text, time.Now().Add(time.Second))
			return
		}
	}
}

// catchUp sends a snapshot if the session needs one.
func (s *session) catchUp(h *Hub) error {
	if !s.lagging.Load() {
		return nil
	}
	data, err := h.snapshot(s)
	if err != nil {
		return err
	}
	return s.send(&frame{data: data})
}

func (s *session) send(f *frame) error {
	deadline := time.Now().Add(writeWait)
	if f.ping {
		return s.conn.WriteControl(websocket.PingMessage, nil, deadline)
	}
	if err := s.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	return s.conn.WritePreparedMessage(f.data)
}

// whole is the snapshot for s.
func (s *session) whole(v *view.Viewer, state *queue.State, now queue.Time) (link.Type, any) {
	if s.agent == "" {
		return TypeBoardSnapshot, v.Board(state, now)
	}
	out := link.Snapshot{Hall: v.HallView(state), Services: v.Services(state, now)}
	switch s.role {
	case link.RoleKiosk:
		out.Prints = pendingPrints(v, state, s.agent, now)
	case link.RoleCounter:
		id := queue.WindowID(s.window)
		out.Windows = []link.WindowView{v.Window(state, state.Windows[id], now)}
		waiting := v.Queue(state, id)
		out.Queue = &waiting
	case link.RoleDisplay:
		out.Windows, out.Calls = v.Windows(state, now), v.Calls(state)
	}
	return link.TypeSnapshot, out
}

// pendingPrints are the papers that kiosk was ordered to print and hasn't
// confirmed, as long as somebody may stand there.
func pendingPrints(v *view.Viewer, state *queue.State, kiosk string, now queue.Time) []link.PrintJob {
	var jobs []link.PrintJob
	for _, t := range state.Tickets {
		if t.Kiosk != kiosk || t.Print != "" || t.State != queue.Waiting {
			continue
		}
		if job := v.Paper(t); job.Expires.After(now.Std()) {
			jobs = append(jobs, job)
		}
	}
	return jobs
}

// TypeBoardSnapshot is the first message to a board: link.BoardView.
const TypeBoardSnapshot link.Type = "board.snapshot"
