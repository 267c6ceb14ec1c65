package statistics

import (
	"time"

	"smarthall/hall-server/internal/queue"
)

// Outcome is how a visit, or a stage of it, ended.
type Outcome string

// The outcomes. Transferred and Parked end stages only.
const (
	// Open: it still goes on.
	Open Outcome = "open"
	// Finished: the service was done.
	Finished Outcome = "finished"
	// Missed: called, and nobody came.
	Missed Outcome = "missed"
	// Abandoned: cancelled, or the day ended, while it waited.
	Abandoned Outcome = "abandoned"
	// Closed: the day ended during the service. Its service time isn't known.
	Closed Outcome = "closed"
	// Transferred: handed on to another service or window.
	Transferred Outcome = "transferred"
	// Parked: it left the window until something came, and went on elsewhere or
	// later.
	Parked Outcome = "parked"
)

// Outcomes lists every outcome, for checks of database constraints and pages.
func Outcomes() []Outcome {
	return []Outcome{Open, Finished, Missed, Abandoned, Closed, Transferred, Parked}
}

// Visit is what is remembered of one ticket. It names nobody.
type Visit struct {
	Ticket queue.TicketID
	Number string
	// Day is the business day, Hour (0 to 23) and Weekday (1 is Monday) are when
	// the ticket was taken: the hour of the hall's clock and the weekday of the
	// business day.
	Day     queue.Day
	Hour    int
	Weekday int
	Taken   queue.Time
	// Service is the one the ticket was taken for; stages have their own.
	Service queue.ServiceID
	Zone    string
	Channel queue.Channel
	// Origin is where an appointment was booked, such as online or app.
	Origin   string
	Priority string
	// Offline tickets were given by a machine without its hall.
	Offline bool
	Outcome Outcome
	// Returned counts how often the citizen came back after a missed call.
	Returned int
	Recalls  int
	// Score is the rating, 5 to 1; 0 means not rated.
	Score int
	// Promised is the wait that the citizen was told, -1 if none could be.
	// Truth is the wait until the first call, -1 if there was none.
	Promised time.Duration
	Truth    time.Duration
	Stages   []Stage
}

// Stage is one stay at a window with the wait before it. A transfer, a return
// after a missed call and a change of window begin the next.
type Stage struct {
	Service queue.ServiceID `json:"service"`
	// Window and Clerk are empty until somebody called.
	Window queue.WindowID `json:"window,omitempty"`
	Clerk  queue.StaffID  `json:"clerk,omitempty"`
	End    Outcome        `json:"end"`
	// Waited tells that a wait came before; a visit that goes on at another
	// window after it was parked has none.
	Waited bool `json:"waited,omitempty"`
	// Began tells that service began: the wait is over and counts.
	Began bool `json:"began,omitempty"`
	// Wait sums the time waiting and called, Served that in service.
	Wait   time.Duration `json:"wait,omitempty"`
	Served time.Duration `json:"served,omitempty"`
	// Target is the wait that the hall aims at for this service.
	Target time.Duration `json:"target,omitempty"`
}

// HasWait tells whether Wait is one that counts.
func (s *Stage) HasWait() bool { return s.Waited && s.Began }

// HasService tells whether Served is a service time that counts: the service is
// over, and the day's end didn't cut it.
func (s *Stage) HasService() bool { return s.Began && s.End != Open && s.End != Closed }

// none stands for a duration that isn't known.
const none = -1 * time.Millisecond

