package supervision_test

import (
	"strings"
	"testing"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/limit"
)

// A case that was late, got time and is late again is signalled again: the
// first signal was about another day.
func TestACaseThatIsLateAgainIsSignalledAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.days = map[calendar.Day]calendar.Rule{}
		late := func() int { return strings.Count(w.signals(), "promise-late") }
		clock := w.clockOf(limit.WorkingDays, 5)
		w.accept("c1") // promised by 2026-03-09
		w.at("2026-03-10 00:01")
		if w.light("c1") != limit.Red || late() != 1 {
			t.Fatalf("%s, signals %q", w.light("c1"), w.signals())
		}
		w.at("2026-03-10 10:00")
		if late() != 1 {
			t.Errorf("the same lateness is signalled again: %q", w.signals())
		}
		clock.Extra = 3
		w.says("case.extended", "c1", "promised", clock, "days", 3) // by 2026-03-12
		if w.light("c1") == limit.Red || late() != 1 {
			t.Errorf("extended: %s, %q", w.light("c1"), w.signals())
		}
		w.at("2026-03-13 00:01")
		if w.light("c1") != limit.Red || late() != 2 {
			t.Errorf("late again: %s, %q", w.light("c1"), w.signals())
		}
		w.days[calendar.Day{Year: 2026, Month: 3, Day: 11}] = calendar.Rule{Name: "防汛"}
		w.changed("330100") // by 2026-03-13
		w.at("2026-03-13 10:00")
		if w.light("c1") == limit.Red {
			t.Fatalf("the day off doesn't count: %s", w.light("c1"))
		}
		w.at("2026-03-14 00:01")
		if w.light("c1") != limit.Red || late() != 3 {
			t.Errorf("late once more: %s, %q", w.light("c1"), w.signals())
		}
	})
}
