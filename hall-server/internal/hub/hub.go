// Package hub holds the agents' and boards' sessions over the link. Committed
// records flow in from the core and states from the registry; they go out as
// one encoded frame shared by everybody who listens to a topic. Commands flow
// the other way, from a session to the core.
//
// Every session has a bounded queue and one writer. A reader that is too slow
// loses its queue and gets a fresh snapshot instead; memory never grows with
// it, and nobody waits for it.
package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// Config is what a Hub needs.
type Config struct {
	Core     *core.Core
	View     *view.Viewer
	Registry *registry.Registry
	Door     *access.Door
	Hasher   privacy.Hasher
	Log      *slog.Logger
}

// Limits of the hub.
const (
	queueLen  = 128              // deltas waiting for one session
	replyLen  = 8                // answers waiting for one session
	ringLen   = 2048             // frames kept for agents that reconnect
	writeWait = 10 * time.Second // for one frame
	helloWait = 10 * time.Second
)

// topic is what sessions listen to: a role, or one window or agent.
type topic string

const (
	topicKiosk   topic = "kiosk"
	topicCounter topic = "counter"
	topicDisplay topic = "display"
	topicBoard   topic = "board"
)

func windowTopic(id string) topic { return topic("window/" + id) }
func agentTopic(id string) topic  { return topic("agent/" + id) }

// frame is one message, encoded once for all who get it.
type frame struct {
	seq    uint64
	topics []topic
	data   *websocket.PreparedMessage
	ping   bool
}

// Hub is the hall's end of the link. Make it with New, then Run it.
type Hub struct {
	conf  Config
	epoch string

	mu       sync.Mutex
	seq      uint64                          // guarded by mu
	ring     []*frame                        // guarded by mu; oldest first
	sessions map[topic]map[*session]struct{} // guarded by mu
	agents   map[string]*session             // guarded by mu; by agent id
	closing  bool                            // guarded by mu
	wg       sync.WaitGroup
}

// New returns a hub; it serves sessions once Run runs.
func New(conf Config) *Hub {
	return &Hub{
		conf:     conf,
		epoch:    ulid.Make().String(),
		sessions: make(map[topic]map[*session]struct{}),
		agents:   make(map[string]*session),
	}
}

// encode returns the frame of a message.
func encode(t link.Type, seq uint64, at time.Time, re string, body any) (*websocket.PreparedMessage, error) {
	m, err := link.New(t, at, body)
	if err != nil {
		return nil, err
	}
	m.Seq, m.Re = seq, re
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", t, err)
	}
	return websocket.NewPreparedMessage(websocket.TextMessage, data)
}

// publish sends body to everybody who listens to one of topics.
func (h *Hub) publish(t link.Type, body any, topics ...topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	data, err := encode(t, h.seq+1, h.conf.Core.Now(), "", body)
	if err != nil {
		h.conf.Log.Error("encode message", slog.String("type", string(t)), slog.Any("error", err))
		return
	}
	h.seq++
	f := &frame{seq: h.seq, topics: topics, data: data}
	h.ring = append(h.ring, f)
	if len(h.ring) > 2*ringLen {
		h.ring = append([]*frame(nil), h.ring[len(h.ring)-ringLen:]...)
	}
	for _, topic := range topics {
		for s := range h.sessions[topic] {
			s.offer(f)
		}
	}
}

// join lets s hear its topics from now on, after the frames it missed or a
// snapshot. An older session of the same agent is replaced.
func (h *Hub) join(s *session, epoch string, last uint64) (resumed bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false, core.ErrClosed
	}
	if old := h.agents[s.agent]; old != nil && s.agent != "" {
		h.leave(old)
		old.close("replaced by a newer connection")
	}
	missed, resumed := h.missed(s, epoch, last)
	if resumed {
		for _, f := range missed {
			s.offer(f)
		}
	} else {
		s.lagging.Store(true)
	}
	for _, t := range s.topics {
		if h.sessions[t] == nil {
			h.sessions[t] = make(map[*session]struct{})
		}
		h.sessions[t][s] = struct{}{}
	}
	if s.agent != "" {
		h.agents[s.agent] = s
	}
	h.wg.Add(1)
	return resumed, nil
}

// missed returns what s has not seen since last, if all of it is at hand.
func (h *Hub) missed(s *session, epoch string, last uint64) ([]*frame, bool) {
	if epoch != h.epoch || last > h.seq {
		return nil, false
	}
	if last < h.seq && (len(h.ring) == 0 || h.ring[0].seq > last+1) {
		return nil, false
	}
	var out []*frame
	for _, f := range h.ring {
		if f.seq > last && s.hears(f) {
			out = append(out, f)
		}
	}
	return out, len(out) < queueLen
}

// leave takes s out of every topic. h.mu is held.
func (h *Hub) leave(s *session) (current bool) {
	for _, t := range s.topics {
		delete(h.sessions[t], s)
		if len(h.sessions[t]) == 0 {
			delete(h.sessions, t)
		}
	}
	if s.agent != "" && h.agents[s.agent] == s {
		delete(h.agents, s.agent)
		return true
	}
	return false
}

// snapshot returns the message that puts a lagging session right, and marks it
// as up to date.
func (h *Hub) snapshot(s *session) (*websocket.PreparedMessage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var t link.Type
	var body any
	h.conf.Core.Read(func(state *queue.State, now queue.Time) {
		t, body = s.whole(h.conf.View, state, now)
	})
	s.drain()
	s.lagging.Store(false)
	return encode(t, h.seq, h.conf.Core.Now(), "", body)
}

// Sessions counts the sessions, for metrics.
func (h *Hub) Sessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := make(map[*session]struct{})
	for _, set := range h.sessions {
		for s := range set {
			seen[s] = struct{}{}
		}
	}
	return len(seen)
}

// heartbeat asks every session for a sign of life.
func (h *Hub) heartbeat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	ping := &frame{ping: true}
	for _, role := range []topic{topicKiosk, topicCounter, topicDisplay, topicBoard} {
		for s := range h.sessions[role] {
			s.offer(ping)
		}
	}
}

// shutdown closes every session and waits for their goroutines.
func (h *Hub) shutdown() {
	h.mu.Lock()
	h.closing = true
	for _, set := range h.sessions {
		for s := range set {
			s.close("the hall-server is shutting down")
		}
	}
	h.mu.Unlock()
	h.wg.Wait()
}

// Run follows the core and the registry until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	defer h.shutdown()
	f := newFollower(h)
	return f.run(ctx)
}
