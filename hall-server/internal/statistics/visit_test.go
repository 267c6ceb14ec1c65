package statistics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
)

// chain makes periods of one minute, two minutes, three … of the states, each
// at its window.
func chain(periods ...queue.Period) []queue.Period {
	at := morning
	for i := range periods {
		periods[i].From = at
		at = at.Add(time.Duration(i+1) * time.Minute)
		periods[i].To = at
	}
	return periods
}

func at(state queue.TicketState, service queue.ServiceID, window queue.WindowID) queue.Period {
	p := queue.Period{State: state, Service: service, Window: window}
	if window != "" {
		p.Clerk = "clerk-" + queue.StaffID(window)
	}
	return p
}

// configured is a hall on its first day.
func configured(t *testing.T) *queue.State {
	t.Helper()
	s := queue.NewState()
	events, err := queue.Decide(s, queue.Configure{Config: config()}, morning)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := queue.Apply(s, e, morning); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestAVisitIsAChainOfStages(t *testing.T) {
	const (
		w, c, s, p, m = queue.Waiting, queue.Called, queue.Serving, queue.Parked, queue.Missed
		minute        = time.Minute
	)
	tax := func(st statistics.Stage) statistics.Stage {
		if st.Service == "" {
			st.Service, st.Target = "tax", 5*minute
		} else {
			st.Target = 10 * minute
		}
		if st.Window != "" {
			st.Clerk = "clerk-" + queue.StaffID(st.Window)
		}
		return st
	}
	tests := []struct {
		name    string
		periods []queue.Period
		state   queue.TicketState
		want    statistics.Outcome
		stages  []statistics.Stage
	}{
		{
			"served", chain(at(w, "tax", ""), at(c, "tax", "1"), at(s, "tax", "1")), queue.Finished, statistics.Finished,
			[]statistics.Stage{{Window: "1", End: statistics.Finished, Waited: true, Began: true, Wait: 3 * minute, Served: 3 * minute}},
		},
		{
			"put back, the wait goes on", chain(at(w, "tax", ""), at(c, "tax", "1"), at(w, "tax", ""), at(c, "tax", "2"), at(s, "tax", "2")),
			queue.Finished, statistics.Finished,
			[]statistics.Stage{{Window: "2", End: statistics.Finished, Waited: true, Began: true, Wait: 10 * minute, Served: 5 * minute}},
		},
		{
			"cancelled while waiting", chain(at(w, "tax", "")), queue.Cancelled, statistics.Abandoned,
			[]statistics.Stage{{End: statistics.Abandoned, Waited: true, Wait: minute}},
		},
		{
			"the day ended while waiting", chain(at(w, "tax", "")), queue.Expired, statistics.Abandoned,
			[]statistics.Stage{{End: statistics.Abandoned, Waited: true, Wait: minute}},
		},
		{
			"called and the day ended", chain(at(w, "tax", ""), at(c, "tax", "1")), queue.Expired, statistics.Missed,
			[]statistics.Stage{{Window: "1", End: statistics.Missed, Waited: true, Wait: 3 * minute}},
		},
		{
			"missed and never seen again", chain(at(w, "tax", ""), at(c, "tax", "1"), at(m, "tax", "")), queue.Expired, statistics.Missed,
			[]statistics.Stage{{Window: "1", End: statistics.Missed, Waited: true, Wait: 3 * minute}},
		},
		{
			"missed, returned, served",
			chain(at(w, "tax", ""), at(c, "tax", "1"), at(m, "tax", ""), at(w, "tax", ""), at(c, "tax", "2"), at(s, "tax", "2")),
			queue.Finished, statistics.Finished,
			[]statistics.Stage{
				{Window: "1", End: statistics.Missed, Waited: true, Wait: 3 * minute},
				{Window: "2", End: statistics.Finished, Waited: true, Began: true, Wait: 9 * minute, Served: 6 * minute},
			},
		},
		{
			"transferred to another service",
			chain(at(w, "tax", ""), at(c, "tax", "1"), at(s, "tax", "1"), at(w, "card", ""), at(c, "card", "3"), at(s, "card", "3")),
			queue.Finished, statistics.Finished,
			[]statistics.Stage{
				{Window: "1", End: statistics.Transferred, Waited: true, Began: true, Wait: 3 * minute, Served: 3 * minute},
				{Service: "card", Window: "3", End: statistics.Finished, Waited: true, Began: true, Wait: 9 * minute, Served: 6 * minute},
			},
		},
		{
			"parked time is neither wait nor service",
			chain(at(w, "tax", ""), at(c, "tax", "1"), at(s, "tax", "1"), at(p, "tax", "1"), at(s, "tax", "1")),
			queue.Finished, statistics.Finished,
			[]statistics.Stage{{Window: "1", End: statistics.Finished, Waited: true, Began: true, Wait: 3 * minute, Served: 8 * minute}},
		},
		{
			"parked, went on at another window",
			chain(at(w, "tax", ""), at(c, "tax", "1"), at(s, "tax", "1"), at(p, "tax", "1"), at(s, "tax", "2")),
			queue.Finished, statistics.Finished,
			[]statistics.Stage{
				{Window: "1", End: statistics.Parked, Waited: true, Began: true, Wait: 3 * minute, Served: 3 * minute},
				{Window: "2", End: statistics.Finished, Began: true, Served: 5 * minute},
			},
		},
		{
			"parked before service, back in the queue",
			chain(at(w, "tax", ""), at(c, "tax", "1"), at(p, "tax", "1"), at(w, "tax", ""), at(c, "tax", "2"), at(s, "tax", "2")),
			queue.Finished, statistics.Finished,
			[]statistics.Stage{{Window: "2", End: statistics.Finished, Waited: true, Began: true, Wait: 12 * minute, Served: 6 * minute}},
		},
		{
			"the day ended during the service", chain(at(w, "tax", ""), at(c, "tax", "1"), at(s, "tax", "1")), queue.Closed, statistics.Closed,
			[]statistics.Stage{{Window: "1", End: statistics.Closed, Waited: true, Began: true, Wait: 3 * minute, Served: 3 * minute}},
		},
	}
	hall := configured(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ticket := &queue.Ticket{ID: "t", Service: tt.periods[len(tt.periods)-1].Service, State: tt.state, Taken: morning, Periods: tt.periods}
			got := statistics.VisitOf(hall, ticket)
			for i := range tt.stages {
				tt.stages[i] = tax(tt.stages[i])
			}
			if diff := cmp.Diff(got.Stages, tt.stages); diff != "" {
				t.Error(diff)
			}
			if got.Outcome != tt.want || got.Service != "tax" || got.Zone != "A" {
				t.Errorf("got %s of %s in zone %s, want %s", got.Outcome, got.Service, got.Zone, tt.want)
			}
			if cut := tt.want == statistics.Closed; got.Stages[len(got.Stages)-1].HasService() && cut {
				t.Error("a service that the day's end cut has a service time")
			}
		})
	}
}

