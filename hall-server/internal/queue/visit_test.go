package queue_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestATransferKeepsThePlaceByFirstArrival(t *testing.T) {
	h := newHall(t, allRules)
	moved := h.serving("2", "tax")
	h.pass(3 * time.Minute)
	h.take("card") // A002 came later
	h.do(queue.Transfer{Ticket: moved.ID, Window: "2", Service: "card", Reason: "先办卡"})
	if moved.Since != morning || moved.Due != morning.Add(10*time.Minute) {
		t.Errorf("since %s, due %s, want the first arrival and the new service's target", moved.Since.Std(), moved.Due.Std())
	}
	h.want(moved, queue.Waiting, "")
	h.wantCalls("1", "A001", "A002")
	if h.s.Windows["2"].Served != 1 || h.s.Learned["tax"].Services != 1 {
		t.Error("what was done before the transfer isn't counted at its window and service")
	}
}

func TestTransferPlaces(t *testing.T) {
	tests := []struct {
		name string
		edit func(*queue.Transfer)
		want []string
	}{
		{"to the front", func(c *queue.Transfer) { c.Place = queue.PlaceFront }, []string{"A005", "A001", "A002", "A003"}},
		{"by arrival", func(c *queue.Transfer) { c.Place = queue.PlaceArrival }, []string{"A001", "A002", "A003", "A005"}},
		{"after two", func(c *queue.Transfer) { c.Place, c.After = queue.PlaceAfter, 2 }, []string{"A001", "A002", "A003", "A005"}},
		{"after none", func(c *queue.Transfer) { c.Place = queue.PlaceAfter }, []string{"A001", "A002", "A003", "A005"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, allRules)
			for range 4 {
				h.take("card")
				h.pass(time.Minute)
			}
			h.do(queue.Cancel{Ticket: "t4"})
			moved := h.serving("2", "tax")
			cmd := queue.Transfer{Ticket: moved.ID, Service: "card"}
			tt.edit(&cmd)
			h.do(cmd)
			h.wantCalls("1", tt.want...)
		})
	}
}

func TestATransferAfterOthersStandsBehindThemAndOvertakesNone(t *testing.T) {
	h := newHall(t, allRules, func(c *queue.Config) { c.Rules.Overtaking = 1 })
	moved := h.serving("2", "tax") // came first of all
	for range 4 {
		h.pass(time.Minute)
		h.take("card") // A002 to A005
	}
	h.do(queue.Transfer{Ticket: moved.ID, Service: "card", Place: queue.PlaceAfter, After: 2})
	h.wantCalls("1", "A002", "A003")
	if moved.Overtaken != 0 {
		t.Errorf("overtaken %d times by those it was put behind", moved.Overtaken)
	}
	h.wantCalls("1", "A001", "A004", "A005")
}

func TestATransferToAWindowIsReservedWhileItHasAClerk(t *testing.T) {
	h := newHall(t, allRules)
	moved := h.serving("1", "tax")
	h.do(queue.Transfer{Ticket: moved.ID, To: "2", Reason: "主任窗口"})
	h.take("tax") // A002
	h.do(queue.Pause{Window: "2"})
	r := h.refusal(queue.CallTicket{Window: "1", Ticket: moved.ID}, queue.Conflict, "ticket.reserved")
	if r.Vars["window"] != "2" {
		t.Errorf("refusal names %v, want window 2", r.Vars)
	}
	called := h.callNext("1")
	if called.Number != "A002" || called.Reason.Candidates != 1 || moved.Overtaken != 0 {
		t.Errorf("window 1 called %s of %d, the reserved one was overtaken %d times", called.Number, called.Reason.Candidates, moved.Overtaken)
	}
	h.serve(called)
	if h.callNext("1") != nil {
		t.Error("window 1 called what waits for window 2")
	}
	h.do(queue.SignOut{Window: "2"}) // nobody is there any more
	h.wantCalls("1", "A001")
}

func TestAReservedTicketIsFreedWhenItsWindowServesSomethingElse(t *testing.T) {
	h := newHall(t, allRules)
	moved := h.serving("1", "tax")
	h.do(queue.Transfer{Ticket: moved.ID, To: "2"})
	conf := config()
	conf.Windows[1].Services = []queue.ServiceID{"card"}
	h.do(queue.Configure{Config: conf})
	h.restart()
	h.wantCalls("1", "A001")
}

