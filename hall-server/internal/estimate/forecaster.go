package estimate

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Record is one command's events in the log.
type Record struct {
	Seq    uint64
	At     queue.Time
	Events queue.Events
}

// Hall is where a Forecaster looks.
type Hall interface {
	// Watch returns a channel that gets a value after changes, and a function
	// that ends it.
	Watch() (<-chan struct{}, func())
	// Seq is the last record.
	Seq() uint64
	// Follow lets f look at the records after seq and at the state after the
	// last of them; whole is false if they are no longer at hand.
	Follow(seq uint64, f func(records []Record, whole bool, s *queue.State, now queue.Time))
	// Log returns at most limit records after seq from the log.
	Log(ctx context.Context, seq uint64, limit int) ([]Record, error)
	// Begin is the record before the last business days, as many as days.
	Begin(ctx context.Context, days int) (uint64, error)
	// Roster is who is expected on the day of at; nil without a roster. It is
	// never changed.
	Roster(at queue.Time) Roster
	// Save keeps what people were told and what came of it. An outcome that comes
	// again has been completed.
	Save(ctx context.Context, told []Told, outcomes []Outcome) error
	// Outcomes calls f with those of day.
	Outcomes(ctx context.Context, day queue.Day, f func(*Outcome)) error
}

// Told is a range that a ticket's holder could read from At on.
type Told struct {
	Day    queue.Day
	Ticket queue.TicketID
	At     queue.Time
	// Ahead is how many stood before it.
	Ahead int
	Range Range
}

// Forecaster keeps an outlook that is never old. Make it with NewForecaster,
// then Run it; Promise, Ticket, Service and Accuracy may be called from
// anywhere at any time, and take no lock. A nil Forecaster never has a forecast.
type Forecaster struct {
	hall   Hall
	log    *slog.Logger
	latest atomic.Pointer[published]
	// preview is of the next two hours, previewed when and for how long it was
	// reckoned last.
	preview   atomic.Pointer[Preview]
	previewed previewed

	// Owned by Run's goroutine.
	model    *Model
	seq      uint64
	day      queue.Day
	tickets  map[queue.TicketID]*telling
	services map[queue.ServiceID]*telling
	ranges   map[queue.TicketID]Range // as shown
	open     map[queue.TicketID]*Outcome
	score    Score
	told     []Told
	outcomes []Outcome
	saved    time.Time
}

// published is what readers see; it never changes.
type published struct {
	outlook  Outlook
	tickets  map[queue.TicketID]Range
	services map[queue.ServiceID]Range
	accuracy Accuracy
}

// The pace of a Forecaster.
const (
	// soonest and seldom are the times between two forecasts with and without
	// changes; share keeps a crowd from taking more than that part of a core.
	soonest = 500 * time.Millisecond
	seldom  = 15 * time.Second
	share   = 20
	// saveWait is the time between two saves, saveRows what one transaction
	// takes: tickets go before.
	saveWait = 2 * time.Second
	saveRows = 250
	// stale is when an outlook is too old to promise by.
	stale     = time.Minute
	learnDays = 20
	logChunk  = 1000
	// listenAt is after how many records a crowd is listened to between two
	// forecasts: the hall keeps the latest few thousand at hand, and what is no
	// longer there has to be read from the log.
	listenAt = 1000
	// keepTold bounds what waits to be saved while the disk doesn't answer.
	keepTold = 20_000
)

// NewForecaster returns a Forecaster that begins when it is run.
func NewForecaster(hall Hall, log *slog.Logger) *Forecaster {
	return &Forecaster{
		hall: hall, log: log,
		tickets: make(map[queue.TicketID]*telling), services: make(map[queue.ServiceID]*telling),
		ranges: make(map[queue.TicketID]Range), open: make(map[queue.TicketID]*Outcome),
	}
}

// Promise is what somebody is told who takes a ticket of service with ahead
// people before it: the latest outlook, corrected by who came or went since.
// Without one it is Plain.
func (f *Forecaster) Promise(s *queue.State, service queue.ServiceID, ahead int, now queue.Time) queue.Promise {
	plain := Plain(s, service, ahead, now)
	pub := f.published()
	if pub == nil || pub.outlook.Day != s.Day || now.Sub(pub.outlook.At) > stale {
		return plain
	}
	n, ok := pub.outlook.Services[service]
	if !ok || n.None {
		return plain
	}
	if plain.Minutes != 0 { // nobody waits beside an idle window
		shift := float64(ahead-n.Ahead) * n.Pace
		n.P50, n.P80, n.P90 = max(n.P50+shift, 0), max(n.P80+shift, 0), max(n.P90+shift, 0)
		r := RangeOf(n.P50, n.P90)
		if shown := pub.services[service]; shift == 0 && !shown.None {
			r = shown // paper and screen say the same
		}
		return queue.Promise{Ahead: ahead, Minutes: max(min(int(math.Ceil(n.P80-0.05)), r.High), r.Low), Low: r.Low, High: r.High}
	}
	return queue.Promise{Ahead: ahead, Low: 0, High: 1}
}

