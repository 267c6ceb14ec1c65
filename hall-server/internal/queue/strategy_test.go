package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func strategy(kind queue.StrategyKind) *queue.Strategy { return &queue.Strategy{Kind: kind} }

// numbers calls n times at w and serves each at once.
func (h *hall) numbers(w queue.WindowID, n int) string {
	h.t.Helper()
	var out []string
	for range n {
		ticket := h.callNext(w)
		if ticket == nil {
			break
		}
		out = append(out, ticket.Number)
		h.serve(ticket)
	}
	return strings.Join(out, " ")
}

// mixedHall has, for window 1: A001 tax (due 09:20), A002 card (09:12), A003
// tax of an elderly person (09:14), A004 card (09:16).
func mixedHall(t *testing.T, s *queue.Strategy) *hall {
	t.Helper()
	h := newHall(t, func(c *queue.Config) { c.Rules.Strategy = s })
	h.take("tax")
	h.pass(2 * time.Minute)
	h.take("card")
	h.pass(2 * time.Minute)
	h.take("tax", func(c *queue.TakeTicket) { c.Priority = "elderly" })
	h.pass(2 * time.Minute)
	h.take("card")
	return h
}

func TestEachStrategyChoosesByItsRule(t *testing.T) {
	tests := []struct {
		name     string
		strategy *queue.Strategy
		rule     queue.Rule
		want     string
	}{
		{"none is due date", nil, queue.RuleDue, "A002 A003 A004 A001"},
		{"due date", strategy(queue.StrategyDue), queue.RuleDue, "A002 A003 A004 A001"},
		{"longest wait", strategy(queue.StrategyLongest), queue.RuleLongest, "A001 A002 A003 A004"},
		{"strict, by the window's order", strategy(queue.StrategyStrict), queue.RuleStrict, "A003 A001 A002 A004"},
		{"strict, by an order of its own", &queue.Strategy{Kind: queue.StrategyStrict, Order: []queue.ServiceID{"licence", "card"}}, queue.RuleStrict, "A002 A004 A003 A001"},
		{"two cards for one tax", &queue.Strategy{Kind: queue.StrategyRatio, Weights: map[string]int{"card": 2, "tax": 1}}, queue.RuleRatio, "A002 A003 A004 A001"},
		{"three taxes for one card", &queue.Strategy{Kind: queue.StrategyRatio, Weights: map[string]int{"card": 1, "tax": 3}}, queue.RuleRatio, "A003 A002 A001 A004"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := mixedHall(t, tt.strategy)
			first := h.callNext("1")
			if first.Reason.Rule != tt.rule || first.Reason.Candidates != 4 {
				t.Errorf("the first call's reason is %+v, want %s among 4", first.Reason, tt.rule)
			}
			h.serve(first)
			if got := first.Number + " " + h.numbers("1", 4); got != tt.want {
				t.Errorf("called %s, want %s", got, tt.want)
			}
		})
	}
}

func TestARatioOfAppointmentsAndWalkInsIsKept(t *testing.T) {
	h := newHall(t, allRules, func(c *queue.Config) {
		c.Rules.Overtaking = 100
		c.Rules.Strategy = &queue.Strategy{
			Kind: queue.StrategyRatio, Weights: map[string]int{queue.ClassAppointment: 2, queue.ClassWalkIn: 1},
		}
	})
	for i := range 6 {
		h.take("tax")
		h.checkIn(h.bookFor(fmt.Sprint("b", i), "tax", h.now, h.now.Add(time.Hour)))
	}
	var got strings.Builder
	for range 9 {
		ticket := h.callNext("2")
		got.WriteString(ticket.Reason.Class[:1])
		h.restart() // the credits are part of the state
		h.serve(h.s.Tickets[ticket.ID])
	}
	if got.String() != "awaawaawa" {
		t.Errorf("turns %s, want two appointments for one walk-in", got.String())
	}
	if rest := h.numbers("2", 4); rest != "A007 A009 A011" {
		t.Errorf("without appointments came %s, want the other walk-ins", rest)
	}
}

func TestAClassWithoutAWeightComesWhenTheOthersHaveNobody(t *testing.T) {
	h := mixedHall(t, &queue.Strategy{Kind: queue.StrategyRatio, Weights: map[string]int{"tax": 1}})
	if got := h.numbers("1", 4); got != "A003 A001 A002 A004" {
		t.Errorf("called %s, want tax before card", got)
	}
}

