package estimate

import (
	"time"

	"smarthall/hall-server/internal/queue"
)

// Model is what the hall's past teaches of the times in it: how long services
// take by service, clerk and hour of the day, how long people walk to the
// window, who doesn't come, how often clerks pause, how many people arrive.
// Events flow in (Learn), in the order of the log; Fit turns them into what
// Forecast draws from. Not safe for concurrent use.
type Model struct {
	location *time.Location
	expected map[queue.ServiceID]float64 // configured minutes
	windows  map[queue.WindowID]*windowTrace
	visits   map[queue.TicketID]*visit
	waiting  map[queue.ServiceID]int

	services  []*serviceStats
	serviceAt map[queue.ServiceID]int
	clerkAt   map[queue.StaffID]int
	cells     []cell
	cellAt    map[cellKey]int

	// seen counts services ever, without fading.
	seen int
	// Times are in minutes.
	arrive, miss, gap, away, left tally

	cancels, waited          float64
	aways, openHours         float64
	leaves, returns          float64
	came, stayedAway         float64
	offsets, offsets2, slots float64 // check-in after the slot's begin, minutes
	classes                  map[string]float64
	taken                    float64
	missesByWait             [waitBuckets]float64
	callsByWait              [waitBuckets]float64

	// roster is who is expected on a day; nil for nobody knows.
	roster func(at queue.Time) Roster
	begun  bool // something was learnt

	fitted fitted
	fresh  bool // fitted knows all
}

// serviceStats is what was seen of one service.
type serviceStats struct {
	id            queue.ServiceID
	calls, misses float64
	// ratios are service times by what was expected of that clerk and hour.
	ratios tally
	// past are arrivals by half hours on earlier days, faded; today's are not.
	past, today [halfHours]float64
	days        float64 // that past counts
}

// cell is what was seen of one service by one clerk in one hour.
type cell struct {
	cellKey
	n, sum float64 // minutes
}

type cellKey struct {
	service, clerk, hour int
}

// visit is what must be remembered of a ticket to learn from it.
type visit struct {
	service queue.ServiceID
	state   queue.TicketState
	since   queue.Time // of the state
	taken   queue.Time
	clerk   queue.StaffID
	window  queue.WindowID
	served  queue.Time // before it was parked
}

// windowTrace is what must be remembered of a window.
type windowTrace struct {
	services []queue.ServiceID
	hours    []queue.Hours
	// duties are today's by the roster; rostered tells that there are such.
	duties   []Duty
	rostered bool
	open     bool
	since    queue.Time // of open, or of not
	// away tells that it is not open and nobody planned it, gone that the clerk
	// signed out.
	away, gone bool
	free       queue.Time // when its last ticket left, while people waited; 0 if not
}

const (
	halfHours   = 48
	waitBuckets = 5
	// fadePerDay is what is left of a day's weight after another one: a month's
	// experience, the last week's counting most.
	fadePerDay = 0.9
	// longestGap is the longest time between two tickets of a busy window that
	// is taken for one, and not for a pause nobody told of.
	longestGap = 10 * time.Minute
	// nearEnd is how shortly before the end of its hours a window's closing is
	// taken as planned.
	nearEnd = 10 // minutes
)

// leastTime is the shortest time that tallies tell apart, in minutes; leastRatio
// the same for service times as multiples.
const (
	leastTime  = 1.0 / 60
	leastRatio = 1.0 / 256
)

// waitBucket is the place of a wait in the tables of no-shows.
func waitBucket(minutes float64) int {
	switch {
	case minutes < 10:
		return 0
	case minutes < 20:
		return 1
	case minutes < 40:
		return 2
	case minutes < 70:
		return 3
	default:
		return 4
	}
}

// NewModel returns a model that knows what the hall's configuration says.
func NewModel(conf *queue.Config) *Model {
	m := &Model{
		windows: make(map[queue.WindowID]*windowTrace), visits: make(map[queue.TicketID]*visit),
		waiting: make(map[queue.ServiceID]int), serviceAt: make(map[queue.ServiceID]int),
		clerkAt: make(map[queue.StaffID]int), cellAt: make(map[cellKey]int), classes: make(map[string]float64),
	}
	m.configure(conf)
	return m
}

func (m *Model) configure(conf *queue.Config) {
	m.fresh = false
	if loc, err := time.LoadLocation(conf.TimeZone); err == nil {
		m.location = loc
	} else if m.location == nil {
		m.location = time.UTC
	}
	m.expected = make(map[queue.ServiceID]float64, len(conf.Services))
	for i := range conf.Services {
		m.expected[conf.Services[i].ID] = max(conf.Services[i].Expected.Minutes(), 0.1)
		m.service(conf.Services[i].ID)
	}
	for i := range conf.Windows {
		w := m.window(conf.Windows[i].ID)
		w.services, w.hours = conf.Windows[i].Services, conf.Windows[i].Attendance
	}
}

func (m *Model) window(id queue.WindowID) *windowTrace {
	w := m.windows[id]
	if w == nil {
		w = &windowTrace{}
		m.windows[id] = w
	}
	return w
}

func (m *Model) service(id queue.ServiceID) *serviceStats {
	i, ok := m.serviceAt[id]
	if !ok {
		i = len(m.services)
		m.serviceAt[id] = i
		m.services = append(m.services, &serviceStats{id: id})
	}
	return m.services[i]
}

func (m *Model) clerk(id queue.StaffID) int {
	i, ok := m.clerkAt[id]
	if !ok {
		i = len(m.clerkAt)
		m.clerkAt[id] = i
	}
	return i
}

// minute is the minute after midnight of t in the hall.
func (m *Model) minute(t queue.Time) int {
	local := t.Std().In(m.location)
	return local.Hour()*60 + local.Minute()
}

func minutesOf(d queue.Time) float64 { return float64(d) / 60_000 }

func timeOf(minutes float64) queue.Time { return queue.Time(minutes * 60_000) }
