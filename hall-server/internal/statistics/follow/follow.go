// Package follow keeps the table of visits in step with the hall's log. Records
// flow in from the core's memory, or from the log where that doesn't reach;
// visits flow out into the store, a few at a time, so that the path of tickets
// stays fast. Whoever asks for figures calls Sync first and sees them whole.
//
// The table's cursor says how far it is complete. A program that was killed
// goes on from there; a table that was folded by older rules is folded anew.
package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
	"smarthall/hall-server/internal/store"
)

// Source is where records come from: the core.
type Source interface {
	// Seq is the last durable record.
	Seq() uint64
	// Since returns the records after seq, or false if they are no longer at
	// hand.
	Since(seq uint64) ([]core.Record, bool)
}

// Config is what a Follower needs.
type Config struct {
	Source Source
	Store  *store.Store
	Log    *slog.Logger
	// Every is the pause between two looks at the log; zero means every two
	// seconds.
	Every time.Duration
}

// How much is done at a time. Nobody waits for the follower but who asks for
// figures, so it leaves disk and processor to the hall.
const (
	defaultEvery = 2 * time.Second
	logChunk     = 500  // records read from the log at once
	lookRecords  = 2000 // records a look
	saveChunk    = 250  // visits in one transaction
	lookVisits   = 500  // visits a look
	maxPause     = 5 * time.Minute
)

// Follower keeps the table of visits. Make it with New, then Run it.
type Follower struct {
	conf   Config
	asks   chan ask
	closed chan struct{}

	// Owned by Run's goroutine.
	fold *statistics.Fold // nil until the table was looked at
	seq  uint64           // the last record folded
	kept uint64           // the table is complete up to here
}

// ask is a wish for a table that is complete now; it ends with its ctx.
type ask struct {
	ctx    context.Context
	anew   bool
	result chan error // buffered, one error
}

// ErrClosed says that the follower isn't running any more.
var ErrClosed = errors.New("statistics are shutting down")

// New returns a follower that begins when it is run.
func New(conf Config) *Follower {
	if conf.Every == 0 {
		conf.Every = defaultEvery
	}
	return &Follower{conf: conf, asks: make(chan ask), closed: make(chan struct{})}
}

// Sync returns when the table has everything that was durable when it was
// called.
func (f *Follower) Sync(ctx context.Context) error { return f.ask(ctx, false) }

// Rebuild folds the whole log anew and returns when that is done.
func (f *Follower) Rebuild(ctx context.Context) error { return f.ask(ctx, true) }

func (f *Follower) ask(ctx context.Context, anew bool) error {
	a := ask{ctx: ctx, anew: anew, result: make(chan error, 1)}
	select {
	case f.asks <- a:
	case <-f.closed:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("bring statistics up to date: %w", ctx.Err())
	}
	return <-a.result
}

// Run follows the log until ctx ends. What goes wrong is logged and tried
// again: a hall serves people without statistics too.
func (f *Follower) Run(ctx context.Context) error {
	defer close(f.closed)
	pause := f.conf.Every
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case a := <-f.asks:
			err := f.answer(ctx, a)
			f.doubt(err)
			a.result <- err
		case <-timer.C:
			err := f.look(ctx)
			switch {
			case err == nil || ctx.Err() != nil:
				pause = f.conf.Every
			default:
				f.doubt(err)
				pause = min(2*pause, maxPause)
				f.conf.Log.Error("statistics fall behind", slog.Any("error", err))
			}
			timer.Reset(pause)
		}
	}
}

// doubt begins anew from the table after an error that may have lost visits. A
// wait that was given up loses none.
func (f *Follower) doubt(err error) {
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		f.fold = nil
	}
}

// answer brings the table up to date at once. It ends with the follower, or
// when whoever asked has gone.
func (f *Follower) answer(ctx context.Context, a ask) error {
	both, cancel := context.WithCancel(a.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	if a.anew {
		f.fold = nil
		if err := f.conf.Store.ForgetVisits(both); err != nil {
			return err
		}
	}
	if err := f.open(both); err != nil {
		return err
	}
	for goal := f.conf.Source.Seq(); f.seq < goal; {
		if err := f.read(both, logChunk); err != nil {
			return err
		}
	}
	return f.save(both, f.fold.Pending())
}

// look does a share of what there is to do.
func (f *Follower) look(ctx context.Context) error {
	if err := f.open(ctx); err != nil {
		return err
	}
	for begin := f.seq; f.seq < f.conf.Source.Seq() && f.seq-begin < lookRecords; {
		if err := f.read(ctx, logChunk); err != nil {
			return err
		}
	}
	return f.save(ctx, lookVisits)
}

// open finds out how far the table is and makes the fold that goes on.
func (f *Follower) open(ctx context.Context) error {
	if f.fold != nil {
		return nil
	}
	cursor, err := f.conf.Store.VisitCursor(ctx)
	if err != nil || cursor.Rules != statistics.Rules || cursor.Seq > f.conf.Source.Seq() {
		if err != nil || cursor.Rules != 0 {
			f.conf.Log.Warn("statistics are folded anew", slog.Any("error", err), slog.Int("rules", cursor.Rules))
		}
		if err := f.conf.Store.ForgetVisits(ctx); err != nil {
			return err
		}
		cursor = store.VisitCursor{}
	}
	f.fold, f.seq, f.kept = statistics.NewFold(cursor.State), cursor.Base, cursor.Seq
	return nil
}

// read folds at most limit records.
func (f *Follower) read(ctx context.Context, limit int) error {
	if records, ok := f.conf.Source.Since(f.seq); ok {
		for i := range records[:min(limit, len(records))] {
			if err := f.apply(ctx, records[i].Seq, records[i].At, records[i].Events); err != nil {
				return err
			}
		}
		return nil
	}
	records, err := f.conf.Store.LogAfter(ctx, f.seq, limit)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return fmt.Errorf("read the log: record %d is missing", f.seq+1)
	}
	for _, r := range records {
		if err := f.apply(ctx, r.Seq, r.At, r.Events); err != nil {
			return err
		}
	}
	return nil
}

func (f *Follower) apply(ctx context.Context, seq uint64, at queue.Time, events queue.Events) error {
	if err := f.fold.Apply(events, at); err != nil {
		return fmt.Errorf("record %d: %w", seq, err)
	}
	f.seq = seq
	if seq <= f.kept {
		f.fold.Skip()
		return nil
	}
	if !f.fold.Opened() {
		return nil
	}
	// The hall is empty: the best place to go on from after a restart.
	if err := f.save(ctx, f.fold.Pending()); err != nil {
		return err
	}
	return f.conf.Store.SaveVisits(context.WithoutCancel(ctx), nil, f.cursor(true))
}

// save writes at most limit visits, and the cursor when none are left. A
// transaction is small and is never given up half-way.
func (f *Follower) save(ctx context.Context, limit int) error {
	for limit > 0 && f.fold.Pending() > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		visits := f.fold.Take(min(saveChunk, limit))
		limit -= saveChunk
		var cursor *store.VisitCursor
		if f.fold.Pending() == 0 && f.seq > f.kept {
			cursor = f.cursor(false)
		}
		if err := f.conf.Store.SaveVisits(context.WithoutCancel(ctx), visits, cursor); err != nil {
			return err
		}
		if cursor != nil {
			f.kept = f.seq
		}
	}
	return nil
}

func (f *Follower) cursor(base bool) *store.VisitCursor {
	c := &store.VisitCursor{Rules: statistics.Rules, Seq: f.seq}
	if base {
		c.Base, c.State = f.seq, f.fold.State()
	}
	return c
}
