package queue_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/queue"
)

// everyEvent is one of each, with every field set.
var everyEvent = queue.Events{
	queue.TicketTaken{
		Ticket: "t1", Number: "A001", Series: "a", Serial: 1, Service: "tax", Channel: "card",
		Person: queue.Person{Key: "k", Name: "李*", Phone: "138****0000"}, Priority: "elderly", Due: 5, Kiosk: "kiosk-1",
		Promise: queue.Promise{Ahead: 2, Minutes: 10},
	},
	queue.TicketCalled{
		Ticket: "t1", Window: "1", Clerk: "li",
		Reason: queue.Reason{Strategy: "due-date", Rule: queue.RuleBound, Candidates: 3, Overtaken: 10, Text: "x"},
	},
	queue.TicketRecalled{Ticket: "t1"},
	queue.TicketPutBack{Ticket: "t1", Window: "1"},
	queue.ServiceStarted{Ticket: "t1"},
	queue.ServiceFinished{Ticket: "t1", Result: "issued"},
	queue.ServiceRated{Ticket: "t1", Score: 5, Via: "pad"},
	queue.TicketMissed{Ticket: "t1", Auto: true},
	queue.TicketCancelled{Ticket: "t1", Reason: "left"},
	queue.TicketExpired{Ticket: "t1"},
	queue.TicketClosed{Ticket: "t1"},
	queue.TicketPrinted{Ticket: "t1", Job: "j", Outcome: "printed", Device: "printer"},
	queue.CallAcknowledged{Ticket: "t1", Call: "t1.1", Channel: "led", Device: "strip-1", Failed: "cable"},
	queue.WindowSignedIn{Window: "1", Staff: "li", StaffName: "李敏"},
	queue.WindowSignedOut{Window: "1", DayEnd: true},
	queue.WindowPaused{Window: "1", Text: "午休"},
	queue.WindowContinued{Window: "1"},
	queue.HallConfigured{Config: config()},
	queue.DayEnded{Day: "2026-11-23"},
	queue.DayOpened{Day: "2026-11-24"},
}

// golden is how the log of the first release has them: it must be readable for
// ever.
const golden = `[{"type":"ticket.taken","body":{"ticket":"t1","number":"A001","series":"a","serial":1,"service":"tax","channel":"card","person":{"key":"k","name":"李*","phone":"138****0000"},"priority":"elderly","due":5,"kiosk":"kiosk-1","promise":{"ahead":2,"minutes":10}}},` +
	`{"type":"ticket.called","body":{"ticket":"t1","window":"1","clerk":"li","reason":{"strategy":"due-date","rule":"bound","candidates":3,"overtaken":10,"text":"x"}}},` +
	`{"type":"ticket.recalled","body":{"ticket":"t1"}},` +
	`{"type":"ticket.putBack","body":{"ticket":"t1","window":"1"}},` +
	`{"type":"service.started","body":{"ticket":"t1"}},` +
	`{"type":"service.finished","body":{"ticket":"t1","result":"issued"}},` +
	`{"type":"service.rated","body":{"ticket":"t1","score":5,"via":"pad"}},` +
	`{"type":"ticket.missed","body":{"ticket":"t1","auto":true}},` +
	`{"type":"ticket.cancelled","body":{"ticket":"t1","reason":"left"}},` +
	`{"type":"ticket.expired","body":{"ticket":"t1"}},` +
	`{"type":"ticket.closed","body":{"ticket":"t1"}},` +
	`{"type":"ticket.printed","body":{"ticket":"t1","job":"j","outcome":"printed","device":"printer"}},` +
	`{"type":"call.acknowledged","body":{"ticket":"t1","call":"t1.1","channel":"led","device":"strip-1","failed":"cable"}},` +
	`{"type":"window.signedIn","body":{"window":"1","staff":"li","staffName":"李敏"}},` +
	`{"type":"window.signedOut","body":{"window":"1","dayEnd":true}},` +
	`{"type":"window.paused","body":{"window":"1","text":"午休"}},` +
	`{"type":"window.continued","body":{"window":"1"}},` +
	`{"type":"hall.configured","body":{"config":{"timeZone":"Asia/Shanghai","cutOff":14400000000000,"series":[{"id":"a","prefix":"A","digits":3,"first":1,"last":999},{"id":"b","prefix":"B","digits":3,"first":1,"last":999}],"services":[{"id":"tax","series":"a","target":1200000000000,"expected":480000000000},{"id":"card","series":"a","target":600000000000,"expected":300000000000},{"id":"licence","series":"b","target":1200000000000,"expected":720000000000}],"windows":[{"id":"1","services":["tax","card"]},{"id":"2","services":["tax"]},{"id":"3","services":["licence"]}],"priorities":[{"id":"elderly","shorten":600000000000}],"rules":{"recallLimit":3,"recallPause":10000000000,"overtaking":10,"oneLiveTicket":true,"pauseLimit":1800000000000}}}},` +
	`{"type":"day.ended","body":{"day":"2026-11-23"}},` +
	`{"type":"day.opened","body":{"day":"2026-11-24"}}]`

