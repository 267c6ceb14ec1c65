package hub

import (
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// briefs are all windows as a clerk who hands somebody on, and a machine that
// shows the way, need to know them.
func briefs(v *view.Viewer, s *queue.State, now queue.Time) []link.WindowBrief {
	windows := v.Windows(s, now)
	out := make([]link.WindowBrief, len(windows))
	for i, w := range windows {
		out[i] = link.WindowBrief{
			ID: w.ID, Number: w.Number, Post: w.Post, Name: w.Name, State: w.State, Services: w.Services, Disabled: w.Disabled,
		}
	}
	return out
}

// kiosks are the machines that can print a paper again.
func kiosks(h *hall.Hall) []link.KioskBrief {
	var out []link.KioskBrief
	for _, a := range h.Agents {
		if a.Role == string(link.RoleKiosk) {
			out = append(out, link.KioskBrief{ID: a.ID, Name: a.Name, Place: a.Place})
		}
	}
	return out
}

// briefsChanged tells counters and kiosks of the windows whose state has changed since
// they were last told; false if none has. What else a brief says changes with
// the configuration only, and that begins with a new snapshot.
func (f *follower) briefsChanged(s *queue.State, now queue.Time) (message, bool) {
	var changed link.WindowsChanged
	for _, b := range briefs(f.hub.conf.View, s, now) {
		if f.told[b.ID] != b.State {
			f.told[b.ID] = b.State
			changed.Windows = append(changed.Windows, b)
		}
	}
	return message{link.TypeWindowsChanged, changed, []topic{topicKiosk, topicCounter}}, len(changed.Windows) > 0
}
