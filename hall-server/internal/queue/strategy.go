package queue

// StrategyDue is the due-date strategy: the earliest target time goes first, so
// age always wins in the end.
const StrategyDue = "due-date"

// pick chooses the ticket that window conf calls next and says why; nil means
// that nobody waits.
//
// No ticket is overtaken by more than Rules.Overtaking later arrivals at
// windows that could have called it: one that has reached the bound goes before
// everything but an earlier arrival that has reached it too.
func pick(s *State, conf *WindowConfig) (*Ticket, Reason) {
	reason := Reason{Strategy: StrategyDue, Rule: RuleDue}
	var best, bound *Ticket
	for _, service := range conf.Services {
		list := s.waiting[service]
		reason.Candidates += len(list)
		if len(list) > 0 && (best == nil || list[0].before(best)) {
			best = list[0]
		}
		for _, t := range list {
			if t.Overtaken >= s.Config.Rules.Overtaking && (bound == nil || t.Arrival < bound.Arrival) {
				bound = t
			}
		}
	}
	if bound != nil && bound != best {
		best, reason.Rule = bound, RuleBound
	}
	if best != nil {
		reason.Overtaken = best.Overtaken
	}
	return best, reason
}

// candidates counts what a window could call.
func (s *State) candidates(conf *WindowConfig) int {
	n := 0
	for _, service := range conf.Services {
		n += len(s.waiting[service])
	}
	return n
}

// overtake counts the call of t at conf against everyone who came before it
// and could have been called there.
func (s *State) overtake(t *Ticket, conf *WindowConfig) {
	if conf == nil {
		return
	}
	for _, service := range conf.Services {
		for _, o := range s.waiting[service] {
			if o.Arrival < t.Arrival {
				o.Overtaken++
			}
		}
	}
}
