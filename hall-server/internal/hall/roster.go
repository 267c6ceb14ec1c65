package hall

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"smarthall/internal/calendar"
)

// Shift says who is expected at a window, and when. A window's shifts that name
// a date are all that counts on that date; on others those by weekday do. Hours
// in a window's own attendance stand as well: there anybody will do.
type Shift struct {
	// Window is a window, or one post of it, such as 8-1.
	Window string `yaml:"window"`
	// Clerks are the ids of those of whom one is expected; empty means anybody.
	Clerks []string `yaml:"clerks"`
	// Days are weekdays (mon … sun), dates (2026-11-23), workday (the calendar's
	// working days, 调休 and holidays reckoned in; the default) or daily.
	Days []string `yaml:"days"`
	// Hours are such as 09:00-12:00.
	Hours string `yaml:"hours"`
}

// Presence are the rules of attendance (考勤).
type Presence struct {
	// Grace is how late or early somebody may be without a word.
	Grace time.Duration `yaml:"grace"`
}

// Duty is one shift on one day.
type Duty struct {
	Window   string
	From, To time.Time
	// Clerks are the ids of those expected; empty means anybody. Names are theirs.
	Clerks, Names []string
}

// Who names those who are expected; empty if anybody will do.
func (d *Duty) Who() string { return strings.Join(d.Names, "、") }

// Expects tells whether staff is somebody who is expected.
func (d *Duty) Expects(staff string) bool {
	return len(d.Clerks) == 0 || slices.Contains(d.Clerks, staff)
}

// weekdays are the days of the week as a roster names them.
var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

const (
	everyWorkday = "workday"
	everyDay     = "daily"
)

// maxShifts is how many shifts a roster may have.
const maxShifts = 5000

// official is the calendar of working days.
var official = sync.OnceValues(func() (*calendar.Calendar, error) { return calendar.New(nil) })

// on tells whether s is for day, and whether it names that date.
func (s *Shift) on(day calendar.Day, workdays *calendar.Calendar) (on, dated bool) {
	days := s.Days
	if len(days) == 0 {
		days = []string{everyWorkday}
	}
	for _, text := range days {
		if date, err := calendar.ParseDay(text); err == nil {
			if date == day {
				return true, true
			}
			continue
		}
		weekday, named := weekdays[text]
		on = on || text == everyDay || named && weekday == day.Weekday() || text == everyWorkday && workdays.IsWorkday(day)
	}
	return on, false
}

// Duties are the shifts of the day of t, in the order of the file, those of
// disabled windows left out. Valid for a checked hall.
func (h *Hall) Duties(t time.Time) []Duty {
	workdays, err := official()
	if err != nil || len(h.Roster) == 0 && !h.attended() {
		return nil
	}
	local := t.In(h.Location())
	day := calendar.On(local)
	var plain, dated []Duty
	exact := map[string]bool{}
	for i := range h.Roster {
		s := &h.Roster[i]
		on, named := s.on(day, workdays)
		if !on {
			continue
		}
		for _, d := range h.dutiesOf(s, local) {
			if named {
				exact[d.Window] = true
				dated = append(dated, d)
			} else {
				plain = append(plain, d)
			}
		}
	}
	plain = slices.DeleteFunc(plain, func(d Duty) bool { return exact[d.Window] })
	return slices.Concat(dated, plain, h.attendanceOn(local, exact, plain))
}

// attended tells whether a window has hours of attendance.
func (h *Hall) attended() bool {
	return slices.ContainsFunc(h.Windows, func(w Window) bool { return len(w.Attendance) > 0 })
}

// attendanceOn are the hours of windows that nobody rosters on the day.
func (h *Hall) attendanceOn(local time.Time, dated map[string]bool, plain []Duty) []Duty {
	var out []Duty
	for _, w := range h.Windows {
		if w.Disabled || dated[w.ID] || slices.ContainsFunc(plain, func(d Duty) bool { return d.Window == w.ID }) {
			continue
		}
		for _, text := range w.Attendance {
			if from, to, ok := between(local, text); ok {
				out = append(out, Duty{Window: w.ID, From: from, To: to})
			}
		}
	}
	return out
}

