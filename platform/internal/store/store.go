// Package store is the ground that the platform's contexts keep their tables
// on: one database, SQLite or PostgreSQL, and what has to happen with a change
// or not at all. A change flows through Write: SQL of one or several contexts,
// the events that halls and other contexts shall hear (the outbox) and the mark
// that an event from outside was taken (the inbox), all in one transaction.
// From the outbox the relay sends events to halls, and consumers (On) take them
// in changes of their own. Jobs that only one process may do hold a lease.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/privacy"
	"smarthall/internal/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the platform's database. It may be used from any goroutine.
type Store struct {
	db    *sqldb.DB
	clock atomic.Pointer[func() time.Time]
	log   *slog.Logger
	// holder names this process among those that share the database.
	holder string
	alone  bool
	sealer privacy.Sealer
	// groups is how changes take turns at SQLite.
	groups groups
	// consumers are complete before anything is published.
	consumers []*consumer
	// wake tells the relay that events wait.
	wake chan struct{}
}

// Config is what Open needs.
type Config struct {
	// Target is a postgres:// URL, or the path of a SQLite file.
	Target string
	// Clock is what transactions take as now; nil means time.Now.
	Clock func() time.Time
	// Sealer keeps what is published unreadable at rest; the zero value leaves it
	// as it is.
	Sealer privacy.Sealer
	// Secret is what the platform's secret is known by. A database is opened only
	// with the one it was begun with; empty means that it doesn't matter.
	Secret string
	// Holder names this process among those that share the database. One that
	// was killed has its leases back at once when it comes again by its name;
	// empty means a name of its own each time.
	Holder string
	// Alone says that no other process uses the database: jobs need no lease, and
	// what a process left behind that was killed is void.
	Alone bool
	Log   *slog.Logger
}

// Open connects to the database and makes its own tables. The caller closes it.
func Open(ctx context.Context, conf Config) (*Store, error) {
	db, err := sqldb.Connect(ctx, conf.Target)
	if err != nil {
		return nil, err
	}
	s := &Store{
		db: db, log: conf.Log, holder: ulid.Make().String(), alone: conf.Alone, sealer: conf.Sealer, wake: make(chan struct{}, 1),
	}
	s.groups.db = db.Write
	if conf.Clock == nil {
		conf.Clock = time.Now
	}
	s.clock.Store(&conf.Clock)
	if conf.Holder != "" {
		s.holder = conf.Holder
	}
	own, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.Migrate(ctx, "store", own); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.makeOrder(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.checkSecret(ctx, conf.Secret); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// ErrOtherSecret says that the database was begun with another secret: what is
// sealed in it can't be read.
var ErrOtherSecret = errors.New("the database was begun with another secret key: take the key file along, or set it for all processes")

func (s *Store) checkSecret(ctx context.Context, fingerprint string) error {
	if fingerprint == "" {
		return nil
	}
	return s.Write(ctx, "open the database", func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO store_secret (one, fingerprint) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`, fingerprint); err != nil {
			return err
		}
		var begun string
		if err := tx.QueryRowContext(ctx, `SELECT fingerprint FROM store_secret WHERE one = 1`).Scan(&begun); err != nil {
			return err
		}
		if begun != fingerprint {
			return ErrOtherSecret
		}
		return nil
	})
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Engine is what keeps the data.
func (s *Store) Engine() sqldb.Engine { return s.db.Engine }

// Now is the platform's time, to the millisecond, as it is stored.
func (s *Store) Now() time.Time { return (*s.clock.Load())().Truncate(time.Millisecond) }

// Rewind lets clock tell the time until back is called, so that a demo city has
// a history before anybody comes. Nothing else may run meanwhile.
func (s *Store) Rewind(clock func() time.Time) (back func()) {
	before := s.clock.Swap(&clock)
	return func() { s.clock.Store(before) }
}

// Migrate brings the tables of a context, named by one word, up to date.
func (s *Store) Migrate(ctx context.Context, part string, migrations fs.FS) error {
	return sqldb.MigratePart(ctx, s.db, part, migrations)
}

// Read is for queries outside a change. Rows seen by two of them may be of two
// moments.
func (s *Store) Read() Querier { return s.db.Read }

// Querier is what reads: a pool, or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is one change in the making. It belongs to the function that Write calls.
type Tx struct {
	*sql.Tx
	// Now is the moment of the change, the same for all its rows.
	Now time.Time

	store     *Store
	published bool
}

// conflicts is how often a change that met another is tried.
const conflicts = 5

// Write runs change in a transaction: what it did is durable when Write
// returns nil, and nothing of it happened otherwise. doing says what it is
// about, for the error. change may run several times, so it touches nothing
// but tx; it doesn't keep tx and calls no outer system. On SQLite changes that
// come at the same time share a commit, and fail each for itself.
func (s *Store) Write(ctx context.Context, doing string, change func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := s.once(ctx, change)
		if err == nil {
			return nil
		}
		if !sqldb.IsConflict(err) && !errors.Is(err, errShared) || try == conflicts {
			return fmt.Errorf("%s: %w", doing, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", doing, ctx.Err())
		case <-time.After(time.Duration(try) * (5*time.Millisecond + rand.N(10*time.Millisecond))):
		}
	}
}

func (s *Store) once(ctx context.Context, change func(tx *Tx) error) error {
	run := s.transact
	if s.db.Engine == sqldb.SQLite {
		run = s.groups.do
	}
	published := false
	err := run(ctx, func(raw *sql.Tx) error {
		tx := &Tx{Tx: raw, Now: s.Now(), store: s}
		err := change(tx)
		published = tx.published
		return err
	})
	if err == nil && published {
		s.poke()
	}
	return err
}

// transact runs change in a transaction of its own.
func (s *Store) transact(ctx context.Context, change func(tx *sql.Tx) error) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	if err := change(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// poke tells the relay and the consumers that events wait.
func (s *Store) poke() {
	poke(s.wake)
	for _, c := range s.consumers {
		poke(c.wake)
	}
}

func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default: // it knows already
	}
}

// NewID returns an id that sorts by the time it was made.
func NewID() string { return ulid.Make().String() }

// Millis is a time as it is stored: Unix milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the opposite of Millis.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Bool is a truth as it is stored.
func Bool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
