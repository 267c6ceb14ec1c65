package alarm

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// Tracker turns what is found again and again into alarms. Not safe for
// concurrent use.
type Tracker struct {
	tracks map[string]*track
}

// track is one key.
type track struct {
	alarm Alarm
	// raised tells that it rings; until then it is only watched.
	raised bool
	// first is when it was seen at first, gone since when it isn't; zero while it
	// is.
	first, gone time.Time
}

// NewTracker returns a tracker in which open alarms ring on.
func NewTracker(open []Alarm) *Tracker {
	t := &Tracker{tracks: make(map[string]*track, len(open))}
	for _, a := range open {
		t.tracks[a.Key] = &track{alarm: a, raised: true, first: a.Since}
	}
	return t
}

// Rings tells whether the alarm with key is raised.
func (t *Tracker) Rings(key string) bool {
	x := t.tracks[key]
	return x != nil && x.raised
}

// Look takes what is found at now and returns the alarms that were raised or
// have ended.
func (t *Tracker) Look(found []Finding, now time.Time) (changed []Alarm) {
	seen := make(map[string]bool, len(found))
	for i := range found {
		f := &found[i]
		if seen[f.Key] {
			continue
		}
		seen[f.Key] = true
		if t.see(f, now) {
			changed = append(changed, t.tracks[f.Key].alarm)
		}
	}
	for key, x := range t.tracks {
		if seen[key] {
			continue
		}
		if !x.raised {
			delete(t.tracks, key)
			continue
		}
		if x.gone.IsZero() {
			x.gone = now
		}
		if now.Sub(x.gone) >= times[x.alarm.Kind].fall {
			x.alarm.Ended = x.gone
			changed = append(changed, x.alarm)
			delete(t.tracks, key)
		}
	}
	slices.SortFunc(changed, func(a, b Alarm) int { return cmp.Compare(a.ID, b.ID) })
	return changed
}

// see brings f's track up to date, and tells whether its alarm was raised now.
func (t *Tracker) see(f *Finding, now time.Time) (raised bool) {
	x := t.tracks[f.Key]
	if x == nil {
		x = &track{first: now}
		x.alarm.ID = idOf(f.Key, now)
		t.tracks[f.Key] = x
	}
	x.gone = time.Time{}
	since := x.alarm.Since
	x.alarm.Finding = *f
	if since.IsZero() || f.Since.Before(since) {
		since = f.Since
	}
	if since.After(now) {
		since = now // another clock's
	}
	x.alarm.Since = since
	x.alarm.Cost = x.alarm.Finding.Cost(now)
	if x.raised || now.Sub(x.first) < times[f.Kind].rise {
		return false
	}
	x.raised = true
	return true
}

// Due is how long after now the next alarm rises or falls if nothing else
// changes; without one it is a day.
func (t *Tracker) Due(now time.Time) time.Duration {
	due := 24 * time.Hour
	for _, x := range t.tracks {
		switch {
		case !x.raised:
			due = min(due, times[x.alarm.Kind].rise-now.Sub(x.first))
		case !x.gone.IsZero():
			due = min(due, times[x.alarm.Kind].fall-now.Sub(x.gone))
		}
	}
	return max(due, 0)
}

// Open are the alarms that ring, the dearest first.
func (t *Tracker) Open() []Alarm {
	out := make([]Alarm, 0, len(t.tracks))
	for _, x := range t.tracks {
		if x.raised {
			out = append(out, x.alarm)
		}
	}
	slices.SortFunc(out, Worse)
	return out
}

// Worse orders alarms: the dearest first, then the oldest.
func Worse(a, b Alarm) int {
	return cmp.Or(cmp.Compare(b.Cost, a.Cost), a.Since.Compare(b.Since), cmp.Compare(a.Key, b.Key))
}

// Take notes who sees to the alarm with id; false if it doesn't ring.
func (t *Tracker) Take(id string, taken Taken) (Alarm, bool) {
	for _, x := range t.tracks {
		if x.raised && x.alarm.ID == id {
			x.alarm.Taken = &taken
			return x.alarm, true
		}
	}
	return Alarm{}, false
}

// idOf names an alarm: by when it began, then by what it is.
func idOf(key string, now time.Time) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return fmt.Sprintf("%s-%08x", strconv.FormatInt(now.UnixMilli(), 36), h.Sum32())
}
