package hub

import (
	"log/slog"
	"slices"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// Layouts are what the hall's screens show; layout.Service.
type Layouts interface {
	// Set is replaced as a whole when it changes.
	Set() *link.LayoutSet
	Feeds() []link.FeedView
}

// LayoutsChanged has displays told of layouts and feeds as they are now. It
// returns at once.
func (h *Hub) LayoutsChanged() {
	select {
	case h.layouts <- struct{}{}:
	default:
	}
}

// layouts tells each display of what has changed on its own screens since the
// last time.
func (f *follower) layouts() {
	if f.hub.conf.Layouts == nil {
		return
	}
	out := f.hub.layoutsDue()
	feeds := link.FeedsView{Feeds: f.hub.conf.Layouts.Feeds()}
	out = append(out, message{link.TypeFeedsChanged, feeds, []topic{topicDisplay}})
	f.hub.publish(out...)
}

// layoutsDue are the sets that displays were not sent yet, each for all who
// need the same, and notes that they were.
func (h *Hub) layoutsDue() []message {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []message
	at := make(map[string]int) // places in out, by rev
	for _, s := range h.sessions[topicDisplay] {
		set, err := h.layoutsOf(s)
		if err != nil {
			h.conf.Log.Error("layouts of a display", slog.String("agent", s.agent), slog.Any("error", err))
			continue
		}
		if set == nil || set.Rev == s.layouts {
			continue
		}
		s.layouts = set.Rev
		i, known := at[set.Rev]
		if !known {
			i = len(out)
			at[set.Rev] = i
			out = append(out, message{link.TypeLayoutsChanged, set, nil})
		}
		out[i].topics = append(out[i].topics, agentTopic(s.agent))
	}
	return out
}

// layoutsOf is what s's screens show; nil if s is no display, or the hall has no
// layouts. h.mu is held.
func (h *Hub) layoutsOf(s *session) (*link.LayoutSet, error) {
	if s.role != link.RoleDisplay || h.conf.Layouts == nil {
		return nil, nil
	}
	set := h.conf.Layouts.Set()
	if s.screens == nil || set == nil {
		return set, nil
	}
	return screen.Only(set, s.screens.Screens)
}

// plausible tells whether a display may have these screens.
func plausible(d link.DisplayScreens) bool {
	return len(d.Screens) <= link.MaxDisplayScreens && !slices.ContainsFunc(d.Screens, func(name string) bool {
		return name == "" || len(name) > link.MaxScreenName
	})
}

// screens notes which screens a display has, and has it told what they show.
func (h *Hub) screens(s *session, m link.Message) {
	var body link.DisplayScreens
	err := m.Into(&body)
	switch {
	case s.role != link.RoleDisplay:
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.unsupported"))
		return
	case err != nil || !plausible(body):
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
		return
	}
	h.mu.Lock()
	same := s.screens != nil && slices.Equal(s.screens.Screens, body.Screens)
	s.screens = &body
	h.mu.Unlock()
	if !same && h.conf.Layouts != nil {
		h.LayoutsChanged()
	}
	h.received(s, m)
}
