package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Waits of leases.
const (
	leaseFor   = 20 * time.Second
	leaseRenew = 6 * time.Second
)

// Lead runs job while this process holds the lease with the name, again
// whenever it gets it, until ctx ends; then it returns nil. job's context ends
// when the lease is lost. A job that returns an error is begun again later.
func (s *Store) Lead(ctx context.Context, name string, job func(ctx context.Context) error) error {
	for {
		held, err := s.lease(ctx, name)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("lease not to be had", slog.String("lease", name), slog.Any("err", err))
		}
		if held {
			s.lead(ctx, name, job)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(leaseRenew/2 + rand.N(leaseRenew/2)):
		}
	}
}

// lead runs job once and renews the lease meanwhile.
func (s *Store) lead(ctx context.Context, name string, job func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- job(ctx) }()
	tick := time.NewTicker(leaseRenew)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			cancel()
			if err != nil {
				s.log.Error("job failed", slog.String("job", name), slog.Any("err", err))
			}
			s.release(context.WithoutCancel(ctx), name)
			return
		case <-tick.C:
			renew, stop := context.WithTimeout(ctx, leaseRenew)
			held, err := s.lease(renew, name)
			stop()
			if !held && ctx.Err() == nil {
				s.log.Warn("lease lost", slog.String("lease", name), slog.Any("err", err))
				cancel() // the job ends and is taken up by whoever has the lease
			}
		}
	}
}

// lease takes or renews the lease; false means that another process has it.
func (s *Store) lease(ctx context.Context, name string) (bool, error) {
	now := time.Now() // of the machine: the platform's clock may be set for a rehearsal
	result, err := s.db.Write.ExecContext(ctx, `INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE lease.holder = excluded.holder OR lease.until < $4`,
		name, s.holder, Millis(now.Add(leaseFor)), Millis(now))
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