func TestAStrategyChangesForAllSomeOrOneWindowAtTheNextCall(t *testing.T) {
	h := newHall(t)
	longest := strategy(queue.StrategyLongest)
	wants := func(want string) {
		t.Helper()
		var got []string
		for _, w := range []queue.WindowID{"1", "2", "3"} {
			got = append(got, string(h.s.Strategy(w).Kind))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("strategies %v, want %s", got, want)
		}
	}
	wants("due-date due-date due-date")
	h.do(queue.SetStrategy{Windows: []queue.WindowID{"1"}, Strategy: longest})
	wants("longest-wait due-date due-date")
	h.do(queue.SetStrategy{Windows: []queue.WindowID{"2", "3"}, Strategy: strategy(queue.StrategyStrict)})
	wants("longest-wait strict strict")
	h.restart()
	wants("longest-wait strict strict")
	h.do(queue.SetStrategy{Strategy: longest})
	wants("longest-wait longest-wait longest-wait")
	h.do(queue.SetStrategy{})
	wants("due-date due-date due-date")

	h = mixedHall(t, nil)
	called := h.callNext("1") // A002 by due date
	h.do(queue.SetStrategy{Windows: []queue.WindowID{"1"}, Strategy: longest})
	h.want(called, queue.Called, "1") // who was called stays
	h.serve(called)
	if got := h.numbers("1", 1); got != "A001" {
		t.Errorf("the next call brought %s, want A001 by the new strategy", got)
	}
}

func TestAWindowsOwnStrategyGoesBeforeTheHalls(t *testing.T) {
	h := newHall(t, func(c *queue.Config) {
		c.Rules.Strategy = strategy(queue.StrategyLongest)
		c.Windows[0].Strategy = strategy(queue.StrategyStrict)
	})
	if a, b := h.s.Strategy("1").Kind, h.s.Strategy("2").Kind; a != queue.StrategyStrict || b != queue.StrategyLongest {
		t.Errorf("windows 1 and 2 follow %s and %s", a, b)
	}
}

func TestAStrategyOfServicesThatLeftTheHallIsDropped(t *testing.T) {
	h := newHall(t)
	h.do(queue.SetStrategy{Strategy: &queue.Strategy{Kind: queue.StrategyStrict, Order: []queue.ServiceID{"licence"}}})
	h.do(queue.SignOut{Window: "3"})
	conf := config()
	conf.Services, conf.Windows = conf.Services[:2], conf.Windows[:2]
	h.do(queue.Configure{Config: conf})
	if got := h.s.Strategy("1").Kind; got != queue.StrategyDue {
		t.Errorf("window 1 follows %s", got)
	}
}

func TestStrategyRefusals(t *testing.T) {
	ratio := func(weights map[string]int) *queue.Strategy {
		return &queue.Strategy{Kind: queue.StrategyRatio, Weights: weights}
	}
	tests := []struct {
		name     string
		strategy *queue.Strategy
	}{
		{"no kind", &queue.Strategy{}},
		{"an unknown kind", strategy("lottery")},
		{"a ratio of nothing", ratio(nil)},
		{"a ratio of zeros", ratio(map[string]int{"tax": 0})},
		{"a negative weight", ratio(map[string]int{"tax": 2, "card": -1})},
		{"a weight beyond all", ratio(map[string]int{"tax": 101})},
		{"a ratio of services and classes", ratio(map[string]int{"tax": 1, queue.ClassWalkIn: 1})},
		{"a ratio of an unknown service", ratio(map[string]int{"nope": 1})},
		{"weights of no ratio", &queue.Strategy{Kind: queue.StrategyDue, Weights: map[string]int{"tax": 1}}},
		{"an order of no strict", &queue.Strategy{Kind: queue.StrategyDue, Order: []queue.ServiceID{"tax"}}},
		{"an order of an unknown service", &queue.Strategy{Kind: queue.StrategyStrict, Order: []queue.ServiceID{"nope"}}},
		{"an order that names one twice", &queue.Strategy{Kind: queue.StrategyStrict, Order: []queue.ServiceID{"tax", "tax"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t)
			if r := h.refusal(queue.SetStrategy{Strategy: tt.strategy}, queue.Invalid, "strategy.invalid"); r.Vars["message"] == "" {
				t.Error("refusal without a message")
			}
			conf := config()
			conf.Windows[1].Strategy = tt.strategy
			if r := h.refusal(queue.Configure{Config: conf}, queue.Invalid, "hall.invalid"); r.Vars["path"] != "windows/1/strategy" {
				t.Errorf("refusal names %v", r.Vars)
			}
		})
	}
	h := newHall(t)
	h.refuse(queue.SetStrategy{Windows: []queue.WindowID{"1", "9"}}, queue.NotFound, "window.unknown")
	h.refuse(queue.SetStrategy{Windows: make([]queue.WindowID, 4)}, queue.Invalid, "window.unknown")
}

func TestByHandTheClerkPicks(t *testing.T) {
	h := newHall(t)
	h.do(queue.SetStrategy{Windows: []queue.WindowID{"1"}, Strategy: strategy(queue.StrategyByHand)})
	h.take("tax")
	picked := h.take("tax")
	h.refuse(queue.CallNext{Window: "1"}, queue.Conflict, "window.by-hand")
	h.do(queue.CallTicket{Window: "1", Ticket: picked.ID, Reason: "身体不适"})
	if got := *picked.Reason; got.Strategy != queue.StrategyByHand || got.Rule != queue.RuleByHand || got.Text != "身体不适" {
		t.Errorf("reason %+v", got)
	}
}