// VisitOf is the visit of t, a ticket of hall, as it is now. The hall must have
// been configured.
func VisitOf(hall *queue.State, t *queue.Ticket) Visit {
	conf := hall.Config
	v := Visit{
		Ticket: t.ID, Number: t.Number, Day: hall.Day, Taken: t.Taken, Service: t.Service,
		Channel: t.Channel, Origin: originOf(hall, t), Priority: t.Priority, Offline: offline(t),
		Score: t.Score, Promised: none, Truth: none,
	}
	v.Hour = t.Taken.Std().In(conf.Location()).Hour()
	v.Weekday = weekday(v.Day)
	if t.Promise.Minutes >= 0 {
		v.Promised = time.Duration(t.Promise.Minutes) * time.Minute
	}
	b := stageBuilder{visit: &v, ticket: t, conf: conf}
	for _, p := range t.Periods {
		b.add(p)
	}
	v.Outcome = b.outcome()
	if n := len(v.Stages); n > 0 {
		v.Service = v.Stages[0].Service
		v.Stages[n-1].End = v.Outcome
	}
	v.Zone = zoneOf(conf, v.Service)
	v.Recalls = max(t.Calls-b.calls, 0)
	return v
}

// weekday is 1 for Monday to 7 for Sunday, 0 for a day that isn't one.
func weekday(day queue.Day) int {
	d, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return 0
	}
	return (int(d.Weekday())+6)%7 + 1
}

// stageBuilder takes a ticket's periods in their order.
type stageBuilder struct {
	visit  *Visit
	ticket *queue.Ticket
	conf   *queue.Config
	last   queue.TicketState // of the period before
	calls  int               // first calls
}

func (b *stageBuilder) add(p queue.Period) {
	switch p.State {
	case queue.Waiting:
		b.wait(p)
	case queue.Called:
		b.call(p)
	case queue.Serving:
		b.serve(p)
	case queue.Missed:
		if s := b.stage(); s != nil {
			s.End = Missed
		}
	}
	b.last = p.State
}

// wait goes on waiting in the same stage after a put-back, and begins a new one
// after a service or a missed call.
func (b *stageBuilder) wait(p queue.Period) {
	s := b.stage()
	switch {
	case s == nil:
		s = b.begin(p)
	case s.End == Missed:
		b.visit.Returned++
		s = b.begin(p)
	case s.Began && b.last == queue.Parked:
		s.End = Parked
		s = b.begin(p)
	case s.Began:
		s.End = Transferred
		s = b.begin(p)
	}
	s.Waited = true
	s.Window, s.Clerk = "", ""
	s.Wait += length(p)
}

func (b *stageBuilder) call(p queue.Period) {
	s := b.stage()
	if s == nil || s.End == Missed {
		s = b.begin(p)
	}
	if b.calls++; b.calls == 1 {
		b.visit.Truth = p.From.Sub(b.ticket.Taken)
	}
	s.Waited = true
	s.Window, s.Clerk = p.Window, p.Clerk
	s.Wait += length(p)
}

func (b *stageBuilder) serve(p queue.Period) {
	s := b.stage()
	switch {
	case s == nil || s.End == Missed:
		s = b.begin(p)
	case s.Began && (s.Window != p.Window || s.Clerk != p.Clerk):
		s.End = Parked
		s = b.begin(p)
	}
	s.Began, s.Window, s.Clerk = true, p.Window, p.Clerk
	s.Served += length(p)
}

// stage is the one that goes on, or nil.
func (b *stageBuilder) stage() *Stage {
	if n := len(b.visit.Stages); n > 0 {
		return &b.visit.Stages[n-1]
	}
	return nil
}

func (b *stageBuilder) begin(p queue.Period) *Stage {
	s := Stage{Service: serviceOf(b.ticket, p), End: Open}
	if conf := b.conf.Service(s.Service); conf != nil {
		s.Target = conf.Target
	}
	b.visit.Stages = append(b.visit.Stages, s)
	return b.stage()
}

// outcome is how the visit, and so its last stage, ended.
func (b *stageBuilder) outcome() Outcome {
	switch b.ticket.State {
	case queue.Finished:
		return Finished
	case queue.Closed:
		return Closed
	case queue.Missed:
		return Missed
	case queue.Cancelled, queue.Expired:
		if b.last == queue.Called || b.last == queue.Missed {
			return Missed
		}
		return Abandoned
	default:
		return Open
	}
}

// length is how long p lasted; one that goes on counts when it is over.
func length(p queue.Period) time.Duration {
	if p.To == 0 {
		return 0
	}
	return p.To.Sub(p.From)
}
