package limit_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/limit"
)

var place = time.FixedZone("CST", 8*3600)

func reckoner(t testing.TB) limit.Reckoner {
	t.Helper()
	cal, err := calendar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return limit.Reckoner{Calendar: cal, Place: place}
}

// at reads "2026-02-13 16:30" at the hall's place; without an hour it is 10:00.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	if len(text) == len("2006-01-02") {
		text += " 10:00"
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", text, place)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func holds(t testing.TB, days ...string) (list []limit.Hold) {
	t.Helper()
	for i := 0; i < len(days); i += 2 {
		h := limit.Hold{From: at(t, days[i])}
		if days[i+1] != "" {
			h.To = at(t, days[i+1])
		}
		list = append(list, h)
	}
	return list
}

// The table was counted by hand on the wall calendar of 2026: Spring Festival is
// off from 15 to 23 February with work on Saturday the 14th and the 28th,
// National Day from 1 to 7 October with work on Sunday 20 September and Saturday
// 10 October.
func TestDueDaysAroundHolidays(t *testing.T) {
	for name, tt := range map[string]struct {
		begun string
		unit  limit.Unit
		days  int
		holds []string
		extra int
		due   string
	}{
		"the first day isn't counted":                   {"2026-03-02", limit.WorkingDays, 1, nil, 0, "2026-03-03"},
		"a weekend isn't counted":                       {"2026-03-05", limit.WorkingDays, 2, nil, 0, "2026-03-09"},
		"accepted late at night is that day":            {"2026-03-02 23:59", limit.WorkingDays, 1, nil, 0, "2026-03-03"},
		"accepted on a Saturday begins with Monday":     {"2026-03-07", limit.WorkingDays, 1, nil, 0, "2026-03-09"},
		"Saturday before Spring Festival works":         {"2026-02-13", limit.WorkingDays, 1, nil, 0, "2026-02-14"},
		"Spring Festival isn't counted":                 {"2026-02-13", limit.WorkingDays, 2, nil, 0, "2026-02-24"},
		"Saturday after Spring Festival works":          {"2026-02-13", limit.WorkingDays, 6, nil, 0, "2026-02-28"},
		"and then Monday":                               {"2026-02-13", limit.WorkingDays, 7, nil, 0, "2026-03-02"},
		"Sunday before National Day works":              {"2026-09-18", limit.WorkingDays, 1, nil, 0, "2026-09-20"},
		"Mid-Autumn Friday is off":                      {"2026-09-24", limit.WorkingDays, 1, nil, 0, "2026-09-28"},
		"National Day isn't counted":                    {"2026-09-30", limit.WorkingDays, 1, nil, 0, "2026-10-08"},
		"Saturday after National Day works":             {"2026-09-30", limit.WorkingDays, 3, nil, 0, "2026-10-10"},
		"twenty working days over National Day":         {"2026-09-18", limit.WorkingDays, 20, nil, 0, "2026-10-22"},
		"on the spot is the same day":                   {"2026-03-02", limit.Instant, 0, nil, 0, "2026-03-02"},
		"days are all days":                             {"2026-03-02", limit.Days, 10, nil, 0, "2026-03-12"},
		"days that end on a Sunday end on Monday":       {"2026-03-05", limit.Days, 10, nil, 0, "2026-03-16"},
		"days that end in Spring Festival end after it": {"2026-02-10", limit.Days, 7, nil, 0, "2026-02-24"},
		"a month ends on the same day":                  {"2026-03-10", limit.Months, 1, nil, 0, "2026-04-10"},
		"a month from the 31st ends with the month":     {"2026-03-31", limit.Months, 1, nil, 0, "2026-04-30"},
		"a month that ends in National Day":             {"2026-09-03", limit.Months, 1, nil, 0, "2026-10-08"},
		"held and resumed on one day takes nothing":     {"2026-03-02", limit.WorkingDays, 5, []string{"2026-03-03 09:00", "2026-03-03 17:00"}, 0, "2026-03-09"},
		"held from Tuesday, on again on Thursday":       {"2026-03-02", limit.WorkingDays, 5, []string{"2026-03-03", "2026-03-05"}, 0, "2026-03-11"},
		"a hold over Spring Festival takes three":       {"2026-02-10", limit.WorkingDays, 5, []string{"2026-02-12", "2026-02-24"}, 0, "2026-02-27"},
		"two holds that overlap are one":                {"2026-03-02", limit.WorkingDays, 5, []string{"2026-03-03", "2026-03-05", "2026-03-04", "2026-03-06"}, 0, "2026-03-12"},
		"held on the day it was accepted":               {"2026-03-02", limit.WorkingDays, 2, []string{"2026-03-02", "2026-03-04"}, 0, "2026-03-05"},
		"a hold takes days from days":                   {"2026-03-02", limit.Days, 10, []string{"2026-03-03", "2026-03-06"}, 0, "2026-03-16"},
		"a hold takes days from months":                 {"2026-03-10", limit.Months, 1, []string{"2026-03-16", "2026-03-19"}, 0, "2026-04-13"},
		"an extension adds working days":                {"2026-03-02", limit.WorkingDays, 20, nil, 10, "2026-04-14"},
		"an extension over National Day":                {"2026-09-24", limit.WorkingDays, 3, nil, 2, "2026-10-09"},
		"held and extended":                             {"2026-03-02", limit.WorkingDays, 2, []string{"2026-03-03", "2026-03-04"}, 1, "2026-03-06"},
	} {
		t.Run(name, func(t *testing.T) {
			c := limit.Clock{Begun: at(t, tt.begun), Term: limit.Term{Unit: tt.unit, Days: tt.days}, Holds: holds(t, tt.holds...), Extra: tt.extra}
			due, ok, err := reckoner(t).Due(c, at(t, "2026-12-01"))
			if err != nil || !ok || due.String() != tt.due {
				t.Errorf("due %s, %v, %v, want %s", due, ok, err, tt.due)
			}
		})
	}
}

