// Package node keeps the halls that hang on the platform. What contexts publish
// for a hall flows down into the hall's stream; what a hall says flows up to
// the contexts that asked for it, each event once, in the hall's order, in one
// transaction with the mark that it was taken. What a hall asks for somebody who
// waits there is answered at once, by the context whose topic it is.
package node

import (
	"context"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/bus"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Audit *audit.Log
	Log   *slog.Logger
}

// Handler takes an event of a hall in the transaction that marks it as taken.
// A fault parks the event for the technician; any other error brings it again.
type Handler func(ctx context.Context, tx *store.Tx, hall string, e store.Event) error

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	tokens   privacy.Hasher
	sealer   privacy.Sealer
	handlers map[string][]Handler
	asked    map[string]Asked
	begun    []Begin
	// changed tells those who follow halls that there may be another.
	changed [shares]chan struct{}

	mu     sync.Mutex
	bus    *bus.Bus             // nil while none runs; guarded by mu
	counts map[[2]string]uint64 // events by type and outcome; guarded by mu
}

// Outcomes of events, for the counters.
const (
	outcomeTaken   = "taken"
	outcomeAgain   = "again"   // it came before
	outcomeIgnored = "ignored" // nobody asked for its type
	outcomeParked  = "parked"
	outcomeRefused = "refused" // a question
	outcomeFailed  = "failed"
	outcomeLost    = "lost" // its stream had dropped it
)

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "node", files); err != nil {
		return nil, err
	}
	s := &Service{
		Config: conf, tokens: privacy.NewHasher(conf.Keys.For("halls")), sealer: privacy.NewSealer(conf.Keys.For("parked events")),
		handlers: map[string][]Handler{}, asked: map[string]Asked{}, counts: map[[2]string]uint64{},
	}
	for i := range s.changed {
		s.changed[i] = make(chan struct{}, 1)
	}
	s.On(TypeDescribed, s.describe)
	s.On(TypeRangeAsked, s.grantRange)
	s.On(TypeLost, s.tellAgain)
	s.OnAsk(TopicLive, s.takeLive)
	return s, nil
}

// On adds who takes the events of a type. All that ask for a type take an event
// in one transaction, in the order of their asking: if one refuses it, none has
// it. On is called before Run.
func (s *Service) On(kind string, h Handler) { s.handlers[kind] = append(s.handlers[kind], h) }

// Domain is a hall's name on the bus.
func Domain(hall string) string { return "hall-" + hall }

// Admit tells whether a leaf node that shows these credentials is a hall.
func (s *Service) Admit(user, password string) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), admitWait)
	defer cancel()
	known, err := s.knows(ctx, user, password)
	if err != nil {
		s.Log.Warn("hall not looked up", slog.Any("err", err))
	}
	return Domain(user), known
}

// Caller is who sends a request with a hall's id and token: the hall, or
// ErrHallToken. They are the ones that let its leaf node in.
func (s *Service) Caller(ctx context.Context, hall, token string) (access.Caller, error) {
	known, err := s.knows(ctx, hall, token)
	if err != nil {
		return access.Caller{}, fmt.Errorf("look hall %s up: %w", hall, err)
	}
	if !known {
		return access.Caller{}, ErrHallToken
	}
	return access.Caller{Kind: access.Hall, ID: hall}, nil
}

