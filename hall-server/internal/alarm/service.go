package alarm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// Table keeps alarms.
type Table interface {
	// SaveAlarms keeps alarms; one that is there is replaced.
	SaveAlarms(ctx context.Context, alarms []Alarm) error
	// OpenAlarms are those that haven't ended.
	OpenAlarms(ctx context.Context) ([]Alarm, error)
	// Alarms are those that rang at a time from … to, the oldest first.
	Alarms(ctx context.Context, from, to time.Time) ([]Alarm, error)
}

// Reader lets one look at the hall: the core.
type Reader interface {
	Read(func(s *queue.State, now queue.Time))
	Now() time.Time
	// Watch returns a channel that gets a value after commits, and a function
	// that ends it.
	Watch() (<-chan struct{}, func())
}

// Config is what a Service needs.
type Config struct {
	Core  Reader
	View  *view.Viewer
	Hall  *hall.Live
	Table Table
	Log   *slog.Logger
	// Linked tells whether the platform is reached; nil without a platform.
	Linked func() bool
	// Numbers is how many numbers for applications are left, and whether that is
	// few; may be nil.
	Numbers func() (left int64, few bool)
	// Every is the longest time between two looks; zero means a second.
	Every time.Duration
	// Changed is told when there is something new in Ringing; it returns at once.
	// May be nil.
	Changed func()
}

// Service watches the hall. Make it with New, then Run it; the rest may be
// called from anywhere at any time.
type Service struct {
	conf   Config
	nudged chan struct{}

	mu      sync.Mutex
	tracker *Tracker // guarded by mu; nil until Run has begun
	open    []Alarm  // guarded by mu
	told    []Alarm  // guarded by mu; open when Changed was called last

	// Owned by Run's goroutine.
	away    time.Time // since when the platform isn't reached
	unsaved map[string]Alarm
}

// ErrOver says that an alarm doesn't ring (any more).
var ErrOver = errors.New("the alarm is over")

// New returns a service that begins when it is run.
func New(conf Config) *Service {
	if conf.Every == 0 {
		conf.Every = time.Second
	}
	return &Service{conf: conf, nudged: make(chan struct{}, 1), unsaved: make(map[string]Alarm)}
}

// Nudge has the hall looked at soon, for changes that no commit tells of: an
// agent that came, went or reported. It returns at once.
func (s *Service) Nudge() {
	select {
	case s.nudged <- struct{}{}:
	default:
	}
}

// soonest is the shortest time between two looks: a run of changes must not
// have the whole hall looked at for each of them.
const soonest = 200 * time.Millisecond

// share keeps a hall full of people from taking more than that part of a core.
const share = 20

// Run watches until ctx ends. What goes wrong is logged: a hall serves people
// without alarms too.
func (s *Service) Run(ctx context.Context) error {
	open, err := s.conf.Table.OpenAlarms(ctx)
	if err != nil && ctx.Err() == nil {
		s.conf.Log.Error("read the open alarms", slog.Any("error", err))
	}
	s.mu.Lock()
	s.tracker = NewTracker(open)
	s.mu.Unlock()
	commits, stop := s.conf.Core.Watch()
	defer stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	pace := soonest
	for {
		soon := false
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			last = time.Now()
			next := s.look(ctx)
			pace = max(soonest, min(share*time.Since(last), time.Second))
			timer.Reset(max(next, pace))
		case <-commits:
			soon = true
		case <-s.nudged:
			soon = true
		}
		if soon {
			timer.Reset(max(pace-time.Since(last), 0))
		}
	}
}

// look brings the alarms up to date and returns when to look again at the latest.
func (s *Service) look(ctx context.Context) time.Duration {
	scene := s.scene()
	if scene.Board == nil {
		return s.conf.Every // the hall isn't configured yet
	}
	s.mu.Lock()
	changed := s.tracker.Look(Find(scene, s.tracker.Rings), scene.Now)
	next := min(max(s.tracker.Due(scene.Now), soonest), s.conf.Every)
	s.refresh()
	s.mu.Unlock()
	for _, a := range changed {
		s.unsaved[a.ID] = a
	}
	s.save(ctx)
	return next
}

// refresh takes what rings from the tracker, and tells of it if it looks
// different. s.mu is held.
func (s *Service) refresh() {
	s.open = s.tracker.Open()
	if slices.EqualFunc(s.open, s.told, alike) {
		return
	}
	s.told = s.open
	if s.conf.Changed != nil {
		s.conf.Changed()
	}
}

