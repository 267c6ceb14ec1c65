package estimate

import (
	"math"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Range is a wait as people are told it, in whole minutes. None means that no
// window is open, and no number is told.
type Range struct {
	Low, High int
	None      bool
}

// RangeOf is how a wait is told that takes p50 minutes as often more as less and
// more than p90 only one time in ten: whole minutes up to 15, then steps of 5,
// and never so wide that nobody can do anything with it.
func RangeOf(p50, p90 float64) Range {
	const fine, step = 15, 5
	p50 = max(p50, 0)
	p90 = min(max(p90, p50), widest(p50))
	r := Range{Low: int(math.Round(p50)), High: int(math.Ceil(p90 - 0.05))}
	if p50 > fine {
		r.Low = int(p50/step) * step
	}
	if p90 > fine {
		r.High = int(math.Ceil((p90-0.5)/step)) * step
	}
	r.High = max(r.High, r.Low, 1)
	return r
}

// widest is the most that is told beside a lower end of low.
func widest(low float64) float64 { return max(low+10, 2*low) }

// coarse is the step in which a number of minutes is told.
func coarse(minutes int) int {
	if minutes > 15 {
		return 5
	}
	return 1
}

// calm is how long a range that went up may not go down, and the other way.
const calm = 2 * time.Minute

// telling is what somebody was told and when. What is told grows smaller by
// itself while somebody waits; it is told anew only if it is wrong by more than
// a step, and not up and down.
type telling struct {
	wait Wait // as of at
	at   queue.Time
	// runs tells that waiting makes it smaller: so for a ticket, not for whoever
	// might come.
	runs bool
	// turned is when it was last told anew, up whether that was upwards.
	turned queue.Time
	up     bool
}

// now is the range to show at now.
func (t *telling) now(now queue.Time) Range {
	if t.wait.None {
		return Range{None: true}
	}
	passed := 0.0
	if t.runs {
		passed = math.Floor(minutesOf(now - t.at))
	}
	return RangeOf(t.wait.P50-passed, t.wait.P90-passed)
}

// tell takes a new forecast and returns the range to show.
func (t *telling) tell(w Wait, now queue.Time) Range {
	shown := t.now(now)
	if w.None || t.wait.None {
		if w.None != t.wait.None {
			t.wait, t.at, t.turned = w, now, 0
		}
		return t.now(now)
	}
	fresh := RangeOf(w.P50, w.P90)
	low, high := fresh.Low-shown.Low, fresh.High-shown.High
	if abs(low) <= coarse(shown.Low) && abs(high) <= coarse(shown.High) {
		return shown
	}
	up := low+high > 0
	if t.turned != 0 && up != t.up && now.Sub(t.turned) < calm && (t.runs || !leaps(shown, fresh)) {
		return shown
	}
	t.wait, t.at, t.turned, t.up = w, now, now, up
	return fresh
}

// leaps tells whether b has nothing in common with a: an idle window, a crowd
// that came through the door. Nobody holds such a number yet, so that truth
// comes before calm.
func leaps(a, b Range) bool { return b.High < a.Low || b.Low > a.High }

func abs(n int) int { return max(n, -n) }
