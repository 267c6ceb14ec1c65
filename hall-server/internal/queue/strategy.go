package queue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// StrategyKind names a way to choose who is next.
type StrategyKind string

// The strategies.
const (
	// StrategyDue: the earliest target time goes first, so age always wins in
	// the end; a booked slot that has begun goes before walk-ins (AP-05).
	StrategyDue StrategyKind = "due-date"
	// StrategyRatio takes turns between appointments and walk-ins, or between
	// services, by weights (smooth weighted round robin).
	StrategyRatio StrategyKind = "ratio"
	// StrategyStrict serves services in order: a later one only when nobody
	// waits for those before it.
	StrategyStrict StrategyKind = "strict"
	// StrategyLongest: the longest wait goes first.
	StrategyLongest StrategyKind = "longest-wait"
	// StrategyByHand: the clerk picks.
	StrategyByHand StrategyKind = "by-hand"
)

// Strategies lists every kind.
func Strategies() []StrategyKind {
	return []StrategyKind{StrategyDue, StrategyRatio, StrategyStrict, StrategyLongest, StrategyByHand}
}

// Strategy is how a window chooses who is next.
type Strategy struct {
	Kind StrategyKind `json:"kind"`
	// Weights are the turns of StrategyRatio: of the classes appointment and
	// walk-in, or of services. A class without a weight comes when the others
	// have nobody.
	Weights map[string]int `json:"weights,omitempty"`
	// Order is that of StrategyStrict; empty means the order of the window's
	// own services.
	Order []ServiceID `json:"order,omitempty"`
}

// The classes of a ratio that isn't one of services.
const (
	ClassAppointment = "appointment"
	ClassWalkIn      = "walk-in"
)

// maxWeight bounds a weight, so that credits stay small.
const maxWeight = 100

// check returns what is wrong with s in the words of the hall, or "".
func (s *Strategy) check(known func(ServiceID) bool) string {
	if !slices.Contains(Strategies(), s.Kind) {
		return fmt.Sprintf("没有叫号策略 %q，可用 due-date、ratio、strict、longest-wait、by-hand", s.Kind)
	}
	if s.Kind != StrategyRatio && len(s.Weights) > 0 || s.Kind != StrategyStrict && len(s.Order) > 0 {
		return "weights 只用于 ratio，order 只用于 strict"
	}
	for i, id := range s.Order {
		if !known(id) || slices.Index(s.Order, id) != i {
			return fmt.Sprintf("没有业务 %q，或写了两次", id)
		}
	}
	if s.Kind != StrategyRatio {
		return ""
	}
	sum := 0
	byService := s.byService()
	for _, class := range slices.Sorted(maps.Keys(s.Weights)) {
		weight := s.Weights[class]
		if weight < 0 || weight > maxWeight {
			return fmt.Sprintf("比例必须在 0 到 %d 之间", maxWeight)
		}
		if plain := class == ClassAppointment || class == ClassWalkIn; plain == byService || byService && !known(ServiceID(class)) {
			return fmt.Sprintf("比例的类别 %q 不可用：要么是 appointment 和 walk-in，要么都是业务编号", class)
		}
		sum += weight
	}
	if sum == 0 {
		return "比例至少要有一个大于 0"
	}
	return ""
}

// known is s if c has all its services, or nil.
func (s *Strategy) known(c *Config) *Strategy {
	if s == nil || s.check(func(id ServiceID) bool { return c.Service(id) != nil }) != "" {
		return nil
	}
	return s
}

// byService tells whether the weights are those of services.
func (s *Strategy) byService() bool {
	_, a := s.Weights[ClassAppointment]
	_, w := s.Weights[ClassWalkIn]
	return !a && !w
}

// fair tells whether the bound on overtaking holds.
func (s *Strategy) fair() bool { return s.Kind != StrategyStrict && s.Kind != StrategyByHand }

// asking is a window that calls.
type asking struct {
	window   *WindowConfig
	strategy *Strategy
	turns    map[string]int // credits of a ratio, not changed
	now      Time
}

// choice is who is next and why; turns are the new credits of a ratio.
type choice struct {
	ticket *Ticket
	reason Reason
	turns  map[string]int
}

// pick chooses the ticket that a window calls next; no ticket means that nobody
// waits whom it could call.
//
// Under a fair strategy no ticket is overtaken by more than Rules.Overtaking
// later arrivals at windows that could have called it: one that has reached the
// bound goes before everything but a senior that has reached it too.
func (l *line) pick(a asking) choice {
	c := l.pickFrom(a, a.window.places)
	if c.ticket == nil && len(a.window.helps) > 0 {
		if c = l.pickFrom(a, a.window.helps); c.ticket != nil {
			c.reason.Rule = RuleHelp
		}
	}
	return c
}

