package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestCallNextTakesTheEarliestDue(t *testing.T) {
	h := newHall(t)
	h.take("tax") // A001, due 09:20
	h.pass(time.Minute)
	h.take("card") // A002, due 09:11
	h.pass(time.Minute)
	h.take("tax", func(c *queue.TakeTicket) { c.Priority = "elderly" }) // A003, due 09:12
	h.take("licence")                                                   // not at window 1
	h.wantCalls("1", "A002", "A003", "A001")
	if h.callNext("1") != nil {
		t.Error("window 1 called somebody it doesn't serve")
	}
}

func TestEqualDueTimesGoByArrival(t *testing.T) {
	h := newHall(t)
	for range 5 {
		h.take("tax")
	}
	h.wantCalls("1", "A001", "A002", "A003", "A004", "A005")
}

func TestAppointmentsGoByTheirSlot(t *testing.T) {
	h := newHall(t)
	booked := func(in time.Duration) func(*queue.TakeTicket) {
		return func(c *queue.TakeTicket) { c.Channel, c.Slot = "appointment", morning.Add(in) }
	}
	h.take("tax")                         // A001, due 09:20
	h.take("tax", booked(25*time.Minute)) // A002
	h.take("tax", booked(5*time.Minute))  // A003
	h.wantCalls("2", "A003", "A001", "A002")
}

func TestACallStoresWhy(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	h.take("card")
	called := h.callNext("1")
	if called.Reason == nil || *called.Reason != (queue.Reason{Strategy: "due-date", Rule: queue.RuleDue, Candidates: 2}) {
		t.Errorf("reason %+v", called.Reason)
	}
	if called.Clerk != "clerk-1" || called.CalledAt != h.now || called.CallID() != string(called.ID)+".1" {
		t.Errorf("call %+v", called)
	}
	if called.Overtaken != 0 || h.s.List()[0].Overtaken != 1 {
		t.Error("the earlier arrival's overtaking wasn't counted")
	}
}

func TestNobodyIsCalledTwice(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	first := h.callNext("1")
	h.nothing(queue.CallNext{Window: "2"})
	r := h.refusal(queue.CallTicket{Window: "2", Ticket: first.ID}, queue.Conflict, "ticket.wrong-state")
	if r.State != "called" {
		t.Errorf("refusal names state %s", r.State)
	}
}

func TestNoTicketIsOvertakenMoreOftenThanTheBound(t *testing.T) {
	h := newHall(t, func(c *queue.Config) { c.Rules.Overtaking = 2 })
	h.take("tax") // A001, due in 20 minutes
	elderly := func(c *queue.TakeTicket) { c.Priority = "elderly" }
	for range 3 {
		h.take("tax", elderly)
	}
	h.wantCalls("2", "A002", "A003")
	called := h.callNext("2")
	if called.Number != "A001" || called.Reason.Rule != queue.RuleBound || called.Reason.Overtaken != 2 {
		t.Errorf("called %s by %+v, want A001 by the bound", called.Number, called.Reason)
	}
	h.serve(called)
	h.wantCalls("2", "A004")
}

func TestTheBoundHoldsAcrossServicesOfAWindow(t *testing.T) {
	h := newHall(t, func(c *queue.Config) { c.Rules.Overtaking = 3 })
	h.take("tax") // A001 could be called at windows 1 and 2
	for range 4 {
		h.take("card") // due earlier, window 1 only
	}
	h.wantCalls("1", "A002", "A003", "A004", "A001", "A005")
}

func TestCallsElsewhereOvertakeNobody(t *testing.T) {
	h := newHall(t)
	first := h.take("licence") // window 3 only
	h.take("tax")
	h.wantCalls("1", "A001")
	if first.Overtaken != 0 {
		t.Errorf("overtaken %d times at a window that doesn't serve it", first.Overtaken)
	}
}

func TestCallingByHandIsRecordedWithItsReason(t *testing.T) {
	h := newHall(t)
	first := h.take("tax")
	second := h.take("tax")
	h.do(queue.CallTicket{Window: "1", Ticket: second.ID, Reason: "带小孩"})
	h.want(second, queue.Called, "1")
	if got := *second.Reason; got.Rule != queue.RuleByHand || got.Text != "带小孩" || got.Candidates != 2 {
		t.Errorf("reason %+v", got)
	}
	if first.Overtaken != 1 {
		t.Errorf("first overtaken %d times, want 1", first.Overtaken)
	}
}

