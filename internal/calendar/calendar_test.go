package calendar_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/internal/calendar"
)

func official(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t *testing.T, text string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHolidaysAndMakeUpDays(t *testing.T) {
	c := official(t)
	for text, want := range map[string]bool{
		"2026-02-13": true,  // Friday
		"2026-02-14": true,  // Saturday, makes up for the Spring Festival
		"2026-02-15": false, // Sunday, Spring Festival
		"2026-02-23": false, // Monday, Spring Festival
		"2026-02-24": true,  // Tuesday
		"2026-02-28": true,  // Saturday, make-up
		"2026-10-01": false, // National Day
		"2026-10-10": true,  // Saturday, make-up
		"2026-10-11": false, // Sunday
		"2025-01-26": true,  // Sunday, make-up
		"2026-11-21": false, // Saturday
	} {
		if got := c.IsWorkday(day(t, text)); got != want {
			t.Errorf("%s: working day %v, want %v", text, got, want)
		}
	}
}

// The table is made by hand on a printed calendar around the two long holidays.
func TestLimitsInWorkingDays(t *testing.T) {
	c := official(t)
	tests := []struct {
		from string
		n    int
		want string
	}{
		{"2026-02-12", 0, "2026-02-12"},
		{"2026-02-12", 1, "2026-02-13"},
		{"2026-02-12", 2, "2026-02-14"}, // a Saturday that makes up
		{"2026-02-12", 3, "2026-02-24"}, // over the Spring Festival
		{"2026-02-12", 7, "2026-02-28"},
		{"2026-02-12", 8, "2026-03-02"},
		{"2026-02-18", 1, "2026-02-24"}, // began within the holiday
		{"2026-09-18", 1, "2026-09-20"}, // a Sunday that makes up
		{"2026-09-24", 1, "2026-09-28"}, // over the Mid-Autumn Festival
		{"2026-09-30", 1, "2026-10-08"}, // over the National Day
		{"2026-09-30", 3, "2026-10-10"},
		{"2026-09-30", 4, "2026-10-12"},
		{"2026-09-30", 20, "2026-11-03"},
	}
	for _, tt := range tests {
		got, err := c.Add(day(t, tt.from), tt.n)
		if err != nil || got.String() != tt.want {
			t.Errorf("%s and %d working days: %s, %v, want %s", tt.from, tt.n, got, err, tt.want)
		}
	}
}

func TestAnAdministrationKnowsBetter(t *testing.T) {
	c, err := calendar.New(map[calendar.Day]calendar.Rule{
		day(t, "2026-11-24"): {Name: "防汛"},
		day(t, "2027-01-01"): {Name: "元旦"},
		day(t, "2026-11-28"): {Work: true, Name: "补班"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.IsWorkday(day(t, "2026-11-24")) || !c.IsWorkday(day(t, "2026-11-28")) || c.Name(day(t, "2026-11-24")) != "防汛" {
		t.Error("the administration's days don't hold")
	}
	if !c.Known(day(t, "2027-05-01")) || official(t).Known(day(t, "2027-05-01")) {
		t.Error("a year counts as known once one of its days is")
	}
	if !official(t).IsWorkday(day(t, "2026-11-24")) {
		t.Error("one calendar changed another")
	}
}

func TestCountingForwardAndBackAgrees(t *testing.T) {
	c := official(t)
	first := day(t, "2004-01-01")
	rapid.Check(t, func(t *rapid.T) {
		from := first.Add(rapid.IntRange(0, 9000).Draw(t, "from"))
		n := rapid.IntRange(0, 260).Draw(t, "n")
		to, err := c.Add(from, n)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Between(from, to); got != n {
			t.Errorf("%s to %s: %d working days, want %d", from, to, got, n)
		}
		if got := c.Between(to, from); got != -n {
			t.Errorf("back: %d", got)
		}
		if n > 0 && !c.IsWorkday(to) {
			t.Errorf("a limit ends on %s", to)
		}
	})
}

func TestSenselessCountsAreRefused(t *testing.T) {
	c := official(t)
	for _, n := range []int{-1, 1 << 30} {
		if _, err := c.Add(day(t, "2026-01-01"), n); !errors.Is(err, calendar.ErrFar) {
			t.Errorf("%d days: %v", n, err)
		}
	}
	for _, text := range []string{"", "2026-2-1", "2026-02-30", "tomorrow"} {
		if _, err := calendar.ParseDay(text); err == nil {
			t.Errorf("%q is a day", text)
		}
	}
	if got := calendar.On(time.Date(2026, 11, 23, 0, 30, 0, 0, time.FixedZone("CST", 8*3600))).String(); got != "2026-11-23" {
		t.Errorf("the day at a place: %s", got)
	}
}
