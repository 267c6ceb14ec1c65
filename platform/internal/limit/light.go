package limit

import (
	"fmt"
	"strings"
	"time"

	"smarthall/internal/calendar"
)

// Light is what people see of a clock at a glance.
type Light string

// The lights.
const (
	Green  Light = "green"  // there is time
	Yellow Light = "yellow" // it will be late soon
	Red    Light = "red"    // it is late, or was done late
	Paused Light = "paused" // the clock stands
	Off    Light = "none"   // no term runs
)

// Word is the light in one word.
func (l Light) Word() string {
	switch l {
	case Green:
		return "正常"
	case Yellow:
		return "临期"
	case Red:
		return "超期"
	case Paused:
		return "暂停计时"
	default:
		return "不计时"
	}
}

// Reading is where a clock stands at a moment.
type Reading struct {
	Light Light `json:"light"`
	// Due is the last day in time, empty where no term runs.
	Due string `json:"due,omitempty"`
	// Used are the working days that count until and with today, Left those
	// after today up to and with the due day; negative: working days late.
	Used int `json:"used"`
	Left int `json:"left"`
	// Words say why, for whoever asks: 承诺 5 个工作日，已用 4 个…
	Words string `json:"words"`
}

// Read tells where a clock stands. name is what the term is called in the
// words: 承诺, 法定, 本环节.
func (r Reckoner) Read(c Clock, name string, now time.Time) (Reading, error) {
	if !c.Ended.IsZero() && c.Ended.Before(now) {
		now = c.Ended
	}
	due, ok, err := r.Due(c, now)
	if err != nil {
		return Reading{}, err
	}
	if !ok {
		return Reading{Light: Off, Words: "未规定办理时限"}, nil
	}
	today := r.day(now)
	read := Reading{Due: due.String(), Used: r.used(c, today), Left: r.Calendar.Between(today, due)}
	switch {
	case due.Before(today):
		read.Light = Red
		// Late by holidays alone is late all the same.
		read.Left = min(read.Left, -1)
	case c.Held():
		read.Light = Paused
	case c.Ended.IsZero() && r.warns(c.Term, c.Extra, read.Left):
		read.Light = Yellow
	default:
		read.Light = Green
	}
	read.Words = r.words(c, name, read, today, due)
	return read, nil
}

// used counts the working days after the first one up to and with today that
// no hold took.
func (r Reckoner) used(c Clock, today calendar.Day) (n int) {
	for d := r.day(c.Begun).Add(1); !today.Before(d); d = d.Add(1) {
		if r.Calendar.IsWorkday(d) && !r.stopped(c, d, today) {
			n++
		}
	}
	return n
}

// warns tells whether a light is yellow with that many working days left.
func (r Reckoner) warns(t Term, extra, left int) bool {
	share, last := r.Warn.Share, r.Warn.Left
	if share == 0 {
		share = 33
	}
	if last == 0 {
		last = 1
	}
	if left <= last {
		return t.Unit != Instant
	}
	return t.Unit == WorkingDays && left*100 <= (t.Days+extra)*share
}

// words are a reading as a sentence.
func (r Reckoner) words(c Clock, name string, read Reading, today, due calendar.Day) string {
	var b strings.Builder
	b.WriteString(name)
	if c.Term.Days > 0 {
		b.WriteString(" ") // between Chinese and a figure
	}
	b.WriteString(c.Term.Words())
	if c.Extra > 0 {
		fmt.Fprintf(&b, "，经批准延期 %d 个工作日", c.Extra)
	}
	done := !c.Ended.IsZero()
	switch {
	case done && read.Light == Red:
		fmt.Fprintf(&b, "，超期 %d 个工作日办结", -read.Left)
	case done:
		b.WriteString("，按时办结")
	case read.Light == Red:
		fmt.Fprintf(&b, "，已超期 %d 个工作日（应于 %s前办结）", -read.Left, words(due))
	case read.Light == Paused:
		fmt.Fprintf(&b, "，已用 %d 个工作日，现暂停计时", read.Used)
	case read.Left == 0:
		b.WriteString("，今天到期")
	default:
		fmt.Fprintf(&b, "，已用 %d 个工作日，还剩 %d 个，%s到期", read.Used, read.Left, words(due))
		if why := r.between(today, due); why != "" {
			fmt.Fprintf(&b, "（其间%s）", why)
		}
	}
	return b.String()
}

// words are a day as people say it.
func words(d calendar.Day) string { return fmt.Sprintf("%d 月 %d 日", d.Month, d.Day) }

// between names what lies between two days and isn't counted.
func (r Reckoner) between(from, to calendar.Day) string {
	for d := from.Add(1); d.Before(to); d = d.Add(1) {
		if r.Calendar.IsWorkday(d) {
			continue
		}
		if name := r.Calendar.Name(d); name != "" {
			return "逢" + name + "假期"
		}
	}
	for d := from.Add(1); d.Before(to); d = d.Add(1) {
		if !r.Calendar.IsWorkday(d) {
			return "逢周末"
		}
	}
	return ""
}

// Turns are the moments at which the clock's light turns yellow and red if
// nothing else happens; zero where it won't. A clock that is held or over
// doesn't turn.
func (r Reckoner) Turns(c Clock, now time.Time) (yellow, red time.Time, err error) {
	if !c.Ended.IsZero() || c.Held() {
		return yellow, red, nil
	}
	due, ok, err := r.Due(c, now)
	if err != nil || !ok {
		return yellow, red, err
	}
	red = due.Add(1).In(r.Place)
	if c.Term.Unit == Instant {
		return yellow, red, nil
	}
	first := due
	for begun := r.day(c.Begun); begun.Before(first) && r.warns(c.Term, c.Extra, r.Calendar.Between(first.Add(-1), due)); {
		first = first.Add(-1)
	}
	yellow = first.In(r.Place)
	if yellow.Before(c.Begun) {
		yellow = c.Begun
	}
	return yellow, red, nil
}
