// Package store keeps the hall's log, its snapshots and the ticket table in
// SQLite. Batches of records from core flow in, each as one transaction that
// is synced before Commit returns; a State flows out when the hall starts.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

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
	log     bulk
	ticket  bulk
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
	insertLog    = `INSERT INTO log (seq, at, day, key, print, actor, command, events, answer)`
	insertTicket = `INSERT INTO ticket (id, day, number, service, channel, taken, state, win, called, started, ended, score, print)`
	// SQLite numbers parameters in the order of their first use.
	updateTicket = `UPDATE ticket SET state = $1, service = $2, win = $3, called = $4, started = $5, ended = $6, score = $7, print = $8
		WHERE id = $9`
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
		&s.state:  updateTicket,
		&s.dayRow: insertDay, &s.forgets: forget,
	} {
		if *stmt, err = s.db.Write.PrepareContext(ctx, text); err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
	}
	if s.log, err = newBulk(ctx, s.db.Write, insertLog, "(?, ?, ?, ?, ?, ?, ?, ?, ?)"); err != nil {
		return err
	}
	s.ticket, err = newBulk(ctx, s.db.Write, insertTicket, "(?, ?, ?, ?, ?, ?, 'waiting', '', 0, 0, 0, 0, '')")
	return err
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

// Append commits one part.
func (s *Store) Append(ctx context.Context, records []core.Record, tickets []queue.Ticket) error {
	return s.Commit(ctx, slices.Values([]core.Part{{Records: records, Tickets: tickets}}))
}

// Commit implements core.Journal.
func (s *Store) Commit(ctx context.Context, parts iter.Seq[core.Part]) error {
	// The driver starts a goroutine for every statement that could be cancelled,
	// and a sync to disk can't be.
	ctx = context.WithoutCancel(ctx)
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	day, err := s.append(ctx, tx, parts)
	if err != nil {
		return errors.Join(fmt.Errorf("append to the log: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit to the log: %w", err)
	}
	s.day = day
	return nil
}

func (s *Store) append(ctx context.Context, tx *sql.Tx, parts iter.Seq[core.Part]) (queue.Day, error) {
	day := s.day
	taken := make(map[queue.TicketID]queue.Day)
	log, ticket := s.log.in(tx), s.ticket.in(tx)
	for part := range parts {
		var err error
		if day, err = s.saveRecords(ctx, log, part.Records, day, taken); err != nil {
			return "", err
		}
		if err := s.saveTickets(ctx, ticket, part.Tickets, taken); err != nil {
			return "", err
		}
	}
	return day, errors.Join(log.flush(ctx), ticket.flush(ctx))
}

// saveRecords writes records into the log. day is that of the record before
// them; it returns that of the last. Who is taken is noted in taken.
func (s *Store) saveRecords(ctx context.Context, log *filling, records []core.Record, day queue.Day, taken map[queue.TicketID]queue.Day) (queue.Day, error) {
	texts := encodeAll(records)
	for i := range records {
		r, text := &records[i], <-texts
		if text.err != nil {
			return "", text.err
		}
		err := log.add(ctx, int64(r.Seq), int64(r.At), string(r.Day), r.Key, int64(r.Print),
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
			if err := s.beginDay(ctx, log.tx, r); err != nil {
				return "", err
			}
			day = r.Day
		}
	}
	return day, nil
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
	if taken, ok := takenIn(r.Command, r.Events); ok {
		events, err := writeTaken(&taken)
		if err != nil {
			err = fmt.Errorf("encode a taken ticket: %w", err)
		}
		return recordText{events: string(events), err: err}
	}
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

// takenIn returns the event of a command that took a ticket and did nothing
// else. Its answer is that ticket and follows from the event: the busiest
// command needn't write both, and its row has an empty answer.
func takenIn(command string, events queue.Events) (queue.TicketTaken, bool) {
	if command != (queue.TakeTicket{}).Name() || len(events) != 1 {
		return queue.TicketTaken{}, false
	}
	e, ok := events[0].(queue.TicketTaken)
	return e, ok
}

// saveTickets folds the tickets that records touched into the ticket table;
// those in taken are new. It takes them out: from then on they are there.
func (s *Store) saveTickets(ctx context.Context, rows *filling, tickets []queue.Ticket, taken map[queue.TicketID]queue.Day) error {
	for i := range tickets {
		t := &tickets[i]
		if day, ok := taken[t.ID]; ok {
			delete(taken, t.ID)
			if err := rows.add(ctx, string(t.ID), string(day), t.Number, string(t.Service), string(t.Channel), int64(t.Taken)); err != nil {
				return fmt.Errorf("save ticket %s: %w", t.Number, err)
			}
			if fresh(t) {
				continue
			}
		}
		if err := s.saveChange(ctx, rows, t); err != nil {
			return fmt.Errorf("save ticket %s: %w", t.Number, err)
		}
	}
	return nil
}

// fresh tells whether t is still as insertTicket puts it.
func fresh(t *queue.Ticket) bool {
	return t.State == queue.Waiting && t.Window == "" && t.CalledAt == 0 && t.Started == 0 && t.Ended == 0 && t.Score == 0 && t.Print == ""
}

// saveChange updates a ticket whose row is there, or among rows.
func (s *Store) saveChange(ctx context.Context, rows *filling, t *queue.Ticket) error {
	if err := rows.flush(ctx); err != nil {
		return err
	}
	return changeOne(rows.tx.StmtContext(ctx, s.state).ExecContext(ctx, string(t.State), string(t.Service), string(t.Window),
		int64(t.CalledAt), int64(t.Started), int64(t.Ended), t.Score, t.Print, string(t.ID)))
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
	var r core.Record
	var text string
	var answer sql.NullString
	row := s.db.Read.QueryRowContext(ctx, `SELECT at, day, command, events, answer FROM log WHERE seq = $1`, int64(seq))
	if err := row.Scan(&r.At, &r.Day, &r.Command, &text, &answer); err != nil {
		return core.Answer{}, fmt.Errorf("read answer %d: %w", seq, err)
	}
	if !answer.Valid {
		return core.Answer{}, fmt.Errorf("read answer %d: forgotten", seq)
	}
	if err := json.Unmarshal([]byte(text), &r.Events); err != nil {
		return core.Answer{}, fmt.Errorf("record %d: %w", seq, err)
	}
	a, err := decodeAnswer(answer.String, &r)
	if err != nil {
		return a, fmt.Errorf("read answer %d: %w", seq, err)
	}
	return a, nil
}

// decodeAnswer is the answer that a record keeps as text, or that follows from
// its event.
func decodeAnswer(text string, r *core.Record) (core.Answer, error) {
	var a core.Answer
	if text != "" {
		return a, json.Unmarshal([]byte(text), &a)
	}
	taken, ok := takenIn(r.Command, r.Events)
	if !ok {
		return a, errors.New("it has none")
	}
	a.Day, a.Ticket = r.Day, taken.Made(r.At)
	a.Ticket.Periods = nil // as answers go
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