func TestADayBeginsAtTheHallsCutOff(t *testing.T) {
	for _, tt := range []struct {
		name, taken, day string
		hour, weekday    int
	}{
		{"UTC is still on the day before", "2026-11-24T00:30:00+08:00", "2026-11-23", 0, 1},
		{"just before the cut-off", "2026-11-24T03:59:59+08:00", "2026-11-23", 3, 1},
		{"just after it", "2026-11-24T04:00:00+08:00", "2026-11-24", 4, 2},
		{"a Sunday's evening", "2026-11-22T23:00:00+08:00", "2026-11-22", 23, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			taken, err := time.Parse(time.RFC3339, tt.taken)
			if err != nil {
				t.Fatal(err)
			}
			s := queue.NewState()
			fold := statistics.NewFold(s)
			now := queue.TimeOf(taken)
			for _, cmd := range []queue.Command{queue.Configure{Config: config()}, queue.TakeTicket{ID: "t", Service: "tax", Channel: "card"}} {
				events, err := queue.Decide(s, cmd, now)
				if err != nil {
					t.Fatal(err)
				}
				if err := fold.Apply(events, now); err != nil {
					t.Fatal(err)
				}
			}
			got := fold.Take(1)[0]
			if string(got.Day) != tt.day || got.Hour != tt.hour || got.Weekday != tt.weekday {
				t.Errorf("got %s, %d o'clock, weekday %d, want %s, %d, %d", got.Day, got.Hour, got.Weekday, tt.day, tt.hour, tt.weekday)
			}
		})
	}
}

