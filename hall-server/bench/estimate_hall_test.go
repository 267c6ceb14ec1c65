//go:build linux

package bench_test

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// The simulated hall: M(t)/G/s(t)+M. Arrivals are Poisson with two peaks a day,
// services are lognormal or gamma and take each clerk another time, clerks have
// overlapping skills, lunch in turns and breaks nobody planned, people give up,
// don't come when called, have appointments or priority. The hall's rules are
// the real ones; what the model may know of all this is only what it sees.

// simService is one service as it truly is.
type simService struct {
	mean, cv float64 // minutes
	gamma    bool
	target   time.Duration
	// believed is what the configuration says of the mean.
	believed float64
	share    float64 // of walk-ins
	slots    int     // appointments a half hour
}

var simServices = []simService{
	{mean: 4, cv: 0.6, target: 20 * time.Minute, believed: 5, share: 0.26},
	{mean: 6, cv: 0.7, target: 20 * time.Minute, believed: 5, share: 0.20, slots: 2},
	{mean: 9, cv: 0.5, gamma: true, target: 20 * time.Minute, believed: 12, share: 0.18},
	{mean: 12, cv: 0.8, target: 30 * time.Minute, believed: 10, share: 0.12, slots: 1},
	{mean: 16, cv: 0.6, gamma: true, target: 20 * time.Minute, believed: 15, share: 0.08},
	{mean: 5, cv: 0.9, target: 10 * time.Minute, believed: 6, share: 0.16},
}

// simSkills are the services of each window.
var simSkills = [][]int{{0, 1}, {0, 5}, {0, 2}, {1, 2}, {1, 5}, {2, 3}, {3, 4}, {3, 4}, {0, 5, 1}, {4, 2}}

// simDay says what is special about a day.
type simDay struct {
	name string
	// load is the share of the clerks' time that arrivals ask for.
	load float64
	// closing windows stop suddenly, each at its own time, until the day's end.
	closing int
	// booked multiplies the appointments.
	booked int
	// measured days are compared.
	measured bool
}

// happening is an event of the simulation.
type happening struct {
	at  queue.Time
	seq int
	do  func()
}

type happenings []happening

func (h happenings) Len() int { return len(h) }
func (h happenings) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h happenings) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *happenings) Push(x any)   { *h = append(*h, x.(happening)) }
func (h *happenings) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// simHall runs the days.
type simHall struct {
	tb    testing.TB
	rng   *rand.Rand
	s     *queue.State
	model *estimate.Model
	now   queue.Time
	day   simDay
	open  queue.Time // midnight of the day

	agenda  happenings
	seq     int
	ids     int
	clerks  []float64 // speed factors
	idle    []bool
	gone    map[queue.TicketID]bool // left without a word
	last    map[queue.ServiceID]float64
	pending map[queue.TicketID][]*promised
	// results of the measured days: of newcomers, of tickets that wait, and how
	// long each forecast took.
	newcomers, waiting []*promised
	took               []time.Duration
}

func simID(i int) queue.ServiceID      { return queue.ServiceID(fmt.Sprintf("service-%d", i)) }
func simWindowID(i int) queue.WindowID { return queue.WindowID(fmt.Sprint(i + 1)) }

func simConfig() queue.Config {
	c := queue.Config{
		TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour,
		Series:     []queue.Series{{ID: "a", Prefix: "A", Digits: 4, First: 1, Last: 9999}},
		Priorities: []queue.PriorityConfig{{ID: "elderly", Shorten: 10 * time.Minute}},
		Rules: queue.Rules{
			Overtaking: 10, RecallLimit: 3, CheckInEarly: 30 * time.Minute, CheckInLate: 10 * time.Minute,
		},
	}
	for i, s := range simServices {
		c.Services = append(c.Services, queue.Service{
			ID: simID(i), Series: "a", Target: s.target, Expected: time.Duration(s.believed * float64(time.Minute)),
		})
	}
	for i, skills := range simSkills {
		lunch := 11*60 + 30 + 60*(i%2)
		w := queue.WindowConfig{ID: simWindowID(i), Attendance: []queue.Hours{{From: 9 * 60, To: lunch}, {From: lunch + 60, To: 17 * 60}}}
		for _, k := range skills {
			w.Services = append(w.Services, simID(k))
		}
		c.Windows = append(c.Windows, w)
	}
	return c
}

func newSimHall(tb testing.TB, seed uint64) *simHall {
	tb.Helper()
	h := &simHall{
		tb: tb, rng: rand.New(rand.NewPCG(seed, 7)), s: queue.NewState(), idle: make([]bool, len(simSkills)),
		now: queue.TimeOf(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)), // 08:00 in Shanghai, a Monday
	}
	for range simSkills {
		h.clerks = append(h.clerks, math.Exp(0.22*h.rng.NormFloat64()))
	}
	conf := simConfig()
	h.do(queue.Configure{Config: conf})
	h.model = estimate.NewModel(h.s.Config)
	return h
}

