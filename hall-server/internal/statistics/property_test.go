package statistics_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
)

// fold runs a log through a Fold that is asked for its visits at the places
// that pause draws; nil is never before the end.
func fold(t *rapid.T, log []record, pause *rapid.Generator[int]) map[queue.TicketID]statistics.Visit {
	f := statistics.NewFold(nil)
	visits := make(map[queue.TicketID]statistics.Visit)
	take := func(n int) {
		for _, v := range f.Take(n) {
			visits[v.Ticket] = v
		}
	}
	for _, r := range log {
		if err := f.Apply(r.events, r.at); err != nil {
			t.Fatal(err)
		}
		if pause != nil {
			take(pause.Draw(t, "take"))
		}
	}
	for f.Pending() > 0 {
		take(f.Pending())
	}
	return visits
}

// want is an obvious account of a few tickets: it looks at nothing but their
// last state and their periods.
type want struct {
	states  map[queue.TicketState]int
	waits   []time.Duration
	service []time.Duration
	scores  [5]int
}

func (w *want) add(t *queue.Ticket) {
	w.states[t.State]++
	if t.Score > 0 {
		w.scores[t.Score-1]++
	}
	w.waits = append(w.waits, waitsOf(t)...)
	for _, s := range servicesOf(t) {
		w.service = append(w.service, s.length)
	}
}

// waitsOf are the waits of t that ended in a service: all time waiting and
// called since the last service or missed call.
func waitsOf(t *queue.Ticket) []time.Duration {
	var out []time.Duration
	var sum time.Duration
	waited := false
	for _, p := range t.Periods {
		switch p.State {
		case queue.Waiting, queue.Called:
			waited = true
			if p.To != 0 {
				sum += p.To.Sub(p.From)
			}
		case queue.Missed:
			waited, sum = false, 0
		case queue.Serving:
			if waited {
				out = append(out, sum)
			}
			waited, sum = false, 0
		}
	}
	return out
}

// stay is the time that a ticket spent at one window.
type stay struct {
	window queue.WindowID
	clerk  queue.StaffID
	length time.Duration
}

// servicesOf are t's stays at windows that are over: a later one, a return to
// the queue or the visit's proper end says so.
func servicesOf(t *queue.Ticket) []stay {
	var out []stay
	open := false // the last of out goes on if service does at its window
	for i, p := range t.Periods {
		switch p.State {
		case queue.Serving:
			if !open || out[len(out)-1].window != p.Window || out[len(out)-1].clerk != p.Clerk {
				out = append(out, stay{window: p.Window, clerk: p.Clerk})
			}
			open = true
			if p.To != 0 {
				out[len(out)-1].length += p.To.Sub(p.From)
			}
		case queue.Waiting:
			open = false
		case queue.Parked, queue.Called, queue.Missed:
		default:
			panic(fmt.Sprintf("period %d is %s", i, p.State))
		}
	}
	if open && t.State != queue.Finished {
		out = out[:len(out)-1]
	}
	return out
}

func (w *want) check(t *rapid.T, name string, got *statistics.Row) {
	total := 0
	for _, n := range w.states {
		total += n
	}
	if got.Taken != total || got.Finished != w.states[queue.Finished] || got.Closed != w.states[queue.Closed] ||
		got.Ratings.Levels != w.scores {
		t.Fatalf("%s: got %+v, want the states %v and scores %v", name, got, w.states, w.scores)
	}
	live := w.states[queue.Waiting] + w.states[queue.Called] + w.states[queue.Serving] + w.states[queue.Parked]
	ended := w.states[queue.Missed] + w.states[queue.Cancelled] + w.states[queue.Expired]
	if got.Open != live || got.Missed+got.Abandoned != ended || got.Missed < w.states[queue.Missed] {
		t.Fatalf("%s: got %+v, want the states %v", name, got, w.states)
	}
	checkTimes(t, name+" waits", got.Wait, w.waits)
	checkTimes(t, name+" services", got.Service, w.service)
}

