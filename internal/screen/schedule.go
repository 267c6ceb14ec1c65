// Package screen says what the hall's screens show: which layout at a time, what
// an LED strip says and how that looks in dots, and how loud calls are. Plans
// and layouts of package link flow in with the hall's clock; the hall uses it to
// check and to preview, displays to show, so that both mean the same.
package screen

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/link"
)

// ErrTime says that a time of day isn't HH:MM.
var ErrTime = errors.New("not a time of day")

// minutes is the length of a day.
const minutes = 24 * 60

// Minute reads HH:MM as minutes after midnight; 24:00 is the end of the day.
func Minute(text string) (int, error) {
	if text == "24:00" {
		return minutes, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("read %q: %w", text, ErrTime)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Hours are the part of each day from From to To, both HH:MM: past midnight if
// To isn't later, the whole day if both are empty.
type Hours struct{ From, To string }

// span returns the minutes of hours, to may be on the next day; whole days for
// what can't be read.
func (h Hours) span() (from, to int) {
	from, errFrom := Minute(h.From)
	to, errTo := Minute(h.To)
	if errFrom != nil {
		from = 0
	}
	if errTo != nil {
		to = minutes
	}
	if to <= from {
		to += minutes
	}
	return from, to
}

// Has tells whether a minute of the day is among the hours, and whether they
// began on the day before.
func (h Hours) Has(minute int) (in, before bool) {
	from, to := h.span()
	if minute >= from && minute < to {
		return true, false
	}
	return minute+minutes < to, true
}

// Calendar tells working days; *calendar.Calendar does.
type Calendar interface {
	IsWorkday(d calendar.Day) bool
}

// Applies tells whether a slot is in force at now, which is in the hall's time
// zone. Hours past midnight belong to the day on which they begin.
func Applies(s link.ShowSlot, now time.Time, days Calendar) bool {
	in, before := Hours{s.From, s.To}.Has(now.Hour()*60 + now.Minute())
	if !in {
		return false
	}
	day := calendar.On(now)
	if before {
		day = day.Add(-1)
	}
	if s.First != "" && day.String() < s.First || s.Last != "" && day.String() > s.Last {
		return false
	}
	if len(s.Weekdays) > 0 && !slices.Contains(s.Weekdays, weekday(day)) {
		return false
	}
	return s.Days == "" || (s.Days == "work") == days.IsWorkday(day)
}

// weekday is 1 for Monday to 7.
func weekday(d calendar.Day) int {
	if w := d.Weekday(); w != time.Sunday {
		return int(w)
	}
	return 7
}

// At returns the layout that a screen shows at now, nil for its built-in page.
func At(set *link.LayoutSet, name string, now time.Time, days Calendar) *link.LayoutView {
	if set == nil {
		return nil
	}
	i := slices.IndexFunc(set.Screens, func(p link.ScreenPlan) bool { return p.Screen == name })
	if i < 0 {
		return nil
	}
	best, priority := "", -1
	for _, s := range set.Screens[i].Slots {
		if s.Priority > priority && Applies(s, now, days) {
			best, priority = s.Layout, s.Priority
		}
	}
	j := slices.IndexFunc(set.Layouts, func(l link.LayoutView) bool { return l.ID == best })
	if j < 0 {
		return nil
	}
	return &set.Layouts[j]
}

// Voice is how a call is spoken.
type Voice struct{ Volume, Repeat, Order int }

// VoiceAt returns how calls of a zone are spoken at now: as usual if no rule
// says otherwise.
func VoiceAt(set *link.LayoutSet, zone string, now time.Time) Voice {
	usual := Voice{Volume: 100, Repeat: 1, Order: 5}
	if set == nil {
		return usual
	}
	for _, r := range set.Voice {
		if r.Zone != "" && r.Zone != zone {
			continue
		}
		if in, _ := (Hours{r.From, r.To}).Has(now.Hour()*60 + now.Minute()); in {
			return Voice{Volume: r.Volume, Repeat: max(1, r.Repeat), Order: r.Order}
		}
	}
	return usual
}

// Overlap tells whether two slots of one screen could both be in force.
func Overlap(a, b link.ShowSlot) bool {
	if a.Days != "" && b.Days != "" && a.Days != b.Days {
		return false
	}
	if a.Last != "" && b.First != "" && a.Last < b.First || b.Last != "" && a.First != "" && b.Last < a.First {
		return false
	}
	for day := range 7 {
		// A slot's hours may reach into the next day, Sunday's into Monday.
		for _, shift := range []int{-7, 0, 7} {
			for other := range 7 {
				if meet(a, b, day, other+shift) {
					return true
				}
			}
		}
	}
	return false
}

// meet tells whether a on one day and b on another have a minute in common;
// days are counted from a Monday.
func meet(a, b link.ShowSlot, day, other int) bool {
	on := func(s link.ShowSlot, d int) bool {
		return len(s.Weekdays) == 0 || slices.Contains(s.Weekdays, (d+7)%7+1)
	}
	if !on(a, day) || !on(b, other) {
		return false
	}
	fromA, toA := Hours{a.From, a.To}.span()
	fromB, toB := Hours{b.From, b.To}.span()
	return day*minutes+fromA < other*minutes+toB && other*minutes+fromB < day*minutes+toA
}
