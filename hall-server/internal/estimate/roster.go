package estimate

import (
	"time"

	"smarthall/hall-server/internal/queue"
)

// Duty is a time in which somebody should be at a window.
type Duty struct {
	From, To queue.Time
	// Clerk is who is expected; empty if several may come, or anybody.
	Clerk queue.StaffID
}

// Roster is one day's duties by window, in the order of time: what is between two
// of them is a break. A window that isn't in it has its configured hours, or
// none.
type Roster map[queue.WindowID][]Duty

// rosterOf is the roster of the day of at; nil without one.
func (m *Model) rosterOf(at queue.Time) Roster {
	if m.roster == nil {
		return nil
	}
	return m.roster(at)
}

// Follow has m ask roster who is expected on the day of a time, so that what was
// planned isn't learnt as chance. Call it before the first Learn.
func (m *Model) Follow(roster func(at queue.Time) Roster) { m.roster = roster }

// plan takes the duties of the day of at.
func (m *Model) plan(at queue.Time) {
	roster := m.rosterOf(at)
	for id := range roster {
		m.window(id)
	}
	for id, w := range m.windows {
		w.duties, w.rostered = roster[id]
	}
}

// spansOf are the times in which window should be staffed today, in order, and
// who is expected first; planned is false if nobody says.
func (sc *scene) spansOf(conf *queue.WindowConfig, roster Roster) (spans []span, next queue.StaffID, planned bool) {
	duties, rostered := roster[conf.ID]
	if !rostered {
		for _, h := range conf.Attendance {
			spans = append(spans, span{sc.midnight + queue.Time(h.From)*60_000, sc.midnight + queue.Time(h.To)*60_000})
		}
		return spans, "", len(spans) > 0
	}
	for _, d := range duties {
		spans = append(spans, span{d.From, d.To})
		if d.To > sc.at && next == "" {
			next = d.Clerk
		}
	}
	return spans, next, true
}

// openingOf are the times from now on, as far as anybody is looked for, in which
// the hall gives tickets; nil if it always does.
func openingOf(conf *queue.Config, now queue.Time) []span {
	if conf.Opening == nil {
		return nil
	}
	const minute = queue.Time(60_000)
	out := []span{}
	for t, end := now, now+2*maxLook; t < end; {
		open, next := conf.Open(t)
		if !open {
			if next == 0 {
				break
			}
			t = max(next, t+minute)
			continue
		}
		from := t
		for t < end && open {
			t += minute - t%minute
			open, _ = conf.Open(t)
		}
		out = append(out, span{from, t})
	}
	return out
}

// gives tells whether the hall gives tickets at t.
func (sc *scene) gives(t queue.Time) bool {
	if sc.opening == nil {
		return true
	}
	for _, s := range sc.opening {
		if t >= s.from && t < s.to {
			return true
		}
	}
	return false
}

// closes is when the hall stops giving tickets within ahead; 0 if it doesn't.
func (sc *scene) closes(ahead time.Duration) queue.Time {
	if len(sc.opening) == 0 || sc.opening[0].from > sc.at {
		return 0
	}
	if to := sc.opening[0].to; to <= sc.at.Add(ahead) {
		return to
	}
	return 0
}

// staffed is how many windows should be open at t by what is planned; those
// without a plan stay as they are.
func (sc *scene) staffed(t queue.Time) int {
	n := 0
	for i := range sc.windows {
		w := &sc.windows[i]
		switch {
		case w.shift == nil:
			if w.open {
				n++
			}
		case t == sc.at:
			if w.open {
				n++
			}
		default:
			for _, s := range w.shift {
				if t >= s.from && t < s.to {
					n++
				}
			}
		}
	}
	return n
}