func TestCallRefusals(t *testing.T) {
	tests := []struct {
		name string
		cmd  func(h *hall) queue.Command
		kind queue.Kind
		code string
	}{
		{"an unknown window", func(*hall) queue.Command { return queue.CallNext{Window: "9"} }, queue.NotFound, "window.unknown"},
		{"nobody signed in", func(h *hall) queue.Command {
			h.do(queue.SignOut{Window: "1"})
			return queue.CallNext{Window: "1"}
		}, queue.Conflict, "window.signed-out"},
		{"a paused window", func(h *hall) queue.Command {
			h.do(queue.Pause{Window: "1"})
			return queue.CallNext{Window: "1"}
		}, queue.Conflict, "window.paused"},
		{"a window with a ticket", func(h *hall) queue.Command {
			h.callNext("1")
			return queue.CallNext{Window: "1"}
		}, queue.Conflict, "window.busy"},
		{"by hand at a window with a ticket", func(h *hall) queue.Command {
			h.callNext("1")
			return queue.CallTicket{Window: "1", Ticket: "t2"}
		}, queue.Conflict, "window.busy"},
		{"a ticket that isn't there", func(*hall) queue.Command {
			return queue.CallTicket{Window: "1", Ticket: "nope"}
		}, queue.NotFound, "ticket.unknown"},
		{"a service of another window", func(*hall) queue.Command {
			return queue.CallTicket{Window: "3", Ticket: "t1"}
		}, queue.Conflict, "ticket.other-service"},
		{"a reason that is too long", func(*hall) queue.Command {
			return queue.CallTicket{Window: "1", Ticket: "t1", Reason: strings.Repeat("长", 201)}
		}, queue.Invalid, "text.too-long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t)
			h.take("tax")
			h.take("tax")
			r := h.refusal(tt.cmd(h), tt.kind, tt.code)
			if tt.code == "window.busy" && (r.State != "called" || len(r.Allowed) == 0 || r.Vars["number"] != "A001") {
				t.Errorf("refusal %+v doesn't say what is in front of the clerk and what to do", r)
			}
		})
	}
}

func TestRecallsAreLimitedAndSpaced(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	called := h.callNext("1")
	recall := queue.TicketCommand{Verb: queue.VerbRecall, Ticket: called.ID, Window: "1"}
	for i := range 3 {
		h.pass(9500 * time.Millisecond)
		if r := h.refusal(recall, queue.Conflict, "ticket.recall-too-soon"); r.Vars["seconds"] != "1" || r.State != "called" {
			t.Errorf("refusal %+v, want 1 second to go", r)
		}
		h.pass(500 * time.Millisecond)
		h.do(recall)
		if want := fmt.Sprintf("%s.%d", called.ID, i+2); called.CallID() != want {
			t.Errorf("call id %s, want %s", called.CallID(), want)
		}
	}
	h.pass(time.Minute)
	if r := h.refusal(recall, queue.Conflict, "ticket.recall-limit"); r.Vars["limit"] != "3" || len(r.Allowed) == 0 {
		t.Errorf("refusal %+v, want the limit and what is allowed", r)
	}
	h.verb(queue.VerbPutBack, called)
	again := h.callNext("1")
	h.pass(10 * time.Second)
	h.do(recall) // a new call has its own recalls
	if again.Recalls != 1 {
		t.Errorf("%d recalls, want 1", again.Recalls)
	}
}

func TestArriveEndsTheWaitAndFinishTheService(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	h.pass(4 * time.Minute)
	ticket := h.callNext("1")
	h.pass(time.Minute)
	h.verb(queue.VerbArrive, ticket)
	h.want(ticket, queue.Serving, "1")
	h.pass(7 * time.Minute)
	h.do(queue.Finish{Ticket: ticket.ID, Window: "1", Result: "issued"})
	h.want(ticket, queue.Finished, "1")
	if ticket.Result != "issued" || ticket.Ended != h.now {
		t.Errorf("finished ticket %+v", ticket)
	}
	w := h.s.Windows["1"]
	if w.Ticket != "" || w.Served != 1 || w.ServiceMs != queue.Time(7*time.Minute.Milliseconds()) {
		t.Errorf("window %+v", w)
	}
	want := queue.Learned{Services: 1, ServiceMs: 7 * 60_000, Waits: 1, WaitMs: 5 * 60_000}
	if got := *h.s.Learned["tax"]; got != want {
		t.Errorf("the day learned %+v, want %+v", got, want)
	}
}

