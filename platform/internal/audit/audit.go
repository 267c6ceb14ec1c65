// Package audit keeps the platform's log of who did what: append-only, each
// entry chained to the one before it by a hash (SM3, GB/T 32905), so that an
// entry that was changed or taken out later is found by Verify. Entries are
// written in the transaction of what they tell of, and hold no personal data.
package audit

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"time"

	"smarthall/internal/gm"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Outcome is how what was tried ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Actor is who did it.
type Actor struct {
	Kind access.Kind
	ID   string
}

// System is the actor of jobs.
var System = Actor{Kind: "system", ID: "platform"}

// Entry is one line of the log.
type Entry struct {
	Seq int64
	At  time.Time
	// Actor is the context's caller unless it is set.
	Actor Actor
	// Action is context.verb, such as identity.disable; Object the id of what
	// it was done to.
	Action, Object string
	// Outcome is Done unless it is set.
	Outcome Outcome
	// Detail says more, without personal data.
	Detail string
	Hash   string
}

// Log is the audit log.
type Log struct{ store *store.Store }

// Open makes the log's tables.
func Open(ctx context.Context, st *store.Store) (*Log, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := st.Migrate(ctx, "audit", files); err != nil {
		return nil, err
	}
	return &Log{st}, nil
}

// Add writes an entry in the transaction of what it tells of. It is the last
// thing a transaction does: from here on other entries wait for its commit.
func (l *Log) Add(ctx context.Context, tx *store.Tx, e Entry) error {
	if e.Actor == (Actor{}) {
		caller := access.From(ctx)
		e.Actor = Actor{caller.Kind, caller.ID}
	}
	if e.Outcome == "" {
		e.Outcome = Done
	}
	e.At = tx.Now
	var before string
	err := tx.QueryRowContext(ctx, `UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash`).Scan(&e.Seq, &before)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	e.Hash = e.chain(before)
	if _, err := tx.ExecContext(ctx, `UPDATE audit_head SET hash = $1 WHERE id = 1`, e.Hash); err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (seq, at, actor_kind, actor, action, object, outcome, detail, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Seq, store.Millis(e.At), string(e.Actor.Kind), e.Actor.ID, e.Action, e.Object, string(e.Outcome), e.Detail, e.Hash)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}

// Write is Add in a transaction of its own, for what changed nothing else: a
// look at a person's data, or a refusal.
func (l *Log) Write(ctx context.Context, e Entry) error {
	return l.store.Write(ctx, "write the audit log", func(tx *store.Tx) error { return l.Add(ctx, tx, e) })
}

// chain is the entry's hash after the one before it.
func (e *Entry) chain(before string) string {
	return gm.Chain(before, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(store.Millis(e.At), 10), string(e.Actor.Kind), e.Actor.ID,
		e.Action, e.Object, string(e.Outcome), e.Detail)
}

// ErrBroken says that the log was changed after it was written.
var ErrBroken = errors.New("the audit log was changed")

// Verify reads the whole log and returns how many entries it holds. An entry
// that was changed, added or taken out is ErrBroken with its number.
func (l *Log) Verify(ctx context.Context) (int64, error) {
	var head int64
	var last string
	if err := l.store.Read().QueryRowContext(ctx, `SELECT seq, hash FROM audit_head WHERE id = 1`).Scan(&head, &last); err != nil {
		return 0, fmt.Errorf("verify the audit log: %w", err)
	}
	rows, err := l.store.Read().QueryContext(ctx, selectEntries+` WHERE seq <= $1 ORDER BY seq`, head)
	if err != nil {
		return 0, fmt.Errorf("verify the audit log: %w", err)
	}
	defer rows.Close()
	var n int64
	before := ""
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return n, fmt.Errorf("verify the audit log: %w", err)
		}
		if e.Seq != n+1 || e.Hash != e.chain(before) {
			return n, fmt.Errorf("%w at entry %d", ErrBroken, n+1)
		}
		n, before = e.Seq, e.Hash
	}
	if err := rows.Err(); err != nil {
		return n, fmt.Errorf("verify the audit log: %w", err)
	}
	if n != head || before != last {
		return n, fmt.Errorf("%w: it ends at %d instead of %d", ErrBroken, n, head)
	}
	return n, nil
}

const selectEntries = `SELECT seq, at, actor_kind, actor, action, object, outcome, detail, hash FROM audit`

func scan(row interface{ Scan(...any) error }) (e Entry, err error) {
	var at int64
	err = row.Scan(&e.Seq, &at, &e.Actor.Kind, &e.Actor.ID, &e.Action, &e.Object, &e.Outcome, &e.Detail, &e.Hash)
	e.At = store.Time(at)
	return e, err
}

// Of returns the newest entries about an object, the newest first, at most
// limit.
func (l *Log) Of(ctx context.Context, object string, limit int) ([]Entry, error) {
	rows, err := l.store.Read().QueryContext(ctx, selectEntries+` WHERE object = $1 ORDER BY seq DESC LIMIT $2`, object, limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return scanAll(rows)
}

// Filter chooses entries; zero fields choose all.
type Filter struct {
	// Actor is the id of who did it, Object of what it was done to.
	Actor, Object string
	// Action is context.verb, or a context for all that it does.
	Action       string
	Since, Until time.Time
	// Before is the number of the last entry of the page before.
	Before int64
	Limit  int
}

// Find returns the entries that the filter chooses, the newest first.
func (l *Log) Find(ctx context.Context, f Filter) ([]Entry, error) {
	before, until := f.Before, store.Millis(f.Until)
	if before <= 0 {
		before = math.MaxInt64
	}
	if f.Until.IsZero() {
		until = math.MaxInt64
	}
	rows, err := l.store.Read().QueryContext(ctx, selectEntries+` WHERE seq < $1 AND at >= $2 AND at < $3 AND ($4 = '' OR actor = $4)
		AND ($5 = '' OR object = $5) AND ($6 = '' OR action = $6 OR substr(action, 1, length($6) + 1) = $6 || '.') ORDER BY seq DESC LIMIT $7`,
		before, store.Millis(f.Since), until, f.Actor, f.Object, f.Action, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return scanAll(rows)
}

func scanAll(rows *sql.Rows) ([]Entry, error) {
	defer rows.Close()
	var list []Entry
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}
