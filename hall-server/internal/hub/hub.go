// Package hub holds the agents' and boards' sessions over the link. Committed
// records flow in from the core and states from the registry; they go out as
// one encoded frame shared by everybody who listens to a topic. Commands flow
// the other way, from a session to the core.
//
// Every session has a bounded queue, and a writer only while something is in
// it. A reader that is too slow loses its queue and gets a fresh snapshot
// instead; memory never grows with it, and nobody waits for it.
package hub

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
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
	Vault    privacy.Vault
	Log      *slog.Logger
	// Layouts are what displays show; nil in halls without any.
	Layouts Layouts
	// Alarms are what boards ring with; nil in halls without any.
	Alarms Alarms
	// Heartbeat is how often every session is asked for a sign of life; one
	// that is silent three times as long is gone. Zero means
	// link.HeartbeatEvery.
	Heartbeat time.Duration
	// WriteWait is how long a session may take over what is written at once;
	// one that takes longer is gone. Zero means 10 s.
	WriteWait time.Duration
}

// Limits of the hub.
const (
	queueLen  = 128              // frames waiting for one session
	ringLen   = 2048             // frames kept for agents that reconnect
	writeWait = 10 * time.Second // for what is written at once, by default
	helloWait = 10 * time.Second
	closeWait = time.Second // for the close frame
)

// topic is what sessions listen to: a role, or one window or agent.
type topic string

const (
	topicKiosk   topic = "kiosk"
	topicCounter topic = "counter"
	topicDisplay topic = "display"
	topicBoard   topic = "board"
)

// roleTopics are the topics of which every session listens to exactly one.
var roleTopics = []topic{topicKiosk, topicCounter, topicDisplay, topicBoard}

func windowTopic(id string) topic { return topic("window/" + id) }
func agentTopic(id string) topic  { return topic("agent/" + id) }

// Hub is the hall's end of the link. Make it with New, then Run it.
type Hub struct {
	conf  Config
	epoch string
	reset chan struct{}
	// helped are kiosks where somebody's call for help was answered.
	helped chan answered
	// layouts tells the follower that displays need something new.
	layouts chan struct{}
	// alarms tells the follower that boards need the alarms anew.
	alarms chan struct{}

	mu       sync.Mutex                   // taken before a session's
	seq      uint64                       // guarded by mu, changed by the follower only
	ring     []*frame                     // guarded by mu; oldest first
	sessions map[topic][]*session         // guarded by mu; in no order
	agents   map[string]*session          // guarded by mu; by agent id
	greeting map[*websocket.Conn]struct{} // guarded by mu; no hello yet
	shared   map[string]sharedSnapshot    // guarded by mu
	closing  bool                         // guarded by mu
	wg       sync.WaitGroup

	// ordered are orders to one agent that the follower sends: only it numbers
	// messages. trials, rolls and tries are those whose outcome somebody waits for.
	ordered chan message
	trials  awaited[link.PrintDone]
	rolls   awaited[link.RollCounted]
	tries   awaited[link.DeviceTried]

	// The follower's own: sessions it is about to flush, and a buffer for that.
	flushing []*session
	scratch  []byte
}

// New returns a hub; it serves sessions once Run runs.
func New(conf Config) *Hub {
	conf.Heartbeat = cmp.Or(conf.Heartbeat, link.HeartbeatEvery)
	conf.WriteWait = cmp.Or(conf.WriteWait, writeWait)
	return &Hub{
		conf:     conf,
		epoch:    ulid.Make().String(),
		reset:    make(chan struct{}, 1),
		helped:   make(chan answered, maxHelped),
		layouts:  make(chan struct{}, 1),
		alarms:   make(chan struct{}, 1),
		ordered:  make(chan message),
		sessions: make(map[topic][]*session),
		agents:   make(map[string]*session),
		greeting: make(map[*websocket.Conn]struct{}),
		shared:   make(map[string]sharedSnapshot),
	}
}

// timeout is how long a session may be silent.
func (h *Hub) timeout() time.Duration {
	return h.conf.Heartbeat * time.Duration(link.HeartbeatTimeout/link.HeartbeatEvery)
}

// Reset gives everybody a new snapshot, for changes that no record tells of.
func (h *Hub) Reset() {
	select {
	case h.reset <- struct{}{}:
	default:
	}
}

// message is what will become a frame.
type message struct {
	t      link.Type
	body   any
	topics []topic
}

// publish sends messages, in their order, to everybody who listens to one of
// their topics. Only the follower calls it.
func (h *Hub) publish(messages ...message) {
	if len(messages) == 0 {
		return
	}
	now, seq := h.conf.Core.Now(), h.lastSeq()
	frames := make([]*frame, 0, len(messages))
	for _, m := range messages {
		data, err := encode(m.t, seq+1, now, "", m.body)
		if err != nil {
			h.conf.Log.Error("encode message", slog.String("type", string(m.t)), slog.Any("error", err))
			continue
		}
		seq++
		frames = append(frames, &frame{seq: seq, topics: m.topics, wire: data})
	}
	h.flush(h.spread(seq, frames))
}

