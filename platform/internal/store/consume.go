package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/fault"
)

// Consumer takes an event in the transaction that notes it as taken, so that it
// has its effect exactly once. Like every change it may run again after a
// rollback and touches nothing but tx. An error brings the event again; a fault
// other than fault.Unavailable never gets better by itself and sticks at once.
type Consumer func(ctx context.Context, tx *Tx, e Event) error

// consumer is what was registered under one name.
type consumer struct {
	name  string
	takes map[string]Consumer // by the event's type
	wake  chan struct{}
}

// Settings of consumers.
const (
	dueBatch = 256
	// dueTogether is how many events a consumer takes in one change where one
	// writes at a time anyway. Elsewhere a change is one event's: two in one could
	// hold each what the other side of a request waits for.
	dueTogether = 32
	maxTries    = 8
	firstRetry  = time.Second // doubled with each failure
	maxRetry    = 2 * time.Minute
)

// On lets a consumer hear the events of a type. A consumer may hear several
// types; it takes the events of one subject in the order they were published,
// and one that failed holds back those of its subject. The name is stored with
// what it has yet to hear: it is never changed. On is called before anything is
// published; a consumer hears what is published from then on.
func (s *Store) On(kind, name string, take Consumer) {
	i := slices.IndexFunc(s.consumers, func(c *consumer) bool { return c.name == name })
	if i < 0 {
		s.consumers = append(s.consumers, &consumer{name: name, takes: map[string]Consumer{}, wake: make(chan struct{}, 1)})
		i = len(s.consumers) - 1
	}
	if _, double := s.consumers[i].takes[kind]; double {
		panic("store: " + name + " asks twice for " + kind)
	}
	s.consumers[i].takes[kind] = take
}

// consumersOf are the names of those that asked for a type.
func (s *Store) consumersOf(kind string) []string {
	var names []string
	for _, c := range s.consumers {
		if _, ok := c.takes[kind]; ok {
			names = append(names, c.name)
		}
	}
	return names
}

// due notes that a consumer has yet to take an event.
func (tx *Tx) due(ctx context.Context, name, event string, n int64, subject string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO store_due (consumer, event, n, subject, tries, next, stuck, reason) VALUES ($1, $2, $3, $4, 0, 0, 0, '')`,
		name, event, n, subject)
	return err
}

// Consume gives consumers their events until ctx ends. Of all processes that
// share the database one at a time does it; each consumer goes at its own pace.
func (s *Store) Consume(ctx context.Context) error {
	return s.Lead(ctx, "consumers", func(ctx context.Context) error {
		s.tellOrphans(ctx)
		var wg sync.WaitGroup
		for _, c := range s.consumers {
			wg.Go(func() { s.consume(ctx, c) })
		}
		wg.Wait()
		return nil
	})
}

// tellOrphans logs for whom events wait that nobody registered: a consumer of a
// newer version, or one whose name was changed.
func (s *Store) tellOrphans(ctx context.Context) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT consumer, count(*) FROM store_due GROUP BY consumer`)
	if err != nil {
		s.log.Warn("consumers not counted", slog.Any("err", err))
		return
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			s.log.Warn("consumers not counted", slog.Any("err", err))
			return
		}
		if !slices.ContainsFunc(s.consumers, func(c *consumer) bool { return c.name == name }) {
			s.log.Warn("events wait for a consumer that isn't here", slog.String("consumer", name), slog.Int64("events", n))
		}
	}
	if err := rows.Err(); err != nil {
		s.log.Warn("consumers not counted", slog.Any("err", err))
	}
}

func (s *Store) consume(ctx context.Context, c *consumer) {
	for {
		n, err := s.deliver(ctx, c)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("consumer waits", slog.String("consumer", c.name), slog.Any("err", err))
		}
		if n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-time.After(min(s.pause(), firstRetry)): // one that failed may be due
		}
	}
}

// Deliver gives all consumers what is due now, and what they publish
// themselves, and tells how many events were taken. It is for tests; the
// platform calls Consume.
func (s *Store) Deliver(ctx context.Context) (int, error) {
	total := 0
	for {
		round := 0
		for _, c := range s.consumers {
			n, err := s.deliver(ctx, c)
			if err != nil {
				return total, err
			}
			round += n
		}
		if round == 0 {
			return total, nil
		}
		total += round
	}
}

