package queue_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/queue"
)

// rare is true about once in n; rapid itself prefers small numbers.
func rare(t *rapid.T, n int, label string) bool {
	return rapid.IntRange(1, n).Draw(t, label) == n
}

// genConfig draws a small hall, so that series end, bounds are met and windows
// fight for tickets within a few commands.
func genConfig(t *rapid.T) queue.Config {
	c := queue.Config{TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour}
	c.Rules = queue.Rules{
		RecallLimit:   rapid.IntRange(0, 2).Draw(t, "recallLimit"),
		RecallPause:   time.Duration(rapid.IntRange(0, 60).Draw(t, "recallPause")) * time.Second,
		Overtaking:    rapid.IntRange(1, 3).Draw(t, "overtaking"),
		OneLiveTicket: true,
		NoShowAfter:   time.Duration(rapid.IntRange(0, 5).Draw(t, "noShowAfter")) * time.Minute,
	}
	prefixes := rapid.Permutation([]string{"A", "B", "AB"}).Draw(t, "prefixes")
	for i := range rapid.IntRange(1, 3).Draw(t, "series") {
		first := rapid.IntRange(0, 2).Draw(t, "first")
		c.Series = append(c.Series, queue.Series{
			ID: queue.SeriesID(fmt.Sprint("s", i)), Prefix: prefixes[i], Digits: rapid.IntRange(1, 3).Draw(t, "digits"),
			First: first, Last: first + rapid.IntRange(1, 40).Draw(t, "room"), Refuse: rapid.Bool().Draw(t, "refuse"),
		})
	}
	services := []queue.ServiceID{"x", "y", "z"}[:rapid.IntRange(1, 3).Draw(t, "services")]
	for _, id := range services {
		c.Services = append(c.Services, queue.Service{
			ID: id, Series: rapid.SampledFrom(c.Series).Draw(t, "seriesOf").ID,
			Target:   time.Duration(rapid.IntRange(1, 30).Draw(t, "target")) * time.Minute,
			Expected: time.Minute,
		})
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "windows") {
		c.Windows = append(c.Windows, queue.WindowConfig{
			ID:       queue.WindowID(fmt.Sprint(i + 1)),
			Services: rapid.SliceOfNDistinct(rapid.SampledFrom(services), 1, len(services), rapid.ID[queue.ServiceID]).Draw(t, "serves"),
			Disabled: rare(t, 9, "disabled"),
		})
	}
	c.Priorities = []queue.PriorityConfig{{ID: "elderly", Shorten: 25 * time.Minute}}
	return c
}

// model watches a hall's events and keeps its own account of what must hold.
type model struct {
	*hall
	rt *rapid.T
	// overtaken counts for each waiting ticket the later arrivals called at
	// windows that could have called it.
	overtaken map[queue.TicketID]int
	// given are the numbers of each day.
	given map[queue.Day]map[string]bool
}

func (m *model) ticketID() queue.TicketID {
	if len(m.s.Tickets) == 0 || rare(m.rt, 30, "noTicket") {
		return "nope"
	}
	if w := m.s.Windows[m.windowID()]; w != nil && w.Ticket != "" {
		return w.Ticket
	}
	return rapid.SampledFrom(m.s.List()).Draw(m.rt, "ticket").ID
}

func (m *model) windowID() queue.WindowID {
	if rare(m.rt, 30, "noWindow") {
		return "nope"
	}
	return rapid.SampledFrom(m.s.Config.Windows).Draw(m.rt, "window").ID
}

// asker is a window that asks for a ticket verb, or a supervisor.
func (m *model) asker() queue.WindowID {
	if rapid.Bool().Draw(m.rt, "supervisor") {
		return ""
	}
	return m.windowID()
}

// plainVerbs are those without a command of their own.
var plainVerbs = []queue.Verb{
	queue.VerbPutBack, queue.VerbRecall, queue.VerbNoShow, queue.VerbArrive,
	queue.VerbTransfer, queue.VerbPark, queue.VerbResume, queue.VerbRejoin, "dance",
}

// commandMix is how often each kind of command comes: mostly arrivals.
var commandMix = []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 5, 6, 7, 8}