func TestAVisitIsAChainOfPeriods(t *testing.T) {
	h := newHall(t)
	ticket := h.take("tax")
	h.pass(time.Minute)
	h.callNext("2")
	h.pass(time.Minute)
	h.verb(queue.VerbPutBack, ticket)
	h.pass(time.Minute)
	h.callNext("1")
	h.pass(time.Minute)
	h.serve(ticket)
	minute := func(n int) queue.Time { return morning.Add(time.Duration(n) * time.Minute) }
	want := []queue.Period{
		{State: queue.Waiting, Service: "tax", From: minute(0), To: minute(1)},
		{State: queue.Called, Service: "tax", Window: "2", Clerk: "clerk-2", From: minute(1), To: minute(2)},
		{State: queue.Waiting, Service: "tax", From: minute(2), To: minute(3)},
		{State: queue.Called, Service: "tax", Window: "1", Clerk: "clerk-1", From: minute(3), To: minute(4)},
		{State: queue.Serving, Service: "tax", Window: "1", Clerk: "clerk-1", From: minute(4), To: minute(5)},
	}
	if toJSON(t, ticket.Periods) != toJSON(t, want) {
		t.Errorf("periods\n%s, want\n%s", toJSON(t, ticket.Periods), toJSON(t, want))
	}
}

func TestPutBackKeepsThePlace(t *testing.T) {
	h := newHall(t)
	for range 3 {
		h.take("tax")
		h.pass(time.Second)
	}
	first := h.callNext("1")
	h.verb(queue.VerbPutBack, first)
	h.want(first, queue.Waiting, "")
	if first.Clerk != "" || h.s.Windows["1"].Ticket != "" {
		t.Error("a ticket that was put back still has a window")
	}
	h.wantCalls("2", "A001", "A002", "A003")
}

func TestANoShowFreesTheWindowAndMayBeCancelled(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	h.take("tax")
	ticket := h.callNext("1")
	h.do(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: ticket.ID, Window: "1"})
	h.want(ticket, queue.Missed, "1")
	h.wantCalls("1", "A002")
	if h.callNext("1") != nil {
		t.Error("a missed ticket was called again")
	}
	h.do(queue.Cancel{Ticket: ticket.ID, Reason: "citizen left"})
	if ticket.State != queue.Cancelled {
		t.Errorf("state %s, want cancelled", ticket.State)
	}
}

func TestNoShowsByThemselves(t *testing.T) {
	h := newHall(t, func(c *queue.Config) { c.Rules.RecallLimit, c.Rules.NoShowAfter = 1, time.Minute })
	h.take("tax")
	ticket := h.callNext("1")
	h.pass(2 * time.Minute)
	h.nothing(queue.Tick{}) // recalls are left
	h.verb(queue.VerbRecall, ticket)
	h.pass(time.Minute - time.Millisecond)
	h.nothing(queue.Tick{})
	h.pass(time.Millisecond)
	events := h.do(queue.Tick{})
	if missed, ok := events[0].(queue.TicketMissed); !ok || !missed.Auto || len(events) != 1 {
		t.Errorf("got %s, want one miss by time", toJSON(t, queue.Events(events)))
	}
	h.want(ticket, queue.Missed, "1")

	off := newHall(t)
	off.take("tax")
	off.callNext("1")
	off.pass(5 * time.Hour)
	off.nothing(queue.Tick{})
}

func TestOnlyItsWindowHandlesATicket(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	ticket := h.callNext("1")
	for _, cmd := range []queue.Command{
		queue.TicketCommand{Verb: queue.VerbArrive, Ticket: ticket.ID, Window: "2"},
		queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: ticket.ID, Window: "2"},
		queue.Finish{Ticket: ticket.ID, Window: "2"},
		queue.Rate{Ticket: ticket.ID, Window: "2", Score: 5},
	} {
		if r := h.refusal(cmd, queue.Forbidden, "ticket.other-window"); r.Vars["window"] != "1" {
			t.Errorf("%s: refusal names %v, want window 1", cmd.Name(), r.Vars)
		}
	}
	h.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: ticket.ID}) // a supervisor
}

