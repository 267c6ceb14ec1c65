package queue

import (
	"fmt"
	"regexp"
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

	loc      *time.Location
	series   map[SeriesID]*Series
	services map[ServiceID]*Service
	windows  map[WindowID]*WindowConfig
}

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
}

// Number formats the n-th number of the series.
func (s *Series) Number(n int) string { return fmt.Sprintf("%s%0*d", s.Prefix, s.Digits, n) }

// max is the highest number the series can reach in a day.
func (s *Series) max() int {
	if s.Refuse {
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
}

// Serves tells whether the window serves service.
func (w *WindowConfig) Serves(service ServiceID) bool { return slices.Contains(w.Services, service) }

// Hours is a part of a day, in minutes after midnight, From included.
type Hours struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// PriorityConfig is a class of people who are due earlier.
type PriorityConfig struct {
	ID      string        `json:"id"`
	Shorten time.Duration `json:"shorten"`
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
}

// Location is the hall's time zone.
func (c *Config) Location() *time.Location { return c.loc }

// NextAfter returns the first number of each series that is greater than all of
// it in numbers; series without any are left out.
func (c *Config) NextAfter(numbers []string) map[SeriesID]int {
	next := make(map[SeriesID]int)
	for i := range c.Series {
		s := &c.Series[i]
		for _, number := range numbers {
			digits, ok := strings.CutPrefix(number, s.Prefix)
			n, err := strconv.Atoi(digits)
			if ok && err == nil && n >= s.First && n <= s.max() {
				next[s.ID] = max(next[s.ID], n+1)
			}
		}
	}
	return next
}

// Service returns the service with id, or nil.
func (c *Config) Service(id ServiceID) *Service { return c.services[id] }

// Window returns the window with id, or nil.
func (c *Config) Window(id WindowID) *WindowConfig { return c.windows[id] }

// Day is the business day of t.
func (c *Config) Day(t Time) Day { return BusinessDay(t, c.loc, c.CutOff) }

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
	c.services = make(map[ServiceID]*Service, len(c.Services))
	for i := range c.Services {
		c.services[c.Services[i].ID] = &c.Services[i]
	}
	c.windows = make(map[WindowID]*WindowConfig, len(c.Windows))
	for i := range c.Windows {
		c.windows[c.Windows[i].ID] = &c.Windows[i]
	}
	return nil
}

// Problem is one mistake in a configuration. Path leads to it, such as
// series/2 or windows/0/services/1; Message is for the people of the hall, in
// Chinese.
type Problem struct {
	Path    string
	Message string
}

var prefixPattern = regexp.MustCompile(`^[A-Z]{1,2}$`)

// Check returns every mistake in c; none means that Configure will accept it.
func (c *Config) Check() []Problem {
	var ps problems
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" {
		ps.add("timeZone", "不认识的时区 %q", c.TimeZone)
	}
	if c.CutOff < 0 || c.CutOff >= 24*time.Hour {
		ps.add("cutOff", "必须是一天中的时刻，如 04:00")
	}
	ps.checkSeries(c)
	ps.checkServices(c)
	ps.checkWindows(c)
	ps.checkPriorities(c)
	if c.Rules.RecallLimit < 0 || c.Rules.Overtaking < 1 || c.Rules.RecallPause < 0 {
		ps.add("rules", "recall_limit 和 recall_pause 不能为负，overtaking 至少为 1")
	}
	return ps
}

type problems []Problem

func (ps *problems) add(path, format string, args ...any) {
	*ps = append(*ps, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (ps *problems) checkSeries(c *Config) {
	for i, s := range c.Series {
		path := fmt.Sprintf("series/%d", i)
		if s.ID == "" || slices.IndexFunc(c.Series, func(o Series) bool { return o.ID == s.ID }) != i {
			ps.add(path, "号段编号 %q 为空或重复", s.ID)
		}
		if !prefixPattern.MatchString(s.Prefix) {
			ps.add(path, "前缀 %q 必须是一到两个大写字母", s.Prefix)
		}
		if s.Digits < 1 || s.Digits > 6 || s.First < 0 || s.Last <= s.First || s.Last > 999999 {
			ps.add(path, "号段 %d–%d（%d 位数字）不可用", s.First, s.Last, s.Digits)
		}
		for _, o := range c.Series[:i] {
			if o.Prefix == s.Prefix && o.First <= s.max() && s.First <= o.max() {
				ps.add(path, "号段 %q 与号段 %q 重叠，会发出重复的号", s.ID, o.ID)
			}
		}
	}
}

func (ps *problems) checkServices(c *Config) {
	if len(c.Services) == 0 {
		ps.add("services", "大厅至少要有一项业务")
	}
	for i, s := range c.Services {
		path := fmt.Sprintf("services/%d", i)
		if s.ID == "" || slices.IndexFunc(c.Services, func(o Service) bool { return o.ID == s.ID }) != i {
			ps.add(path, "业务编号 %q 为空或重复", s.ID)
		}
		if !slices.ContainsFunc(c.Series, func(o Series) bool { return o.ID == s.Series }) {
			ps.add(path, "没有号段 %q", s.Series)
		}
		if s.Target <= 0 || s.Expected <= 0 {
			ps.add(path, "希望等候时间和平均办理时间必须大于 0，如 15m")
		}
	}
}

func (ps *problems) checkPriorities(c *Config) {
	for i, p := range c.Priorities {
		path := fmt.Sprintf("priorities/%d", i)
		if p.ID == "" || slices.IndexFunc(c.Priorities, func(o PriorityConfig) bool { return o.ID == p.ID }) != i {
			ps.add(path, "优先类别编号 %q 为空或重复", p.ID)
		}
		if p.Shorten < 0 {
			ps.add(path, "优先不能让人等得更久（shorten 不能为负）")
		}
	}
}

func (ps *problems) checkWindows(c *Config) {
	for i, w := range c.Windows {
		path := fmt.Sprintf("windows/%d", i)
		if w.ID == "" || slices.IndexFunc(c.Windows, func(o WindowConfig) bool { return o.ID == w.ID }) != i {
			ps.add(path, "窗口编号 %q 为空或重复", w.ID)
		}
		for j, id := range w.Services {
			if !slices.ContainsFunc(c.Services, func(o Service) bool { return o.ID == id }) {
				ps.add(fmt.Sprintf("%s/services/%d", path, j), "没有业务 %q", id)
			}
		}
		for _, h := range w.Attendance {
			if h.From < 0 || h.To > 24*60 || h.From >= h.To {
				ps.add(path, "出勤时间（第 %d 到 %d 分钟）不可用", h.From, h.To)
			}
		}
	}
}