func TestATicketCountsWhereItCameFrom(t *testing.T) {
	s := queue.NewState()
	fold := statistics.NewFold(s)
	run := func(cmd queue.Command, now queue.Time) {
		t.Helper()
		events, err := queue.Decide(s, cmd, now)
		if err != nil {
			t.Fatalf("%s: %v", cmd.Name(), err)
		}
		if err := fold.Apply(events, now); err != nil {
			t.Fatal(err)
		}
	}
	run(queue.Configure{Config: config()}, morning)
	slot := morning.Add(10 * time.Minute)
	run(queue.ImportAppointments{List: []queue.Appointment{{
		ID: "b1", Service: "card", Day: "2026-11-23", From: slot, To: slot.Add(15 * time.Minute), Via: "wechat", State: queue.AppointmentBooked,
	}}}, morning)
	run(queue.CheckIn{Appointment: "b1", ID: "booked"}, morning)
	run(queue.AdoptTicket{ID: "alone", Number: "K001", Service: "tax", Channel: "phone", Kiosk: "kiosk-1", Issued: morning.Add(-time.Minute)}, morning)

	b := statistics.NewBuilder(statistics.ByChannel, statistics.Filter{})
	for _, v := range fold.Take(9) {
		b.Add(&v)
	}
	got := map[string]int{}
	table := b.Table()
	for _, row := range table.Rows {
		got[row.Key] = row.Taken
	}
	if diff := cmp.Diff(got, map[string]int{"appointment/wechat": 1, "phone": 1}); diff != "" {
		t.Error(diff)
	}
	if table.Total.Offline != 1 || table.Heat[0][8] != 1 || table.Heat[0][9] != 1 {
		t.Errorf("got %d offline and %v on Monday: the hour is that of the kiosk", table.Total.Offline, table.Heat[0])
	}
}

func TestARangeIsAYearAtMost(t *testing.T) {
	for _, tt := range []struct {
		from, to queue.Day
		hours    [2]int
		ok       bool
	}{
		{"2026-11-23", "2026-11-23", [2]int{}, true},
		{"2026-01-01", "2027-01-01", [2]int{}, true},
		{"2026-01-01", "2027-01-02", [2]int{}, false},
		{"2026-11-24", "2026-11-23", [2]int{}, false},
		{"", "2026-11-23", [2]int{}, false},
		{"2026-11-23", "tomorrow", [2]int{}, false},
		{"2026-11-23", "2026-11-23", [2]int{9, 12}, true},
		{"2026-11-23", "2026-11-23", [2]int{12, 12}, false},
		{"2026-11-23", "2026-11-23", [2]int{9, 25}, false},
	} {
		f := statistics.Filter{From: tt.from, To: tt.to, Hours: tt.hours}
		if err := f.Check(); (err == nil) != tt.ok {
			t.Errorf("%s to %s, %v: %v", tt.from, tt.to, tt.hours, err)
		}
	}
}

func TestPromisesAreHeldAgainstTheFirstCall(t *testing.T) {
	visit := func(promised, truth time.Duration) *statistics.Visit {
		return &statistics.Visit{Day: "2026-11-23", Weekday: 1, Promised: promised, Truth: truth}
	}
	b := statistics.NewBuilder(statistics.ByDay, statistics.Filter{})
	for _, v := range []*statistics.Visit{
		visit(10*time.Minute, 15*time.Minute),    // within five minutes
		visit(10*time.Minute, 4*time.Minute),     // six minutes early
		visit(40*time.Minute, 50*time.Minute),    // within a quarter
		visit(-time.Millisecond, 10*time.Minute), // no window was open: no promise
		visit(10*time.Minute, -time.Millisecond), // never called
	} {
		b.Add(v)
	}
	got := b.Table().Total.Promises
	if want := (statistics.Promises{Count: 3, Kept: 2, Error: 21 * time.Minute}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