func TestARatingIsGivenOnce(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	ticket := h.callNext("1")
	h.serve(ticket)
	for _, score := range []int{-1, 0, 6} {
		h.refuse(queue.Rate{Ticket: ticket.ID, Score: score}, queue.Invalid, "score.invalid")
	}
	h.refuse(queue.Rate{Ticket: ticket.ID, Score: 5, Via: strings.Repeat("x", 201)}, queue.Invalid, "text.too-long")
	h.do(queue.Rate{Ticket: ticket.ID, Window: "1", Score: 4, Via: "pad"})
	if ticket.Score != 4 {
		t.Errorf("score %d, want 4", ticket.Score)
	}
	h.refuse(queue.Rate{Ticket: ticket.ID, Score: 5}, queue.Conflict, "ticket.already-rated")
}

func TestTextsHaveLimits(t *testing.T) {
	h := newHall(t)
	long := strings.Repeat("长", 201)
	waiting := h.take("licence")
	h.take("tax")
	ticket := h.callNext("1")
	h.verb(queue.VerbArrive, ticket)
	for _, cmd := range []queue.Command{
		queue.Finish{Ticket: ticket.ID, Result: long},
		queue.Cancel{Ticket: waiting.ID, Reason: long},
		queue.RecordPrint{Ticket: ticket.ID, Outcome: long},
		queue.RecordPrint{Ticket: ticket.ID, Job: long},
		queue.AcknowledgeCall{Ticket: ticket.ID, Call: ticket.CallID(), Channel: "led", Failed: long},
	} {
		h.refuse(cmd, queue.Invalid, "text.too-long")
	}
	h.refuse(queue.Pause{Window: "2", Text: strings.Repeat("长", 61)}, queue.Invalid, "text.too-long")
	h.do(queue.Finish{Ticket: ticket.ID, Result: strings.Repeat("长", 200)})
	h.do(queue.Pause{Window: "2", Text: strings.Repeat("长", 60)})
}

func TestEveryChannelAcknowledgesACallOnce(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	ticket := h.callNext("1")
	ack := queue.AcknowledgeCall{Ticket: ticket.ID, Call: ticket.CallID(), Channel: "led", Device: "strip-1"}
	h.do(ack)
	h.nothing(ack)
	voice := ack
	voice.Channel, voice.Device, voice.Failed = "voice", "display-1", "no sound card"
	h.do(voice) // a channel that fails blocks nobody
	if len(ticket.Acks) != 2 || ticket.Acks[1].Failed == "" || ticket.Acks[0].At != h.now {
		t.Errorf("acknowledgements %+v", ticket.Acks)
	}
	h.pass(10 * time.Second)
	h.verb(queue.VerbRecall, ticket)
	if len(ticket.Acks) != 0 {
		t.Error("a recall kept the acknowledgements of the call before")
	}
	h.nothing(ack) // of the older call
	for i := range 80 {
		_, _ = h.try(queue.AcknowledgeCall{Ticket: ticket.ID, Call: ticket.CallID(), Channel: "page", Device: fmt.Sprint(i)})
	}
	if len(ticket.Acks) != 64 {
		t.Errorf("a ticket keeps %d acknowledgements, want 64 at most", len(ticket.Acks))
	}
	h.refuse(queue.AcknowledgeCall{Ticket: "nope", Call: "nope.1"}, queue.NotFound, "ticket.unknown")
}

func TestATicketNeverCalledTakesNoAcknowledgement(t *testing.T) {
	h := newHall(t)
	ticket := h.take("tax")
	h.nothing(queue.AcknowledgeCall{Ticket: ticket.ID, Call: "", Channel: "led", Device: "strip-1"})
}

func TestPrintOutcomesAreKept(t *testing.T) {
	h := newHall(t)
	ticket := h.take("tax")
	failed := queue.RecordPrint{Ticket: ticket.ID, Job: "j1", Outcome: "failed", Device: "printer"}
	h.do(failed)
	h.nothing(failed)
	h.do(queue.RecordPrint{Ticket: ticket.ID, Job: "j2", Outcome: "printed"})
	if ticket.Print != "printed" || ticket.State != queue.Waiting {
		t.Errorf("ticket %+v", ticket)
	}
	h.refuse(queue.RecordPrint{Ticket: "nope", Outcome: "printed"}, queue.NotFound, "ticket.unknown")
}