func TestTheBoundHoldsInEveryFairStrategy(t *testing.T) {
	for _, tt := range []struct {
		name     string
		strategy *queue.Strategy
		fair     bool
	}{
		{"due date", strategy(queue.StrategyDue), true},
		{"ratio", &queue.Strategy{Kind: queue.StrategyRatio, Weights: map[string]int{"card": 1}}, true},
		{"strict", &queue.Strategy{Kind: queue.StrategyStrict, Order: []queue.ServiceID{"card"}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, func(c *queue.Config) { c.Rules.Overtaking, c.Rules.Strategy = 2, tt.strategy })
			first := h.take("tax") // A001
			for range 4 {
				h.take("card") // all before tax, by each of the strategies
			}
			want := "A002 A003 A001 A004 A005"
			if !tt.fair {
				want = "A002 A003 A004 A005 A001"
			}
			if got := h.numbers("1", 5); got != want {
				t.Errorf("called %s, want %s", got, want)
			}
			if tt.fair != (first.Reason.Rule == queue.RuleBound) {
				t.Errorf("the first was called by %s", first.Reason.Rule)
			}
		})
	}
}

func TestAWindowHelpsOthersWhenNobodyWaitsForItsOwn(t *testing.T) {
	h := newHall(t, func(c *queue.Config) { c.Windows[2].Helps = []queue.ServiceID{"card", "tax"} })
	h.take("tax")     // A001
	h.take("card")    // A002
	h.take("licence") // B001
	h.wantCalls("3", "B001")
	helped := h.callNext("3")
	if helped.Number != "A002" || helped.Reason.Rule != queue.RuleHelp || helped.Reason.Candidates != 2 {
		t.Errorf("called %s by %+v, want A002 as a help", helped.Number, helped.Reason)
	}
	if h.s.List()[0].Overtaken != 1 {
		t.Error("the help overtook nobody")
	}
	h.verb(queue.VerbArrive, helped)
	h.do(queue.Park{Ticket: helped.ID})
	h.do(queue.Resume{Ticket: helped.ID, Window: "3"}) // who helped may go on
	h.do(queue.Finish{Ticket: helped.ID})
	h.take("licence")
	h.wantCalls("3", "B002", "A001")
	if h.callNext("2") != nil {
		t.Error("a window without a list helped")
	}
}

func TestAHelpByHandOvertakesTheWindowsOwn(t *testing.T) {
	h := newHall(t, func(c *queue.Config) { c.Windows[2].Helps = []queue.ServiceID{"card"} })
	own := h.take("licence")
	other := h.take("card")
	h.do(queue.CallTicket{Window: "3", Ticket: other.ID})
	if own.Overtaken != 1 || other.Reason.Candidates != 2 {
		t.Errorf("own overtaken %d times, %d candidates, want 1 and 2", own.Overtaken, other.Reason.Candidates)
	}
}

func TestTheReasonAloneSaysWhyAndTheLogReplaysToIt(t *testing.T) {
	h := mixedHall(t, nil)
	called := h.callNext("1")
	replayed := h.replay().Tickets[called.ID]
	if toJSON(t, replayed.Reason) != toJSON(t, called.Reason) || replayed.Reason.Strategy != queue.StrategyDue {
		t.Errorf("replayed reason %+v, want %+v", replayed.Reason, called.Reason)
	}
}

func TestOrderIsWhomAWindowWouldCall(t *testing.T) {
	h := mixedHall(t, nil)
	var got []string
	for _, id := range h.s.Order("1", h.now, 10) {
		got = append(got, h.s.Tickets[id].Number)
	}
	if strings.Join(got, " ") != "A002 A003 A004 A001" || len(h.s.Order("1", h.now, 2)) != 2 || h.s.Order("9", h.now, 2) != nil {
		t.Errorf("window 1 would call %v", got)
	}
	h.wantCalls("1", got...)
}

func TestHoldersFindTheirTickets(t *testing.T) {
	h := newHall(t, allRules)
	waiting, missed, gone := h.takeFor("p1"), h.takeFor("p2"), h.takeFor("p3")
	for _, cmd := range []queue.TakeTicket{waiting, missed, gone} {
		h.do(cmd)
	}
	h.take("tax") // a stranger's
	h.do(queue.CallTicket{Window: "1", Ticket: missed.ID})
	h.verb(queue.VerbNoShow, h.s.Tickets[missed.ID])
	h.do(queue.Cancel{Ticket: gone.ID})
	held := h.s.Held([]string{"p1", "p2", "p3", ""})
	if len(held) != 2 || held[0].ID != waiting.ID || held[1].ID != missed.ID {
		t.Errorf("held %s, want the one that waits and the missed one", toJSON(t, held))
	}
	if got := h.s.Numbered("A002"); got == nil || got.ID != missed.ID || h.s.Numbered("A999") != nil {
		t.Errorf("number A002 is %+v", got)
	}
}