// deliver gives a consumer a batch and tells how many events it took.
func (s *Store) deliver(ctx context.Context, c *consumer) (int, error) {
	events, err := s.dueTo(ctx, c.name)
	if err != nil {
		return 0, err
	}
	taken := 0
	for rest := events; len(rest) > 0; {
		some := rest[:min(s.together(), len(rest))]
		rest = rest[len(some):]
		n, err := s.giveAll(ctx, c, some)
		if taken += n; err == nil {
			continue
		}
		// One fails: each by itself, so that it harms no other.
		var held []string // subjects that wait for an event that failed
		for _, e := range some {
			if slices.Contains(held, e.Subject) {
				continue
			}
			if len(some) > 1 {
				n, err = s.giveAll(ctx, c, []Event{e})
				taken += n
			}
			if err == nil {
				continue
			}
			if ctx.Err() != nil {
				return taken, nil
			}
			held = append(held, e.Subject)
			if err := s.postpone(ctx, c, e, err); err != nil {
				return taken, err
			}
		}
		if len(held) > 0 {
			return taken, nil // what follows may be of the same subjects
		}
	}
	return taken, nil
}

// together is how many events are taken in one change at most.
func (s *Store) together() int {
	if s.db.Engine == sqldb.PostgreSQL {
		return 1
	}
	return dueTogether
}

// dueTo returns the oldest events that a consumer may take now.
func (s *Store) dueTo(ctx context.Context, name string) ([]Event, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT o.id, o.hall, o.type, o.subject, o.at, o.data, o.sealed
		FROM store_due d JOIN outbox o ON o.id = d.event
		WHERE d.consumer = $1 AND d.stuck = 0 AND d.next <= $2 AND NOT EXISTS (
			SELECT 1 FROM store_due b WHERE b.consumer = d.consumer AND b.subject = d.subject AND b.n < d.n AND (b.stuck = 1 OR b.next > $2))
		ORDER BY d.n LIMIT $3`, name, Millis(time.Now()), dueBatch)
	if err != nil {
		return nil, fmt.Errorf("read what is due to %s: %w", name, err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		e, err := s.scanEvent(rows)
		if err != nil {
			return nil, fmt.Errorf("read what is due to %s: %w", name, err)
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read what is due to %s: %w", name, err)
	}
	return events, nil
}

// giveAll gives a consumer events in one change, all or none, and tells how
// many it hadn't taken yet.
func (s *Store) giveAll(ctx context.Context, c *consumer, events []Event) (taken int, err error) {
	err = s.Write(ctx, "give events to "+c.name, func(tx *Tx) error {
		taken = 0
		for _, e := range events {
			fresh, err := s.give(ctx, tx, c, e)
			if err != nil {
				return err
			}
			if fresh {
				taken++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return taken, nil
}

func (s *Store) give(ctx context.Context, tx *Tx, c *consumer, e Event) (bool, error) {
	result, err := tx.ExecContext(ctx, `DELETE FROM store_due WHERE consumer = $1 AND event = $2 AND stuck = 0`, c.name, e.ID)
	if err != nil {
		return false, fmt.Errorf("take event %s: %w", e.ID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err // another process was faster
	}
	// A type that nobody asks for any more is taken, too: it would wait for ever.
	if take, ok := c.takes[e.Type]; ok {
		if err := take(ctx, tx, e); err != nil {
			return false, err
		}
	}
	return true, tx.taken(ctx, `UPDATE outbox SET waits = waits - 1 WHERE id = $1 RETURNING waits`, e.ID)
}

// postpone notes that a consumer failed at an event: it gets it again later, or
// when somebody has looked at it.
func (s *Store) postpone(ctx context.Context, c *consumer, e Event, why error) error {
	reason, final := "internal", false
	if refused := fault.Of(why); refused != nil {
		reason, final = refused.Code, refused.Kind != fault.Unavailable
	}
	var tries int64
	err := s.Write(ctx, "postpone an event", func(tx *Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE store_due SET tries = tries + 1, reason = $1 WHERE consumer = $2 AND event = $3 AND stuck = 0 RETURNING tries`,
			reason, c.name, e.ID).Scan(&tries)
		if IsNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		stuck := final || tries >= maxTries
		next := time.Now().Add(min(maxRetry, firstRetry<<(tries-1)))
		_, err = tx.ExecContext(ctx, `UPDATE store_due SET stuck = $1, next = $2 WHERE consumer = $3 AND event = $4`, Bool(stuck), Millis(next), c.name, e.ID)
		return err
	})
	level := slog.LevelWarn
	if final || tries >= maxTries {
		level = slog.LevelError // somebody has to look at it
	}
	s.log.Log(ctx, level, "consumer failed", slog.String("consumer", c.name), slog.String("type", e.Type), slog.String("event", e.ID),
		slog.Int64("tries", tries), slog.Any("err", why))
	return err
}