func (f *Forecaster) published() *published {
	if f == nil {
		return nil
	}
	return f.latest.Load()
}

// Ticket is what the holder of a waiting ticket is shown; false if there is no
// forecast yet.
func (f *Forecaster) Ticket(id queue.TicketID) (Range, bool) {
	if pub := f.published(); pub != nil {
		r, ok := pub.tickets[id]
		return r, ok
	}
	return Range{}, false
}

// Service is what whoever would take a ticket of the service is shown.
func (f *Forecaster) Service(id queue.ServiceID) (Range, bool) {
	if pub := f.published(); pub != nil {
		r, ok := pub.services[id]
		return r, ok
	}
	return Range{}, false
}

// Accuracy is how good today's promises were.
func (f *Forecaster) Accuracy() Accuracy {
	if pub := f.published(); pub != nil {
		return pub.accuracy
	}
	return Accuracy{}
}

// Outlook is the latest forecast; false if there is none yet.
func (f *Forecaster) Outlook() (Outlook, bool) {
	if pub := f.published(); pub != nil {
		return pub.outlook, true
	}
	return Outlook{}, false
}

// Run forecasts until ctx ends. What goes wrong is logged: a hall gives tickets
// without forecasts too.
func (f *Forecaster) Run(ctx context.Context) error {
	changes, stop := f.hall.Watch()
	defer stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	pace := soonest
	waiting := false // for the timer, because of a change
	for {
		select {
		case <-ctx.Done():
			f.save(context.WithoutCancel(ctx), true)
			return nil
		case <-changes:
			f.listen()
			if !waiting {
				waiting = true
				timer.Reset(max(pace-time.Since(last), 0))
			}
		case <-timer.C:
			waiting = false
			last = time.Now()
			if err := f.look(ctx); err != nil && ctx.Err() == nil {
				f.log.Error("forecast failed", slog.Any("error", err))
			}
			pace = max(soonest, min(share*time.Since(last), time.Minute))
			timer.Reset(max(seldom, pace))
		}
	}
}

// look learns what came since, forecasts and publishes.
func (f *Forecaster) look(ctx context.Context) error {
	if f.model == nil {
		if err := f.begin(ctx); err != nil || f.model == nil {
			return err
		}
	}
	sc, day, err := f.follow(ctx)
	if err != nil {
		return err
	}
	f.newDay(day)
	out := sc.play(f.model, name(0, string(day)))
	out.Day = day
	f.publish(sc, out)
	f.lookAhead(sc, day)
	f.save(ctx, false)
	return nil
}

// begin makes the model from the configuration and finds out what was promised
// before the program started. The log is learnt by follow.
func (f *Forecaster) begin(ctx context.Context) error {
	seq, err := f.hall.Begin(ctx, learnDays)
	if err != nil {
		return err
	}
	var model *Model
	var day queue.Day
	f.hall.Follow(0, func(_ []Record, _ bool, s *queue.State, _ queue.Time) {
		if s.Config != nil {
			model, day = NewModel(s.Config), s.Day
			model.Follow(f.hall.Roster)
		}
	})
	if model == nil {
		return nil
	}
	f.newDay(day)
	err = f.hall.Outcomes(ctx, day, func(o *Outcome) {
		if o.Waited < 0 {
			f.open[o.Ticket] = o
		} else {
			f.score.Add(o)
		}
	})
	f.model, f.seq = model, seq
	return err
}

// follow learns all records since the last one, from memory or from the log,
// and returns the scene after them.
func (f *Forecaster) follow(ctx context.Context) (*scene, queue.Day, error) {
	for {
		var sc *scene
		var day queue.Day
		f.hall.Follow(f.seq, func(records []Record, whole bool, s *queue.State, now queue.Time) {
			if whole {
				f.learn(records)
				sc, day = takeScene(s, now, f.model.rosterOf(now)), s.Day
			}
		})
		if sc != nil {
			return sc, day, nil
		}
		records, err := f.hall.Log(ctx, f.seq, logChunk)
		if err != nil {
			return nil, "", err
		}
		if len(records) == 0 {
			return nil, "", fmt.Errorf("read the log: record %d is missing", f.seq+1)
		}
		f.learn(records)
	}
}

