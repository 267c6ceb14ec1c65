package agent

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
	"smarthall/internal/privacy"
	"smarthall/internal/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// keepPrints is how long the journal remembers a print job. The hall orders
// none that is older than its business day.
const keepPrints = 14 * 24 * time.Hour

// Spool is what an agent must not forget: the journal of its print jobs, the
// facts and offline tickets that the hall has not yet received, and the hall as
// it was last known. It survives power cuts.
type Spool struct {
	db *sqldb.DB
	// vault keeps the holders of offline tickets unreadable in the file.
	vault privacy.Vault
	// leftHalf tells that a former process died while it printed.
	leftHalf bool
}

// OpenSpool opens the spool in the file at path; the agent's token seals what
// it holds of persons. Print jobs that a former process began and never ended
// are reported unknown: whether their paper came out can't be known, and they
// are never printed again.
func OpenSpool(ctx context.Context, path, token string) (*Spool, error) {
	db, err := sqldb.Open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	secret := sha256.Sum256([]byte("smarthall spool " + token))
	s := &Spool{db: db, vault: privacy.NewVault(secret[:])}
	sub, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = sqldb.Migrate(ctx, db, sub)
	}
	if err == nil {
		err = s.reportLeft(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open spool: %w", err), db.Close())
	}
	return s, nil
}

// Close closes the file.
func (s *Spool) Close() error { return s.db.Close() }

// Begin enters a print job into the journal before its first byte leaves. It
// returns false if the job had been entered before: then it must not be
// printed, and its outcome is spooled once more, for the hall asked again. The
// job of a ticket that was withdrawn ends at once, as expired.
func (s *Spool) Begin(ctx context.Context, job, ticket string) (fresh bool, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx,
			`INSERT INTO prints (job, ticket, state, started_at) VALUES ($1, $2, 'started', $3)
			ON CONFLICT (job) DO NOTHING`, job, ticket, time.Now().UnixMilli())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if fresh = n == 1; fresh {
			gone, err := isWithdrawn(ctx, tx, ticket)
			if err != nil || !gone {
				return err
			}
			fresh = false
			return endPrint(ctx, tx, link.PrintDone{Job: job, Ticket: ticket, Outcome: link.PrintExpired, Detail: "an offline ticket replaced it"})
		}
		done, ended, err := readPrint(ctx, tx, job)
		if err != nil || !ended {
			return err
		}
		return addFact(ctx, tx, done)
	})
	if err != nil {
		return false, fmt.Errorf("begin print job %s: %w", job, err)
	}
	return fresh, nil
}

// End closes a job that Begin accepted and spools its report, both or neither.
func (s *Spool) End(ctx context.Context, done link.PrintDone) error {
	err := s.transact(ctx, func(tx *sql.Tx) error { return endPrint(ctx, tx, done) })
	if err != nil {
		return fmt.Errorf("end print job %s: %w", done.Job, err)
	}
	return nil
}

// Add spools a message for the hall unless one on the subject is waiting.
func (s *Spool) Add(ctx context.Context, subject string, m link.Message) error {
	_, err := s.db.Write.ExecContext(ctx, insertFact, m.ID, subject, m.Type, m.At.UnixMilli(), string(m.Body))
	if err != nil {
		return fmt.Errorf("spool %s: %w", m.Type, err)
	}
	return nil
}

// Facts returns what the hall has not yet received, in the order in which it
// was spooled. What is about an offline ticket waits until the hall has that.
func (s *Spool) Facts(ctx context.Context) ([]link.Message, error) {
	facts, err := readFacts(ctx, s.db.Read,
		`SELECT id, type, at, body FROM facts WHERE NOT EXISTS (
			SELECT 1 FROM offline_tickets o WHERE o.state = 'waiting' AND facts.subject = 'print/' || o.id || '.offline'
		) ORDER BY rowid`)
	if err != nil {
		return nil, fmt.Errorf("read spooled facts: %w", err)
	}
	return facts, nil
}

// printSubject is the subject of a print job's report.
func printSubject(job string) string { return "print/" + job }

