package documents

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"smarthall/hall-server/internal/queue"
)

const (
	// sweepEvery is how often old documents are looked for.
	sweepEvery = time.Hour
	// unfinished is how long a document may stay incomplete: an agent that was
	// switched off over the holidays goes on with it.
	unfinished = 10 * 24 * time.Hour
	// sweepBatch is how many are deleted between two looks.
	sweepBatch = 200
)

// Run deletes documents whose time is over until ctx ends, then returns nil. A
// fault is logged and tried again: documents never stop a hall.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if n, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.conf.Log.Error("old documents not deleted", slog.Any("error", err))
		} else if n > 0 {
			s.conf.Log.Info("old documents deleted", slog.Int("documents", n))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep deletes the documents whose time is over and returns how many they were.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	day, err := time.Parse(time.DateOnly, string(s.conf.Day()))
	if err != nil {
		return 0, nil // the hall has had no day yet
	}
	before := queue.Day(day.AddDate(0, 0, -s.conf.KeepDays()).Format(time.DateOnly))
	deleted := 0
	for ctx.Err() == nil {
		old, err := s.conf.Table.OldDocuments(ctx, before, s.conf.Now().Add(-unfinished), sweepBatch)
		if err != nil {
			return deleted, fmt.Errorf("look for old documents: %w", err)
		}
		for _, d := range old {
			if err := s.Delete(ctx, d.ID); err != nil && !errors.Is(err, ErrUnknown) {
				return deleted, err
			}
			deleted++
		}
		if len(old) < sweepBatch {
			return deleted, s.tidy(before)
		}
	}
	return deleted, ctx.Err()
}

// tidy removes the folders of days that are over, with contents that nobody
// knows of any more.
func (s *Service) tidy(before queue.Day) error {
	days, err := os.ReadDir(s.conf.Dir)
	if err != nil {
		return fmt.Errorf("look for old documents: %w", err)
	}
	for _, d := range days {
		if _, err := time.Parse(time.DateOnly, d.Name()); err != nil || !d.IsDir() || d.Name() >= string(before) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.conf.Dir, d.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete old documents: %w", err)
		}
	}
	return nil
}