func TestTransferRefusals(t *testing.T) {
	tests := []struct {
		name string
		cmd  queue.Transfer
		kind queue.Kind
		code string
	}{
		{"nowhere", queue.Transfer{}, queue.Invalid, "transfer.nowhere"},
		{"to no such service", queue.Transfer{Service: "nope"}, queue.Invalid, "service.unknown"},
		{"to no such window", queue.Transfer{To: "9"}, queue.NotFound, "window.unknown"},
		{"to a window that doesn't serve it", queue.Transfer{To: "3"}, queue.Conflict, "ticket.other-service"},
		{"to a service without a window", queue.Transfer{Service: "archive"}, queue.Conflict, "service.closed"},
		{"by another window", queue.Transfer{Service: "card", Window: "2"}, queue.Forbidden, "ticket.other-window"},
		{"to no known place", queue.Transfer{Service: "card", Place: "roof"}, queue.Invalid, "transfer.place"},
		{"after too many", queue.Transfer{Service: "card", Place: queue.PlaceAfter, After: 101}, queue.Invalid, "transfer.place"},
		{"after fewer than none", queue.Transfer{Service: "card", Place: queue.PlaceAfter, After: -1}, queue.Invalid, "transfer.place"},
		{"with a novel", queue.Transfer{Service: "card", Reason: strings.Repeat("长", 201)}, queue.Invalid, "text.too-long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, func(c *queue.Config) {
				archive := c.Services[1]
				archive.ID, archive.Closed = "archive", "已搬迁"
				c.Services = append(c.Services, archive)
			})
			tt.cmd.Ticket = h.serving("1", "tax").ID
			h.refuse(tt.cmd, tt.kind, tt.code)
		})
	}
}

func TestATransferRespectsTheOneTicketRule(t *testing.T) {
	h := newHall(t)
	tax, card := h.takeFor("p1"), h.takeFor("p1")
	card.Service = "card"
	h.do(tax)
	h.do(card)
	h.do(queue.CallTicket{Window: "2", Ticket: tax.ID})
	h.verb(queue.VerbArrive, h.s.Tickets[tax.ID])
	r := h.refusal(queue.Transfer{Ticket: tax.ID, Service: "card"}, queue.Conflict, "person.has-ticket")
	if r.Vars["ticket"] != string(card.ID) {
		t.Errorf("refusal names %v, want the other ticket", r.Vars)
	}
}

func TestParkedTimeIsNeitherWaitNorService(t *testing.T) {
	h := newHall(t, allRules)
	ticket := h.take("tax")
	h.pass(2 * time.Minute)
	h.callNext("1")
	h.pass(time.Minute)
	h.verb(queue.VerbArrive, ticket)
	h.pass(4 * time.Minute)
	h.do(queue.Park{Ticket: ticket.ID, Window: "1", Reason: "缺材料"})
	h.want(ticket, queue.Parked, "1")
	h.wantActivity("1", queue.Idle)
	h.pass(time.Hour)
	h.do(queue.Resume{Ticket: ticket.ID, Window: "2"})
	h.want(ticket, queue.Serving, "2")
	h.pass(3 * time.Minute)
	if wait, served := ticket.Waited(h.now), ticket.Served(h.now); wait != 3*time.Minute || served != 7*time.Minute {
		t.Errorf("waited %s and was served %s, want 3m and 7m", wait, served)
	}
	h.do(queue.Finish{Ticket: ticket.ID, Window: "2"})
	if got, want := *h.s.Learned["tax"], (queue.Learned{Services: 1, ServiceMs: 7 * 60_000, Waits: 1, WaitMs: 3 * 60_000}); got != want {
		t.Errorf("the day learned %+v, want %+v", got, want)
	}
	if got, want := ticket.Started, morning.Add(3*time.Minute); got != want {
		t.Errorf("started %s, want %s", got.Std(), want.Std())
	}
}

func TestAVisitParkedBeforeItsServiceBeginsWhenItIsResumed(t *testing.T) {
	h := newHall(t, allRules)
	ticket := h.take("tax")
	h.pass(time.Minute)
	h.callNext("1")
	h.do(queue.Park{Ticket: ticket.ID})
	h.pass(time.Hour)
	h.do(queue.Resume{Ticket: ticket.ID, Window: "1"})
	if ticket.Started != h.now || h.s.Learned["tax"].Waits != 1 || h.s.Learned["tax"].WaitMs != 60_000 {
		t.Errorf("started %d, the day learned %+v, want one wait of a minute", ticket.Started, h.s.Learned["tax"])
	}
}

