package cases

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/store"
)

// How often jobs look, how many cases they take at once, and how long things
// are kept.
const (
	jobsEvery    = 30 * time.Second
	jobBatch     = 100
	requestsKept = 7 * 24 * time.Hour // longer than anybody repeats a request
)

// Run does what is due by itself until ctx ends. Of all processes that share
// the database one does it at a time.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "cases", func(ctx context.Context) error {
		tick := time.NewTicker(jobsEvery)
		defer tick.Stop()
		for {
			for name, job := range map[string]func(context.Context) error{"wake": s.Wake, "dun": s.Dun, "sweep": s.Sweep} {
				if err := job(ctx); err != nil && ctx.Err() == nil {
					s.Log.Error("cases", slog.String("job", name), slog.Any("err", err))
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Wake does what the clock does to cases by itself: a submission that nobody
// answered counts as accepted, and a draft that nobody touched is deleted,
// after a warning. One that can't be done doesn't hold up the others.
func (s *Service) Wake(ctx context.Context) error {
	var failed error
	for ctx.Err() == nil {
		list, err := s.due(ctx, `SELECT id, state FROM case_record WHERE wake > 0 AND wake <= $1 ORDER BY wake, id LIMIT $2`)
		if err != nil {
			return errors.Join(failed, err)
		}
		done := 0
		for _, id := range list {
			if err := s.wakeOne(ctx, id[0]); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			done++
		}
		if done == 0 || len(list) < jobBatch {
			return failed
		}
	}
	return errors.Join(failed, ctx.Err())
}

func (s *Service) wakeOne(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "wake a case", func(tx *store.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if errors.Is(err, ErrUnknown) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case c.wake.IsZero() || c.wake.After(tx.Now):
			return nil // it was changed meanwhile
		case c.State == Draft && !c.Dossier.Warned:
			return s.warn(ctx, tx, &c)
		case c.State == Draft:
			return s.drop(ctx, tx, &c)
		case c.State == Submitted:
			return s.tacit(ctx, tx, &c)
		}
		c.wake = never
		return s.save(ctx, tx, &c)
	})
}

// warn tells an applicant that her draft will be deleted.
func (s *Service) warn(ctx context.Context, tx *store.Tx, c *Case) error {
	until := c.wake.Add(draftKept - draftWarn)
	if until.Before(tx.Now) {
		until = tx.Now.Add(draftKept - draftWarn) // the job was away: she has three days all the same
	}
	c.Dossier.Warned, c.wake = true, until
	if err := s.tell(ctx, tx, c, noticeDraft, map[string]string{"day": chineseDay(calendar.On(until.In(place)))}); err != nil {
		return err
	}
	return s.save(ctx, tx, c)
}

// tacit accepts a case that nobody answered in five working days, from the day
// on which it was received (行政许可法 art. 32).
func (s *Service) tacit(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: AcceptLate}); err != nil {
		return err
	}
	return s.begun(ctx, tx, c, c.SubmittedAt, true)
}

// Sweep forgets what can't come again.
func (s *Service) Sweep(ctx context.Context) error {
	return s.Store.Write(ctx, "forget old requests", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_request WHERE at < $1`, store.Millis(tx.Now.Add(-requestsKept))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_guess WHERE since < $1`, store.Millis(tx.Now.Add(-guessWait))); err != nil {
			return err
		}
		if err := s.sweepVisits(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM case_handover WHERE until < $1 AND taken_until < $1`, store.Millis(tx.Now))
		return err
	})
}
