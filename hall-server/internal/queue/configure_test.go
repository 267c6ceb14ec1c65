package queue_test

import (
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestConfigureRefusesWhatRulesCannotUse(t *testing.T) {
	tests := []struct {
		name string
		path string
		edit func(*queue.Config)
	}{
		{"an unknown time zone", "timeZone", func(c *queue.Config) { c.TimeZone = "Asia/Nowhere" }},
		{"no time zone", "timeZone", func(c *queue.Config) { c.TimeZone = "" }},
		{"a cut-off after the day", "cutOff", func(c *queue.Config) { c.CutOff = 24 * time.Hour }},
		{"a cut-off before it", "cutOff", func(c *queue.Config) { c.CutOff = -time.Second }},
		{"no services", "services", func(c *queue.Config) { c.Services, c.Windows = nil, nil }},
		{"a service without a series", "services/1", func(c *queue.Config) { c.Services[1].Series = "nope" }},
		{"two services with one id", "services/1", func(c *queue.Config) { c.Services[1].ID = "tax" }},
		{"a service without a target", "services/2", func(c *queue.Config) { c.Services[2].Target = 0 }},
		{"a service without an expected time", "services/2", func(c *queue.Config) { c.Services[2].Expected = -1 }},
		{"a small prefix", "series/0", func(c *queue.Config) { c.Series[0].Prefix = "a" }},
		{"a long prefix", "series/0", func(c *queue.Config) { c.Series[0].Prefix = "ABC" }},
		{"a prefix of another script", "series/0", func(c *queue.Config) { c.Series[0].Prefix = "综" }},
		{"two series with one id", "series/1", func(c *queue.Config) { c.Series[1].ID = "a" }},
		{"a range that ends before it begins", "series/1", func(c *queue.Config) { c.Series[1].First = 999 }},
		{"a negative range", "series/1", func(c *queue.Config) { c.Series[1].First = -1 }},
		{"no digits", "series/1", func(c *queue.Config) { c.Series[1].Digits = 0 }},
		{"overlapping ranges", "series/1", func(c *queue.Config) { c.Series[1].Prefix, c.Series[1].First = "A", 500 }},
		{"a range that another grows into", "series/1", func(c *queue.Config) {
			c.Series[0].Last = 99
			c.Series[1] = queue.Series{ID: "b", Prefix: "A", Digits: 3, First: 500, Last: 999}
		}},
		{"two windows with one id", "windows/1", func(c *queue.Config) { c.Windows[1].ID = "1" }},
		{"a window with an unknown service", "windows/0/services/1", func(c *queue.Config) { c.Windows[0].Services[1] = "nope" }},
		{"attendance that ends before it begins", "windows/0", func(c *queue.Config) {
			c.Windows[0].Attendance = []queue.Hours{{From: 600, To: 540}}
		}},
		{"two priorities with one id", "priorities/1", func(c *queue.Config) {
			c.Priorities = append(c.Priorities, c.Priorities[0])
		}},
		{"a priority without an id", "priorities/0", func(c *queue.Config) { c.Priorities[0].ID = "" }},
		{"a priority that makes people wait", "priorities/0", func(c *queue.Config) { c.Priorities[0].Shorten = -1 }},
		{"a priority by a negative age", "priorities/0", func(c *queue.Config) { c.Priorities[0].Age = -1 }},
		{"a negative quota of a priority", "priorities/0", func(c *queue.Config) { c.Priorities[0].Daily = -1 }},
		{"a quota that ends before it begins", "services/0/quotas/0", func(c *queue.Config) {
			c.Services[0].Quotas = []queue.Quota{{Hours: queue.Hours{From: 600, To: 600}, Places: 1}}
		}},
		{"a quota beyond the day", "services/0/quotas/0", func(c *queue.Config) {
			c.Services[0].Quotas = []queue.Quota{{Hours: queue.Hours{From: 0, To: 1441}, Places: 1}}
		}},
		{"a quota of fewer than none", "services/0/quotas/0", func(c *queue.Config) {
			c.Services[0].Quotas = []queue.Quota{{Hours: queue.Hours{From: 0, To: 1440}, Places: -1}}
		}},
		{"a negative quota of a person", "services/0", func(c *queue.Config) { c.Services[0].PersonDaily = -1 }},
		{"help for an unknown service", "windows/1/helps/0", func(c *queue.Config) { c.Windows[1].Helps = []queue.ServiceID{"nope"} }},
		{"help for its own service", "windows/1/helps/0", func(c *queue.Config) { c.Windows[1].Helps = []queue.ServiceID{"tax"} }},
		{"help for one service twice", "windows/1/helps/1", func(c *queue.Config) { c.Windows[1].Helps = []queue.ServiceID{"card", "card"} }},
		{"an unknown need", "rules", func(c *queue.Config) { c.Rules.Needs = "sunshine" }},
		{"an unknown strategy", "rules/strategy", func(c *queue.Config) { c.Rules.Strategy = &queue.Strategy{Kind: "lottery"} }},
		{"a negative grace", "rules", func(c *queue.Config) { c.Rules.RejoinWithin = -1 }},
		{"fewer than no rejoins", "rules", func(c *queue.Config) { c.Rules.RejoinTimes = -1 }},
		{"a negative time to check in", "rules", func(c *queue.Config) { c.Rules.CheckInLate = -1 }},
		{"fewer than no tickets a person", "rules", func(c *queue.Config) { c.Rules.PersonDaily = -1 }},
		{"no bound on overtaking", "rules", func(c *queue.Config) { c.Rules.Overtaking = 0 }},
		{"fewer than no recalls", "rules", func(c *queue.Config) { c.Rules.RecallLimit = -1 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t)
			conf := config()
			tt.edit(&conf)
			r := h.refusal(queue.Configure{Config: conf}, queue.Invalid, "hall.invalid")
			if r.Vars["path"] != tt.path || r.Vars["message"] == "" {
				t.Errorf("refusal names %v, want path %s", r.Vars, tt.path)
			}
		})
	}
}

