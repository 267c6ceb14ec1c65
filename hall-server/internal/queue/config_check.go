package queue

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

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
	ps.checkRules(c)
	ps.checkOpening(c)
	return ps
}

func (ps *problems) checkRules(c *Config) {
	r := &c.Rules
	if r.RecallLimit < 0 || r.Overtaking < 1 || r.RecallPause < 0 {
		ps.add("rules", "recall_limit 和 recall_pause 不能为负，overtaking 至少为 1")
	}
	if min(r.RejoinWithin, r.CheckInEarly, r.CheckInLate, r.NoShowAfter, r.PauseLimit) < 0 || min(r.RejoinTimes, r.RejoinAfter, r.PersonDaily) < 0 {
		ps.add("rules", "次数和时长不能为负")
	}
	if !slices.Contains([]Needs{NeedsEnabled, NeedsOpen, NeedsAll}, r.Needs) {
		ps.add("rules", "取号条件 %q 不可用", r.Needs)
	}
	if r.Strategy != nil {
		if why := r.Strategy.check(c.known); why != "" {
			ps.add("rules/strategy", "%s", why)
		}
	}
}

// known tells whether id is a service, before index was called.
func (c *Config) known(id ServiceID) bool {
	return slices.ContainsFunc(c.Services, func(s Service) bool { return s.ID == id })
}

type problems []Problem

func (ps *problems) add(path, format string, args ...any) {
	*ps = append(*ps, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (ps *problems) checkSeries(c *Config) {
	for i, s := range c.Series {
		path := fmt.Sprintf("series/%d", i)
		if s.Kiosk != "" && slices.IndexFunc(c.Series, func(o Series) bool { return o.Kiosk == s.Kiosk }) != i {
			ps.add(path, "取号机 %q 有两个离线号段", s.Kiosk)
		}
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
		if !slices.ContainsFunc(c.Series, func(o Series) bool { return o.ID == s.Series && o.Kiosk == "" }) {
			ps.add(path, "没有号段 %q（离线号段不能用于业务）", s.Series)
		}
		if s.Target <= 0 || s.Expected <= 0 {
			ps.add(path, "希望等候时间和平均办理时间必须大于 0，如 15m")
		}
		if s.PersonDaily < 0 {
			ps.add(path, "每人每天的取号次数不能为负")
		}
		for j, q := range s.Quotas {
			if !q.valid() || q.Places < 0 {
				ps.add(fmt.Sprintf("%s/quotas/%d", path, j), "限额的时段或数量不可用")
			}
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
		if p.Age < 0 || p.Daily < 0 {
			ps.add(path, "年龄和每日名额不能为负")
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
			if !c.known(id) || slices.Index(w.Services, id) != j {
				ps.add(fmt.Sprintf("%s/services/%d", path, j), "没有业务 %q，或写了两次", id)
			}
		}
		for j, id := range w.Helps {
			if !c.known(id) || w.Serves(id) || slices.Index(w.Helps, id) != j {
				ps.add(fmt.Sprintf("%s/helps/%d", path, j), "没有业务 %q，或它已是本窗口的业务", id)
			}
		}
		for _, h := range w.Attendance {
			if !h.valid() {
				ps.add(path, "出勤时间（第 %d 到 %d 分钟）不可用", h.From, h.To)
			}
		}
		if w.Strategy != nil {
			if why := w.Strategy.check(c.known); why != "" {
				ps.add(path+"/strategy", "%s", why)
			}
		}
	}
}

func (h Hours) valid() bool { return h.From >= 0 && h.To <= 24*60 && h.From < h.To }
