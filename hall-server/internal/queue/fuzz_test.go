package queue_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// quiet lets a fuzz test use the helpers while it makes its seeds.
type quiet struct{ *testing.F }

func FuzzEvents(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(toJSON(&quiet{f}, newEvents)))
	f.Add([]byte(`[{"type":"ticket.eaten","body":{}}]`))
	f.Add([]byte(`[{"type":"ticket.taken","body":null}]`))
	conf := toJSON(&quiet{f}, config())
	for _, rest := range []string{
		`{"type":"ticket.parked","body":{"ticket":"t"}},{"type":"ticket.returned","body":{"ticket":"t"}}`,
		`{"type":"ticket.missed","body":{"ticket":"t"}},{"type":"ticket.rejoined","body":{"ticket":"t"}}`,
		`{"type":"service.started","body":{"ticket":"t"}},{"type":"ticket.transferred","body":{"ticket":"t","service":"card","for":"9"}}`,
		`{"type":"hall.configured","body":{"config":{"timeZone":"UTC"}}},{"type":"ticket.putBack","body":{"ticket":"t"}}`,
	} {
		f.Add([]byte(`[{"type":"hall.configured","body":{"config":` + conf + `}},{"type":"day.opened","body":{"day":"2026-11-23"}},` +
			`{"type":"ticket.taken","body":{"ticket":"t","number":"A001","service":"tax"}},{"type":"ticket.called","body":{"ticket":"t","window":"1"}},` + rest + `]`))
	}
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
	h := newHall(&quiet{f}, allRules)
	h.take("tax")
	h.callNext("1")
	h.take("tax")
	h.bookFor("b1", "tax", h.now, h.now)
	h.checkIn("b1")
	h.do(queue.Park{Ticket: "t1", Until: h.now.Add(time.Minute)})
	h.do(queue.SetStrategy{Strategy: &queue.Strategy{Kind: queue.StrategyRatio, Weights: map[string]int{"tax": 1}}})
	h.callNext("1")
	f.Add([]byte(toJSON(h.t, h.s)))
	old, err := os.ReadFile("testdata/slice-snapshot.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(old)
	f.Add([]byte(`{}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"tickets":{"x":null}}`))
	f.Add([]byte(`{"tickets":{"x":{"id":"x","state":"finished","priority":"p"}}}`))
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
		useAll(s)
	})
}

// useAll asks for everything that a ticket or window may be asked for, and
// applies what is decided.
func useAll(s *queue.State) {
	do := func(cmd queue.Command) {
		events, _ := queue.Decide(s, cmd, s.Last)
		for _, e := range events {
			_ = queue.Apply(s, e, s.Last)
		}
	}
	for i := range s.Config.Services {
		do(queue.TakeTicket{ID: queue.TicketID(fmt.Sprint("fuzz", i)), Service: s.Config.Services[i].ID, Channel: "card"})
	}
	for _, a := range s.ListAppointments("") {
		do(queue.CheckIn{Appointment: a.ID, ID: "check-in " + queue.TicketID(a.ID)})
	}
	do(queue.Tick{})
	for i := range s.Config.Windows {
		do(queue.CallNext{Window: s.Config.Windows[i].ID})
	}
	for _, ticket := range s.List() {
		id := ticket.ID
		for _, cmd := range []queue.Command{
			queue.TicketCommand{Verb: queue.VerbRecall, Ticket: id},
			queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id},
			queue.Delay{Ticket: id, By: time.Minute},
			queue.Transfer{Ticket: id, Service: ticket.Service, Place: queue.PlaceAfter, After: 1},
			queue.Park{Ticket: id},
			queue.Resume{Ticket: id},
			queue.Rejoin{Ticket: id},
			queue.Reprint{Ticket: id, Kiosk: "k"},
			queue.Cancel{Ticket: id},
		} {
			do(cmd)
		}
	}
	f := s.Forward(s.Last)
	for i := range f.Windows() {
		f.Call(i, s.Last)
	}
	do(queue.EndDay{Open: true})
}

// FuzzConfig: whatever Check lets pass can be used.
func FuzzConfig(f *testing.F) {
	full := config()
	allRules(&full)
	classes(&full)
	for _, c := range []queue.Config{config(), full, fullConfig()} {
		f.Add([]byte(toJSON(&quiet{f}, c)))
	}
	f.Add([]byte(`{"timeZone":"UTC","series":[{"id":"a","prefix":"A","digits":1,"first":0,"last":1}],` +
		`"services":[{"id":"x","series":"a","target":1,"expected":1,"quotas":[{"from":0,"to":1440,"places":0}]}],` +
		`"windows":[{"id":"1","services":["x"],"strategy":{"kind":"ratio","weights":{"x":100}}}],"rules":{"overtaking":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c queue.Config
		if json.Unmarshal(data, &c) != nil {
			return
		}
		s := queue.NewState()
		problems := c.Check()
		events, err := queue.Decide(s, queue.Configure{Config: c}, morning)
		if (err == nil) != (len(problems) == 0) {
			t.Fatalf("Check finds %v, Configure answers %v", problems, err)
		}
		if err != nil {
			return
		}
		for _, e := range events {
			if err := queue.Apply(s, e, morning); err != nil {
				t.Fatal(err)
			}
		}
		for i := range c.Windows {
			staff := queue.StaffID(fmt.Sprint("s", i))
			events, _ := queue.Decide(s, queue.SignIn{Window: c.Windows[i].ID, Staff: staff}, morning)
			for _, e := range events {
				_ = queue.Apply(s, e, morning)
			}
		}
		useAll(s)
	})
}
