package queue_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// bigHall has 20 windows and 10 services, two to four a window.
func bigHall(tb testing.TB, s *queue.Strategy) *hall {
	tb.Helper()
	c := queue.Config{
		TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour,
		Priorities: []queue.PriorityConfig{{ID: "elderly", Shorten: 10 * time.Minute, Age: 70}},
		Rules: queue.Rules{
			RecallLimit: 3, RecallPause: 10 * time.Second, Overtaking: 10, OneLiveTicket: true, PauseLimit: 30 * time.Minute,
			RejoinWithin: 30 * time.Minute, RejoinTimes: 1, RejoinAfter: 3, CheckInEarly: 30 * time.Minute, CheckInLate: 10 * time.Minute,
			PersonDaily: 20, Strategy: s,
		},
	}
	for i := range 10 {
		id := fmt.Sprintf("s%d", i)
		c.Series = append(c.Series, queue.Series{ID: queue.SeriesID(id), Prefix: string(rune('A' + i)), Digits: 4, First: 1, Last: 9999})
		c.Services = append(c.Services, queue.Service{
			ID: queue.ServiceID(id), Series: queue.SeriesID(id), Target: time.Duration(10+i) * time.Minute, Expected: 8 * time.Minute,
			Quotas: []queue.Quota{{Hours: queue.Hours{From: 0, To: 24 * 60}, Places: 50_000}, {Hours: queue.Hours{From: 540, To: 720}, Places: 50_000}},
		})
	}
	for i := range 20 {
		w := queue.WindowConfig{ID: queue.WindowID(fmt.Sprint(i + 1))}
		for j := range 2 + i%3 {
			w.Services = append(w.Services, c.Services[(i+3*j)%10].ID)
		}
		c.Windows = append(c.Windows, w)
	}
	h := &hall{t: tb, s: queue.NewState(), now: morning, brisk: true}
	h.do(queue.Configure{Config: c})
	for _, w := range c.Windows {
		h.signIn(w.ID)
	}
	return h
}

// quick is do without any check.
func (h *hall) quick(cmd queue.Command) {
	events, err := queue.Decide(h.s, cmd, h.now)
	if err != nil {
		h.t.Fatalf("%s: %v", cmd.Name(), err)
	}
	for _, e := range events {
		if err := queue.Apply(h.s, e, h.now); err != nil {
			h.t.Fatalf("apply %s: %v", e.Type(), err)
		}
		h.log = append(h.log, logged{e, h.now})
	}
}

// arrive takes the i-th ticket of a day; every fifth has a priority.
func (h *hall) arrive(i int) {
	cmd := queue.TakeTicket{
		ID: queue.TicketID(fmt.Sprintf("01JDEMOTICKET%013d", i)), Service: h.s.Config.Services[i%10].ID, Channel: "card", Kiosk: "kiosk-1",
		Person: queue.Person{Key: fmt.Sprintf("%064d", i), Name: "李*", Phone: "138****0000"}, Minutes: 15, Low: 10, High: 25,
	}
	if i%5 == 0 {
		cmd.Age = 75
	}
	h.quick(cmd)
}

// visit takes who is next at w through to the end.
func (h *hall) visit(w queue.WindowID) {
	h.quick(queue.CallNext{Window: w})
	id := h.s.Windows[w].Ticket
	if id == "" {
		return
	}
	h.quick(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id, Window: w})
	h.quick(queue.Finish{Ticket: id, Window: w})
}

var benchStrategies = map[string]*queue.Strategy{
	"due-date":     {Kind: queue.StrategyDue},
	"ratio":        {Kind: queue.StrategyRatio, Weights: map[string]int{queue.ClassAppointment: 2, queue.ClassWalkIn: 1}},
	"strict":       {Kind: queue.StrategyStrict},
	"longest-wait": {Kind: queue.StrategyLongest},
}

// BenchmarkVisit is a whole visit (take, call, arrive, finish: four decisions)
// on a day of 5,000 tickets at 20 windows with 200 waiting.
func BenchmarkVisit(b *testing.B) {
	for name, s := range benchStrategies {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			h, n := bigHall(b, s), 5000
			for i := range b.N {
				if n >= 5000 { // a new day
					b.StopTimer()
					h, n = bigHall(b, s), 0
					for ; n < 200; n++ {
						h.arrive(n)
					}
					b.StartTimer()
				}
				h.pass(3 * time.Second)
				h.arrive(n)
				n++
				h.visit(h.s.Config.Windows[i%20].ID)
				h.log = h.log[:0]
			}
			b.ReportMetric(float64(4*b.N)/b.Elapsed().Seconds(), "decisions/s")
		})
	}
}