func (m *model) command() queue.Command {
	switch rapid.SampledFrom(commandMix).Draw(m.rt, "command") {
	case 0:
		cmd := queue.TakeTicket{
			ID: m.id(), Service: rapid.SampledFrom(m.s.Config.Services).Draw(m.rt, "service").ID,
			Channel:  rapid.SampledFrom(queue.Channels).Draw(m.rt, "channel"),
			Priority: rapid.SampledFrom([]string{"", "", "elderly"}).Draw(m.rt, "priority"),
			Slot:     m.now.Add(time.Duration(rapid.IntRange(-60, 60).Draw(m.rt, "slot")) * time.Minute),
		}
		cmd.Person.Key = rapid.SampledFrom([]string{"", "", "", "p1", "p2", "p3"}).Draw(m.rt, "person")
		return cmd
	case 1:
		return queue.CallNext{Window: m.windowID()}
	case 2:
		return queue.CallTicket{Window: m.windowID(), Ticket: m.ticketID()}
	case 3:
		return queue.TicketCommand{Verb: rapid.SampledFrom(plainVerbs).Draw(m.rt, "verb"), Ticket: m.ticketID(), Window: m.asker()}
	case 4:
		return queue.Finish{Ticket: m.ticketID(), Window: m.asker()}
	case 5:
		return queue.Cancel{Ticket: m.ticketID()}
	case 6:
		return queue.Rate{Ticket: m.ticketID(), Score: rapid.IntRange(0, 6).Draw(m.rt, "score")}
	case 7:
		w := m.windowID()
		return rapid.SampledFrom([]queue.Command{
			queue.SignOut{Window: w},
			queue.Pause{Window: w, Text: "x"},
			queue.Continue{Window: w},
			queue.Tick{},
			queue.RecordPrint{Ticket: m.ticketID(), Outcome: "printed"},
		}).Draw(m.rt, "windowCommand")
	default:
		staff := rapid.SampledFrom([]queue.StaffID{"li", "wang", "zhao"}).Draw(m.rt, "staff")
		return queue.SignIn{Window: m.windowID(), Staff: staff, StaffName: string(staff)}
	}
}

// step runs one command the way the owner does and checks what it led to.
func (m *model) step(cmd queue.Command) {
	if queue.DayOver(m.s, m.now) {
		m.run(queue.EndDay{Open: true})
	}
	m.run(cmd)
	m.check()
}

// serveNext brings w a ticket and takes it to its end, if w can.
func (m *model) serveNext(w queue.WindowID) {
	m.step(queue.CallNext{Window: w})
	if window := m.s.Windows[w]; window != nil && window.Ticket != "" {
		id := window.Ticket
		m.step(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id, Window: w})
		m.step(queue.Finish{Ticket: id, Window: w})
	}
}

func (m *model) run(cmd queue.Command) {
	events, err := m.try(cmd)
	var r *queue.Refusal
	if err != nil && !errors.As(err, &r) {
		m.rt.Fatalf("%#v: %v", cmd, err)
	}
	for _, e := range events {
		switch e := e.(type) {
		case queue.TicketTaken:
			m.noteNumber(e)
		case queue.TicketCalled:
			m.noteCall(e)
		case queue.DayOpened:
			m.overtaken = map[queue.TicketID]int{}
		}
	}
}

func (m *model) noteNumber(e queue.TicketTaken) {
	if m.given[m.s.Day] == nil {
		m.given[m.s.Day] = map[string]bool{}
	}
	if m.given[m.s.Day][e.Number] {
		m.rt.Fatalf("number %s was given twice on %s", e.Number, m.s.Day)
	}
	m.given[m.s.Day][e.Number] = true
}

// noteCall counts the overtaking and checks its bound.
func (m *model) noteCall(e queue.TicketCalled) {
	called, window := m.s.Tickets[e.Ticket], m.s.Config.Window(e.Window)
	if !window.Serves(called.Service) {
		m.rt.Fatalf("window %s called a ticket of %s", e.Window, called.Service)
	}
	for _, o := range m.s.List() {
		if o.State != queue.Waiting || o.Arrival > called.Arrival || !window.Serves(o.Service) {
			continue
		}
		if bound := m.s.Config.Rules.Overtaking; m.overtaken[o.ID] >= bound && e.Reason.Rule != queue.RuleByHand {
			m.rt.Fatalf("%s was overtaken more than %d times", o.Number, bound)
		}
		m.overtaken[o.ID]++
	}
}

func (m *model) check() {
	counts := map[queue.ServiceID]map[queue.TicketState]int{}
	waiting := map[queue.ServiceID][]string{}
	live := map[string]string{}
	tickets := m.s.List()
	for _, t := range tickets {
		if counts[t.Service] == nil {
			counts[t.Service] = map[queue.TicketState]int{}
		}
		counts[t.Service][t.State]++
		if t.State == queue.Waiting {
			if t.Window != "" || t.Clerk != "" {
				m.rt.Fatalf("%s waits and has window %q", t.Number, t.Window)
			}
			waiting[t.Service] = append(waiting[t.Service], t.Number)
		}
		if t.State.Live() && t.Person.Key != "" {
			who := t.Person.Key + "/" + string(t.Service)
			if other := live[who]; other != "" {
				m.rt.Fatalf("%s holds %s and %s", who, other, t.Number)
			}
			live[who] = t.Number
		}
		if t.State == queue.Waiting && t.Overtaken != m.overtaken[t.ID] {
			m.rt.Fatalf("%s says it was overtaken %d times, it was %d times", t.Number, t.Overtaken, m.overtaken[t.ID])
		}
		m.checkPeriods(t)
	}
	m.checkWindows(tickets)
	for _, service := range m.s.Config.Services {
		for _, state := range queue.States() {
			if got, want := m.s.Count(service.ID, state), counts[service.ID][state]; got != want {
				m.rt.Fatalf("%d tickets of %s counted %s, there are %d", got, service.ID, state, want)
			}
		}
		list := m.s.Waiting(service.ID)
		if !slices.IsSortedFunc(list, func(a, b *queue.Ticket) int {
			return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Arrival, b.Arrival))
		}) {
			m.rt.Fatalf("the queue of %s isn't sorted", service.ID)
		}
		var numbers []string
		for _, t := range list {
			numbers = append(numbers, t.Number)
		}
		slices.Sort(numbers)
		slices.Sort(waiting[service.ID])
		if !slices.Equal(numbers, waiting[service.ID]) {
			m.rt.Fatalf("%v queue for %s, %v wait", numbers, service.ID, waiting[service.ID])
		}
	}
}

