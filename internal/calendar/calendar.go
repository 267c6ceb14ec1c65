// Package calendar knows the working days of China: weekdays without statutory
// holidays, and the days at weekends that make up for them (调休). Days flow in,
// and out comes whether offices are open, or when a number of working days is
// over. The data end with the last year that the State Council has announced;
// what an administration knows better lies over them.
package calendar

import (
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed data/days.txt
var days string

// Day is a day of the calendar, without a time zone.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// On is the day at the time and place of t.
func On(t time.Time) Day {
	y, m, d := t.Date()
	return Day{y, m, d}
}

// layout is how a day is written.
const layout = "2006-01-02"

// ParseDay reads 2026-02-14.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return Day{}, fmt.Errorf("day %q must be written 2006-01-02", text)
	}
	return On(t), nil
}

// String writes the day as 2026-02-14.
func (d Day) String() string { return d.utc().Format(layout) }

// In is the moment at which the day begins in a place.
func (d Day) In(place *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, place)
}

func (d Day) utc() time.Time { return d.In(time.UTC) }

// Add is the day n days later.
func (d Day) Add(n int) Day { return On(d.utc().AddDate(0, 0, n)) }

// Before tells whether d is earlier than e.
func (d Day) Before(e Day) bool { return d.utc().Before(e.utc()) }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// Rule says what a day is, whatever its weekday.
type Rule struct {
	// Work is set for a working day.
	Work bool
	// Name says why: 春节, 防汛.
	Name string
}

// ErrFar says that a number of working days ends beyond what can be counted.
var ErrFar = errors.New("more working days than the calendar counts")

// Calendar is a year's round of working days. It isn't changed and may be
// shared.
type Calendar struct {
	// own stands before official, which all calendars share.
	own, official map[Day]Rule
	last          int // the last year that the rules know
}

// shipped are the official rules and their last year.
var shipped = sync.OnceValues(func() (*Calendar, error) {
	rules, err := parse(days)
	if err != nil {
		return nil, err
	}
	c := &Calendar{official: rules}
	for day := range rules {
		c.last = max(c.last, day.Year)
	}
	return c, nil
})

// parse reads lines such as "2026-02-14 work 春节".
func parse(text string) (map[Day]Rule, error) {
	rules := map[Day]Rule{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) != 3 || parts[1] != "work" && parts[1] != "off" {
			return nil, fmt.Errorf("calendar: line %q", line)
		}
		day, err := ParseDay(parts[0])
		if err != nil {
			return nil, fmt.Errorf("calendar: %w", err)
		}
		rules[day] = Rule{Work: parts[1] == "work", Name: parts[2]}
	}
	return rules, nil
}

// New returns the official calendar with the rules of an administration laid
// over it.
func New(own map[Day]Rule) (*Calendar, error) {
	base, err := shipped()
	if err != nil {
		return nil, err
	}
	c := &Calendar{own: maps.Clone(own), official: base.official, last: base.last}
	for day := range own {
		c.last = max(c.last, day.Year)
	}
	return c, nil
}

// Known tells whether the holidays of the day's year are known: beyond them
// every weekday counts as a working day, which people should be told.
func (c *Calendar) Known(d Day) bool { return d.Year <= c.last }

// IsWorkday tells whether offices are open on the day.
func (c *Calendar) IsWorkday(d Day) bool {
	if rule, ok := c.rule(d); ok {
		return rule.Work
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// rule is what says otherwise than the weekday, if anything does.
func (c *Calendar) rule(d Day) (Rule, bool) {
	rule, ok := c.own[d]
	if !ok {
		rule, ok = c.official[d]
	}
	return rule, ok
}

// Name says why a day is no common one; empty if it is.
func (c *Calendar) Name(d Day) string {
	rule, _ := c.rule(d)
	return rule.Name
}

// maxCount bounds how many days are looked at.
const maxCount = 20000

// Add is the n-th working day after d, not counting d; with n 0 it is d
// itself. A limit of n working days that began on d ends with that day.
func (c *Calendar) Add(d Day, n int) (Day, error) {
	if n < 0 || n > maxCount/2 {
		return d, ErrFar
	}
	for range maxCount {
		if n == 0 {
			return d, nil
		}
		d = d.Add(1)
		if c.IsWorkday(d) {
			n--
		}
	}
	return d, ErrFar
}

// Next is d if it is a working day, else the first one after it.
func (c *Calendar) Next(d Day) (Day, error) {
	if c.IsWorkday(d) {
		return d, nil
	}
	return c.Add(d, 1)
}

// Between counts the working days after from up to and with to; it is negative
// if to is earlier.
func (c *Calendar) Between(from, to Day) int {
	if to.Before(from) {
		return -c.Between(to, from)
	}
	n := 0
	for d := from.Add(1); !to.Before(d); d = d.Add(1) {
		if c.IsWorkday(d) {
			n++
		}
	}
	return n
}

// Rules are the days with a rule of their own in a year, in order.
func (c *Calendar) Rules(year int) iter.Seq2[Day, Rule] {
	return func(yield func(Day, Rule) bool) {
		var list []Day
		for d := range c.official {
			if _, twice := c.own[d]; d.Year == year && !twice {
				list = append(list, d)
			}
		}
		for d := range c.own {
			if d.Year == year {
				list = append(list, d)
			}
		}
		slices.SortFunc(list, func(a, b Day) int { return a.utc().Compare(b.utc()) })
		for _, d := range list {
			if rule, _ := c.rule(d); !yield(d, rule) {
				return
			}
		}
	}
}
