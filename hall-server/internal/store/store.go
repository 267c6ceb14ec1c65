// Package store keeps the hall's log, its snapshots and the ticket table in
// SQLite. Batches of records from core flow in, each as one transaction that
// is synced before Append returns; a State flows out when the hall starts.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the hall's database. Append, Snapshot and Load are called by one
// goroutine at a time; the rest from anywhere.
type Store struct {
	db      *sqldb.DB
	logRow  *sql.Stmt
	ticket  *sql.Stmt
	state   *sql.Stmt
	dayRow  *sql.Stmt
	forgets *sql.Stmt
	// day is the business day of the latest record, to note where days begin.
	day queue.Day
}

var _ core.Journal = (*Store)(nil)

// Open opens the database at path and brings it to the present schema.
func Open(ctx context.Context, path string) (*Store, error) {
	db, err := sqldb.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// The statements of every commit.
const (
	insertLog = `INSERT INTO log (seq, at, day, key, print, actor, command, events, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	insertTicket = `INSERT INTO ticket (id, day, number, service, channel, state, win, taken, called, started, ended, score, print)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	// SQLite numbers parameters in the order of their first use.
	updateTicket = `UPDATE ticket SET state = $1, win = $2, called = $3, started = $4, ended = $5, score = $6, print = $7
		WHERE id = $8`
	insertDay = `INSERT INTO day (day, first) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING`
	// A retry comes within two business days; older answers only take room.
	forget = `UPDATE log SET answer = NULL WHERE
		seq <  coalesce((SELECT first FROM day WHERE day < $1 ORDER BY day DESC LIMIT 1), 0) AND
		seq >= coalesce((SELECT first FROM day WHERE day < $1 ORDER BY day DESC LIMIT 1 OFFSET 2), 0)`
)

func (s *Store) prepare(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("open migrations: %w", err)
	}
	if err := sqldb.Migrate(ctx, s.db, dir); err != nil {
		return fmt.Errorf("migrate the hall's database: %w", err)
	}
	for stmt, text := range map[**sql.Stmt]string{
		&s.logRow: insertLog, &s.ticket: insertTicket, &s.state: updateTicket,
		&s.dayRow: insertDay, &s.forgets: forget,
	} {
		if *stmt, err = s.db.Write.PrepareContext(ctx, text); err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Ping tells whether the database can be read.
func (s *Store) Ping(ctx context.Context) error {
	var n int
	if err := s.db.Read.QueryRowContext(ctx, `SELECT 1`).Scan(&n); err != nil {
		return fmt.Errorf("read the hall's database: %w", err)
	}
	return nil
}

// Append implements core.Journal.
func (s *Store) Append(ctx context.Context, records []core.Record, tickets []queue.Ticket) error {
	// The driver starts a goroutine for every statement that could be cancelled,
	// and a sync to disk can't be.
	ctx = context.WithoutCancel(ctx)
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	day, err := s.append(ctx, tx, records, tickets)
	if err != nil {
		return errors.Join(fmt.Errorf("append to the log: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit to the log: %w", err)
	}
	s.day = day
	return nil
}

func (s *Store) append(ctx context.Context, tx *sql.Tx, records []core.Record, tickets []queue.Ticket) (queue.Day, error) {
	logRow := tx.StmtContext(ctx, s.logRow)
	day := s.day
	taken := make(map[queue.TicketID]queue.Day, len(records))
	texts := encodeAll(records)
	for i := range records {
		r, text := &records[i], <-texts
		if text.err != nil {
			return "", text.err
		}
		_, err := logRow.ExecContext(ctx, int64(r.Seq), int64(r.At), string(r.Day), r.Key, int64(r.Print),
			r.Actor, r.Command, text.events, text.answer)
		if err != nil {
			return "", fmt.Errorf("insert record %d: %w", r.Seq, err)
		}
		for _, e := range r.Events {
			if t, ok := e.(queue.TicketTaken); ok {
				taken[t.Ticket] = r.Day
			}
		}
		if r.Day != day {
			if err := s.beginDay(ctx, tx, r); err != nil {
				return "", err
			}
			day = r.Day
		}
	}
	return day, s.saveTickets(ctx, tx, tickets, taken)
}

// recordText is a record's JSON.
type recordText struct {
	events, answer string
	err            error
}

// encodeAll encodes records in their order, beside whoever inserts them. The
// channel has room for all, so that the encoder never waits for a reader.
func encodeAll(records []core.Record) <-chan recordText {
	out := make(chan recordText, len(records))
	encode := func() {
		for i := range records {
			out <- encodeRecord(&records[i])
		}
	}
	if len(records) < encodeBeside {
		encode()
	} else {
		go encode()
	}
	return out
}

// encodeBeside is from how many records on a second goroutine is worth it.
const encodeBeside = 4

func encodeRecord(r *core.Record) recordText {
	events, err := r.Events.MarshalJSON() // json.Marshal would read it all again
	if err != nil {
		return recordText{err: fmt.Errorf("encode events: %w", err)}
	}
	answer, err := json.Marshal(r.Answer)
	if err != nil {
		return recordText{err: fmt.Errorf("encode answer: %w", err)}
	}
	return recordText{events: string(events), answer: string(answer)}
}

// saveTickets folds the tickets that a batch touched into the ticket table;
// those in taken are new.
func (s *Store) saveTickets(ctx context.Context, tx *sql.Tx, tickets []queue.Ticket, taken map[queue.TicketID]queue.Day) error {
	insert, update := tx.StmtContext(ctx, s.ticket), tx.StmtContext(ctx, s.state)
	for i := range tickets {
		t := &tickets[i]
		var err error
		if day, ok := taken[t.ID]; ok {
			_, err = insert.ExecContext(ctx, string(t.ID), string(day), t.Number, string(t.Service), string(t.Channel),
				string(t.State), string(t.Window), int64(t.Taken), int64(t.CalledAt), int64(t.Started), int64(t.Ended), t.Score, t.Print)
		} else {
			err = changeOne(update.ExecContext(ctx, string(t.State), string(t.Window),
				int64(t.CalledAt), int64(t.Started), int64(t.Ended), t.Score, t.Print, string(t.ID)))
		}
		if err != nil {
			return fmt.Errorf("save ticket %s: %w", t.Number, err)
		}
	}
	return nil
}

// changeOne turns a statement that didn't change exactly one row into an error.
func changeOne(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("changed %d rows, not one", n), err)
	}
	return nil
}

func (s *Store) beginDay(ctx context.Context, tx *sql.Tx, r *core.Record) error {
	if _, err := tx.StmtContext(ctx, s.dayRow).ExecContext(ctx, string(r.Day), int64(r.Seq)); err != nil {
		return fmt.Errorf("begin day %s: %w", r.Day, err)
	}
	if _, err := tx.StmtContext(ctx, s.forgets).ExecContext(ctx, string(r.Day)); err != nil {
		return fmt.Errorf("forget old answers: %w", err)
	}
	return nil
}

// Answer implements core.Journal.
func (s *Store) Answer(ctx context.Context, seq uint64) (core.Answer, error) {
	var a core.Answer
	var text sql.NullString
	row := s.db.Read.QueryRowContext(ctx, `SELECT answer FROM log WHERE seq = $1`, int64(seq))
	if err := row.Scan(&text); err != nil {
		return a, fmt.Errorf("read answer %d: %w", seq, err)
	}
	if !text.Valid {
		return a, fmt.Errorf("read answer %d: forgotten", seq)
	}
	if err := json.NewDecoder(strings.NewReader(text.String)).Decode(&a); err != nil {
		return a, fmt.Errorf("decode answer %d: %w", seq, err)
	}
	return a, nil
}

// keepSnapshots is how many snapshots stay: the newest, and one in case it is
// damaged.
const keepSnapshots = 2

// Snapshot implements core.Journal.
func (s *Store) Snapshot(ctx context.Context, seq uint64, state []byte) error {
	_, err := s.db.Write.ExecContext(ctx, `INSERT INTO snapshot (seq, state) VALUES ($1, $2)
		ON CONFLICT (seq) DO UPDATE SET state = excluded.state`, int64(seq), state)
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	_, err = s.db.Write.ExecContext(ctx, `DELETE FROM snapshot WHERE seq NOT IN
		(SELECT seq FROM snapshot ORDER BY seq DESC LIMIT $1)`, keepSnapshots)
	if err != nil {
		return fmt.Errorf("drop old snapshots: %w", err)
	}
	return nil
}