// newEvents are those, and the new fields of old ones, that the second release
// added; testdata/events-2.json is how its log has them.
var newEvents = queue.Events{
	queue.TicketTaken{
		Ticket: "t1", Number: "A001", Series: "a", Serial: 1, Service: "tax", Channel: "appointment",
		Person: queue.Person{Key: "k", Sealed: "s"}, Due: 5, Zone: "A", Slot: 4, Appointment: "b1", Silent: true, Authoriser: "chief",
		Exceed: "领导同意", Promise: queue.Promise{Ahead: 2, Minutes: 10, Low: 5, High: 15},
	},
	queue.TicketTaken{Ticket: "t1", Number: "LA001", Series: "off", Serial: 1, Service: "tax", Channel: "card", Due: 5, Offline: true, Taken: 3},
	queue.TicketCalled{
		Ticket: "t1", Window: "1", Clerk: "li", Turns: map[string]int{"appointment": -1, "walk-in": 1},
		Reason: queue.Reason{Strategy: queue.StrategyRatio, Rule: queue.RuleRatio, Class: "walk-in", Candidates: 3},
	},
	queue.TicketTransferred{Ticket: "t1", Service: "card", From: "1", For: "2", Due: 5, Since: 4, Reason: "x"},
	queue.TicketParked{Ticket: "t1", Window: "1", Reason: "x", Until: 9},
	queue.TicketResumed{Ticket: "t1", Window: "2", Clerk: "li"},
	queue.TicketReturned{Ticket: "t1", Auto: true},
	queue.TicketRejoined{Ticket: "t1", Due: 5, Since: 4, By: "kiosk"},
	queue.TicketDelayed{Ticket: "t1", Until: 9, Due: 5, Since: 4},
	queue.TicketReprinted{Ticket: "t1", Copy: 2, Kiosk: "kiosk-1"},
	queue.AppointmentsPut{List: []queue.Appointment{{
		ID: "b1", Code: "c", Service: "tax", Day: "2026-11-23", From: 1, To: 2, Person: queue.Person{Key: "k", Name: "李*", Phone: "138****0000"},
		Keys: []string{"k", "p"}, Via: "portal", State: queue.AppointmentCheckedIn, Ticket: "t1", Reason: "x",
	}}},
	queue.AppointmentEnded{Appointment: "b1", State: queue.AppointmentUnserved, Reason: "x"},
	queue.StrategyChanged{
		Windows: []queue.WindowID{"1"}, Strategy: &queue.Strategy{Kind: queue.StrategyStrict, Order: []queue.ServiceID{"tax"}},
	},
	queue.StrategyChanged{Strategy: &queue.Strategy{Kind: queue.StrategyRatio, Weights: map[string]int{"tax": 2, "card": 1}}},
	queue.HallConfigured{Config: fullConfig()},
	queue.DayOpened{Day: "2026-11-24", Next: map[queue.SeriesID]int{"a": 7}},
	queue.ClockAccepted{From: 9, To: 5},
}

// lastEvents are those that the third release added, thirdLog is how its log
// has them.
var lastEvents = queue.Events{
	queue.TicketNoted{Ticket: "t1", Window: "1", Clerk: "li", Text: "复印件明天补"},
}

const thirdLog = `[{"type":"ticket.noted","body":{"ticket":"t1","window":"1","clerk":"li","text":"复印件明天补"}}]`

// seenEvents came after that, fourthLog is how a log has them.
var seenEvents = queue.Events{
	queue.MaterialsSeen{Ticket: "t1", Window: "1", Clerk: "li", Seen: []string{"身份证", "申请表"}},
	queue.MaterialsSeen{Ticket: "t1", Window: "1", Clerk: "li", Seen: []string{}},
}

const fourthLog = `[{"type":"ticket.materialsSeen","body":{"ticket":"t1","window":"1","clerk":"li","seen":["身份证","申请表"]}},` +
	`{"type":"ticket.materialsSeen","body":{"ticket":"t1","window":"1","clerk":"li","seen":[]}}]`