// spread queues frames for whoever hears them and keeps them for those who
// come back. Nothing is sent yet, so that frames which belong together leave
// together. It returns the sessions to flush, some maybe twice.
func (h *Hub) spread(seq uint64, frames []*frame) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq = seq
	h.ring = append(h.ring, frames...)
	if len(h.ring) > 2*ringLen {
		h.ring = append([]*frame(nil), h.ring[len(h.ring)-ringLen:]...)
	}
	topics := make(map[topic]bool)
	for _, f := range frames {
		for _, t := range f.topics {
			topics[t] = true
			for _, s := range h.sessions[t] {
				s.offer(f)
			}
		}
	}
	out := h.flushing[:0]
	for t := range topics {
		out = append(out, h.sessions[t]...)
	}
	h.flushing = out
	return out
}

// flush sends what sessions have queued. h.mu is not held, and no connection is
// waited for.
func (h *Hub) flush(sessions []*session) {
	for _, s := range sessions {
		h.scratch = s.flush(h, h.scratch)
	}
	clear(sessions)
}

// each makes every session ready to be flushed.
func (h *Hub) each(ready func(*session)) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.flushing[:0]
	h.all(func(s *session) {
		ready(s)
		out = append(out, s)
	})
	h.flushing = out
	return out
}

func (h *Hub) lastSeq() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq
}

// join lets s hear its topics from now on, after the frames it missed or a
// snapshot. An older session of the same agent is replaced. It is false if the
// hub is shutting down.
func (h *Hub) join(s *session, hello link.Hello) (resumed, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.greeting, s.conn)
	if h.closing {
		return false, false
	}
	if old := h.agents[s.agent]; old != nil && s.agent != "" {
		h.remove(old)
		old.close(h, "replaced by a newer connection")
	}
	missed, resumed := h.missed(s, hello.Epoch, hello.Last)
	s.begin(missed, resumed)
	h.enter(s)
	if resumed && s.role == link.RoleDisplay {
		h.LayoutsChanged() // its screens may be others now
	}
	if s.agent != "" {
		h.agents[s.agent] = s
		// Under h.mu, so that the registry sees sessions in the hub's order.
		h.conf.Registry.Connected(hello, s.window, h.conf.Core.Now())
		h.conf.Registry.Clock(s.agent, s.skew, h.conf.Core.Now())
	}
	return resumed, true
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

// leave ends s's place in the hub; it is true unless s had been replaced.
func (h *Hub) leave(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.remove(s) || s.agent == "" {
		return false
	}
	h.conf.Registry.Disconnected(s.agent, h.conf.Core.Now())
	return true
}

// enter puts s into its topics. h.mu is held.
func (h *Hub) enter(s *session) {
	s.places = make([]int, len(s.topics))
	for i, t := range s.topics {
		s.places[i] = len(h.sessions[t])
		h.sessions[t] = append(h.sessions[t], s)
	}
}

// remove takes s out of its topics; false if it was out already. h.mu is held.
func (h *Hub) remove(s *session) bool {
	if s.places == nil {
		return false
	}
	for i, t := range s.topics {
		list := h.sessions[t]
		last := list[len(list)-1]
		list[s.places[i]] = last
		last.places[slices.Index(last.topics, t)] = s.places[i]
		list[len(list)-1] = nil
		h.sessions[t] = list[:len(list)-1]
		if len(list) == 1 {
			delete(h.sessions, t)
		}
	}
	s.places = nil
	if h.agents[s.agent] == s {
		delete(h.agents, s.agent)
	}
	return true
}

// Sessions counts the sessions, for metrics.
func (h *Hub) Sessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, t := range roleTopics {
		n += len(h.sessions[t])
	}
	return n
}

// heard tells whether anybody listens to t. The core's lock must not be held.
func (h *Hub) heard(t topic) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions[t]) > 0
}

// all calls f with every session. h.mu is held.
func (h *Hub) all(f func(*session)) {
	for _, t := range roleTopics {
		for _, s := range h.sessions[t] {
			f(s)
		}
	}
}

// heartbeat asks every session for a sign of life.
func (h *Hub) heartbeat() {
	h.flush(h.each(func(s *session) { s.offer(pingFrame) }))
}

// resnapshot forgets the stream so far and gives everybody a new snapshot.
func (h *Hub) resnapshot() {
	h.mu.Lock()
	h.ring = nil
	h.seq++
	h.mu.Unlock()
	h.flush(h.each(func(s *session) { s.fallBehind() }))
}

// shutdown closes every session and waits for their goroutines.
func (h *Hub) shutdown() {
	h.mu.Lock()
	h.closing = true
	for conn := range h.greeting {
		_ = conn.Close()
	}
	h.all(func(s *session) { s.close(h, "the hall-server is shutting down") })
	h.mu.Unlock()
	h.wg.Wait()
}

// Run follows the core and the registry until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	defer h.shutdown()
	newFollower(h).run(ctx)
	return nil
}