func TestRangesThatOnlyTouchAreAccepted(t *testing.T) {
	h := newHall(t, func(c *queue.Config) {
		c.Series[0] = queue.Series{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 499, Refuse: true}
		c.Series[1] = queue.Series{ID: "b", Prefix: "A", Digits: 3, First: 500, Last: 999}
	})
	if a, b := h.take("tax").Number, h.take("licence").Number; a != "A001" || b != "A500" {
		t.Errorf("got %s and %s, want A001 and A500", a, b)
	}
}

func TestConfigureKeepsWhatIsInUse(t *testing.T) {
	without := func(c queue.Config) queue.Config {
		c.Services, c.Windows = c.Services[:2], c.Windows[:2]
		return c
	}
	t.Run("a service with a live ticket", func(t *testing.T) {
		h := newHall(t)
		h.do(queue.SignOut{Window: "3"})
		h.take("licence")
		r := h.refusal(queue.Configure{Config: without(config())}, queue.Conflict, "hall.service-in-use")
		if r.Vars["service"] != "licence" || r.Vars["number"] != "B001" {
			t.Errorf("refusal names %v", r.Vars)
		}
		h.do(queue.Cancel{Ticket: "t1"})
		h.do(queue.Configure{Config: without(config())})
		if _, ok := h.s.Windows["3"]; ok {
			t.Error("a window that left the hall is still there")
		}
		h.do(queue.EndDay{})
	})
	for name, conf := range map[string]queue.Config{
		"a window with a clerk, removed": without(config()),
		"a window with a clerk, disabled": func() queue.Config {
			c := config()
			c.Windows[2].Disabled = true
			return c
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			r := h.refusal(queue.Configure{Config: conf}, queue.Conflict, "hall.window-in-use")
			if r.Vars["window"] != "3" || r.Vars["staff"] != "Clerk 3" {
				t.Errorf("refusal names %v", r.Vars)
			}
			h.do(queue.SignOut{Window: "3"})
			h.do(queue.Configure{Config: conf})
		})
	}
}

func TestConfigureTakesEffectAtOnceAndKeepsTheDay(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	conf := config()
	conf.Windows = append(conf.Windows, queue.WindowConfig{ID: "4", Services: []queue.ServiceID{"tax"}})
	if events := h.do(queue.Configure{Config: conf}); len(events) != 1 {
		t.Errorf("got %s, want one event: the day is open already", toJSON(t, queue.Events(events)))
	}
	h.signIn("4")
	h.wantCalls("4", "A001")
	if got := h.take("tax").Number; got != "A002" {
		t.Errorf("got %s, want A002: the day goes on", got)
	}
	if h.s.Config.Location().String() != "Asia/Shanghai" {
		t.Errorf("location %s", h.s.Config.Location())
	}
}

func TestNextAfterSkipsWhatWasGiven(t *testing.T) {
	conf := config()
	allRules(&conf)
	got := conf.NextAfter([]string{"A007", "A003", "B001", "LA002", "A12", "C001", "A+09", ""})
	if len(got) != 3 || got["a"] != 8 || got["b"] != 2 || got["off"] != 3 {
		t.Errorf("next numbers %v", got)
	}
}