// fullConfig has every field set.
func fullConfig() queue.Config {
	return queue.Config{
		TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour,
		Series: []queue.Series{
			{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 99, Refuse: true},
			{ID: "off", Prefix: "LA", Digits: 3, First: 1, Last: 99, Kiosk: "kiosk-1"},
		},
		Services: []queue.Service{
			{
				ID: "tax", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute, Closed: "维护", Zone: "A", PersonDaily: 2,
				Quotas: []queue.Quota{{Hours: queue.Hours{From: 540, To: 600}, Places: 9}},
			},
			{ID: "card", Series: "a", Target: 10 * time.Minute, Expected: 5 * time.Minute},
		},
		Windows: []queue.WindowConfig{{
			ID: "1", Services: []queue.ServiceID{"tax"}, Helps: []queue.ServiceID{"card"}, Disabled: true, Zone: "A",
			Attendance: []queue.Hours{{From: 540, To: 1020}}, Strategy: &queue.Strategy{Kind: queue.StrategyLongest},
		}},
		Priorities: []queue.PriorityConfig{{ID: "elderly", Shorten: time.Minute, Age: 70, Authorise: true, Daily: 3}},
		Rules: queue.Rules{
			RecallLimit: 3, RecallPause: 10 * time.Second, Overtaking: 10, OneLiveTicket: true, NoShowAfter: time.Minute,
			PauseLimit: 30 * time.Minute, Strategy: &queue.Strategy{Kind: queue.StrategyDue}, Needs: queue.NeedsOpen, PersonDaily: 4,
			RejoinWithin: 30 * time.Minute, RejoinTimes: 1, RejoinAfter: 3, CheckInEarly: 30 * time.Minute, CheckInLate: 10 * time.Minute,
		},
	}
}

func TestTheLogOfTheSecondReleaseIsReadForEver(t *testing.T) {
	data, err := os.ReadFile("testdata/events-2.json")
	if err != nil {
		t.Fatal(err)
	}
	var back queue.Events
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(toJSON(t, newEvents), toJSON(t, back)); diff != "" {
		t.Errorf("the log reads as something else:\n%s", diff)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(compact.String(), toJSON(t, newEvents)); diff != "" {
		t.Errorf("events are written as something else:\n%s", diff)
	}
}

func TestTheLogsOfLaterReleasesAreReadForEver(t *testing.T) {
	for name, tt := range map[string]struct {
		events queue.Events
		log    string
	}{"third": {lastEvents, thirdLog}, "fourth": {seenEvents, fourthLog}} {
		var back queue.Events
		if err := json.Unmarshal([]byte(tt.log), &back); err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(toJSON(t, tt.events), toJSON(t, back)); diff != "" {
			t.Errorf("the %s log reads as something else:\n%s", name, diff)
		}
		if got := toJSON(t, tt.events); got != tt.log {
			t.Errorf("events of the %s are written as\n%s\nwant\n%s", name, got, tt.log)
		}
	}
}

func TestEveryKindOfEventIsInTheGoldenLogs(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range slices.Concat(everyEvent, newEvents, lastEvents, seenEvents) {
		seen[e.Type()] = true
	}
	for _, typ := range queue.EventTypes() {
		if !seen[typ] {
			t.Errorf("no golden log has %s", typ)
		}
	}
}

func TestTheLogOfTheFirstReleaseIsReadForEver(t *testing.T) {
	var back queue.Events
	if err := json.Unmarshal([]byte(golden), &back); err != nil {
		t.Fatal(err)
	}
	if got, want := toJSON(t, back), toJSON(t, everyEvent); got != want {
		t.Errorf("the old log reads as\n%s\nwant\n%s", got, want)
	}
	if got := toJSON(t, everyEvent); got != golden {
		t.Errorf("events are written as\n%s\nwant\n%s", got, golden)
	}
}

func TestEventsKnowTheirTicket(t *testing.T) {
	for _, e := range slices.Concat(everyEvent, newEvents, lastEvents, seenEvents) {
		about := strings.HasPrefix(e.Type(), "ticket.") || strings.HasPrefix(e.Type(), "service.") || strings.HasPrefix(e.Type(), "call.")
		if got := queue.TicketOf(e); (got == "t1") != about {
			t.Errorf("%s is about ticket %q", e.Type(), got)
		}
	}
}

func TestALogThatCannotBeReadWholeIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown type":     `[{"type":"ticket.eaten","body":{}}]`,
		"no type":             `[{"body":{}}]`,
		"a body of no object": `[{"type":"ticket.taken","body":7}]`,
		"a missing body":      `[{"type":"ticket.taken"}]`,
		"no list":             `{"type":"ticket.taken"}`,
		"cut off":             golden[:len(golden)-3],
	} {
		t.Run(name, func(t *testing.T) {
			back := queue.Events{queue.DayEnded{Day: "before"}}
			if err := json.Unmarshal([]byte(text), &back); err == nil {
				t.Error("was read")
			}
			if len(back) != 1 {
				t.Errorf("a broken list left %d events", len(back))
			}
		})
	}
}

