package evaluation

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// When jobs run, and how long things are kept.
const (
	jobsEvery   = 30 * time.Second
	jobBatch    = 200
	closeAfter  = 15 * 24 * time.Hour // an answer to which nobody said a word
	visitsKept  = 40 * 24 * time.Hour // a hall tells of a rating on the same day
	invitesKept = 400 * 24 * time.Hour
)

// Run does what is due by itself until ctx ends. Of all processes that share
// the database one does it at a time.
func (s *Service) Run(ctx context.Context) error {
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.watch(ctx)
	}()
	defer func() { <-watched }()
	return s.Store.Lead(ctx, "evaluation", func(ctx context.Context) error {
		tick := time.NewTicker(jobsEvery)
		defer tick.Stop()
		for {
			for name, job := range map[string]func(context.Context) error{"overdue": s.Overdue, "close": s.CloseOld, "invite": s.InviteVisits, "settle": s.Settle, "sweep": s.Sweep} {
				if err := job(ctx); err != nil && ctx.Err() == nil {
					s.Log.Error("evaluation", slog.String("job", name), slog.Any("err", err))
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

// Overdue says once of each voice and rectification that its limit is over.
func (s *Service) Overdue(ctx context.Context) error {
	now := store.Millis(s.Store.Now())
	voices, err := list(ctx, s.Store.Read(), selectVoice+` WHERE state IN ('asked', 'dispatched', 'explained') AND late = 0 AND due < $1 ORDER BY due LIMIT $2`, scanVoice, now, jobBatch)
	if err != nil {
		return err
	}
	for _, v := range voices {
		v.Late = true
		if err := s.late(ctx, "evaluation_voice", v.ID, v.event()); err != nil {
			return err
		}
	}
	rectifications, err := list(ctx, s.Store.Read(), selectRectification+` WHERE r.state <> 'closed' AND r.late = 0 AND r.due < $1 ORDER BY r.due LIMIT $2`, scanRectification, now, jobBatch)
	if err != nil {
		return err
	}
	for _, r := range rectifications {
		r.Late = true
		if err := s.late(ctx, "evaluation_rectification", r.ID, r.event()); err != nil {
			return err
		}
	}
	return nil
}

// marks are the statements that note a limit that is over, by table.
var marks = map[string]string{
	"evaluation_voice":         `UPDATE evaluation_voice SET late = 1 WHERE id = $1 AND late = 0 AND state IN ('asked', 'dispatched', 'explained') AND due < $2`,
	"evaluation_rectification": `UPDATE evaluation_rectification SET late = 1 WHERE id = $1 AND late = 0 AND state <> 'closed' AND due < $2`,
}

// late notes that the limit of a row is over, and says so.
func (s *Service) late(ctx context.Context, table, id string, e Event) error {
	return s.Store.Write(ctx, "note a limit that is over", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, marks[table], id, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // it was answered meanwhile
		}
		if err := s.step(ctx, tx, id, "overdue", e.Organisation, ""); err != nil {
			return err
		}
		return tx.Publish(ctx, "", TypeOverdue, id, e)
	})
}

// CloseOld closes answers to which the asker said nothing for long.
func (s *Service) CloseOld(ctx context.Context) error {
	before := store.Millis(s.Store.Now().Add(-closeAfter))
	voices, err := list(ctx, s.Store.Read(), selectVoice+` WHERE state = 'answered' AND satisfaction = 0 AND answered < $1 ORDER BY answered LIMIT $2`, scanVoice, before, jobBatch)
	if err != nil {
		return err
	}
	for _, v := range voices {
		err := s.Store.Write(ctx, "close an old answer", func(tx *store.Tx) error {
			now, err := s.voice(ctx, tx, v.ID)
			if err != nil || now.State != Answered || now.Satisfaction != 0 {
				return err
			}
			now.State = Closed
			if err := save(ctx, tx, now, Answered); err != nil {
				return err
			}
			if err := s.step(ctx, tx, now.ID, "close", "", ""); err != nil {
				return err
			}
			return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.System, Action: "evaluation.close", Object: now.ID})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Sweep forgets visits and links that nothing can come of any more.
func (s *Service) Sweep(ctx context.Context) error {
	return s.Store.Write(ctx, "forget old visits and links", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM evaluation_visit WHERE day < $1`, tx.Now.Add(-visitsKept).Format(time.DateOnly)); err != nil {
			return fmt.Errorf("forget visits: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM evaluation_invitation WHERE until < $1`, store.Millis(tx.Now.Add(-invitesKept)))
		return err
	})
}