// try decides a command, applies its events and lets the model see them.
func (h *simHall) try(cmd queue.Command) ([]queue.Event, error) {
	events, err := queue.Decide(h.s, cmd, h.now)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if err := queue.Apply(h.s, e, h.now); err != nil {
			h.tb.Fatal(err)
		}
		if h.model != nil {
			h.model.Learn(e, h.now)
		}
		if called, ok := e.(queue.TicketCalled); ok {
			h.called(called.Ticket)
		}
	}
	return events, nil
}

func (h *simHall) do(cmd queue.Command) []queue.Event {
	h.tb.Helper()
	events, err := h.try(cmd)
	if err != nil {
		h.tb.Fatalf("%s: %v", cmd.Name(), err)
	}
	return events
}

func (h *simHall) called(id queue.TicketID) {
	for _, p := range h.pending[id] {
		p.actual = minutesBetween(h.now, p.at)
	}
	delete(h.pending, id)
}

func minutesBetween(a, b queue.Time) float64 { return a.Sub(b).Minutes() }

func (h *simHall) at(t queue.Time, do func()) {
	h.seq++
	heap.Push(&h.agenda, happening{t, h.seq, do})
}

func (h *simHall) in(minutes float64, do func()) {
	h.at(h.now.Add(time.Duration(minutes*float64(time.Minute))), do)
}

func (h *simHall) exp(mean float64) float64 { return h.rng.ExpFloat64() * mean }

// clock is the time of the day at a minute after midnight.
func (h *simHall) clock(minute float64) queue.Time {
	return h.open.Add(time.Duration(minute * float64(time.Minute)))
}

// run plays one day.
func (h *simHall) run(day simDay) {
	h.day = day
	midnight := h.now.Std().In(h.s.Config.Location()).Truncate(time.Hour)
	h.open = queue.TimeOf(midnight.Add(-8 * time.Hour))
	h.gone, h.last, h.pending = map[queue.TicketID]bool{}, map[queue.ServiceID]float64{}, map[queue.TicketID][]*promised{}
	h.book()
	h.arrivals()
	for i := range simSkills {
		h.windowDay(i)
	}
	for i := range day.closing {
		w := (i*5 + h.rng.IntN(3)) % len(simSkills)
		h.at(h.clock(600+h.rng.Float64()*300), func() { h.closeForGood(w) })
	}
	end := h.clock(17*60 + 30)
	for len(h.agenda) > 0 && h.agenda[0].at < end {
		e := heap.Pop(&h.agenda).(happening)
		h.now = e.at
		e.do()
	}
	h.agenda = nil
	h.now = h.clock(32 * 60) // 08:00 of the next day
	h.do(queue.EndDay{Open: true})
}

// profile is how busy the time of day is; its mean over the day is about 1.
func profile(minute float64) float64 {
	peak := func(at, width float64) float64 { return math.Exp(-(minute - at) * (minute - at) / (2 * width * width)) }
	return 0.55 + 1.0*peak(10*60, 50) + 0.8*peak(14*60+45, 55)
}

// arrivals lets walk-ins come from 08:50 to 16:20.
func (h *simHall) arrivals() {
	work := 0.0
	for _, s := range simServices {
		work += s.share * s.mean
	}
	// Walk-ins a minute that keep the clerks busy for their 7 hours.
	rate := h.day.load * float64(len(simSkills)) / work * 420 / 450 * math.Exp(0.08*h.rng.NormFloat64())
	most := 1.7
	for minute := 530.0; ; {
		minute += h.exp(1 / (rate * most))
		if minute > 980 {
			return
		}
		if h.rng.Float64() < profile(minute)/most {
			h.at(h.clock(minute), h.walkIn)
		}
	}
}

func (h *simHall) walkIn() {
	u := h.rng.Float64()
	service := 0
	for service < len(simServices)-1 && u >= simServices[service].share {
		u -= simServices[service].share
		service++
	}
	take := queue.TakeTicket{Service: simID(service), Channel: "card"}
	if h.rng.Float64() < 0.06 {
		take.Priority = "elderly"
	}
	h.ids++
	take.ID = queue.TicketID(fmt.Sprintf("t%06d", h.ids))
	if _, err := h.try(take); err != nil {
		h.tb.Fatal(err)
	}
	h.came(take.ID)
}

// book makes the day's appointments; most come.
func (h *simHall) book() {
	var list []queue.Appointment
	for i, s := range simServices {
		for slot := 9 * 60; slot < 16*60; slot += 30 {
			for range s.slots * h.day.booked {
				h.ids++
				list = append(list, queue.Appointment{
					ID: queue.AppointmentID(fmt.Sprintf("a%06d", h.ids)), Service: simID(i),
					From: h.clock(float64(slot)), To: h.clock(float64(slot + 30)),
				})
			}
		}
	}
	if len(list) == 0 {
		return
	}
	h.do(queue.ImportAppointments{List: list})
	for _, a := range list {
		if h.rng.Float64() > 0.85 {
			continue
		}
		minute := minutesBetween(a.From, h.open) - 12 + 9*h.rng.NormFloat64()
		h.at(h.clock(max(minute, minutesBetween(a.From, h.open)-29)), func() {
			h.ids++
			id := queue.TicketID(fmt.Sprintf("t%06d", h.ids))
			h.do(queue.CheckIn{Appointment: a.ID, ID: id})
			h.came(id)
		})
	}
}