func TestLights(t *testing.T) {
	five := limit.Term{Unit: limit.WorkingDays, Days: 5} // from Monday 2 to Monday 9 March
	for name, tt := range map[string]struct {
		clock limit.Clock
		now   string
		want  limit.Reading
	}{
		"there is time":        {limit.Clock{Begun: at(t, "2026-03-02"), Term: five}, "2026-03-03", limit.Reading{Light: limit.Green, Due: "2026-03-09", Used: 1, Left: 4, Words: "承诺 5 个工作日，已用 1 个工作日，还剩 4 个，3 月 9 日到期（其间逢周末）"}},
		"one day left":         {limit.Clock{Begun: at(t, "2026-03-02"), Term: five}, "2026-03-06", limit.Reading{Light: limit.Yellow, Due: "2026-03-09", Used: 4, Left: 1, Words: "承诺 5 个工作日，已用 4 个工作日，还剩 1 个，3 月 9 日到期（其间逢周末）"}},
		"due today":            {limit.Clock{Begun: at(t, "2026-03-02"), Term: five}, "2026-03-09 23:59", limit.Reading{Light: limit.Yellow, Due: "2026-03-09", Used: 5, Left: 0, Words: "承诺 5 个工作日，今天到期"}},
		"late from midnight":   {limit.Clock{Begun: at(t, "2026-03-02"), Term: five}, "2026-03-10 00:00", limit.Reading{Light: limit.Red, Due: "2026-03-09", Used: 6, Left: -1, Words: "承诺 5 个工作日，已超期 1 个工作日（应于 3 月 9 日前办结）"}},
		"late over a weekend":  {limit.Clock{Begun: at(t, "2026-03-06"), Term: limit.Term{Unit: limit.Instant}}, "2026-03-07", limit.Reading{Light: limit.Red, Due: "2026-03-06", Used: 0, Left: -1, Words: "承诺当场办结，已超期 1 个工作日（应于 3 月 6 日前办结）"}},
		"on the spot, in time": {limit.Clock{Begun: at(t, "2026-03-06"), Term: limit.Term{Unit: limit.Instant}}, "2026-03-06 16:00", limit.Reading{Light: limit.Green, Due: "2026-03-06", Words: "承诺当场办结，今天到期"}},
		"held":                 {limit.Clock{Begun: at(t, "2026-03-02"), Term: five, Holds: holds(t, "2026-03-04", "")}, "2026-03-20", limit.Reading{Light: limit.Paused, Due: "2026-03-26", Used: 1, Left: 4, Words: "承诺 5 个工作日，已用 1 个工作日，现暂停计时"}},
		"done in time":         {limit.Clock{Begun: at(t, "2026-03-02"), Term: five, Ended: at(t, "2026-03-09")}, "2026-05-20", limit.Reading{Light: limit.Green, Due: "2026-03-09", Used: 5, Left: 0, Words: "承诺 5 个工作日，按时办结"}},
		"done late":            {limit.Clock{Begun: at(t, "2026-03-02"), Term: five, Ended: at(t, "2026-03-11")}, "2026-05-20", limit.Reading{Light: limit.Red, Due: "2026-03-09", Used: 7, Left: -2, Words: "承诺 5 个工作日，超期 2 个工作日办结"}},
		"no term":              {limit.Clock{Begun: at(t, "2026-03-02"), Term: limit.Term{Unit: limit.None}}, "2026-03-03", limit.Reading{Light: limit.Off, Words: "未规定办理时限"}},
		"over Spring Festival": {limit.Clock{Begun: at(t, "2026-02-13"), Term: five}, "2026-02-14", limit.Reading{Light: limit.Green, Due: "2026-02-27", Used: 1, Left: 4, Words: "承诺 5 个工作日，已用 1 个工作日，还剩 4 个，2 月 27 日到期（其间逢春节假期）"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := reckoner(t).Read(tt.clock, "承诺", at(t, tt.now))
			if err != nil || got != tt.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.want)
			}
		})
	}
}