// checkWindows: each window has at most one ticket and each called ticket has
// its window.
func (m *model) checkWindows(tickets []*queue.Ticket) {
	at := map[queue.WindowID]string{}
	staff := map[queue.StaffID]queue.WindowID{}
	for _, t := range tickets {
		if t.State != queue.Called && t.State != queue.Serving {
			continue
		}
		if other := at[t.Window]; other != "" {
			m.rt.Fatalf("%s and %s are both at window %s", other, t.Number, t.Window)
		}
		at[t.Window] = t.Number
		if m.s.Windows[t.Window].Ticket != t.ID {
			m.rt.Fatalf("%s is %s at window %s, which has %q", t.Number, t.State, t.Window, m.s.Windows[t.Window].Ticket)
		}
	}
	for id, w := range m.s.Windows {
		if w.Ticket != "" && at[id] == "" {
			m.rt.Fatalf("window %s has ticket %q, which isn't at it", id, w.Ticket)
		}
		if w.Ticket != "" && (w.Staff == "" || w.Paused) {
			m.rt.Fatalf("window %s has a ticket and nobody who serves", id)
		}
		if w.Staff != "" && staff[w.Staff] != "" {
			m.rt.Fatalf("%s sits at windows %s and %s", w.Staff, staff[w.Staff], id)
		}
		staff[w.Staff] = id
	}
}

// checkPeriods: the chain of a visit has no gap and no overlap.
func (m *model) checkPeriods(t *queue.Ticket) {
	from := t.Taken
	for i, p := range t.Periods {
		last := i == len(t.Periods)-1
		if p.From != from || (!last && p.To < p.From) {
			m.rt.Fatalf("%s: period %d of %+v doesn't begin where the one before ended", t.Number, i, t.Periods)
		}
		if last && p.To != t.Ended {
			m.rt.Fatalf("%s: the last of %+v doesn't end with the visit at %d", t.Number, t.Periods, t.Ended)
		}
		if last && t.Ended == 0 && p.State != t.State {
			m.rt.Fatalf("%s is %s, its last period says %s", t.Number, t.State, p.State)
		}
		from = p.To
	}
	if _, closes := queue.Next(t.State, queue.VerbClose); closes != (t.Ended == 0) {
		m.rt.Fatalf("%s is %s and ended at %d", t.Number, t.State, t.Ended)
	}
}

// TestAnyDayOfAnyHall runs random commands over random small halls. What it
// protects is listed in check, noteCall and noteNumber, and, at the end: the
// log alone explains the state, also across snapshots.
func TestAnyDayOfAnyHall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{
			hall: &hall{t: rt, s: queue.NewState(), now: morning}, rt: rt,
			overtaken: map[queue.TicketID]int{}, given: map[queue.Day]map[string]bool{},
		}
		m.run(queue.Configure{Config: genConfig(rt)})
		for i, w := range m.s.Config.Windows {
			m.run(queue.SignIn{Window: w.ID, Staff: []queue.StaffID{"li", "wang", "zhao"}[i]})
		}
		for range rapid.IntRange(20, 200).Draw(rt, "steps") {
			switch {
			case rare(rt, 60, "pass"):
				m.pass(time.Duration(rapid.IntRange(1, 40).Draw(rt, "hours")) * time.Hour)
			case rare(rt, 30, "restart"):
				m.restart()
			case rare(rt, 30, "configure"):
				m.step(queue.Configure{Config: genConfig(rt)})
			case rare(rt, 60, "endDay"):
				m.step(queue.EndDay{})
			case rare(rt, 3, "serve"):
				m.serveNext(m.windowID())
			default:
				m.pass(time.Duration(rapid.IntRange(0, 90).Draw(rt, "seconds")) * time.Second)
				m.step(m.command())
			}
		}
		want := toJSON(rt, m.s)
		if got := toJSON(rt, m.replay()); got != want {
			rt.Fatalf("the log replays to\n%s\nwant\n%s", got, want)
		}
		m.restart()
		if got := toJSON(rt, m.s); got != want {
			rt.Fatalf("the snapshot restores\n%s\nwant\n%s", got, want)
		}
		m.check()
		if m.s.Last > m.now {
			rt.Fatalf("the state is ahead of the clock")
		}
	})
}