func TestAVisitThatWaitsAgainAfterParkingHasOneWait(t *testing.T) {
	h := newHall(t, allRules)
	ticket := h.take("tax")
	h.pass(time.Minute)
	h.callNext("1")
	h.verb(queue.VerbArrive, ticket)
	h.do(queue.Park{Ticket: ticket.ID})
	h.do(queue.Resume{Ticket: ticket.ID}) // back to the queue
	h.pass(2 * time.Minute)
	h.serve(h.callNext("1"))
	if l := h.s.Learned["tax"]; l.Waits != 1 || l.WaitMs != 3*60_000 || l.Services != 1 {
		t.Errorf("the day learned %+v, want one wait of three minutes", l)
	}
}

func TestAParkedVisitReturnsByItselfIntoItsOldPlace(t *testing.T) {
	h := newHall(t, allRules)
	parked := h.serving("1", "tax") // A001
	h.do(queue.Park{Ticket: parked.ID, Until: h.now.Add(10 * time.Minute)})
	open := h.serving("1", "tax") // A002, without a deadline
	h.do(queue.Park{Ticket: open.ID})
	h.take("tax") // A003
	h.pass(10*time.Minute - time.Millisecond)
	h.nothing(queue.Tick{})
	h.pass(time.Millisecond)
	events := h.do(queue.Tick{})
	if got, ok := events[0].(queue.TicketReturned); !ok || !got.Auto || len(events) != 1 {
		t.Errorf("got %s, want one return by time", toJSON(t, queue.Events(events)))
	}
	h.want(parked, queue.Waiting, "")
	if parked.Until != 0 || parked.Parked != "" || open.State != queue.Parked {
		t.Errorf("returned %+v, the other is %s", parked, open.State)
	}
	h.wantCalls("2", "A001", "A003")
}

func TestParkAndResumeRefusals(t *testing.T) {
	h := newHall(t, allRules)
	ticket := h.serving("1", "tax")
	for _, until := range []queue.Time{h.now, h.now.Add(-time.Hour), h.now.Add(24 * time.Hour), -1, 1 << 62} {
		h.refuse(queue.Park{Ticket: ticket.ID, Until: until}, queue.Invalid, "park.until")
	}
	h.do(queue.Park{Ticket: ticket.ID})
	h.refuse(queue.Resume{Ticket: ticket.ID, Window: "3"}, queue.Conflict, "ticket.other-service")
	h.refuse(queue.Resume{Ticket: ticket.ID, Window: "9"}, queue.NotFound, "window.unknown")
	h.do(queue.Pause{Window: "2"})
	h.refuse(queue.Resume{Ticket: ticket.ID, Window: "2"}, queue.Conflict, "window.paused")
	h.serving("1", "tax")
	h.refuse(queue.Resume{Ticket: ticket.ID, Window: "1"}, queue.Conflict, "window.busy")
	h.do(queue.Resume{Ticket: ticket.ID, Window: "1", Back: true}) // to the queue one may always
}

// TestAMissedTicketRejoinsBehindThree holds for what the target times decide
// and for the longest wait alike.
func TestAMissedTicketRejoinsBehindThree(t *testing.T) {
	for _, kind := range []queue.StrategyKind{queue.StrategyDue, queue.StrategyLongest, queue.StrategyStrict} {
		t.Run(string(kind), func(t *testing.T) { rejoinBehindThree(t, kind) })
	}
}

func rejoinBehindThree(t *testing.T, kind queue.StrategyKind) {
	h := newHall(t, allRules)
	h.do(queue.SetStrategy{Strategy: &queue.Strategy{Kind: kind}})
	missed := h.take("tax") // A001
	h.callNext("2")
	h.verb(queue.VerbNoShow, missed)
	for range 5 {
		h.pass(time.Minute)
		h.take("tax") // A002 to A006
	}
	h.do(queue.Rejoin{Ticket: missed.ID, By: "kiosk"})
	h.want(missed, queue.Waiting, "")
	h.wantCalls("2", "A002", "A003", "A004", "A001", "A005")
	if missed.Rejoins != 1 || missed.Overtaken != 0 {
		t.Errorf("rejoined ticket %+v", missed)
	}
}

