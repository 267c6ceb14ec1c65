// Package node keeps the halls that hang on the platform. What contexts publish
// for a hall flows down into the hall's stream; what a hall says flows up to
// the contexts that asked for it, each event once, in the hall's order, in one
// transaction with the mark that it was taken.
package node

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/bus"
	"smarthall/internal/privacy"
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
	handlers map[string]Handler
	// changed tells Run that there may be another hall to follow.
	changed chan struct{}

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
		Config: conf, tokens: privacy.NewHasher(conf.Keys.For("halls")), handlers: map[string]Handler{},
		changed: make(chan struct{}, 1), counts: map[[2]string]uint64{},
	}
	s.On(TypeDescribed, s.describe)
	s.On(TypeRangeAsked, s.grantRange)
	return s, nil
}

// On sets who takes the events of a type. It is called before Run.
func (s *Service) On(kind string, h Handler) { s.handlers[kind] = h }

// Domain is a hall's name on the bus.
func Domain(hall string) string { return "hall-" + hall }

// Admit tells whether a leaf node that shows these credentials is a hall.
func (s *Service) Admit(user, password string) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), admitWait)
	defer cancel()
	var token string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT token FROM node_hall WHERE id = $1 AND state = 'active'`, user).Scan(&token)
	if err != nil {
		if !store.IsNone(err) {
			s.Log.Warn("hall not looked up", slog.Any("err", err))
		}
		return "", false
	}
	return Domain(user), token != "" && s.tokens.Key("token", password) == token
}

// Waits of this context.
const (
	admitWait = 3 * time.Second
	lookEvery = 30 * time.Second
)

// Run serves the halls over b until ctx ends: it relays what was published for
// them and follows what they say.
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
	followed := map[string]bool{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		halls, err := s.Halls(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("halls not read", slog.Any("err", err))
		}
		for _, h := range halls {
			if followed[h.ID] {
				continue
			}
			if err := b.Ensure(ctx, bus.StreamFor(Domain(h.ID))); err != nil {
				s.Log.Error("hall's stream", slog.String("hall", h.ID), slog.Any("err", err))
				continue
			}
			followed[h.ID] = true
			wg.Go(func() { s.follow(ctx, b, h.ID) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
		case <-tick.C:
		}
	}
}

// send puts an event into the stream of the hall that it is for.
func (s *Service) send(ctx context.Context, b *bus.Bus, e store.Event) error {
	if e.Hall == "" {
		return nil // nobody but halls hears events yet
	}
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
	var e store.Event
	if err := json.Unmarshal(m.Data, &e); err != nil || e.ID == "" || e.Type == "" {
		// It never gets better. Its place is kept so that the rest goes on.
		s.Log.Error("hall said something that is no event", slog.String("hall", hall), slog.Uint64("seq", m.Cursor.Seq), slog.Any("err", err))
		return s.Store.Write(ctx, "skip a hall's message", func(tx *store.Tx) error { return s.move(ctx, tx, hall, m.Cursor, time.Time{}) })
	}
	e.Hall = hall // whatever it says of itself
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
		return s.move(ctx, tx, hall, m.Cursor, e.At)
	})
	if refused := fault.Of(err); refused != nil {
		outcome = outcomeParked
		err = s.Store.Write(ctx, "park a hall's event", func(tx *store.Tx) error {
			if _, err := tx.Take(ctx, hall+"/"+e.ID); err != nil {
				return err
			}
			if err := park(ctx, tx, hall, e, refused); err != nil {
				return err
			}
			return s.move(ctx, tx, hall, m.Cursor, e.At)
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
	h, ok := s.handlers[e.Type]
	if !ok {
		return outcomeIgnored, nil
	}
	return outcomeTaken, h(ctx, tx, hall, e)
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

func park(ctx context.Context, tx *store.Tx, hall string, e store.Event, why *fault.Fault) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO node_parked (id, hall, type, subject, at, data, reason, parked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO NOTHING`, hall+"/"+e.ID, hall, e.Type, e.Subject, store.Millis(e.At), string(e.Data), why.Code, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("park event %s: %w", e.ID, err)
	}
	return nil
}

func (s *Service) count(kind, outcome string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[[2]string{kind, outcome}]++
}

// Retry gives a parked event to its context again. It stays parked if it is
// refused again.
func (s *Service) Retry(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "retry a parked event", func(tx *store.Tx) error {
		var e store.Event
		var at int64
		var data string
		err := tx.QueryRowContext(ctx, `SELECT hall, type, subject, at, data FROM node_parked WHERE id = $1`, id).Scan(&e.Hall, &e.Type, &e.Subject, &at, &data)
		if store.IsNone(err) {
			return ErrNoParked
		}
		if err != nil {
			return err
		}
		e.ID, e.At, e.Data = id[len(e.Hall)+1:], store.Time(at), json.RawMessage(data)
		if _, err := s.handle(ctx, tx, e.Hall, e); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM node_parked WHERE id = $1`, id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "node.retry", Object: id})
	})
}

// The ways this context says no.
var (
	ErrNoHall    = fault.New(fault.NotFound, "node.unknown-hall", "没有这个大厅")
	ErrHallTaken = fault.New(fault.Conflict, "node.hall-taken", "该大厅编号已被使用")
	ErrHallInput = fault.New(fault.Invalid, "node.hall", "大厅信息有误")
	ErrNoParked  = fault.New(fault.NotFound, "node.unknown-event", "没有这个待处理事件")
	ErrEvent     = fault.New(fault.Invalid, "node.event", "事件内容有误")
)

// into reads an event's data, strictly enough that a wrong type is a fault.
func into(e store.Event, to any) error {
	if err := json.Unmarshal(e.Data, to); err != nil {
		return ErrEvent.Because(errors.Join(errors.New(e.Type), err))
	}
	return nil
}
