package httpd

import (
	"fmt"
	"slices"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
)

// effect is what a change means for those who are in the hall.
type effect struct {
	Level string `json:"level" enum:"refuse,warn" doc:"refuse: it can't be saved now; warn: it can"`
	Text  string `json:"text"`
}

// effects are those of bringing h into force now: what the queue refuses, and
// what people should know before.
func (a *api) effects(h *hall.Hall) []effect {
	out := []effect{}
	a.Core.Read(func(s *queue.State, now queue.Time) {
		config := h.Queue()
		if _, err := queue.Decide(s, queue.Configure{Config: config}, now); err != nil {
			out = append(out, effect{Level: "refuse", Text: a.View.Problem(err).Detail})
		}
		out = append(out, serviceEffects(s, a.Hall.Hall(), h)...)
		out = append(out, windowEffects(s, a.Hall.Hall(), h)...)
		out = append(out, seriesEffects(s, &config)...)
	})
	out = append(out, siteEffects(a.Hall.Hall(), h)...)
	return out
}

func warn(format string, args ...any) effect {
	return effect{Level: "warn", Text: fmt.Sprintf(format, args...)}
}

// serviceEffects tells of services whose people are left waiting.
func serviceEffects(s *queue.State, old, now *hall.Hall) []effect {
	waiting := make(map[queue.ServiceID]int)
	for _, t := range s.Tickets {
		if t.State == queue.Waiting {
			waiting[t.Service]++
		}
	}
	var out []effect
	for _, was := range old.Services {
		n := waiting[queue.ServiceID(was.ID)]
		is, ok := now.Service(queue.ServiceID(was.ID))
		switch {
		case !ok || n == 0:
		case serving(now, was.ID) == 0 && serving(old, was.ID) > 0:
			out = append(out, warn("%s还有 %d 人等候，改后没有窗口办理", was.Name, n))
		case is.Closed != "" && was.Closed == "":
			out = append(out, warn("%s停止取号后，已取号的 %d 人仍会叫到", was.Name, n))
		case is.TargetWait != was.TargetWait:
			out = append(out, warn("%s的新目标等候从下一张号起生效，现有 %d 人按原来的时间", was.Name, n))
		}
	}
	return out
}

// serving counts the windows that serve a service.
func serving(h *hall.Hall, service string) int {
	n := 0
	for i := range h.Windows {
		if !h.Windows[i].Disabled && slices.Contains(h.Windows[i].Services, service) {
			n++
		}
	}
	return n
}

// windowEffects tells of windows that are at work on what they shall no longer do.
func windowEffects(s *queue.State, old, now *hall.Hall) []effect {
	var out []effect
	for i := range old.Windows {
		was := &old.Windows[i]
		state := s.Windows[queue.WindowID(was.ID)]
		is, ok := now.Window(queue.WindowID(was.ID))
		if state == nil || state.Ticket == "" || !ok {
			continue
		}
		t := s.Tickets[state.Ticket]
		if t == nil || slices.Contains(is.Services, string(t.Service)) || !slices.Contains(was.Services, string(t.Service)) {
			continue
		}
		service, _ := old.Service(t.Service)
		out = append(out, warn("%s 号窗口正在办理 %s（%s），办完这一位后不再办理这项业务", was.Number, t.Number, service.Name))
	}
	return out
}

// seriesEffects tells of number series that begin anew in the middle of a day.
func seriesEffects(s *queue.State, now *queue.Config) []effect {
	if s.Config == nil {
		return nil
	}
	var out []effect
	for _, was := range s.Config.Series {
		given := s.Next[was.ID] > was.First
		i := slices.IndexFunc(now.Series, func(o queue.Series) bool { return o.ID == was.ID })
		if !given || i < 0 {
			continue
		}
		if is := now.Series[i]; is.Prefix != was.Prefix || is.First != was.First {
			out = append(out, warn("号段 %s 今天已经发过号，改后的号码从下一张起生效", was.Prefix))
		}
	}
	return out
}