// dutiesOf is s on the day of local, for every post of its window.
func (h *Hall) dutiesOf(s *Shift, local time.Time) []Duty {
	from, to, ok := between(local, s.Hours)
	if !ok {
		return nil
	}
	var names []string
	for _, id := range s.Clerks {
		if p, ok := h.Person(id); ok {
			names = append(names, p.Name)
		}
	}
	var out []Duty
	for _, w := range h.Windows {
		if !w.Disabled && (w.ID == s.Window || w.Post > 0 && w.ID == postID(s.Window, w.Post)) {
			out = append(out, Duty{Window: w.ID, From: from, To: to, Clerks: s.Clerks, Names: names})
		}
	}
	return out
}

// between reads hours of the day of local.
func between(local time.Time, text string) (from, to time.Time, ok bool) {
	h, err := hours(text)
	if err != nil {
		return from, to, false
	}
	at := func(minute int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day(), minute/60, minute%60, 0, 0, local.Location())
	}
	return at(h.From), at(h.To), true
}

// Missing is the duty that window misses at t while nobody is signed in there;
// false if nobody need be, or only since less than the grace.
func (h *Hall) Missing(window string, t time.Time) (Duty, bool) {
	if len(h.Roster) == 0 {
		return Duty{}, false
	}
	for _, d := range h.Duties(t) {
		if d.Window == window && !t.Before(d.From.Add(h.Presence.Grace)) && t.Before(d.To) {
			return d, true
		}
	}
	return Duty{}, false
}

// MissingText is why a window is an attendance anomaly at t; empty if it isn't
// one, or the roster has nothing to say. since is from when on
// nobody has been signed in.
func (h *Hall) MissingText(window string, since, t time.Time) string {
	d, missing := h.Missing(window, t)
	if !missing {
		return ""
	}
	who := d.Who()
	if who != "" {
		who += " "
	}
	clock := func(t time.Time) string { return t.In(h.Location()).Format("15:04") }
	if since.After(d.From) {
		return fmt.Sprintf("%s应在岗到 %s，%s 起没有登录", who, clock(d.To), clock(since))
	}
	return fmt.Sprintf("%s应 %s 到岗，未登录", who, clock(d.From))
}

func (c *checker) checkRoster(h *Hall) {
	if h.Presence.Grace < 0 || h.Presence.Grace > time.Hour {
		c.add("presence/grace", "宽限只能是 0 到 1 小时")
	}
	if len(h.Roster) > maxShifts {
		c.add("roster", "排班最多 %d 条", maxShifts)
		return
	}
	for i := range h.Roster {
		s := &h.Roster[i]
		path := fmt.Sprintf("roster/%d", i)
		if !slices.ContainsFunc(h.Windows, func(w Window) bool { return w.ID == s.Window }) && !h.hasWindow(s.Window) {
			c.add(path+"/window", "没有窗口 %q", s.Window)
		}
		for j, id := range s.Clerks {
			if _, ok := h.Person(id); !ok {
				c.add(fmt.Sprintf("%s/clerks/%d", path, j), "没有工作人员 %q", id)
			}
		}
		for j, text := range s.Days {
			if !knownDay(text) {
				c.add(fmt.Sprintf("%s/days/%d", path, j), "%q 应是 mon 到 sun、workday、daily 或日期，如 2026-11-23", text)
			}
		}
		if span, err := hours(s.Hours); err != nil {
			c.add(path+"/hours", "%v", err)
		} else if span.From >= span.To {
			c.add(path+"/hours", "时段 %s 的结束应晚于开始", s.Hours)
		}
	}
}

func knownDay(text string) bool {
	if _, ok := weekdays[text]; ok || text == everyWorkday || text == everyDay {
		return true
	}
	_, err := calendar.ParseDay(text)
	return err == nil
}