// readFacts returns the messages of a query for id, type, at and body.
func readFacts(ctx context.Context, q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, query string, args ...any,
) ([]link.Message, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var facts []link.Message
	for rows.Next() {
		var m link.Message
		var at int64
		var body string
		if err := rows.Scan(&m.ID, &m.Type, &at, &body); err != nil {
			return nil, err
		}
		m.At, m.Body = time.UnixMilli(at), json.RawMessage(body)
		facts = append(facts, m)
	}
	return facts, rows.Err()
}

// Forget drops the fact with the id, which the hall has received.
func (s *Spool) Forget(ctx context.Context, id string) error {
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM facts WHERE id = $1`, id); err != nil {
		return fmt.Errorf("forget fact %s: %w", id, err)
	}
	return nil
}

// Prune drops what is older than the journal needs to be: ended jobs, settled
// offline tickets, and facts that no hall has wanted for as long. Offline
// tickets that wait are kept whatever the clock says.
func (s *Spool) Prune(ctx context.Context, now time.Time) error {
	before := now.Add(-keepPrints).UnixMilli()
	err := s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM prints WHERE started_at < $1 AND state <> 'started'`, before); err != nil {
			return err
		}
		for _, old := range []string{
			`DELETE FROM facts WHERE at < $1`,
			`DELETE FROM offline_tickets WHERE issued < $1 AND state <> 'waiting'`,
			`DELETE FROM withdrawn WHERE at < $1`,
		} {
			if _, err := tx.ExecContext(ctx, old, before); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("prune spool: %w", err)
	}
	return nil
}

// reportLeft reports the jobs that a former process left half-way.
func (s *Spool) reportLeft(ctx context.Context) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		left, err := startedPrints(ctx, tx)
		if err != nil {
			return err
		}
		s.leftHalf = len(left) > 0
		for _, done := range left {
			if err := endPrint(ctx, tx, done); err != nil {
				return err
			}
		}
		return nil
	})
}

// startedPrints returns the jobs without an end, as unknown.
func startedPrints(ctx context.Context, tx *sql.Tx) ([]link.PrintDone, error) {
	rows, err := tx.QueryContext(ctx, `SELECT job, ticket FROM prints WHERE state = 'started' ORDER BY started_at`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var left []link.PrintDone
	for rows.Next() {
		done := link.PrintDone{Outcome: link.PrintUnknown, Detail: "the agent ended while printing"}
		if err := rows.Scan(&done.Job, &done.Ticket); err != nil {
			return nil, err
		}
		left = append(left, done)
	}
	return left, rows.Err()
}

// readPrint returns a job's report; ended is false while it is being printed.
func readPrint(ctx context.Context, tx *sql.Tx, job string) (done link.PrintDone, ended bool, err error) {
	row := tx.QueryRowContext(ctx, `SELECT job, ticket, state, device, detail FROM prints WHERE job = $1`, job)
	if err := row.Scan(&done.Job, &done.Ticket, &done.Outcome, &done.Device, &done.Detail); err != nil {
		return done, false, err
	}
	return done, done.Outcome != "started", nil
}

// endPrint writes a job's end and its report.
func endPrint(ctx context.Context, tx *sql.Tx, done link.PrintDone) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE prints SET state = $1, device = $2, detail = $3, ended_at = $4 WHERE job = $5`,
		done.Outcome, done.Device, done.Detail, time.Now().UnixMilli(), done.Job)
	if err != nil {
		return err
	}
	return addFact(ctx, tx, done)
}

// insertFact keeps the fact that waits already.
const insertFact = `INSERT INTO facts (id, subject, type, at, body) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (subject) DO NOTHING`

// addFact spools a job's report unless one is waiting.
func addFact(ctx context.Context, tx *sql.Tx, done link.PrintDone) error {
	if isOwn(done.Job) {
		return nil
	}
	body, err := json.Marshal(done)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertFact,
		ulid.Make().String(), printSubject(done.Job), link.TypePrintDone, time.Now().UnixMilli(), string(body))
	return err
}

// transact runs fn in one transaction.
func (s *Spool) transact(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
