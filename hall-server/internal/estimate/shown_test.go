package estimate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

func TestRangesAreWholeMinutesAndStepsOfFive(t *testing.T) {
	tests := []struct {
		name      string
		p50, p90  float64
		low, high int
	}{
		{"at once", 0, 0, 0, 1},
		{"a moment", 0.4, 1.3, 0, 2},
		{"minutes below 15", 7.4, 12.2, 7, 13},
		{"from minutes into steps", 12, 18.2, 12, 20},
		{"steps above 15", 22.9, 31, 20, 35},
		{"a step that is nearly reached isn't left", 25, 40.3, 25, 40},
		{"never wider than useful: short", 3, 40, 3, 13},
		{"never wider than useful: long", 30, 120, 30, 60},
		{"a range that is upside down", 10, 5, 10, 10},
		{"before now", -3, -1, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := estimate.Range{Low: tt.low, High: tt.high}
			if got := estimate.RangeOf(tt.p50, tt.p90); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func wait(p50, p90 float64) estimate.Wait {
	return estimate.Wait{P10: p50 / 2, P50: p50, P80: (p50 + p90) / 2, P90: p90}
}

func TestWhatIsShownIsTheTicketsOwnWaiting(t *testing.T) {
	now := morning
	told := estimate.NewTelling(wait(12, 18), now, true)
	for minute := range 12 {
		at := now.Add(time.Duration(minute) * time.Minute)
		// Every forecast agrees with the first.
		got := told.Tell(wait(12-float64(minute), 18-float64(minute)), at)
		if want := estimate.RangeOf(12-float64(minute), 18-float64(minute)); got != want {
			t.Errorf("after %d minutes: got %+v, want %+v", minute, got, want)
		}
	}
	if turned, _ := told.Turned(); turned != 0 {
		t.Error("it was told anew, although every forecast agreed")
	}
}

func TestASmallChangeIsNotShown(t *testing.T) {
	told := estimate.NewTelling(wait(32, 41), morning, true)
	first := told.Tell(wait(32, 41), morning)
	for _, w := range []estimate.Wait{wait(28, 38), wait(36, 46), wait(33, 44)} {
		if got := told.Tell(w, morning); got != first {
			t.Errorf("%+v changed %+v to %+v", w, first, got)
		}
	}
	if got, want := told.Tell(wait(46, 58), morning), (estimate.Range{Low: 45, High: 60}); got != want {
		t.Errorf("got %+v after a real change, want %+v", got, want)
	}
}

func TestNoNumberComesAndGoesAtOnce(t *testing.T) {
	told := estimate.NewTelling(wait(10, 14), morning, true)
	told.Tell(wait(30, 40), morning)
	if got := told.Tell(estimate.Wait{None: true}, morning.Add(time.Second)); !got.None {
		t.Errorf("got %+v while no window is open", got)
	}
	if got, want := told.Tell(wait(10, 14), morning.Add(2*time.Second)), (estimate.Range{Low: 10, High: 14}); got != want {
		t.Errorf("got %+v when it opened again, want %+v", got, want)
	}
}

// TestAnIdleWindowIsToldAtOnce: nobody holds the number that a service shows,
// so an emptied queue needn't wait for calm.
func TestAnIdleWindowIsToldAtOnce(t *testing.T) {
	told := estimate.NewTelling(wait(2, 4), morning, false)
	told.Tell(wait(14, 30), morning.Add(time.Second))
	if got, want := told.Tell(wait(0, 0), morning.Add(2*time.Second)), (estimate.Range{Low: 0, High: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAShownRangeNeverGoesUpAndDownWithinTwoMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := morning
		ticket := rapid.Bool().Draw(t, "ticket")
		told := estimate.NewTelling(wait(20, 30), now, ticket)
		before := estimate.RangeOf(20, 30)
		var turned queue.Time
		var up bool
		for range rapid.IntRange(1, 60).Draw(t, "forecasts") {
			now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			p50 := rapid.Float64Range(0, 60).Draw(t, "p50")
			shown := told.Tell(wait(p50, p50*1.4), now)
			if shown.None || shown.High < shown.Low || shown.Low < 0 {
				t.Fatalf("got %+v", shown)
			}
			at, isUp := told.Turned()
			leaps := shown.High < before.Low || shown.Low > before.High
			if at != turned && turned != 0 && isUp != up && at.Sub(turned) < 2*time.Minute && (ticket || !leaps) {
				t.Fatalf("told anew in the other direction after %s", at.Sub(turned))
			}
			turned, up, before = at, isUp, shown
		}
	})
}