func TestRejoiningHasAGraceAndALimit(t *testing.T) {
	miss := func(h *hall, ticket *queue.Ticket) {
		h.do(queue.CallTicket{Window: "2", Ticket: ticket.ID})
		h.verb(queue.VerbNoShow, ticket)
	}
	h := newHall(t, allRules)
	a, b := h.take("tax"), h.take("tax")
	miss(h, a)
	miss(h, b)
	h.pass(30 * time.Minute)
	h.do(queue.Rejoin{Ticket: a.ID})
	h.pass(time.Millisecond)
	if r := h.refusal(queue.Rejoin{Ticket: b.ID}, queue.Conflict, "ticket.rejoin-late"); r.Vars["minutes"] != "30" {
		t.Errorf("refusal says %v, want the 30 minutes", r.Vars)
	}
	miss(h, a)
	if r := h.refusal(queue.Rejoin{Ticket: a.ID}, queue.Conflict, "ticket.rejoin-limit"); r.Vars["limit"] != "1" {
		t.Errorf("refusal says %v, want the limit 1", r.Vars)
	}
}

func TestWhoTookANewTicketDoesNotRejoinWithTheOld(t *testing.T) {
	h := newHall(t, allRules)
	old, fresh := h.takeFor("p1"), h.takeFor("p1")
	h.do(old)
	h.callNext("2")
	h.verb(queue.VerbNoShow, h.s.Tickets[old.ID])
	h.do(fresh)
	h.refuse(queue.Rejoin{Ticket: old.ID}, queue.Conflict, "person.has-ticket")
}

func TestWhoAsksForTimeIsNotCalledBeforeAndNotOvertakenMeanwhile(t *testing.T) {
	h := newHall(t, allRules, func(c *queue.Config) { c.Rules.Overtaking = 1 })
	late := h.take("tax") // A001
	for range 3 {
		h.take("tax")
	}
	h.do(queue.Delay{Ticket: late.ID, By: 10 * time.Minute})
	h.refuse(queue.Delay{Ticket: late.ID, By: 10 * time.Minute}, queue.Conflict, "ticket.delay-limit")
	h.wantCalls("2", "A002", "A003", "A004")
	if h.callNext("2") != nil || late.Overtaken != 0 {
		t.Errorf("called before the time was over, or overtaken %d times", late.Overtaken)
	}
	h.pass(10 * time.Minute)
	h.take("tax")
	h.wantCalls("2", "A001", "A005")
	for _, by := range []time.Duration{0, -time.Minute, 59 * time.Second, 31 * time.Minute} {
		h.refuse(queue.Delay{Ticket: h.take("tax").ID, By: by}, queue.Invalid, "delay.by")
	}
}

func TestReprintsAreMarkedAsCopies(t *testing.T) {
	h := newHall(t)
	ticket := h.take("tax")
	h.refuse(queue.Reprint{Ticket: ticket.ID}, queue.Invalid, "kiosk.unknown")
	for i := range 20 {
		events := h.do(queue.Reprint{Ticket: ticket.ID, Kiosk: "kiosk-2"})
		if got := events[0].(queue.TicketReprinted); got.Copy != i+1 || ticket.Copies != i+1 {
			t.Errorf("copy %d, the ticket has %d, want %d", got.Copy, ticket.Copies, i+1)
		}
	}
	h.refuse(queue.Reprint{Ticket: ticket.ID, Kiosk: "kiosk-2"}, queue.Conflict, "ticket.copy-limit")
	done := h.serving("1", "tax")
	h.do(queue.Finish{Ticket: done.ID})
	h.refuse(queue.Reprint{Ticket: done.ID, Kiosk: "kiosk-2"}, queue.Conflict, "ticket.wrong-state")
}

func TestTheDaysEndClosesParkedVisitsAsInaccurate(t *testing.T) {
	h := newHall(t, allRules)
	parked := h.serving("1", "tax")
	h.pass(time.Minute)
	h.do(queue.Park{Ticket: parked.ID})
	h.do(queue.EndDay{})
	if parked.State != queue.Closed || !parked.Inaccurate || parked.Ended != h.now {
		t.Errorf("parked ticket became %+v", parked)
	}
	if l := h.s.Learned["tax"]; l.Services != 0 {
		t.Errorf("a closed visit is counted in the service times: %+v", l)
	}
}

