package hall

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// PresenceKind is what an attendance event says.
type PresenceKind string

// The kinds. Only SignedIn and SignedOut are as they should be.
const (
	SignedIn  PresenceKind = "signed-in"
	SignedOut PresenceKind = "signed-out"
	Late      PresenceKind = "late"       // 迟到
	Early     PresenceKind = "early"      // 早退
	Absent    PresenceKind = "absent"     // 缺勤: never came
	Away      PresenceKind = "away"       // 离岗未暂停: signed out within the hours and came back
	LongPause PresenceKind = "long-pause" // 暂停超时
	Stand     PresenceKind = "stand-in"   // 顶岗: somebody else than the roster says
)

// PresenceEvent is one line of a day's attendance.
type PresenceEvent struct {
	Kind   PresenceKind
	Window string
	// Staff and Name are who, of absentees those who were expected.
	Staff, Name string
	// At is when it began, Until when it ended; zero if it hasn't.
	At, Until time.Time
	// Expected is when it should have been: the duty's begin or end.
	Expected time.Time
	// Minutes is how long it was, how late or how early.
	Minutes int
}

// WindowChange is what the log says of a window.
type WindowChange struct {
	At     time.Time
	Window string
	// Staff is who signed in; empty for all else.
	Staff, Name string
	// Open, Paused: what it is from now on; neither is signed out.
	Open, Paused bool
}

// stay is a time that somebody was signed in.
type stay struct {
	staff, name string
	from, to    time.Time // to is zero while it goes on
}

// Attendance is what the changes of a day, in their order, say about the roster
// up to now, in the order of time. day is any time of the day.
func (h *Hall) Attendance(day time.Time, changes []WindowChange, now time.Time) []PresenceEvent {
	stays, out := h.staysOf(changes, now)
	for _, window := range slices.Sorted(maps.Keys(stays)) {
		for _, s := range stays[window] {
			out = append(out, PresenceEvent{Kind: SignedIn, Window: window, Staff: s.staff, Name: s.name, At: s.from})
			if !s.to.IsZero() {
				out = append(out, PresenceEvent{Kind: SignedOut, Window: window, Staff: s.staff, Name: s.name, At: s.to})
			}
		}
	}
	for _, d := range h.Duties(day) {
		out = append(out, h.judge(&d, stays[d.Window], now)...)
	}
	slices.SortStableFunc(out, func(a, b PresenceEvent) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Window, b.Window)) })
	return out
}

// staysOf are the times that people were signed in, by window, and the pauses
// that were too long.
func (h *Hall) staysOf(changes []WindowChange, now time.Time) (stays map[string][]stay, long []PresenceEvent) {
	stays = make(map[string][]stay)
	paused := make(map[string]time.Time)
	limit := h.Rules.PauseLimit
	endPause := func(window string, at time.Time, on bool) {
		from, was := paused[window]
		delete(paused, window)
		list := stays[window]
		if !was || limit <= 0 || at.Sub(from) <= limit || len(list) == 0 {
			return
		}
		e := PresenceEvent{
			Kind: LongPause, Window: window, Staff: list[len(list)-1].staff, Name: list[len(list)-1].name,
			At: from, Until: at, Minutes: wholeMinutes(at.Sub(from)),
		}
		if on {
			e.Until = time.Time{}
		}
		long = append(long, e)
	}
	for _, c := range changes {
		list := stays[c.Window]
		inside := len(list) > 0 && list[len(list)-1].to.IsZero()
		switch {
		case c.Staff != "":
			endPause(c.Window, c.At, false)
			if inside {
				list[len(list)-1].to = c.At
			}
			stays[c.Window] = append(list, stay{staff: c.Staff, name: c.Name, from: c.At})
		case c.Paused && inside:
			paused[c.Window] = c.At
		case c.Open:
			endPause(c.Window, c.At, false)
		case inside:
			endPause(c.Window, c.At, false)
			list[len(list)-1].to = c.At
		}
	}
	for _, window := range slices.Sorted(maps.Keys(paused)) {
		endPause(window, now, true)
	}
	return stays, long
}

// judge holds one duty against who was there.
func (h *Hall) judge(d *Duty, stays []stay, now time.Time) []PresenceEvent {
	until := d.To
	if now.Before(until) {
		until = now
	}
	if until.Before(d.From.Add(h.Presence.Grace)) {
		return nil // it hasn't begun
	}
	var there []stay
	for _, s := range stays {
		if s.from.Before(d.To) && (s.to.IsZero() || s.to.After(d.From)) {
			there = append(there, s)
		}
	}
	event := func(kind PresenceKind, s stay, at, end, expected time.Time) PresenceEvent {
		e := PresenceEvent{Kind: kind, Window: d.Window, Staff: s.staff, Name: s.name, At: at, Until: end, Expected: expected}
		if end.IsZero() {
			end = until
		}
		e.Minutes = wholeMinutes(end.Sub(at))
		return e
	}
	if len(there) == 0 {
		end := d.To
		if now.Before(d.To) {
			end = time.Time{}
		}
		staff := ""
		if len(d.Clerks) == 1 {
			staff = d.Clerks[0]
		}
		return []PresenceEvent{event(Absent, stay{staff: staff, name: d.Who()}, d.From, end, d.From)}
	}
	var out []PresenceEvent
	if first := there[0]; first.from.Sub(d.From) > h.Presence.Grace {
		out = append(out, event(Late, first, d.From, first.from, d.From))
	}
	for i, s := range there {
		if !d.Expects(s.staff) {
			out = append(out, event(Stand, s, laterOf(s.from, d.From), s.to, d.From))
		}
		if i > 0 && s.from.Sub(there[i-1].to) > h.Presence.Grace {
			out = append(out, event(Away, there[i-1], there[i-1].to, s.from, d.To))
		}
	}
	last := there[len(there)-1]
	if !last.to.IsZero() && d.To.Sub(last.to) > h.Presence.Grace && until.Sub(last.to) > h.Presence.Grace {
		if now.Before(d.To) {
			out = append(out, event(Away, last, last.to, time.Time{}, d.To))
		} else {
			out = append(out, event(Early, last, last.to, d.To, d.To))
		}
	}
	return out
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func wholeMinutes(d time.Duration) int { return int(max(d, 0) / time.Minute) }