func checkTimes(t *rapid.T, name string, got statistics.Times, ds []time.Duration) {
	slices.Sort(ds)
	if got.Count != len(ds) {
		t.Fatalf("%s: got %d, want %v", name, got.Count, ds)
	}
	if len(ds) == 0 {
		return
	}
	var sum time.Duration
	atMost := func(d time.Duration) (n int) {
		for _, x := range ds {
			if x <= d {
				n++
			}
		}
		return n
	}
	for _, d := range ds {
		sum += d
	}
	if got.Sum != sum || got.Mean != sum/time.Duration(len(ds)) || got.Max != ds[len(ds)-1] {
		t.Fatalf("%s: got %+v, want the sum %v of %v", name, got, sum, ds)
	}
	if need := int(math.Ceil(0.9 * float64(len(ds)))); !slices.Contains(ds, got.P90) || atMost(got.P90) < need || atMost(got.P90-1) >= need {
		t.Fatalf("%s: nine in ten of %v aren't at most %v", name, ds, got.P90)
	}
	if half := float64(len(ds)) / 2; float64(atMost(got.Median)) < half || float64(atMost(got.Median-1)) > half {
		t.Fatalf("%s: the median of %v isn't %v", name, ds, got.Median)
	}
}

// table builds a table of visits.
func table(visits map[queue.TicketID]statistics.Visit, by statistics.Dimension, f statistics.Filter) statistics.Table {
	b := statistics.NewBuilder(by, f)
	for _, id := range slices.Sorted(maps.Keys(visits)) {
		v := visits[id]
		b.Add(&v)
	}
	return b.Table()
}

// TestFiguresAgreeWithTheTickets: whatever happens on whatever days, each row
// by what a visit has says the same as its tickets' last states and periods.
func TestFiguresAgreeWithTheTickets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHall(rt)
		h.someDays()
		visits := fold(rt, h.log, nil)
		if len(visits) != len(h.tickets) {
			rt.Fatalf("got %d visits of %d tickets", len(visits), len(h.tickets))
		}
		loc := h.s.Config.Location()
		keys := map[statistics.Dimension]func(*queue.Ticket) string{
			statistics.ByDay:      func(t *queue.Ticket) string { return string(h.days[t.ID]) },
			statistics.ByHour:     func(t *queue.Ticket) string { return t.Taken.Std().In(loc).Format("15") },
			statistics.ByChannel:  func(t *queue.Ticket) string { return string(t.Channel) },
			statistics.ByPriority: func(t *queue.Ticket) string { return t.Priority },
			statistics.ByZone: func(t *queue.Ticket) string {
				return map[queue.ServiceID]string{"tax": "A", "card": "B"}[t.Periods[0].Service]
			},
		}
		for by, key := range keys {
			wants := map[string]*want{}
			total := want{states: map[queue.TicketState]int{}}
			for _, ticket := range h.tickets {
				k := key(&ticket)
				if wants[k] == nil {
					wants[k] = &want{states: map[queue.TicketState]int{}}
				}
				wants[k].add(&ticket)
				total.add(&ticket)
			}
			got := table(visits, by, statistics.Filter{})
			if len(got.Rows) != len(wants) {
				rt.Fatalf("by %s: got %d rows, want %d", by, len(got.Rows), len(wants))
			}
			for i := range got.Rows {
				name := fmt.Sprintf("%s %q", by, got.Rows[i].Key)
				if wants[got.Rows[i].Key] == nil {
					rt.Fatalf("no ticket has %s", name)
				}
				wants[got.Rows[i].Key].check(rt, name, &got.Rows[i])
			}
			total.check(rt, "total", &got.Total)
			checkHeat(rt, h, got.Heat)
		}
	})
}

