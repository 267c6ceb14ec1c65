package queue_test

import (
	"maps"
	"slices"

	"smarthall/hall-server/internal/queue"
)

// strategy is the one that the window follows now.
func (m *model) strategy(id queue.WindowID) queue.Strategy {
	for _, s := range []*queue.Strategy{m.windows[id].Strategy, m.window(id).Strategy, m.conf.Rules.Strategy} {
		if s != nil {
			return *s
		}
	}
	return queue.Strategy{Kind: queue.StrategyDue}
}

// callable are the people whom the window may call now for one of services.
func (m *model) callable(id queue.WindowID, services []queue.ServiceID) []*visit {
	return m.list(func(v *visit) bool {
		reserved := v.For != "" && v.For != id && m.windows[v.For] != nil && m.windows[v.For].Staff != ""
		return v.State == queue.Waiting && slices.Contains(services, v.Service) && v.NotBefore <= m.now && !reserved
	})
}

// pick is who is next at the window, why, and the new credits of a ratio.
func (m *model) pick(id queue.WindowID) (*visit, queue.Reason, map[string]int) {
	conf := m.window(id)
	v, why, turns := m.pickAmong(id, conf.Services, m.callable(id, conf.Services))
	if v != nil {
		return v, why, turns
	}
	v, why, turns = m.pickAmong(id, conf.Helps, m.callable(id, conf.Helps))
	why.Rule = queue.RuleHelp
	return v, why, turns
}

func (m *model) pickAmong(id queue.WindowID, services []queue.ServiceID, who []*visit) (*visit, queue.Reason, map[string]int) {
	strategy := m.strategy(id)
	why := queue.Reason{Strategy: strategy.Kind, Candidates: len(who)}
	if len(who) == 0 {
		return nil, why, nil
	}
	var v *visit
	var turns map[string]int
	switch strategy.Kind {
	case queue.StrategyDue:
		v, why.Rule = m.due(who)
	case queue.StrategyLongest:
		v, why.Rule = slices.MinFunc(who, bySeniority), queue.RuleLongest
	case queue.StrategyStrict:
		v, why.Rule = m.strict(strategy, services, who), queue.RuleStrict
	case queue.StrategyRatio:
		why.Rule = queue.RuleRatio
		v, why.Class, turns = m.ratio(strategy, m.windows[id].Turns, who)
	}
	if strategy.Kind != queue.StrategyStrict {
		// Whoever was overtaken as often as may be goes first.
		patient := slices.DeleteFunc(slices.Clone(who), func(v *visit) bool { return v.Overtaken < m.conf.Rules.Overtaking })
		if len(patient) > 0 && slices.MinFunc(patient, bySeniority) != v {
			v, turns = slices.MinFunc(patient, bySeniority), nil
			why.Rule, why.Class = queue.RuleBound, ""
		}
	}
	why.Overtaken = v.Overtaken
	return v, why, turns
}

// due is the earliest target time among those in their slot, or among all.
func (m *model) due(who []*visit) (*visit, queue.Rule) {
	all := slices.MinFunc(who, byDue)
	inSlot := slices.DeleteFunc(slices.Clone(who), func(v *visit) bool { return !m.inSlot(v) })
	if len(inSlot) > 0 && slices.MinFunc(inSlot, byDue) != all {
		return slices.MinFunc(inSlot, byDue), queue.RuleSlot
	}
	return all, queue.RuleDue
}

func (m *model) inSlot(v *visit) bool { return v.Slot != 0 && v.Slot <= m.now }

func (m *model) strict(s queue.Strategy, services []queue.ServiceID, who []*visit) *visit {
	for _, id := range append(slices.Clone(s.Order), services...) {
		of := slices.DeleteFunc(slices.Clone(who), func(v *visit) bool { return v.Service != id })
		if len(of) > 0 {
			v, _ := m.due(of)
			return v
		}
	}
	return nil
}

// ratio gives each class that is there its weight; the richest pays for all.
func (m *model) ratio(s queue.Strategy, credits map[string]int, who []*visit) (*visit, string, map[string]int) {
	_, byAppointment := s.Weights[queue.ClassAppointment]
	_, byWalkIn := s.Weights[queue.ClassWalkIn]
	classes := map[string][]*visit{}
	for _, v := range who {
		class := string(v.Service)
		if byAppointment || byWalkIn {
			class = queue.ClassWalkIn
			if v.Slot != 0 {
				class = queue.ClassAppointment
			}
		}
		classes[class] = append(classes[class], v)
	}
	turns := map[string]int{}
	maps.Copy(turns, credits)
	total, best := 0, ""
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		weight := s.Weights[class]
		total += weight
		turns[class] += weight
		if weight > 0 && (best == "" || turns[class] > turns[best]) {
			best = class
		}
	}
	if best == "" { // nobody has a weight
		best = slices.Min(slices.Collect(maps.Keys(classes)))
	}
	turns[best] -= total
	if byAppointment || byWalkIn {
		return slices.MinFunc(classes[best], byDue), best, turns
	}
	v, _ := m.due(classes[best])
	return v, best, turns
}