// BenchmarkTake is the taking of a ticket alone, with 200 waiting.
func BenchmarkTake(b *testing.B) {
	b.ReportAllocs()
	h := bigHall(b, nil)
	for i := range 200 {
		h.arrive(i)
	}
	cmd := queue.TakeTicket{ID: "new", Service: "s3", Channel: "card", Kiosk: "kiosk-1", Person: queue.Person{Key: "p"}}
	for b.Loop() {
		if _, err := queue.Decide(h.s, cmd, h.now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTakeBooked is the same where 500 appointments of the day draw on the
// quotas of the service.
func BenchmarkTakeBooked(b *testing.B) {
	b.ReportAllocs()
	h := bigHall(b, nil)
	for i := range 500 {
		h.bookFor(fmt.Sprint("b", i), "s3", h.now.Add(time.Duration(i)*time.Minute), h.now.Add(10*time.Hour))
	}
	for i := range 2000 {
		h.pass(10 * time.Second)
		h.arrive(i)
	}
	cmd := queue.TakeTicket{ID: "new", Service: "s3", Channel: "card", Kiosk: "kiosk-1", Person: queue.Person{Key: "p"}}
	for b.Loop() {
		if _, err := queue.Decide(h.s, cmd, h.now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkForward plays a queue of 200 to its end; a play of the estimate does
// this 60 times.
func BenchmarkForward(b *testing.B) {
	for name, s := range benchStrategies {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			h := bigHall(b, s)
			for i := range 200 {
				h.arrive(i)
				h.pass(3 * time.Second)
			}
			f := h.s.Forward(h.now)
			for b.Loop() {
				f.Reset()
				for called := true; called; {
					called = false
					for i := range f.Windows() {
						called = f.Call(i, h.now) != nil || called
					}
				}
			}
		})
	}
}

// bigDay is a day of n tickets, at most about 300 of them waiting at once.
func bigDay(tb testing.TB, n int) *hall {
	tb.Helper()
	h := bigHall(tb, nil)
	h.log = slices.Grow(h.log, 5*n)
	for i := range n {
		h.pass(1500 * time.Millisecond)
		h.arrive(i)
		if i >= 300 {
			h.visit(h.s.Config.Windows[i%20].ID)
		}
	}
	return h
}

// encodeLog is the log of h as the store has it, one record a command.
func encodeLog(tb testing.TB, h *hall) (records [][]byte, at []queue.Time) {
	tb.Helper()
	for _, l := range h.log {
		data, err := json.Marshal(queue.Events{l.event})
		if err != nil {
			tb.Fatal(err)
		}
		records, at = append(records, data), append(at, l.at)
	}
	return records, at
}

func replayLog(tb testing.TB, records [][]byte, at []queue.Time) *queue.State {
	tb.Helper()
	s := queue.NewState()
	for i, data := range records {
		var events queue.Events
		if err := json.Unmarshal(data, &events); err != nil {
			tb.Fatal(err)
		}
		for _, e := range events {
			if err := queue.Apply(s, e, at[i]); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return s
}

// BenchmarkReplay reads the events of a day of 20,000 tickets from their JSON
// and applies them.
func BenchmarkReplay(b *testing.B) {
	records, at := encodeLog(b, bigDay(b, 20_000))
	b.ReportAllocs()
	for b.Loop() {
		replayLog(b, records, at)
	}
	b.ReportMetric(float64(len(records)), "events")
}

// BenchmarkApply applies the same events without their JSON.
func BenchmarkApply(b *testing.B) {
	h := bigDay(b, 20_000)
	b.ReportAllocs()
	for b.Loop() {
		s := queue.NewState()
		for _, l := range h.log {
			if err := queue.Apply(s, l.event, l.at); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkRestore reads the snapshot of that day's evening.
func BenchmarkRestore(b *testing.B) {
	data := []byte(toJSON(b, bigDay(b, 20_000).s))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := json.Unmarshal(data, queue.NewState()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestABusyDayReplaysAndRestartsFast holds the promise of the benchmarks with
// room for a slow machine: a day of 20,000 tickets.
func TestABusyDayReplaysAndRestartsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("a day of 20,000 tickets")
	}
	h := bigDay(t, 20_000)
	records, at := encodeLog(t, h)
	snapshot := toJSON(t, h.s)
	begun := time.Now()
	s := replayLog(t, records, at)
	replayed := time.Since(begun)
	if toJSON(t, s) != snapshot {
		t.Error("the log replays to another state")
	}
	begun = time.Now()
	h.restart()
	restored := time.Since(begun)
	t.Logf("%d events replayed in %s, the snapshot of %d MB restored in %s", len(records), replayed, len(snapshot)>>20, restored)
	if limit := time.Minute; replayed > limit || restored > limit {
		t.Errorf("replayed in %s, restored in %s, want at most %s even here", replayed, restored, limit)
	}
}
