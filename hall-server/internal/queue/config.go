package queue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is all that the rules need to know of a hall. It enters the state by
// the Configure command, so that the log alone explains every decision.
type Config struct {
	// TimeZone is an IANA name; the business day follows it.
	TimeZone string `json:"timeZone"`
	// CutOff is how long after midnight a business day begins.
	CutOff     time.Duration    `json:"cutOff"`
	Series     []Series         `json:"series"`
	Services   []Service        `json:"services"`
	Windows    []WindowConfig   `json:"windows"`
	Priorities []PriorityConfig `json:"priorities,omitempty"`
	Rules      Rules            `json:"rules"`
	// Opening is when tickets are given; nil means always.
	Opening *Opening `json:"opening,omitempty"`

	loc     *time.Location
	series  map[SeriesID]*Series
	places  map[ServiceID]int // in Services
	windows map[WindowID]*WindowConfig
	serving []serving // by the place of the service
}

// serving counts the windows that serve a service.
type serving struct{ enabled, disabled int }

// Series is a run of ticket numbers: a prefix and a range that restarts with
// the business day. Several services may share one.
type Series struct {
	ID     SeriesID `json:"id"`
	Prefix string   `json:"prefix"`
	Digits int      `json:"digits"`
	First  int      `json:"first"`
	Last   int      `json:"last"`
	// Refuse makes a used-up range refuse tickets instead of growing a digit.
	Refuse bool `json:"refuse,omitempty"`
	// Kiosk is the agent that gives these numbers itself while the hall is away;
	// the hall never does.
	Kiosk string `json:"kiosk,omitempty"`
}

// Number formats the n-th number of the series.
func (s *Series) Number(n int) string {
	digits := strconv.Itoa(n)
	return s.Prefix + strings.Repeat("0", max(0, s.Digits-len(digits))) + digits
}