func TestEventsThatDoNotFitTheStateAreABrokenLog(t *testing.T) {
	known := "t1"
	for name, e := range map[string]queue.Event{
		"a ticket that isn't there":     queue.TicketRecalled{Ticket: "nope"},
		"a ticket taken twice":          queue.TicketTaken{Ticket: queue.TicketID(known), Number: "A999", Service: "tax"},
		"a number given twice":          queue.TicketTaken{Ticket: "t9", Number: "A001", Service: "tax"},
		"a call at no window":           queue.TicketCalled{Ticket: "t2", Window: "nope"},
		"a call at a busy window":       queue.TicketCalled{Ticket: "t2", Window: "1"},
		"a second call":                 queue.TicketCalled{Ticket: "t1", Window: "2"},
		"a recall of one who waits":     queue.TicketRecalled{Ticket: "t2"},
		"a service that wasn't called":  queue.ServiceStarted{Ticket: "t2"},
		"an end without a beginning":    queue.ServiceFinished{Ticket: "t1"},
		"a rating before the end":       queue.ServiceRated{Ticket: "t1", Score: 5},
		"a miss without a call":         queue.TicketMissed{Ticket: "t2"},
		"a cancelled call":              queue.TicketCancelled{Ticket: "t1"},
		"a put-back without a call":     queue.TicketPutBack{Ticket: "t2"},
		"a sign-in at no window":        queue.WindowSignedIn{Window: "nope", Staff: "x"},
		"a sign-out with a ticket":      queue.WindowSignedOut{Window: "1"},
		"a transfer of one who waits":   queue.TicketTransferred{Ticket: "t2", Service: "card"},
		"a parking of one who waits":    queue.TicketParked{Ticket: "t2"},
		"a resumption of no parked one": queue.TicketResumed{Ticket: "t1", Window: "2"},
		"a return of no parked one":     queue.TicketReturned{Ticket: "t1"},
		"a rejoining of no missed one":  queue.TicketRejoined{Ticket: "t1"},
		"a delay of a called one":       queue.TicketDelayed{Ticket: "t1"},
		"a check-in of a used booking":  queue.TicketTaken{Ticket: "t9", Number: "A999", Service: "tax", Appointment: "used"},
		"an edit that drops a service":  queue.HallConfigured{Config: queue.Config{TimeZone: "Asia/Shanghai"}},
		"an unknown time zone":          queue.HallConfigured{Config: queue.Config{TimeZone: "Asia/Nowhere"}},
		"a kind of event nobody knows":  unknownEvent{},
		"a kind with a ticket and none": queue.CallAcknowledged{Ticket: "nope"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			h.take("tax")
			h.take("tax")
			h.callNext("1")
			h.do(queue.BookAppointment{Appointment: queue.Appointment{ID: "used", Service: "tax", From: h.now, To: h.now}})
			h.do(queue.CancelAppointment{Appointment: "used"})
			before := toJSON(t, h.s)
			if err := queue.Apply(h.s, e, h.now); err == nil {
				t.Error("was applied")
			}
			if toJSON(t, h.s) != before {
				t.Error("an event that doesn't fit changed the state")
			}
		})
	}
}

type unknownEvent struct{}

func (unknownEvent) Type() string { return "unknown.event" }

func busyHall(t *testing.T) *hall {
	t.Helper()
	h := newHall(t, allRules)
	for range 4 {
		h.do(h.takeFor(string(h.id())))
	}
	h.bookFor("b1", "tax", h.now, h.now)
	h.do(queue.CallTicket{Window: "2", Ticket: "t8"})
	h.do(queue.Park{Ticket: "t8"})
	h.serve(h.callNext("1"))
	h.callNext("1")
	h.take("licence")
	return h
}

func TestADamagedSnapshotIsAnError(t *testing.T) {
	whole := toJSON(t, busyHall(t).s)
	for name, edit := range map[string][2]string{
		"a ticket that is null":      {`"tickets":{`, `"tickets":{"x":null,`},
		"a window that is null":      {`"windows":{`, `"windows":{"x":null,`},
		"a ticket under another id":  {`"tickets":{"`, `"tickets":{"x`},
		"a state nobody knows":       {`"state":"called","arrival"`, `"state":"eaten","arrival"`},
		"a window's ticket is gone":  {`"state":"called","arrival"`, `"state":"missed","arrival"`},
		"a window that is missing":   {`"windows":{`, `"was":{`},
		"a time zone nobody knows":   {"Asia/Shanghai", "Asia/Nowhere"},
		"a number where text stands": {`"day":"2026-11-23"`, `"day":7`},
		"cut off":                    {`"learned"`, "\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(whole, edit[0], edit[1], 1)
			if text == whole {
				t.Fatalf("a snapshot has no %s any more", edit[0])
			}
			if err := json.Unmarshal([]byte(text), queue.NewState()); err == nil {
				t.Error("was restored")
			}
		})
	}
}