// pickFrom is pick among the services at places.
func (l *line) pickFrom(a asking, places []int) choice {
	c := choice{reason: Reason{Strategy: a.strategy.Kind}}
	if c.reason.Candidates = l.candidates(places, a.window.ID, a.now); c.reason.Candidates == 0 {
		return c
	}
	bounded := 0
	for _, i := range places {
		bounded += l.lanes[i].bounded
	}
	switch a.strategy.Kind {
	case StrategyStrict:
		c.ticket, c.reason.Rule = l.strict(a, places), RuleStrict
	case StrategyLongest:
		c.ticket, c.reason.Rule = l.longest(a, places), RuleLongest
	case StrategyRatio:
		l.ratio(a, places, &c)
	default:
		c.ticket, c.reason.Rule = l.due(a, places)
	}
	if bounded > 0 && a.strategy.fair() {
		if t := l.bounded(a, places); t != nil && t != c.ticket {
			c.ticket, c.turns = t, nil
			c.reason.Rule, c.reason.Class = RuleBound, ""
		}
	}
	if c.ticket != nil {
		c.reason.Overtaken = c.ticket.Overtaken
	}
	return c
}

// due is the earliest target time; slots that have begun come first.
func (l *line) due(a asking, places []int) (*Ticket, Rule) {
	var best, inSlot *Ticket
	for _, i := range places {
		lane := &l.lanes[i]
		if t := l.first(lane.walkIns, a.window.ID, a.now); t != nil && (best == nil || t.before(best)) {
			best = t
		}
		for _, t := range lane.booked {
			if !l.callable(t, a.window.ID, a.now) {
				continue
			}
			if best == nil || t.before(best) {
				best = t
			}
			if t.Slot <= a.now && (inSlot == nil || t.before(inSlot)) {
				inSlot = t
			}
		}
	}
	if inSlot != nil && inSlot != best {
		return inSlot, RuleSlot
	}
	return best, RuleDue
}

// strict is the first by target time of the first service that has anybody.
func (l *line) strict(a asking, places []int) *Ticket {
	for _, id := range a.strategy.Order {
		i, ok := l.conf.places[id]
		if !ok || !slices.Contains(places, i) {
			continue
		}
		if t, _ := l.due(a, []int{i}); t != nil {
			return t
		}
	}
	for i := range places {
		if slices.Contains(a.strategy.Order, l.conf.Services[places[i]].ID) {
			continue
		}
		if t, _ := l.due(a, places[i:i+1]); t != nil {
			return t
		}
	}
	return nil
}

// longest is the one with the most seniority.
func (l *line) longest(a asking, places []int) *Ticket {
	var best *Ticket
	for _, i := range places {
		for _, list := range [][]*Ticket{l.lanes[i].walkIns, l.lanes[i].booked} {
			for _, t := range list {
				if (best == nil || t.senior(best)) && l.callable(t, a.window.ID, a.now) {
					best = t
				}
			}
		}
	}
	return best
}

// bounded is the one with the most seniority among those that may not be
// overtaken any more.
func (l *line) bounded(a asking, places []int) *Ticket {
	var best *Ticket
	for _, i := range places {
		lane := &l.lanes[i]
		if lane.bounded == 0 {
			continue
		}
		for _, list := range [][]*Ticket{lane.walkIns, lane.booked} {
			for _, t := range list {
				if t.Overtaken >= l.conf.Rules.Overtaking && (best == nil || t.senior(best)) && l.callable(t, a.window.ID, a.now) {
					best = t
				}
			}
		}
	}
	return best
}

// ratio gives the turn to the class with the most credit.
func (l *line) ratio(a asking, places []int, c *choice) {
	var room [4]head
	heads := room[:0] // by class
	keep := func(class string, t *Ticket) {
		if t == nil {
			return
		}
		i, found := slices.BinarySearchFunc(heads, class, func(h head, class string) int { return strings.Compare(h.class, class) })
		if !found {
			heads = slices.Insert(heads, i, head{class, t})
		} else if t.before(heads[i].ticket) {
			heads[i].ticket = t
		}
	}
	for at, i := range places {
		if a.strategy.byService() {
			t, _ := l.due(a, places[at:at+1])
			keep(string(l.conf.Services[i].ID), t)
			continue
		}
		keep(ClassAppointment, l.first(l.lanes[i].booked, a.window.ID, a.now))
		keep(ClassWalkIn, l.first(l.lanes[i].walkIns, a.window.ID, a.now))
	}
	if len(heads) == 0 {
		return
	}
	best, turns := turn(a.turns, a.strategy.Weights, heads)
	c.ticket, c.turns, c.reason.Rule, c.reason.Class = best.ticket, turns, RuleRatio, best.class
}

// head is the first of a class.
type head struct {
	class  string
	ticket *Ticket
}

// turn is one step of smooth weighted round robin between the classes present:
// each gains its weight, the richest pays for all. It returns who has the turn
// and the new credits.
func turn(credits, weights map[string]int, present []head) (head, map[string]int) {
	next := make(map[string]int, len(weights))
	maps.Copy(next, credits)
	total, best := 0, present[0]
	for _, h := range present {
		weight := weights[h.class]
		total += weight
		next[h.class] += weight
		if weight > 0 && (weights[best.class] == 0 || next[h.class] > next[best.class]) {
			best = h
		}
	}
	next[best.class] -= total
	return best, next
}