// serial is the inverse of Number for numbers that the series can give.
func (s *Series) serial(number string) (int, bool) {
	digits, ok := strings.CutPrefix(number, s.Prefix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < s.First || n > s.max() || s.Number(n) != number {
		return 0, false
	}
	return n, true
}

// max is the highest number the series can reach in a day. A kiosk on its own
// keeps to its range.
func (s *Series) max() int {
	if s.Refuse || s.Kiosk != "" {
		return s.Last
	}
	return s.Last*10 + 9
}

// Service is what people queue for.
type Service struct {
	ID     ServiceID `json:"id"`
	Series SeriesID  `json:"series"`
	// Target is the wait that the hall aims at; a ticket is due this long after
	// it was taken.
	Target time.Duration `json:"target"`
	// Expected is the mean service time until the day has taught a better one.
	Expected time.Duration `json:"expected"`
	// Closed services give no tickets; it is the reason that citizens read.
	Closed string `json:"closed,omitempty"`
	// Zone is the part of the hall it belongs to.
	Zone string `json:"zone,omitempty"`
	// Quotas bound the places of a day and of its periods; walk-ins and
	// appointments draw on them together.
	Quotas []Quota `json:"quotas,omitempty"`
	// PersonDaily is how many tickets one person may take a day; 0 is no limit.
	PersonDaily int `json:"personDaily,omitempty"`
}

// Quota is how many places a service has in a part of each day.
type Quota struct {
	Hours
	Places int `json:"places"`
}

// WindowConfig is a service window (窗口).
type WindowConfig struct {
	ID       WindowID    `json:"id"`
	Services []ServiceID `json:"services"`
	// Disabled windows (停用) serve nobody.
	Disabled bool `json:"disabled,omitempty"`
	// Attendance are the hours, in minutes after midnight, in which a clerk
	// should be signed in; empty means no duty is checked.
	Attendance []Hours `json:"attendance,omitempty"`
	// Zone is the part of the hall it stands in.
	Zone string `json:"zone,omitempty"`
	// Strategy is the window's own; nil means the hall's.
	Strategy *Strategy `json:"strategy,omitempty"`
	// Helps are the services it calls when nobody waits for its own.
	Helps []ServiceID `json:"helps,omitempty"`

	places, helps, all []int // of Services, Helps and both in Config.Services
}

// reach are the places of the services that a ticket of service competes with
// at the window: help is only for when nobody waits for its own.
func (w *WindowConfig) reach(service ServiceID) []int {
	if w.Serves(service) {
		return w.places
	}
	return w.all
}

// calls tells whether the window may call people for service, as its own or as
// a help.
func (w *WindowConfig) calls(service ServiceID) bool {
	return w.Serves(service) || slices.Contains(w.Helps, service)
}

// Serves tells whether the window serves service.
func (w *WindowConfig) Serves(service ServiceID) bool { return slices.Contains(w.Services, service) }

// Hours is a part of a day, in minutes after midnight, From included.
type Hours struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// has tells whether minute lies in h.
func (h Hours) has(minute int) bool { return minute >= h.From && minute < h.To }

// PriorityConfig is a class of people who are due earlier. A class with neither
// Age nor Authorise may be claimed by anybody.
type PriorityConfig struct {
	ID      string        `json:"id"`
	Shorten time.Duration `json:"shorten"`
	// Age gives the class by itself to people whose card says that they are so
	// many years old; 0 means that no age does.
	Age int `json:"age,omitempty"`
	// Authorise asks for a member of staff who vouches for the person.
	Authorise bool `json:"authorise,omitempty"`
	// Daily is how many tickets a day may have the class; 0 is no limit.
	Daily int `json:"daily,omitempty"`
}

// Rules are the hall's settings of the queue rules.
type Rules struct {
	// RecallLimit is how often a called ticket may be recalled.
	RecallLimit int `json:"recallLimit"`
	// RecallPause is the least time between two calls of one ticket.
	RecallPause time.Duration `json:"recallPause"`
	// Overtaking is how many tickets that arrived later may be called before a
	// ticket; then it goes first.
	Overtaking int `json:"overtaking"`
	// OneLiveTicket refuses a second live ticket of a person for a service.
	OneLiveTicket bool `json:"oneLiveTicket"`
	// NoShowAfter turns a called ticket into a no-show by itself; 0 is off.
	NoShowAfter time.Duration `json:"noShowAfter,omitempty"`
	// PauseLimit is how long a pause may be before it is an attendance anomaly.
	PauseLimit time.Duration `json:"pauseLimit"`
	// Strategy is that of windows without one of their own; nil means due-date.
	Strategy *Strategy `json:"strategy,omitempty"`
	// Needs is what a service needs to give tickets.
	Needs Needs `json:"needs,omitempty"`
	// PersonDaily is how many tickets one person may take a day in the whole
	// hall; 0 is no limit.
	PersonDaily int `json:"personDaily,omitempty"`
	// RejoinWithin is how long after a no-show the ticket may rejoin; RejoinTimes
	// how often, and RejoinAfter how many others go before it then.
	RejoinWithin time.Duration `json:"rejoinWithin,omitempty"`
	RejoinTimes  int           `json:"rejoinTimes,omitempty"`
	RejoinAfter  int           `json:"rejoinAfter,omitempty"`
	// CheckInEarly and CheckInLate are how long before a slot begins and after
	// it ends an appointment may check in as one.
	CheckInEarly time.Duration `json:"checkInEarly,omitempty"`
	CheckInLate  time.Duration `json:"checkInLate,omitempty"`
}

// Needs is what a service needs to give tickets.
type Needs string

// The needs.
const (
	// NeedsEnabled: one of its windows isn't disabled. The default.
	NeedsEnabled Needs = ""
	// NeedsOpen: a clerk is signed in at one of its windows.
	NeedsOpen Needs = "open"
	// NeedsAll: none of its windows is disabled.
	NeedsAll Needs = "all"
)

// Location is the hall's time zone.
func (c *Config) Location() *time.Location { return c.loc }

// NextAfter returns the first number of each series that is greater than all of
// it in numbers; series without any are left out.
func (c *Config) NextAfter(numbers []string) map[SeriesID]int {
	next := make(map[SeriesID]int)
	for i := range c.Series {
		s := &c.Series[i]
		for _, number := range numbers {
			if n, ok := s.serial(number); ok {
				next[s.ID] = max(next[s.ID], n+1)
			}
		}
	}
	return next
}

// Service returns the service with id, or nil.
func (c *Config) Service(id ServiceID) *Service {
	i, ok := c.places[id]
	if !ok {
		return nil
	}
	return &c.Services[i]
}

// OfflineSeries returns the series that kiosk gives itself while the hall is
// away, or nil.
func (c *Config) OfflineSeries(kiosk string) *Series {
	i := slices.IndexFunc(c.Series, func(s Series) bool { return kiosk != "" && s.Kiosk == kiosk })
	if i < 0 {
		return nil
	}
	return &c.Series[i]
}

// Minute is the minute after midnight of t in the hall, 0 to 1439.
func (c *Config) Minute(t Time) int {
	local := t.Std().In(c.loc)
	return local.Hour()*60 + local.Minute()
}

// Window returns the window with id, or nil.
func (c *Config) Window(id WindowID) *WindowConfig { return c.windows[id] }

// Day is the business day of t.
func (c *Config) Day(t Time) Day { return BusinessDay(t, c.loc, c.CutOff) }

// end is an instant shortly before day ends, so that few need to ask Day: hours
// before, as clocks may be put forward at night. It is 0 for what is no day.
func (c *Config) end(day Day) Time {
	date, err := time.ParseInLocation(time.DateOnly, string(day), c.loc)
	if err != nil {
		return 0
	}
	return TimeOf(date.AddDate(0, 0, 1).Add(c.CutOff - 4*time.Hour))
}

// priority returns the class with id.
func (c *Config) priority(id string) (PriorityConfig, bool) {
	i := slices.IndexFunc(c.Priorities, func(p PriorityConfig) bool { return p.ID == id })
	if i < 0 {
		return PriorityConfig{}, false
	}
	return c.Priorities[i], true
}

// index fills the look-up tables; it must be called after decoding.
func (c *Config) index() error {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone %q: %w", c.TimeZone, err)
	}
	c.loc = loc
	c.series = make(map[SeriesID]*Series, len(c.Series))
	for i := range c.Series {
		c.series[c.Series[i].ID] = &c.Series[i]
	}
	c.places = make(map[ServiceID]int, len(c.Services))
	for i := range c.Services {
		c.places[c.Services[i].ID] = i
	}
	c.Windows = slices.Clone(c.Windows) // the look-up tables are ours
	c.windows = make(map[WindowID]*WindowConfig, len(c.Windows))
	c.serving = make([]serving, len(c.Services))
	for i := range c.Windows {
		w := &c.Windows[i]
		c.windows[w.ID] = w
		w.places, w.helps = c.placesOf(w.Services), c.placesOf(w.Helps)
		w.all = slices.Concat(w.places, w.helps)
		for _, at := range w.places {
			if w.Disabled {
				c.serving[at].disabled++
			} else {
				c.serving[at].enabled++
			}
		}
	}
	return nil
}

func (c *Config) placesOf(services []ServiceID) []int {
	out := make([]int, 0, len(services))
	for _, id := range services {
		if i, ok := c.places[id]; ok {
			out = append(out, i)
		}
	}
	return out
}
