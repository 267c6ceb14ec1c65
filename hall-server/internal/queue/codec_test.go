package queue_test

import (
	"encoding/json"
	"strings"
	"testing"

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
	for _, e := range everyEvent {
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
		"an unknown time zone":          queue.HallConfigured{Config: queue.Config{TimeZone: "Asia/Nowhere"}},
		"a kind of event nobody knows":  unknownEvent{},
		"a kind with a ticket and none": queue.CallAcknowledged{Ticket: "nope"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			h.take("tax")
			h.take("tax")
			h.callNext("1")
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
	h := newHall(t)
	for range 4 {
		h.do(h.takeFor(string(h.id())))
	}
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

func FuzzEvents(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`[{"type":"ticket.eaten","body":{}}]`))
	f.Add([]byte(`[{"type":"ticket.taken","body":null}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var es queue.Events
		if json.Unmarshal(data, &es) != nil {
			return
		}
		text := toJSON(t, es)
		var back queue.Events
		if err := json.Unmarshal([]byte(text), &back); err != nil || toJSON(t, back) != text {
			t.Fatalf("%s can't be read again: %v", text, err)
		}
		// Whatever was read may be refused by Apply, never crash it.
		s := queue.NewState()
		for _, e := range es {
			_ = queue.Apply(s, e, morning)
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	h := newHall(&quiet{f})
	h.take("tax")
	h.callNext("1")
	h.take("tax")
	f.Add([]byte(toJSON(h.t, h.s)))
	f.Add([]byte(`{}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"tickets":{"x":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := queue.NewState()
		if json.Unmarshal(data, s) != nil {
			return
		}
		text := toJSON(t, s)
		back := queue.NewState()
		if err := json.Unmarshal([]byte(text), back); err != nil || toJSON(t, back) != text {
			t.Fatalf("%s can't be restored again: %v", text, err)
		}
		if s.Config == nil || len(s.Config.Check()) > 0 {
			return
		}
		for i := range s.Config.Windows {
			_, _ = queue.Decide(s, queue.CallNext{Window: s.Config.Windows[i].ID}, s.Last)
		}
		for id := range s.Tickets {
			_, _ = queue.Decide(s, queue.TicketCommand{Verb: queue.VerbRecall, Ticket: id}, s.Last)
		}
		_, _ = queue.Decide(s, queue.EndDay{Open: true}, s.Last)
	})
}

// quiet lets a fuzz test use the helpers while it makes its seeds.
type quiet struct{ *testing.F }