// ahead are those who would be called before v if one window served alone.
func (m *model) ahead(v *visit) int {
	n := 0
	for _, o := range m.waiting(v.Service) {
		switch {
		case m.inSlot(o) && !m.inSlot(v):
			n++
		case m.inSlot(o) == m.inSlot(v) && byDue(o, v) < 0:
			n++
		}
	}
	return n
}

// ready is why the window can't call now.
func (m *model) ready(id queue.WindowID) string {
	w := m.windows[id]
	switch {
	case m.window(id) == nil:
		return "window.unknown"
	case w.Staff == "":
		return "window.signed-out"
	case w.Paused:
		return "window.paused"
	case w.Ticket != "":
		return "window.busy"
	}
	return ""
}

func (m *model) callNext(c queue.CallNext) string {
	if code := m.ready(c.Window); code != "" {
		return code
	}
	if m.strategy(c.Window).Kind == queue.StrategyByHand {
		return "window.by-hand"
	}
	v, why, turns := m.pick(c.Window)
	if v == nil {
		return ""
	}
	if turns != nil {
		m.windows[c.Window].Turns = turns
	}
	m.call(c.Window, v, why)
	return ""
}

func (m *model) callTicket(c queue.CallTicket) string {
	if code := m.ready(c.Window); code != "" {
		return code
	}
	conf, v := m.window(c.Window), m.tickets[c.Ticket]
	switch {
	case v == nil:
		return "ticket.unknown"
	case v.State != queue.Waiting:
		return "ticket.wrong-state"
	case !slices.Contains(conf.Services, v.Service) && !slices.Contains(conf.Helps, v.Service):
		return "ticket.other-service"
	case v.For != "" && v.For != c.Window && m.windows[v.For] != nil && m.windows[v.For].Staff != "":
		return "ticket.reserved"
	}
	m.call(c.Window, v, queue.Reason{
		Strategy: m.strategy(c.Window).Kind, Rule: queue.RuleByHand, Overtaken: v.Overtaken, Text: c.Reason,
		Candidates: len(m.callable(c.Window, m.reach(c.Window, v))),
	})
	return ""
}

// reach are the services that compete with v's at the window.
func (m *model) reach(id queue.WindowID, v *visit) []queue.ServiceID {
	conf := m.window(id)
	if slices.Contains(conf.Services, v.Service) {
		return conf.Services
	}
	return append(slices.Clone(conf.Services), conf.Helps...)
}

func (m *model) call(id queue.WindowID, v *visit, why queue.Reason) {
	w := m.windows[id]
	for _, o := range m.callable(id, m.reach(id, v)) {
		if bySeniority(o, v) < 0 {
			o.Overtaken++
		}
	}
	v.Reason, v.Window, v.Clerk = &why, id, w.Staff
	v.CalledAt, v.LastCall = m.now, m.now
	v.Calls++
	v.Recalls = 0
	m.move(v, queue.Called)
	w.Ticket = v.ID
}

// closed tells whether the service gives no tickets.
func (m *model) closed(s *queue.Service) bool {
	enabled, disabled, open := 0, 0, 0
	for _, w := range m.conf.Windows {
		switch {
		case !slices.Contains(w.Services, s.ID):
		case w.Disabled:
			disabled++
		default:
			enabled++
			if state := m.windows[w.ID]; state.Staff != "" && !state.Paused {
				open++
			}
		}
	}
	needs := m.conf.Rules.Needs
	return s.Closed != "" || enabled == 0 || needs == queue.NeedsAll && disabled > 0 || needs == queue.NeedsOpen && open == 0
}

// unused gave its place back: cancelled before any call.
func (v *visit) unused() bool { return v.State == queue.Cancelled && v.Calls == 0 }

// used is how many places of q are taken on day.
func (m *model) used(service queue.ServiceID, day queue.Day, q queue.Quota) int {
	in := func(t queue.Time) bool { return m.minute(t) >= q.From && m.minute(t) < q.To }
	n := 0
	for _, v := range m.tickets {
		if day == m.day && v.first == service && v.Appointment == "" && !v.unused() && in(v.Taken) {
			n++
		}
	}
	for _, a := range m.booked {
		if a.Service != service || a.Day != day || a.State == queue.AppointmentCancelled || !in(a.From) {
			continue
		}
		if v := m.tickets[a.Ticket]; v == nil || !v.unused() {
			n++
		}
	}
	return n
}

func (m *model) full(s *queue.Service, day queue.Day, at queue.Time) bool {
	return slices.ContainsFunc(s.Quotas, func(q queue.Quota) bool {
		return m.minute(at) >= q.From && m.minute(at) < q.To && m.used(s.ID, day, q) >= q.Places
	})
}