// What a clerk writes about a visit goes with it to whoever serves it next.
func TestNotesStayWithTheVisit(t *testing.T) {
	h := newHall(t, allRules)
	visit := h.serving("1", "tax")
	write := func(text string) { h.do(queue.Note{Ticket: visit.ID, Window: "1", Text: text}) }
	write(" 复印件明天补 ")
	h.do(queue.Transfer{Ticket: visit.ID, To: "2", Window: "1"})
	h.callNext("2")
	h.do(queue.Note{Ticket: visit.ID, Window: "2", Text: "已补"})
	h.restart()
	notes := h.s.Tickets[visit.ID].Notes
	if len(notes) != 2 || notes[0].Text != "复印件明天补" || notes[0].Window != "1" || notes[0].Clerk == "" || notes[1].Window != "2" {
		t.Fatalf("notes %+v", notes)
	}
}

// What a clerk has seen is seen for whoever serves the visit next, and stays so
// through a restart.
func TestSeenMaterialsStayWithTheVisit(t *testing.T) {
	h := newHall(t, allRules)
	visit := h.serving("1", "tax")
	see := func(window queue.WindowID, seen ...string) []queue.Event {
		return h.do(queue.SeeMaterials{Ticket: visit.ID, Window: window, Seen: seen})
	}
	see("1", " 身份证 ", "申请表", "身份证")
	if events := see("1", "身份证", "申请表"); len(events) != 0 {
		t.Errorf("seeing the same again is written down: %+v", events)
	}
	h.do(queue.Transfer{Ticket: visit.ID, To: "2", Window: "1"})
	h.callNext("2")
	h.restart()
	if got := h.s.Tickets[visit.ID].Seen; !slices.Equal(got, []string{"身份证", "申请表"}) {
		t.Errorf("the next clerk sees %q", got)
	}
	see("2")
	if got := h.s.Tickets[visit.ID].Seen; len(got) != 0 {
		t.Errorf("a tick can't be taken back: %q", got)
	}
}

func TestSeeMaterialsRefusals(t *testing.T) {
	many := make([]string, 101)
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	tests := []struct {
		name string
		cmd  queue.SeeMaterials
		kind queue.Kind
		code string
	}{
		{"without a name", queue.SeeMaterials{Window: "1", Seen: []string{" "}}, queue.Invalid, "materials.empty"},
		{"with a novel", queue.SeeMaterials{Window: "1", Seen: []string{strings.Repeat("长", 201)}}, queue.Invalid, "text.too-long"},
		{"with too many", queue.SeeMaterials{Window: "1", Seen: many}, queue.Invalid, "materials.too-many"},
		{"of no visit", queue.SeeMaterials{Ticket: "nope", Window: "1"}, queue.NotFound, "ticket.unknown"},
		{"by nobody", queue.SeeMaterials{}, queue.Conflict, "window.signed-out"},
		{"by another window", queue.SeeMaterials{Window: "2"}, queue.Forbidden, "ticket.other-window"},
	}
	h := newHall(t)
	visit := h.serving("1", "tax")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.cmd.Ticket == "" {
				tt.cmd.Ticket = visit.ID
			}
			h.t = t
			h.refuse(tt.cmd, tt.kind, tt.code)
		})
	}
	if seen := h.s.Tickets[visit.ID].Seen; len(seen) != 0 {
		t.Errorf("a refusal left %q", seen)
	}
}

func TestNoteRefusals(t *testing.T) {
	tests := []struct {
		name string
		cmd  queue.Note
		kind queue.Kind
		code string
	}{
		{"without a word", queue.Note{Window: "1", Text: "  "}, queue.Invalid, "note.empty"},
		{"with a novel", queue.Note{Window: "1", Text: strings.Repeat("长", 201)}, queue.Invalid, "text.too-long"},
		{"about no visit", queue.Note{Ticket: "nope", Window: "1", Text: "a"}, queue.NotFound, "ticket.unknown"},
		{"by nobody", queue.Note{Text: "a"}, queue.Conflict, "window.signed-out"},
		{"by another window", queue.Note{Window: "2", Text: "a"}, queue.Forbidden, "ticket.other-window"},
	}
	h := newHall(t)
	visit := h.serving("1", "tax")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.cmd.Ticket == "" {
				tt.cmd.Ticket = visit.ID
			}
			h.t = t
			h.refuse(tt.cmd, tt.kind, tt.code)
		})
	}
	h.t = t
	for range 20 {
		h.do(queue.Note{Ticket: visit.ID, Window: "1", Text: "一条"})
	}
	h.refuse(queue.Note{Ticket: visit.ID, Window: "1", Text: "再一条"}, queue.Conflict, "note.too-many")
}
