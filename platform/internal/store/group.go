package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A group takes no more changes when it has as many, or is as old: who came
// first in it waits for its commit.
const (
	groupMembers = 64
	groupAge     = 25 * time.Millisecond
)

// groups lets changes that wait for SQLite's only writer share a transaction,
// so that a crowd pays for one write to the disk and not for one each. A group
// goes from change to change in the order they came; each runs where it was
// called and can fail alone. The last one commits for all.
type groups struct {
	db *sql.DB

	mu      sync.Mutex
	open    bool          // somebody has a group
	waiting []chan *group // who gets it next; each holds one
}

// group is one transaction and who waits for its end. Only who has it touches
// it, until done is closed.
type group struct {
	tx      *sql.Tx // nil until a change begins
	begun   time.Time
	members int
	err     error         // how it ended
	done    chan struct{} // closed at the end
}

func newGroup() *group { return &group{begun: time.Now(), done: make(chan struct{})} }

// errShared says that a group was lost by the fault of another change in it.
var errShared = errors.New("the transaction was lost by another change")

// do runs change in a group and returns when that is committed, or when change
// has failed.
func (q *groups) do(ctx context.Context, change func(tx *sql.Tx) error) error {
	g, err := q.enter(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := q.with(ctx, g, change); err != nil {
		return err
	}
	<-g.done
	return g.err
}

// with runs change and passes the group on, even when change panics.
func (q *groups) with(ctx context.Context, g *group, change func(tx *sql.Tx) error) error {
	defer q.leave(g)
	return g.run(ctx, q.db, change)
}

// enter waits for a group.
func (q *groups) enter(ctx context.Context) (*group, error) {
	q.mu.Lock()
	if !q.open {
		q.open = true
		q.mu.Unlock()
		return newGroup(), nil
	}
	turn := make(chan *group, 1)
	q.waiting = append(q.waiting, turn)
	q.mu.Unlock()
	select {
	case g := <-turn:
		return g, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	i := slices.Index(q.waiting, turn)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	q.mu.Unlock()
	if i < 0 { // it was given away just now
		q.leave(<-turn)
	}
	return nil, ctx.Err()
}

// leave passes the group to who waits, or commits it and begins another one.
func (q *groups) leave(g *group) {
	if g.err == nil && g.members < groupMembers && time.Since(g.begun) < groupAge && q.pass(g) {
		return
	}
	g.end()
	q.pass(nil)
}

// pass gives the group, or a new one for nil, to who waits longest. Where nobody
// waits it returns false; for nil the next one to come begins a group then.
func (q *groups) pass(g *group) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.open = g != nil
		return false
	}
	turn := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	if g == nil {
		g = newGroup()
	}
	turn <- g // it has room for one
	return true
}

// run runs one change in the group. The first one owns the transaction as long
// as it is alone in it; whoever comes later has a savepoint to go back to.
func (g *group) run(ctx context.Context, db *sql.DB, change func(tx *sql.Tx) error) (err error) {
	// A caller that gives up ends its own change, not those of others. The wait
	// here is bounded by the busy timeout: nobody else holds the writer for long.
	calm := context.WithoutCancel(ctx)
	first := g.tx == nil
	if first {
		g.tx, err = db.BeginTx(calm, nil)
	} else {
		_, err = g.tx.ExecContext(calm, `SAVEPOINT change`)
	}
	if err != nil {
		err = fmt.Errorf("begin: %w", err)
		g.lose(first)
		return err
	}
	done := false
	defer func() {
		if !done { // it failed, or panicked
			g.undo(calm, first)
		}
	}()
	if err := change(g.tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // SQLite may have ended the whole transaction with the statement
		return err
	}
	if !first {
		if _, err := g.tx.ExecContext(calm, `RELEASE change`); err != nil {
			return fmt.Errorf("keep a change: %w", err)
		}
	}
	done = true
	g.members++
	return nil
}

// undo takes back the change that failed. Where that can't be done the whole
// group is lost: some faults end the transaction at once.
func (g *group) undo(ctx context.Context, first bool) {
	if !first {
		if _, err := g.tx.ExecContext(ctx, `ROLLBACK TO change; RELEASE change`); err == nil {
			return
		}
	}
	g.lose(first)
}

// lose ends the transaction without a trace. Who was in it runs again.
func (g *group) lose(first bool) {
	if g.tx != nil {
		_ = g.tx.Rollback() // there is nothing left to save
		g.tx = nil
	}
	if !first {
		g.err = errShared
	}
}

// end commits and tells all who wait.
func (g *group) end() {
	if g.tx != nil {
		if err := g.tx.Commit(); err != nil {
			g.err = fmt.Errorf("commit: %w", err)
		}
	}
	close(g.done)
}
