// Package limit counts the time that an office has: a term of working days, a
// clock that begins, stops and goes on, and the light that people see. Days
// flow in and a due day flows out; nothing here reads a clock or a table.
//
// The rules are those of 行政许可法 (articles 42 to 45 and 82) and 民法典
// (articles 201 to 203): the day on which something begins isn't counted, terms
// of days are working days unless the law says otherwise, a term of months ends
// on the same day of a later month, and a term that would end on a holiday ends
// on the next working day. The time of hearings, surveys and expert reviews
// isn't counted: such a hold begins with the day it is ordered and ends before
// the day on which the office goes on.
package limit

import (
	"fmt"
	"time"

	"smarthall/internal/calendar"
)

// Unit is what a term counts.
type Unit string

// The units.
const (
	WorkingDays Unit = "working-days"
	Days        Unit = "days"
	Months      Unit = "months"
	// Instant terms end on the day they begin.
	Instant Unit = "instant"
	// None is where no law sets a limit: such a clock is never due.
	None Unit = "none"
)

// Term is how much time there is.
type Term struct {
	Unit Unit `json:"unit"`
	// Days counts units; 0 for Instant and None.
	Days int `json:"days,omitempty"`
}

// maxDays is more than any law gives.
const maxDays = 3650

// Check tells what is wrong with a term.
func (t Term) Check() error {
	switch t.Unit {
	case WorkingDays, Days, Months:
		if t.Days < 1 || t.Days > maxDays {
			return fmt.Errorf("a term of %d %s", t.Days, t.Unit)
		}
		return nil
	case Instant, None:
		if t.Days != 0 {
			return fmt.Errorf("a term %q has no days", t.Unit)
		}
		return nil
	default:
		return fmt.Errorf("a term counts no %q", t.Unit)
	}
}

// Words are the term as people read it, such as 5 个工作日.
func (t Term) Words() string {
	switch t.Unit {
	case WorkingDays:
		return fmt.Sprintf("%d 个工作日", t.Days)
	case Days:
		return fmt.Sprintf("%d 日", t.Days)
	case Months:
		return fmt.Sprintf("%d 个月", t.Days)
	case Instant:
		return "当场办结"
	default:
		return "未规定时限"
	}
}

// Hold is a time that isn't counted.
type Hold struct {
	// From is when it was ordered, To when the office went on; zero: it is
	// still held.
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Clock is the time of one case or step.
type Clock struct {
	Begun time.Time `json:"begun"`
	Term  Term      `json:"term"`
	Holds []Hold    `json:"holds,omitempty"`
	// Extra are working days that were granted beyond the term (延期).
	Extra int `json:"extra,omitempty"`
	// Ended is when the work was done; zero: it goes on.
	Ended time.Time `json:"ended,omitzero"`
}

// Held tells whether the clock stands.
func (c Clock) Held() bool {
	for _, h := range c.Holds {
		if h.To.IsZero() {
			return c.Ended.IsZero()
		}
	}
	return false
}

// Reckoner counts in the calendar of one place.
type Reckoner struct {
	Calendar *calendar.Calendar
	// Place is the time zone in which days begin and end.
	Place *time.Location
	// Warn says when a light turns yellow; the zero value is a third of the
	// term or the last day.
	Warn Warning
}

// Warning says when a light turns yellow.
type Warning struct {
	// Share is the part of the term, in percent, that is left at most; 0
	// means 33.
	Share int
	// Left is the number of days that are left at most; 0 means 1.
	Left int
}

// day is the day of a moment at the reckoner's place.
func (r Reckoner) day(t time.Time) calendar.Day { return calendar.On(t.In(r.Place)) }

// stopped tells whether day d isn't counted. A hold that goes on stops every
// day from its first up to and with today.
func (r Reckoner) stopped(c Clock, d, today calendar.Day) bool {
	for _, h := range c.Holds {
		end := today.Add(1)
		if !h.To.IsZero() {
			end = r.day(h.To)
		}
		if !d.Before(r.day(h.From)) && d.Before(end) {
			return true
		}
	}
	return false
}

// Due is the last day on which the work is in time; ok is false where no term
// runs. While the clock is held it is what it would be if the office went on
// tomorrow.
func (r Reckoner) Due(c Clock, now time.Time) (due calendar.Day, ok bool, err error) {
	if err := c.Term.Check(); err != nil {
		return due, false, err
	}
	begun, today := r.day(c.Begun), r.day(now)
	counts := func(d calendar.Day) bool { return !r.stopped(c, d, today) }
	working := func(d calendar.Day) bool { return r.Calendar.IsWorkday(d) && counts(d) }
	switch c.Term.Unit {
	case None:
		return due, false, nil
	case Instant:
		due = begun
	case WorkingDays:
		due, err = step(begun, c.Term.Days, working)
	case Days:
		due, err = step(begun, c.Term.Days, counts)
	case Months:
		due, err = step(months(begun, c.Term.Days), r.lost(c, begun, today), counts)
	}
	if err == nil && !working(due) && c.Term.Unit != WorkingDays && c.Term.Unit != Instant {
		due, err = step(due, 1, working)
	}
	if err == nil && c.Extra > 0 {
		due, err = step(due, c.Extra, working)
	}
	return due, err == nil, err
}

// lost counts the days that holds have taken from a term of months.
func (r Reckoner) lost(c Clock, begun, today calendar.Day) (n int) {
	end := months(begun, c.Term.Days)
	for d := begun.Add(1); d.Before(end); d = d.Add(1) {
		if r.stopped(c, d, today) {
			n++
		}
	}
	return n
}

// maxSteps bounds how many days are looked at.
const maxSteps = 4 * maxDays

// step is the n-th day after d that counts; with n 0 it is d.
func step(d calendar.Day, n int, counts func(calendar.Day) bool) (calendar.Day, error) {
	for range maxSteps {
		if n == 0 {
			return d, nil
		}
		d = d.Add(1)
		if counts(d) {
			n--
		}
	}
	return d, calendar.ErrFar
}

// months is the same day n months later, or that month's last.
func months(d calendar.Day, n int) calendar.Day {
	first := calendar.On(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	last := calendar.On(time.Date(first.Year, first.Month+1, 0, 0, 0, 0, 0, time.UTC))
	return calendar.Day{Year: first.Year, Month: first.Month, Day: min(d.Day, last.Day)}
}