// listen learns what came since the last look, if that is much.
func (f *Forecaster) listen() {
	if f.model == nil || f.hall.Seq() < f.seq+listenAt {
		return
	}
	f.hall.Follow(f.seq, func(records []Record, whole bool, _ *queue.State, _ queue.Time) {
		if whole {
			f.learn(records)
		}
	})
}

func (f *Forecaster) learn(records []Record) {
	for i := range records {
		r := &records[i]
		for _, e := range r.Events {
			f.model.Learn(e, r.At)
			if called, ok := e.(queue.TicketCalled); ok {
				f.called(called.Ticket, r.At)
			}
		}
		f.seq = r.Seq
	}
}

// called completes the outcome of a ticket that was told something.
func (f *Forecaster) called(id queue.TicketID, at queue.Time) {
	o := f.open[id]
	if o == nil || at < o.At {
		return
	}
	delete(f.open, id)
	o.Waited = minutesOf(at - o.At)
	f.score.Add(o)
	f.outcomes = append(f.outcomes, *o)
}

// newDay forgets what belongs to another day.
func (f *Forecaster) newDay(day queue.Day) {
	if f.day == day {
		return
	}
	f.day, f.score = day, Score{}
	clear(f.tickets)
	clear(f.ranges)
	clear(f.open)
}

// publish shows what people are to be told now.
func (f *Forecaster) publish(sc *scene, out Outlook) {
	pub := &published{
		outlook: out, tickets: make(map[queue.TicketID]Range, len(out.Tickets)),
		services: make(map[queue.ServiceID]Range, len(out.Services)), accuracy: f.score.Accuracy(),
	}
	tickets := sc.tickets()
	for i := range tickets {
		t := &tickets[i]
		r := f.tell(t, out.Tickets[t.ID], sc.at, sc.hour())
		pub.tickets[t.ID] = r
		if old, ok := f.ranges[t.ID]; !ok || old != r {
			f.ranges[t.ID] = r
			f.told = append(f.told, Told{Day: f.day, Ticket: t.ID, At: sc.at, Ahead: sc.ahead[i], Range: r})
		}
	}
	for id := range f.tickets {
		if _, waits := pub.tickets[id]; !waits {
			delete(f.tickets, id)
			delete(f.ranges, id)
		}
	}
	for id, n := range out.Services {
		t := f.services[id]
		if t == nil {
			t = &telling{wait: n.Wait, at: sc.at}
			f.services[id] = t
		}
		pub.services[id] = t.tell(n.Wait, sc.at)
	}
	f.latest.Store(pub)
}

// tell is what t's holder is told of w. Whoever was promised a range on paper
// sees that one first.
func (f *Forecaster) tell(t *queue.Ticket, w Wait, now queue.Time, hour int) Range {
	was := f.tickets[t.ID]
	if was == nil {
		was = &telling{wait: w, at: now, runs: true}
		if p := t.Promise; p.High > 0 && t.Calls == 0 {
			was.wait, was.at = Wait{P50: float64(p.Low), P90: float64(p.High)}, t.Taken
		}
		f.tickets[t.ID] = was
		if t.Calls == 0 && f.open[t.ID] == nil && !w.None && now.Sub(t.Taken) < stale {
			o := &Outcome{Ticket: t.ID, Day: f.day, Service: t.Service, Hour: hour, At: now, Wait: w, Waited: -1}
			f.open[t.ID] = o
			f.outcomes = append(f.outcomes, *o)
		}
	}
	return was.tell(w, now)
}

// hour is the hour of the hall's day.
func (sc *scene) hour() int { return sc.conf.Minute(sc.at) / 60 }

// save keeps what was told, now and then and at the end. What can't be saved is
// kept for the next time, but not without bounds.
func (f *Forecaster) save(ctx context.Context, now bool) {
	if len(f.told)+len(f.outcomes) == 0 || !now && time.Since(f.saved) < saveWait {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	f.saved = time.Now()
	for len(f.told)+len(f.outcomes) > 0 {
		told, outcomes := f.told[:min(len(f.told), saveRows)], f.outcomes[:min(len(f.outcomes), saveRows)]
		if err := f.hall.Save(ctx, told, outcomes); err != nil {
			f.log.Error("save what was promised", slog.Any("error", err))
			break
		}
		f.told, f.outcomes = f.told[len(told):], f.outcomes[len(outcomes):]
	}
	if len(f.told)+len(f.outcomes) > keepTold {
		f.told, f.outcomes = nil, nil
	}
}