// What Turns foretells is what Read then says, to the minute.
func TestLightsTurnWhenForetold(t *testing.T) {
	r := reckoner(t)
	rapid.Check(t, func(t *rapid.T) {
		c := limit.Clock{
			Begun: time.Date(2026, 1, 1, 0, 0, 0, 0, place).Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "begun")) * time.Minute),
			Term:  limit.Term{Unit: rapid.SampledFrom([]limit.Unit{limit.WorkingDays, limit.Days}).Draw(t, "unit"), Days: rapid.IntRange(1, 60).Draw(t, "days")},
			Extra: rapid.IntRange(0, 10).Draw(t, "extra"),
		}
		from := c.Begun
		for range rapid.IntRange(0, 3).Draw(t, "holds") {
			h := limit.Hold{From: from.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "after")) * time.Hour)}
			h.To = h.From.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "for")) * time.Hour)
			from = h.To
			c.Holds = append(c.Holds, h)
		}
		now := from
		light := func(at time.Time) limit.Light {
			read, err := r.Read(c, "", at)
			if err != nil {
				t.Fatal(err)
			}
			return read.Light
		}
		yellow, red, err := r.Turns(c, now)
		if err != nil || red.IsZero() || yellow.After(red) {
			t.Fatalf("yellow %v, red %v, %v", yellow, red, err)
		}
		if got := light(red); got != limit.Red {
			t.Fatalf("%s when it turns red", got)
		}
		if got := light(red.Add(-time.Minute)); got != limit.Yellow {
			t.Fatalf("%s before it turns red", got)
		}
		if yellow.After(c.Begun) {
			if got := light(yellow.Add(-time.Minute)); got != limit.Green {
				t.Fatalf("%s before it turns yellow on %v (red on %v)", got, yellow, red)
			}
		}
		if got := light(yellow); got != limit.Yellow {
			t.Fatalf("%s when it turns yellow", got)
		}
	})
}

// A hold never makes a case due earlier, nor does an extension.
func TestHoldsAndExtensionsOnlyAdd(t *testing.T) {
	r := reckoner(t)
	rapid.Check(t, func(t *rapid.T) {
		c := limit.Clock{
			Begun: time.Date(2026, 1, rapid.IntRange(1, 300).Draw(t, "begun"), 9, 0, 0, 0, place),
			Term:  limit.Term{Unit: rapid.SampledFrom([]limit.Unit{limit.WorkingDays, limit.Days, limit.Months}).Draw(t, "unit"), Days: rapid.IntRange(1, 9).Draw(t, "days")},
		}
		now := c.Begun.AddDate(2, 0, 0)
		before, _, err := r.Due(c, now)
		if err != nil {
			t.Fatal(err)
		}
		from := c.Begun.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "after"))
		c.Holds = []limit.Hold{{From: from, To: from.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "for"))}}
		held, _, err := r.Due(c, now)
		if err != nil || held.Before(before) {
			t.Fatalf("due %s without and %s with a hold, %v", before, held, err)
		}
		c.Extra = rapid.IntRange(1, 10).Draw(t, "extra")
		extended, _, err := r.Due(c, now)
		if err != nil || !held.Before(extended) {
			t.Fatalf("due %s without and %s with an extension, %v", held, extended, err)
		}
	})
}

func TestTermsThatAreNone(t *testing.T) {
	r := reckoner(t)
	for _, term := range []limit.Term{{}, {Unit: "weeks", Days: 1}, {Unit: limit.WorkingDays}, {Unit: limit.WorkingDays, Days: -1}, {Unit: limit.Days, Days: 1 << 40}, {Unit: limit.Instant, Days: 3}, {Unit: limit.None, Days: 1}} {
		if err := term.Check(); err == nil {
			t.Errorf("%+v is taken", term)
		}
		if _, ok, err := r.Due(limit.Clock{Begun: at(t, "2026-03-02"), Term: term}, at(t, "2026-03-02")); ok || err == nil {
			t.Errorf("%+v is counted", term)
		}
	}
}