// maxUnsaved bounds what is kept while the disk doesn't answer.
const maxUnsaved = 1000

func (s *Service) save(ctx context.Context) {
	if len(s.unsaved) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	list := make([]Alarm, 0, len(s.unsaved))
	for _, a := range s.unsaved {
		list = append(list, a)
	}
	if err := s.conf.Table.SaveAlarms(ctx, list); err != nil {
		s.conf.Log.Error("save alarms", slog.Any("error", err))
		if len(s.unsaved) <= maxUnsaved {
			return
		}
	}
	clear(s.unsaved)
}

// scene is the hall as it is now.
func (s *Service) scene() *Scene {
	scene := &Scene{Targets: make(map[string]time.Duration), Oldest: make(map[string]time.Time), Comers: make(map[string]int)}
	s.conf.Core.Read(func(state *queue.State, now queue.Time) {
		scene.Now = now.Std()
		if state.Config == nil {
			return
		}
		board := &link.BoardView{
			Totals: s.conf.View.Totals(state, now), Services: s.conf.View.Services(state, now),
			Windows: s.conf.View.Windows(state, now), Agents: s.conf.View.Registry.Agents(),
		}
		scene.Board = board
		scene.count(state, now)
	})
	for _, svc := range s.conf.Hall.Hall().Services {
		scene.Targets[svc.ID] = svc.TargetWait
	}
	if s.conf.Linked != nil {
		switch linked := s.conf.Linked(); {
		case linked:
			s.away = time.Time{}
		case s.away.IsZero():
			s.away = scene.Now
		}
		scene.PlatformAway = s.away
	}
	if s.conf.Numbers != nil {
		if left, few := s.conf.Numbers(); few {
			scene.NumbersLeft = &left
		}
	}
	return scene
}

// count is what the board doesn't show.
func (s *Scene) count(state *queue.State, now queue.Time) {
	for i := range state.Config.Services {
		id := state.Config.Services[i].ID
		for _, t := range state.Waiting(id) {
			if at := t.Taken.Std(); s.Oldest[string(id)].IsZero() || at.Before(s.Oldest[string(id)]) {
				s.Oldest[string(id)] = at
			}
		}
	}
	recent := now.Add(-RatingFor)
	for _, t := range state.Tickets {
		if t.Taken >= recent {
			s.Comers[string(t.Service)]++
		}
		if t.Score > 0 && t.Score <= 2 && t.Ended >= recent {
			s.Ratings = append(s.Ratings, BadRating{
				Ticket: string(t.ID), Number: t.Number, Window: string(t.Window), Score: t.Score, At: t.Ended.Std(),
			})
		}
	}
}

// Open are the alarms that ring, the dearest first.
func (s *Service) Open() []Alarm {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Alarm{}, s.open...)
}

// Ringing are the alarms that ring as boards are told of them.
func (s *Service) Ringing() link.AlarmsView {
	open := s.Open()
	out := link.AlarmsView{Alarms: make([]link.AlarmView, 0, len(open))}
	for i := range open {
		out.Alarms = append(out.Alarms, open[i].View())
	}
	return out
}

// Past are the alarms that rang at a time from … to.
func (s *Service) Past(ctx context.Context, from, to time.Time) ([]Alarm, error) {
	return s.conf.Table.Alarms(ctx, from, to)
}

// Take notes who sees to the alarm with id, and keeps that. The error is ErrOver
// if it doesn't ring.
func (s *Service) Take(ctx context.Context, id string, taken Taken) (Alarm, error) {
	taken.At = s.conf.Core.Now()
	s.mu.Lock()
	if s.tracker == nil {
		s.mu.Unlock()
		return Alarm{}, ErrOver
	}
	a, ok := s.tracker.Take(id, taken)
	if ok {
		s.refresh()
	}
	s.mu.Unlock()
	if !ok {
		return Alarm{}, ErrOver
	}
	if err := s.conf.Table.SaveAlarms(ctx, []Alarm{a}); err != nil {
		return Alarm{}, fmt.Errorf("keep who takes the alarm: %w", err)
	}
	s.conf.Log.Info("alarm taken", slog.String("alarm", a.Key), slog.String("by", taken.By))
	return a, nil
}
