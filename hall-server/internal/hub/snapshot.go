package hub

import (
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// sharedSnapshot is one that many sessions may get: when a hall's displays all
// need a new one, it is made once.
type sharedSnapshot struct {
	hub, core uint64 // the last frame and the last record in it
	at        time.Time
	wire      []byte
}

// sharedFor is how long a snapshot's ages may be wrong.
const sharedFor = time.Second

// snapshot returns the message that puts a lagging session right, and marks it
// as up to date.
func (h *Hub) snapshot(s *session) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	data, err := h.whole(s)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.lagging = nil, false
	return data, nil
}

// maxShared bounds how many shared snapshots are kept: one for the boards, and
// one for each set of layouts that displays show.
const maxShared = 64

// whole is the encoded snapshot for s. h.mu is held.
func (h *Hub) whole(s *session) ([]byte, error) {
	role, now := s.topics[0], h.conf.Core.Now()
	if role != topicDisplay && role != topicBoard {
		return h.encodeWhole(s, nil, now)
	}
	layouts, err := h.layoutsOf(s)
	if err != nil {
		return nil, err
	}
	key := string(role)
	if layouts != nil {
		s.layouts = layouts.Rev
		key += " " + layouts.Rev
	}
	seq := h.conf.Core.Seq() // before the state is read: never newer than it
	old, ok := h.shared[key]
	if age := now.Sub(old.at); ok && old.hub == h.seq && old.core == seq && age >= 0 && age < sharedFor {
		return old.wire, nil
	}
	data, err := h.encodeWhole(s, layouts, now)
	if err == nil {
		if len(h.shared) >= maxShared {
			clear(h.shared)
		}
		h.shared[key] = sharedSnapshot{hub: h.seq, core: seq, at: now, wire: data}
	}
	return data, err
}

// encodeWhole makes s's snapshot; layouts are a display's.
func (h *Hub) encodeWhole(s *session, layouts *link.LayoutSet, at time.Time) ([]byte, error) {
	var t link.Type
	var body any
	h.conf.Core.Read(func(state *queue.State, now queue.Time) { t, body = s.whole(h.conf.View, state, now) })
	if out, ok := body.(link.Snapshot); ok && layouts != nil {
		out.Layouts, out.Feeds = layouts, h.conf.Layouts.Feeds()
		body = out
	}
	data, err := encode(t, h.seq, at, "", body)
	if err != nil || s.topics[0] != topicBoard || h.conf.Alarms == nil {
		return data, err
	}
	alarms, err := encode(link.TypeAlarmsChanged, 0, at, "", h.conf.Alarms.Ringing())
	return append(data, alarms...), err
}

// whole is the snapshot for s.
func (s *session) whole(v *view.Viewer, state *queue.State, now queue.Time) (link.Type, any) {
	if s.topics[0] == topicBoard {
		return link.TypeBoardSnapshot, v.Board(state, now)
	}
	out := link.Snapshot{Hall: v.HallView(state), Services: v.Services(state, now)}
	switch s.role {
	case link.RoleKiosk:
		out.Hall.About = v.Hall.Hall().AboutView()
		out.Hall.CitizenCards, out.Hall.Sites = v.Hall.Hall().CitizenCardViews(), v.Hall.Hall().SiteViews(v.Platform)
		out.Prints = pendingPrints(v, state, s.agent, now)
		out.Offline = offlineSeries(state, s.agent)
		out.Briefs = briefs(v, state, now)
	case link.RoleCounter:
		id := queue.WindowID(s.window)
		if w := v.Window(state, state.Windows[id], now); w.ID != "" {
			out.Windows = []link.WindowView{w}
		}
		waiting := v.Queue(state, id)
		out.Queue = &waiting
		out.Hall.CitizenCards = v.Hall.Hall().CitizenCardViews()
		out.Briefs, out.Kiosks = briefs(v, state, now), kiosks(v.Hall.Hall())
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
		if t.Kiosk != kiosk || t.Offline || t.Print != "" || !t.State.Live() {
			continue
		}
		if job := v.Paper(t); job.Expires.After(now.Std()) {
			jobs = append(jobs, job)
		}
	}
	return jobs
}
