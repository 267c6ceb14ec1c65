package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"smarthall/internal/sqldb"
)

// Waits of leases. After a process was killed, another has its jobs within
// leaseFor and leaseRenew. A database that doesn't answer for longer than
// leaseFor ends the jobs; their changes are whole or nothing all the same.
const (
	leaseFor   = 6 * time.Second
	leaseRenew = 1500 * time.Millisecond
)

// Lead runs job while this process holds the lease with the name, again
// whenever it gets it, until ctx ends; then it returns nil. job's context ends
// when the lease is lost. A job that returns an error is begun again later.
func (s *Store) Lead(ctx context.Context, name string, job func(ctx context.Context) error) error {
	for {
		if s.alone {
			s.do(ctx, name, job)
			if !again(ctx) {
				return nil
			}
			continue
		}
		held, err := s.lease(ctx, name)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("lease not to be had", slog.String("lease", name), slog.Any("err", err))
		}
		if held {
			s.lead(ctx, name, job)
		}
		if !again(ctx) {
			return nil
		}
	}
}

// again waits until the lease may be tried again; false means that ctx ended.
func again(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(leaseRenew/2 + rand.N(leaseRenew/2)):
		return true
	}
}

// do runs job once and tells of its failure.
func (s *Store) do(ctx context.Context, name string, job func(ctx context.Context) error) {
	if err := job(ctx); err != nil {
		s.log.Error("job failed", slog.String("job", name), slog.Any("err", err))
	}
}

// lead runs job once and renews the lease meanwhile.
func (s *Store) lead(ctx context.Context, name string, job func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.do(ctx, name, job)
	}()
	tick := time.NewTicker(leaseRenew)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-done:
			cancel()
			s.release(context.WithoutCancel(ctx), name)
			return
		case <-tick.C:
			renew, stop := context.WithTimeout(ctx, leaseRenew)
			held, err := s.lease(renew, name)
			stop()
			switch {
			case held:
				renewed = time.Now()
			case ctx.Err() != nil:
			case err != nil && time.Since(renewed) < leaseFor-leaseRenew:
				s.log.Warn("lease not renewed", slog.String("lease", name), slog.Any("err", err))
			default:
				s.log.Warn("lease lost", slog.String("lease", name), slog.Any("err", err))
				cancel() // the job ends and is taken up by whoever has the lease
			}
		}
	}
}

// leases takes or renews a lease, by the clock of the database, which all
// processes share: the platform's may be set for a rehearsal.
var leases = map[sqldb.Engine]string{
	sqldb.SQLite:     leaseBy(`CAST(unixepoch('subsec') * 1000 AS INTEGER)`),
	sqldb.PostgreSQL: leaseBy(`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)`),
}

func leaseBy(clock string) string {
	return `INSERT INTO lease (name, holder, until) VALUES ($1, $2, ` + clock + ` + $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE lease.holder = excluded.holder OR lease.until < ` + clock
}

// lease takes or renews the lease; false means that another process has it.
func (s *Store) lease(ctx context.Context, name string) (bool, error) {
	result, err := s.db.Write.ExecContext(ctx, leases[s.db.Engine], name, s.holder, leaseFor.Milliseconds())
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", name, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", name, err)
	}
	return n == 1, nil
}

// release lets others have the lease at once.
func (s *Store) release(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, leaseRenew)
	defer cancel()
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM lease WHERE name = $1 AND holder = $2`, name, s.holder); err != nil {
		s.log.Warn("lease kept until it runs out", slog.String("lease", name), slog.Any("err", err))
	}
}

// Sweep forgets events that were taken so long ago that they can't come again.
func (s *Store) Sweep(ctx context.Context) error {
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM inbox WHERE at < $1`, Millis(s.Now().Add(-inboxKept))); err != nil {
		return fmt.Errorf("forget old events: %w", err)
	}
	return nil
}