// knows tells whether an active hall has the token.
func (s *Service) knows(ctx context.Context, hall, token string) (bool, error) {
	var key string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT token FROM node_hall WHERE id = $1 AND state = 'active'`, hall).Scan(&key)
	if store.IsNone(err) {
		return false, nil
	}
	shown := s.tokens.Key("token", token)
	return err == nil && key != "" && subtle.ConstantTimeCompare([]byte(shown), []byte(key)) == 1, err
}

// Waits of this context.
const (
	admitWait = 3 * time.Second
	lookEvery = 30 * time.Second
	lookAgain = 3 * time.Second // after something failed
)

// Run serves the halls over b until ctx ends: it relays what was published for
// them and follows what they say. Processes on one bus share the halls, and one
// takes over those of another that is gone.
func (s *Service) Run(ctx context.Context, b *bus.Bus) error {
	s.mu.Lock()
	s.bus = b
	s.mu.Unlock()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		// Lead ends with ctx only.
		_ = s.Store.Relay(ctx, func(ctx context.Context, e store.Event) error { return s.send(ctx, b, e) })
	})
	if !b.Shared() {
		s.followHalls(ctx, b, s.changed[0], func(string) bool { return true })
		return nil
	}
	for n := range shares {
		wg.Go(func() {
			_ = s.Store.Lead(ctx, fmt.Sprintf("halls/%d", n), func(ctx context.Context) error {
				s.followHalls(ctx, b, s.changed[n], func(hall string) bool { return shareOf(hall) == n })
				return nil
			})
		})
	}
	return nil
}

// shares is into how many parts processes divide the halls.
const shares = 4

func shareOf(hall string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(hall)) // it never fails
	return int(h.Sum32() % shares)
}

// followHalls follows the halls that are mine, also those that are added, until
// ctx ends.
func (s *Service) followHalls(ctx context.Context, b *bus.Bus, changed <-chan struct{}, mine func(hall string) bool) {
	var wg sync.WaitGroup
	defer wg.Wait()
	followed := map[string]bool{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		halls, err := s.Halls(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("halls not read", slog.Any("err", err))
		}
		failed := err != nil
		for _, h := range halls {
			if followed[h.ID] || !mine(h.ID) {
				continue
			}
			if err := b.Ensure(ctx, bus.StreamFor(Domain(h.ID))); err != nil {
				failed = true
				if ctx.Err() == nil {
					s.Log.Error("hall's stream", slog.String("hall", h.ID), slog.Any("err", err))
				}
				continue
			}
			followed[h.ID] = true
			wg.Go(func() { s.follow(ctx, b, h.ID) })
			wg.Go(func() { s.answer(ctx, b, h.ID) })
		}
		var again <-chan time.Time
		if failed {
			again = time.After(lookAgain)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-again:
		case <-tick.C:
		}
	}
}

// send puts an event into the stream of the hall that it is for.
func (s *Service) send(ctx context.Context, b *bus.Bus, e store.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	stream := bus.StreamFor(Domain(e.Hall))
	err = b.Publish(ctx, stream, e.Type, e.ID, data)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if err := b.Ensure(ctx, stream); err != nil {
		return err
	}
	return b.Publish(ctx, stream, e.Type, e.ID, data)
}

// follow takes what a hall says until ctx ends.
func (s *Service) follow(ctx context.Context, b *bus.Bus, hall string) {
	cursor, err := s.cursor(ctx, hall)
	for err != nil {
		s.Log.Warn("hall's place not read", slog.String("hall", hall), slog.Any("err", err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		cursor, err = s.cursor(ctx, hall)
	}
	err = b.Follow(ctx, Domain(hall), bus.StreamUp, cursor, func(ctx context.Context, m bus.Message) error {
		return s.Take(ctx, hall, m)
	})
	if err != nil {
		s.Log.Error("hall isn't followed", slog.String("hall", hall), slog.Any("err", err))
	}
}

func (s *Service) cursor(ctx context.Context, hall string) (c bus.Cursor, err error) {
	err = s.Store.Read().QueryRowContext(ctx, `SELECT epoch, seq FROM node_hall WHERE id = $1`, hall).Scan(&c.Epoch, &c.Seq)
	return c, err
}

// Take takes one message of a hall: once, whatever comes.
func (s *Service) Take(ctx context.Context, hall string, m bus.Message) error {
	if m.Lost > 0 {
		return s.missed(ctx, hall, m)
	}
	var e store.Event
	if err := json.Unmarshal(m.Data, &e); err != nil || e.ID == "" || e.Type == "" {
		// It never gets better. Its place is kept so that the rest goes on.
		s.Log.Error("hall said something that is no event", slog.String("hall", hall), slog.Uint64("seq", m.Cursor.Seq), slog.Any("err", err))
		return s.Store.Write(ctx, "skip a hall's message", func(tx *store.Tx) error { return s.move(ctx, tx, hall, m.Cursor, time.Time{}) })
	}
	e.Hall = hall // whatever it says of itself
	return s.takeEvent(ctx, hall, e, m.Cursor)
}

// takeEvent takes an event and moves the hall's cursor behind it.
func (s *Service) takeEvent(ctx context.Context, hall string, e store.Event, at bus.Cursor) error {
	outcome := ""
	err := s.Store.Write(ctx, "take a hall's event", func(tx *store.Tx) error {
		fresh, err := tx.Take(ctx, hall+"/"+e.ID)
		if err != nil {
			return err
		}
		outcome = outcomeAgain
		if fresh {
			if outcome, err = s.handle(ctx, tx, hall, e); err != nil {
				return err
			}
		}
		if e.Type == TypeDescribed {
			if err := s.begin(ctx, tx, hall, at.Epoch); err != nil {
				return err
			}
		}
		return s.move(ctx, tx, hall, at, e.At)
	})
	if refused := fault.Of(err); refused != nil {
		outcome = outcomeParked
		err = s.Store.Write(ctx, "park a hall's event", func(tx *store.Tx) error {
			if _, err := tx.Take(ctx, hall+"/"+e.ID); err != nil {
				return err
			}
			if err := s.park(ctx, tx, hall, e, refused); err != nil {
				return err
			}
			return s.move(ctx, tx, hall, at, e.At)
		})
		s.Log.Warn("hall's event parked", slog.String("hall", hall), slog.String("type", e.Type), slog.String("event", e.ID), slog.Any("err", refused))
	}
	if err != nil {
		s.Log.Warn("hall's event waits", slog.String("hall", hall), slog.String("type", e.Type), slog.Any("err", err))
		return err
	}
	s.count(e.Type, outcome)
	return nil
}

// handle gives an event to who asked for its type.
func (s *Service) handle(ctx context.Context, tx *store.Tx, hall string, e store.Event) (string, error) {
	handlers := s.handlers[e.Type]
	if len(handlers) == 0 {
		return outcomeIgnored, nil
	}
	for _, h := range handlers {
		if err := h(ctx, tx, hall, e); err != nil {
			return outcomeTaken, err
		}
	}
	return outcomeTaken, nil
}

// move notes how far a hall was followed.
func (s *Service) move(ctx context.Context, tx *store.Tx, hall string, c bus.Cursor, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE node_hall SET epoch = $1, seq = $2, heard = CASE WHEN heard < $3 THEN $3 ELSE heard END WHERE id = $4`,
		c.Epoch, int64(c.Seq), store.Millis(at), hall) //nolint:gosec // a stream's count stays far below
	if err != nil {
		return fmt.Errorf("move hall %s: %w", hall, err)
	}
	return nil
}

func (s *Service) count(kind, outcome string) { s.countMany(kind, outcome, 1) }

func (s *Service) countMany(kind, outcome string, n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[[2]string{kind, outcome}] += n
}

// The ways this context says no.
var (
	ErrNoHall    = fault.New(fault.NotFound, "node.unknown-hall", "没有这个大厅")
	ErrHallTaken = fault.New(fault.Conflict, "node.hall-taken", "该大厅编号已被使用")
	ErrHallToken = fault.New(fault.Unauthenticated, "node.hall-token", "大厅的凭证无效，请联系平台管理员")
	ErrHallInput = fault.New(fault.Invalid, "node.hall", "大厅信息有误")
	ErrNoParked  = fault.New(fault.NotFound, "node.unknown-event", "没有这个待处理事件")
	ErrNotStuck  = fault.New(fault.NotFound, "node.not-stuck", "该事件已不在待处理之列，请刷新")
	ErrEvent     = fault.New(fault.Invalid, "node.event", "事件内容有误")
)

// into reads an event's data, strictly enough that a wrong type is a fault.
func into(e store.Event, to any) error {
	if err := json.Unmarshal(e.Data, to); err != nil {
		return ErrEvent.Because(errors.Join(errors.New(e.Type), err))
	}
	return nil
}
