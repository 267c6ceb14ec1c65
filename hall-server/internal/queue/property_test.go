package queue_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/queue"
)

// run is a hall and its model, day after day.
type run struct {
	source
	model *model
	// given are the numbers of each day.
	given map[queue.Day]map[string]bool
}

// step runs one command the way the owner does: a day that is over ends first.
func (r *run) step(cmd queue.Command) {
	if queue.DayOver(r.s, r.now) {
		r.compare(queue.EndDay{Open: true})
	}
	r.compare(cmd)
}

// compare does cmd in the hall and in the model.
func (r *run) compare(cmd queue.Command) {
	r.brisk = !rare(r.rt, 10, "watched")
	events, err := r.try(cmd)
	code := ""
	var refusal *queue.Refusal
	switch {
	case errors.As(err, &refusal):
		code = refusal.Code
	case err != nil:
		r.rt.Fatalf("%#v: %v", cmd, err)
	}
	for _, e := range events {
		r.note(e)
	}
	r.model.now = r.now
	if want := r.model.do(cmd); code != want {
		r.rt.Fatalf("%#v is refused with %q, the model says %q", cmd, code, want)
	}
	r.model.compare(r.rt, r.s)
	r.check()
}

// note checks what holds for an event whatever the model says.
func (r *run) note(e queue.Event) {
	switch e := e.(type) {
	case queue.TicketTaken:
		if r.given[r.s.Day] == nil {
			r.given[r.s.Day] = map[string]bool{}
		}
		if r.given[r.s.Day][e.Number] {
			r.rt.Fatalf("number %s was given twice on %s", e.Number, r.s.Day)
		}
		r.given[r.s.Day][e.Number] = true
	case queue.TicketCalled:
		fair := e.Reason.Rule != queue.RuleByHand && e.Reason.Strategy != queue.StrategyStrict
		for _, o := range r.model.callable(e.Window, r.model.reach(e.Window, r.model.tickets[e.Ticket])) {
			if bySeniority(o, r.model.tickets[e.Ticket]) < 0 && fair && o.Overtaken >= r.s.Config.Rules.Overtaking {
				r.rt.Fatalf("%s was overtaken more than %d times", o.Number, r.s.Config.Rules.Overtaking)
			}
		}
	}
}

// check checks what holds at every moment whatever the model says.
func (r *run) check() {
	at := map[queue.WindowID]string{}
	for _, t := range r.s.List() {
		if t.State == queue.Called || t.State == queue.Serving {
			if at[t.Window] != "" || r.s.Windows[t.Window].Ticket != t.ID {
				r.rt.Fatalf("%s is %s at window %s, where %q is", t.Number, t.State, t.Window, at[t.Window])
			}
			at[t.Window] = t.Number
		}
		r.checkPeriods(t)
	}
	staff := map[queue.StaffID]queue.WindowID{}
	for id, w := range r.s.Windows {
		if w.Ticket != "" && (at[id] == "" || w.Staff == "" || w.Paused) {
			r.rt.Fatalf("window %s has ticket %q, and %q serves", id, w.Ticket, w.Staff)
		}
		if w.Staff != "" && staff[w.Staff] != "" {
			r.rt.Fatalf("%s sits at windows %s and %s", w.Staff, staff[w.Staff], id)
		}
		staff[w.Staff] = id
	}
}

// checkPeriods: the chain of a visit has no gap and no overlap.
func (r *run) checkPeriods(t *queue.Ticket) {
	from := t.Taken
	for i, p := range t.Periods {
		last := i == len(t.Periods)-1
		if p.From != from || (!last && p.To < p.From) {
			r.rt.Fatalf("%s: period %d of %+v doesn't begin where the one before ended", t.Number, i, t.Periods)
		}
		if last && p.To != t.Ended || last && t.Ended == 0 && p.State != t.State {
			r.rt.Fatalf("%s is %s, ended at %d, its last period is %+v", t.Number, t.State, t.Ended, p)
		}
		from = p.To
	}
	if _, closes := queue.Next(t.State, queue.VerbClose); closes != (t.Ended == 0) {
		r.rt.Fatalf("%s is %s and ended at %d", t.Number, t.State, t.Ended)
	}
}

// TestAnyDayOfAnyHall runs random commands over random halls of up to 20
// windows, in the queue and in the model. After each both are the same, a
// refused command has changed nothing, and what note and check list holds; at
// the end the log alone explains the state, also across snapshots.
func TestAnyDayOfAnyHall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &hall{t: rt, s: queue.NewState(), now: morning}
		r := &run{source: source{hall: h, rt: rt}, model: newModel(), given: map[queue.Day]map[string]bool{}}
		r.compare(queue.Configure{Config: genConfig(rt)})
		left, before := r.copied()
		r.open()
		for range roll(rt, 20, "early") {
			r.step(r.take())
		}
		for range 20 + roll(rt, 200, "steps") {
			switch {
			case rare(rt, 80, "pass"):
				r.pass(time.Duration(rapid.IntRange(1, 40).Draw(rt, "hours")) * time.Hour)
				r.step(queue.Tick{})
				r.open()
			case rare(rt, 40, "restart"):
				r.restart()
			case rare(rt, 40, "clone"):
				left, before = r.copied()
			case rare(rt, 40, "configure"):
				r.step(queue.Configure{Config: genConfig(rt)})
				r.open()
			case rare(rt, 80, "endDay"):
				r.step(queue.EndDay{})
			case rare(rt, 10, "serve"):
				r.serveNext(r.windowID())
			default:
				r.pass(time.Duration(roll(rt, 90, "seconds")) * time.Second)
				r.step(r.command())
			}
		}
		if got := toJSON(rt, left); got != before {
			rt.Fatalf("what happened to a clone changed the original to\n%s\nfrom\n%s", got, before)
		}
		r.explain()
	})
}

// open brings a clerk to most windows.
func (r *run) open() {
	for _, w := range r.s.Config.Windows {
		if !rare(r.rt, 8, "stays away") {
			r.step(queue.SignIn{Window: w.ID, Staff: "clerk-" + queue.StaffID(w.ID)})
		}
	}
}

// serveNext brings w a ticket and takes it to its end, if w can.
func (r *run) serveNext(w queue.WindowID) {
	r.step(queue.CallNext{Window: w})
	if window := r.s.Windows[w]; window != nil && window.Ticket != "" {
		id := window.Ticket
		r.step(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id, Window: w})
		r.step(queue.Finish{Ticket: id, Window: w})
	}
}

// explain checks that the log and a snapshot lead to the present state.
func (r *run) explain() {
	want := toJSON(r.rt, r.s)
	if got := toJSON(r.rt, r.replay()); got != want {
		r.rt.Fatalf("the log replays to\n%s\nwant\n%s", got, want)
	}
	r.restart()
	if got := toJSON(r.rt, r.s); got != want {
		r.rt.Fatalf("the snapshot restores\n%s\nwant\n%s", got, want)
	}
	r.model.compare(r.rt, r.s)
	if r.s.Last > r.now {
		r.rt.Fatalf("the state is ahead of the clock")
	}
}