// came is what follows the taking of a ticket: the comparison, patience, and
// clerks who wait for somebody.
func (h *simHall) came(id queue.TicketID) {
	if h.day.measured && h.rng.Float64() < 0.3 {
		h.compare(id)
	}
	h.in(h.exp(110), func() {
		if h.s.Tickets[id] == nil || h.s.Tickets[id].State != queue.Waiting {
			return
		}
		if h.rng.Float64() < 0.4 {
			h.do(queue.Cancel{Ticket: id})
		} else {
			h.gone[id] = true
		}
	})
	for i := range h.idle {
		if h.idle[i] {
			h.in(h.exp(0.1), func() { h.free(i) })
		}
	}
}

// windowDay signs a clerk in and out.
func (h *simHall) windowDay(i int) {
	id := simWindowID(i)
	for part, hours := range h.s.Config.Window(id).Attendance {
		h.at(h.clock(float64(hours.From)+h.exp(1.5)), func() {
			if part == 0 {
				h.do(queue.SignIn{Window: id, Staff: queue.StaffID("clerk " + id), StaffName: string(id)})
			} else if w := h.s.Windows[id]; w.Staff != "" && w.Paused {
				h.do(queue.Continue{Window: id})
			}
			h.free(i)
		})
		h.at(h.clock(float64(hours.To)), func() { h.free(i) })
	}
}

// closeForGood closes a window as soon as its ticket has left.
func (h *simHall) closeForGood(i int) {
	w := h.s.Windows[simWindowID(i)]
	if w.Staff == "" {
		return
	}
	if w.Ticket != "" {
		h.in(0.5, func() { h.closeForGood(i) })
		return
	}
	h.idle[i] = false
	h.do(queue.SignOut{Window: w.ID})
}

// free lets a clerk without a ticket call, go to lunch or take a break.
func (h *simHall) free(i int) {
	w := h.s.Windows[simWindowID(i)]
	if w.Staff == "" || w.Paused || w.Ticket != "" {
		h.idle[i] = false
		return
	}
	minute := minutesBetween(h.now, h.open)
	on := false
	for _, hours := range h.s.Config.Window(w.ID).Attendance {
		on = on || minute >= float64(hours.From) && minute < float64(hours.To)
	}
	if !on {
		h.idle[i] = false
		h.do(queue.Pause{Window: w.ID, Text: "午休"})
		return
	}
	events := h.do(queue.CallNext{Window: w.ID})
	h.idle[i] = len(events) == 0
	if h.idle[i] {
		return
	}
	id := events[0].(queue.TicketCalled).Ticket
	if h.gone[id] || h.rng.Float64() < 0.04 {
		h.in(0.8+h.exp(0.7), func() {
			h.do(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: id})
			h.in(h.exp(0.2), func() { h.free(i) })
		})
		return
	}
	h.in(0.15+h.exp(0.3), func() { h.serve(i, id) })
}

func (h *simHall) serve(i int, id queue.TicketID) {
	t := h.s.Tickets[id]
	h.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id})
	h.last[t.Service] = minutesBetween(t.CalledAt, t.Taken)
	var service int
	for k := range simServices {
		if simID(k) == t.Service {
			service = k
		}
	}
	took := h.serviceTime(service) * h.clerks[i]
	if minute := minutesBetween(h.now, h.open); minute > 13*60 && minute < 14*60+30 {
		took *= 1.12 // after lunch
	}
	h.in(took, func() {
		h.do(queue.Finish{Ticket: id})
		if h.rng.Float64() < took/200 { // a break every 200 minutes of work
			h.do(queue.Pause{Window: simWindowID(i), Text: "稍候"})
			h.in(12*math.Exp(0.6*h.rng.NormFloat64()-0.18), func() {
				if w := h.s.Windows[simWindowID(i)]; w.Staff != "" && w.Paused {
					h.do(queue.Continue{Window: w.ID})
				}
				h.free(i)
			})
			return
		}
		h.in(h.exp(0.25), func() { h.free(i) })
	})
}

// serviceTime is a random service time of an average clerk.
func (h *simHall) serviceTime(i int) float64 {
	s := simServices[i]
	if !s.gamma {
		sigma2 := math.Log(1 + s.cv*s.cv)
		return s.mean * math.Exp(math.Sqrt(sigma2)*h.rng.NormFloat64()-sigma2/2)
	}
	// A gamma with a whole number of phases.
	phases := int(math.Round(1 / (s.cv * s.cv)))
	sum := 0.0
	for range phases {
		sum += h.exp(s.mean / float64(phases))
	}
	return sum
}