// Stuck is an event that a consumer can't take: it waits for a technician, and
// later events of its subject behind it.
type Stuck struct {
	Consumer, Event, Type, Subject string
	At                             time.Time
	// Reason is the code of the last failure: a fault's, or internal.
	Reason string
	Tries  int64
	// Behind is how many later events of the subject it holds back.
	Behind int64
}

// Stuck are the oldest stuck events, at most limit.
func (s *Store) Stuck(ctx context.Context, limit int) ([]Stuck, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT d.consumer, d.event, o.type, d.subject, o.at, d.reason, d.tries,
			(SELECT count(*) FROM store_due b WHERE b.consumer = d.consumer AND b.subject = d.subject AND b.n > d.n)
		FROM store_due d JOIN outbox o ON o.id = d.event WHERE d.stuck = 1 ORDER BY d.n LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read stuck events: %w", err)
	}
	defer rows.Close()
	list := []Stuck{}
	for rows.Next() {
		var e Stuck
		var at int64
		if err := rows.Scan(&e.Consumer, &e.Event, &e.Type, &e.Subject, &at, &e.Reason, &e.Tries, &e.Behind); err != nil {
			return nil, fmt.Errorf("read stuck events: %w", err)
		}
		e.At = Time(at)
		list = append(list, e)
	}
	return list, rows.Err()
}

// ErrNotStuck says that a consumer has no such stuck event.
var ErrNotStuck = errors.New("no such stuck event")

// Retry lets a consumer try a stuck event again.
func (tx *Tx) Retry(ctx context.Context, consumer, event string) error {
	return tx.unstick(ctx, `UPDATE store_due SET stuck = 0, tries = 0, next = 0 WHERE consumer = $1 AND event = $2 AND stuck = 1`, consumer, event)
}

// Drop gives up a stuck event for a consumer, who never takes it.
func (tx *Tx) Drop(ctx context.Context, consumer, event string) error {
	if err := tx.unstick(ctx, `DELETE FROM store_due WHERE consumer = $1 AND event = $2 AND stuck = 1`, consumer, event); err != nil {
		return err
	}
	return tx.taken(ctx, `UPDATE outbox SET waits = waits - 1 WHERE id = $1 RETURNING waits`, event)
}

func (tx *Tx) unstick(ctx context.Context, statement, consumer, event string) error {
	result, err := tx.ExecContext(ctx, statement, consumer, event)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotStuck
	}
	tx.published = true // its consumer looks at once
	return err
}

// Lag is how far a consumer is behind.
type Lag struct {
	Consumer   string
	Due, Stuck int64
	// Oldest is when the oldest event happened that it has yet to take; zero if
	// there is none.
	Oldest time.Time
}

// Lags tells how far each consumer is behind.
func (s *Store) Lags(ctx context.Context) ([]Lag, error) {
	list := make([]Lag, len(s.consumers))
	for i, c := range s.consumers {
		var oldest int64
		err := s.db.Read.QueryRowContext(ctx, `SELECT count(*), COALESCE(SUM(stuck), 0),
			COALESCE((SELECT o.at FROM store_due d JOIN outbox o ON o.id = d.event WHERE d.consumer = $1 ORDER BY d.n LIMIT 1), 0)
			FROM store_due WHERE consumer = $1`, c.name).Scan(&list[i].Due, &list[i].Stuck, &oldest)
		if err != nil {
			return nil, fmt.Errorf("read how far %s is: %w", c.name, err)
		}
		list[i].Consumer, list[i].Oldest = c.name, Time(oldest)
	}
	return list, nil
}
