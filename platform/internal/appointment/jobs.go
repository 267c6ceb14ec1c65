package appointment

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"smarthall/platform/internal/store"
)

// When reminders are due (AP-08), and how long things are kept.
const (
	eveningHour  = 18 // of the day before, by the hall's clock
	beforeVisit  = time.Hour
	jobsEvery    = 30 * time.Second
	jobBatch     = 200
	lapseAfter   = 48 * time.Hour       // a hall tells at the end of its day
	requestsKept = 7 * 24 * time.Hour   // longer than anybody repeats a request
	peopleKept   = 365 * 24 * time.Hour // names and numbers, after the visit
)

// evening is when the reminder of the day before is due.
func evening(begins time.Time) time.Time {
	return time.Date(begins.Year(), begins.Month(), begins.Day()-1, eveningHour, 0, 0, 0, begins.Location())
}

// firstReminder is when the first reminder of a visit is due for somebody who
// books now; zero if it is too near for any.
func firstReminder(begins, now time.Time) time.Time {
	if due := evening(begins); now.Before(due) {
		return due
	}
	if due := begins.Add(-beforeVisit); now.Before(due) {
		return due
	}
	return time.Time{}
}

// Run does what is due by itself until ctx ends. Of all processes that share
// the database one does it at a time.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "appointment", func(ctx context.Context) error {
		tick := time.NewTicker(jobsEvery)
		defer tick.Stop()
		for {
			for name, job := range map[string]func(context.Context) error{"remind": s.Remind, "lapse": s.Lapse, "sweep": s.Sweep} {
				if err := job(ctx); err != nil && ctx.Err() == nil {
					s.Log.Error("appointments", slog.String("job", name), slog.Any("err", err))
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

// Remind sends the reminders that are due. Whatever the clock does, each of the
// two is sent at most once, and none after the visit has begun.
func (s *Service) Remind(ctx context.Context) error {
	for ctx.Err() == nil {
		list, err := s.list(ctx, s.Store.Read(), `remind > 0 AND remind <= $1 ORDER BY remind, id LIMIT $2`, store.Millis(s.Store.Now()), jobBatch)
		if err != nil {
			return err
		}
		var failed error
		for _, b := range list {
			failed = errors.Join(failed, s.remindOne(ctx, b))
		}
		if failed != nil || len(list) < jobBatch {
			return failed // those that failed come again next time
		}
	}
	return ctx.Err()
}

// remindOne sends one reminder and sets when the next one is due.
func (s *Service) remindOne(ctx context.Context, b Booking) error {
	h, err := s.Halls.Hall(ctx, b.Hall)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "remind of an appointment", func(tx *store.Tx) error {
		last := b.Begins.Add(-beforeVisit)
		when, next := "", time.Time{}
		switch {
		case tx.Now.Before(last):
			when, next = "明天", last
			if tx.Now.In(s.zone(h)).Format(time.DateOnly) == b.Day {
				when = "今天" // the evening before was missed
			}
		case tx.Now.Before(b.Begins):
			when = "1 小时内"
		}
		result, err := tx.ExecContext(ctx, `UPDATE appointment SET remind = $1 WHERE id = $2 AND remind = $3 AND state = 'booked'`,
			store.Millis(next), b.ID, store.Millis(b.remind))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 || when == "" {
			return err // it was changed meanwhile, or is over
		}
		return s.remind(ctx, tx, h, b, when)
	})
}

// Lapse ends bookings of which no hall said what became of them, so that their
// holders can book again. It counts against nobody.
func (s *Service) Lapse(ctx context.Context) error {
	return s.Store.Write(ctx, "let appointments lapse", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE appointment SET state = $1, live = 0, remind = 0, ended = $2, changed = $2 WHERE live = 1 AND ends < $3`,
			string(Lapsed), store.Millis(tx.Now), store.Millis(tx.Now.Add(-lapseAfter)))
		return err
	})
}

// Sweep forgets requests that can't come again, and who came to old visits.
func (s *Service) Sweep(ctx context.Context) error {
	return s.Store.Write(ctx, "forget old appointments", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM appointment_request WHERE at < $1`, store.Millis(tx.Now.Add(-requestsKept))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM appointment_local WHERE day < $1`, tx.Now.Add(-peopleKept).Format(time.DateOnly)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE appointment SET name = '', id_number = '', phone = '' WHERE ends < $1 AND live = 0 AND id_number <> ''`,
			store.Millis(tx.Now.Add(-peopleKept)))
		return err
	})
}
