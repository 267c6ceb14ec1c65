// Package replay plays a past day of the hall from its log: records flow in
// through connections of their own, are folded with the queue's own Apply, and
// the board comes out as it was at any moment, by the same code that makes the
// live one. What the log hasn't (agents and their devices) is kept beside it,
// change by change. The names are those of the present hall file, and expected
// waits are reckoned plainly: a past forecast isn't made anew.
package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// Record is one command's events in the log.
type Record struct {
	Seq    uint64
	At     queue.Time
	Events queue.Events
}

// Span is the place of a business day in the log.
type Span struct {
	// First and Last are its records; Last is 0 for a day that goes on.
	First, Last uint64
	// From and To are when they were made.
	From, To queue.Time
}

// AgentChange is what an agent was from At on; View is nil if it had left.
type AgentChange struct {
	At    queue.Time
	Agent string
	View  *link.AgentView
}

// Past is what was.
type Past interface {
	// Span is where day is; ErrNoDay if it isn't in the log.
	Span(ctx context.Context, day queue.Day) (Span, error)
	// Days are the latest days of the log, the newest first.
	Days(ctx context.Context, most int) ([]queue.Day, error)
	// Records returns at most limit records after seq, without a gap.
	Records(ctx context.Context, after uint64, limit int) ([]Record, error)
	// Base is the latest state that is kept, after a record that isn't later than
	// upTo; an empty one before the log.
	Base(ctx context.Context, upTo uint64) (uint64, *queue.State, error)
	// Agents are what agents were at from, and their changes until to.
	Agents(ctx context.Context, from, to queue.Time) ([]AgentChange, error)
}

// Table keeps what makes replays quick.
type Table interface {
	// SaveBase keeps state, after record seq, as the beginning of day.
	SaveBase(ctx context.Context, day queue.Day, seq uint64, state *queue.State) error
	// SaveAgents keeps what agents are from now on.
	SaveAgents(ctx context.Context, changes []AgentChange) error
}

// ErrNoDay says that the log hasn't that day, ErrBusy that too many replay.
var (
	ErrNoDay = errors.New("the log has no such day")
	ErrBusy  = errors.New("too many replays at once")
)

// Config is what a Service needs.
type Config struct {
	Past  Past
	Table Table
	// View is the live viewer; a replay's is like it, without forecasts.
	View *view.Viewer
	// Registry are the agents to remember.
	Registry *registry.Registry
	Now      func() time.Time
	Log      *slog.Logger
	// Every is the pause between two looks at agents; zero means a second.
	Every time.Duration
}

// maxPlayers is how many replays there may be at once.
const maxPlayers = 4

// Service replays, and remembers what replays need. Make it with New, then Run
// it.
type Service struct {
	conf Config

	mu       sync.Mutex
	sessions map[string]*playing // guarded by mu
	closed   bool                // guarded by mu

	// Owned by Run's goroutine.
	agents map[string]string // as last kept
	day    queue.Day         // whose base is kept
}

// playing is the replay of one session.
type playing struct{ stop context.CancelFunc }

// New returns a service that begins when it is run.
func New(conf Config) *Service {
	if conf.Every == 0 {
		conf.Every = time.Second
	}
	return &Service{
		conf: conf, sessions: make(map[string]*playing), agents: make(map[string]string),
	}
}

// prepareEvery is how often Run looks for a new day.
const prepareEvery = time.Minute

// Run remembers agents and the beginnings of days until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.conf.Every)
	defer tick.Stop()
	var prepared time.Time
	for {
		if err := s.remember(ctx); err != nil && ctx.Err() == nil {
			s.conf.Log.Error("keep what agents are", slog.Any("error", err))
		}
		if time.Since(prepared) >= prepareEvery {
			prepared = time.Now()
			if err := s.prepare(ctx); err != nil && ctx.Err() == nil {
				s.conf.Log.Error("prepare the day for replays", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// remember keeps the agents that have changed.
func (s *Service) remember(ctx context.Context) error {
	now := queue.TimeOf(s.conf.Now())
	var changes []AgentChange
	there := make(map[string]string)
	for _, a := range s.conf.Registry.Agents() {
		a.ClockOffsetMillis = 0 // it moves all the time
		data, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode agent %s: %w", a.ID, err)
		}
		there[a.ID] = string(data)
		if s.agents[a.ID] != string(data) {
			changes = append(changes, AgentChange{At: now, Agent: a.ID, View: &a})
		}
	}
	for id := range s.agents {
		if _, ok := there[id]; !ok {
			changes = append(changes, AgentChange{At: now, Agent: id})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.conf.Table.SaveAgents(ctx, changes); err != nil {
		return err
	}
	s.agents = there
	return nil
}

// prepare keeps the beginning of the newest day, and of those it comes by.
func (s *Service) prepare(ctx context.Context) error {
	days, err := s.conf.Past.Days(ctx, 1)
	if err != nil || len(days) == 0 || days[0] == s.day {
		return err
	}
	span, err := s.conf.Past.Span(ctx, days[0])
	if err != nil {
		return err
	}
	p := s.player(days[0], span)
	if err := p.base(ctx, s.keep); err != nil {
		return err
	}
	s.day = days[0]
	return nil
}

// keep keeps the beginning of day.
func (s *Service) keep(ctx context.Context, day queue.Day, seq uint64, state *queue.State) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return s.conf.Table.SaveBase(ctx, day, seq, state)
}

// Begin lets session have a replay, whose context ends with stop, when the same
// session begins another, or when the service closes. The error is ErrBusy if
// there are too many.
func (s *Service) Begin(ctx context.Context, session string) (context.Context, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	mine := &playing{cancel}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.sessions[session]; old != nil {
		old.stop()
	}
	if s.closed || len(s.sessions) >= maxPlayers && s.sessions[session] == nil {
		cancel()
		return nil, nil, ErrBusy
	}
	s.sessions[session] = mine
	return ctx, func() {
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.sessions[session] == mine {
			delete(s.sessions, session)
		}
	}, nil
}

// Close ends all replays: the server stops.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, p := range s.sessions {
		p.stop()
	}
}

// Days are the latest days that can be replayed, the newest first.
func (s *Service) Days(ctx context.Context, most int) ([]queue.Day, error) {
	return s.conf.Past.Days(ctx, most)
}

// Span is where day is.
func (s *Service) Span(ctx context.Context, day queue.Day) (Span, error) {
	return s.conf.Past.Span(ctx, day)
}
