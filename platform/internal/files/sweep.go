package files

import (
	"context"
	"log/slog"
	"time"

	"smarthall/platform/internal/store"
)

const (
	sweepEvery = 10 * time.Minute
	sweepBatch = 200
)

// Run deletes what nobody owns until ctx ends, in one process of all.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "files", func(ctx context.Context) error {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("files that nobody owns stay", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Sweep deletes files that nobody has owned for a day, bytes that no file has
// any more, and what was begun and not finished.
func (s *Service) Sweep(ctx context.Context) error {
	for _, step := range []func(context.Context) (int64, error){s.sweepFiles, s.sweepContent, s.sweepWaste} {
		for {
			n, err := step(ctx)
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return nil
}

// sweepFiles deletes rows of files.
func (s *Service) sweepFiles(ctx context.Context) (n int64, err error) {
	err = s.Store.Write(ctx, "delete files that nobody owns", func(tx *store.Tx) (err error) {
		n, err = affected(tx.ExecContext(ctx, `DELETE FROM files_file WHERE owned = 0 AND free < $1 AND id IN (
			SELECT id FROM files_file WHERE owned = 0 AND free < $1 ORDER BY free LIMIT $2)`, store.Millis(tx.Now.Add(-freeFor)), sweepBatch))
		return err
	})
	return n, err
}

// sweepContent makes bytes waste that no file has. Bytes that were just
// uploaded are left: their file's row is on its way.
func (s *Service) sweepContent(ctx context.Context) (n int64, err error) {
	err = s.Store.Write(ctx, "forget bytes that no file has", func(tx *store.Tx) error {
		places, err := texts(ctx, tx, `DELETE FROM files_content WHERE used < $1 AND NOT EXISTS (SELECT 1 FROM files_file f WHERE f.content = files_content.hash)
			AND hash IN (SELECT c.hash FROM files_content c WHERE c.used < $1 AND NOT EXISTS (SELECT 1 FROM files_file f WHERE f.content = c.hash) LIMIT $2)
			RETURNING place`, store.Millis(tx.Now.Add(-lateFor)), sweepBatch)
		if err != nil {
			return err
		}
		for _, place := range places {
			if err := waste(ctx, tx, place, tx.Now); err != nil {
				return err
			}
		}
		n = int64(len(places))
		return nil
	})
	return n, err
}

// sweepWaste deletes bytes from the back end. Their row goes last, so that what
// fails is tried again.
func (s *Service) sweepWaste(ctx context.Context) (int64, error) {
	places, err := texts(ctx, s.Store.Read(), `SELECT place FROM files_waste WHERE after <= $1 ORDER BY after LIMIT $2`, store.Millis(s.Store.Now()), sweepBatch)
	if err != nil {
		return 0, err
	}
	for _, place := range places {
		if err := s.Back.Delete(ctx, place); err != nil {
			return 0, err
		}
		err := s.Store.Write(ctx, "note that bytes are deleted", func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM files_waste WHERE place = $1`, place)
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return int64(len(places)), nil
}

// texts reads rows of one text.
func texts(ctx context.Context, q store.Querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