func checkHeat(t *rapid.T, h *hall, heat statistics.Heat) {
	var want statistics.Heat
	for id, ticket := range h.tickets {
		day, err := time.Parse(time.DateOnly, string(h.days[id]))
		if err != nil {
			t.Fatal(err)
		}
		want[(int(day.Weekday())+6)%7][ticket.Taken.Std().In(h.s.Config.Location()).Hour()]++
	}
	if heat != want {
		t.Fatalf("heat: %s", cmp.Diff(heat, want))
	}
}

// TestWindowsAndClerksGetWhatTheyDid: service times, finished visits and
// ratings are those of the window and the clerk who served.
func TestWindowsAndClerksGetWhatTheyDid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHall(rt)
		h.someDays()
		visits := fold(rt, h.log, nil)
		for by, key := range map[statistics.Dimension]func(stay) string{
			statistics.ByWindow: func(s stay) string { return string(s.window) },
			statistics.ByClerk:  func(s stay) string { return string(s.clerk) },
		} {
			service := map[string][]time.Duration{}
			finished, scores := map[string]int{}, map[string]int{}
			for _, ticket := range h.tickets {
				for _, s := range servicesOf(&ticket) {
					service[key(s)] = append(service[key(s)], s.length)
				}
				last := key(stay{window: ticket.Window, clerk: ticket.Clerk})
				if ticket.State == queue.Finished {
					finished[last]++
				}
				scores[last] += ticket.Score
			}
			got := table(visits, by, statistics.Filter{})
			for i := range got.Rows {
				row := &got.Rows[i]
				checkTimes(rt, fmt.Sprintf("%s %s", by, row.Key), row.Service, service[row.Key])
				if row.Finished != finished[row.Key] || row.Ratings.Sum != scores[row.Key] {
					rt.Fatalf("%s %s: got %+v, want %d finished, %d points", by, row.Key, row, finished[row.Key], scores[row.Key])
				}
				delete(service, row.Key)
			}
			if len(service) > 0 {
				rt.Fatalf("by %s: no rows for %v", by, service)
			}
		}
	})
}

// TestEveryStageIsCountedOnce: a row's figures add up, and so do the rows.
func TestEveryStageIsCountedOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHall(rt)
		h.someDays()
		visits := fold(rt, h.log, nil)
		filters := []statistics.Filter{
			{},
			{Channel: "card"},
			{Hours: [2]int{9, 10}},
			{Service: "tax"},
			{Window: "3"},
			{Clerk: "li"},
			{Zone: "B"},
			{From: "2026-11-24", To: "2026-11-24"},
			{Weekdays: []int{1, 3}},
			{Priority: "elderly"},
		}
		for _, f := range filters {
			for _, by := range statistics.Dimensions() {
				got := table(visits, by, f)
				sum := 0
				for i := range got.Rows {
					checkSum(rt, &got.Rows[i])
					sum += got.Rows[i].Taken
				}
				checkSum(rt, &got.Total)
				if sum != got.Total.Taken {
					rt.Fatalf("by %s: the rows have %d, the total %d", by, sum, got.Total.Taken)
				}
			}
		}
	})
}

func checkSum(t *rapid.T, r *statistics.Row) {
	if sum := r.Finished + r.Missed + r.Abandoned + r.Closed + r.Open + r.Transferred + r.Parked; sum != r.Taken {
		t.Fatalf("%q: the outcomes of %+v add up to %d", r.Key, r, sum)
	}
	if r.WithinTarget > r.Wait.Count || r.Promises.Kept > r.Promises.Count || r.Ratings.Satisfied() > r.Ratings.Count {
		t.Fatalf("%q: a part of %+v is more than its whole", r.Key, r)
	}
}

// TestTheSameLogGivesTheSameVisits: however often visits are taken on the way,
// and through changes of the configuration.
func TestTheSameLogGivesTheSameVisits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHall(rt)
		h.someDays()
		whole := fold(rt, h.log, nil)
		parts := fold(rt, h.log, rapid.IntRange(0, 3))
		if diff := cmp.Diff(whole, parts); diff != "" {
			rt.Fatal(diff)
		}
	})
}
